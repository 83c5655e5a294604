"""Figures as of a moment in the past: from what had been done by then (R-251, D-22, D-23)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bench.queries import write_events
from crm_tui.db.schema.tickets import ticket
from crm_tui.domain import periods
from crm_tui.exchange.importing import run_import
from crm_tui.i18n import render
from tests.services.conftest import Desk
from tests.services.figure_desk import JUNE, YEAR, answers, customers, row, value

Told = dict[str, tuple[object, object, int]]
FIGURES = (
    *("arrivals", "backlog", "first_response", "timeliness", "compliance", "resolution"),
    *("first_time_resolution", "handling", "closed_72h", "complaint_share", "csat"),
)


def told(desk: Desk, moment: datetime | None = None) -> Told:
    """Figures of June, now or as of a moment."""
    found = (value(desk, name, JUNE, as_of=moment) for name in FIGURES)
    return {f.id: (f.value, f.numerator, f.rows) for f in found}


def deeds(desk: Desk) -> Iterator[None]:
    """What changes what was: each step undoes, reopens, merges or escalates earlier work."""
    ana, head = desk.actor("ana"), desk.actor("head")
    tickets, closing = desk.services.tickets, desk.services.closing
    one, two, three = (desk.fed_back() for _ in range(3))
    four = desk.accepted(kind="consultation")
    yield
    for made in (one, two, three):
        closing.satisfy(made, True, score=4, actor=ana).one()
    yield
    tickets.reopen([one], "again", actor=ana).one()
    yield
    desk.services.undo.undo(actor=ana)
    yield
    tickets.reopen([two], "again", actor=ana).one()
    tickets.escalate([two], "stuck", actor=head).one()
    yield
    desk.services.messages.reply([four], "So", actor=ana).one()
    yield
    desk.services.links.merge([four], two, actor=head).one()
    yield
    desk.services.undo.undo(actor=head)
    closing.cancel([four], "twice", actor=head).one()
    tickets.transfer([two], "product", "theirs", actor=head).one()


@pytest.mark.req("R-251", "D-22", "D-23")
def test_the_past_is_told_as_it_was_when_it_was_the_present(desk: Desk) -> None:
    kept: list[tuple[datetime, Told]] = []
    for _ in deeds(desk):
        desk.later(hours=5)
        kept.append((desk.now, told(desk)))
        desk.later(hours=4)
    desk.later(days=1)
    assert told(desk) != kept[-1][1]
    for moment, found in kept:
        assert told(desk, moment) == found, moment


@pytest.mark.req("R-234", "R-251")
def test_a_contract_ran_until_it_was_cancelled(desk: Desk) -> None:
    registers, root = desk.services.registers, desk.actor("root")
    (one,) = customers(desk, 1)
    dates = {"start_on": date(2023, 1, 1), "end_on": date(2025, 1, 1)}
    agreed = registers.create("contract", {**dates, "customer_id": one}, actor=root)
    desk.later(hours=1)
    before = desk.now
    desk.later(days=2)
    registers.change("contract", agreed, {"status": "cancelled"}, actor=root).one()
    assert value(desk, "retention", YEAR).denominator == 0
    then = value(desk, "retention", YEAR, as_of=before)
    assert row(then.value, then.denominator) == (100, 1)


@pytest.mark.req("R-267", "R-251")
def test_an_answer_counted_until_it_was_corrected(desk: Desk) -> None:
    (asked,) = answers(desk, "csat", 5, 5)
    desk.later(hours=1)
    before = desk.now
    desk.later(hours=1)
    desk.services.surveys.correct(asked, {"answer": 1}, "misread", actor=desk.actor("root"))
    assert value(desk, "csat", JUNE).value == 0
    then = value(desk, "csat", JUNE, as_of=before)
    assert row(then.value, then.rows) == (100, 1)


@pytest.mark.req("R-252", "R-251")
def test_before_anything_was_known_no_figure_is_nothing(desk: Desk) -> None:
    desk.ticket()
    root = desk.actor("root")
    for period in (JUNE, periods.around("year", date(1995, 1, 1))):
        panel = desk.services.figures.panel(period, actor=root, as_of=date(1995, 6, 1))
        assert panel.period == period
        assert {f.value for f in panel.figures} == {None}
        assert not any(f.rows or f.previous for f in panel.figures)
        assert not any(g.cells for g in panel.grids)
    assert value(desk, "arrivals", JUNE, as_of=date(2024, 6, 2)).value is None
    assert value(desk, "arrivals", JUNE).value == 1


@pytest.mark.req("R-243", "R-251")
def test_an_imported_log_has_states_and_no_fields(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_events(path, 60)
    run_import(
        desk.services,
        "servicenow-events",
        path,
        actor=desk.actor("root"),
        render=render,
        errors_to=None,
        progress=lambda *_: None,
    )
    year = periods.around("year", date(2016, 1, 1))
    with desk.core.read() as unit:
        moments = unit.conn.execute(select(ticket.c.resolved_at, ticket.c.received_at)).all()
    ends = sorted(r.resolved_at for r in moments if r.resolved_at is not None)
    middle = ends[len(ends) // 2]
    for moment in (middle - timedelta(microseconds=1), middle, ends[-1]):
        done = sum(end <= moment for end in ends)
        figure = value(desk, "resolution", year, as_of=moment)
        assert figure.numerator == done
        came = sum(r.received_at <= moment for r in moments)
        assert value(desk, "backlog", year, as_of=moment).value == came - done
