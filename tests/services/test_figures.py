"""Figures of the service desk on their acceptance checks (R-241 to R-250, D-11, D-22, D-23)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from crm_tui.db.engine import open_engine
from crm_tui.domain import kpi, periods
from crm_tui.domain.errors import NotFound, PermissionDenied, ValidationError
from crm_tui.services.figures import FigureService
from crm_tui.services.figures_dto import Figure
from tests.services.conftest import Desk

JUNE = periods.around("month", date(2024, 6, 3))


def value(desk: Desk, figure: str, period: periods.Period = JUNE, **more: object) -> Figure:
    """A figure as an administrator sees it."""
    return desk.services.figures.value(figure, period, actor=desk.actor("root"), **more)  # type: ignore[arg-type]


@pytest.mark.req("R-252")
def test_an_empty_desk_has_no_rates_and_counts_nothing(desk: Desk) -> None:
    panel = desk.services.figures.panel(JUNE, actor=desk.actor("root"))
    assert {f.id for f in panel.figures} == set(kpi.FIGURES)
    for figure in panel.figures:
        expected = None if figure.denominator is not None else 0
        assert figure.value == expected, figure.id
        assert figure.rows == 0
        assert len(figure.spark) == 12
    assert [g.id for g in panel.grids] == list(kpi.GRIDS)
    assert not any(g.cells for g in panel.grids)


@pytest.mark.req("R-241")
def test_mean_first_response_with_median_and_working_hours(desk: Desk) -> None:
    for hours in (1, 3, 8):
        made = desk.accepted(kind="consultation")
        desk.later(hours=hours)
        desk.services.messages.reply([made], "We look into it", actor=desk.actor("ana"))
        desk.now -= timedelta(hours=hours)
    desk.later(hours=9)
    figure = value(desk, "first_response")
    assert figure.value == 4
    assert [figure.rows, figure.numerator, figure.denominator] == [3, 12, 3]
    beside = {label.msgid: shown for label, shown, _ in figure.beside}
    assert beside["median"] == 3
    # The desk closes at 18:00 and at noon: 1 h, 3 h and 8 h since 9:00.
    assert beside["in working hours"] is not None


def filled(desk: Desk) -> None:
    """Something of every kind, in June and the month before."""
    root = desk.actor("root")
    desk.now -= timedelta(days=18)
    first, second = desk.customer(source_channel="fair"), desk.customer(name="B公司")
    for step in range(4):
        kind = ("complaint", "consultation")[step % 2]
        made = desk.fed_back(customer_id=first) if step == 3 else desk.accepted(kind=kind)
        desk.later(hours=5)
        desk.services.messages.reply([made], "We look into it", actor=desk.actor("ana")).one()
        if step == 3:
            desk.services.closing.satisfy(
                made, True, score=4, actor=desk.actor("ana"), channel="phone"
            ).one()
        desk.later(days=4)
    for day, customer_id, amount, cost in (
        (date(2024, 5, 14), first, 100_000, 40_000),
        (date(2024, 5, 20), first, 50_000, None),
        (date(2024, 6, 1), second, 30_000, 10_000),
        (date(2023, 9, 1), second, 70_000, None),
    ):
        data = {"customer_id": customer_id, "ordered_on": day, "amount_fen": amount}
        desk.services.registers.create("order", {**data, "cost_fen": cost}, actor=root)
    for answer, survey, high in ((5, "csat", 5), (3, "csat", 5), (9, "nps", 10), (2, "nps", 10)):
        desk.services.registers.create(
            "survey_answer",
            {
                "survey": survey,
                "customer_id": first,
                "respondent": "W",
                "channel": "phone",
                "answered_at": desk.now,
                "scale_low": 0 if survey == "nps" else 1,
                "scale_high": high,
                "answer": answer,
                "evidence": "recording 7",
            },
            actor=root,
        )
    desk.services.registers.create(
        "interaction",
        {"occurred_on": date(2024, 6, 1), "customer_id": first, "channel": "phone", "topic": "Hi"},
        actor=root,
    )
    desk.services.registers.create(
        "churn_record",
        {"customer_id": second, "churned_on": date(2024, 6, 1), "cause": "price"},
        actor=root,
    )


@pytest.mark.req("R-250")
def test_parts_and_rows_are_as_many_as_the_tile_says(desk: Desk) -> None:
    filled(desk)
    figures, root = desk.services.figures, desk.actor("root")
    for period in (JUNE, periods.previous(JUNE), periods.rolling_months(12, date(2024, 6, 3))):
        for figure in figures.panel(period, actor=root).figures:
            listed = figures.rows(figure.id, period, actor=root, limit=3)
            assert listed.count == figure.rows, figure.id
            seen = list(listed.rows)
            while listed.after:
                after = seen[-1].key
                listed = figures.rows(figure.id, period, actor=root, limit=3, after=after)
                seen += listed.rows
            assert len({(r.kind, r.id) for r in seen}) == figure.rows, figure.id
            for dimension in kpi.spec(figure.id).dimensions:
                parts = figures.breakdown(figure.id, dimension, period, actor=root).parts
                if dimension not in ("step", "period"):
                    assert sum(p.rows for p in parts) == figure.rows, (figure.id, dimension)
                for part in parts:
                    behind = figures.rows(
                        figure.id, period, actor=root, dimension=dimension, key=part.key
                    )
                    assert behind.count == part.rows, (figure.id, dimension, part)
        for name in kpi.GRIDS:
            for place, part in figures.grid(name, period, actor=root).cells.items():
                behind = figures.rows(name, period, actor=root, cell=place)
                assert behind.count == part.rows, (name, place)
                assert bool(behind.rows) == bool(part.rows)


def test_what_is_not_there_is_refused_by_name(desk: Desk) -> None:
    figures, root, ana = desk.services.figures, desk.actor("root"), desk.actor("ana")
    with pytest.raises(NotFound, match="arrivals"):
        figures.value("nothing", actor=root)
    with pytest.raises(ValidationError, match="tier"):
        figures.breakdown("arrivals", "market", JUNE, actor=root)
    with pytest.raises(NotFound, match="cohorts"):
        figures.grid("nothing", JUNE, actor=root)
    with pytest.raises(NotFound, match="no cell"):
        figures.rows("cohorts", JUNE, actor=root, cell=("1999-01", "0"))
    with pytest.raises(PermissionDenied):
        figures.value("agent_handling", actor=ana)
    with pytest.raises(PermissionDenied):
        figures.breakdown("handling", "person", JUNE, actor=ana)
    assert not {f.id for f in figures.panel(JUNE, actor=ana).figures} & {"agent_handling"}


def test_a_target_is_set_shown_and_taken_back(desk: Desk) -> None:
    figures, head = desk.services.figures, desk.actor("head")
    with pytest.raises(PermissionDenied):
        figures.set_target("csat", Decimal(90), actor=desk.actor("ana"))
    figures.set_target("csat", Decimal(90), Decimal(75), "2023", actor=head)
    found = value(desk, "csat")
    assert [found.target, found.baseline] == [90, 75]
    assert found.baseline_name == "2023"
    desk.services.undo.undo(actor=head)
    assert value(desk, "csat").target is None


def test_a_period_to_come_and_a_moment_before_any_data_have_no_rates(desk: Desk) -> None:
    filled(desk)
    later = periods.around("year", date(2031, 1, 1))
    assert value(desk, "csat", later).value is None
    before = value(desk, "csat", JUNE, as_of=datetime(2001, 1, 1, tzinfo=desk.now.tzinfo))
    assert (before.value, before.rows, before.previous) == (None, 0, None)
    assert value(desk, "arrivals", periods.around("month", date(1900, 1, 1))).rows == 0


def test_who_may_not_write_reads_the_same(desk: Desk) -> None:
    filled(desk)
    root, period = desk.actor("root"), periods.around("month", date(2024, 5, 1))
    engine = open_engine(desk.core.engine.url, read_only=True)
    core = replace(desk.core, engine=engine, before_commit=[], cache={})
    expected = desk.services.figures.panel(period, actor=root)
    desk.services.registers.create(
        "order",
        {"customer_id": 1, "ordered_on": date(2024, 5, 2), "amount_fen": 700, "cost_fen": 1},
        actor=root,
    )
    # What the order made stale is not renewed, and counts.
    found = FigureService(core).panel(period, actor=root)
    before = {f.id: f.value for f in expected.figures}
    after = {f.id: f.value for f in found.figures}
    assert after["contribution"] == (before["contribution"] or 0) + 7
    assert found.figures == desk.services.figures.panel(period, actor=root).figures
    engine.dispose()


def test_figures_within_a_transaction_see_what_it_wrote(desk: Desk) -> None:
    filled(desk)
    root, period = desk.actor("root"), periods.around("month", date(2024, 5, 1))
    before = value(desk, "contribution", period).value
    with desk.core.together(root):
        data = {"customer_id": 1, "ordered_on": date(2024, 5, 2), "amount_fen": 900, "cost_fen": 1}
        desk.services.registers.create("order", data, actor=root)
        assert value(desk, "contribution", period).value == (before or 0) + 9


def test_everything_is_rolled_up_anew(desk: Desk) -> None:
    filled(desk)
    figures, root = desk.services.figures, desk.actor("root")
    period = periods.around("month", date(2024, 5, 1))
    before = figures.panel(period, actor=root)
    with pytest.raises(PermissionDenied):
        figures.refresh(actor=desk.actor("head"))
    figures.refresh(actor=root)
    assert figures.panel(period, actor=root) == before
