"""The service activity of a ticket as five steps that tick themselves (R-126).

Nobody keeps a second list: each step is done when the log says so. Once a ticket has ended, a step
that is not done was skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from crm_tui.domain.msg import N_


class Activity(StrEnum):
    """The steps of source B, in order."""

    RECEIVE = "receive"
    RESPOND = "respond"
    IMPLEMENT = "implement"
    TRACK = "track"
    RETURN_VISIT = "return_visit"


ACTIVITY_LABELS: Final[Mapping[Activity, str]] = {
    Activity.RECEIVE: N_("Receive the customer"),
    Activity.RESPOND: N_("Respond to the need"),
    Activity.IMPLEMENT: N_("Carry it out"),
    Activity.TRACK: N_("Track the service"),
    Activity.RETURN_VISIT: N_("Return visit"),
}

_ENDED: Final = frozenset({"closed"})


@dataclass(frozen=True, slots=True)
class ChecklistStep:
    """A step: ``state`` is done, open or skipped."""

    activity: Activity
    state: str
    at: datetime | None = None


def checklist(
    ticket: Mapping[Any, Any], *, fed_back_at: datetime | None, visited_at: datetime | None
) -> tuple[ChecklistStep, ...]:
    """The five steps of a ticket row.

    ``fed_back_at`` is when the result was told last, ``visited_at`` when the customer was last asked
    how it went, reached or not. A cancelled or merged ticket skips nothing: its service ended.
    """
    done: dict[Activity, datetime | None] = {
        Activity.RECEIVE: ticket["registered_at"],
        Activity.RESPOND: ticket["first_response_at"],
        Activity.IMPLEMENT: fed_back_at,
        Activity.TRACK: ticket["last_note_at"],
        Activity.RETURN_VISIT: visited_at,
    }
    missing = "skipped" if ticket["state"] in _ENDED else "open"
    return tuple(
        ChecklistStep(name, missing if at is None else "done", at) for name, at in done.items()
    )


def skipped(steps: tuple[ChecklistStep, ...]) -> tuple[Activity, ...]:
    """The steps that an ended ticket went without."""
    return tuple(s.activity for s in steps if s.state == "skipped")
