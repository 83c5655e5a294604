"""When a ticket goes up a level, and only up (R-150 to R-155, D-24)."""

from collections.abc import Mapping
from typing import Final

from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.domain.policy import CLOCK_LABELS, ClockKind

LEVEL_FRONTLINE: Final = 1
LEVEL_DEPARTMENTS: Final = 2
LEVEL_EXECUTIVE: Final = 3
TRANSFERS_TO_ESCALATE: Final = 3
CAUSES: Final[Mapping[str, str]] = {
    "third_transfer": N_("handed over for the third time"),
    "unacknowledged": N_("urgent, and not acknowledged in time"),
    "unsatisfied": N_("customer not satisfied"),
    "second_unsatisfied": N_("customer not satisfied for the second time"),
    "urgent_unresolved": N_("urgent, and not resolved within a day"),
}
"""Why a ticket went up, by code; a missed limit is ``breach_`` or ``double_`` and its clock."""
_CLOCKS: Final = {str(k): CLOCK_LABELS[k] for k in ClockKind}


def cause_words(code: str) -> Msg | None:
    """The cause of an escalation in words; None for a code that is none, such as a typed reason."""
    if code in CAUSES:
        return Msg(CAUSES[code])
    how, _, clock = code.partition("_")
    if clock not in _CLOCKS:
        return None
    if how == "breach":
        return msg("{clock}: limit passed", clock=Msg(_CLOCKS[clock]))
    return (
        msg("{clock}: twice the limit passed", clock=Msg(_CLOCKS[clock]))
        if how == "double"
        else None
    )


def escalates_on_transfer(transfers: int) -> bool:
    """The third transfer between departments escalates, and so does each further one (R-155)."""
    return transfers >= TRANSFERS_TO_ESCALATE


def level_for_unsatisfied(answers: int, level: int) -> int:
    """The level after the ``answers``-th unsatisfied answer: one up, the second straight to the top (D-24)."""
    return LEVEL_EXECUTIVE if answers >= 2 else min(level + 1, LEVEL_EXECUTIVE)
