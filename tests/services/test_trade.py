"""Orders, contracts and products, and the figures of customers that follow from them."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_tui.db.schema.customers import customer as customers
from crm_tui.domain.errors import DomainError
from crm_tui.services import trade
from crm_tui.services.actor import SYSTEM
from tests.services.conftest import Desk

WAN = 1_000_000
"""Fen in ten thousand yuan."""


def order(desk: Desk, customer: int | None, amount_fen: int, on: str, **data: Any) -> int:
    fields = {"customer_id": customer, "ordered_on": on, "amount_fen": amount_fen, **data}
    return desk.services.registers.create("order", fields, actor=desk.actor("ana"))


def contract(desk: Desk, customer: int, amount_fen: int, start: str, **data: Any) -> int:
    fields = {
        "customer_id": customer,
        "amount_fen": amount_fen,
        "start_on": start,
        "end_on": "2030-01-01",
        **data,
    }
    return desk.services.registers.create("contract", fields, actor=desk.actor("ana"))


def figures(desk: Desk, customer: int) -> dict[str, Any]:
    view = desk.services.customers.view(customer, actor=desk.actor("ana"))
    return {**view.fields, "tier": view.row.tier}


def refused(desk: Desk, *args: Any, **data: Any) -> str:
    with pytest.raises(DomainError) as found:
        order(desk, *args, **data)
    return found.value.code


@pytest.mark.req("R-008", "R-013")
def test_total_is_the_opening_balance_and_the_orders(desk: Desk) -> None:
    made = desk.customer()
    order(desk, made, 300 * WAN, "2024-01-10")
    order(desk, made, 200 * WAN, "2024-02-10")
    assert figures(desk, made)["total_amount_fen"] == 500 * WAN
    opened = desk.customer(name="B企业", opening_balance_fen=80 * WAN)
    order(desk, opened, 1, "2024-02-10")
    assert figures(desk, opened)["total_amount_fen"] == 80 * WAN + 1


@pytest.mark.req("R-013", "R-036", "D-03")
@pytest.mark.parametrize(
    ("fen", "tier"),
    [(100 * WAN, ("high", "A")), (100 * WAN - 1, ("medium", "B")), (50 * WAN - 1, ("low", "C"))],
)
def test_tier_follows_the_orders_of_a_year(desk: Desk, fen: int, tier: tuple[str, str]) -> None:
    made = desk.customer()
    order(desk, made, fen, "2023-06-04")
    order(desk, made, 900 * WAN, "2023-06-03")  # a day before the twelve months
    found = figures(desk, made)
    assert (found["contribution_tier"], found["tier"]) == tier
    assert found["annual_amount_fen"] == fen
    assert found["total_amount_fen"] == fen + 900 * WAN


@pytest.mark.req("R-013", "R-011")
def test_change_archive_undo_and_redo_work_the_figures_out_again(desk: Desk) -> None:
    registers, undo, ana = desk.services.registers, desk.services.undo, desk.actor("ana")
    made, other = desk.customer(), desk.customer(name="B")

    def seen(customer: int = made) -> tuple[int, int, str, date | None]:
        found = figures(desk, customer)
        return (
            found["total_amount_fen"] // WAN,
            found["annual_amount_fen"] // WAN,
            found["tier"],
            found["last_cooperation_on"],
        )

    empty = (0, 0, "C", None)
    bought = (120, 120, "A", date(2024, 5, 20))
    first = order(desk, made, 120 * WAN, "2024-05-20")
    assert seen() == bought
    undo.undo(actor=ana)
    assert seen() == empty
    undo.redo(actor=ana)
    assert seen() == bought
    registers.change("order", first, {"customer_id": other, "amount_fen": 60 * WAN}, actor=ana)
    assert (seen(), seen(other)) == (empty, (60, 60, "B", date(2024, 5, 20)))
    undo.undo(actor=ana)
    assert (seen(), seen(other)) == (bought, empty)
    registers.archive("order", [first], actor=ana).one()
    assert seen() == empty
    registers.archive("order", [first], actor=ana, restore=True).one()
    assert seen() == bought


@pytest.mark.req("R-011")
def test_last_cooperation_is_the_latest_order_contract_or_delivery(desk: Desk) -> None:
    made = desk.customer()
    contract(desk, made, 0, "2024-03-01")
    assert figures(desk, made)["last_cooperation_on"] == date(2024, 3, 1)
    order(desk, made, 1, "2024-05-20")
    order(desk, made, 1, "2023-05-20")
    assert figures(desk, made)["last_cooperation_on"] == date(2024, 5, 20)
    assert figures(desk, made)["first_cooperation_on"] == date(2023, 5, 20)
    contract(
        desk,
        made,
        0,
        "2024-03-01",
        solution_confirmed_at="2024-03-01T10:00+08:00",
        delivered_at="2024-05-31T20:00+08:00",
    )
    assert figures(desk, made)["last_cooperation_on"] == date(2024, 5, 31)


@pytest.mark.req("R-012")
def test_frequency_and_average_order_value(desk: Desk) -> None:
    made = desk.customer()
    assert figures(desk, made)["average_order_value_fen"] is None
    for day in ("2023-07-01", "2024-01-01", "2024-06-03"):
        order(desk, made, 10 * WAN, day)
    order(desk, made, 77 * WAN, "2022-01-01")
    found = figures(desk, made)
    assert (found["purchase_frequency"], found["average_order_value_fen"]) == (3, 10 * WAN)
    order(desk, made, -WAN, "2024-06-03", credit_note=True)
    found = figures(desk, made)
    assert (found["purchase_frequency"], found["average_order_value_fen"]) == (3, 9_666_667)


@pytest.mark.req("R-008", "R-015")
def test_a_contract_counts_until_an_order_names_it_and_never_twice(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    made = desk.customer()
    agreed = contract(desk, made, 60 * WAN, "2024-02-01")
    contract(desk, made, 500 * WAN, "2024-02-01", status="draft")
    contract(desk, made, 500 * WAN, "2024-02-01", status="cancelled")
    contract(desk, made, 500 * WAN, "2024-06-04")  # begins tomorrow

    def amounts() -> tuple[int, int]:
        found = figures(desk, made)
        return found["total_amount_fen"] // WAN, found["annual_amount_fen"] // WAN

    assert amounts() == (60, 60)
    bought = order(desk, made, 55 * WAN, "2024-03-01", contract_id=agreed)
    assert amounts() == (55, 55)
    registers.archive("order", [bought], actor=ana).one()
    assert amounts() == (60, 60)
    other = desk.customer(name="B")
    assert refused(desk, other, 1, "2024-03-01", contract_id=agreed) == "other_customer"


@pytest.mark.req("R-013")
def test_orders_that_cannot_be(desk: Desk) -> None:
    made = desk.customer()
    assert refused(desk, made, 1, "2024-06-04") == "in_future"
    assert refused(desk, made, 1, "9999-12-31") == "in_future"
    assert refused(desk, None, 1, "2024-06-03") == "customer_needed"
    assert refused(desk, made, -1, "2024-06-03") == "amount_below_zero"
    assert refused(desk, made, 1, "2024-06-03", credit_note=True) == "credit_above_zero"
    assert order(desk, made, 0, "1900-01-01") > 0


@pytest.mark.req("R-013")
def test_a_credit_note_credits_an_order_of_its_customer(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    made, other = desk.customer(), desk.customer(name="B")
    bought = order(desk, made, 50 * WAN, "2024-05-01")
    note = {"credit_note": True, "credited_order_id": bought}
    assert refused(desk, other, -WAN, "2024-05-02", **note) == "other_customer"
    assert refused(desk, made, -WAN, "2024-04-30", **note) == "credit_before_order"
    assert refused(desk, made, 1, "2024-05-02", credited_order_id=bought) == "no_credit_note"
    back = order(desk, made, -5 * WAN, "2024-05-02", **note)
    assert figures(desk, made)["total_amount_fen"] == 45 * WAN
    again = {"credit_note": True, "credited_order_id": back}
    assert refused(desk, made, -1, "2024-05-03", **again) == "credit_of_credit"
    changed = registers.change("order", bought, {"customer_id": other}, actor=ana)
    assert changed.refused[0].error is not None
    assert changed.refused[0].error.code == "credited"
    archived = registers.archive("order", [bought], actor=ana)
    assert archived.refused[0].error is not None
    assert archived.refused[0].error.code == "referenced"


@pytest.mark.req("R-013")
def test_no_more_is_given_back_than_an_order_was_worth(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    made = desk.customer()
    bought = order(desk, made, 10 * WAN, "2024-05-01")
    note = {"credit_note": True, "credited_order_id": bought}
    assert refused(desk, made, -10 * WAN - 1, "2024-05-02", **note) == "over_credited"
    first = order(desk, made, -6 * WAN, "2024-05-02", **note)
    assert refused(desk, made, -5 * WAN, "2024-05-03", **note) == "over_credited"
    rest = order(desk, made, -4 * WAN, "2024-05-03", **note)
    assert figures(desk, made)["total_amount_fen"] == 0

    def change(one: int, amount: int) -> str | None:
        result = registers.change("order", one, {"amount_fen": amount}, actor=ana)
        return result.refused[0].error.code if result.refused and result.refused[0].error else None

    assert change(rest, -5 * WAN) == "over_credited"
    assert change(bought, 9 * WAN) == "credited_more"
    assert change(first, -5 * WAN) is None
    assert change(bought, 9 * WAN) is None
    # One that is taken off the list gives nothing back, and comes back only where there is room.
    registers.archive("order", [first], actor=ana).one()
    assert change(rest, -9 * WAN) is None
    again = registers.archive("order", [first], actor=ana, restore=True)
    assert again.refused and again.refused[0].error is not None
    assert again.refused[0].error.code == "over_credited"


@pytest.mark.req("R-008", "R-013", "D-03")
def test_a_credit_note_is_in_the_same_sums_as_its_order(desk: Desk) -> None:
    made = desk.customer()
    old = order(desk, made, 50 * WAN, "2023-05-01")
    order(desk, made, 20 * WAN, "2024-05-01")
    order(desk, made, -50 * WAN, "2024-05-20", credit_note=True, credited_order_id=old)
    found = figures(desk, made)
    # The year never had the old order's money, so it gives none of it back.
    assert (found["total_amount_fen"], found["annual_amount_fen"]) == (20 * WAN, 20 * WAN)
    assert found["average_order_value_fen"] == 20 * WAN
    order(desk, made, -5 * WAN, "2024-05-21", credit_note=True)
    found = figures(desk, made)
    assert (found["total_amount_fen"], found["annual_amount_fen"]) == (15 * WAN, 15 * WAN)


@pytest.mark.req("R-008", "R-015")
def test_a_credit_note_makes_up_for_no_contract(desk: Desk) -> None:
    made = desk.customer()
    agreed = contract(desk, made, 60 * WAN, "2024-02-01")
    order(desk, made, -5 * WAN, "2024-05-01", credit_note=True, contract_id=agreed)
    assert figures(desk, made)["total_amount_fen"] == 55 * WAN


@pytest.mark.req("R-013")
def test_a_change_of_tier_is_in_the_history_and_no_change_of_the_customer(desk: Desk) -> None:
    made = desk.customer()
    before = desk.services.customers.view(made, actor=desk.actor("ana")).row.version
    desk.later(minutes=1)
    order(desk, made, 100 * WAN, "2024-05-20")
    view = desk.services.customers.view(made, actor=desk.actor("ana"))
    assert view.row.version == before
    trail = desk.services.profiles.trail("customer", made, actor=desk.actor("root"))
    assert [dict(r.changes)["service_tier"] for r in trail if r.verb == "retiered"] == [("C", "A")]
    waiting = desk.ticket(customer_id=made)
    assert desk.field(waiting, "tier") == "A"


@pytest.mark.req("R-036", "D-03")
def test_figures_age_by_the_ticker(desk: Desk) -> None:
    made, kept = desk.customer(), desk.customer(name="B")
    order(desk, made, 100 * WAN, "2023-06-05")
    order(desk, kept, 100 * WAN, "2024-06-01")
    contract(desk, kept, 7 * WAN, "2024-06-05")
    desk.services.ticker.tick("here")
    assert figures(desk, made)["tier"] == "A"
    desk.later(days=2)
    desk.services.ticker.tick("here")
    assert (figures(desk, made)["tier"], figures(desk, made)["annual_amount_fen"]) == ("C", 0)
    assert figures(desk, made)["total_amount_fen"] == 100 * WAN
    assert figures(desk, kept)["annual_amount_fen"] == 107 * WAN
    with desk.core.read(SYSTEM) as unit:
        assert not trade.aging_due(unit)


@pytest.mark.req("R-036", "D-03")
def test_aging_goes_on_where_a_batch_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trade, "CHUNK", 2)
    made = [desk.customer(name=f"K{n}") for n in range(5)]
    for one in made:
        order(desk, one, 100 * WAN, "2023-06-05")
    desk.later(days=400)
    after: int | None = 0
    turns = 0
    while after is not None:
        with desk.core.write(SYSTEM) as unit:
            after = trade.age(unit, after)
        turns += 1
    assert turns == 3
    assert {figures(desk, one)["tier"] for one in made} == {"C"}


@pytest.mark.req("D-03")
def test_a_yearly_figure_of_an_import_stands_until_a_year_of_orders_is_there(desk: Desk) -> None:
    row = {
        "name": "A公司",
        "opening_balance_fen": 500 * WAN,
        "annual_amount_fen": 250 * WAN,
        "last_cooperation_on": date(2024, 5, 20),
    }
    desk.services.imports.write_customers([("k", "1", row)], actor=desk.actor("root"))
    query = select(customers.c.id).where(customers.c.source_key == "k")
    with desk.core.read() as unit:
        made = unit.conn.execute(query).scalar_one()
    assert (figures(desk, made)["tier"], figures(desk, made)["annual_amount_fen"]) == (
        "A",
        250 * WAN,
    )
    order(desk, made, 10 * WAN, "2024-06-01")
    found = figures(desk, made)
    assert (found["annual_amount_fen"], found["total_amount_fen"]) == (250 * WAN, 510 * WAN)
    assert found["last_cooperation_on"] == date(2024, 6, 1)
    order(desk, made, 1 * WAN, "2023-06-01")
    assert figures(desk, made)["annual_amount_fen"] == 10 * WAN


@pytest.mark.req("D-03")
def test_a_calendar_year_where_the_installation_wants_it(desk: Desk) -> None:
    from dataclasses import replace

    desk.core.rules = replace(desk.core.rules, calendar_year_tier=True)
    made = desk.customer()
    order(desk, made, 100 * WAN, "2023-12-31")
    order(desk, made, 60 * WAN, "2024-01-01")
    assert figures(desk, made)["annual_amount_fen"] == 60 * WAN
    assert figures(desk, made)["tier"] == "B"


@pytest.mark.req("R-014")
def test_a_product_in_use_stays_and_narrows_the_queue(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")

    def product(name: str) -> int:
        return services.registers.create("product", {"name": name}, actor=root)

    made = desk.customer()
    ordered, needed, reported, free = (product(n) for n in ("仓储", "Sensor", "Printer", "Unused"))
    order(desk, made, 1, "2024-05-01", product_id="仓储")
    services.registers.create(
        "requirement",
        {
            "customer_id": made,
            "type": "product",
            "description": "Needs it",
            "product_id": needed,
        },
        actor=root,
    )
    mine = desk.ticket(customer_id=made, product="Printer")
    desk.ticket(customer_id=made)
    result = services.registers.archive("product", [ordered, needed, reported, free], actor=root)
    assert [o.ok for o in result.outcomes] == [False, False, False, True]
    assert {o.error.code for o in result.refused if o.error is not None} == {"referenced"}
    page = services.views.page("product:Printer", actor=root)
    assert [r.id for r in page.rows] == [mine]


@pytest.mark.req("R-015")
def test_a_contract_ends_after_it_starts(desk: Desk) -> None:
    made = desk.customer()
    agreed = contract(desk, made, 1, "2024-02-01", promised_delivery_on="2024-07-01")
    row = desk.services.registers.get("contract", agreed, actor=desk.actor("ana"))
    assert row.values["number"] == "HT2024001"
    assert row.values["promised_delivery_on"] == date(2024, 7, 1)
    with pytest.raises(DomainError) as found:
        contract(desk, made, 1, "2024-02-01", end_on="2024-01-31")
    assert found.value.code == "end_before_start"


def test_stale_figures_are_mended_with_the_next_order(desk: Desk) -> None:
    made = desk.customer()
    with desk.core.write(SYSTEM) as unit:
        unit.conn.execute(
            update(customers).where(customers.c.id == made).values(total_amount_fen=7)
        )
    order(desk, made, 1, "2024-05-01")
    assert figures(desk, made)["total_amount_fen"] == 1
