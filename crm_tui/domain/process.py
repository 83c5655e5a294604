"""The service process of source D: stage, node, who is responsible, what to do, by when (R-143)."""

from dataclasses import dataclass
from typing import Final

from crm_tui.domain.msg import N_


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a stage; every text is a msgid whose Chinese is the wording of the source."""

    stage: str
    node: str
    responsible: str
    action: str
    limit: str
    clock: str = ""
    """The kind of clock that holds it to the limit; empty where the limit is a date or a cadence."""


_INTAKE = N_("Need intake")
_ANALYSIS = N_("Need analysis")
_EXECUTION = N_("Service execution")
_FOLLOW_UP = N_("After-sales follow-up")
_MAINTENANCE = N_("Relationship maintenance")
_MANAGER = N_("Customer manager")

STAGES: Final = (_INTAKE, _ANALYSIS, _EXECUTION, _FOLLOW_UP, _MAINTENANCE)
"""The five stages in order."""

PROCESS: Final[tuple[Node, ...]] = (
    Node(
        _INTAKE,
        N_("Registration"),
        N_("Customer service centre"),
        N_(
            "Enter customer information, problem and urgency in the CRM within 1 hour; tell the"
            " customer manager at the same time"
        ),
        N_("Within 1 hour"),
        "registration",
    ),
    Node(
        _ANALYSIS,
        N_("Requirement contact"),
        _MANAGER,
        N_("The customer manager contacts the customer within 24 hours and settles the details"),
        N_("Within 24 hours"),
        "clarify",
    ),
    Node(
        _ANALYSIS,
        N_("First solution"),
        N_("Product department"),
        N_("The product department gives a first solution within 48 hours"),
        N_("Within 48 hours"),
        "solution",
    ),
    Node(
        _EXECUTION,
        N_("Delivery to the customer"),
        N_("Delivery department, customer manager"),
        N_(
            "After the customer has confirmed the solution deliver by the agreed time; the manager"
            " follows the whole course"
        ),
        N_("As the contract says"),
    ),
    Node(
        _FOLLOW_UP,
        N_("Return visit after delivery"),
        _MANAGER,
        N_("The customer manager calls within 3 days after delivery and collects feedback"),
        N_("Within 3 days of delivery"),
        "follow_up",
    ),
    Node(
        _FOLLOW_UP,
        N_("After-sales problem"),
        N_("After-sales department"),
        N_("Answer after-sales problems within 24 hours, solve or give progress within 72 hours"),
        N_("24 hours and 72 hours"),
        "progress",
    ),
    Node(
        _MAINTENANCE,
        N_("Regular contact"),
        _MANAGER,
        N_(
            "Tier A: quarterly visit and business review; tier B: monthly call and quarterly survey;"
            " tier C: quarterly news"
        ),
        N_("By tier, monthly or quarterly"),
    ),
)
"""The table in the order of the source."""
