"""What background work looks for: indexed questions that cost next to nothing where nothing is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Integer,
    RowMapping,
    String,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    update,
)

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.system import fired
from crm_tui.db.schema.tickets import OPEN, message, ticket
from crm_tui.db.types import UtcDateTime

contract = table(
    "contract",
    column("id", Integer),
    column("promised_delivery_on", Date),
    column("delivered_at", UtcDateTime),
    column("archived", Boolean),
    column("status", String),
)
"""The few columns that are asked for, so that a screen that ticks need not load all registers."""

task_watch = table("task_watch", column("task_id", Integer), column("wake_at", UtcDateTime))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether anything is due of what waits for its moment."""

    outbox: bool
    """A reply has rested long enough."""
    tickets: bool
    tasks: bool


def waiting(conn: Connection, now: datetime) -> Waiting:
    """What is due, in one statement that three indexes answer."""
    outbox = exists().where(message.c.state == "queued", message.c.release_at <= now)
    tickets = exists().where(OPEN, ticket.c.wake_at <= now)
    tasks = exists().where(task_watch.c.wake_at <= now)
    row = conn.execute(select(outbox, tickets, tasks)).one()
    return Waiting(*map(bool, row))


def due_tickets(conn: Connection, now: datetime, limit: int) -> list[RowMapping]:
    """Tickets to be looked at, those that wait longest first."""
    query = (
        select(ticket)
        .where(OPEN, ticket.c.wake_at <= now)
        .order_by(ticket.c.wake_at, ticket.c.id)
        .limit(limit)
    )
    return list(conn.execute(query).mappings())


def resting(conn: Connection, ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """Tickets with replies in the outbox, and when the last of them goes out."""
    query = (
        select(message.c.ticket_id, func.max(message.c.release_at))
        .where(
            message.c.ticket_id.in_(ids), message.c.state == "queued", message.c.release_at > now
        )
        .group_by(message.c.ticket_id)
    )
    return {int(r[0]): r[1] for r in conn.execute(query)}


def recorded_since(conn: Connection, ids: Sequence[int]) -> dict[int, datetime]:
    """When these tickets came to this database; what was due before is history."""
    query = (
        select(activity.c.subject_id, func.min(activity.c.recorded_at))
        .where(activity.c.kind == "ticket", activity.c.subject_id.in_(ids))
        .group_by(activity.c.subject_id)
    )
    return {int(r[0]): r[1] for r in conn.execute(query)}


def fired_times(conn: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Which of these effects have happened, and how often."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        query = select(fired.c.key, fired.c.times).where(fired.c.key.in_(keys[start : start + 500]))
        found |= {r.key: r.times for r in conn.execute(query)}
    return found


def mark_fired(conn: Connection, key: str, at: datetime, known: int = 0, times: int = 1) -> int:
    """Keep that an effect has happened up to its ``times``-th repetition; answers how many are new."""
    if known:
        conn.execute(update(fired).where(fired.c.key == key).values(at=at, times=times))
    else:
        conn.execute(insert(fired).values(key=key, at=at, times=times))
    return times - known


def undelivered(conn: Connection, today: date) -> list[int]:
    """Contracts in force whose promised day has passed without delivery, not told of yet (R-132)."""
    key = literal("delivery:").concat(cast(contract.c.id, String)).concat(":")
    key = key.concat(cast(contract.c.promised_delivery_on, String))
    told = select(fired.c.key).where(fired.c.key == key).exists()
    query = select(contract.c.id).where(
        contract.c.promised_delivery_on < today,
        contract.c.delivered_at.is_(None),
        contract.c.archived.is_(False),
        contract.c.status.in_(("active", "renewed")),
        ~told,
    )
    return [int(r.id) for r in conn.execute(query.order_by(contract.c.promised_delivery_on))]


def due_tasks(conn: Connection, now: datetime, limit: int) -> list[int]:
    """Tasks to be looked at, those that wait longest first."""
    query = (
        select(task_watch.c.task_id)
        .where(task_watch.c.wake_at <= now)
        .order_by(task_watch.c.wake_at, task_watch.c.task_id)
        .limit(limit)
    )
    return [int(r.task_id) for r in conn.execute(query)]


def without_note(conn: Connection, since: datetime, until: datetime) -> list[Any]:
    """Open tickets that nobody noted anything on since then, counted by owner and department (R-141)."""
    query = (
        select(ticket.c.owner_id, ticket.c.department_id, func.count().label("n"))
        .where(
            OPEN,
            ticket.c.registered_at <= until,
            or_(ticket.c.last_note_at.is_(None), ticket.c.last_note_at < since),
        )
        .group_by(ticket.c.owner_id, ticket.c.department_id)
    )
    return list(conn.execute(query))
