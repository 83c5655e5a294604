"""Goals on their screen: figures, forms with the target shown, steps, key actions (R-176 to R-191)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.domain import kpi
from crm_tui.domain.attainment import Standing
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.goals import GoalsScreen
from crm_tui.tui.screens.task_page import TaskScreen
from crm_tui.tui.screens.timeline_screen import TimelineScreen
from crm_tui.tui.widgets.dialogs import Question
from crm_tui.tui.widgets.form import Form
from tests.services.goal_desk import CHURN, FIELDS, MANUAL, SATISFACTION, SMART
from tests.tui.driving import burst, press, running, settle, shown
from tests.tui.wired import wired


def make(desk: Opened, **data: Any) -> int:
    """A goal whose values are typed, with all five marks."""
    fields = {**MANUAL, **SMART, **data}
    return desk.services.registers.create("goal", fields, actor=desk.actor)


def template(desk: Opened, row: dict[str, str]) -> int:
    """A row of template 4 as a file brings it."""
    data = {FIELDS[head]: value for head, value in row.items()}
    return desk.services.registers.create("goal", data, actor=desk.actor, source="template")


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """As a manager sees it."""
    return Opened(opened.services, opened.services.org.login("lin"), demo=True)


def on(app: CrmApp) -> GoalsScreen:
    screen = app.screen
    assert isinstance(screen, GoalsScreen), shown(app)
    return screen


async def fill(app: CrmApp, pilot: Pilot[None], **texts: str) -> Form:
    """Fill fields of the form on the screen."""
    form = app.screen
    assert isinstance(form, Form), shown(app)
    for name, text in texts.items():
        form.query_one(f"#f-{name}", Input).value = text
    await settle(app, pilot)
    return form


@pytest.mark.req("R-176", "R-177", "R-178")
async def test_rows_of_the_template_show_their_figures_and_what_the_source_says(
    desk: Opened, language: str
) -> None:
    template(desk, SATISFACTION)
    template(desk, CHURN)
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7")
        lines = shown(app).splitlines()
        for objective, attained, done in (
            ("客户满意度", "97%", "80%"),
            ("客户流失率", "88%!", "60%"),
        ):
            row = next(line for line in lines if line.lstrip(" >").startswith(objective))
            assert attained in row, row
            assert done in row, row
        await press(app, pilot, "g")
        current = on(app).listing.current
        if current is not None and current.objective != "客户流失率":
            await press(app, pilot, "j")
        assert "85" in shown(app)


@pytest.mark.req("R-177", "R-178")
async def test_a_share_off_the_scale_is_bounded_in_the_list_and_exact_on_its_page(
    desk: Opened, language: str
) -> None:
    make(desk, objective="Far behind", baseline="90", target="89", current="8652")
    make(desk, objective="Far beyond", baseline="8652", target="0.1", current="0.0001")
    async with running(desk, (80, 24)) as (app, pilot):
        await press(app, pilot, "7")
        lines = shown(app).splitlines()
        behind = next(line for line in lines if "Far behind" in line)
        beyond = next(line for line in lines if "Far beyond" in line)
        assert "<-999%" in behind, behind
        assert ">999%" in beyond, beyond
        assert "8562" not in shown(app)
        current = on(app).listing.current
        if current is not None and current.objective != "Far behind":
            await press(app, pilot, "j")
        await press(app, pilot, "i")
        assert "-856200%" in shown(app), shown(app)


@pytest.mark.req("R-176", "R-181")
async def test_large_figures_and_days_of_other_years_are_whole_in_the_list(
    desk: Opened, language: str
) -> None:
    figures = {"baseline": "123456789", "target": "98765432100", "current": "456789012"}
    make(desk, objective="Grow", review_on="2023-06-30", deadline_on="2024-12-31", **figures)
    async with running(desk, (80, 24)) as (app, pilot):
        await press(app, pilot, "7")
        row = next(line for line in shown(app).splitlines() if "Grow" in line)
        for text in ("123.5M→98.77G", "456.8M", "2023-06-30!"):
            assert text in row, row
        await press(app, pilot, "i")
        assert "98,765,432,100.00" in shown(app)


@pytest.mark.req("R-186")
async def test_a_change_shows_its_target_and_must_be_confirmed(desk: Opened, language: str) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7", "n")
        await burst(app, pilot, "降低流失\t流失率\t\t20\t\t降低15%\t\t2024-12-31\t")
        assert "17" in shown(app), shown(app)
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Question)
        assert "17" in shown(app)
        await press(app, pilot, "n")
        assert isinstance(app.screen, Form)
        assert not desk.services.goals.page("", actor=desk.actor).rows
        await press(app, pilot, "ctrl+s", "y")
        (made,) = desk.services.goals.page("", actor=desk.actor).rows
        assert [made.baseline, made.target] == [Decimal(20), Decimal(17)]
        assert "降低流失" in shown(app)


@pytest.mark.req("R-183", "R-186")
async def test_what_is_wrong_is_said_before_the_target_is_asked_about(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7", "n")
        await burst(app, pilot, "降低流失\t流失率\t\t20\t\t降低15%\t\t2024-12-31\tsomeday\x13")
        assert isinstance(app.screen, Form), app.screen
        assert app.screen.query_one("#e-review_on").display
        await fill(app, pilot, review_on="2024-09-01")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Question)


@pytest.mark.req("R-190")
async def test_a_value_is_corrected_with_a_reason_and_undone(desk: Opened) -> None:
    goal = make(desk)
    async with running(desk) as (app, pilot):
        await press(app, pilot, "7", "m")
        await fill(app, pilot, value="15")
        await press(app, pilot, "ctrl+s")
        (row,) = on(app).listing.rows
        assert (row.current, row.measured_on) == (15, date(2024, 6, 3))
        assert "50%" in shown(app)
        # Another value of the day takes its place with a reason, never without.
        await press(app, pilot, "m")
        await fill(app, pilot, value="14")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Form)
        await fill(app, pilot, reason="recount")
        await press(app, pilot, "ctrl+s")
        assert [p.value for p in desk.services.goals.points(goal, actor=desk.actor)] == [15, 14]
        await press(app, pilot, "u", "u")
        assert desk.services.goals.show(goal, actor=desk.actor).view.current is None


@pytest.mark.req("R-182", "R-184", "R-188")
async def test_activating_names_what_is_missing(desk: Opened, language: str) -> None:
    goal = make(desk, specific="", strategic_objective="")
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7", "A")
        assert tr("Specific") in app.said[-1]
        assert desk.services.goals.show(goal, actor=desk.actor).view.state == "draft"
        desk.services.registers.change(
            "goal",
            goal,
            {"specific": SMART["specific"], "strategic_objective": "Customers stay"},
            actor=desk.actor,
        ).one()
        await press(app, pilot, "ctrl+r", "A")
        assert desk.services.goals.show(goal, actor=desk.actor).view.state == "active"


@pytest.mark.req("R-179", "R-191")
async def test_a_review_of_a_goal_off_track_needs_its_gap_analysis(desk: Opened) -> None:
    goal = make(desk, start_on="2024-01-01", deadline_on="2024-07-01", current=None)
    desk.services.goals.activate(goal, actor=desk.actor).one()
    desk.services.goals.measure(goal, "19", source="log", actor=desk.actor).one()
    assert desk.services.goals.show(goal, actor=desk.actor).view.standing is Standing.OFF_TRACK
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7", "R", "ctrl+s")
        form = app.screen
        assert isinstance(form, Form)
        assert tr("Gap analysis") in shown(app)
        form.query_one("#f-gap_analysis").text = "Nobody answers at night"  # type: ignore[attr-defined]
        await press(app, pilot, "ctrl+s")
        assert on(app).is_current
    found = desk.services.goals.show(goal, actor=desk.actor).view
    assert found.gap_analysis == "Nobody answers at night"


@pytest.mark.req("R-180", "R-187", "R-189")
async def test_a_key_action_comes_from_a_template_and_leads_to_its_page_and_bar(
    desk: Opened,
) -> None:
    make(desk)
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7", "b", "1")
        await fill(
            app, pilot, department_ids="after_sales", start_on="2024-06-03", due_on="2024-06-20"
        )
        await press(app, pilot, "ctrl+s")
        (row,) = on(app).listing.rows
        assert row.actions == 1
        await press(app, pilot, "a")
        await burst(app, pilot, "XZ\r")
        assert isinstance(app.screen, TaskScreen)
        await press(app, pilot, "enter")
        await burst(app, pilot, "timeline\r")
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        card = screen.canvas.current
        assert card is not None
        assert card.goal_id == row.id


@pytest.mark.req("R-181", "R-191")
async def test_a_computed_metric_is_told_by_its_name(desk: Opened, language: str) -> None:
    make(desk, metric="first_response", metric_source="", unit="h")
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7")
        for _ in range(2):
            assert tr(kpi.spec("first_response").name)[:6] in shown(app)
            assert "first_response" not in shown(app)
            await press(app, pilot, "i")


@pytest.mark.req("R-191")
async def test_a_goal_is_closed_by_key_undone_and_closed_again(desk: Opened) -> None:
    goal = make(desk)
    desk.services.goals.activate(goal, actor=desk.actor).one()

    def state() -> str:
        return desk.services.goals.show(goal, actor=desk.actor).view.state

    async with running(desk) as (app, pilot):
        await press(app, pilot, "7", "x", "r")
        assert state() == "active", "nothing was measured yet"
        await press(app, pilot, "x", "c")
        await burst(app, pilot, "merged with another\r")
        assert state() == "cancelled"
        await press(app, pilot, "u")
        assert state() == "active"
        await press(app, pilot, "U")
        assert state() == "cancelled"


async def test_what_others_change_leaves_the_cursor_on_its_goal(desk: Opened) -> None:
    root = desk.services.org.login("root")
    days = ("2024-07-01", "2024-08-01", "2024-09-01")
    first, second, _ = (make(desk, objective=f"Goal {d}", review_on=d) for d in days)
    async with running(desk) as (app, pilot):
        await press(app, pilot, "7", "g", "j")
        listing = on(app).listing
        assert listing.current is not None and listing.current.id == second
        line = listing.at - listing.top
        change = {"objective": "Renamed", "review_on": "2024-07-02"}
        desk.services.registers.change("goal", first, change, actor=root).one()
        make(desk, objective="Earliest", review_on="2024-06-10")
        app._poll()
        await settle(app, pilot)
        assert "Renamed" in shown(app) and "+1" in shown(app)
        assert (listing.current.id, listing.at - listing.top) == (second, line)


async def test_views_filter_and_order(desk: Opened, language: str) -> None:
    first = make(desk, objective="Answer faster")
    make(desk, objective="Sell more", deadline_on="2025-01-31")
    desk.services.goals.activate(first, actor=desk.actor).one()
    desk.services.goals.close(first, "cancelled", reason="?", actor=desk.actor).one()
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "7")
        assert [g.objective for g in on(app).listing.rows] == ["Sell more"]
        await burst(app, pilot, "/objective:Answer*\r")
        assert all(g.objective.startswith("Answer") for g in on(app).listing.rows)
        await burst(app, pilot, "/nonsense:1\r")
        assert "nonsense" in shown(app)
        await press(app, pilot, "escape", "escape")
        await burst(app, pilot, ":sort objective\r")
        assert on(app).sort == "objective"


async def test_a_cursor_move_costs_little(desk: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(20):
        make(desk, objective=f"目标 {place}", deadline_on="2024-12-31")
    async with wired(desk, monkeypatch) as (app, pilot, memory):
        await press(app, pilot, "7", "j")
        for _ in range(5):
            memory.sent()
            await press(app, pilot, "j")
            assert len(memory.sent().encode()) <= 350
