"""Triage: urgency and department that follow from what is registered (R-113 to R-117, R-121, D-16)."""

from dataclasses import dataclass
from typing import Final

from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.terms import Department, TicketKind, Urgency

ROUTES: Final[dict[TicketKind, tuple[Department, tuple[Department, ...]]]] = {
    TicketKind.CONSULTATION: (Department.PRODUCT, (Department.CALL_CENTRE, Department.SERVICE)),
    TicketKind.COMPLAINT: (
        Department.AFTER_SALES,
        (Department.SERVICE, Department.DELIVERY, Department.SALES, Department.TECHNOLOGY),
    ),
    TicketKind.SUGGESTION: (Department.PRODUCT, (Department.MARKETING,)),
    TicketKind.PRAISE: (Department.MARKETING, (Department.PRODUCT,)),
    TicketKind.AFTER_SALES: (Department.AFTER_SALES, (Department.TECHNOLOGY, Department.SERVICE)),
    TicketKind.RESCUE: (Department.SERVICE, (Department.AFTER_SALES, Department.TECHNOLOGY)),
}
"""Per kind the department proposed and those that need no reason (R-115 to R-117)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What triage proposes and why."""

    urgency: Urgency
    urgency_forced: bool
    department: Department
    alternatives: tuple[Department, ...]
    special_team: bool
    reasons: tuple[Msg, ...]


def triage(
    *,
    kind: str,
    safety_risk: bool = False,
    batch_problem: bool = False,
    public_opinion: bool = False,
    channel: str = "",
    complex: bool = False,  # noqa: A002  # the field's own name
) -> Proposal:
    """Propose urgency and department; any of the three criteria forces urgent (R-113)."""
    what = TicketKind(kind)
    reasons: list[Msg] = []
    if safety_risk:
        reasons.append(msg("Urgent: safety risk"))
    if batch_problem:
        reasons.append(msg("Urgent: batch problem"))
    if public_opinion:
        reasons.append(msg("Urgent: strong dissatisfaction may become public opinion"))
    forced = bool(reasons)
    if forced:
        urgency = Urgency.URGENT
    elif what is TicketKind.RESCUE:
        urgency = Urgency.URGENT
        reasons.append(msg("Urgent: a customer waits for rescue"))
    elif what in (TicketKind.SUGGESTION, TicketKind.PRAISE):
        urgency = Urgency.LOW
        reasons.append(msg("Low: suggestion or praise"))
    else:
        urgency = Urgency.NORMAL
        reasons.append(msg("Normal: does not affect basic use"))
    department, alternatives = ROUTES[what]
    reasons.append(
        msg(
            "{kind} goes to {department}",
            kind=Msg(what.label()),
            department=Msg(department.label()),
        )
    )
    if complex:
        reasons.append(msg("Complex: the special service team works with it"))
    return Proposal(urgency, forced, department, alternatives, complex, tuple(reasons))
