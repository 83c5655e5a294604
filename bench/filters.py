"""Filters of every kind at their worst: rare and absent values, negations, ranges, two persons.

What a filter costs hangs on how many rows match and where in the order of the list they stand. The
sample therefore holds each key of the language with common, rare and absent values, and combinations
that no index of one column answers: all of them many rows, together few or none.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

from bench import queries
from crm_tui.services.facade import Services

FILTERS: Final = (
    # States.
    "is:closed",
    "is:late",
    "-is:open",
    "status:closed",
    "status:merged",
    "status:cancelled",
    "status:resolved,cancelled",
    "-status:closed,cancelled",
    "status:resolved tier:B channel:visit",
    # One or two columns of few values, common, rare and absent.
    "urgency:urgent",
    "kind:praise",
    "kind:rescue",
    "channel:sms",
    "tier:A channel:email",
    "tier:B urgency:low channel:portal",
    "tier:C kind:suggestion urgency:urgent",
    "kind:praise channel:meeting",
    "urgency:urgent channel:sms dept:service",
    "is:closed tier:A urgency:urgent",
    "is:closed tier:C kind:praise",
    "is:closed kind:praise urgency:urgent channel:visit",
    "is:closed kind:complaint status:resolved",
    "status:closed tier:C urgency:urgent kind:praise channel:visit",
    "is:open tier:A urgency:urgent kind:praise channel:visit",
    # Negations and alternatives.
    "-tier:C -urgency:normal",
    "-kind:complaint,consultation,after_sales -channel:phone -tier:C",
    "-dept:after_sales tier:B urgency:low",
    "tier:A,B kind:praise,suggestion urgency:urgent,low",
    "-tier:A,B,C",
    # Persons and departments.
    "agent:ana is:closed",
    "agent:ana,ben is:closed",
    "agent:ana,ben tier:A urgency:urgent",
    "agent:ana,ben kind:praise urgency:urgent",
    "-agent:ana,ben is:closed",
    "agent:none is:closed",
    "agent:@me",
    "agent:guest is:closed kind:praise",
    "agent:ana dept:sales",
    "dept:after_sales is:closed urgency:low",
    "dept:none",
    # Ranges.
    "created:>300d",
    "kind:complaint created:>300d",
    "created:>300d tier:A urgency:urgent channel:visit",
    "created:<60d is:closed",
    "created:<2d",
    "created:<2000-01-01",
    "updated:<2d",
    "updated:<30d kind:praise",
    "updated:>200d urgency:low tier:B",
    "resolved:<30d",
    "resolved:>300d tier:B",
    "resolved:none is:closed",
    "due:>300d",
    "due:none is:closed",
    "sla:<30m",
    "number:100..200",
    "number:>9000 kind:praise urgency:urgent",
    # Seldom true.
    "level:>1",
    "level:3 is:closed",
    "level:>7",
    "reopened:yes",
    "reopened:yes tier:B kind:praise",
    "breached:yes is:closed tier:A urgency:urgent",
    "breached:no kind:praise urgency:urgent",
    "paused:yes",
    "untracked:yes",
    "approval:pending",
    "approval:approved is:closed",
    # Texts.
    "customer:none",
    "customer:北*",
    "product:none tier:A urgency:urgent",
    "product:nothing",
    "tag:vip",
    "tag:nothing",
    "source:live",
    "source:nowhere",
    "source:demo kind:praise urgency:urgent",
    "仓库",
    "仓库 is:closed urgency:urgent",
    "invoice kind:praise",
    "-仓库 is:closed",
    "绝无此词",
)
RUNS: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """The slowest filter, how many take over 30 ms of SQL or 50 ms in all, and the most SQL of one."""

    text: str
    timed: queries.Timed
    over: int
    sql: float


def measure(services: Services) -> Found:
    """Every filter in the usual order; the first page, as a screen asks for it."""
    actor = services.org.login("root")
    found = [
        (
            text,
            queries.timed(services, partial(services.views.page, text, actor=actor), RUNS),
        )
        for text in FILTERS
    ]
    slowest, one = max(found, key=lambda f: f[1].service)
    over = sum(t.sql > 30 or t.service > 50 for _, t in found)
    return Found(slowest, one, over, max(t.sql for _, t in found))
