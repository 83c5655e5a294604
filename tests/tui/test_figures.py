"""The KPI panel on real figures: tiles, rows behind, periods, targets (R-247 to R-251)."""

from datetime import date
from decimal import Decimal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.domain import kpi, periods
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.figures_rows import FigureRowsScreen
from crm_tui.tui.screens.profile import ProfileScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Page, Prompt
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import burst, press, running, shown
from tests.tui.figures_desk import TODAY, figured, panel_of, screen_of, to_figure


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """As a manager sees it."""
    return figured(opened)


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
