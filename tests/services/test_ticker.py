"""The ticker: one at a time, each effect once, in order, cheap where nothing is due (decision 10)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.system import fired, lease
from crm_tui.db.schema.tickets import ticket_clock
from crm_tui.services import effects
from crm_tui.services import ticker as module
from crm_tui.services.imports import History, HistoryEvent
from crm_tui.services.ticker import BATCH, Ticked
from tests.services.conftest import Desk
from tests.services.ticking import contract, levels, row, told

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """What is sent to the store meanwhile."""
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement.strip())

    event.listen(desk.core.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(desk.core.engine, "before_cursor_execute", note)


def test_an_idle_tick_reads_a_handful_of_rows_and_writes_nothing(desk: Desk) -> None:
    for _ in range(3):
        desk.accepted()
    desk.services.ticker.tick("one")
    desk.later(seconds=15)
    with statements(desk) as seen:
        done = desk.services.ticker.tick("one")
    assert done == Ticked(last=desk.now)
    asked = [s for s in seen if s.startswith("SELECT")]
    assert len(asked) <= 7
    assert [s for s in seen if s not in asked] in ([], ["BEGIN DEFERRED"])


@pytest.mark.parametrize(
    ("table", "index"),
    [
        ("ticket", "ix_ticket_wake"),
        ("message", "ix_message_outbox"),
        ("contract", "ix_contract_undelivered"),
        ("task_watch", "ix_task_watch_wake_at"),
    ],
)
def test_what_an_idle_tick_asks_is_answered_by_an_index(desk: Desk, table: str, index: str) -> None:
    if desk.core.engine.dialect.name != "sqlite":
        # PostgreSQL scans tables of a few rows, whatever their indexes.
        pytest.skip("SQLite shows its plan for empty tables too")
    desk.services.ticker.tick("one")
    asked: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if f"FROM {table}" in statement and "\nWHERE" in statement:
            asked.append((statement, parameters))

    event.listen(desk.core.engine, "before_cursor_execute", note)
    desk.services.ticker.tick("one")
    event.remove(desk.core.engine, "before_cursor_execute", note)
    with desk.core.engine.connect() as conn:
        for statement, parameters in asked:
            plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert index in " ".join(str(r) for r in plan)
    assert asked


def test_one_works_at_a_time_and_another_takes_over_when_it_is_gone(desk: Desk) -> None:
    services = desk.services
    desk.accepted()
    desk.later(hours=18)
    assert services.ticker.tick("one").warned == 2
    desk.later(hours=6)
    desk.now -= timedelta(hours=6)
    other = services.ticker.tick("two")
    assert (other.leader, other.last) == (False, None)
    services.ticker.release("two")
    assert not services.ticker.tick("two").leader
    desk.later(seconds=61)
    assert services.ticker.tick("two").leader
    desk.later(hours=6)
    assert services.ticker.tick("two").breached == 2
    assert not services.ticker.tick("one").leader
    services.ticker.release("two")
    assert services.ticker.tick("one").leader


def test_a_ticker_that_lost_its_lease_stops_between_two_steps(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        desk.accepted()
    monkeypatch.setattr(module, "BATCH", 1)
    desk.later(hours=18)
    happened = module._Batch.work_off

    def robbed(batch: Any) -> bool:
        more = happened(batch)
        batch.unit.conn.execute(
            update(lease).values(owner="thief", expires_at=desk.now + timedelta(minutes=5))
        )
        return more

    monkeypatch.setattr(module._Batch, "work_off", robbed)
    done = desk.services.ticker.tick("one")
    assert (done.leader, len(done.tickets)) == (False, 1)


def test_two_at_once_make_each_effect_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [desk.accepted(kind="after_sales") for _ in range(6)]
    monkeypatch.setattr(module, "BATCH", 2)
    desk.later(days=4)
    errors: list[BaseException] = []
    gate = threading.Barrier(4)

    def tick() -> None:
        try:
            gate.wait()
            # The same name: each believes that it holds the lease.
            desk.services.ticker.tick("one")
        except BaseException as error:  # told in the main thread
            errors.append(error)

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    with desk.core.engine.connect() as conn:
        query = select(activity.c.subject_id, func.count()).where(activity.c.verb == "breached")
        breaches = {int(r[0]): r[1] for r in conn.execute(query.group_by(activity.c.subject_id))}
    # First response, clarification, first solution, progress: each once.
    assert breaches == dict.fromkeys(made, 4)
    assert all(levels(desk, i)[0][0] == 2 and len(levels(desk, i)) == 2 for i in made)
    assert len(told(desk, "alarm")) == 2 * len(made)
    assert desk.services.audit.verify(actor=desk.actor("root")).ok


@pytest.mark.req("R-139", "D-24")
def test_ten_days_of_downtime_are_caught_up_in_order_and_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.accepted(kind="after_sales")
    desk.later(hours=1)
    second = desk.accepted(kind="after_sales")
    monkeypatch.setattr(module, "BATCH", 1)
    start = desk.now - HOUR
    desk.now = start + 10 * DAY
    done = desk.services.ticker.tick("one")
    assert done.warned == 8 and done.breached == 8
    with desk.core.engine.connect() as conn:
        query = select(activity.c.subject_id, activity.c.at, activity.c.changes).where(
            activity.c.verb == "breached"
        )
        breaches = [
            (r.subject_id, (r.at - start) / HOUR, r.changes["clock"][1])
            for r in conn.execute(query.order_by(activity.c.seq))
        ]
    assert [b[1] for b in breaches] == [24, 24, 25, 25, 48, 49, 72, 73]
    assert [b[0] for b in breaches] == [first, first, second, second, first, second, first, second]
    for made in (first, second):
        assert levels(desk, made) == [(2, "breach_first_response"), (3, "double_first_response")]
    texts = [n for n in told(desk) if n["staff_id"] == desk.actor("ana").staff_id]
    ours = [(n["kind"], n["subject_id"]) for n in texts if n["kind"] in ("warning", "overdue")]
    assert ours[:4] == [
        ("warning", first),
        ("warning", first),
        ("warning", second),
        ("warning", second),
    ]
    alarms = [n for n in texts if n["kind"] == "alarm"]
    # Overdue since the evening of the third day: seven alarms missed, told as one with the count.
    assert {(n["subject_id"], n["times"]) for n in alarms} == {(first, 8), (second, 7)}
    again = desk.services.ticker.tick("one")
    assert (again.warned, again.breached, again.escalated, again.reminded) == (0, 0, 0, 0)
    desk.later(days=1)
    desk.services.ticker.tick("one")
    alarms = [n for n in told(desk, "alarm") if n["staff_id"] == desk.actor("ana").staff_id]
    assert [n["times"] for n in alarms][-2:] == [1, 1]


def test_a_batch_that_is_full_leaves_the_rest_for_the_next(desk: Desk) -> None:
    made = [desk.ticket() for _ in range(BATCH + 5)]
    desk.later(hours=18)
    done = desk.services.ticker.tick("one")
    assert done.warned == 2 * len(made)
    assert set(done.tickets) == set(made)


@pytest.mark.parametrize("where", ["fold", "effect"])
def test_a_ticket_that_fails_does_not_stop_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    services = desk.services
    made = [desk.accepted() for _ in range(3)]
    numbers = [desk.field(i, "number") for i in made]
    desk.later(hours=18)
    if where == "fold":
        real_plan = effects.plan

        def broken(found: Any, *rest: Any) -> Any:
            if found["id"] == made[1]:
                raise KeyError("event")
            return real_plan(found, *rest)

        monkeypatch.setattr(module, "plan", broken)
    else:
        real_warn = module._Batch._warn

        def refusing(batch: Any, found: Any, *rest: Any) -> None:
            real_warn(batch, found, *rest)
            if found["id"] == made[1]:
                raise ValueError

        monkeypatch.setattr(module._Batch, "_warn", refusing)
    done = services.ticker.tick("one")
    assert (done.failed, {n["subject_id"] for n in told(desk, "warning")}) == (
        1,
        {made[0], made[2]},
    )
    assert row(desk, made[1])["wake_at"] == desk.now + HOUR
    assert services.ticker.tick("one").failed == 0
    monkeypatch.undo()
    desk.later(hours=1)
    services.ticker.tick("one")
    assert {n["subject_id"] for n in told(desk, "warning")} == set(made)
    assert numbers == [desk.field(i, "number") for i in made]


def test_a_store_that_is_away_stops_the_tick(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_tui.domain.errors import Unavailable
    from crm_tui.domain.msg import msg

    desk.accepted()
    desk.later(hours=18)

    def away(*_: Any) -> None:
        raise Unavailable(msg("away"))

    monkeypatch.setattr(module._Batch, "_warn", away)
    with pytest.raises(Unavailable):
        desk.services.ticker.tick("one")
    assert told(desk, "warning") == []


@pytest.mark.req("R-138")
def test_what_was_due_before_somebody_touched_the_ticket_is_still_told(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    desk.later(hours=24, seconds=1)
    services.messages.note([made], "just written", actor=ana).one()
    assert services.ticker.tick("one").breached == 2


@pytest.mark.req("R-139")
def test_a_note_does_not_silence_the_daily_alarm(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted(kind="after_sales")
    desk.later(hours=73)
    services.ticker.tick("one")
    services.messages.note([made], "internal", actor=ana).one()
    services.ticker.tick("one")
    desk.later(days=1)
    services.ticker.tick("one")
    alarms = [n for n in told(desk, "alarm") if n["staff_id"] == ana.staff_id]
    assert [n["text"]["p"]["day"] for n in alarms] == [1, 2]


@pytest.mark.req("R-139")
def test_an_alarm_comes_at_due_and_goes_to_owner_and_head(desk: Desk) -> None:
    made = desk.accepted(kind="after_sales")
    desk.later(hours=72)
    desk.services.ticker.tick("one")
    people = {n["staff_id"] for n in told(desk, "alarm") if n["subject_id"] == made}
    assert people == {desk.actor("ana").staff_id, desk.actor("head").staff_id}
    assert all(n["at"] == desk.now for n in told(desk, "alarm"))


def test_a_due_that_moves_warns_once_a_cycle(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted(kind="after_sales")
    services.messages.reply([made], "hello", actor=ana).one()
    services.tickets.clarify([made], "clear", actor=ana).one()
    services.closing.propose([made], "new one", actor=ana).one()
    desk.later(hours=54)
    assert services.ticker.tick("one").warned == 1
    services.tickets.wait([made], actor=ana, reason="photo").one()
    desk.later(hours=5)
    services.messages.customer_message(made, "here", actor=ana)
    assert desk.clock(made, "progress").due_at == desk.now + 18 * HOUR
    desk.later(hours=1)
    assert services.ticker.tick("one").warned == 0
    services.messages.reply([made], "on Friday", actor=ana, progress=True).one()
    desk.later(hours=54)
    assert services.ticker.tick("one").warned == 1


def test_waiting_ends_on_its_date_and_the_owner_hears_of_it(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.tickets.wait(
        [made], actor=ana, on="third_party", reason="part", until=desk.now + 2 * HOUR
    ).one()
    desk.later(hours=1)
    services.ticker.tick("one")
    assert desk.field(made, "state") == "waiting_third_party"
    desk.later(hours=1)
    assert services.ticker.tick("one").returned == 1
    assert desk.field(made, "state") == "accepted"
    assert [n["staff_id"] for n in told(desk, "wait_over")] == [ana.staff_id]
    unheard = desk.ticket()
    services.tickets.wait([unheard], actor=ana, reason="number", until=desk.now + HOUR).one()
    desk.later(hours=1)
    services.ticker.tick("one")
    assert desk.field(unheard, "state") == "dispatched"


@pytest.mark.req("R-141")
def test_untracked_tickets_are_told_once_after_six_and_missed_days_as_one(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    quiet, noted = desk.accepted(), desk.accepted()
    services.messages.note([noted], "called", actor=ana).one()
    desk.later(hours=8, minutes=59)
    assert services.views.untracked_today(actor=ana) == []
    services.ticker.tick("one")
    assert told(desk, "untracked") == []
    desk.later(minutes=1)
    assert [r.id for r in services.views.untracked_today(actor=ana)] == [quiet]
    assert [r.id for r in services.views.untracked_today(actor=desk.actor("root"))] == [quiet]
    services.ticker.tick("one")
    services.ticker.tick("one")
    (first,) = told(desk, "untracked")
    assert (first["staff_id"], first["text"]["p"]["count"], first["times"]) == (ana.staff_id, 1, 1)
    services.messages.note([quiet], "called", actor=ana).one()
    assert services.views.untracked_today(actor=ana) == []
    # Off from Monday evening; the Dragon-Boat holiday, 10 June, is no working day.
    desk.later(days=8)
    desk.now = desk.now.replace(hour=1)
    services.ticker.tick("one")
    second = told(desk, "untracked")[1]
    assert (second["times"], second["text"]["p"]["count"]) == (4, 2)
    assert services.ticker.tick("one").reminded == 0


@pytest.mark.req("R-141")
def test_days_off_are_not_tracked_and_a_fresh_desk_has_nothing_to_catch_up(desk: Desk) -> None:
    services = desk.services
    desk.accepted()
    desk.later(days=5)
    services.ticker.tick("one")
    desk.later(hours=10)
    services.ticker.tick("one")
    assert services.views.untracked_today(actor=desk.actor("ana")) == []
    assert told(desk, "untracked") == []
    # Monday is the holiday; on Tuesday evening the desk is asked again.
    desk.now = desk.now + 3 * DAY
    services.ticker.tick("one")
    assert len(told(desk, "untracked")) == 1


@pytest.mark.req("R-132")
def test_a_delivery_that_came_or_is_off_is_no_breach(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = contract(desk, promised_delivery_on="2024-06-03")
    given = {"solution_confirmed_at": desk.now, "delivered_at": desk.now}
    services.registers.change("contract", made, given, actor=ana).one()
    desk.later(days=1)
    assert services.ticker.tick("one").breached == 0
    with desk.core.write(ana) as unit:
        from crm_tui.services import delivery

        assert delivery.still_overdue(unit, made) is None
        done = Ticked()
        services.ticker._deliveries(unit, done, (made,))
        assert done.breached == 0


def history(desk: Desk, state: str = "accepted") -> History:
    """A case of long ago that is still open."""
    began = desk.now - 90 * DAY - HOUR / 2
    return History(
        source="log",
        source_key="1",
        digest="1",
        customer_key="k",
        customer_name="K",
        subject="old",
        description="old",
        kind="after_sales",
        urgency="normal",
        channel="phone",
        state=state,
        received_at=began,
        registered_at=began,
        events=[
            HistoryEvent(began, "created", "registered", "1"),
            HistoryEvent(began, "registered", "registered", "2"),
            HistoryEvent(began + HOUR, "state", state, "3"),
        ],
        department="after_sales",
        assignee="ana",
    )


def test_imported_history_is_nobodys_news_and_what_follows_is(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    services.imports.write_tickets([history(desk)], actor=root)
    done = services.ticker.tick("one")
    assert done.breached == 2 and done.escalated == 2
    unread = {n["kind"] for n in told(desk) if n["read_at"] is None}
    assert unread == set()
    assert {n["kind"] for n in told(desk)} == {"warning", "overdue", "escalated", "alarm"}
    desk.later(days=1)
    services.ticker.tick("one")
    unread = {n["kind"] for n in told(desk) if n["read_at"] is None}
    assert unread >= {"alarm"}
    with desk.core.engine.connect() as conn:
        stamps = set(conn.execute(select(ticket_clock.c.breached_at)).scalars())
    assert desk.now - 91 * DAY - HOUR / 2 + 72 * HOUR in stamps


def test_effects_log_and_notices_stand_or_fall_together(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_tui.services.unit import Unit

    services = desk.services
    made = desk.accepted()
    desk.later(hours=24)
    real = Unit.notify

    def failing(unit: Unit, people: Any, kind: str, *rest: Any, **more: Any) -> None:
        if kind == "escalated":
            raise RuntimeError
        real(unit, people, kind, *rest, **more)

    monkeypatch.setattr(Unit, "notify", failing)
    assert services.ticker.tick("one").failed == 1
    assert (levels(desk, made), desk.field(made, "escalation_level")) == ([], 1)
    with desk.core.engine.connect() as conn:
        query = select(func.count()).where(activity.c.verb == "escalated")
        assert conn.execute(query).scalar_one() == 0
        keys = conn.execute(select(fired.c.key)).scalars().all()
    assert not [k for k in keys if k.startswith("level2")]
    with pytest.raises(RuntimeError):
        services.tickets.escalate([made], "help", actor=desk.actor("ana"))
    assert levels(desk, made) == []
