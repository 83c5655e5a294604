"""Changing cards of the board, one or many, with preview and undo (R-218)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui.widgets.dialogs import Page
from crm_tui.tui.widgets.form import Form
from tests.tui.boards import add, columns, on, stored
from tests.tui.driving import burst, press, running, shown

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
