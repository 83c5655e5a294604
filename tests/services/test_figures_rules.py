"""What each figure leaves out and counts once: leads that left, short scales, merged tickets, archives."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import update

from crm_tui.db.schema.customers import customer
from crm_tui.domain import periods
from crm_tui.exchange.figures_text import change_of
from tests.services.conftest import Desk
from tests.services.figure_desk import (
    JUNE,
    MAY,
    YEAR,
    answers,
    customers,
    orders,
    parts,
    row,
    value,
)

TODAY = date(2024, 6, 3)


def off_the_list(desk: Desk, customer_id: int) -> None:
    """A customer that undoing or another program took off the list."""
    with desk.core.engine.begin() as conn:
        conn.execute(update(customer).where(customer.c.id == customer_id).values(archived=True))


@pytest.mark.req("R-236")
def test_leads_that_left_stay_in_the_denominator(desk: Desk) -> None:
    root, every = desk.actor("root"), desk.services.customers
    leads = [
        desk.customer(name=f"L{n}", lifecycle_stage="prospect", source_channel="fair")
        for n in range(5)
    ]
    known = desk.customer(name="Known")
    bought, signed, lost, gone, _ = leads
    orders(desk, (bought, TODAY, 100, None))
    agreed = {"customer_id": signed, "start_on": TODAY, "end_on": date(2025, 6, 2)}
    desk.services.registers.create("contract", agreed, actor=root)
    cause = {"customer_id": lost, "churned_on": TODAY, "cause": "price"}
    desk.services.registers.create("churn_record", cause, actor=root)
    every.change(lost, {"lifecycle_stage": "churned"}, actor=root).one()
    every.change(signed, {"lifecycle_stage": "customer"}, actor=root).one()
    off_the_list(desk, gone)
    figure = value(desk, "conversion", JUNE)
    # Of five leads one ordered and one signed; one left, one was archived, one is still asked.
    assert row(figure.value, figure.numerator, figure.denominator) == (40, 2, 5)
    listed = desk.services.figures.rows("conversion", JUNE, actor=root)
    assert {r.id: r.numerator for r in listed.rows} == {
        **dict.fromkeys(leads, 0),
        bought: 1,
        signed: 1,
    }
    assert known not in {r.id for r in listed.rows}
    assert parts(desk, "conversion", "channel", JUNE) == {"fair": 40}


@pytest.mark.req("R-236")
def test_who_bought_before_being_added_was_no_lead(desk: Desk) -> None:
    one, other = (desk.customer(name=n, lifecycle_stage="prospect") for n in "AB")
    orders(desk, (one, date(2024, 1, 5), 100, None), (one, TODAY, 100, None))
    agreed = {"customer_id": other, "start_on": date(2023, 1, 1), "end_on": date(2024, 1, 1)}
    desk.services.registers.create("contract", agreed, actor=desk.actor("root"))
    assert value(desk, "conversion", JUNE).denominator == 0


@pytest.mark.req("R-232", "D-19")
def test_the_top_two_boxes_of_a_short_scale_are_not_counted(desk: Desk) -> None:
    for high in (2, 3):
        answers(desk, "csat", high, 1, high)
    made = desk.fed_back()
    desk.services.closing.satisfy(made, True, actor=desk.actor("ana")).one()
    found = value(desk, "csat_top2", JUNE)
    assert row(found.value, found.rows) == (None, 0)
    assert value(desk, "csat", JUNE).rows == 5
    answers(desk, "csat", 4, 3, 1)
    found = value(desk, "csat_top2", JUNE)
    assert row(found.value, found.denominator) == (50, 2)


@pytest.mark.req("R-232")
@pytest.mark.parametrize("later", [False, True])
def test_a_ticket_is_asked_twice_and_counts_once(desk: Desk, *, later: bool) -> None:
    root = desk.actor("root")
    made = desk.fed_back()
    desk.services.closing.satisfy(made, True, score=5, actor=desk.actor("ana")).one()
    if later:
        # The day of the ticket's answer lies behind and is kept.
        desk.later(days=9)
        assert value(desk, "csat", JUNE).value == 100
    (asked,) = answers(desk, "csat", 5, 2, ticket_id=made)
    found = value(desk, "csat", JUNE)
    assert row(found.value, found.rows) == (25, 1)
    assert parts(desk, "csat", "kind", JUNE) == {"csat": 25}
    # What was asked of the agent's work stands by itself.
    assert value(desk, "agent_satisfaction", JUNE).value == 100
    desk.services.surveys.correct(asked, {"answer": 3}, "misread", actor=root)
    assert value(desk, "csat", JUNE).value == 50
    desk.services.undo.undo(actor=root)
    assert value(desk, "csat", JUNE).value == 25


@pytest.mark.req("R-241", "R-242")
@pytest.mark.parametrize("later", [False, True])
def test_merged_tickets_count_once_with_their_target(desk: Desk, *, later: bool) -> None:
    ana = desk.actor("ana")
    one, other = (desk.accepted(kind="consultation") for _ in range(2))
    desk.later(hours=1)
    desk.services.messages.reply([one], "So", actor=ana).one()
    desk.later(hours=7)
    desk.services.messages.reply([other], "So", actor=ana).one()
    desk.later(days=5 if later else 2)
    clocks = value(desk, "compliance", JUNE).rows
    assert row(value(desk, "first_response", JUNE).value, clocks > 4) == (Decimal("4.5"), True)
    assert value(desk, "timeliness", JUNE).rows == 2
    head = desk.actor("head")
    desk.services.links.merge([other], one, actor=head).one()
    found = value(desk, "first_response", JUNE)
    assert row(found.value, found.rows) == (1, 1)
    assert {label.msgid: v for label, v, _ in found.beside}["median"] == 1
    assert value(desk, "timeliness", JUNE).rows == 1
    assert value(desk, "compliance", JUNE).rows < clocks
    cells = desk.services.figures.grid("compliance", JUNE, actor=desk.actor("root")).cells
    assert sum(c.rows for c in cells.values()) == value(desk, "compliance", JUNE).rows
    desk.services.undo.undo(actor=head)
    assert value(desk, "first_response", JUNE).rows == 2
    assert value(desk, "timeliness", JUNE).rows == 2


@pytest.mark.req("R-240", "R-234", "R-249")
def test_customers_off_the_list_count_in_what_they_did(desk: Desk) -> None:
    root = desk.actor("root")
    one, other = customers(desk, 2)
    orders(desk, *((c, d, 100, 1) for c in (one, other) for d in (date(2023, 5, 1), MAY.start)))
    call = {"occurred_on": MAY.start, "channel": "phone", "topic": "Hi"}
    for customer_id in (one, one, other):
        desk.services.registers.create(
            "interaction", {**call, "customer_id": customer_id}, actor=root
        )
    names = ("retention", "repeat_purchase", "contribution", "sales_follow_ups")
    before = {name: value(desk, name, YEAR).numerator for name in names}
    assert value(desk, "interaction_frequency", MAY).value == Decimal("1.5")
    off_the_list(desk, one)
    assert {name: value(desk, name, YEAR).numerator for name in names} == before
    # Of the customers on the list neither the calls nor the count have one that is off it.
    found = value(desk, "interaction_frequency", MAY)
    assert row(found.value, found.numerator, found.denominator) == (1, 1, 1)
    assert value(desk, "tier_share", MAY).denominator == 1


@pytest.mark.req("R-251")
def test_a_period_that_runs_is_compared_up_to_the_same_point(desk: Desk) -> None:
    figures, root = desk.services.figures, desk.actor("root")
    one = desk.customer()
    rows = ((date(2024, 5, 2), 300), (date(2024, 5, 9), 900), (date(2024, 6, 1), 400))
    orders(desk, *((one, day, fen, 1) for day, fen in rows))
    figure = value(desk, "contribution", JUNE)
    assert row(figure.value, figure.previous, figure.to_date) == (4, 3, True)
    assert figure.compared == periods.Period("month", MAY.start, date(2024, 5, 3))
    assert change_of(figure)[0] == "up 1.00 yuan, better, to date"
    split = figures.breakdown("contribution", "tier", JUNE, actor=root)
    assert [row(p.value, p.previous) for p in split.parts] == [(4, 3)]
    line = figures.breakdown("contribution", "period", JUNE, actor=root).parts
    assert [row(p.value, p.previous) for p in line[-2:]] == [(12, 0), (4, 3)]
    panel = {f.id: f for f in figures.panel(JUNE, actor=root).figures}
    assert panel["contribution"].previous == 3
    assert [int(v or 0) for v in panel["contribution"].spark[-2:]] == [12, 4]
    past = value(desk, "contribution", MAY)
    assert row(past.value, past.previous, past.to_date) == (12, 0, False)
    early = value(desk, "contribution", MAY, as_of=date(2024, 5, 5))
    assert row(early.value, early.to_date, early.compared.end if early.compared else None) == (
        3,
        True,
        date(2024, 4, 5),
    )


@pytest.mark.req("R-252")
def test_no_months_of_cohorts_are_nothing_and_others_are_yet_to_come(desk: Desk) -> None:
    one, other = customers(desk, 2)
    orders(
        desk,
        (one, date(2024, 3, 1), 100, 1),
        (other, date(2024, 3, 9), 100, 1),
        (one, date(2024, 5, 1), 100, 1),
    )
    figures, root = desk.services.figures, desk.actor("root")
    grid = figures.grid("cohorts", JUNE, actor=root)
    march = {away: grid.cells.get(("2024-03", str(away))) for away in range(5)}
    assert [None if c is None else row(c.value, c.rows) for c in march.values()] == [
        (100, 2),
        (0, 0),
        (50, 1),
        (0, 0),
        None,
    ]
    assert ("2024-03", "4") in grid.yet_to_come
    assert not grid.yet_to_come & set(grid.cells)
    # A month in which nobody ordered first has no rate, whatever has come since.
    assert ("2024-04", "0") not in grid.cells and ("2024-04", "0") not in grid.yet_to_come
    assert figures.rows("cohorts", JUNE, actor=root, cell=("2024-03", "1")).count == 0
