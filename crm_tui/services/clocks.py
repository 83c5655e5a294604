"""The clocks of tickets: folded from the log, cached for sorting (sla.md 2.1)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.tickets import message, ticket, ticket_clock
from crm_tui.domain.business_time import Calendar
from crm_tui.domain.clocks import ClockBoard, Cycle, Event, evaluate, explain
from crm_tui.domain.policy import Facts, PolicyBook
from crm_tui.domain.workflow import CATEGORIES
from crm_tui.services import policies
from crm_tui.services.dto import ClockView, SegmentView
from crm_tui.services.unit import Unit

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""Sorts tickets without a running clock behind all others."""

STATE_CATEGORIES: Mapping[str, str] = {str(s): str(c) for s, c in CATEGORIES.items()}
BATCH = 400


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
    due = data.get("due")
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
    )


def events(unit: Unit, ticket_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The events of these tickets in order, without those that were undone."""
    found: dict[int, list[Event]] = {i: [] for i in ticket_ids}
    struck: set[int] = set()
    query = (
        select(activity.c.seq, activity.c.at, activity.c.subject_id, activity.c.data)
        .where(
            activity.c.kind == "ticket",
            activity.c.subject_id.in_(ticket_ids),
            activity.c.data.is_not(None),
        )
        .order_by(activity.c.seq)
    )
    for row in unit.conn.execute(query):
        name = row.data.get("event")
        if name == "struck":
            struck |= set(row.data["seqs"])
        elif name == "revived":
            struck -= set(row.data["seqs"])
        elif name is not None:
            found[row.subject_id].append(event_of(row.seq, row.at, row.data))
    for ticket_id, log in found.items():
        kept = [e for e in log if e.seq not in struck]
        found[ticket_id] = sorted(kept, key=lambda e: (e.at, e.seq))
    return found


def fold(unit: Unit, log: Sequence[Event], now: datetime) -> ClockBoard:
    """The clocks that follow from a log, with the store's policies and calendars."""

    def book(version: int) -> PolicyBook:
        return policies.book(unit, version)

    def calendar(name: str) -> Calendar:
        return policies.calendar_named(unit, name)

    return evaluate(log, books=book, calendars=calendar, categories=STATE_CATEGORIES, now=now)


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
        "wake_at": min(
            (t for c in running for t in (c.warn_at, c.due_at) if t is not None and t > clocks.now),
            default=None,
        ),
    }


def rebuild(unit: Unit) -> None:
    """Fold the clocks of all touched tickets again and store what follows; before the commit."""
    touched = sorted(unit.touched)
    unit.touched.clear()
    for start in range(0, len(touched), BATCH):
        part = touched[start : start + BATCH]
        owners = {
            r.id: r
            for r in unit.conn.execute(
                select(
                    ticket.c.id,
                    ticket.c.owner_id,
                    ticket.c.department_id,
                    ticket.c.next_due_at,
                    ticket.c.customer_id,
                ).where(ticket.c.id.in_(part))
            )
        }
        frozen = _owners_at_stop(unit, part)
        rows: list[dict[str, Any]] = []
        caches: list[dict[str, Any]] = []
        for ticket_id, log in events(unit, part).items():
            if not log or ticket_id not in owners:
                continue
            clocks = fold(unit, log, unit.now)
            columns = cached(clocks)
            owner = owners[ticket_id]
            caches.append({"ticket": ticket_id, **columns})
            if unit.source == "live" and owner.next_due_at != columns["next_due_at"]:
                _log_due(unit, owner, columns["next_due_at"])
            for cycle in cycles(clocks):
                person = frozen.get((ticket_id, str(cycle.kind), cycle.cycle)) or (
                    owner.owner_id,
                    owner.department_id,
                )
                rows.append(_row(ticket_id, cycle, person))
        if caches:
            unit.conn.execute(update(ticket).where(ticket.c.id == bindparam("ticket")), caches)
        unit.conn.execute(delete(ticket_clock).where(ticket_clock.c.ticket_id.in_(part)))
        if rows:
            unit.conn.execute(insert(ticket_clock), rows)


def _log_due(unit: Unit, row: Any, due: datetime | None) -> None:
    """Keep old and new due in the history (sla.md 2.4)."""
    old = row.next_due_at.isoformat() if row.next_due_at else None
    unit.log(
        "ticket",
        row.id,
        "due_changed",
        changes={"next_due_at": [old, due.isoformat() if due else None]},
        customer_id=row.customer_id,
    )


def _owners_at_stop(unit: Unit, ids: Sequence[int]) -> dict[tuple[int, str, int], tuple[Any, Any]]:
    """Who had it when a clock stopped: kept, for the figures per person."""
    query = select(
        ticket_clock.c.ticket_id,
        ticket_clock.c.kind,
        ticket_clock.c.cycle,
        ticket_clock.c.owner_id,
        ticket_clock.c.department_id,
    ).where(ticket_clock.c.ticket_id.in_(ids), ticket_clock.c.stopped_at.is_not(None))
    return {
        (r.ticket_id, r.kind, r.cycle): (r.owner_id, r.department_id)
        for r in unit.conn.execute(query)
    }


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


def view(cycle: Cycle, *, sending: bool = False) -> ClockView:
    """A cycle as shown, with its explanation; ``sending`` while a reply rests in the outbox."""
    state = str(cycle.state)
    if sending and state == "running" and str(cycle.kind) in ("first_response", "next_response"):
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
    waiting = select(message.c.id).where(
        message.c.ticket_id == ticket_id, message.c.state == "queued"
    )
    sending = unit.conn.execute(waiting.limit(1)).first() is not None
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
