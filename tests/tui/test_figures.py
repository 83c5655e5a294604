"""The KPI panel on real figures: tiles, rows behind, tables, periods, targets, export (R-250 to R-255)."""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from crm_tui import bootstrap
from crm_tui.bootstrap import Opened
from crm_tui.domain import kpi, periods
from crm_tui.domain.text import cell_width
from crm_tui.exchange.figures_text import number
from crm_tui.i18n import tr
from crm_tui.services.facade import initialise
from crm_tui.services.figures_dto import Figure, Panel
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.figures import FiguresScreen
from crm_tui.tui.screens.figures_rows import FigureRowsScreen
from crm_tui.tui.screens.profile import ProfileScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Menu, Page, Prompt
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import NOW, burst, press, running, settle, shown
from tests.tui.wired import assert_shown, wired

TODAY = date(2024, 6, 6)


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """As a manager sees a desk with orders, calls, answers and tickets that are done."""
    services, ana = opened.services, opened.actor
    root = services.org.login("root")
    lin = services.org.login("lin")
    for place in range(4):
        customer = services.customers.create({"name": f"长宁智能仓储 {place}"}, actor=lin)
        for days in (20, 200, 400)[: place + 1]:
            services.registers.create(
                "order",
                {
                    "customer_id": customer,
                    "ordered_on": TODAY - timedelta(days=days),
                    "amount_fen": 12_500_000,
                    "cost_fen": 9_000_000 if place % 2 else None,
                },
                actor=root,
            )
        services.registers.create(
            "interaction",
            {
                "customer_id": customer,
                "occurred_on": TODAY - timedelta(days=3),
                "channel": "phone",
                "topic": "价格与交期",
            },
            actor=root,
        )
        services.intake.create(
            {
                "customer_id": customer,
                "kind": "consultation",
                "channel": "email",
                "subject": f"交付日期 {place}",
                "description": "?",
            },
            actor=ana,
        )
    services.core.clock = lambda: NOW + timedelta(hours=2)
    services.messages.reply([1, 2], "您好，我们已收到。", actor=ana)
    services.tickets.take([1, 2, 3], actor=ana)
    services.core.clock = lambda: NOW + timedelta(days=3)
    return Opened(services, lin, demo=True)


def screen_of(app: CrmApp) -> FiguresScreen:
    """The panel, which is in front."""
    screen = app.screen
    assert isinstance(screen, FiguresScreen), screen
    return screen


def panel_of(app: CrmApp) -> Panel:
    """What the panel shows."""
    found = screen_of(app).panel
    assert found is not None
    return found


async def to_figure(app: CrmApp, pilot: Pilot[None], figure_id: str) -> Figure:
    """Put the cursor on a tile."""
    screen = screen_of(app)
    screen.canvas.move_to(("figure", figure_id))
    await settle(app, pilot)
    figure = screen.figure
    assert figure is not None
    assert figure.id == figure_id
    return figure


async def rows_of(app: CrmApp, pilot: Pilot[None]) -> int:
    """Enter, and how many rows are listed, which is what the head says; then back."""
    await press(app, pilot, "enter")
    listed = app.screen
    assert isinstance(listed, FigureRowsScreen), shown(app)
    assert listed.count is not None
    assert listed.count == len(listed.listing.rows)
    lines = shown(app).splitlines()
    for line in (lines[0], lines[-1]):
        assert tr("{count} in all").format(count=listed.count) in line
    count = listed.count
    await press(app, pilot, "escape")
    return count


@pytest.mark.req("R-247", "R-248")
async def test_groups_are_shown_and_the_team_to_managers_only(
    desk: Opened, opened: Opened, language: str
) -> None:
    async with running(desk, (200, 60)) as (app, pilot):
        await press(app, pilot, "5")
        assert {f.group for f in panel_of(app).figures} == set(kpi.GROUPS)
        for group in kpi.GROUPS.values():
            assert f" {tr(group)} " in shown(app)
        for figure in panel_of(app).figures:
            assert tr(figure.name)[:10] in shown(app)
    async with running(opened, (200, 60)) as (app, pilot):
        await press(app, pilot, "5")
        assert {f.group for f in panel_of(app).figures} == set(kpi.GROUPS) - {"team"}
        refusal = screen_of(app).refusal
        assert refusal
        assert refusal in shown(app)


@pytest.mark.req("R-250")
async def test_as_many_rows_stand_behind_each_tile_as_it_says(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        behind = {}
        for figure in panel_of(app).figures:
            await to_figure(app, pilot, figure.id)
            behind[figure.id] = await rows_of(app, pilot)
        assert behind == {f.id: f.rows for f in panel_of(app).figures}
        assert sum(1 for n in behind.values() if n) > 10


@pytest.mark.req("R-250")
async def test_as_many_rows_stand_behind_each_part_and_cell(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        screen = screen_of(app)
        for name, dimension in (
            ("arrivals", "kind"),
            ("arrivals", "period"),
            ("compliance", "clock"),
            ("contribution", "tier"),
        ):
            await to_figure(app, pilot, name)
            place = kpi.spec(name).dimensions.index(dimension) + 1
            await press(app, pilot, "b", str(place))
            split = screen.shown
            assert screen.view.kind == "breakdown"
            for part in split.parts:  # type: ignore[union-attr]
                screen.canvas.move_to(("part", part.key))
                assert await rows_of(app, pilot) == part.rows, (name, dimension, part.key)
            await press(app, pilot, "escape")
            assert screen.view.kind == "panel"
        for place in range(1, len(kpi.GRIDS) + 1):
            await press(app, pilot, "v", str(place))
            grid = screen.shown
            assert grid.cells  # type: ignore[union-attr]
            for key, part in grid.cells.items():  # type: ignore[union-attr]
                screen.canvas.move_to(("cell", *key))
                assert await rows_of(app, pilot) == part.rows, (place, key)


async def test_an_empty_cell_says_that_nothing_stands_behind_it(desk: Opened) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5", "v", "1", "enter")
        assert screen_of(app).canvas.current == ("cell", "0", "0")
        assert app.said[-1] == "Nothing stands behind it"
        await press(app, pilot, "i")
        assert app.said[-1] == "Go to a figure first"
        await press(app, pilot, "b", "T")
        assert screen_of(app).view.id == "arrivals_by_hour"


async def test_a_row_opens_what_it_is_of(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        for name, opens in (
            ("arrivals", TicketScreen),
            ("repeat_purchase", ProfileScreen),
            ("sales_follow_ups", Form),
        ):
            await to_figure(app, pilot, name)
            await press(app, pilot, "enter", "enter")
            assert isinstance(app.screen, opens), (name, shown(app))
            await press(app, pilot, "escape")
            assert isinstance(app.screen, FigureRowsScreen)
            await press(app, pilot, "y", "escape")
        assert screen_of(app).is_current


async def test_tickets_behind_a_figure_in_the_queue(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        figure = await to_figure(app, pilot, "first_response")
        await press(app, pilot, "enter", "o")
        queue = app.screen
        assert isinstance(queue, QueueScreen)
        assert queue.matching == figure.rows == 2
        await press(app, pilot, "minus")
        assert isinstance(app.screen, FigureRowsScreen)
        await press(app, pilot, "5")
        await to_figure(app, pilot, "sales_follow_ups")
        await press(app, pilot, "enter", "o")
        assert isinstance(app.screen, FigureRowsScreen)
        assert "by number" in app.said[-1]


@pytest.mark.req("R-251")
async def test_periods_by_key_menu_and_command(desk: Opened) -> None:
    figures, lin = desk.services.figures, desk.actor
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        screen = screen_of(app)
        assert screen.period_now() == periods.default(TODAY)

        async def reads(*keys: str) -> periods.Period:
            await press(app, pilot, *keys)
            wanted = figures.panel(screen.period_now(), actor=lin)
            assert [(f.id, f.value, f.previous) for f in panel_of(app).figures] == [
                (f.id, f.value, f.previous) for f in wanted.figures
            ]
            return screen.period_now()

        assert await reads("p", "m") == periods.around("month", TODAY)
        may = await reads("left_square_bracket")
        assert may == periods.around("month", date(2024, 5, 3))
        assert await reads("p", "q") == periods.around("quarter", date(2024, 5, 31))
        assert await reads("p", "m") == periods.around("month", TODAY)
        assert await reads("right_square_bracket") == periods.around("month", date(2024, 7, 1))
        await press(app, pilot, "left_square_bracket")
        assert await reads("p", "w") == periods.around("week", TODAY)
        assert await reads("p", "y") == periods.around("year", TODAY)
        assert await reads("p", "r") == periods.rolling_months(12, TODAY)
        for line, wanted in (
            ("2024Q2", periods.around("quarter", TODAY)),
            ("30d", periods.rolling_days(30, TODAY)),
            ("2024-05-02..yesterday", periods.custom(date(2024, 5, 2), date(2024, 6, 5))),
            ("rolling", periods.rolling_months(12, date(2024, 6, 5))),
        ):
            await burst(app, pilot, f":period {line}\r")
            assert screen.period_now() == wanted
        await burst(app, pilot, ":period fortnight\r")
        assert isinstance(app.screen, Prompt)
        assert "fortnight" in shown(app)


@pytest.mark.req("R-251")
async def test_days_are_typed_and_a_period_that_ends_before_it_starts_is_refused(
    desk: Opened,
) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        await burst(app, pilot, "pc2024-05-20\r")
        await burst(app, pilot, "2024-05-01\r")
        assert isinstance(app.screen, Prompt)
        assert "before it starts" in shown(app)
        app.screen.query_one(Input).value = "2024-05-31"
        await press(app, pilot, "enter")
        assert screen_of(app).period_now() == periods.custom(date(2024, 5, 20), date(2024, 5, 31))
        assert "2024-05-20 to 2024-05-31" in shown(app)
        await burst(app, pilot, "pcnever\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape")
        await burst(app, pilot, ":period 9999\r")
        assert not any("Something went wrong" in text for text in app.said)


@pytest.mark.req("R-251")
async def test_figures_as_of_a_day_of_the_past(desk: Opened) -> None:
    figures, lin = desk.services.figures, desk.actor
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5")
        screen = screen_of(app)
        await burst(app, pilot, "a2024-05-20\r")
        assert screen.as_of == date(2024, 5, 20)
        before = figures.panel(screen.period_now(), actor=lin, as_of=date(2024, 5, 20))
        assert [f.value for f in panel_of(app).figures] == [f.value for f in before.figures]
        assert shown(app).count("as of 2024-05-20") == 2
        await press(app, pilot, "v", "1")
        assert "as of 2024-05-20" in shown(app)
        await press(app, pilot, "escape")
        await press(app, pilot, "a")
        assert app.screen.query_one(Input).value == "2024-05-20"
        app.screen.query_one(Input).value = "the day before"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Prompt)
        app.screen.query_one(Input).value = ""
        await press(app, pilot, "enter")
        assert screen.as_of is None
        await burst(app, pilot, ":asof 2024-06-03 08:00\r")
        assert f"{panel_of(app).as_of:%H:%M}" == "00:00"
        await press(app, pilot, "a")
        assert app.screen.query_one(Input).value == "2024-06-03 08:00"
        await press(app, pilot, "escape")
        await burst(app, pilot, ":asof 1999-01-01\r")
        assert all(f.rows == 0 for f in panel_of(app).figures)


@pytest.mark.req("R-250")
async def test_a_definition_has_the_formula_and_its_numbers(desk: Opened, language: str) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        figure = await to_figure(app, pilot, "first_response")
        await press(app, pilot, "i")
        assert isinstance(app.screen, Page)
        spec = kpi.spec(figure.id)
        text = shown(app).replace("\n", "")
        assert tr(spec.formula)[:12] in text
        assert f"{tr(spec.numerator)}: {figure.numerator:,.0f}" in text
        assert f"{tr(spec.denominator)}: {figure.denominator:,.0f}" in text
        assert "2024-06-06 09:00:00" in text
        await press(app, pilot, "escape")
        assert screen_of(app).is_current


async def test_a_target_is_set_shown_and_taken_back(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        await to_figure(app, pilot, "order_value")
        await press(app, pilot, "T")
        form = app.screen
        assert isinstance(form, Form)
        form.query_one("#f-target", Input).value = "many"
        await press(app, pilot, "ctrl+s")
        assert app.screen is form
        assert "many" in shown(app)
        form.query_one("#f-target", Input).value = "20万"
        form.query_one("#f-baseline", Input).value = "10万"
        form.query_one("#f-baseline_name", Input).value = "2023"
        await press(app, pilot, "ctrl+s")
        figure = await to_figure(app, pilot, "order_value")
        assert (figure.target, figure.baseline) == (Decimal(200_000), Decimal(100_000))
        assert "75.00k yuan short of 200.00k yuan" in shown(app)
        assert "since 2023: up 25.00k yuan, better" in shown(app)
        await press(app, pilot, "T")
        assert app.screen.query_one("#f-target", Input).value == "200000"
        await press(app, pilot, "escape", "u")
        assert (await to_figure(app, pilot, "order_value")).target is None
        await to_figure(app, pilot, "timeliness")
        await press(app, pilot, "T")
        app.screen.query_one("#f-target", Input).value = "99.5%"
        await press(app, pilot, "ctrl+s")
        assert (await to_figure(app, pilot, "timeliness")).target == Decimal("99.5")


async def test_an_agent_sets_no_target_and_divides_by_no_person(opened: Opened) -> None:
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "5")
        await to_figure(app, pilot, "arrivals")
        await press(app, pilot, "T")
        app.screen.query_one("#f-target", Input).value = "5"
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Form)
        assert tr("lead") in app.said[-1]
        await press(app, pilot, "escape", "y")
        place = kpi.spec("arrivals").dimensions.index("person") + 1
        await press(app, pilot, "b", str(place))
        assert screen_of(app).view.kind == "panel"
        assert "managers only" in app.said[-1]


@pytest.mark.req("R-255")
@pytest.mark.parametrize("form", ["csv", "json", "markdown", "xlsx"])
async def test_an_export_has_the_numbers_of_the_screen(
    desk: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(desk, (200, 60)) as (app, pilot):
        await press(app, pilot, "5")
        await burst(app, pilot, f":export {form}\r")
        path = next(tmp_path.glob("kpi-2023-06-07-2024-06-06.*"))
        wanted = {f.id: number(f.value, f.unit) for f in panel_of(app).figures}
        assert _exported(path) == wanted
        for text in wanted.values():
            assert text in shown(app)
        await burst(app, pilot, f":export {form}\r")
        assert isinstance(app.screen, Prompt)
        assert "is there already" in shown(app)


def _exported(path: Path) -> dict[str, str]:
    """What a file says of each figure."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {r["id"]: r["shown"].removeprefix("'") for r in csv.DictReader(stream)}
    if path.suffix == ".json":
        return {r["id"]: r["shown"] for r in json.loads(path.read_text("utf-8"))}
    if path.suffix == ".md":
        cells = [
            [c.strip() for c in line.strip("|").split("|")]
            for line in path.read_text("utf-8").splitlines()
            if line.startswith("|")
        ]
        at = cells[0].index("shown")
        return {row[0]: row[at] for row in cells[2:]}
    from crm_tui.exchange.workbooks import read_sheets

    head, *rows = next(iter(read_sheets(path).values()))
    return {row[0]: row[head.index("shown")] for row in rows}


@pytest.mark.req("R-255")
async def test_a_table_and_a_breakdown_are_exported_as_shown(desk: Opened, tmp_path: Path) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5", "v", "1", "E", "c")
        prompt = app.screen
        assert isinstance(prompt, Prompt)
        prompt.query_one(Input).value = str(tmp_path / "grid.csv")
        await press(app, pilot, "enter")
        with (tmp_path / "grid.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert sum(int(r["value"]) for r in rows) == 7
        await press(app, pilot, "escape")
        await to_figure(app, pilot, "arrivals")
        place = kpi.spec("arrivals").dimensions.index("kind") + 1
        await press(app, pilot, "b", str(place))
        await burst(app, pilot, f":export json {tmp_path / 'split.json'}\r")
        parts = json.loads((tmp_path / "split.json").read_text("utf-8"))
        assert {p["part"]: p["value"] for p in parts} == {"complaint": 3, "consultation": 4}
        await burst(app, pilot, f":export csv {tmp_path / 'no' / 'where.csv'}\r")
        assert "cannot be written" in app.said[-1]


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
