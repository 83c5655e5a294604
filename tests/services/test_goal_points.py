"""Measured values of goals: provenance, correction, undo, the background, and any edits in any order."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_tui.domain.errors import Conflict, DomainError
from crm_tui.domain.records.enums import GoalDirection
from tests.services.conftest import Desk
from tests.services.goal_desk import (
    SATISFACTION,
    D,
    fixture,
    goal,
    refused,
    running,
    view,
    with_figures,
)

# Points


@pytest.mark.req("R-190")
def test_a_value_has_its_day_and_source_and_is_corrected_by_another(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = goal(desk)
    goals.measure(made, "18", actor=lee, day=date(2024, 5, 1)).one()
    goals.measure(made, "16.5", actor=lee, source="new telephone log").one()
    assert (view(desk, made).current, view(desk, made).measured_on) == (D("16.5"), date(2024, 6, 3))
    refused("reason_needed", lambda: goals.measure(made, "16", actor=lee))
    goals.measure(made, "16", actor=lee, reason="a call was counted twice").one()
    # An earlier day that is filled in later changes nothing of the present.
    goals.measure(made, "19", actor=lee, day=date(2024, 4, 1)).one()
    told = [
        (p.day.isoformat(), p.value, p.source, p.reason, p.corrected)
        for p in goals.points(made, actor=lee)
    ]
    log = "telephone log"
    assert told == [
        ("2024-04-01", D(19), log, "", False),
        ("2024-05-01", D(18), log, "", False),
        ("2024-06-03", D("16.5"), "new telephone log", "", True),
        ("2024-06-03", D(16), log, "a call was counted twice", False),
    ]
    assert {p.origin for p in goals.points(made, actor=lee)} == {"manual"}
    assert view(desk, made).current == 16
    assert view(desk, made).values == (D(19), D(18), D(16))


@pytest.mark.req("R-190")
def test_the_value_that_a_file_brings_is_the_first_point(desk: Desk) -> None:
    made = fixture(desk, SATISFACTION)
    [point] = desk.services.goals.points(made, actor=desk.actor("lee"))
    assert (point.value, point.origin, point.source) == (D(87), "import", "template")


@pytest.mark.req("R-183", "R-190")
def test_a_typed_value_needs_a_source(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = goal(desk, metric="csat", metric_source="")
    refused("source_needed", lambda: goals.measure(made, "80", actor=lee))
    goals.measure(made, "80", actor=lee, source="survey of May").one()
    refused("source_needed", lambda: goal(desk, metric="csat", metric_source="", current="3"))
    assert [p.source for p in goals.points(made, actor=lee)] == ["survey of May"]


@pytest.mark.req("R-183", "R-190")
def test_a_figure_of_the_program_is_computed_as_it_stood_that_day(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    figures = with_figures(desk, D(250) / D(3))
    made = goal(desk, metric="满意度", metric_source="", target="90", segment="high_value")
    goals.measure(made, actor=lee).one()
    goals.measure(made, actor=lee, day=date(2024, 5, 31)).one()
    assert [(f, s) for f, _, s in figures.asked] == [("csat", "high_value")] * 2
    assert [day for _, day, _ in figures.asked] == [date(2024, 6, 3), date(2024, 5, 31)]
    told = [(p.day, p.value, p.origin) for p in goals.points(made, actor=lee)]
    assert told == [
        (date(2024, 5, 31), D("83.33333333"), "kpi"),
        (date(2024, 6, 3), D("83.33333333"), "kpi"),
    ]
    again = goals.measure(made, actor=lee)
    assert (again.undo_id, len(goals.points(made, actor=lee))) == (None, 2)
    figures.value = D(84)
    goals.measure(made, actor=lee).one()
    assert view(desk, made).current == 84
    figures.value = None
    refused("no_value", lambda: goals.measure(made, actor=lee))
    refused("value_needed", lambda: goals.measure(goal(desk), actor=lee))


def test_measuring_is_undone_and_done_again_with_what_hangs_on_it(desk: Desk) -> None:
    goals, undo, lee = desk.services.goals, desk.services.undo, desk.actor("lee")
    made = goal(desk)
    goals.measure(made, "18", actor=lee).one()
    goals.measure(made, "15", actor=lee, reason="recount").one()
    goals.measure(made, "19", actor=lee, day=date(2024, 5, 1)).one()
    for values, current in (((D(15),), 15), ((D(18),), 18), ((), None)):
        undo.undo(actor=lee)
        assert (view(desk, made).values, view(desk, made).current) == (values, current)
    for line in ((D(18),), (D(15),), (D(19), D(15))):
        undo.redo(actor=lee)
        assert view(desk, made).values == line
    assert len(goals.points(made, actor=lee)) == 3


def test_a_value_that_was_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = goal(desk)
    before = view(desk, made).version
    goals.measure(made, "18", actor=lee).one()
    later = goals.measure(made, "17", actor=lee, day=date(2024, 6, 1), expected=before)
    assert isinstance(later.refused[0].error, Conflict)
    assert len(goals.points(made, actor=lee)) == 1


# The background


def told(desk: Desk, login: str) -> list[tuple[str, Any]]:
    page = desk.services.notifications.page(
        actor=desk.actor(login), kinds=["goal_review"], limit=50
    )
    return [(str(n.text), (n.subject_kind, n.subject_id)) for n in page.rows]


@pytest.mark.req("R-181")
def test_a_review_that_is_due_today_is_in_the_inbox_once(desk: Desk) -> None:
    ticker = desk.services.ticker
    made = running(desk, owner_id="head", review_on="2024-06-04")
    theirs = goal(desk, review_on="2024-06-04", objective="Nobody's")
    ticker.tick("t")
    assert told(desk, "head") == []
    desk.later(days=1)
    ticker.tick("t")
    ticker.tick("t")
    [(text, subject)] = told(desk, "head")
    assert "Answer faster" in text
    assert subject == ("goal", made)
    assert [s for _, s in told(desk, "lee")] == [("goal", theirs)]
    desk.services.goals.review(made, next_on=date(2024, 6, 10), actor=desk.actor("head")).one()
    desk.later(days=30)
    ticker.tick("t")
    ticker.tick("t")
    assert len(told(desk, "head")) == 2
    desk.services.goals.close(made, "cancelled", reason="x", actor=desk.actor("head")).one()


def test_a_closed_or_archived_goal_reminds_nobody(desk: Desk) -> None:
    lee = desk.actor("lee")
    closed = goal(desk, review_on="2024-06-04")
    desk.services.goals.close(closed, "cancelled", reason="x", actor=lee).one()
    gone = goal(desk, review_on="2024-06-04")
    desk.services.registers.archive("goal", [gone], actor=lee).one()
    desk.later(days=2)
    desk.services.ticker.tick("t")
    assert told(desk, "lee") == []


@pytest.mark.req("R-190")
def test_running_goals_are_measured_once_a_day(desk: Desk) -> None:
    figures = with_figures(desk, D(80))
    ticker, lee = desk.services.ticker, desk.actor("lee")
    made = running(desk, metric="csat", metric_source="", target="90", baseline="75")
    running(desk)
    goal(desk, metric="csat", metric_source="")
    ticker.tick("t")
    desk.later(hours=3)
    ticker.tick("t")
    desk.later(days=1)
    figures.value = None
    ticker.tick("t")
    desk.later(hours=1)
    ticker.tick("t")
    desk.later(days=1)
    figures.value = D(82)
    ticker.tick("t")
    assert [
        (p.day.day, p.value, p.origin) for p in desk.services.goals.points(made, actor=lee)
    ] == [
        (3, D(80), "kpi"),
        (5, D(82), "kpi"),
    ]
    assert len(figures.asked) == 3
    assert view(desk, made).current == 82
    # What somebody measured that day by hand stands.
    desk.later(days=1)
    desk.services.goals.measure(made, "70", source="survey", actor=lee).one()
    ticker.tick("t")
    assert view(desk, made).current == 70


# Whatever is done to goals


def as_source_says(way: str, baseline: Decimal, target: Decimal, current: Decimal | None) -> Any:
    """Attainment and progress by their definitions in D-01, with fractions of their own."""
    if current is None:
        return None, None
    above, below = (current, target) if way == "higher" else (target, current)
    zero = below == 0 or (way == "lower" and target == 0)
    rate = None if zero else above / below
    if baseline == target:
        there = current >= target if way == "higher" else current <= target
        return rate, D(1) if there else None
    return rate, (current - baseline) / (target - baseline)


NUMBERS = st.integers(-50, 150).map(lambda n: D(n) / 4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["measure", "back", "edit", "undo", "redo"]), NUMBERS, NUMBERS),
        min_size=1,
        max_size=8,
    ),
    way=st.sampled_from([None, *GoalDirection]),
)
@pytest.mark.req("R-177", "R-178", "D-01")
def test_after_any_edits_the_figures_equal_a_recomputation(
    desk: Desk, steps: list[tuple[str, Decimal, Decimal]], way: GoalDirection | None
) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = goal(desk, direction=way)
    for what, one, other in steps:
        if what == "measure":
            goals.measure(made, one, actor=lee, reason="again")
        elif what == "back":
            goals.measure(made, one, actor=lee, day=date(2024, 5, 1), reason="again")
        elif what == "edit":
            data = {"baseline": one, "target": other}
            desk.services.registers.change("goal", made, data, actor=lee)
        else:
            try:
                getattr(desk.services.undo, what)(actor=lee)
            except DomainError:
                continue
        if not any(g.id == made for g in goals.list(actor=lee)):
            return  # its making was undone
        found = view(desk, made)
        kept = [p for p in goals.points(made, actor=lee) if not p.corrected]
        assert found.current == (kept[-1].value if kept else None)
        assert found.measured_on == (kept[-1].day if kept else None)
        direction = found.direction
        if way is None:
            assert direction == ("lower" if found.target < found.baseline else "higher")
        rate, progress = as_source_says(direction, found.baseline, found.target, found.current)
        assert (found.attainment, found.progress) == (rate, progress)


@pytest.mark.req("R-183", "R-190")
def test_a_running_goal_is_measured_by_the_figure_of_the_panel(desk: Desk) -> None:
    services, lee = desk.services, desk.actor("lee")
    made = running(
        desk, metric="first_response", metric_source="", unit="h", baseline="4", target="1"
    )
    services.ticker.tick("t")
    assert goals_values(desk, made) == []
    ticket = desk.ticket()
    services.tickets.take([ticket], actor=desk.actor("ana")).one()
    desk.later(hours=3)
    services.messages.reply([ticket], "We look into it", actor=desk.actor("ana")).one()
    services.ticker.tick("t")
    # That day's turn has passed; the next one finds the answer, and the panel says the same.
    desk.later(days=1)
    services.ticker.tick("t")
    figure = services.figures.value("first_response", actor=lee)
    assert goals_values(desk, made) == [(date(2024, 6, 4), figure.value)]
    assert figure.value == 3
    services.goals.measure(made, day=date(2024, 6, 3), actor=lee).one()
    refused("no_value", lambda: services.goals.measure(made, day=date(2024, 6, 2), actor=lee))
    assert goals_values(desk, made)[0] == (date(2024, 6, 3), D(3))


def goals_values(desk: Desk, goal_id: int) -> list[tuple[date, Decimal]]:
    points = desk.services.goals.points(goal_id, actor=desk.actor("lee"))
    return [(p.day, p.value) for p in points]
