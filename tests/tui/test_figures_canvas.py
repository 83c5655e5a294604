"""The canvas of the panel: its place, others' changes, the cursor, clicks and bytes (R-252)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from crm_tui import bootstrap
from crm_tui.bootstrap import Opened
from crm_tui.domain import periods
from crm_tui.domain.text import cell_width
from crm_tui.exchange.figures_text import number
from crm_tui.i18n import tr
from crm_tui.services.facade import initialise
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.figures_rows import FigureRowsScreen
from crm_tui.tui.widgets.dialogs import Menu
from tests.tui.driving import NOW, burst, press, running, settle, shown
from tests.tui.figures_desk import TODAY, figured, panel_of, screen_of, to_figure
from tests.tui.wired import assert_shown, wired


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """As a manager sees it."""
    return figured(opened)


async def test_period_and_cursor_are_kept_for_the_next_start(desk: Opened) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5", "p", "q", "left_square_bracket", "tab", "tab", "l")
        here = screen_of(app).canvas.current
        assert screen_of(app).canvas.group == "satisfaction"
        await press(app, pilot, "1", "5")
        assert screen_of(app).canvas.current == here
        app.keep_session()
        await settle(app, pilot)
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        assert screen_of(app).canvas.current == here
        assert screen_of(app).period_now() == periods.around("quarter", date(2024, 3, 1))
        await burst(app, pilot, ":period 2024-05-02..2024-05-09\r")
        app.keep_session()
        await settle(app, pilot)
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        assert screen_of(app).period_now() == periods.custom(date(2024, 5, 2), date(2024, 5, 9))


@pytest.mark.parametrize("kept", [{"period": "fortnight"}, {"period": "week", "from": 5}, [1]])
async def test_a_place_that_cannot_be_read_is_left(desk: Opened, kept: object) -> None:
    desk.services.sessions.save({"figures": kept}, actor=desk.actor)
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        assert screen_of(app).period_now() == periods.default(TODAY)


async def test_what_others_change_is_read_with_the_next_look_and_not_under_a_menu(
    desk: Opened,
) -> None:
    services = desk.services
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        figure = await to_figure(app, pilot, "arrivals")
        read = panel_of(app)
        screen_of(app)._look_again()
        await settle(app, pilot)
        assert panel_of(app) is read
        services.intake.create(
            {"kind": "complaint", "channel": "phone", "subject": "x", "description": "x"},
            actor=services.org.login("ana"),
        )
        app._poll()
        await settle(app, pilot)
        assert panel_of(app) is read
        screen = screen_of(app)
        await press(app, pilot, "p")
        assert isinstance(app.screen, Menu)
        screen._look_again()
        await settle(app, pilot)
        assert screen.panel is read
        await press(app, pilot, "escape")
        screen._look_again()
        await settle(app, pilot)
        assert (await to_figure(app, pilot, "arrivals")).rows == figure.rows + 1
        await press(app, pilot, "ctrl+r")
        assert panel_of(app) is not read


async def test_a_value_is_copied_as_shown(desk: Opened) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        figure = await to_figure(app, pilot, "timeliness")
        await press(app, pilot, "y")
        assert app.clipboard == number(figure.value, "percent")
        await press(app, pilot, "b", "1", "y")
        assert app.clipboard.endswith("%")
        await press(app, pilot, "v", "1", "y")
        assert app.screen.id is None


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_cursor_stays_in_view_and_every_spot_is_reached(
    desk: Opened, size: tuple[int, int]
) -> None:
    async with running(desk, size) as (app, pilot):
        await press(app, pilot, "5", "g")
        canvas = screen_of(app).canvas
        spots = [key for row in canvas.picture.rows for key in row]
        seen = {canvas.current}
        for row in canvas.picture.rows:
            for key in ("l",) * (len(row) - 1):
                await press(app, pilot, key)
                seen.add(canvas.current)
                assert_in_view(app)
            for _ in row[1:]:
                await press(app, pilot, "h")
            await press(app, pilot, "j")
            seen.add(canvas.current)
            assert_in_view(app)
        assert seen == set(spots)
        for keys in (("G",), ("ctrl+u",), ("pagedown",), ("g",), ("ctrl+d",), ("up", "left")):
            await press(app, pilot, *keys)
            assert_in_view(app)
        for _ in canvas.picture.groups:
            await press(app, pilot, "tab")
            assert_in_view(app)
            assert canvas.current == dict(canvas.picture.groups)[canvas.group]
        await pilot.resize_terminal(60, 16)
        await settle(app, pilot)
        assert_in_view(app)


def assert_in_view(app: CrmApp) -> None:
    """The cursor's spot is drawn, and every line has its cells."""
    canvas = screen_of(app).canvas
    assert canvas.current is not None
    spot = canvas.picture.spots[canvas.current]
    assert canvas.picture.fixed <= spot.y - canvas.top < canvas.picture.fixed + canvas.room
    lines = shown(app).splitlines()
    assert {cell_width(line) for line in lines} == {app.size.width}


async def test_clicks_move_and_open(desk: Opened) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5", "g")
        canvas = screen_of(app).canvas
        spot = canvas.picture.spots["figure", "backlog"]
        await pilot.click(canvas, offset=(spot.x + 1, spot.y))
        await settle(app, pilot)
        assert canvas.current == ("figure", "backlog")
        await pilot.click(canvas, offset=(spot.x + 1, spot.y + 1), times=2)
        await settle(app, pilot)
        assert isinstance(app.screen, FigureRowsScreen)


@pytest.fixture
def empty(sqlite_url: str, tmp_path: Path) -> Iterator[Opened]:
    """A desk on which nothing has happened yet."""
    services = bootstrap.open_services(
        sqlite_url, key_file=tmp_path / "field.key", files=tmp_path / "files", clock=lambda: NOW
    )
    initialise(services, "root", "Root", demo=True)
    yield Opened(services, services.org.login("root"), demo=True)
    services.close()


@pytest.mark.req("R-252")
async def test_an_empty_database_opens_and_says_not_applicable(
    empty: Opened, language: str
) -> None:
    async with running(empty, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        for figure in panel_of(app).figures:
            assert (figure.value is None) == (figure.denominator is not None), figure.id
        assert tr("n/a") in shown(app)
        assert " 0.0 %" not in shown(app)
        for view in "123":
            await press(app, pilot, "v", view, "l", "j", "enter", "escape")
        await press(app, pilot, "b", "1", "enter", "escape", "escape", "i", "escape", "enter")
        assert isinstance(app.screen, FigureRowsScreen)
        assert tr("nothing was counted in this period") in shown(app)
        assert not any("went wrong" in text for text in app.said)


async def test_bytes_on_the_wire(desk: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move costs what moves of lists may cost; nothing is sent while nothing happens."""
    async with wired(desk, monkeypatch) as (app, pilot, memory):
        await press(app, pilot, "5", "g")
        canvas = screen_of(app).canvas

        async def cost(*keys: str) -> int:
            memory.sent()
            top = canvas.top
            await press(app, pilot, *keys)
            assert_shown(app)
            size = len(memory.sent().encode())
            return 0 if canvas.top != top else size

        assert max([await cost(key) for key in "lljhkjjjjjlkh"]) <= 350
        await press(app, pilot, "v", "1")
        assert max([await cost(key) for key in "llljjjhhk"]) <= 350
        await press(app, pilot, "escape", "g", "b", "6")
        assert max([await cost(key) for key in "jjkk"]) <= 350
        await settle(app, pilot)
        assert memory.sent() == ""
        screen_of(app).changed([])
        await settle(app, pilot)
        assert_shown(app)
        assert len(memory.sent().encode()) <= 350


async def test_plain_characters_where_only_those_may_be_drawn(desk: Opened) -> None:
    app = CrmApp(lambda: desk, Terminal(theme="mono", ascii=True), ticking=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        for keys in (("5",), ("v", "1"), ("escape", "g", "b", "1")):
            await press(app, pilot, *keys)
            assert not set("▁▂▃▄▅▆▇█░▒▓") & set(shown(app))
