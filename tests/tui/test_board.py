"""The board by keys, on real services (ux.md 3.7, R-204)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from textual.pilot import Pilot

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.services.facade import Services
from crm_tui.services.work_dto import Board, TaskCard
from crm_tui.tui.actions import for_scope
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.board import BoardScreen
from crm_tui.tui.screens.board_card import CardPage
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Menu, Page, Question
from crm_tui.tui.widgets.form import Form
from tests.tui.cards import card
from tests.tui.driving import burst, press, running, settle, shown
from tests.tui.wired import assert_shown, wired

COLUMNS = ("not_started", "in_progress", "done", "delayed")
STANDARD = "三个部门都签字"


def add(services: Services, actor: Any, text: str, **values: Any) -> int:
    data = {"description": text, "department_ids": ["after_sales"], "owner_id": "@me", **values}
    return services.tasks.new(data, actor=actor).one()


@pytest.fixture
def board(opened: Opened) -> Iterator[Opened]:
    """Four tasks of Ana's: two not started, one in progress, one of two departments late."""
    services, ana = opened.services, opened.actor
    add(
        services, ana, "打通销售与服务的信息传递", completion_standard=STANDARD, due_on="2024-07-01"
    )
    add(services, ana, "Write the SOP", department_ids=["sales"], priority="high")
    third = add(services, ana, "Call the customers", due_on="2024-06-20")
    services.tasks.move([third], "in_progress", actor=ana).one()
    add(
        services,
        ana,
        "Ask the suppliers",
        due_on="2024-05-31",
        department_ids=["after_sales", "sales"],
    )
    yield opened
    i18n.use("en")


def on(app: CrmApp) -> BoardScreen:
    screen = app.screen
    assert isinstance(screen, BoardScreen), screen
    return screen


def stored(opened: Opened, task_id: int) -> TaskCard:
    return opened.services.tasks.card(task_id, actor=opened.actor)


def columns(app: CrmApp) -> dict[str, list[int]]:
    """The ids of the cards by column, as they stand."""
    held = on(app).canvas.board
    return {
        name: [c.id for p in held.column(at) if (c := held.card_at(p)) is not None]
        for at, name in enumerate(COLUMNS)
    }


def current(app: CrmApp) -> TaskCard:
    found = on(app).canvas.current
    assert found is not None
    return found


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
        assert isinstance(app.screen, CardPage)
        text = shown(app)
        assert "Parts are on their way" in text
        assert "40%" in text
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == 1
        await press(app, pilot, "escape", "t")
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


# Changing


async def test_every_field_of_a_card_has_its_key(board: Opened) -> None:
    services, actor = board.services, board.actor
    root = services.org.login("root")
    goal = services.registers.create(
        "goal",
        {
            "objective": "首次响应及时率",
            "metric": "%",
            "metric_source": "desk",
            "baseline": "60",
            "target": "90",
            "deadline_on": "2024-12-31",
        },
        actor=root,
    )
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "p", "l")
        assert stored(board, 1).priority == "low"
        await press(app, pilot, "percent_sign")
        await burst(app, pilot, "30 plan written\r")
        assert stored(board, 1).progress == 30
        await press(app, pilot, "percent_sign")
        await burst(app, pilot, "130\r")
        assert stored(board, 1).progress == 30
        await press(app, pilot, "f")
        await burst(app, pilot, "首次")
        await press(app, pilot, "enter")
        assert stored(board, 1).goal_id == goal
        await press(app, pilot, "d", "space", "enter")
        first = services.org.departments()[0]
        assert [code for _, code in stored(board, 1).departments] == [first.code]
        await press(app, pilot, "a")
        await burst(app, pilot, "lin")
        await press(app, pilot, "enter")
        assert stored(board, 1).owner == "Lin"
        await press(app, pilot, "a")
        await burst(app, pilot, "zzz")
        await press(app, pilot, "enter")
        assert app.said[-1] == "A task has exactly one first responsible person"
    log = services.tasks.progress_log(1, actor=actor)
    assert "plan written" in [entry.note for entry in log]


async def test_words_do_what_keys_do(board: Opened) -> None:
    root = board.services.org.login("root")
    async with running(Opened(board.services, root, demo=True)) as (app, pilot):
        await press(app, pilot, "3")
        await burst(app, pilot, ":status in_progress\r")
        await burst(app, pilot, ":priority high\r")
        await burst(app, pilot, ":assign @lin\r")
        await burst(app, pilot, ":departments sales, after_sales\r")
        await burst(app, pilot, ":progress 20 begun\r")
        await burst(app, pilot, ":limit in_progress 7\r")
        await burst(app, pilot, ":limit not_started 3 sales\r")
        one = stored(board, 1)
        assert (one.status, one.priority, one.owner, one.progress) == (
            "in_progress",
            "high",
            "Lin",
            20,
        )
        assert sorted(code for _, code in one.departments) == ["after_sales", "sales"]
        sales = next(d.id for d in board.services.org.departments() if d.code == "sales")
        assert board.services.tasks.limits(actor=root) == {
            ("in_progress", 0): 7,
            ("not_started", sales): 3,
        }
        await burst(app, pilot, ":limit in_progress none\r")
        await burst(app, pilot, ":status nowhere\r")
        assert "“nowhere” is no status" in shown(app)
        await press(app, pilot, "escape")
        assert ("in_progress", 0) not in board.services.tasks.limits(actor=root)


async def test_the_limit_of_a_column_is_set_by_menu(board: Opened) -> None:
    root = board.services.org.login("root")
    async with running(Opened(board.services, root, demo=True)) as (app, pilot):
        await press(app, pilot, "3", "w", "2")
        await burst(app, pilot, "many\r")
        assert app.said[-1] == "A limit is a number of cards"
        await press(app, pilot, "w", "2")
        await burst(app, pilot, "4\r")
        assert on(app).canvas.board.limits == {("in_progress", 0): 4}


async def test_a_new_task_begins_in_the_lane_of_the_cursor(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "W", "p", "k", "n")
        assert isinstance(app.screen, Form)
        values = app.screen.values()
        assert (values["priority"], values["owner_id"]) == ("high", "@me")
        assert values["department_ids"] == "after_sales"
        await burst(app, pilot, "Visit the plant\x13")
        assert columns(app)["not_started"].count(5) == 1
        assert stored(board, 5).title == "Visit the plant"


async def test_both_values_of_a_field_that_two_changed_are_shown(board: Opened) -> None:
    services = board.services
    root = services.org.login("root")
    async with running(board, (100, 40)) as (app, pilot):
        await press(app, pilot, "3", "e")
        form = app.screen
        assert isinstance(form, Form)
        services.tasks.edit(1, {"description": "Theirs", "remark": "seen"}, actor=root).one()
        await burst(app, pilot, " mine\x13")
        assert isinstance(app.screen, Form)
        assert "theirs: Theirs" in shown(app)
        assert form.values()["remark"] == "seen"
        await press(app, pilot, "ctrl+s")
        assert stored(board, 1).title.endswith(" mine")


# Many


@pytest.mark.req("R-218")
async def test_many_are_changed_after_a_preview_and_undone_at_once(board: Opened) -> None:
    services, actor = board.services, board.actor
    lin = services.org.login("lin")
    for number in range(12):
        add(services, actor, f"Task {number}")
    async with running(board, (100, 40)) as (app, pilot):
        await press(app, pilot, "3", "V")
        assert on(app).status.startswith("16 marked")
        await press(app, pilot, "a")
        await burst(app, pilot, "lin")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Page)
        text = shown(app)
        assert "Change 16 of 16 tasks?" in text
        assert "First responsible: Ana > Lin" in text
        await press(app, pilot, "enter")
        assert stored(board, 1).owner == "Ana"
        await press(app, pilot, "a")
        await burst(app, pilot, "lin")
        await press(app, pilot, "enter", "y")
        assert {stored(board, i).owner_id for i in range(1, 17)} == {lin.staff_id}
        assert not on(app).canvas.marks
        await press(app, pilot, "u")
        assert {stored(board, i).owner for i in range(1, 17)} == {"Ana"}


@pytest.mark.req("R-218")
async def test_several_fields_of_many_are_changed_in_one_go(board: Opened) -> None:
    async with running(board, (100, 40)) as (app, pilot):
        await press(app, pilot, "3", "space", "space", "E")
        form = app.screen
        assert isinstance(form, Form)
        await press(app, pilot, "ctrl+s")
        assert "Nothing is to be changed" in shown(app)
        await burst(app, pilot, "lin\t\thigh")
        await press(app, pilot, "ctrl+s")
        assert "Change 2 of 2 tasks?" in shown(app)
        await press(app, pilot, "y")
        for key in (1, 2):
            assert (stored(board, key).owner, stored(board, key).priority) == ("Lin", "high")
        assert stored(board, 3).owner == "Ana"
        await press(app, pilot, "u")
        assert [stored(board, key).owner for key in (1, 2)] == ["Ana", "Ana"]


async def test_what_is_refused_of_many_stays_marked_and_tells_why(board: Opened) -> None:
    services, actor = board.services, board.actor
    root = services.org.login("root")
    services.tasks.set_limit("in_progress", None, 2, actor=root).one()
    add(services, actor, "Fifth")
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "space", "space", "space", "L")
        assert "1 done, 2 refused" in app.said[-1]
        assert len(on(app).canvas.marks) == 2
        await press(app, pilot, "R")
        assert "2 refused" in shown(app)
        assert "holds at most 2 cards" in shown(app)
        await press(app, pilot, "escape", "escape")
        assert not on(app).canvas.marks
        await press(app, pilot, "space", "l", "space", "L")
        assert "several columns" in app.said[-1]


async def test_a_range_marks_the_rectangle_between(board: Opened) -> None:
    async with running(board, (120, 40)) as (app, pilot):
        await press(app, pilot, "3", "v", "l", "j")
        assert on(app).canvas.marks == {1, 3}
        await press(app, pilot, "h", "j")
        assert on(app).canvas.marks == {1, 2}
        await press(app, pilot, "escape", "k")
        assert on(app).canvas.marks == {1, 2}
        await press(app, pilot, "escape")
        assert not on(app).canvas.marks


async def test_marks_survive_a_filter_and_hidden_ones_are_counted(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "space")
        await burst(app, pilot, "/SOP\r")
        assert on(app).status.startswith("1 marked, 1 hidden")
        await burst(app, pilot, ":mark status:delayed\r")
        assert on(app).canvas.marks == {1, 4}


# Filters, views and places


async def test_a_wrong_filter_is_marked_and_the_board_stays(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "slash")
        await burst(app, pilot, "priority:hi owner:nobody_there\r")
        assert "^" in shown(app)
        await press(app, pilot, "escape")
        assert len(on(app).canvas.board.cards) == 4
        await press(app, pilot, "slash")
        await burst(app, pilot, "prio\t")
        assert "priority:" in shown(app)
        await burst(app, pilot, "high\r")
        assert list(on(app).canvas.board.cards) == [2]
        assert on(app).crumb() == "priority:high"
        await press(app, pilot, "backslash")
        assert len(on(app).canvas.board.cards) == 4


async def test_views_are_stepped_through_saved_and_removed(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3")
        await burst(app, pilot, "/dept:sales\r")
        await press(app, pilot, "W", "o")
        await burst(app, pilot, ":sort due desc\r")
        await burst(app, pilot, ":view save theirs\r")
        assert on(app).crumb() == "theirs"
        saved = board.services.saved_views.of("board", actor=board.actor)
        assert [v.spec.to_text() for v in saved] == ["board dept:sales | due desc | owner"]
        await press(app, pilot, "right_square_bracket")
        assert (on(app).crumb(), on(app).lanes, on(app).sort) == ("all tasks", "off", "by_hand")
        await press(app, pilot, *["right_square_bracket"] * 3)
        assert on(app).crumb() == "tasks I help with"
        await press(app, pilot, "right_square_bracket")
        assert list(on(app).canvas.board.cards) == [4]
        await burst(app, pilot, ":view theirs\r")
        assert on(app).lanes == "owner"
        await press(app, pilot, "O")
        assert not on(app).down
        await burst(app, pilot, ":view remove theirs\r")
        assert "theirs" not in [v.name for v in on(app).views]


async def test_the_place_is_there_at_the_next_start_and_on_the_way_back(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "W", "p")
        await burst(app, pilot, "/dept:after_sales\r")
        await press(app, pilot, "j", "space")
        kept = on(app).place_state()
        await press(app, pilot, "1", "minus")
        assert on(app).place_state() == kept
        await burst(app, pilot, "/ priority:high\r")
        await press(app, pilot, "minus")
        assert on(app).filter == "dept:after_sales"
        app.leaving()
        app.places.save()
    async with running(board) as (app, pilot):
        await press(app, pilot, "3")
        assert on(app).place_state() == kept
        assert current(app).id == kept["cursor"]


async def test_a_kept_filter_that_means_nothing_more_is_said_and_left(board: Opened) -> None:
    async with running(board) as (app, pilot):
        app.places.keep("board", {"view": "board owner:gone", "name": ""})
        await press(app, pilot, "3")
        assert app.said
        assert not app.trouble
        assert len(on(app).canvas.board.cards) == 4


async def test_the_board_is_gone_to_with_a_filter(board: Opened) -> None:
    async with running(board) as (app, pilot):
        await burst(app, pilot, ":board status:delayed\r")
        assert list(on(app).canvas.board.cards) == [4]
        await burst(app, pilot, ":board priority:high\r")
        assert list(on(app).canvas.board.cards) == [2]


async def test_others_changes_come_in_and_the_cursor_keeps_its_card(board: Opened) -> None:
    services = board.services
    root = services.org.login("root")
    async with running(board) as (app, pilot):
        await press(app, pilot, "3", "j")
        add(services, root, "New on top", due_on="2024-06-04", department_ids=["sales"])
        services.tasks.move([1], "in_progress", actor=root).one()
        app._poll()
        await settle(app, pilot)
        assert current(app).id == 2
        assert columns(app)["not_started"] == [5, 2]
        services.registers.archive("task", [2], actor=root)
        app._poll()
        await settle(app, pilot)
        assert current(app).id == 5


async def test_nothing_to_show_says_which_keys_help(opened: Opened, language: str) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "3")
        assert tr("no task matches; \\ clears the filter, n makes a new one") in shown(app)
        for key in ("j", "l", "L", "J", "s", "a", "d", "p", "m", "t", "enter", "e", "y", "space"):
            await press(app, pilot, key)
            if not isinstance(app.screen, BoardScreen):
                await press(app, pilot, "escape")
        await press(app, pilot, "v", "V", "E", "H", "full_stop")
        assert isinstance(app.screen, BoardScreen)
        assert tr("No task here") in app.said


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
        await press(app, pilot, "b", "ctrl+s")
        assert isinstance(app.screen, Form)


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


# What it costs


def many(count: int) -> list[TaskCard]:
    names = [
        "打通销售与服务的信息传递",
        "Write the SOP for after-sales",
        "建立客户反馈闭环流程",
        "升级 CRM 系统",
        "Train the front desk staff in handling complaints",
        "统一投诉分级标准并培训",
        "Quarterly review of key accounts",
    ]
    return [
        card(
            key,
            COLUMNS[key % 4],
            title=names[key * 5 % 7],
            owner=("张三", "Ana Reyes", "王小明")[key % 3],
            progress=key % 101,
            due_on=date(2024, 7, 1 + key % 28),
            priority=("high", "medium", "low")[key % 3],
        )
        for key in range(1, count + 1)
    ]


def hands_out(
    monkeypatch: pytest.MonkeyPatch, opened: Opened, cards: list[TaskCard], **more: Any
) -> None:
    """Let the services hand out these cards."""
    board = Board(tuple(cards), more.get("limits", {}), more=False)
    monkeypatch.setattr(opened.services.tasks, "board", lambda *args, **more: board)


async def refreshed(app: CrmApp, pilot: Pilot[None]) -> None:
    """The board is read again."""
    await press(app, pilot, "ctrl+r")
    await settle(app, pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("theme", ["dark", "mono"])
async def test_a_cursor_move_costs_little_and_the_terminal_shows_it(
    board: Opened, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str
) -> None:
    hands_out(monkeypatch, board, many(5000), limits={("in_progress", 0): 5})
    async with wired(board, monkeypatch, size=size, terminal=Terminal(theme=theme)) as (
        app,
        pilot,
        driver,
    ):
        await press(app, pilot, "3")
        for key in ("j", "j", "k", "l", "j", "h"):
            driver.sent()
            await press(app, pilot, key)
            assert 0 < len(driver.sent().encode()) <= 350, key
            assert_shown(app)


@pytest.mark.parametrize(
    ("size", "row", "last"),
    [((80, 24), 0, False), ((120, 40), 3, False), ((120, 40), 0, True), ((200, 60), 0, True)],
)
async def test_a_moved_card_costs_little(
    board: Opened, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], row: int, last: bool
) -> None:
    held = many(200)
    hands_out(monkeypatch, board, held)
    async with wired(board, monkeypatch, size=size) as (app, pilot, driver):
        await press(app, pilot, "3", *["j"] * row)
        here = current(app)
        rest = [c for c in held if c.id != here.id]
        # All below it moves up; where it comes to the top of a column, all of that moves down.
        moved = replace(here, shown="in_progress")
        hands_out(monkeypatch, board, [*rest, moved] if last else [moved, *rest])
        driver.sent()
        await refreshed(app, pilot)
        assert 0 < len(driver.sent().encode()) <= 2048
        assert current(app).id == here.id
        assert_shown(app)


async def test_ascii_is_all_that_an_ascii_terminal_gets(
    board: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [card(key, COLUMNS[key % 4], title="长" * 500, risk_open=True) for key in range(1, 20)]
    hands_out(monkeypatch, board, held)
    terminal = Terminal(theme="mono", ascii=True)
    async with wired(board, monkeypatch, size=(80, 24), terminal=terminal) as (app, pilot, driver):
        driver.sent()
        await press(app, pilot, "3", "W", "p")
        # Titles keep their letters; what the screen adds of its own is ASCII.
        assert {c for c in driver.sent() if not c.isascii()} == {"长"}
