"""Filters, views and places of the board, and what a key costs on it."""

from dataclasses import replace

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.board import BoardScreen
from tests.tui.boards import COLUMNS, add, columns, current, hands_out, many, on, refreshed
from tests.tui.cards import card
from tests.tui.driving import burst, press, running, settle, shown
from tests.tui.wired import assert_shown, wired

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


# What it costs


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
