"""Tasks across departments: what they hold, how they move, who hears of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.system import notification
from crm_tui.domain.errors import Conflict, DomainError, RuleViolation, ValidationError
from crm_tui.domain.task_flow import BY_FILE
from crm_tui.services import task_rows
from crm_tui.services.register_rules import changed_values
from crm_tui.services.result import Result
from crm_tui.services.work_dto import TaskCard
from tests.services.conftest import Desk

TODAY = date(2024, 6, 3)
PLAN: dict[str, Any] = {
    "plan_action": True,
    "start_on": "2024-06-03",
    "due_on": "2024-06-14",
    "resources": "two people, 5000 yuan",
    "deliverable": "《售后响应SOP手册》",
}


def make(desk: Desk, login: str = "ana", **data: Any) -> int:
    """A task of after-sales that ana does."""
    fields = {
        "description": "Shorten the response time",
        "department_ids": ["after_sales"],
        "owner_id": "ana",
        **data,
    }
    return desk.services.tasks.new(fields, actor=desk.actor(login)).one()


def card(desk: Desk, task_id: int) -> TaskCard:
    """A task as it now is."""
    return desk.services.tasks.card(task_id, actor=desk.actor("ana"))


def move(desk: Desk, task_id: int, status: str, login: str = "ana", **said: Any) -> Result:
    """Move one card."""
    return desk.services.tasks.move([task_id], status, actor=desk.actor(login), **said)


def code(result: Result) -> str:
    """Why the only item was refused."""
    (refused,) = result.refused
    assert refused.error is not None
    return refused.error.code


def undo(desk: Desk, login: str = "ana") -> None:
    """Take the last act back."""
    desk.services.undo.undo(actor=desk.actor(login))


def told(desk: Desk, login: str, kind: str | None = None) -> list[str]:
    """What stands in an inbox of a task."""
    rows = desk.services.notifications.inbox(actor=desk.actor(login))
    return [str(r.text) for r in rows if r.subject_kind == "task" and kind in (None, r.kind)]


@pytest.mark.req("R-193")
@pytest.mark.parametrize("missing", ["start_on", "due_on", "resources", "deliverable"])
def test_a_plan_action_has_its_five_fields_before_it_starts(desk: Desk, missing: str) -> None:
    task = make(desk, **{**PLAN, missing: None})
    assert code(move(desk, task, "in_progress")) == "plan_incomplete"
    (choice,) = [
        c
        for c in desk.services.tasks.choices(task, actor=desk.actor("ana"))
        if c.status == "in_progress"
    ]
    assert choice.refusal is not None
    desk.services.tasks.edit(task, {missing: PLAN[missing]}, actor=desk.actor("ana")).one()
    move(desk, task, "in_progress").one()
    assert card(desk, task).shown == "in_progress"


@pytest.mark.req("R-193")
def test_progress_and_the_form_are_no_way_around_the_plan(desk: Desk) -> None:
    task = make(desk, **{**PLAN, "resources": ""})
    ana, services = desk.actor("ana"), desk.services
    assert code(services.tasks.progress([task], 10, "begun", actor=ana)) == "plan_incomplete"
    for wrong in ({"status": "in_progress"}, {"progress": 10}):
        assert code(services.registers.change("task", task, wrong, actor=ana)) == "plan_incomplete"
    with pytest.raises(RuleViolation):
        services.registers.create(
            "task",
            {
                "description": "x",
                "department_ids": ["sales"],
                "owner_id": "ana",
                "plan_action": True,
                "status": "in_progress",
            },
            actor=ana,
        )


@pytest.mark.req("R-194", "R-201")
def test_it_is_done_when_delivered_and_its_standard_is_confirmed_by_name(desk: Desk) -> None:
    task = make(desk, **PLAN, completion_standard="Answered within 24 hours")
    assert desk.services.tasks.choices(task, actor=desk.actor("ana"))[1].asks == (
        "standard",
        "delivered",
    )
    assert code(move(desk, task, "done", standard_met=True)) == "not_delivered"
    assert code(move(desk, task, "done", delivered=True)) == "standard_not_confirmed"
    by_form = desk.services.registers.change(
        "task", task, {"status": "done", "delivered": True}, actor=desk.actor("ana")
    )
    assert code(by_form) == "standard_not_confirmed"
    move(desk, task, "done", "bob", standard_met=True, delivered=True).one()
    row = desk.services.registers.get("task", task, actor=desk.actor("ana"))
    assert row.values["standard_met_by_id"] == desk.actor("bob").staff_id
    assert (row.values["progress"], row.values["done_on"]) == (100, TODAY)
    assert card(desk, task).delivered
    undo(desk, "bob")
    row = desk.services.registers.get("task", task, actor=desk.actor("ana"))
    assert (row.values["standard_met_by_id"], row.values["status"]) == (None, "not_started")


@pytest.mark.req("R-201")
def test_taken_up_again_it_is_no_longer_confirmed_nor_dated(desk: Desk) -> None:
    task = make(desk, **PLAN, completion_standard="Answered within 24 hours")
    move(desk, task, "done", "bob", standard_met=True, delivered=True).one()
    move(desk, task, "in_progress").one()
    row = desk.services.registers.get("task", task, actor=desk.actor("ana"))
    assert (row.values["standard_met_by_id"], row.values["done_on"]) == (None, None)
    assert code(move(desk, task, "done")) == "not_delivered"
    assert code(move(desk, task, "done", delivered=True)) == "standard_not_confirmed"


@pytest.mark.req("R-195")
def test_numbers_go_on_after_those_of_the_template(desk: Desk) -> None:
    for number in ("XZ2024001", "XZ2024002"):
        make(desk, number=number)
    assert card(desk, make(desk)).number == "XZ2024003"


@pytest.mark.req("R-196", "R-203")
def test_a_description_is_required_and_a_remark_is_free(desk: Desk) -> None:
    refused = desk.services.tasks.new(
        {"department_ids": ["sales"], "owner_id": "ana"}, actor=desk.actor("ana")
    )
    assert code(refused) == "required"
    task = make(desk, remark="随便写\nanything")
    row = desk.services.registers.get("task", task, actor=desk.actor("ana"))
    assert row.values["remark"] == "随便写\nanything"


@pytest.mark.req("R-197")
def test_a_task_of_two_departments_is_one_card_with_both(desk: Desk) -> None:
    task = make(desk, department_ids=["after_sales", "product"])
    board = desk.services.tasks.board(actor=desk.actor("ana"))
    assert [c.id for c in board.cards] == [task]
    assert [name for _, name in board.cards[0].departments] == ["after_sales", "product"]
    for department in ("after_sales", "product"):
        found = desk.services.tasks.board(f"dept:{department}", actor=desk.actor("ana"))
        assert [c.id for c in found.cards] == [task]


@pytest.mark.req("R-198", "R-154")
@pytest.mark.parametrize("owner", [None, "", [], ["ana", "bob"], "ana,bob"])
def test_exactly_one_person_is_responsible(desk: Desk, owner: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        make(desk, owner_id=owner)
    assert refused.value.field == "owner_id"


@pytest.mark.req("R-199", "R-217")
def test_helpers_and_the_owner_hear_of_each_event_once(desk: Desk) -> None:
    task = make(desk, "lee", helper_ids=["pat"])
    assert told(desk, "ana") == ["XZ2024001 is yours: Shorten the response time"]
    assert told(desk, "pat") == ["You help with XZ2024001: Shorten the response time"]
    assert told(desk, "lee") == []
    tasks, lee = desk.services.tasks, desk.actor("lee")
    tasks.helpers([task], [desk.actor(n).staff_id for n in ("pat", "bob")], actor=lee).one()
    assert [len(told(desk, n)) for n in ("ana", "pat", "bob")] == [1, 1, 1]
    tasks.reschedule([task], due_on=date(2024, 6, 20), actor=lee).one()
    for login in ("ana", "pat", "bob"):
        assert told(desk, login, "changed") == ["XZ2024001: changed are Due"]
    tasks.assign([task], desk.actor("bob").staff_id, actor=lee).one()
    assert told(desk, "bob", "assigned") == ["XZ2024001 is yours: Shorten the response time"]
    with desk.core.engine.connect() as conn:
        rows = [tuple(r) for r in conn.execute(select(notification.c.staff_id, notification.c.key))]
    assert len(rows) == len(set(rows))


@pytest.mark.req("R-200")
def test_the_board_sorts_by_due_date_and_marks_what_is_overdue(desk: Desk) -> None:
    late = make(desk, due_on="2024-05-30")
    later = make(desk, due_on="2024-07-01")
    soon = make(desk, due_on="2024-06-20")
    never = make(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    assert [c.id for c in tasks.board(actor=ana, sort="due_on").cards] == [soon, later, never, late]
    assert [c.id for c in tasks.board(actor=ana, sort="-due_on").cards] == [
        later,
        soon,
        never,
        late,
    ]
    assert (card(desk, late).late_days, card(desk, late).warning) == (4, "overdue")
    with pytest.raises(ValidationError):
        tasks.board(actor=ana, sort="helper_ids")


@pytest.mark.req("R-202", "D-17")
def test_a_task_past_due_is_shown_delayed_without_anybody(desk: Desk) -> None:
    task = make(desk, due_on="2024-06-03", status="in_progress")
    tasks, ana = desk.services.tasks, desk.actor("ana")
    assert card(desk, task).shown == "in_progress"
    desk.later(days=1)
    now = card(desk, task)
    assert (now.status, now.shown, now.late_days) == ("in_progress", "delayed", 1)
    assert [c.id for c in tasks.board("status:delayed", actor=ana).cards] == [task]
    assert [c.id for c in tasks.board("status:延期", actor=ana).cards] == [task]
    assert tasks.board("status:in_progress", actor=ana).cards == ()
    move(desk, task, "done").one()
    assert (card(desk, task).shown, card(desk, task).late_days) == ("done", 1)


@pytest.mark.req("R-202", "D-17")
def test_a_delay_has_a_new_date_and_a_reason_and_keeps_the_first_date(desk: Desk) -> None:
    task = make(desk, due_on="2024-06-10", start_on="2024-06-01", status="in_progress")
    for said, why in (
        ({}, "delay_needs_date"),
        ({"due_on": date(2024, 6, 20)}, "delay_needs_reason"),
        ({"due_on": date(2024, 6, 10), "reason": "parts"}, "not_later"),
    ):
        assert code(move(desk, task, "delayed", **said)) == why
    move(desk, task, "delayed", due_on=date(2024, 6, 20), reason="parts").one()
    move(desk, task, "delayed", due_on=date(2024, 6, 25), reason="more parts").one()
    now = card(desk, task)
    assert (now.due_on, now.original_due_on, now.shown) == (
        date(2024, 6, 25),
        date(2024, 6, 10),
        "delayed",
    )
    undo(desk)
    undo(desk)
    now = card(desk, task)
    assert (now.due_on, now.original_due_on, now.shown) == (date(2024, 6, 10), None, "in_progress")


def test_a_late_card_goes_back_with_a_new_date(desk: Desk) -> None:
    task = make(desk, due_on="2024-05-30", status="in_progress")
    assert code(move(desk, task, "in_progress")) == "past_due"
    assert code(move(desk, task, "in_progress", due_on=date(2024, 6, 2))) == "due_past"
    (choice,) = [
        c
        for c in desk.services.tasks.choices(task, actor=desk.actor("ana"))
        if c.status == "in_progress"
    ]
    assert (choice.refusal, choice.asks) == (None, ("due_on",))
    moved = move(desk, task, "not_started")
    assert moved.done and moved.outcomes[0].notice is not None
    move(desk, task, "in_progress", due_on=date(2024, 6, 12)).one()
    assert card(desk, task).shown == "in_progress"
    assert code(move(desk, task, "in_progress")) == "same_status"


@pytest.mark.req("R-204")
def test_a_column_takes_as_many_cards_as_it_may(desk: Desk) -> None:
    tasks, lee = desk.services.tasks, desk.actor("lee")
    first, second, other = (
        make(desk),
        make(desk),
        make(desk, department_ids=["product"], owner_id="pat"),
    )
    after_sales = card(desk, first).departments[0][0]
    tasks.set_limit("in_progress", after_sales, 1, actor=lee).one()
    assert tasks.limits(actor=lee) == {("in_progress", after_sales): 1}
    move(desk, first, "in_progress").one()
    refused = move(desk, second, "in_progress")
    assert code(refused) == "wip_limit"
    assert "at most 1 cards of After-sales" in str(refused.refused[0].error)
    by_form = desk.services.registers.change(
        "task", second, {"status": "in_progress"}, actor=desk.actor("ana")
    )
    assert code(by_form) == "wip_limit"
    move(desk, other, "in_progress", "pat").one()
    tasks.set_limit("in_progress", None, 2, actor=lee).one()
    tasks.set_limit("in_progress", after_sales, None, actor=lee).one()
    assert code(move(desk, second, "in_progress")) == "wip_limit"
    undo(desk, "lee")
    undo(desk, "lee")
    assert tasks.limits(actor=lee) == {("in_progress", after_sales): 1}
    move(desk, first, "done").one()
    move(desk, second, "in_progress").one()
    for wrong in (("done", None, 3), ("in_progress", None, 0), ("nowhere", None, 3)):
        assert tasks.set_limit(*wrong, actor=lee).refused
    assert code(tasks.set_limit("in_progress", None, 3, actor=desk.actor("ana"))) == "role_needed"


@pytest.mark.req("R-204")
def test_cards_are_put_in_order_within_their_column(desk: Desk) -> None:
    ids = [make(desk) for _ in range(5)]
    a, b, c, d, e = ids
    tasks, ana = desk.services.tasks, desk.actor("ana")

    def order() -> list[int]:
        return [x.id for x in tasks.board(actor=ana).cards]

    assert order() == ids
    versions = {i: card(desk, i).version for i in ids}
    tasks.reorder(e, a, b, actor=ana).one()
    assert order() == [a, e, b, c, d]
    assert [card(desk, i).version for i in (a, b, c, d)] == [versions[i] for i in (a, b, c, d)]
    tasks.reorder(a, d, None, actor=ana).one()
    assert order() == [e, b, c, d, a]
    tasks.reorder(d, None, e, actor=ana).one()
    assert order() == [d, e, b, c, a]
    for _ in range(12):
        # Between the same two again and again, until there is no gap left.
        tasks.reorder(order()[2], d, order()[1], actor=ana).one()
    assert order()[0] == d and sorted(order()) == sorted(ids)
    undo(desk)
    other = make(desk, status="in_progress")
    assert code(tasks.reorder(a, other, None, actor=ana)) == "other_column"
    for wrong in ((None, None), (a, None)):
        assert code(tasks.reorder(a, *wrong, actor=ana)) == "no_place"


def test_undoing_an_order_brings_the_order_back(desk: Desk) -> None:
    ids = [make(desk) for _ in range(4)]
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.reorder(ids[3], ids[0], ids[1], actor=ana).one()
    tasks.reorder(ids[0], ids[2], None, actor=ana).one()
    undo(desk)
    undo(desk)
    assert [c.id for c in tasks.board(actor=ana).cards] == ids


def test_the_board_shows_what_was_done_of_late_unless_it_is_asked(desk: Desk) -> None:
    old, new = make(desk), make(desk)
    move(desk, old, "done").one()
    desk.later(days=31)
    move(desk, new, "done").one()
    tasks, ana = desk.services.tasks, desk.actor("ana")
    assert [c.id for c in tasks.board(actor=ana).cards] == [new]
    assert [c.id for c in tasks.board("status:done", actor=ana).cards] == [old, new]
    assert [c.id for c in tasks.board("number:XZ2024001", actor=ana).cards] == [old]


@pytest.mark.parametrize(
    ("due", "progress", "shown"),
    [
        ("2024-05-20", None, (100, date(2024, 5, 20))),
        ("2024-06-15", None, (100, TODAY)),
        (None, 80, (80, TODAY)),
    ],
)
def test_done_in_a_file_means_all_of_it_by_its_due_date(
    desk: Desk, due: str | None, progress: int | None, shown: tuple[int, date]
) -> None:
    told = {
        "description": "from a file",
        "department_ids": ["after_sales"],
        "owner_id": "ana",
        "due_on": due,
        "progress": progress,
        "status": "done",
        "completion_standard": "it works",
    }
    task = desk.services.registers.create(
        "task", told, actor=desk.actor("root"), source="template", source_key="1"
    )
    now = card(desk, task)
    assert (now.progress, now.done_on, now.late_days) == (*shown, 0)
    # New to this desk, and so on its board, whenever it was done.
    desk.later(days=25)
    assert [c.id for c in desk.services.tasks.board(actor=desk.actor("ana")).cards] == [task]


def test_done_by_the_form_is_all_of_it(desk: Desk) -> None:
    now = card(desk, make(desk, status="done"))
    assert (now.progress, now.done_on) == (100, TODAY)


def test_a_grown_file_tells_on_without_asking(desk: Desk) -> None:
    task = make(desk, due_on="2024-06-01", completion_standard="it works", status="in_progress")
    _, table = task_rows.task_kind()

    def told(**data: Any) -> None:
        with desk.core.write(desk.actor("root")) as unit:
            row = unit.row(table, task)
            kind = task_rows.task_kind()[0]
            unit.change(table, row, changed_values(unit, kind, row, data, given=BY_FILE))

    told(status="done")
    assert (card(desk, task).progress, card(desk, task).done_on) == (100, date(2024, 6, 1))
    told(status="delayed")
    assert (card(desk, task).status, card(desk, task).done_on) == ("delayed", None)
    told(progress=40, due_on="2024-06-20")
    now = card(desk, task)
    assert (now.progress, now.original_due_on) == (40, date(2024, 6, 1))


def test_two_who_move_the_same_card(desk: Desk) -> None:
    task = make(desk)
    seen = {task: card(desk, task).version}
    move(desk, task, "in_progress", "bob", expected=seen).one()
    for attempt in (
        move(desk, task, "in_progress", expected=seen),
        desk.services.tasks.reschedule(
            [task], due_on=TODAY, actor=desk.actor("ana"), expected=seen
        ),
    ):
        assert isinstance(attempt.refused[0].error, Conflict)
        assert "Bob" in str(attempt.refused[0].error)


@pytest.mark.req("R-218")
def test_ten_tasks_get_another_owner_and_undo_brings_all_back(desk: Desk) -> None:
    ids = [make(desk) for _ in range(10)]
    foreign = make(desk, "pat", department_ids=["product"], owner_id="pat")
    tasks, lee = desk.services.tasks, desk.actor("lee")
    bob = desk.actor("bob").staff_id
    shown = tasks.preview([*ids, foreign, 999], {"owner_id": bob}, actor=lee)
    assert [p.changes for p in shown[:10]] == [{"owner_id": ("Ana", "Bob")}] * 10
    assert all(p.refusal is None for p in shown[:10])
    assert all(p.refusal is not None for p in shown[10:])
    assert {card(desk, i).owner for i in ids} == {"Ana"}
    result = tasks.change([*ids, foreign], {"owner_id": bob}, actor=lee)
    assert len(result.done) == 10 and len(result.refused) == 1
    assert {card(desk, i).owner for i in ids} == {"Bob"}
    undo(desk, "lee")
    assert {card(desk, i).owner for i in ids} == {"Ana"}


def test_who_may_change_a_task(desk: Desk) -> None:
    task = make(desk, helper_ids=["pat"])
    tasks = desk.services.tasks
    pat = desk.actor("pat").staff_id
    assert tasks.progress([task], 20, "measured", actor=desk.actor("pat")).done
    stranger = tasks.progress([task], 30, "", actor=desk.actor("vic"))
    assert code(stranger) == "role_needed"
    lone = make(desk, department_ids=["after_sales"])
    assert code(tasks.progress([lone], 30, "", actor=desk.actor("pat"))) == "other_department"
    assert code(tasks.assign([task], pat, actor=desk.actor("bob"))) == "assign_needs_lead"
    assert tasks.assign([task], pat, actor=desk.actor("lee")).done


def test_progress_is_from_0_to_100(desk: Desk) -> None:
    task = make(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    for wrong in (101, -1, 10**9):
        assert tasks.progress([task], wrong, "", actor=ana).refused
    with pytest.raises(ValidationError):
        tasks.progress([task], None, " ", actor=ana)
    assert card(desk, task).progress == 0
    desk.later(hours=1)
    tasks.progress([task], 30, "first look", actor=ana).one()
    desk.later(hours=1)
    tasks.progress([task], None, "asked the supplier", actor=ana).one()
    now = card(desk, task)
    assert (now.progress, now.status, now.progress_at) == (30, "in_progress", desk.now)
    log = tasks.progress_log(task, actor=ana)
    assert [(e.progress, e.note, e.by) for e in log] == [
        (None, "asked the supplier", "Ana"),
        (30, "first look", "Ana"),
    ]
    move(desk, task, "done").one()
    assert code(tasks.progress([task], 50, "", actor=ana)) == "task_done"
    move(desk, task, "in_progress").one()
    assert card(desk, task).done_on is None


@pytest.mark.parametrize("title", ["宽" * 500, "a\x1b[31mb\u202e", "first line\nsecond"])
def test_any_title_is_shown_safely(desk: Desk, title: str) -> None:
    shown = card(desk, make(desk, description=title)).title
    assert "\x1b" not in shown and "\u202e" not in shown and "\n" not in shown
    assert shown


def test_dates_far_off_are_kept_and_never_leave_the_calendar(desk: Desk) -> None:
    old = make(desk, start_on="1900-01-01", due_on="1900-01-02")
    far = make(desk, start_on="2024-06-01", due_on="9999-12-31")
    make(desk, "ana", start_on="9999-12-31", due_on="9999-12-31")
    tasks, ana = desk.services.tasks, desk.actor("ana")
    assert card(desk, old).late_days == (TODAY - date(1900, 1, 2)).days
    plan = tasks.schedule(actor=ana)
    assert len(plan.cards) == 3 and len(plan.days) < 4000
    assert code(tasks.reschedule([far], end_days=1, actor=ana)) == "date_range"
    assert code(tasks.reschedule([old], start_days=-(10**6), actor=ana)) == "date_range"
    assert tasks.board(actor=ana).cards
    assert desk.services.ticker.tick("one").failed == 0


def test_an_end_before_its_start_is_refused(desk: Desk) -> None:
    tasks, ana = desk.services.tasks, desk.actor("ana")
    task = make(desk, start_on="2024-06-03", due_on="2024-06-10")
    stone = make(desk, start_on="2024-06-07", due_on="2024-06-07", milestone=True)
    for wrong in (
        {"end_days": -8},
        {"start_days": 8},
        {"due_on": date(2024, 6, 1)},
        {"start_on": date(2024, 6, 11)},
    ):
        assert code(tasks.reschedule([task], **wrong, actor=ana)) == "end_before_start"
    tasks.reschedule([task, stone], start_days=2, end_days=2, actor=ana)
    assert (card(desk, task).start_on, card(desk, task).due_on) == (
        date(2024, 6, 5),
        date(2024, 6, 12),
    )
    tasks.reschedule([stone], end_days=3, actor=ana).one()
    assert card(desk, stone).start_on == card(desk, stone).due_on == date(2024, 6, 12)
    undo(desk)
    undo(desk)
    assert card(desk, task).due_on == date(2024, 6, 10)
    assert card(desk, stone).due_on - date(2024, 6, 7) == timedelta(0)  # type: ignore[operator]  # it has one


def test_nothing_to_show_is_no_error(desk: Desk) -> None:
    tasks, ana = desk.services.tasks, desk.actor("ana")
    assert tasks.board(actor=ana).cards == ()
    assert tasks.schedule(actor=ana).cards == ()
    assert tasks.proposals(actor=ana) == ()
    with pytest.raises(DomainError):
        tasks.card(1, actor=ana)


def test_a_task_is_shown_with_all_that_hangs_on_it(desk: Desk) -> None:
    first, second, third = (make(desk, description=d) for d in ("one", "two\nlines", "three"))
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.link(first, second, actor=ana).one()
    tasks.link(second, third, actor=ana).one()
    tasks.edit(second, {"completion_standard": "it works", "remark": "r\x1b[1m"}, actor=ana).one()
    tasks.progress([second], 10, "begun", actor=ana).one()
    desk.services.risks.open(second, {"cause": "late parts"}, actor=ana).one()
    move(desk, second, "done", standard_met=True).one()
    page = tasks.page(second, actor=ana)
    assert (page.card.title, page.description) == ("two", "two\nlines")
    assert (page.completion_standard, page.standard_met_by) == ("it works", "Ana")
    assert "\x1b" not in page.remark
    assert ([c.id for c in page.waits_for], [c.id for c in page.waited_for_by]) == (
        [first],
        [third],
    )
    assert [(e.verb, e.progress, e.note) for e in page.progress] == [
        ("moved", 100, ""),
        ("progress", 10, "begun"),
    ]
    assert [r.cause for r in page.risks] == ["late parts"]
    assert tasks.risks(second, actor=ana) == page.risks
    assert tasks.linked(second, actor=ana) == (page.waits_for, page.waited_for_by)
    assert [c.id for c in tasks.find("XZ20240", actor=ana)] == [third, first, second]
    assert [c.id for c in tasks.find("TWO", actor=ana, limit=1)] == [second]


def test_filters_know_people_and_departments(desk: Desk) -> None:
    mine = make(desk)
    make(desk, owner_id="pat", department_ids=["product"])
    tasks, ana = desk.services.tasks, desk.actor("ana")
    for text in ("owner:@me", "dept:@mine", "dept:@mine owner:ana"):
        assert [c.id for c in tasks.board(text, actor=ana).cards] == [mine]
    with pytest.raises(DomainError):
        tasks.board("dept:@mine", actor=desk.actor("root"))
    assert tasks.complete("status:de", actor=ana) == ["status:delayed"]
    assert "owner:ana" in tasks.complete("owner:a", actor=ana)
    assert "owner:@me" in tasks.complete("owner:", actor=ana)
    assert tasks.complete("x dept:@", actor=ana)[0] == "x dept:@mine"
    assert tasks.complete("goal:n", actor=ana) == ["goal:none"]
    assert "goal:" in tasks.complete("go", actor=ana)
    assert tasks.complete("customer:x", actor=ana) == []


@pytest.mark.req("R-218")
def test_a_move_in_bulk_is_shown_before_it_is_made(desk: Desk) -> None:
    tasks, lee = desk.services.tasks, desk.actor("lee")
    plain, done = make(desk, completion_standard="it works"), make(desk)
    move(desk, done, "done").one()
    shown = tasks.preview([plain, done], {"status": "done"}, actor=lee)
    assert shown[0].changes == {"status": ("not_started", "done")}
    assert shown[0].refusal is None and shown[1].refusal is not None
    assert card(desk, plain).status == "not_started"
