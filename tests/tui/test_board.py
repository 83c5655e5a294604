"""Moving cards of the board by keys, on real services (ux.md 3.7, R-204)."""

from datetime import date

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.actions import for_scope
from crm_tui.tui.screens.board import BoardScreen
from crm_tui.tui.screens.task_page import TaskScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Menu, Question
from crm_tui.tui.widgets.form import Form
from tests.tui.boards import STANDARD, add, columns, current, on, refreshed, stored
from tests.tui.driving import burst, press, running, shown

# Moving


@pytest.mark.req("R-204", "R-202")
async def test_a_card_is_moved_with_two_keys_and_the_counts_follow(board: Opened) -> None:
    services, actor = board.services, board.actor
    root = services.org.login("root")
    services.tasks.set_limit("in_progress", None, 5, actor=root).one()
    async with running(board, (120, 40)) as (app, pilot):
        await press(app, pilot, "3")
        assert columns(app) == {
            "not_started": [1, 2],
            "in_progress": [3],
            "done": [],
            "delayed": [4],
        }
        assert "Under way                1/5" in shown(app)
        await press(app, pilot, "j", "L")
        assert columns(app)["in_progress"] == [3, 2]
        assert current(app).id == 2
        assert "Under way                2/5" in shown(app)
        assert stored(board, 2).status == "in_progress"
        await press(app, pilot, "u")
        assert columns(app)["not_started"] == [1, 2]
        await press(app, pilot, "U")
        assert columns(app)["in_progress"] == [3, 2]
        await press(app, pilot, "H")
        assert stored(board, 2).status == "not_started"
        await press(app, pilot, "H")
        assert app.said[-1] == "There is no column further on"
    assert services.audit.verify(actor=root).ok
    assert actor.name == "Ana"


@pytest.mark.req("R-204")
async def test_a_full_column_refuses_by_name(board: Opened, language: str) -> None:
    services = board.services
    root = services.org.login("root")
    services.tasks.set_limit("in_progress", None, 1, actor=root).one()
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "L")
        assert stored(board, 1).status == "not_started"
        wanted = tr("“{column}” holds at most {most} cards")
        assert wanted.format(column=tr("Under way"), most=1) in app.said[-1]
        assert app.said[-1].startswith("XZ2024001: ")


@pytest.mark.req("R-201")
async def test_done_asks_for_the_completion_standard_and_keeps_the_name(board: Opened) -> None:
    services, actor = board.services, board.actor
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "L", "L")
        assert isinstance(app.screen, Question)
        text = shown(app)
        assert STANDARD in text
        assert "Ana confirms it" in text
        await press(app, pilot, "enter")
        assert stored(board, 1).status == "in_progress"
        await press(app, pilot, "L", "y")
        assert stored(board, 1).status == "done"
        record = services.registers.get("task", 1, actor=actor)
        assert record.values["standard_met_by_id"] == actor.staff_id
        assert columns(app)["done"] == [1]


async def test_a_repeated_move_to_done_asks_again(board: Opened) -> None:
    services, actor = board.services, board.actor
    services.tasks.edit(2, {"completion_standard": "Printed"}, actor=actor).one()
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "s", "d", "y", "h", "h", "full_stop")
        assert isinstance(app.screen, Question)
        assert "Printed" in shown(app)
        await press(app, pilot, "y")
        assert {stored(board, i).status for i in (1, 2)} == {"done"}


@pytest.mark.req("R-194")
async def test_a_plan_action_asks_for_its_deliverable(board: Opened) -> None:
    services, actor = board.services, board.actor
    services.tasks.edit(3, {"deliverable": "《售后响应SOP手册》"}, actor=actor).one()
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "l", "L")
        assert "《售后响应SOP手册》" in shown(app)
        await press(app, pilot, "y")
        assert stored(board, 3).delivered
        assert stored(board, 3).status == "done"


@pytest.mark.req("R-202")
async def test_a_delay_asks_for_a_new_date_and_a_reason(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "s")
        assert isinstance(app.screen, Menu)
        await press(app, pilot, "l")
        await burst(app, pilot, "nonsense")
        await press(app, pilot, "enter")
        assert "is not a time" in shown(app)
        await press(app, pilot, "ctrl+u")
        await burst(app, pilot, "2024-07-09\rno parts\r")
        late = stored(board, 1)
        assert (late.status, late.due_on) == ("delayed", date(2024, 7, 9))
        assert late.original_due_on == date(2024, 7, 1)
        assert columns(app)["delayed"] == [4, 1]


async def test_the_menu_of_columns_tells_the_rule_of_those_that_are_refused(board: Opened) -> None:
    services, actor = board.services, board.actor
    services.tasks.move([2], "done", actor=actor).one()
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "l", "l", "s", "l")
        assert isinstance(app.screen, Menu)
        assert "It is done; take it up again first" in shown(app)


async def test_cards_are_put_in_order_by_hand(board: Opened) -> None:
    services, actor = board.services, board.actor
    fifth = add(services, actor, "Fifth")
    async with running(board) as (app, pilot):
        await press(app, pilot, "3")
        assert columns(app)["not_started"] == [1, 2, fifth]
        await press(app, pilot, "J")
        assert columns(app)["not_started"] == [2, 1, fifth]
        assert current(app).id == 1
        await press(app, pilot, "J")
        assert columns(app)["not_started"] == [2, fifth, 1]
        await press(app, pilot, "J")
        assert app.said[-1] == "It stands at the edge"
        await press(app, pilot, "K", "K")
        assert columns(app)["not_started"] == [1, 2, fifth]
        await press(app, pilot, "u")
        assert columns(app)["not_started"] == [2, 1, fifth]
        await press(app, pilot, "o", "d", "J")
        assert "by hand only" in app.said[-1]


async def test_two_who_move_one_card_are_told_of_each_other(board: Opened) -> None:
    services = board.services
    root = services.org.login("root")
    async with running(board) as (app, pilot):
        await press(app, pilot, "3")
        services.tasks.move([1], "done", actor=root, standard_met=True).one()
        await press(app, pilot, "L")
        said = app.said[-1]
        assert "Root" in said
        assert "theirs: Completed   yours: Under way" in said
        assert stored(board, 1).status == "done"
        assert columns(app)["done"] == [1]
        assert current(app).id == 1


async def test_what_is_read_after_a_move_is_the_order_of_the_services(board: Opened) -> None:
    services, actor = board.services, board.actor
    for number, due in enumerate(("2024-06-09", "", "2024-06-04", "2024-06-30", "2024-06-09")):
        add(services, actor, f"Task {number}", **({"due_on": due} if due else {}))
    services.tasks.reorder(7, 2, None, actor=actor).one()
    services.tasks.edit(1, {"completion_standard": ""}, actor=actor).one()
    async with running(board, (120, 40)) as (app, pilot):
        await press(app, pilot, "3")
        for key in ("L", "j", "L", "H", "h", "j", "L", "p h", "L", "G", "L", "k", "H"):
            await press(app, pilot, *key.split())
            seen, counts = columns(app), dict(on(app).canvas.board.counts)
            await refreshed(app, pilot)
            assert (columns(app), dict(on(app).canvas.board.counts)) == (seen, counts), key


async def test_a_card_that_the_filter_holds_no_more_leaves_at_once(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3")
        await burst(app, pilot, "/status:not_started\r")
        await press(app, pilot, "L")
        assert columns(app) == {"not_started": [2], "in_progress": [], "done": [], "delayed": []}
        assert current(app).id == 2


# Lanes and cards


@pytest.mark.req("R-197")
async def test_a_task_of_two_departments_is_in_both_lanes_and_counted_once(
    board: Opened, language: str
) -> None:
    async with running(board, (120, 40)) as (app, pilot):
        await press(app, pilot, "3", "W", "d")
        held = on(app).canvas.board
        assert [lane.title for lane in held.lanes] == [tr("Sales"), tr("After-sales")] or [
            lane.title for lane in held.lanes
        ] == [tr("After-sales"), tr("Sales")]
        assert len(held.places(4)) == 2
        assert held.counts["delayed"] == 1
        assert shown(app).count("XZ2024004") == 2
        await press(app, pilot, "W", "n")
        assert shown(app).count("XZ2024004") == 1


@pytest.mark.parametrize("lanes", ["owner", "goal", "priority"])
async def test_lanes_by_anything_are_reached_by_word(board: Opened, lanes: str) -> None:
    async with running(board, (120, 40)) as (app, pilot):
        await press(app, pilot, "3")
        await burst(app, pilot, f":lanes {lanes}\r")
        assert on(app).canvas.board.by == lanes
        assert len(on(app).canvas.board.cards) == 4
        assert on(app).spec.to_text() == f"board |  | {lanes}"


@pytest.mark.req("R-209", "R-195")
async def test_a_card_is_opened_and_leads_to_its_ticket(board: Opened) -> None:
    services, actor = board.services, board.actor
    made = services.tasks.from_ticket(1, {"due_on": "2024-06-30"}, actor=actor).one()
    services.tasks.progress([made], 40, "Parts are on their way", actor=actor).one()
    async with running(board, (100, 40)) as (app, pilot):
        await press(app, pilot, "3")
        await burst(app, pilot, "/打印机\r")
        assert current(app).id == made
        assert "T-1" in shown(app)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TaskScreen)
        text = shown(app)
        assert "Parts are on their way" in text
        assert "40%" in text
        await press(app, pilot, "t")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == 1
        await press(app, pilot, "escape", "escape", "t")
        assert isinstance(app.screen, TicketScreen)
        await press(app, pilot, "escape", "m")
        assert services.views.view(1, actor=actor).row.owner == "Ana"


async def test_a_card_without_a_ticket_says_so_and_is_taken_as_a_task(board: Opened) -> None:
    services = board.services
    root = services.org.login("root")
    theirs = add(services, root, "Root's own", department_ids=["after_sales"])
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "t")
        assert app.said[-1] == "There is no ticket behind this card"
        await burst(app, pilot, "/Root's\r")
        await press(app, pilot, "m")
        assert stored(board, theirs).owner == "Ana"


# Tasks from tickets


@pytest.mark.req("R-195")
@pytest.mark.parametrize(
    "way", [("1",), ("1", "enter"), ("2", "enter", *["right_square_bracket"] * 2)]
)
async def test_a_ticket_sets_off_a_task(opened: Opened, way: tuple[str, ...]) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, *way, "b")
        assert isinstance(app.screen, Form)
        values = app.screen.values()
        assert values["department_ids"] == "after_sales"
        await press(app, pilot, "ctrl+s")
        assert app.said[-1].startswith("Task added")
        made = opened.services.tasks.card(1, actor=opened.actor)
        assert made.number == "XZ2024001"
        assert made.ticket_number is not None
        # The ticket has its task: it is shown, and nothing is filled in for nothing.
        await press(app, pilot, "b")
        assert isinstance(app.screen, TaskScreen)
        assert app.said[-1] == "This task is open for the ticket already"


async def test_every_key_of_its_own_works_on_a_card_and_on_marked_ones(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3")
        for marks in ((), ("space", "space")):
            for action in for_scope("board"):
                for key in app.keys[action.id] if action.scopes else ():
                    await press(app, pilot, *marks, key)
                    while not isinstance(app.screen, BoardScreen):
                        await press(app, pilot, "y" if "Leave" in shown(app) else "escape")
                    await press(app, pilot, "escape")
        assert not [text for text in app.said if "Something went wrong" in text]
        assert not app.trouble
