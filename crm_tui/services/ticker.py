"""Background work: warnings, alarms, escalations, reminders, the outbox (design decision 10).

Every effect has a key of rule, entity and due, and happens once whoever ticks and however often; what
was missed while nothing ran is caught up in order.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from crm_tui.db.schema.system import fired, lease
from crm_tui.db.schema.tickets import OPEN, ticket
from crm_tui.domain import escalation as levels
from crm_tui.domain.clocks import Cycle
from crm_tui.domain.msg import msg
from crm_tui.services import clocks, delivery, policies
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import SYSTEM
from crm_tui.services.core import Core
from crm_tui.services.lifecycle import escalate, move
from crm_tui.services.messages import MessageService
from crm_tui.services.ticket_views import untracked
from crm_tui.services.unit import Unit

LEASE = "tick"
LEASE_FOR = timedelta(seconds=60)
BATCH = 200
DAILY_NOTE_BY = time(18, 0)
URGENT_UNRESOLVED = timedelta(hours=24)
URGENT_UNACKNOWLEDGED = timedelta(hours=1)


@dataclass(slots=True)
class Ticked:
    """What one tick did."""

    leader: bool = True
    sent: int = 0
    warned: int = 0
    breached: int = 0
    escalated: int = 0
    reminded: int = 0
    returned: int = 0
    last: datetime | None = None
    tickets: list[int] = field(default_factory=list)


class Ticker:
    """Runs inside any open screen, as `crm-tui worker`, or from cron as `crm-tui tick`."""

    def __init__(self, core: Core, messages: MessageService) -> None:
        self._core = core
        self._messages = messages

    def tick(self, owner: str) -> Ticked:
        """Do everything that is due now, if ``owner`` gets or holds the lease."""
        done = Ticked()
        with self._core.write(SYSTEM) as unit:
            if not self._lead(unit, owner):
                return Ticked(leader=False)
            done.sent = self._messages.release_due(unit)
            done.returned = self._return_pending(unit)
        while self._some_tickets(done):
            pass
        with self._core.write(SYSTEM) as unit:
            done.reminded += self._daily_tracking(unit)
            done.breached += self._deliveries(unit)
            done.last = unit.now
        return done

    def release(self, owner: str) -> None:
        """Give the lease back, so that another need not wait for it to run out."""
        with self._core.write(SYSTEM) as unit:
            unit.conn.execute(lease.delete().where(lease.c.name == LEASE, lease.c.owner == owner))

    def _lead(self, unit: Unit, owner: str) -> bool:
        until = unit.now + LEASE_FOR
        taken = unit.conn.execute(
            update(lease)
            .where(
                lease.c.name == LEASE, or_(lease.c.owner == owner, lease.c.expires_at < unit.now)
            )
            .values(owner=owner, expires_at=until)
        )
        if taken.rowcount == 1:
            return True
        make = pg_insert if unit.conn.dialect.name == "postgresql" else sqlite_insert
        fresh = unit.conn.execute(
            make(lease)
            .values(name=LEASE, owner=owner, expires_at=until, data={})
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(lease.c.name)
        )
        return fresh.first() is not None

    def _return_pending(self, unit: Unit) -> int:
        """Waiting tickets whose date has come go back to work."""
        query = select(ticket.c.id).where(
            OPEN, ticket.c.category == "waiting", ticket.c.pending_until <= unit.now
        )
        rows = [int(r.id) for r in unit.conn.execute(query)]
        for ticket_id in rows:
            row = move(
                unit,
                base.load(unit, ticket_id),
                "accepted",
                guard=False,
                verb="wait_over",
            )
            unit.notify(
                [row["owner_id"]],
                "wait_over",
                msg("T-{number} has waited long enough", number=row["number"]),
                subject=("ticket", ticket_id),
                key=f"wait_over:{ticket_id}:{row['row_version']}",
            )
        return len(rows)

    def _some_tickets(self, done: Ticked) -> bool:
        """Work off a batch of tickets whose warning, due or level has come; short transactions."""
        with self._core.write(SYSTEM) as unit:
            query = (
                select(ticket.c.id)
                .where(OPEN, ticket.c.wake_at <= unit.now)
                .order_by(ticket.c.wake_at, ticket.c.id)
                .limit(BATCH)
            )
            ids = [int(r.id) for r in unit.conn.execute(query)]
            logs = clocks.events(unit, ids) if ids else {}
            for ticket_id in ids:
                row = base.load(unit, ticket_id)
                found = clocks.fold(unit, logs[ticket_id], unit.now)
                cycles = clocks.cycles(found)
                for cycle in cycles:
                    self._watch(unit, row, cycle, done)
                row = base.load(unit, ticket_id)
                self._levels(unit, row, cycles, done)
                kept = clocks.cached(found)
                # The alarm comes at due + 0, the breach an instant later: show them as one.
                kept["breached"] = kept["breached"] or any(
                    c.state == "running" and c.due_at is not None and c.due_at <= unit.now
                    for c in cycles
                )
                kept["wake_at"] = self._next_wake(unit, row, cycles)
                base.touch(unit, ticket_id, kept)
                done.tickets.append(ticket_id)
            unit.touched.clear()
            return len(ids) == BATCH

    def _once(self, unit: Unit, key: str) -> bool:
        make = pg_insert if unit.conn.dialect.name == "postgresql" else sqlite_insert
        result = unit.conn.execute(
            make(fired)
            .values(key=key, at=unit.now)
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(fired.c.key)
        )
        return result.first() is not None

    def _watch(self, unit: Unit, row: Any, cycle: Cycle, done: Ticked) -> None:
        if cycle.state != "running" or cycle.due_at is None:
            return
        name = f"{row['id']}:{cycle.kind}:{cycle.cycle}:{cycle.due_at.isoformat()}"
        people = [row["owner_id"] or base.head_of(unit, row["department_id"])]
        late = cycle.due_at <= unit.now
        if (
            cycle.warn_at is not None
            and cycle.warn_at <= unit.now
            and self._once(unit, f"warn:{name}")
        ):
            done.warned += 1
            unit.notify(
                people,
                "warning",
                msg(
                    "T-{number}: {clock} is due {due}",
                    number=row["number"],
                    clock=msg(str(cycle.kind)),
                    due=cycle.due_at,
                ),
                subject=("ticket", row["id"]),
                key=f"warn:{name}",
                read=row["source"] != "live" and late,
            )
        if late and self._once(unit, f"breach:{name}"):
            done.breached += 1
            unit.log(
                "ticket",
                row["id"],
                "breached",
                at=cycle.due_at,
                changes={"clock": [None, str(cycle.kind)]},
                customer_id=row["customer_id"],
            )
            unit.notify(
                [*people, base.head_of(unit, row["department_id"])],
                "overdue",
                msg(
                    "T-{number}: {clock} is overdue; tell the customer how it stands",
                    number=row["number"],
                    clock=msg(str(cycle.kind)),
                ),
                subject=("ticket", row["id"]),
                key=f"breach:{name}",
            )
        if late and row["kind"] == "after_sales" and str(cycle.kind) == "progress":
            self._repeat_alarm(unit, row, cycle, done)

    def _repeat_alarm(self, unit: Unit, row: Any, cycle: Cycle, done: Ticked) -> None:
        """The after-sales alarm repeats daily until resolved; missed ones come as one (R-139)."""
        assert cycle.due_at is not None
        days = (unit.now - cycle.due_at) // timedelta(days=1)
        key = f"alarm:{row['id']}:{cycle.cycle}:{cycle.due_at.isoformat()}"
        missed = 0
        for day in range(int(days) + 1):
            if self._once(unit, f"{key}:{day}"):
                missed += 1
        if missed:
            done.reminded += 1
            unit.notify(
                [row["owner_id"], base.head_of(unit, row["department_id"])],
                "alarm",
                msg(
                    "T-{number}: after-sales problem overdue, day {day}",
                    number=row["number"],
                    day=days + 1,
                ),
                subject=("ticket", row["id"]),
                key=f"{key}:{days}",
                times=missed,
            )

    def _levels(self, unit: Unit, row: Any, cycles: list[Cycle], done: Ticked) -> None:
        """Escalate by D-24: a breach to level 2, twice the limit or an urgent day to level 3."""
        for cycle in cycles:
            if row["escalation_level"] >= levels.LEVEL_EXECUTIVE:
                return
            if cycle.state != "running" or cycle.due_at is None or cycle.due_at > unit.now:
                continue
            if str(cycle.kind) == "acknowledge":
                cause, level = "unacknowledged", levels.LEVEL_DEPARTMENTS
            else:
                cause, level = f"breach_{cycle.kind}", levels.LEVEL_DEPARTMENTS
            if self._double(unit, cycle):
                cause, level = f"double_{cycle.kind}", levels.LEVEL_EXECUTIVE
            if level > row["escalation_level"]:
                row = escalate(unit, row, level, cause)
                done.escalated += 1
        if (
            row["urgency"] == "urgent"
            and row["escalation_level"] < levels.LEVEL_EXECUTIVE
            and row["registered_at"] + URGENT_UNRESOLVED <= unit.now
        ):
            escalate(unit, row, levels.LEVEL_EXECUTIVE, "urgent_unresolved")
            done.escalated += 1

    @staticmethod
    def _double(unit: Unit, cycle: Cycle) -> bool:
        """Whether twice the limit is used up, in the clock's own time."""
        return (
            cycle.target_s is not None and cycle.target_s > 0 and cycle.used_s >= 2 * cycle.target_s
        )

    def _next_wake(self, unit: Unit, row: Any, cycles: list[Cycle]) -> datetime | None:
        """The next moment at which something of this ticket may fire."""
        moments: list[datetime] = []
        for cycle in cycles:
            if cycle.state != "running" or cycle.due_at is None:
                continue
            moments += [t for t in (cycle.warn_at, cycle.due_at) if t is not None]
            if cycle.due_at <= unit.now:
                # Late ones are looked at again at each full day late, and hourly until level 3.
                days = (unit.now - cycle.due_at) // timedelta(days=1)
                moments.append(cycle.due_at + timedelta(days=days + 1))
                if row["escalation_level"] < levels.LEVEL_EXECUTIVE:
                    moments.append(unit.now + timedelta(hours=1))
        if row["urgency"] == "urgent":
            moments.append(row["registered_at"] + URGENT_UNRESOLVED)
        return min((m for m in moments if m > unit.now), default=None)

    def _deliveries(self, unit: Unit) -> int:
        """Promised deliveries that did not come are a breach, told once each (R-132)."""
        count = 0
        for row, promised in delivery.overdue(unit):
            if self._once(unit, f"delivery:{row['id']}:{promised.isoformat()}"):
                delivery.warn(unit, row, promised)
                count += 1
        return count

    def _daily_tracking(self, unit: Unit) -> int:
        """After 18:00 on working days: owners hear which of their tickets nobody touched (R-141)."""
        zone = ZoneInfo(unit.core.rules.zone)
        local = unit.now.astimezone(zone)
        calendar = policies.calendar_named(unit, unit.core.rules.calendar)
        if local.time() < DAILY_NOTE_BY or not calendar.is_working_day(local.date()):
            return 0
        query = (
            select(ticket.c.owner_id, ticket.c.department_id, ticket.c.id)
            .where(OPEN, untracked(unit), ticket.c.source == "live")
            .order_by(ticket.c.id)
        )
        missing: dict[int, int] = {}
        for row in unit.conn.execute(query):
            person = row.owner_id or base.head_of(unit, row.department_id)
            if person is not None:
                missing[person] = missing.get(person, 0) + 1
        count = 0
        for person, number in missing.items():
            key = f"untracked:{person}:{local.date().isoformat()}"
            if self._once(unit, key):
                count += 1
                unit.notify(
                    [person],
                    "untracked",
                    msg("{count} open tickets without a note today", count=number),
                    subject=("staff", person),
                    key=key,
                )
        return count
