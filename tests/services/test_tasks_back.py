"""Ways back of tasks, and what is refused before anybody types (R-199 to R-204, D-17, D-18)."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from crm_tui.domain.errors import DomainError
from tests.services.conftest import Desk
from tests.services.test_tasks import card, make, move


def refusal(ask: Callable[[], object]) -> str:
    """The code with which a question is refused; empty where it is not."""
    try:
        ask()
    except DomainError as error:
        return error.code
    return ""


# Taken up again


@pytest.mark.req("R-201", "R-202")
def test_a_task_that_is_done_no_more_has_what_it_had_before(desk: Desk) -> None:
    task = make(desk, deliverable="SOP", completion_standard="Printed")
    desk.services.tasks.progress([task], 30, "begun", actor=desk.actor("ana")).one()
    before = card(desk, task)
    move(desk, task, "done", standard_met=True, delivered=True).one()
    assert (card(desk, task).progress, card(desk, task).delivered) == (100, True)
    back = move(desk, task, "in_progress")
    now = card(desk, task)
    assert (now.progress, now.delivered, now.done_on) == (30, False, None)
    assert now.status == before.status
    assert "Progress is back at 30%" in str(back.outcomes[0].notice)
    values = desk.services.registers.get("task", task, actor=desk.actor("ana")).values
    assert values["standard_met_by_id"] is None
    # Undoing the way back is to be done again, with all of it.
    desk.services.undo.undo(actor=desk.actor("ana"))
    assert (card(desk, task).status, card(desk, task).progress) == ("done", 100)
    move(desk, task, "not_started").one()
    assert card(desk, task).progress == 30


def test_all_of_it_noted_before_it_was_done_stays_noted(desk: Desk) -> None:
    task = make(desk)
    desk.services.tasks.progress([task], 100, "all said", actor=desk.actor("ana")).one()
    move(desk, task, "done").one()
    assert move(desk, task, "in_progress").outcomes[0].notice is None
    assert card(desk, task).progress == 100


def test_what_was_made_done_has_no_progress_of_before(desk: Desk) -> None:
    task = make(desk, status="done")
    move(desk, task, "in_progress").one()
    assert card(desk, task).progress == 0


def test_a_form_that_takes_it_up_may_say_how_far_it_is(desk: Desk) -> None:
    task = make(desk)
    move(desk, task, "done").one()
    edit, ana = desk.services.tasks.edit, desk.actor("ana")
    edit(task, {"status": "in_progress", "progress": 70}, actor=ana).one()
    assert card(desk, task).progress == 70


# Limits


@pytest.mark.req("R-204")
@pytest.mark.parametrize("department", [None, "after_sales"])
def test_nobodys_way_back_is_barred_by_a_limit_but_it_is_said(
    desk: Desk, department: str | None
) -> None:
    tasks, undo, ana, lee = (
        desk.services.tasks, desk.services.undo, desk.actor("ana"), desk.actor("lee")
    )  # fmt: skip
    first, second = make(desk), make(desk, "bob", owner_id="bob")
    after_sales = card(desk, first).departments[0][0]
    tasks.set_limit("in_progress", after_sales if department else None, 1, actor=lee).one()
    move(desk, first, "in_progress").one()
    move(desk, first, "not_started").one()
    move(desk, second, "in_progress", "bob").one()
    told = str(undo.undo(actor=ana))
    assert card(desk, first).status == "in_progress"
    assert told.startswith("Moved. “Under way” holds at most 1 cards")
    assert told.endswith("and now there are 2")
    assert ("of After-sales" in told) == (department is not None)
    # And so is doing it again; where there is room, nothing is said of it.
    assert str(undo.redo(actor=ana)) == "Moved"
    assert card(desk, first).status == "not_started"
    assert "now there are 2" in str(undo.undo(actor=ana))


def test_undoing_what_moves_no_card_says_nothing_of_limits(desk: Desk) -> None:
    tasks, ana, lee = desk.services.tasks, desk.actor("ana"), desk.actor("lee")
    task, _ = make(desk), make(desk)
    tasks.priority([task], "high", actor=ana).one()
    tasks.set_limit("not_started", None, 1, actor=lee).one()
    assert str(desk.services.undo.undo(actor=ana)) == "Priority set"


# Before anything is typed


@pytest.mark.req("R-195", "R-200")
def test_rights_and_state_are_asked_before_anything_is_typed(desk: Desk) -> None:
    tasks, ana = desk.services.tasks, desk.actor("ana")
    late, done = make(desk, due_on="2024-06-20", start_on="2024-06-10"), make(desk)
    move(desk, done, "done").one()
    for login, ids, wanted in (
        ("ana", [late], ""),
        ("ana", [done, late], ""),
        ("vic", [late], "role_needed"),
        ("pat", [late], "other_department"),
    ):
        actor = desk.actor(login)
        assert refusal(partial(tasks.need_change, ids, actor=actor)) == wanted
        assert refusal(partial(tasks.need_progress, ids, actor=actor)) == wanted
    assert refusal(lambda: tasks.need_progress([done], actor=ana)) == "task_done"
    for day, to, wanted in (
        (date(2024, 6, 20), "delayed", "not_later"),
        (date(2024, 6, 21), "delayed", ""),
        (date(2024, 6, 1), "in_progress", "due_past"),
        (date(2024, 6, 5), "in_progress", "end_before_start"),
    ):
        assert refusal(partial(tasks.need_due, [late], to, day, actor=ana)) == wanted
    assert refusal(lambda: tasks.need_limits(actor=ana)) == "role_needed"
    assert refusal(lambda: tasks.need_limits(actor=desk.actor("lee"))) == ""


@pytest.mark.req("R-195")
def test_a_ticket_knows_its_open_task_and_who_may_make_one(desk: Desk) -> None:
    ticket, tasks, ana = desk.accepted(), desk.services.tasks, desk.actor("ana")
    assert tasks.set_off_by(ticket, actor=ana) is None
    for login in ("vic", "pat"):
        assert refusal(partial(tasks.set_off_by, ticket, actor=desk.actor(login)))
    task = tasks.from_ticket(ticket, {}, actor=ana).one()
    assert tasks.set_off_by(ticket, actor=desk.actor("vic")) == task
    move(desk, task, "done").one()
    assert tasks.set_off_by(ticket, actor=ana) is None


@pytest.mark.req("R-202", "D-17")
def test_lists_print_a_late_task_as_delayed_and_forms_change_what_is_stored(desk: Desk) -> None:
    from crm_tui.exchange import lists

    late, ana = make(desk, due_on="2024-06-01", status="in_progress"), desk.actor("ana")
    registers = desk.services.registers
    (row,) = registers.page("task", actor=ana).rows
    assert (row.read["status"], row.values["status"]) == ("delayed", "in_progress")
    assert registers.get("task", late, actor=ana).read["status"] == "delayed"
    (told,) = lists.records(desk.services, "task", "", actor=ana)
    assert told["status"] == "delayed"
