"""Sums of the usual periods are worked out before somebody asks, in pieces (R-251)."""

import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from crm_tui.db.schema.figures import figure_day, figure_dirty, figure_rolled, figure_window
from crm_tui.domain import periods
from crm_tui.server.worker import work
from crm_tui.services import figure_renewal
from crm_tui.services.figure_ahead import USUAL, FigureAhead
from crm_tui.services.figure_reading import context
from crm_tui.services.ticker import Ticked
from tests.services.conftest import Desk
from tests.services.test_figures import filled

KEPT = (figure_day, figure_window, figure_rolled, figure_dirty)


def kept(desk: Desk) -> list[Any]:
    """All that is kept, and what of it is stale."""
    with desk.services.core.read() as unit:
        return [sorted(map(tuple, unit.conn.execute(select(table)))) for table in KEPT]


def usual(desk: Desk) -> list[periods.Period]:
    """The usual periods of today."""
    with desk.services.core.read() as unit:
        today = context(unit, None).today
    now = [periods.around(kind, today) for kind in USUAL]
    return [periods.default(today), *now, *map(periods.previous, now)]


def test_a_panel_of_a_usual_period_finds_all_its_sums_kept(desk: Desk) -> None:
    filled(desk)
    desk.later(days=20)
    root = desk.actor("root")
    assert not desk.services.figures_ahead.some(60)
    before = kept(desk)
    assert before[0] and before[1] and not before[3]
    panels = [desk.services.figures.panel(period, actor=root) for period in usual(desk)]
    assert kept(desk) == before
    desk.services.figures.refresh(actor=root)
    assert [desk.services.figures.panel(period, actor=root) for period in usual(desk)] == panels


def test_what_changes_is_worked_out_again_an_hour_later(desk: Desk) -> None:
    filled(desk)
    desk.later(days=20)
    ahead = desk.services.figures_ahead
    assert not ahead.some(60)
    old = kept(desk)
    customer = desk.customer(name="Late comer")
    day = (desk.now - timedelta(days=30)).date()
    desk.services.registers.create(
        "order",
        {"customer_id": customer, "ordered_on": day, "amount_fen": 500},
        actor=desk.actor("root"),
    )
    assert kept(desk)[3]
    assert not ahead.some(60)
    assert kept(desk)[3], "not before the hour is over"
    desk.later(hours=1)
    assert not ahead.some(60)
    assert not kept(desk)[3]
    assert kept(desk)[1] != old[1]


def test_it_stops_after_a_piece_and_another_goes_on(desk: Desk) -> None:
    filled(desk)
    desk.later(days=20)
    stopped = FigureAhead(desk.services.core)
    while not kept(desk)[2]:
        assert stopped.some(0)
    begun = kept(desk)
    assert not begun[1]
    assert not FigureAhead(desk.services.core).some(60)
    done = kept(desk)
    assert {row[0] for row in begun[2]} < {row[0] for row in done[2]}
    assert not FigureAhead(desk.services.core).some(60)
    assert kept(desk) == done


def test_windows_of_days_gone_by_are_forgotten_before_there_are_too_many(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(desk)
    root, count = desk.actor("root"), select(func.count()).select_from(figure_window)
    assert not desk.services.figures_ahead.some(60)
    unusual = periods.custom(desk.now.date() - timedelta(days=5), desk.now.date())
    desk.services.figures.panel(unusual, actor=root)
    with desk.services.core.read() as unit:
        many = unit.conn.execute(count).scalar_one()
    monkeypatch.setattr(figure_renewal, "MOST_WINDOWS", 2 * many - 2)
    assert not FigureAhead(desk.services.core).some(60)
    with desk.services.core.read() as unit:
        left = unit.conn.execute(count).scalar_one()
    assert 0 < left < many
    before = kept(desk)
    desk.services.figures.panel(usual(desk)[1], actor=root)
    assert kept(desk) == before


@pytest.mark.parametrize(
    ("ticked", "works"), [(Ticked(), True), (Ticked(sent=1), False), (Ticked(leader=False), False)]
)
def test_the_worker_does_it_when_nothing_else_is_due(ticked: Ticked, works: bool) -> None:
    done = threading.Event()
    asked: list[float] = []

    def tick(owner: str) -> Ticked:
        done.set()
        return ticked

    services: Any = SimpleNamespace(
        ticker=SimpleNamespace(tick=tick, release=lambda owner: None),
        figures_ahead=SimpleNamespace(some=asked.append),
    )
    assert work(services, stop=done) == 0
    assert bool(asked) is works
