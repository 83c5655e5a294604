"""The clocks of tickets: folded from the log, cached for sorting (sla.md 2.1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.tickets import message, ticket, ticket_clock
from crm_tui.domain.business_time import Calendar
from crm_tui.domain.clock_math import Measure
from crm_tui.domain.clock_words import explain
from crm_tui.domain.clocks import ClockBoard, Cycle, Event, evaluate
from crm_tui.domain.escalation import LEVEL_EXECUTIVE
from crm_tui.domain.policy import Facts, PolicyBook
from crm_tui.domain.workflow import CATEGORIES
from crm_tui.services import policies
from crm_tui.services.dto import ClockView, SegmentView
from crm_tui.services.unit import Unit

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""Sorts tickets without a running clock behind all others."""

STATE_CATEGORIES: Mapping[str, str] = {str(s): str(c) for s, c in CATEGORIES.items()}
BATCH = 400
URGENT_UNRESOLVED = timedelta(hours=24)
"""After which an urgent ticket goes to the executives (D-24)."""


def _facts(data: Mapping[str, Any] | None) -> Facts | None:
    if data is None:
        return None
    return Facts(
        kind=data["kind"],
        tier=data["tier"],
        urgency=data["urgency"],
        channel=data["channel"],
        department_id=data.get("department_id"),
    )


def event_of(seq: int, at: datetime, data: Mapping[str, Any]) -> Event:
    """A log entry as the clocks read it."""
    due, since = data.get("due"), data.get("since")
    return Event(
        at=at,
        seq=seq,
        type=data["event"],
        by=data.get("by"),
        to=data.get("to"),
        automatic=bool(data.get("automatic", False)),
        facts=_facts(data.get("facts")),
        policy_version=data.get("policy_version"),
        clock=data.get("clock"),
        nodes=bool(data.get("nodes", True)),
        due=datetime.fromisoformat(due) if due else None,
        since=datetime.fromisoformat(since) if since else None,
    )


def events(unit: Unit, ticket_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The events of these tickets in order, without those that were undone."""
    found: dict[int, list[Mapping[Any, Any]]] = {i: [] for i in ticket_ids}
    query = (
        select(activity.c.seq, activity.c.at, activity.c.subject_id, activity.c.data)
        .where(
            activity.c.kind == "ticket",
            activity.c.subject_id.in_(ticket_ids),
            activity.c.data.is_not(None),
        )
        .order_by(activity.c.seq)
    )
    for row in unit.conn.execute(query).mappings():
        found[row["subject_id"]].append(row)
    return {ticket_id: unstruck(log) for ticket_id, log in found.items()}


def unstruck(log: Iterable[Mapping[Any, Any]]) -> list[Event]:
    """The events of one ticket's entries in order, without those that were undone by the last of them."""
    struck: set[int] = set()
    told: list[Event] = []
    for row in sorted(log, key=lambda r: int(r["seq"])):
        data = row["data"] or {}
        name = data.get("event")
        if name == "struck":
            struck |= set(data["seqs"])
        elif name == "revived":
            struck -= set(data["seqs"])
        elif name is not None:
            told.append(event_of(row["seq"], row["at"], data))
    return sorted((e for e in told if e.seq not in struck), key=lambda e: (e.at, e.seq))


class Folder:
    """Folds logs with the store's policies and calendars, each looked up once."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._calendars: dict[str, tuple[tuple[datetime, Calendar], ...]] = {}

    def book(self, version: int) -> PolicyBook:
        """A version of the policy."""
        return policies.book(self._unit, version)

    def calendar(self, name: str, at: datetime) -> Calendar:
        """A calendar as it was in force at a moment; before its first state that one."""
        if name not in self._calendars:
            self._calendars[name] = policies.calendar_states(self._unit, name)
        states = self._calendars[name]
        in_force = [made for since, made in states if since <= at]
        return in_force[-1] if in_force else states[0][1]

    def fold(self, log: Sequence[Event], now: datetime) -> ClockBoard:
        """The clocks that follow from a log."""
        return evaluate(
            log, books=self.book, calendars=self.calendar, categories=STATE_CATEGORIES, now=now
        )

    def twice_at(self, cycle: Cycle, now: datetime) -> datetime | None:
        """When a running cycle has used or will have used twice its limit, in its own time (D-24)."""
        if cycle.line is None or not cycle.target_s:
            return None
        name = cycle.line.calendar
        inside = Measure(cycle.line, self.calendar(name, now) if name else None).inside
        return inside.add(now, timedelta(seconds=2 * cycle.target_s - cycle.used_s))


def fold(unit: Unit, log: Sequence[Event], now: datetime) -> ClockBoard:
    """The clocks that follow from a log, with the store's policies and calendars."""
    return Folder(unit).fold(log, now)


def board(unit: Unit, ticket_id: int) -> ClockBoard:
    """The clocks of one ticket at this moment."""
    return fold(unit, events(unit, [ticket_id])[ticket_id], unit.now)


def cycles(clocks: ClockBoard) -> list[Cycle]:
    """Every cycle of every clock."""
    return [c for kind in clocks.clocks.values() for c in kind]


def cached(clocks: ClockBoard) -> dict[str, Any]:
    """The ticket's columns that sorting and the ticker need."""
    running = [c for c in cycles(clocks) if c.state == "running" and c.due_at is not None]
    running.sort(key=lambda c: (c.due_at, str(c.kind)))
    first = running[0] if running else None
    return {
        "next_due_at": first.due_at if first else None,
        "next_due_kind": str(first.kind) if first else "",
        "due_sort": first.due_at if first else FAR,
        "warn_at": first.warn_at if first else None,
        "paused": any(c.state == "paused" for c in cycles(clocks)),
        "breached": any(c.breached_at is not None for c in cycles(clocks)),
    }


def wake_at(row: Any, clocks: ClockBoard, now: datetime) -> datetime | None:
    """When background work must look at a ticket next; ``now`` where something may be due already."""
    moments = [
        t
        for c in cycles(clocks)
        if c.state == "running" and c.due_at is not None
        for t in (c.warn_at, c.due_at)
        if t is not None
    ]
    if row.urgency == "urgent" and row.escalation_level < LEVEL_EXECUTIVE:
        moments.append(row.registered_at + URGENT_UNRESOLVED)
    if row.category == "waiting" and row.pending_until is not None:
        moments.append(row.pending_until)
    return max(now, min(moments)) if moments else None


def rebuild(unit: Unit) -> None:
    """Fold the clocks of all touched tickets again and store what follows; before the commit."""
    touched = sorted(unit.touched)
    unit.touched.clear()
    folder = Folder(unit)
    for start in range(0, len(touched), BATCH):
        _rebuild(unit, folder, touched[start : start + BATCH])


NEEDED = (
    ticket.c.id,
    ticket.c.owner_id,
    ticket.c.department_id,
    ticket.c.next_due_at,
    ticket.c.customer_id,
    ticket.c.urgency,
    ticket.c.category,
    ticket.c.registered_at,
    ticket.c.escalation_level,
    ticket.c.pending_until,
)


def _rebuild(unit: Unit, folder: Folder, ids: Sequence[int]) -> None:
    query = select(*NEEDED).where(ticket.c.id.in_(ids))
    tickets = {r.id: r for r in unit.conn.execute(query)}
    before = _stored(unit, ids)
    rows: list[dict[str, Any]] = []
    caches: list[dict[str, Any]] = []
    for ticket_id, log in events(unit, ids).items():
        if not log or ticket_id not in tickets:
            continue
        clocks = folder.fold(log, unit.now)
        row = tickets[ticket_id]
        columns = {**cached(clocks), "wake_at": wake_at(row, clocks, unit.now)}
        caches.append({"of": ticket_id, **columns})
        moved: dict[str, list[Any]] = {}
        for cycle in cycles(clocks):
            old = before.get((ticket_id, str(cycle.kind), cycle.cycle))
            if old is not None and old.due_at and cycle.due_at and old.due_at != cycle.due_at:
                moved[str(cycle.kind)] = [old.due_at.isoformat(), cycle.due_at.isoformat()]
            # Who had it when it stopped is kept, for the figures per person; what runs again, as
            # after undoing, is whose the ticket is.
            stopped = old is not None and old.stopped_at is not None
            person = old if stopped and cycle.stopped_at is not None else row
            assert person is not None
            rows.append(_row(ticket_id, cycle, (person.owner_id, person.department_id)))
        if unit.source == "live" and (moved or row.next_due_at != columns["next_due_at"]):
            _log_due(unit, row, columns["next_due_at"], moved)
    if caches:
        unit.conn.execute(update(ticket).where(ticket.c.id == bindparam("of")), caches)
    unit.conn.execute(delete(ticket_clock).where(ticket_clock.c.ticket_id.in_(ids)))
    if rows:
        unit.conn.execute(insert(ticket_clock), rows)


def _log_due(unit: Unit, row: Any, due: datetime | None, moved: dict[str, list[Any]]) -> None:
    """Keep old and new due in the history, the next one and each that was moved (sla.md 2.4)."""
    old = row.next_due_at.isoformat() if row.next_due_at else None
    unit.log(
        "ticket",
        row.id,
        "due_changed",
        changes={"next_due_at": [old, due.isoformat() if due else None], **moved},
        customer_id=row.customer_id,
    )


def _stored(unit: Unit, ids: Sequence[int]) -> dict[tuple[int, str, int], Any]:
    """The clocks as they are stored, by ticket, kind and cycle."""
    query = select(
        ticket_clock.c.ticket_id,
        ticket_clock.c.kind,
        ticket_clock.c.cycle,
        ticket_clock.c.due_at,
        ticket_clock.c.stopped_at,
        ticket_clock.c.owner_id,
        ticket_clock.c.department_id,
    ).where(ticket_clock.c.ticket_id.in_(ids))
    return {(r.ticket_id, r.kind, r.cycle): r for r in unit.conn.execute(query)}


def _row(ticket_id: int, cycle: Cycle, person: tuple[Any, Any]) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "kind": str(cycle.kind),
        "cycle": cycle.cycle,
        "state": str(cycle.state),
        "policy_version": cycle.policy_version,
        "calendar_version": cycle.calendar_version or 0,
        "line_id": cycle.line_id or "",
        "target_s": None if cycle.target_s is None else int(cycle.target_s),
        "started_at": cycle.started_at,
        "due_at": cycle.due_at,
        "stored_due_at": cycle.stored_due_at,
        "warn_at": cycle.warn_at,
        "stopped_at": cycle.stopped_at,
        "breached_at": cycle.breached_at,
        "used_s": int(cycle.used_s),
        "paused_s": int(cycle.paused_s),
        "late_s": int(cycle.late_s),
        "pinned": cycle.pinned,
        "cause": cycle.cause or "",
        "owner_id": person[0],
        "department_id": person[1],
    }


ANSWERED = ("first_response", "next_response")


def view(cycle: Cycle, *, sending: Sequence[str] = ()) -> ClockView:
    """A cycle as shown, with its explanation; ``sending`` are kinds that a message at rest will stop."""
    state = str(cycle.state)
    if state == "running" and str(cycle.kind) in sending:
        state = "sending"
    return ClockView(
        kind=str(cycle.kind),
        cycle=cycle.cycle,
        state=state,
        due_at=cycle.due_at,
        stored_due_at=cycle.stored_due_at,
        warn_at=cycle.warn_at,
        started_at=cycle.started_at,
        stopped_at=cycle.stopped_at,
        target_s=None if cycle.target_s is None else int(cycle.target_s),
        used_s=int(cycle.used_s),
        paused_s=int(cycle.paused_s),
        late_s=int(cycle.late_s),
        remaining_s=None if cycle.remaining_s is None else int(cycle.remaining_s),
        pinned=cycle.pinned,
        breached=cycle.breached_at is not None,
        cause=cycle.cause or "",
        line_id=cycle.line_id or "",
        policy_version=cycle.policy_version,
        explanation=tuple(explain(cycle)),
        segments=tuple(
            SegmentView(start, end, str(kind), seconds / 60)
            for start, end, kind, seconds in cycle.segments
        ),
    )


def views(unit: Unit, ticket_id: int) -> tuple[ClockView, ...]:
    """All clocks of a ticket now: running first by due, then the rest by start."""
    clocks = cycles(board(unit, ticket_id))
    waiting = select(message.c.progress).where(
        message.c.ticket_id == ticket_id, message.c.state == "queued"
    )
    resting = [r.progress for r in unit.conn.execute(waiting)]
    sending = (*(ANSWERED if resting else ()), *(("progress",) if any(resting) else ()))
    clocks.sort(key=lambda c: (c.due_at is None, c.due_at or c.started_at, str(c.kind)))
    return tuple(view(c, sending=sending) for c in clocks)


def preview_cycles(
    unit: Unit, facts: Mapping[str, Any], received_at: datetime, now: datetime
) -> tuple[ClockView, ...]:
    """The clocks a ticket would have if registered now: the same fold over the same events (R-145)."""
    version = policies.current_version(unit)
    log = [
        Event(
            at=received_at,
            seq=1,
            type="created",
            by="customer",
            facts=_facts(facts),
            policy_version=version,
        ),
        Event(at=now, seq=2, type="registered"),
    ]
    clocks = cycles(fold(unit, log, now))
    clocks.sort(key=lambda c: (c.due_at is None, c.due_at or c.started_at, str(c.kind)))
    return tuple(view(c) for c in clocks)
