"""What time does to tasks: warnings and risk cases, each once, caught up after a pause."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from crm_tui.services.ticker import Ticked
from tests.services.conftest import Desk
from tests.services.test_tasks import card, make, move, told, undo


def tick(desk: Desk) -> Ticked:
    """Do what is due; nothing may go wrong."""
    done = desk.services.ticker.tick("one")
    assert done.failed == 0
    return done


def at(desk: Desk, *when: int) -> None:
    """Turn the clock to a time of the desk's wall."""
    desk.now = datetime(*when, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)  # type: ignore[arg-type,misc]  # parts of a date


def risks(desk: Desk, task: int) -> list[Any]:
    """The risk cases of a task."""
    return list(desk.services.risks.of(task, actor=desk.actor("ana")))


@pytest.mark.req("R-207")
@pytest.mark.parametrize(("progress", "warned"), [(29, True), (30, False), (31, False)])
def test_more_than_20_points_behind_the_time_passed_is_a_warning(
    desk: Desk, progress: int, warned: bool
) -> None:
    task = make(desk, "lee", start_on="2024-06-03", due_on="2024-06-23", progress=progress)
    at(desk, 2024, 6, 13, 9, 0)
    # Half of the time has passed.
    assert tick(desk).warned == warned
    assert card(desk, task).warning == ("behind" if warned else "")
    text = "XZ2024001 lags behind its plan: 29 % done, 50 % of the time has passed"
    for login in ("ana", "head"):
        assert told(desk, login, "warning") == ([text] if warned else [])


def test_one_who_lags_is_warned_again_after_the_next_fifth(desk: Desk) -> None:
    task = make(desk, "lee", start_on="2024-06-03", due_on="2024-07-13", progress=5)
    at(desk, 2024, 6, 20, 9, 0)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    assert tick(desk).warned == 1
    tasks.progress([task], 10, actor=ana).one()
    assert tick(desk).warned == 0
    tasks.progress([task], 25, actor=ana).one()
    assert tick(desk).warned == 0
    at(desk, 2024, 7, 5, 9, 0)
    assert tick(desk).warned == 1


@pytest.mark.req("R-208", "D-18")
@pytest.mark.parametrize(
    ("hours", "opened"), [(13 * 24, False), (14 * 24 - 1, False), (14 * 24, True)]
)
def test_14_days_without_progress_open_a_risk_case_and_13_do_not(
    desk: Desk, hours: int, opened: bool
) -> None:
    task = make(desk, "lee", start_on="2024-05-20", due_on="2024-12-31")
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.progress([task], 40, "parts ordered", actor=ana).one()
    tick(desk)
    before = desk.now
    desk.now = before + timedelta(hours=hours // 2)
    # Other edits are no progress.
    tasks.edit(task, {"remark": "looked at"}, actor=ana).one()
    tasks.priority([task], "high", actor=ana).one()
    tick(desk)
    desk.now = before + timedelta(hours=hours)
    assert tick(desk).risks == opened
    assert len(risks(desk, task)) == opened
    assert card(desk, task).risk_open == opened
    assert card(desk, task).warning == ("standstill" if opened else "")
    for login in ("ana", "head"):
        assert len(told(desk, login, "risk")) == opened
    assert tick(desk).risks == 0


@pytest.mark.req("R-208", "D-18")
def test_a_standstill_is_counted_from_the_planned_start(desk: Desk) -> None:
    task = make(desk, "lee", start_on="2024-06-10", due_on="2024-12-31")
    at(desk, 2024, 6, 23, 23, 59)
    tick(desk)
    assert risks(desk, task) == []
    at(desk, 2024, 6, 24, 0, 0)
    assert tick(desk).risks == 1
    assert len(risks(desk, task)) == 1


@pytest.mark.parametrize(
    "act",
    ["percent", "note", "status"],
)
def test_what_counts_as_progress(desk: Desk, act: str) -> None:
    task = make(desk, "lee", due_on="2024-12-31", status="in_progress", progress=10)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    desk.later(days=10)
    if act == "percent":
        tasks.progress([task], 20, actor=ana).one()
    elif act == "note":
        tasks.progress([task], None, "asked again", actor=ana).one()
    else:
        move(desk, task, "not_started").one()
    desk.later(days=13)
    assert tick(desk).risks == 0
    desk.later(days=1)
    assert tick(desk).risks == 1


def test_another_standstill_after_the_case_was_closed(desk: Desk) -> None:
    task = make(desk, "lee", due_on="2024-12-31")
    tasks, ana = desk.services.tasks, desk.actor("ana")
    desk.later(days=14)
    tick(desk)
    (case,) = risks(desk, task)
    desk.services.risks.close([case.id], "Another supplier", actor=ana).one()
    assert not card(desk, task).risk_open
    desk.later(days=3)
    assert tick(desk).risks == 0
    tasks.progress([task], 30, actor=ana).one()
    desk.later(days=14)
    assert tick(desk).risks == 1
    assert len(risks(desk, task)) == 2


@pytest.mark.req("R-217")
def test_near_due_and_overdue_are_told_once_to_all_who_are_concerned(desk: Desk) -> None:
    task = make(desk, "lee", start_on="2024-06-03", due_on="2024-06-12", helper_ids=["pat"])
    desk.services.tasks.progress([task], 85, actor=desk.actor("lee")).one()
    at(desk, 2024, 6, 9, 23, 59)
    assert tick(desk).warned == 0
    at(desk, 2024, 6, 10, 0, 0)
    assert tick(desk).warned == 1
    assert card(desk, task).warning == "near_due"
    at(desk, 2024, 6, 12, 23, 59)
    assert tick(desk).breached == 0
    at(desk, 2024, 6, 13, 0, 0)
    assert tick(desk).breached == 1
    for login in ("ana", "pat", "head"):
        assert told(desk, login, "warning") == [
            "XZ2024001 is due on 2024-06-12: Shorten the response time"
        ]
        assert told(desk, login, "overdue") == [
            "XZ2024001 was due on 2024-06-12: Shorten the response time"
        ]
    desk.later(days=5)
    assert (tick(desk).warned, tick(desk).breached) == (0, 0)
    later = datetime(2024, 7, 1, tzinfo=UTC).date()
    move(desk, task, "delayed", due_on=later, reason="parts").one()
    at(desk, 2024, 7, 2, 0, 0)
    assert tick(desk).breached == 1


def test_what_was_missed_is_caught_up_and_told_as_it_stands(desk: Desk) -> None:
    late = make(desk, "lee", start_on="2024-06-03", due_on="2024-06-12")
    done = make(desk, "lee", start_on="2024-06-03", due_on="2024-06-12")
    move(desk, done, "done").one()
    gone = make(desk, "lee", due_on="2024-06-12")
    desk.services.registers.archive("task", [gone], actor=desk.actor("lee")).one()
    desk.later(days=60)
    told_by = tick(desk)
    assert (told_by.warned, told_by.breached, told_by.risks) == (0, 1, 1)
    assert (len(risks(desk, late)), len(risks(desk, done)), len(risks(desk, gone))) == (1, 0, 0)
    again = tick(desk)
    assert (again.breached, again.risks) == (0, 0)


def test_many_are_worked_off_in_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_tui.services.ticker.TURN_S", 0)
    for _ in range(60):
        make(desk, "lee", due_on="2024-06-12")
    desk.later(days=20)
    assert tick(desk).breached == 60
    assert tick(desk).breached == 0


def test_undoing_is_looked_at_again(desk: Desk) -> None:
    task = make(desk, "lee", due_on="2024-06-05")
    move(desk, task, "done").one()
    desk.later(days=5)
    assert tick(desk).breached == 0
    undo(desk)
    assert tick(desk).breached == 1


def test_history_of_a_file_is_nobodys_news(desk: Desk) -> None:
    registers, root = desk.services.registers, desk.actor("root")
    data = {
        "description": "old work",
        "department_ids": ["after_sales"],
        "owner_id": "ana",
        "start_on": "2023-01-01",
        "due_on": "2023-02-01",
        "status": "in_progress",
    }
    task = registers.create("task", data, actor=root, source="import", source_key="1")
    tick(desk)
    assert risks(desk, task) == []
    rows = desk.services.notifications.inbox(actor=desk.actor("ana"))
    assert [(r.kind, r.read) for r in rows] == [("overdue", True)]
    desk.later(days=14)
    assert tick(desk).risks == 1


def test_one_that_fails_does_not_stop_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = make(desk, "lee", due_on="2024-06-05"), make(desk, "lee", due_on="2024-06-05")
    desk.later(days=5)
    from crm_tui.services import task_watch

    whole = task_watch.Watch.look

    def look(self: Any, task_id: int) -> list[str]:
        if task_id == bad:
            raise ValueError("broken")
        return whole(self, task_id)

    monkeypatch.setattr(task_watch.Watch, "look", look)
    done = desk.services.ticker.tick("one")
    assert (done.failed, done.breached) == (1, 1)
    assert desk.services.ticker.tick("one").failed == 0
    monkeypatch.undo()
    desk.later(hours=1)
    assert desk.services.ticker.tick("one").breached == 1
    assert card(desk, good).warning == "overdue"


def test_an_idle_tick_asks_an_index_and_writes_nothing(desk: Desk) -> None:
    for _ in range(3):
        make(desk, "lee", due_on="2024-12-31")
    tick(desk)
    seen: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(desk.core.engine, "before_cursor_execute", note)
    desk.later(seconds=15)
    tick(desk)
    event.remove(desk.core.engine, "before_cursor_execute", note)
    assert all(s.startswith(("SELECT", "BEGIN DEFERRED")) for s, _ in seen)
    (asked,) = [(s, p) for s, p in seen if "FROM task_watch" in s]
    if desk.core.engine.dialect.name == "sqlite":
        with desk.core.engine.connect() as conn:
            plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1])
            assert "ix_task_watch_wake_at" in " ".join(str(r) for r in plan)
