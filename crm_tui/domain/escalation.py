"""When a ticket goes up a level, and only up (R-150 to R-155, D-24)."""

from typing import Final

LEVEL_FRONTLINE: Final = 1
LEVEL_DEPARTMENTS: Final = 2
LEVEL_EXECUTIVE: Final = 3
TRANSFERS_TO_ESCALATE: Final = 3


def escalates_on_transfer(transfers: int) -> bool:
    """The third transfer between departments escalates, and so does each further one (R-155)."""
    return transfers >= TRANSFERS_TO_ESCALATE


def level_for_unsatisfied(answers: int, level: int) -> int:
    """The level after the ``answers``-th unsatisfied answer: one up, the second straight to the top (D-24)."""
    return LEVEL_EXECUTIVE if answers >= 2 else min(level + 1, LEVEL_EXECUTIVE)


def level_for_breach(*, used_s: float, target_s: float | None) -> int:
    """The level that a running, late clock asks for: twice its limit goes to the executives (D-24).

    ``used_s`` is the clock's own time, pauses cut out.
    """
    if target_s is not None and target_s > 0 and used_s >= 2 * target_s:
        return LEVEL_EXECUTIVE
    return LEVEL_DEPARTMENTS
