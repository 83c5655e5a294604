"""Checklist, time and due times set by hand: on each engine."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_tui.domain.errors import ValidationError
from crm_tui.services.due import due_meant
from crm_tui.services.ticket_tools import NOTHING
from tests.services.conftest import Desk
from tests.services.test_loop import code


def test_time_is_summed_and_undo_takes_it_off(desk: Desk) -> None:
    made, other = desk.ticket(), desk.ticket()
    tools, ana = desk.services.tools, desk.actor("ana")
    assert tools.of(made, actor=ana) == NOTHING
    tools.add_time(made, 30, "call", actor=ana)
    tools.add_time(made, 15, "", actor=desk.actor("bob"))
    tools.add_time(other, 60, "", actor=desk.actor("bob"))
    assert tools.of(made, actor=ana).minutes == 45
    desk.services.undo.undo(actor=ana)
    assert tools.of(made, actor=ana).minutes == 15
    with pytest.raises(ValidationError):
        tools.add_time(made, 1441, "", actor=ana)


def test_an_item_is_ticked_once_for_all_who_see_it(desk: Desk) -> None:
    made = desk.ticket()
    tools, ana = desk.services.tools, desk.actor("ana")
    for text in ("first", "second"):
        tools.add_item(made, text, actor=ana)
    first, second = tools.of(made, actor=ana).items
    assert (first.text, second.text, first.done) == ("first", "second", False)
    tools.tick(first, actor=ana).one()
    assert [i.done for i in tools.of(made, actor=ana).items] == [True, False]
    # Who saw it before would take the tick away unseen.
    assert code(tools.tick(first, actor=ana)) == "conflict"


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("明天下午5点", "2024-06-04 17:00"),
        ("下周一上午9点", "2024-06-10 09:00"),
        ("月底", "2024-06-30 18:00"),
        ("fri 17:00", "2024-06-07 17:00"),
    ],
)
def test_a_due_time_is_meant_in_both_languages(desk: Desk, text: str, local: str) -> None:
    assert desk.now < datetime(2024, 6, 3, 10, tzinfo=UTC)
    found = due_meant(desk.core, text) + timedelta(hours=8)
    assert f"{found:%Y-%m-%d %H:%M}" == local


def test_working_days_are_those_of_the_desk(desk: Desk) -> None:
    # Monday the 10th is the Dragon Boat holiday.
    assert (due_meant(desk.core, "+3bd") - desk.now).days == 3
    assert (due_meant(desk.core, "+5bd") - desk.now).days >= 7


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("0001-01-01 00:00", "bad_date"),
        ("0001-01-01", "due_past"),
        ("yesterday", "due_past"),
        ("9999-12-31", "due_far"),
        ("+40000d", "due_far"),
        ("soon", "bad_date"),
    ],
)
def test_what_cannot_be_a_due_time_is_refused_in_words(desk: Desk, text: str, refusal: str) -> None:
    with pytest.raises(ValidationError) as refused:
        due_meant(desk.core, text)
    assert refused.value.code == refusal


def test_a_due_time_that_is_over_is_refused_by_the_service_itself(desk: Desk) -> None:
    made = desk.ticket()
    lee, tickets = desk.actor("lee"), desk.services.tickets
    clock = desk.services.views.view(made, actor=lee).row.next_due_kind
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert code(tickets.set_due([made], clock, first, "x", actor=lee)) == "due_past"
    last = datetime(9999, 12, 31, tzinfo=UTC)
    assert code(tickets.set_due([made], clock, last, "x", actor=lee)) == "due_far"
    tickets.set_due([made], clock, desk.now + timedelta(days=2), "x", actor=lee).one()
