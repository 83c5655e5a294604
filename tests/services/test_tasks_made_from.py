"""Tasks made from tickets, checklist items and interactions, linked in both directions."""

from typing import Any

import pytest

from tests.services.conftest import Desk
from tests.services.test_tasks import card, code, make, move, undo


def interaction(desk: Desk, **data: Any) -> int:
    """A call with a follow-up."""
    fields = {
        "customer_id": desk.customer(),
        "occurred_on": "2024-06-02",
        "channel": "phone",
        "topic": "售后问题跟进",
        "follow_up_action": "技术48小时内排查",
        **data,
    }
    return desk.services.registers.create("interaction", fields, actor=desk.actor("ana"))


def values(desk: Desk, kind: str, record: int) -> Any:
    """The fields of a record."""
    return desk.services.registers.get(kind, record, actor=desk.actor("ana")).values


@pytest.mark.req("R-093")
def test_a_follow_up_becomes_a_task_linked_both_ways(desk: Desk) -> None:
    call = interaction(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    task = tasks.from_interaction(call, {"due_on": "2024-06-04"}, actor=ana).one()
    made = card(desk, task)
    assert (made.title, made.owner, made.customer) == ("技术48小时内排查", "Ana", "A公司")
    assert values(desk, "task", task)["interaction_id"] == call
    assert values(desk, "interaction", call)["task_id"] == task
    again = tasks.from_interaction(call, {}, actor=ana)
    assert code(again) == "made_already" and "XZ2024001" in str(again.refused[0].error)
    undo(desk)
    assert values(desk, "interaction", call)["task_id"] is None
    assert tasks.board(actor=ana).cards == ()
    tasks.from_interaction(call, {}, actor=ana).one()


@pytest.mark.req("R-093", "D-39")
def test_an_interaction_is_not_done_before_its_task(desk: Desk) -> None:
    call = interaction(desk, completion_state="done")
    tasks, registers, ana = desk.services.tasks, desk.services.registers, desk.actor("ana")
    task = tasks.from_interaction(call, {}, actor=ana).one()
    assert values(desk, "interaction", call)["completion_state"] == "in_progress"
    done = {"completion_state": "done"}
    refused = registers.change("interaction", call, done, actor=ana)
    assert code(refused) == "task_open" and "XZ2024001" in str(refused.refused[0].error)
    assert registers.change("interaction", call, {"topic": "other"}, actor=ana).done
    move(desk, task, "done").one()
    assert registers.change("interaction", call, done, actor=ana).done
    move(desk, task, "in_progress").one()
    assert values(desk, "interaction", call)["completion_state"] == "in_progress"
    undo(desk)
    assert values(desk, "interaction", call)["completion_state"] == "done"
    assert card(desk, task).status == "done"


def test_a_ticket_sets_off_a_task(desk: Desk) -> None:
    ticket = desk.accepted()
    tasks, ana = desk.services.tasks, desk.actor("ana")
    task = tasks.from_ticket(
        ticket, {"department_ids": ["after_sales", "product"]}, actor=ana
    ).one()
    made = card(desk, task)
    assert (made.title, made.ticket_id, made.ticket_number) == ("Printer smokes", ticket, 1)
    assert [c.id for c in tasks.of_ticket(ticket, actor=ana)] == [task]
    trail = desk.services.audit.entries(actor=ana, kind="ticket", subject_id=ticket)
    assert [e.actor for e in trail if e.verb == "task_made"] == ["ana"]
    assert code(tasks.from_ticket(ticket, {}, actor=ana)) == "made_already"
    move(desk, task, "done").one()
    tasks.from_ticket(ticket, {"description": "the next"}, actor=ana).one()
    assert len(tasks.of_ticket(ticket, actor=ana)) == 2
    assert code(tasks.from_ticket(999, {}, actor=ana)) == "not_found"


def test_a_checklist_item_is_ticked_with_its_task(desk: Desk) -> None:
    ticket = desk.accepted()
    tasks, registers, ana = desk.services.tasks, desk.services.registers, desk.actor("ana")
    item = registers.create("checklist_item", {"ticket_id": ticket, "text": "订备件"}, actor=ana)
    task = tasks.from_checklist_item(item, {}, actor=ana).one()
    assert values(desk, "task", task)["checklist_item_id"] == item
    assert card(desk, task).ticket_id == ticket
    assert code(tasks.from_checklist_item(item, {}, actor=ana)) == "made_already"
    move(desk, task, "done").one()
    assert values(desk, "checklist_item", item)["done"]
    undo(desk)
    assert not values(desk, "checklist_item", item)["done"]
    desk.later(days=3)
    registers.change("checklist_item", item, {"done": True}, actor=ana).one()
    # Ticking it is progress (D-18), taking the tick off is none.
    ticked = desk.now
    assert card(desk, task).progress_at == ticked
    desk.later(days=1)
    registers.change("checklist_item", item, {"done": False}, actor=ana).one()
    assert card(desk, task).progress_at == ticked
    registers.change("checklist_item", item, {"done": True}, actor=ana).one()
    assert code(tasks.from_checklist_item(item, {}, actor=ana)) == "ticked"


def test_whoever_may_not_change_it_makes_no_task_of_it(desk: Desk) -> None:
    tasks, pat = desk.services.tasks, desk.actor("pat")
    for refused in (
        tasks.from_ticket(desk.accepted(), {}, actor=pat),
        tasks.from_interaction(interaction(desk), {}, actor=pat),
    ):
        assert code(refused) == "other_department"
    task = make(desk)
    assert code(tasks.new({"description": "x"}, actor=desk.actor("vic"))) == "role_needed"
    assert card(desk, task).version == 1
