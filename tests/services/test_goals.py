"""Goals: figures, rules on every way they are written, activation, review and closing."""

from datetime import date
from typing import Any

import pytest

from crm_tui.domain import attainment
from crm_tui.domain.attainment import Standing
from crm_tui.domain.errors import DomainError, NotFound, PermissionDenied
from crm_tui.services import goal_metrics, goal_views
from tests.services.conftest import Desk
from tests.services.goal_desk import (
    CHURN,
    MANUAL,
    SATISFACTION,
    SMART,
    D,
    fixture,
    goal,
    refused,
    running,
    view,
)

# Figures


@pytest.mark.req("R-176")
def test_the_rows_of_the_template_are_kept_exactly(desk: Desk) -> None:
    made = [fixture(desk, SATISFACTION), fixture(desk, CHURN)]
    kept = [view(desk, one) for one in made]
    assert [(g.objective, g.metric) for g in kept] == [
        ("客户满意度", "满意度"),
        ("客户流失率", "流失率"),
    ]
    assert [(g.baseline, g.target, g.current, g.reported) for g in kept] == [
        (D(75), D(90), D(87), D(97)),
        (D(20), D(15), D(17), D(85)),
    ]
    assert [(g.review_on, g.deadline_on) for g in kept] == [
        (date(2024, 7, 1), date(2024, 7, 1)),
        (date(2024, 6, 30), date(2024, 6, 30)),
    ]


@pytest.mark.req("R-177", "R-178", "D-01")
def test_attainment_and_progress_are_worked_out_in_both_directions(desk: Desk) -> None:
    good, churn = view(desk, fixture(desk, SATISFACTION)), view(desk, fixture(desk, CHURN))
    assert [attainment.percent(g.attainment) for g in (good, churn)] == [97, 88]
    assert [attainment.percent(g.progress) for g in (good, churn)] == [80, 60]
    assert (good.mismatch, churn.mismatch) == (False, True)
    assert churn.attainment == D(15) / D(17)


@pytest.mark.req("R-177")
@pytest.mark.parametrize("field", ["attainment", "progress", "measured_on", "activated_on"])
def test_what_is_worked_out_is_never_typed(desk: Desk, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        goal(desk, **{field: "97"})
    assert caught.value.field == field
    assert caught.value.code in ("computed", "unknown_field")


@pytest.mark.req("D-01")
def test_figures_without_a_meaning_are_na_and_never_zero(desk: Desk) -> None:
    same = view(desk, goal(desk, baseline="10", target="10", current="9", direction="higher"))
    assert (same.progress, attainment.percent(same.attainment)) == (None, 90)
    beyond = view(desk, goal(desk, baseline="10", target="10", current="10", direction="higher"))
    assert beyond.progress == 1
    nothing = view(desk, goal(desk, baseline="8", target="0", current="2"))
    assert (nothing.attainment, nothing.progress) == (None, D("0.75"))
    worse = view(desk, goal(desk, current="25"))
    assert worse.progress == D("-0.5")
    unmeasured = view(desk, goal(desk))
    assert (unmeasured.attainment, unmeasured.progress) == (None, None)
    assert unmeasured.standing is Standing.UNKNOWN


@pytest.mark.req("R-185")
def test_the_direction_comes_from_the_metric(desk: Desk) -> None:
    assert view(desk, fixture(desk, CHURN)).direction == "lower"
    assert view(desk, fixture(desk, SATISFACTION)).direction == "higher"
    # The metric says so even where the target lies on the other side of the baseline.
    held = {**MANUAL, "metric": "churn", "metric_source": "", "baseline": "10", "target": "12"}
    made = desk.services.registers.create("goal", held, actor=desk.actor("lee"))
    assert view(desk, made).direction == "lower"
    refused(
        "direction_differs",
        lambda: goal(desk, metric="churn", metric_source="", direction="higher"),
    )
    assert view(desk, goal(desk)).direction == "lower"


@pytest.mark.req("R-183")
def test_a_metric_that_nothing_measures_is_refused(desk: Desk) -> None:
    error = refused("unknown_metric", lambda: goal(desk, metric="Happiness", metric_source=""))
    assert error.field == "metric_source"
    assert view(desk, goal(desk, metric="Happiness")).figure_id is None
    known = goal(desk, metric="满意度", metric_source="")
    assert view(desk, known).figure_id == "csat"
    lee = desk.actor("lee")
    registers = desk.services.registers
    refused("unknown_metric", lambda: registers.change("goal", known, {"metric": "x"}, actor=lee))
    rows = [{**MANUAL, "metric_source": ""}]
    refused("unknown_metric", lambda: registers.create("goal", rows[0], actor=lee, source="file"))


@pytest.mark.req("R-184")
def test_a_goal_without_a_deadline_is_refused(desk: Desk) -> None:
    error = refused("required", lambda: goal(desk, deadline_on=""))
    assert error.field == "deadline_on"


@pytest.mark.req("R-186", "D-02")
def test_lower_by_15_percent_from_20_is_17_and_must_be_confirmed(desk: Desk) -> None:
    goals = desk.services.goals
    shown = goals.preview("change_percent", "20%", "-15")
    assert (shown.target, shown.change) == (D(17), D(-15))
    assert goals.preview("change_points", "20", "-5").target == D(15)
    assert goals.preview("reach", "20", "15") == type(shown)("reach", D(20), None, D(15))
    aim = {"mode": "change_percent", "change": "-15", "baseline": "20"}
    error = refused("target_differs", lambda: goal(desk, **aim, target="15"))
    assert "17" in str(error.message)
    refused("change_needed", lambda: goal(desk, mode="change_percent", target="17"))
    assert view(desk, goal(desk, **aim, target="17")).target == 17
    for words in ("降低15%", "下降 15％", "lower by 15 %"):
        assert goals.preview("", "20%", words) == shown
    assert goals.preview("", "20", "降低5个百分点").target == 15
    assert goals.preview("", "75", "提高到90").target == 90
    assert goals.preview("", "75", "提升15").target == 90
    read = goal(desk, baseline="20%", target="降低15%")
    assert (view(desk, read).target, view(desk, read).mode) == (D(17), "change_percent")
    refused("bad_number", lambda: goal(desk, baseline="x", target="降低15%"))
    refused("unknown_mode", lambda: goals.preview("double", "20", "2"))
    refused("bad_number", lambda: goals.preview("reach", "20", "soon"))
    refused("bad_number", lambda: goals.preview("reach", "", "1"))


@pytest.mark.req("R-191")
def test_half_the_time_and_30_percent_done_is_at_risk(desk: Desk) -> None:
    made = goal(desk, start_on="2024-05-24", deadline_on="2024-06-13", current="17")
    found = view(desk, made)
    assert (found.elapsed, found.progress, found.standing) == (D("0.5"), D("0.3"), Standing.AT_RISK)
    desk.services.goals.measure(made, "16", actor=desk.actor("lee"), reason="recount").one()
    assert view(desk, made).standing is Standing.ON_TRACK
    desk.later(days=6)
    assert view(desk, made).standing is Standing.OFF_TRACK
    desk.later(days=20)
    assert view(desk, made).standing is Standing.OFF_TRACK
    desk.services.goals.measure(made, "10", actor=desk.actor("lee")).one()
    assert view(desk, made).standing is Standing.REACHED


def test_orders_of_the_list_are_those_that_are_offered() -> None:
    assert tuple(goal_views.ORDERS) == attainment.ORDERS


@pytest.mark.req("R-183")
def test_metrics_are_found_by_id_and_by_words_of_both_languages() -> None:
    for text in ("csat", "CSAT", "满意度", "客户满意度", "Customer  satisfaction"):
        found = goal_metrics.find(text)
        assert found is not None
        assert found.id == "csat"
    assert goal_metrics.find("") is None
    assert goal_metrics.find("快乐") is None


# Rules on every way


@pytest.mark.req("R-176")
def test_the_register_is_no_back_door(desk: Desk) -> None:
    registers, lee = desk.services.registers, desk.actor("lee")
    made = running(desk, current="18")

    def change(**data: Any) -> Any:
        return registers.change("goal", made, data, actor=lee)

    refused("draft_first", lambda: goal(desk, state="active"))
    refused(
        "draft_first",
        lambda: registers.create("goal", {**MANUAL, "state": "reached"}, actor=lee, source="file"),
    )
    refused("state_by_verb", lambda: change(state="reached"))
    refused("measure_it", lambda: change(current="10"))
    refused("smart_incomplete", lambda: change(achievable=""))
    refused("metric_measured", lambda: change(metric="Something else"))
    refused("end_before_start", lambda: change(start_on="2025-01-01"))
    change(gap_analysis="Night shift").one()
    desk.services.goals.close(made, "cancelled", reason="merged with another", actor=lee).one()
    refused("closed", lambda: change(target="5"))
    change(gap_analysis="Night shift, and the old telephone").one()
    assert view(desk, made).gap_analysis == "Night shift, and the old telephone"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("target", "9" * 19 + "." + "1" * 20, "too_long"),
        ("baseline", "much", "bad_number"),
        ("baseline", "NaN", "bad_number"),
        ("target", "1e400", "bad_number"),
        ("objective", "", "required"),
        ("objective", "长" * 301, "too_long"),
        ("plan_year", "20240", "invalid"),
        ("direction", "up", "invalid"),
        ("deadline_on", "2024-02-30", "bad_date"),
        ("owner_id", "nobody", "unknown_reference"),
    ],
)
def test_bad_values_are_refused_by_field(desk: Desk, field: str, value: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        goal(desk, **{field: value})
    assert caught.value.field == field
    if code != "invalid":
        assert caught.value.code == code


def test_dates_far_away_and_titles_of_wide_characters_are_drawn(desk: Desk) -> None:
    made = goal(
        desk, objective="目" * 300, start_on="1900-01-01", deadline_on="9999-12-31", current="12"
    )
    found = view(desk, made)
    assert 0 < found.elapsed < D("0.1")
    assert found.standing is Standing.ON_TRACK
    assert desk.services.goals.show(made, actor=desk.actor("vic")).actions == ()


def test_measuring_refuses_what_cannot_be(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = goal(desk)
    refused("future_day", lambda: goals.measure(made, "1", actor=lee, day=date(2024, 6, 4)))
    for value in ("", "much", "inf", "1" * 40):
        refused("bad_number", lambda value=value: goals.measure(made, value, actor=lee))  # type: ignore[misc]
    with pytest.raises(NotFound):
        goals.measure(999, "1", actor=lee).one()
    goals.measure(made, "1", actor=lee, day=date(1900, 1, 1)).one()
    assert view(desk, made).current == 1


def test_agents_read_goals_and_leads_write_them(desk: Desk) -> None:
    goals, ana = desk.services.goals, desk.actor("ana")
    made = running(desk, owner_id="lee")
    assert goals.show(made, actor=ana).view.objective == "Answer faster"
    for act in (
        lambda: goals.measure(made, "1", actor=ana),
        lambda: goals.activate(made, actor=ana),
        lambda: goals.review(made, actor=ana),
        lambda: goals.close(made, "cancelled", reason="x", actor=ana),
    ):
        assert isinstance(refused("role_needed", act), PermissionDenied)


# Steps


@pytest.mark.req("R-182", "R-188")
def test_a_goal_runs_only_with_five_of_five(desk: Desk) -> None:
    goals, registers, lee = desk.services.goals, desk.services.registers, desk.actor("lee")
    made = goal(desk, **dict.fromkeys(SMART, ""))
    # Evidence alone makes no goal relevant: it must serve a strategic objective.
    asked = [*SMART][:4] + ["strategic_objective"] * 2
    for count, field, name in zip((0, 1, 2, 3, 3, 4), asked, SMART, strict=True):
        error = refused("smart_incomplete", lambda: goals.activate(made, actor=lee))
        assert f"SMART is {count} of 5" in str(error.message)
        assert error.field == field
        registers.change("goal", made, {name: SMART[name]}, actor=lee).one()
    assert [item.lack for item in view(desk, made).smart] == [None] * 5
    goals.activate(made, actor=lee).one()
    found = view(desk, made)
    assert (found.state, found.activated_on) == ("active", date(2024, 6, 3))
    refused("not_a_draft", lambda: goals.activate(made, actor=lee))
    desk.services.undo.undo(actor=lee)
    assert (view(desk, made).state, view(desk, made).activated_on) == ("draft", None)


def test_a_deadline_that_has_passed_lets_no_goal_run(desk: Desk) -> None:
    made = goal(desk, deadline_on="2024-06-02")
    refused("deadline_passed", lambda: desk.services.goals.activate(made, actor=desk.actor("lee")))
    today = goal(desk, deadline_on="2024-06-03")
    desk.services.goals.activate(today, actor=desk.actor("lee")).one()


@pytest.mark.req("R-179")
def test_off_track_a_review_asks_where_the_gap_comes_from(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = running(desk, current="19", review_on="2024-08-01", deadline_on="2024-09-01")
    desk.later(days=60)
    assert view(desk, made).standing is Standing.OFF_TRACK
    when = date(2024, 8, 20)
    refused("gap_analysis_needed", lambda: goals.review(made, next_on=when, actor=lee))
    refused("gap_analysis_needed", lambda: goals.review(made, gap_analysis=" ", actor=lee))
    refused(
        "next_review_needed",
        lambda: goals.review(made, gap_analysis="x", next_on=date(2024, 8, 2), actor=lee),
    )
    goals.review(
        made, gap_analysis="培训支持未完全落地", next_on=when, note="again", actor=lee
    ).one()
    found = view(desk, made)
    assert (found.gap_analysis, found.review_on) == ("培训支持未完全落地", when)
    goals.review(made, actor=lee).one()
    assert view(desk, made).review_on == date(2024, 9, 1)
    trail = desk.services.profiles.trail("goal", made, actor=lee)
    assert [(row.verb, row.reason) for row in trail][:2] == [
        ("reviewed", ""),
        ("reviewed", "again"),
    ]
    desk.services.undo.undo(actor=lee)
    assert view(desk, made).review_on == when
    refused("not_active", lambda: goals.review(goal(desk), actor=lee))


def test_a_goal_ends_as_its_figures_say(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    made = running(desk, current="12")
    refused("unknown_outcome", lambda: goals.close(made, "done", actor=lee))
    refused("not_active", lambda: goals.close(goal(desk), "reached", actor=lee))
    refused("not_reached", lambda: goals.close(made, "reached", actor=lee))
    refused("reason_needed", lambda: goals.close(made, "cancelled", actor=lee))
    refused("gap_analysis_needed", lambda: goals.close(made, "missed", actor=lee))
    goals.review(made, gap_analysis="Night shift", actor=lee).one()
    refused("reason_needed", lambda: goals.close(made, "missed", actor=lee))
    goals.close(made, "missed", reason="no budget", actor=lee).one()
    assert view(desk, made).standing is Standing.OFF_TRACK
    refused("closed", lambda: goals.close(made, "cancelled", reason="x", actor=lee))
    refused("closed", lambda: goals.measure(made, "3", actor=lee))
    desk.services.undo.undo(actor=lee)
    goals.measure(made, "10", actor=lee, reason="the new figures").one()
    refused("is_reached", lambda: goals.close(made, "missed", reason="x", actor=lee))
    goals.close(made, "reached", actor=lee).one()
    assert (view(desk, made).state, view(desk, made).standing) == ("reached", Standing.REACHED)


# Key actions


@pytest.mark.req("R-180", "R-187")
def test_a_goal_has_its_key_actions(desk: Desk) -> None:
    registers, lee = desk.services.registers, desk.actor("lee")
    made = fixture(desk, SATISFACTION)
    for due, title in (
        ("2024-06-30", "优化售后响应流程\n响应 24 小时"),
        ("2024-06-01", "客户定期回访机制"),
        ("", "反馈渠道"),
    ):
        data = {
            "description": title,
            "department_ids": ["after_sales"],
            "owner_id": "ana",
            "due_on": due,
            "goal_id": "客户满意度",
        }
        registers.create("task", data, actor=lee, source="template")
    found = desk.services.goals.show(made, actor=lee)
    assert [(a.title, a.shown) for a in found.actions] == [
        ("客户定期回访机制", "delayed"),
        ("优化售后响应流程", "not_started"),
        ("反馈渠道", "not_started"),
    ]
    assert {a.owner for a in found.actions} == {"Ana"}
    assert (found.view.actions, found.view.actions_done) == (3, 0)


@pytest.mark.req("R-189")
def test_three_key_actions_are_there_to_begin_with(desk: Desk) -> None:
    templates = desk.services.goals.templates()
    assert [t.name for t in templates] == ["response", "return_visit", "suggestion"]
    assert "24" in templates[0].standard


# Lists


@pytest.mark.req("R-192")
def test_goals_are_filtered_ordered_and_paged(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    for number in range(7):
        goal(
            desk,
            objective=f"Goal {number}",
            plan_year=2024 + number % 2,
            current=None if number == 3 else str(20 - number),
            owner_id="lee" if number < 2 else "",
        )

    def names(**how: Any) -> list[str]:
        return [g.objective[-1] for g in goals.list(actor=lee, **how)]

    assert names(filter_text="year:2025") == ["1", "3", "5"]
    assert names(filter_text='"Goal 4"') == ["4"]
    assert names(filter_text="standing:unknown") == ["3"]
    assert names(filter_text="-standing:unknown year:2025") == ["1", "5"]
    assert names(filter_text="进展:未测量") == ["3"]
    assert names(sort="progress") == ["0", "1", "2", "4", "5", "6", "3"]
    assert names(sort="progress", descending=True) == ["6", "5", "4", "2", "1", "0", "3"]
    assert names(sort="owner")[:2] == ["0", "1"]
    assert goals.count("year:2024", actor=lee) == 4
    for down in (False, True):
        for sort in ("progress", "owner", "review"):
            whole = goals.list(actor=lee, sort=sort, descending=down)
            seen: list[Any] = []
            key = None
            while True:
                page = goals.page(actor=lee, sort=sort, descending=down, after=key, limit=3)
                assert page.before == bool(seen)
                seen += page.rows
                if not page.after:
                    break
                key = page.rows[-1].sort_key
            assert [g.id for g in seen] == [g.id for g in whole]
            last = goals.page(actor=lee, sort=sort, descending=down, last=True, limit=2)
            assert [g.id for g in last.rows] == [g.id for g in whole[-2:]]
            assert (last.before, last.after) == (True, False)
            ahead = goals.page(
                actor=lee, sort=sort, descending=down, before=seen[5].sort_key, limit=2
            )
            assert [g.id for g in ahead.rows] == [g.id for g in whole[3:5]]
            assert (ahead.before, ahead.after) == (True, True)
    refused("unknown_sort", lambda: goals.page(actor=lee, sort="colour"))
    refused("bad_filter", lambda: goals.page("colour:red", actor=lee))
    assert "standing:off_track" in goals.complete("standing:off")


def test_an_empty_database_has_no_goals(desk: Desk) -> None:
    goals, lee = desk.services.goals, desk.actor("lee")
    assert goals.list(actor=lee) == ()
    assert goals.page(actor=lee, last=True).rows == ()
    with pytest.raises(NotFound):
        goals.show(1, actor=lee)
