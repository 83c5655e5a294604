"""Figures of customer value, satisfaction and teams on their acceptance checks (R-012, R-232 to R-249)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, update

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.domain import periods
from crm_tui.domain.errors import PermissionDenied
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


@pytest.mark.req("R-232")
def test_satisfaction_is_the_mean_of_normalised_answers(desk: Desk) -> None:
    answers(desk, "csat", 5, 5, 4, 3)
    figure = value(desk, "csat", JUNE)
    assert figure.value == Decimal(75)
    assert round(figure.beside[0][1] or 0, 1) == Decimal("66.7")
    # Another scale, and an answer after a ticket, which counts by its score.
    answers(desk, "csat", 11, 1)
    made = desk.fed_back()
    desk.services.closing.satisfy(made, True, score=4, actor=desk.actor("ana")).one()
    figure = value(desk, "csat", JUNE)
    assert row(figure.value, figure.rows) == (Decimal(300) / 5, 5)
    # A newer version takes the place of the answer before it.
    desk.services.closing.satisfy(
        made, True, score=5, actor=desk.actor("ana"), reason="misheard"
    ).one()
    assert value(desk, "csat", JUNE).numerator == 325
    assert parts(desk, "csat", "kind", JUNE) == {"csat": Decimal(225) / 4, "ticket": 100}


@pytest.mark.req("R-233")
def test_recommendation_is_promoters_less_detractors(desk: Desk) -> None:
    answers(desk, "nps", 10, 9, 10, 9, 10, 7, 8, 7, 0, 6, 3)
    figure = value(desk, "nps", JUNE)
    assert row(figure.value, figure.small) == (10, False)
    assert value(desk, "csat", JUNE).value is None
    assert value(desk, "nps", MAY).value is None


def test_answers_off_their_scale_are_left_out(desk: Desk) -> None:
    made = answers(desk, "nps", 10, 9, 1)[0]
    table = TABLES["survey_answer"]
    for broken in ({"answer": 11}, {"answer": 9, "scale_high": 0}):
        with desk.core.engine.begin() as conn:
            conn.execute(update(table).where(table.c.id == made).values(**broken))
        figure = value(desk, "nps", JUNE)
        assert row(figure.value, figure.rows) == (-100, 1)


@pytest.mark.req("R-234", "R-235", "D-20")
def test_those_kept_of_those_active_at_the_start(desk: Desk) -> None:
    ids = customers(desk, 230)
    old, new = ids[:200], ids[200:]
    rows = [(c, date(2023, 4, 1), 100, 50) for c in old]
    rows += [(c, date(2024, 4, 1), 100, 50) for c in (*old[:170], *new)]
    orders(desk, *rows)
    kept, lost = value(desk, "retention", YEAR), value(desk, "churn", YEAR)
    assert row(kept.value, kept.numerator, kept.denominator, kept.rows) == (85, 170, 200, 200)
    assert row(lost.value, lost.numerator, lost.rows) == (15, 30, 200)
    root = desk.actor("root")
    # A contract that runs keeps a customer, and makes one active.
    contract = {"start_on": date(2023, 1, 1), "end_on": date(2025, 1, 1)}
    for one in (old[199], new[0]):
        desk.services.registers.create("contract", {**contract, "customer_id": one}, actor=root)
    kept = value(desk, "retention", YEAR)
    assert row(kept.numerator, kept.denominator) == (172, 201)
    # A churn record speaks against an order, unless the customer was won back.
    left = {"churned_on": date(2024, 5, 1), "cause": "price"}
    desk.services.registers.create("churn_record", {**left, "customer_id": old[0]}, actor=root)
    back = {**left, "customer_id": old[1], "won_back_on": date(2024, 5, 20)}
    desk.services.registers.create("churn_record", back, actor=root)
    assert value(desk, "retention", YEAR).numerator == 171
    early = value(desk, "retention", YEAR, as_of=date(2024, 3, 1))
    assert row(early.numerator, early.denominator) == (2, 201)


@pytest.mark.req("R-234", "R-235", "D-20")
def test_a_contract_that_has_been_closed_ran_until_its_end(desk: Desk) -> None:
    registers, root = desk.services.registers, desk.actor("root")
    ids = customers(desk, 4)
    for one, (status, start, end) in zip(
        ids,
        (
            ("closed", date(2023, 1, 1), date(2024, 3, 1)),
            ("active", date(2023, 1, 1), date(2024, 3, 1)),
            ("closed", date(2022, 1, 1), date(2023, 6, 3)),
            ("cancelled", date(2023, 1, 1), date(2024, 3, 1)),
        ),
        strict=True,
    ):
        data = {"customer_id": one, "status": status, "start_on": start, "end_on": end}
        registers.create("contract", data, actor=root)
    # Whether somebody has closed it by now does not change who was active at the start, and left.
    lost = value(desk, "churn", YEAR)
    assert row(lost.numerator, lost.denominator) == (2, 2)
    listed = desk.services.figures.rows("churn", YEAR, actor=root)
    assert {r.id for r in listed.rows} == set(ids[:2])
    assert parts(desk, "churn", "tier", YEAR) == {"C": 100}


@pytest.mark.req("R-236")
def test_prospects_that_became_buyers(desk: Desk) -> None:
    ids = customers(desk, 50, lifecycle_stage="prospect")
    with desk.core.engine.begin() as conn:
        for place, (channel, campaign) in enumerate(
            (("fair", "spring"), ("web", ""), ("web", "x"))
        ):
            some = customer.c.id.in_(ids[place::3])
            values = {"source_channel": channel, "source_campaign": campaign}
            conn.execute(update(customer).where(some).values(**values))
    day = date(2024, 6, 3)
    orders(desk, *((c, day, 100, None) for c in ids[:8]), (ids[0], day, 100, None))
    # Neither a customer of old nor an order of days to come counts.
    orders(desk, (desk.customer(), date(2020, 1, 1), 100, None), (ids[20], date(2024, 6, 9), 1, 1))
    figure = value(desk, "conversion", JUNE)
    assert row(figure.value, figure.numerator, figure.denominator) == (16, 8, 50)
    for dimension in ("channel", "campaign"):
        split = desk.services.figures.breakdown(
            "conversion", dimension, JUNE, actor=desk.actor("root")
        ).parts
        assert sum(p.numerator for p in split) == 8
        assert sum(p.denominator or 0 for p in split) == 50


@pytest.mark.req("R-254")
def test_referrals_that_bought(desk: Desk) -> None:
    sent = [
        desk.customer(lifecycle_stage="prospect", source_channel=s) for s in ("转介绍", "Referral")
    ]
    desk.customer(lifecycle_stage="prospect", source_channel="fair")
    assert value(desk, "referrals", JUNE).value == 0
    orders(desk, (sent[0], date(2024, 6, 3), 100, 1))
    figure = value(desk, "referrals", JUNE)
    assert row(figure.value, figure.denominator) == (50, 2)
    desk.services.customers.change(sent[1], {"source_channel": "web"}, actor=desk.actor("root"))
    assert value(desk, "referrals", JUNE).value == 100


@pytest.mark.req("R-237", "R-238", "D-21")
def test_lifetime_value_historical_projected_and_ranked(desk: Desk) -> None:
    ids = customers(desk, 3)
    a, b, c = ids
    orders(
        desk,
        (a, date(2022, 7, 1), 100_000, 60_000),
        (a, date(2024, 5, 1), 200_000, 100_000),
        (b, date(2023, 3, 1), 50_000, 20_000),
        (b, date(2024, 5, 3), -10_000, -6_000),
    )
    figure = value(desk, "clv", YEAR)
    assert row(figure.numerator, figure.denominator) == (Decimal(1660), 2)
    assert row(figure.value, figure.estimated) == (Decimal(830), False)
    orders(desk, (c, date(2024, 5, 9), 1_000_000, None))
    figure = value(desk, "clv", YEAR)
    assert row(figure.numerator, figure.estimated) == (Decimal(4660), True)
    listed = desk.services.figures.rows("clv", YEAR, actor=desk.actor("root"), limit=10)
    assert [r.id for r in listed.rows] == [c, a, b]
    assert [r.numerator for r in listed.rows] == [3000, 1400, 260]
    # Margin of twelve months: a 1000, c 3000; retention 1 of 2 active at the start.
    orders(desk, (a, date(2023, 5, 1), 100, 100))
    projected = value(desk, "clv_projected", YEAR)
    rate = Decimal(1) / 2
    expected = Decimal(2000) * rate / (1 + Decimal("0.1") - rate)
    assert abs((projected.value or 0) - expected) < Decimal("0.001")
    assert projected.estimated


@pytest.mark.req("R-237", "D-21")
def test_what_is_given_back_lowers_the_sum_that_its_order_is_in(desk: Desk) -> None:
    registers, root = desk.services.registers, desk.actor("root")
    (one,) = customers(desk, 1)
    for day, amount in (("2022-07-01", 900), ("2024-05-01", 300)):
        data = {"customer_id": one, "amount_fen": amount * 100, "cost_fen": 0}
        registers.create("order", {**data, "ordered_on": date.fromisoformat(day)}, actor=root)
    with desk.core.read() as unit:
        first = unit.conn.execute(select(func.min(TABLES["order"].c.id))).scalar_one()
    note = {
        "credit_note": True,
        "credited_order_id": first,
        "amount_fen": -500 * 100,
        "cost_fen": 0,
    }
    registers.create(
        "order", {**note, "customer_id": one, "ordered_on": date(2024, 5, 2)}, actor=root
    )
    assert value(desk, "clv", YEAR).numerator == 700
    listed = desk.services.figures.rows("clv_projected", YEAR, actor=root)
    assert [r.numerator for r in listed.rows] == [300]
    # Before the note was written nothing had been given back.
    assert value(desk, "clv", YEAR, as_of=date(2024, 5, 1)).numerator == 1200


@pytest.mark.req("R-239", "R-012")
def test_repeat_purchases_frequency_and_order_value(desk: Desk) -> None:
    ids = customers(desk, 8)
    rows = [(c, date(2024, 5, 2), 10_000_000, 1) for c in ids]
    rows += [(c, date(2024, 1, 2), 10_000_000, 1) for c in ids[:3]]
    orders(desk, *rows)
    figure = value(desk, "repeat_purchase", YEAR)
    assert row(figure.value, figure.numerator, figure.denominator) == (Decimal("37.5"), 3, 8)
    assert figure.small
    one = customers(desk, 9, first=8)[-1]
    orders(desk, *((one, date(2024, month, 9), 10_000_000, 1) for month in (1, 2, 3)))
    parts_of = desk.services.figures.rows("purchase_frequency", YEAR, actor=desk.actor("root"))
    assert {r.id: r.numerator for r in parts_of.rows}[one] == 3
    assert value(desk, "purchase_frequency", YEAR).value == Decimal(14) / 9
    assert value(desk, "order_value", YEAR).value == 100_000
    # Money given back lowers the amount and is no order; tomorrow's order is none yet.
    orders(desk, (one, date(2024, 5, 9), -7_000_000, None), (one, date(2024, 6, 4), 5, 1))
    figure = value(desk, "order_value", YEAR)
    assert row(figure.numerator, figure.denominator, figure.rows) == (1_330_000, 14, 15)


@pytest.mark.req("R-240")
def test_contacts_by_customers_and_months(desk: Desk) -> None:
    ids = customers(desk, 4)
    root = desk.actor("root")
    table = TABLES["interaction"]
    common = {
        **{"channel": "phone", "topic": "call", "purpose": "general", "participants": ""},
        **{"participant_staff_ids": [], "participant_contact_ids": [], "customer_feedback": ""},
        **{"follow_up_action": "", "completion_state": "done", "requirement_clarified": False},
        **{"created_at": desk.now, "updated_at": desk.now, "owner_id": root.staff_id},
    }
    kinds = [(False, True)] * 40 + [(True, True)] * 9 + [(False, False)] * 5
    rows = [
        {
            "occurred_on": date(2024, 1 + n % 5, 10),
            "customer_id": ids[n % 4],
            "automated": automated,
            "answered": reached,
            **common,
        }
        for n, (automated, reached) in enumerate(kinds)
    ]
    with desk.core.engine.begin() as conn:
        conn.execute(insert(table), rows)
    period = periods.custom(date(2024, 1, 1), date(2024, 5, 31))
    figure = value(desk, "interaction_frequency", period)
    assert row(figure.value, figure.numerator, figure.denominator) == (2, 40, 4)
    assert parts(desk, "sales_follow_ups", "person", period) == {str(root.staff_id): 40}


@pytest.mark.req("R-240", "R-250", "R-012")
def test_parts_of_a_period_that_runs_are_reckoned_as_the_whole(desk: Desk) -> None:
    (one,) = customers(desk, 1)
    orders(desk, (one, date(2024, 3, 1), 100, 1), (one, date(2024, 5, 1), 100, 1))
    desk.services.registers.create(
        "interaction",
        {"occurred_on": date(2024, 6, 1), "customer_id": one, "channel": "phone", "topic": "Hi"},
        actor=desk.actor("root"),
    )
    running = periods.around("year", date(2024, 6, 3))
    for figure in ("purchase_frequency", "interaction_frequency"):
        whole = value(desk, figure, running).value
        assert whole and parts(desk, figure, "tier", running) == {"C": whole}, figure


@pytest.mark.parametrize("settled", [False, True])
def test_a_day_begins_at_the_midnight_of_the_desk(desk: Desk, *, settled: bool) -> None:
    made = [desk.ticket() for _ in range(2)]
    # 23:59:59 and 0:00 in Shanghai are of one day in UTC.
    midnight = datetime(2024, 5, 31, 16, tzinfo=UTC)
    with desk.core.engine.begin() as conn:
        for one, at in zip(made, (midnight - timedelta(seconds=1), midnight), strict=True):
            conn.execute(update(ticket).where(ticket.c.id == one).values(received_at=at))
    if settled:
        # The days lie behind and are kept.
        desk.later(days=9)
        value(desk, "arrivals", JUNE)
    for period, one, place in ((MAY, made[0], ("4", "23")), (JUNE, made[1], ("5", "0"))):
        figures, root = desk.services.figures, desk.actor("root")
        assert value(desk, "arrivals", period).value == 1
        assert [r.id for r in figures.rows("arrivals", period, actor=root).rows] == [one]
        cells = figures.grid("arrivals_by_hour", period, actor=root).cells
        assert [key for key, part in cells.items() if part.rows] == [place]


@pytest.mark.req("R-242", "D-23")
def test_open_overdue_answers_are_missed_and_paused_ones_wait(desk: Desk) -> None:
    ana = desk.actor("ana")
    answered, overdue, waiting = (desk.accepted(kind="consultation") for _ in range(3))
    desk.services.messages.reply([answered], "So", actor=ana).one()
    assert value(desk, "timeliness", JUNE).value is None
    desk.later(days=3)
    with desk.core.engine.begin() as conn:
        paused = (ticket_clock.c.ticket_id == waiting, ticket_clock.c.kind == "first_response")
        conn.execute(update(ticket_clock).where(*paused).values(state="paused"))
    figure = value(desk, "timeliness", JUNE)
    assert row(figure.value, figure.rows) == (50, 2)
    listed = desk.services.figures.rows("timeliness", JUNE, actor=desk.actor("root"))
    assert {r.subject_id: r.numerator for r in listed.rows} == {answered: 1, overdue: 0}
    desk.services.messages.reply([overdue], "Late", actor=ana).one()
    assert value(desk, "timeliness", JUNE).value == 50
    with desk.core.engine.begin() as conn:
        late = {"state": "paused", "breached_at": desk.now}
        conn.execute(update(ticket_clock).where(*paused).values(**late))
    assert value(desk, "timeliness", JUNE).denominator == 3


@pytest.mark.req("R-243", "D-22")
def test_what_was_resolved_the_first_time(desk: Desk) -> None:
    made = [desk.fed_back() for _ in range(10)]
    ana, root = desk.actor("ana"), desk.actor("root")
    for one in made:
        desk.services.closing.satisfy(one, True, actor=ana, score=5).one()
    desk.later(days=2)
    desk.services.tickets.reopen(made[:2], "again", actor=ana)
    desk.services.tickets.reopen(made[2:3], "again", actor=ana)
    desk.services.undo.undo(actor=ana)
    with desk.core.engine.begin() as conn:
        chosen = ticket.c.id == made[3]
        conn.execute(update(ticket).where(chosen).values(escalation_level=2))
        # One handover is no fault.
        conn.execute(update(ticket).where(ticket.c.id == made[4]).values(transfer_count=1))
        conn.execute(update(ticket).where(ticket.c.id == made[5]).values(transfer_count=2))
    figure = value(desk, "first_time_resolution", JUNE)
    assert row(figure.value, figure.numerator, figure.denominator) == (60, 6, 10)
    assert root.role == "admin"


@pytest.mark.req("R-244")
def test_resolved_of_those_received_with_the_open_rest(desk: Desk) -> None:
    done = [desk.fed_back() for _ in range(3)]
    rest = [desk.ticket() for _ in range(2)]
    for one in done[:2]:
        desk.services.closing.satisfy(one, True, actor=desk.actor("ana"), score=5).one()
    desk.services.closing.cancel([rest[0]], "twice", actor=desk.actor("ana")).one()
    figure = value(desk, "resolution", JUNE)
    assert row(figure.value, figure.numerator, figure.denominator) == (50, 2, 4)
    assert {label.msgid: shown for label, shown, _ in figure.beside} == {"still open": 2}
    assert value(desk, "arrivals", JUNE).value == 5
    assert value(desk, "backlog", JUNE).value == 2


@pytest.mark.req("R-244")
def test_a_merged_ticket_counts_with_its_target_at_any_time(desk: Desk) -> None:
    kept, gone = desk.ticket(), desk.ticket()
    desk.later(days=40)
    desk.services.links.merge([gone], kept, actor=desk.actor("ana")).one()
    for figure in ("backlog", "arrivals"):
        assert value(desk, figure, JUNE).value == 1
        listed = desk.services.figures.rows(figure, JUNE, actor=desk.actor("root"))
        assert [r.subject_id for r in listed.rows] == [kept]


@pytest.mark.req("R-245")
def test_handling_time_in_all_and_by_step(desk: Desk) -> None:
    made = desk.ticket(kind="consultation", department="after_sales", reason="ours")
    ana = desk.actor("ana")
    desk.later(hours=1)
    desk.services.tickets.take([made], actor=ana).one()
    desk.services.tickets.status(
        [made], "accepted", actor=ana, values={"verified_note": "checked"}
    ).one()
    desk.later(hours=3)
    desk.services.closing.feedback([made], "This is how", "manual", actor=ana).one()
    desk.later(hours=2)
    desk.services.closing.satisfy(made, True, actor=ana, score=5).one()
    assert value(desk, "handling", JUNE).value == 6
    steps = parts(desk, "handling", "step", JUNE)
    assert sum(steps.values()) == 6
    assert (steps["accepted"], steps["result_fed_back"]) == (3, 2)


@pytest.mark.req("R-246")
def test_complaints_by_active_customers_and_by_tickets(desk: Desk) -> None:
    ids = customers(desk, 20)
    orders(desk, *((c, date(2024, 2, 1), 100, None) for c in ids[:10]))
    desk.ticket(kind="complaint")
    desk.ticket(kind="complaint")
    for _ in range(3):
        desk.ticket(kind="praise")
    figure = value(desk, "complaint_rate", JUNE)
    assert row(figure.value, figure.numerator, figure.denominator) == (20, 2, 10)
    assert {label.msgid: shown for label, shown, _ in figure.beside} == {
        "Complaints among tickets": 40
    }


@pytest.mark.req("R-247", "R-248")
def test_people_are_compared_by_managers_only(desk: Desk) -> None:
    figures, ana, head = desk.services.figures, desk.actor("ana"), desk.actor("head")
    made = desk.fed_back()
    desk.services.closing.satisfy(made, True, actor=ana, score=4).one()
    client = desk.customer(manager_id=ana.staff_id, lifecycle_stage="prospect")
    orders(desk, (client, date(2024, 6, 3), 100, 1))
    answers(desk, "csat", 5, 5, customer_id=client)
    mine = str(ana.staff_id)
    expected = {
        "sales_conversion": 100,
        "sales_satisfaction": 100,
        "agent_handling": 0,
        "agent_complaints": 0,
        "agent_satisfaction": 75,
    }
    for figure, shown in expected.items():
        found = figures.breakdown(figure, "person", JUNE, actor=head).parts
        assert {p.key: p.value for p in found}[mine] == shown, figure
        with pytest.raises(PermissionDenied):
            figures.breakdown(figure, "person", JUNE, actor=ana)
        with pytest.raises(PermissionDenied):
            figures.rows(figure, JUNE, actor=ana)
    assert {f.group for f in figures.panel(JUNE, actor=ana).figures} == {
        "service",
        "value",
        "satisfaction",
    }


@pytest.mark.req("R-249", "R-047")
def test_tiers_by_share_contribution_and_causes(desk: Desk) -> None:
    ids = customers(desk, 6)
    with desk.core.engine.begin() as conn:
        for tier, some in (("A", ids[:1]), ("B", ids[1:3])):
            conn.execute(update(customer).where(customer.c.id.in_(some)).values(service_tier=tier))
    shares = parts(desk, "tier_share", "tier", MAY)
    assert round(shares["A"], 2) == Decimal("16.67")
    assert sum(shares.values()) == 100
    assert value(desk, "tier_share", MAY).value == shares["A"]
    orders(desk, (ids[0], date(2024, 5, 1), 30_000, 1), (ids[0], date(2024, 4, 1), 20_000, 1))
    by_tier = desk.services.figures.breakdown("contribution", "tier", MAY, actor=desk.actor("root"))
    assert [row(p.key, p.value, p.previous) for p in by_tier.parts] == [("A", 300, 200)]
    for one, cause in zip(ids, ("price", "price", "service"), strict=False):
        data = {"customer_id": one, "churned_on": date(2024, 5, 3), "cause": cause}
        desk.services.registers.create("churn_record", data, actor=desk.actor("root"))
    assert parts(desk, "churned", "cause", MAY) == {"price": 2, "service": 1}


@pytest.mark.req("R-131")
def test_closed_within_72_hours_counts_no_progress_note(desk: Desk) -> None:
    made = [desk.accepted(kind="after_sales") for _ in range(2)]
    desk.services.messages.reply([made[0]], "Soon", actor=desk.actor("ana"), progress=True).one()
    assert value(desk, "closed_72h", JUNE).value is None
    desk.later(hours=72)
    with desk.core.engine.begin() as conn:
        # The last moment counts.
        closed = {"state": "closed", "category": "closed", "closed_at": desk.now}
        conn.execute(update(ticket).where(ticket.c.id == made[1]).values(**closed))
    assert value(desk, "closed_72h", JUNE).numerator == 1
    desk.later(hours=1)
    assert value(desk, "closed_72h", JUNE).value == 50


@pytest.mark.req("R-251")
def test_values_before_and_as_of_a_moment(desk: Desk) -> None:
    one = desk.customer()
    orders(
        desk,
        (one, date(2024, 4, 30), 100, 1),
        (one, date(2024, 5, 1), 300, 1),
        (one, date(2024, 5, 31), 500, 1),
    )
    figure = value(desk, "contribution", MAY)
    assert row(figure.value, figure.previous) == (8, 1)
    assert value(desk, "contribution", MAY, as_of=date(2024, 5, 30)).value == 3
    moment = datetime(2024, 5, 1, 12, tzinfo=desk.now.tzinfo) + timedelta(days=400)
    assert value(desk, "contribution", MAY, as_of=moment).value == 8
    assert value(desk, "contribution", MAY, segment="ordinary").value == 8
    assert value(desk, "contribution", MAY, segment="potential").value == 0
    line = desk.services.figures.breakdown("contribution", "period", MAY, actor=desk.actor("root"))
    assert [p.value for p in line.parts[-2:]] == [1, 8]
