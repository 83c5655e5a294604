"""Background work: outbox, warnings, alarms, escalations, reminders (design decision 10).

Every effect has a key of rule, entity and cycle and happens once, whoever ticks and however often;
what was missed while nothing ran is caught up in the order in which it was due. Work is done in short
transactions, each of which holds the lease; where nothing is due, a tick only reads.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError

from crm_tui.db.queries import background as queries
from crm_tui.db.schema.system import lease
from crm_tui.db.schema.tickets import ticket_clock
from crm_tui.domain.business_time import wall_instant
from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg
from crm_tui.services import clocks, delivery, goal_reminders, policies, task_watch, trade
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import SYSTEM
from crm_tui.services.core import Core
from crm_tui.services.effects import Effect, What, plan
from crm_tui.services.goals import GoalService
from crm_tui.services.lifecycle import back_to_work, escalate
from crm_tui.services.messages import MessageService
from crm_tui.services.ticket_views import NOTE_BY
from crm_tui.services.unit import Unit

log = logging.getLogger("crm_tui.ticker")

LEASE = "tick"
LEASE_FOR = timedelta(seconds=60)
BATCH = 50
"""Tickets looked at in one transaction."""
EFFECTS = 100
"""What happens at most in one transaction, so that writers of other processes get their turn."""
TURN_S = 0.05
"""Between two transactions: SQLite lets in who happens to look while nobody writes."""
TRY_AGAIN = timedelta(hours=1)
"""When a ticket is looked at again whose turn failed."""
TRACKED = "tracked"


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
    failed: int = 0
    last: datetime | None = None
    tickets: list[int] = field(default_factory=list)
    """Those that were looked at, as often as they were."""
    risks: int = 0
    """Risk cases that were opened because a task stands still (R-208)."""

    @property
    def idle(self) -> bool:
        """Whether this was the one to work, and there was nothing to do."""
        return self.leader and self == Ticked(last=self.last)


@dataclass(frozen=True, slots=True)
class _Due:
    """What a look at the store found to do."""

    held: bool
    outbox: bool = False
    tickets: bool = False
    contracts: tuple[int, ...] = ()
    tracking: date | None = None
    tasks: bool = False
    purchases: bool = False
    goals: goal_reminders.Due | None = None


class Ticker:
    """Runs inside any open screen, as `crm-tui worker`, or from cron as `crm-tui tick`."""

    def __init__(self, core: Core, messages: MessageService, goals: GoalService) -> None:
        self._core = core
        self._messages = messages
        self._goals = goals

    def tick(self, owner: str) -> Ticked:
        """Do everything that is due now, if ``owner`` gets or holds the lease."""
        with self._core.read(SYSTEM) as unit:
            due = self._look(unit, owner)
            done = Ticked(leader=not due.held, last=None if due.held else unit.now)
        if due.outbox:
            while self._step(owner, done, self._release):
                sleep(TURN_S)
        if due.outbox or due.tickets:
            while self._step(owner, done, self._some_tickets):
                sleep(TURN_S)
        if due.tasks:
            while self._step(owner, done, self._some_tasks):
                sleep(TURN_S)
        if due.contracts:
            self._step(owner, done, lambda unit, d: self._deliveries(unit, d, due.contracts))
        if (day := due.tracking) is not None:
            self._step(owner, done, lambda unit, d: self._daily_tracking(unit, d, day))
        after: int | None = 0 if due.purchases else None
        while after is not None and done.leader:
            after = self._age(owner, done, after)
        if due.goals:
            goal_reminders.work_off(
                due.goals, self._goals, lambda work: self._step(owner, done, work)
            )
        return done

    def release(self, owner: str) -> None:
        """Give the lease back, so that another need not wait for it to run out."""
        here = (lease.c.name == LEASE) & (lease.c.owner == owner)
        with self._core.read(SYSTEM) as unit:
            if unit.conn.execute(select(lease.c.name).where(here)).first() is None:
                return
        with self._core.write(SYSTEM) as unit:
            unit.conn.execute(update(lease).where(here).values(owner="", expires_at=unit.now))

    # Who works, and on what

    def _look(self, unit: Unit, owner: str) -> _Due:
        """Reads only, and only what an index answers."""
        row = unit.conn.execute(select(lease).where(lease.c.name == LEASE)).mappings().first()
        if row is not None and row["owner"] not in ("", owner) and row["expires_at"] >= unit.now:
            return _Due(held=True)
        conn, now = unit.conn, unit.now
        data = row["data"] if row is not None else {}
        waiting = queries.waiting(conn, now)
        return _Due(
            held=False,
            outbox=waiting.outbox,
            tickets=waiting.tickets,
            tasks=waiting.tasks,
            contracts=tuple(queries.undelivered(conn, delivery.local_day(unit, now))),
            tracking=self._day_to_track(unit, data.get(TRACKED)),
            purchases=trade.aging_due(unit),
            goals=goal_reminders.look(unit),
        )

    def _step(self, owner: str, done: Ticked, work: Any) -> bool:
        """One short transaction under the lease; answers whether there is more to do."""
        if not done.leader:
            return False
        with self._core.write(SYSTEM) as unit:
            done.leader = self._lead(unit, owner)
            return bool(done.leader and work(unit, done))

    def _lead(self, unit: Unit, owner: str) -> bool:
        until = unit.now + LEASE_FOR
        free = or_(lease.c.owner.in_((owner, "")), lease.c.expires_at < unit.now)
        taken = unit.conn.execute(
            update(lease).where(lease.c.name == LEASE, free).values(owner=owner, expires_at=until)
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

    # The outbox

    def _release(self, unit: Unit, done: Ticked) -> bool:
        sent, failed, more = self._messages.release_due(unit, limit=BATCH, retry=TRY_AGAIN)
        done.sent += sent
        done.failed += failed
        return more

    # Tickets

    def _some_tickets(self, unit: Unit, done: Ticked) -> bool:
        return _Batch(unit, done).work_off()

    # Customers

    def _age(self, owner: str, done: Ticked, after: int) -> int | None:
        """The year of purchases moves on with the day (D-03)."""
        following: list[int | None] = [None]

        def work(unit: Unit, _: Ticked) -> bool:
            following[0] = trade.age(unit, after)
            return following[0] is not None

        return following[0] if self._step(owner, done, work) else None

    # Tasks

    def _some_tasks(self, unit: Unit, done: Ticked) -> bool:
        """What is due on tasks: near due, overdue, behind, standing still (R-207, R-208)."""
        ids = queries.due_tasks(unit.conn, unit.now, BATCH)
        watch = task_watch.Watch(unit, ids)
        for task_id in ids:
            before = done.failed
            with _guarded(done, "task", task_id), unit.attempt():
                for what in watch.look(task_id):
                    counter = task_watch.COUNTED[what]
                    setattr(done, counter, getattr(done, counter) + 1)
            if done.failed > before:
                task_watch.wake(unit, task_id, unit.now + TRY_AGAIN)
        return len(ids) == BATCH

    # Contracts

    def _deliveries(self, unit: Unit, done: Ticked, ids: tuple[int, ...]) -> bool:
        """Promised deliveries that did not come are a breach, told once each (R-132)."""
        for contract_id in ids:
            with _guarded(done, "contract", contract_id), unit.attempt():
                promised = delivery.still_overdue(unit, contract_id)
                if promised is None:
                    continue
                key = f"delivery:{contract_id}:{promised.isoformat()}"
                if not queries.fired_times(unit.conn, [key]):
                    queries.mark_fired(unit.conn, key, unit.now)
                    delivery.warn(unit, contract_id, promised)
                    done.breached += 1
        return False

    # Daily tracking

    def _day_to_track(self, unit: Unit, tracked: str | None) -> date | None:
        """The newest working day whose 18:00 has passed untold; a fresh desk has nothing to catch up."""
        local = unit.now.astimezone(ZoneInfo(unit.core.rules.zone))
        day = local.date() if local.time() >= NOTE_BY else local.date() - timedelta(days=1)
        if tracked is not None and tracked >= day.isoformat():
            return None
        calendar = policies.calendar_named(unit, unit.core.rules.calendar)
        first = date.fromisoformat(tracked) if tracked is not None else day - timedelta(days=1)
        while day > first:
            if calendar.is_working_day(day):
                return day if tracked is not None or day == local.date() else None
            day -= timedelta(days=1)
        return None

    def _daily_tracking(self, unit: Unit, done: Ticked, day: date) -> bool:
        """Owners hear how many of their tickets had no note on ``day``; missed days come as one (R-141)."""
        row = unit.conn.execute(select(lease.c.data).where(lease.c.name == LEASE)).scalar_one()
        last = row.get(TRACKED)
        if last is not None and last >= day.isoformat():
            return False
        calendar = policies.calendar_named(unit, unit.core.rules.calendar)
        missed, before = 1, day - timedelta(days=1)
        while last is not None and before.isoformat() > last:
            missed += calendar.is_working_day(before)
            before -= timedelta(days=1)
        zone = ZoneInfo(unit.core.rules.zone)
        midnight = wall_instant(datetime.combine(day, time(0)), zone)
        evening = wall_instant(datetime.combine(day, NOTE_BY), zone)
        missing: dict[int, int] = {}
        for found in queries.without_note(unit.conn, midnight, evening):
            person = found.owner_id or base.head_of(unit, found.department_id)
            if person is not None:
                missing[person] = missing.get(person, 0) + found.n
        for person, number in sorted(missing.items()):
            unit.notify(
                [person],
                "untracked",
                msg("{count} open tickets without a note today", count=number),
                subject=("staff", person),
                key=f"untracked:{person}:{day.isoformat()}",
                times=missed,
            )
        done.reminded += len(missing)
        unit.conn.execute(
            update(lease)
            .where(lease.c.name == LEASE)
            .values(data={**row, TRACKED: day.isoformat()})
        )
        return False


@contextmanager
def _guarded(done: Ticked, what: str, which: int) -> Iterator[None]:
    """One that fails must not stop the others; a store that is away stops all."""
    try:
        yield
    except (Unavailable, OperationalError):
        raise
    except Exception as error:
        # The type alone: what an error says may hold what a customer wrote.
        log.error("%s %s could not be looked at: %s", what, which, type(error).__name__)
        done.failed += 1


class _Batch:
    """Some tickets whose time has come, worked off in one transaction."""

    def __init__(self, unit: Unit, done: Ticked) -> None:
        self.unit = unit
        self.done = done
        self.rows: dict[int, Any] = {
            r["id"]: r for r in queries.due_tickets(unit.conn, unit.now, BATCH)
        }
        ids = list(self.rows)
        self.full = len(ids) == BATCH
        # Later effects wait for the tickets behind this batch: all happen in their order.
        self.horizon = self.rows[ids[-1]]["wake_at"] if self.full else unit.now
        self.folder = clocks.Folder(unit)
        self.resting = queries.resting(unit.conn, ids, unit.now) if ids else {}
        foreign = [i for i, r in self.rows.items() if r["source"] != "live"]
        self.since = queries.recorded_since(unit.conn, foreign) if foreign else {}
        self.heads: dict[int | None, int | None] = {}
        self.happened: dict[str, int] = {}
        self.failed: set[int] = set()
        self.moved: set[int] = set()

    def work_off(self) -> bool:
        """Let everything happen that is due; answers whether more tickets wait."""
        unit = self.unit
        boards: dict[int, Any] = {}
        plans: dict[int, list[Effect]] = {}
        logs = clocks.events(unit, list(self.rows)) if self.rows else {}
        for ticket_id, row in self.rows.items():
            if ticket_id in self.resting:
                continue
            with self._guarded(ticket_id):
                boards[ticket_id] = self.folder.fold(logs[ticket_id], unit.now)
                plans[ticket_id] = plan(row, boards[ticket_id], self.folder, unit.now)
        found = [e for planned in plans.values() for e in planned]
        self.happened = queries.fired_times(unit.conn, [e.key for e in found])
        due = sorted(
            (e for e in found if e.at <= self.horizon and self._is_new(e)), key=lambda e: e.order
        )
        if not self._together(due[:EFFECTS]):
            for effect in due[:EFFECTS]:
                if effect.ticket_id not in self.failed:
                    with self._guarded(effect.ticket_id), unit.attempt():
                        self._happen(effect)
        for ticket_id in self.rows:
            self._look_again(ticket_id, boards.get(ticket_id), plans.get(ticket_id, ()))
        unit.touched -= self.rows.keys() - self.moved
        self.done.tickets += self.rows
        return self.full or len(due) > EFFECTS

    def _is_new(self, effect: Effect) -> bool:
        return self.happened.get(effect.key, 0) < effect.times

    def _together(self, effects: list[Effect]) -> bool:
        """All of them in one savepoint; False, and nothing has happened, where one of them fails."""
        counted, rows = replace(self.done), dict(self.rows)
        happened, moved = dict(self.happened), set(self.moved)
        try:
            with self.unit.attempt():
                for effect in effects:
                    self._happen(effect)
        except (Unavailable, OperationalError):
            raise
        except Exception:
            # Who failed shows when each has a savepoint of its own.
            for name in fields(counted):
                setattr(self.done, name.name, getattr(counted, name.name))
            self.rows, self.happened, self.moved = rows, happened, moved
            return False
        return True

    @contextmanager
    def _guarded(self, ticket_id: int) -> Iterator[None]:
        before = self.done.failed
        with _guarded(self.done, "ticket", ticket_id):
            yield
        if self.done.failed > before:
            self.failed.add(ticket_id)

    def _look_again(self, ticket_id: int, board: Any, plans: Any) -> None:
        """Keep what sorting needs, and when the ticket is to be looked at next."""
        now = self.unit.now
        if ticket_id in self.failed:
            base.touch(self.unit, ticket_id, {"wake_at": now + TRY_AGAIN})
        elif ticket_id in self.resting:
            # A reply that was written in time must not be told as late while it rests.
            base.touch(self.unit, ticket_id, {"wake_at": self.resting[ticket_id]})
        elif ticket_id not in self.moved:
            kept = clocks.cached(board)
            # The alarm comes at due + 0, the breach an instant later: show them as one.
            kept["breached"] = kept["breached"] or any(
                c.state == "running" and c.due_at is not None and c.due_at <= now
                for c in clocks.cycles(board)
            )
            kept["wake_at"] = min((e.at for e in plans if self._is_new(e)), default=None)
            base.touch(self.unit, ticket_id, kept)

    def _happen(self, effect: Effect) -> None:
        known = self.happened.get(effect.key, 0)
        fresh = queries.mark_fired(self.unit.conn, effect.key, self.unit.now, known, effect.times)
        self.happened[effect.key] = effect.times
        row = self.rows[effect.ticket_id]
        # What was due before the ticket came here is history, and nobody's news (sla.md 2.10).
        read = effect.at < self.since.get(effect.ticket_id, effect.at)
        if effect.what is What.WARNING:
            self._warn(row, effect, read)
        elif effect.what is What.BREACH:
            self._breach(row, effect, read)
        elif effect.what is What.ALARM:
            self._alarm(row, effect, read, fresh)
        elif effect.what is What.LEVEL:
            if effect.level > row["escalation_level"]:
                row = escalate(self.unit, row, effect.level, effect.cause, read=read)
                self.rows[effect.ticket_id] = row
                self.done.escalated += 1
        else:
            self._wait_over(row, effect)

    def _head(self, row: Any) -> int | None:
        key = row["department_id"]
        if key not in self.heads:
            self.heads[key] = base.head_of(self.unit, key)
        return self.heads[key]

    def _warn(self, row: Any, effect: Effect, read: bool) -> None:
        assert effect.cycle is not None
        self.done.warned += 1
        self.unit.notify(
            [row["owner_id"] or self._head(row)],
            "warning",
            msg(
                "T-{number}: {clock} is due {due}",
                number=row["number"],
                clock=msg(str(effect.cycle.kind)),
                due=effect.cycle.due_at,
            ),
            subject=("ticket", row["id"]),
            key=effect.key,
            read=read,
        )

    def _breach(self, row: Any, effect: Effect, read: bool) -> None:
        cycle = effect.cycle
        assert cycle is not None
        self.done.breached += 1
        self.unit.conn.execute(
            update(ticket_clock)
            .where(
                ticket_clock.c.ticket_id == row["id"],
                ticket_clock.c.kind == str(cycle.kind),
                ticket_clock.c.cycle == cycle.cycle,
            )
            .values(breached_at=effect.at)
        )
        self.unit.log(
            "ticket",
            row["id"],
            "breached",
            at=effect.at,
            changes={"clock": [None, str(cycle.kind)]},
            customer_id=row["customer_id"],
        )
        self.unit.notify(
            [row["owner_id"], self._head(row)],
            "overdue",
            msg(
                "T-{number}: {clock} is overdue; tell the customer how it stands",
                number=row["number"],
                clock=msg(str(cycle.kind)),
            ),
            subject=("ticket", row["id"]),
            key=effect.key,
            read=read,
        )

    def _alarm(self, row: Any, effect: Effect, read: bool, missed: int) -> None:
        """The after-sales alarm repeats daily until resolved; missed ones come as one (R-139)."""
        self.done.reminded += 1
        self.unit.notify(
            [row["owner_id"], self._head(row)],
            "alarm",
            msg(
                "T-{number}: after-sales problem overdue, day {day}",
                number=row["number"],
                day=effect.times,
            ),
            subject=("ticket", row["id"]),
            key=f"{effect.key}:{effect.times}",
            read=read,
            times=missed,
        )

    def _wait_over(self, row: Any, effect: Effect) -> None:
        """A waiting ticket whose date has come goes back to work."""
        row = back_to_work(self.unit, row, verb="wait_over")
        self.rows[row["id"]] = row
        self.moved.add(row["id"])
        self.done.returned += 1
        self.unit.notify(
            [row["owner_id"]],
            "wait_over",
            msg("T-{number} has waited long enough", number=row["number"]),
            subject=("ticket", row["id"]),
            key=effect.key,
        )


__all__ = ["Ticked", "Ticker"]
