"""How a ticket stood at a moment, told by its log up to then (D-22, R-251)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from crm_tui.domain.terms import Category, TicketState
from crm_tui.domain.workflow import CATEGORIES

ENDED: Final = frozenset({Category.RESOLVED, Category.CLOSED})
MOMENTS: Final = ("resolved_at", "closed_at")
FIELDS: Final = (*MOMENTS, "state", "reopened_within_days", "escalation_level", "transfer_count")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a ticket's log."""

    at: datetime
    verb: str
    changes: Mapping[str, Any]
    """Old and new value by field."""
    to: str | None = None
    """The state that it went to."""
    imported: bool = False
    """Whether it was told by another program, whose log holds states and no fields of ours."""


@dataclass(frozen=True, slots=True)
class Stood:
    """The fields of a ticket that figures read and that later acts change."""

    state: str = str(TicketState.REGISTERED)
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_within_days: bool = False
    escalation_level: int = 1
    transfer_count: int = 0


def stood(log: Iterable[Entry], reopen_days: int) -> Stood:
    """What a log in its order makes of a ticket; undoing is an entry like any other."""
    found = Stood()
    for entry in log:
        if not entry.imported:
            found = _changed(found, entry.changes)
        elif entry.verb == "transferred":
            found = replace(found, transfer_count=found.transfer_count + 1)
        elif entry.to is not None:
            found = _moved(found, entry.to, entry.at, timedelta(days=reopen_days))
    return found


def _changed(found: Stood, changes: Mapping[str, Any]) -> Stood:
    new = {name: changes[name][1] for name in FIELDS if name in changes}
    for name in MOMENTS:
        if new.get(name) is not None:
            new[name] = datetime.fromisoformat(new[name])
    return replace(found, **new)


def _moved(found: Stood, to: str, at: datetime, soon: timedelta) -> Stood:
    """To another state, as an import reads it: an end is the first state of the ended ones."""
    before, after = (CATEGORIES[TicketState(s)] for s in (found.state, to))
    new: dict[str, Any] = {"state": to}
    if after in ENDED and before not in ENDED:
        new["resolved_at"] = at
    if after is Category.CLOSED:
        new["closed_at"] = at
    if before in ENDED and after not in ENDED:
        ended = found.resolved_at or found.closed_at
        again = ended is not None and at - ended <= soon
        new |= {"resolved_at": None, "closed_at": None}
        new["reopened_within_days"] = found.reopened_within_days or again
    return replace(found, **new)
