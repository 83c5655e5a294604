"""What falls due on a ticket as time passes: warnings, breaches, alarms, levels (sla.md 2.10, D-24)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from crm_tui.domain.clocks import ClockBoard, Cycle
from crm_tui.domain.escalation import LEVEL_DEPARTMENTS, LEVEL_EXECUTIVE
from crm_tui.services.clocks import URGENT_UNRESOLVED, Folder, cycles

DAY: Final = timedelta(days=1)
ALARMED: Final = frozenset({"progress", "resolution"})
"""Clocks of an after-sales problem that is not solved: their alarm repeats daily (R-139)."""


class What(IntEnum):
    """The sorts of effects, in the order of those that fall on the same instant."""

    WAIT_OVER = 0
    WARNING = 1
    BREACH = 2
    ALARM = 3
    LEVEL = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that happens once, known by its ``key``; ``times`` is how often it was due so far."""

    at: datetime
    what: What
    ticket_id: int
    key: str
    cycle: Cycle | None = None
    level: int = 0
    cause: str = ""
    times: int = 1

    @property
    def order(self) -> tuple[datetime, int, int]:
        """Effects happen in the order in which they were due."""
        return (self.at, self.ticket_id, self.what)


def plan(row: Mapping[Any, Any], clocks: ClockBoard, folder: Folder, now: datetime) -> list[Effect]:
    """Every effect that has been due on the ticket, and the next ones to come.

    A key names the clock and the start of its cycle, not its due: a due that moves warns no second
    time. Of a repeating alarm those that were missed are one effect that carries the count.
    """
    found: list[Effect] = []
    ticket_id: int = row["id"]
    if row["category"] == "waiting" and row["pending_until"] is not None:
        until = row["pending_until"]
        key = f"wait_over:{ticket_id}:{until.isoformat()}"
        found.append(Effect(until, What.WAIT_OVER, ticket_id, key))
    for cycle in cycles(clocks):
        if cycle.state == "running" and cycle.due_at is not None:
            found += _of_cycle(row, cycle, folder, now)
    if row["urgency"] == "urgent" and row["escalation_level"] < LEVEL_EXECUTIVE:
        seen = [c.started_at for c in cycles(clocks) if str(c.kind) == "acknowledge"]
        since = max(seen, default=row["registered_at"])
        found.append(
            Effect(
                since + URGENT_UNRESOLVED,
                What.LEVEL,
                ticket_id,
                f"unresolved:{ticket_id}:{since.isoformat()}",
                level=LEVEL_EXECUTIVE,
                cause="urgent_unresolved",
            )
        )
    return found


def _of_cycle(
    row: Mapping[Any, Any], cycle: Cycle, folder: Folder, now: datetime
) -> Iterator[Effect]:
    due = cycle.due_at
    assert due is not None
    ticket_id, kind, level = row["id"], str(cycle.kind), row["escalation_level"]
    name = f"{ticket_id}:{kind}:{cycle.started_at.isoformat()}"
    if cycle.warn_at is not None:
        yield Effect(cycle.warn_at, What.WARNING, ticket_id, f"warn:{name}", cycle)
    # A limit that a change of policy put into the past was passed at the change.
    passed = cycle.breached_at or due
    yield Effect(passed, What.BREACH, ticket_id, f"breach:{name}", cycle)
    if level < LEVEL_DEPARTMENTS:
        cause = "unacknowledged" if kind == "acknowledge" else f"breach_{kind}"
        yield Effect(
            passed, What.LEVEL, ticket_id, f"level2:{name}", cycle, LEVEL_DEPARTMENTS, cause
        )
    if due > now:
        return
    if level < LEVEL_EXECUTIVE and (twice := folder.twice_at(cycle, now)) is not None:
        yield Effect(
            max(twice, passed),
            What.LEVEL,
            ticket_id,
            f"level3:{name}",
            cycle,
            LEVEL_EXECUTIVE,
            f"double_{kind}",
        )
    if row["kind"] == "after_sales" and kind in ALARMED:
        days = (now - due) // DAY
        # These may come again in a cycle whose due has moved, so the due is part of the key.
        key = f"alarm:{name}:{due.isoformat()}"
        for day in (days, days + 1):
            yield Effect(due + day * DAY, What.ALARM, ticket_id, key, cycle, times=day + 1)
