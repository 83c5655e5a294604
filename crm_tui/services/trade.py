"""Orders and contracts of customers, and what follows from them (R-008, R-011 to R-015, D-03).

The figures of a customer are worked out from its opening balance, orders and contracts whenever one
of them changes, in the same transaction. They are no change of the customer: its version stays, so
that nobody who edits the customer meanwhile is refused, and undoing works them out again.

- Total: opening balance, orders with credit notes taken off, and the amount of each contract that is or
  was in force and that no order names. Once an order names the contract, its orders are the amount.
- Annual: the same orders and contracts of the year's window (`tiering.year_window`). A credit note goes
  with the order that it credits: what is given back for an order outside of the window is outside too,
  or the year would lack money that it never had. One of an unknown order counts on its own day.
  Until the first order or contract is older than that window, the yearly figure that came with imported
  history stands where it is the larger: it tells of the months that have no orders here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    or_,
    select,
    table,
    union,
    update,
)

from crm_tui.db.queries.orders import for_earlier_orders
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.system import meta
from crm_tui.domain import tiering
from crm_tui.services.delivery import local_day
from crm_tui.services.unit import Unit, shown

COUNTED: Final = ("active", "renewed", "closed")
"""Contracts that are or were in force."""
CHUNK: Final = 500
AGED: Final = "purchases_aged"
"""Key under which the database keeps the day of whose window all figures are."""
FIGURES: Final = (
    "total_amount_fen",
    "annual_amount_fen",
    "last_cooperation_on",
    "contribution_tier",
    "service_tier",
    "tier_reason",
)


@dataclass(frozen=True, slots=True)
class Purchases:
    """How a customer buys: of the twelve months up to today (R-012)."""

    first_on: date | None
    """The first order or contract of all."""
    frequency: int
    """Orders in the twelve months."""
    average_fen: int | None
    """Their mean, credit notes taken off; None without an order."""


# The figures of customers


def settle(unit: Unit) -> None:
    """Before the commit: the figures of all customers whose orders, contracts or history changed."""
    ids = set(unit.changed_ids("customer"))
    for name in ("order", "contract"):
        if changed := unit.changed_ids(name):
            kept = _tables()[0 if name == "order" else 1]
            ids |= unit.passed(name, "customer_id")
            for part in _parts(sorted(changed)):
                query = select(kept.c.customer_id).where(kept.c.id.in_(part)).distinct()
                ids |= set(unit.conn.execute(query).scalars())
            if name == "order" and (contracts := unit.passed("order", "contract_id") - {None}):
                # A contract is counted by its amount as long as no order names it.
                contract = _tables()[1]
                owners = select(contract.c.customer_id).where(contract.c.id.in_(contracts))
                ids |= set(unit.conn.execute(owners).scalars())
    recompute(unit, ids)


def recompute(unit: Unit, customer_ids: set[Any] | Sequence[int]) -> None:
    """Work out the figures of these customers; a change of tier is logged."""
    today = local_day(unit, unit.now)
    start, _ = tiering.year_window(today, calendar_year=unit.core.rules.calendar_year_tier)
    for part in _parts(sorted(i for i in set(customer_ids) if i is not None)):
        _recompute(unit, part, start, today)


def _recompute(unit: Unit, ids: Sequence[int], start: date, today: date) -> None:
    orders = _grouped(unit, _order_sums(ids, start))
    contracts = _grouped(unit, _contract_sums(ids, start, today))
    nothing: dict[str, Any] = {}
    changed: list[dict[str, Any]] = []
    query = select(customer).where(customer.c.id.in_(ids)).order_by(customer.c.id)
    for row in unit.conn.execute(query).mappings():
        bought = orders.get(row["id"], nothing)
        signed = contracts.get(row["id"], nothing)
        values = _amounts(unit, row, bought, signed, start)
        values |= tiering.tier_fields({**row, **values})
        if all(row[name] == values[name] for name in FIGURES):
            continue
        changed.append({"key": row["id"], **values})
        tiers = {
            name: [shown(name, row[name]), shown(name, values[name])]
            for name in ("contribution_tier", "service_tier")
            if row[name] != values[name]
        }
        # Of a customer that is new in this transaction it is no change.
        if tiers and row["created_at"] != unit.now:
            unit.log("customer", row["id"], "retiered", changes=tiers, customer_id=row["id"])
    if changed:
        unit.conn.execute(update(customer).where(customer.c.id == bindparam("key")), changed)


def _amounts(
    unit: Unit,
    row: Mapping[Any, Any],
    bought: Mapping[str, Any],
    signed: Mapping[str, Any],
    start: date,
) -> dict[str, Any]:
    def both(name: str) -> int:
        return int(bought.get(name) or 0) + int(signed.get(name) or 0)

    def days(*found: date | None) -> list[date]:
        return [day for day in found if day is not None]

    annual = both("annual")
    first = min(days(bought.get("first"), signed.get("first")), default=None)
    if first is None or first >= start:
        annual = max(annual, row["opening_annual_fen"])
    delivered = signed.get("delivered")
    last = days(
        row["opening_last_on"],
        bought.get("last"),
        signed.get("last"),
        local_day(unit, delivered) if delivered is not None else None,
    )
    return {
        "total_amount_fen": row["opening_balance_fen"] + both("total"),
        "annual_amount_fen": annual,
        "last_cooperation_on": max(last, default=None),
    }


def _order_sums(ids: Sequence[int], start: date) -> Select[Any]:
    order = _tables()[0]
    recent = and_(order.c.ordered_on >= start, order.c.id.not_in(for_earlier_orders(start)))
    bought = case((order.c.credit_note.is_(False), order.c.ordered_on))
    return (
        select(
            order.c.customer_id,
            func.sum(order.c.amount_fen).label("total"),
            func.sum(case((recent, order.c.amount_fen), else_=0)).label("annual"),
            func.min(bought).label("first"),
            func.max(bought).label("last"),
        )
        .where(order.c.customer_id.in_(ids), order.c.archived.is_(False))
        .group_by(order.c.customer_id)
    )


def _contract_sums(ids: Sequence[int], start: date, today: date) -> Select[Any]:
    _, contract = _tables()
    whole = _unordered()
    return (
        select(
            contract.c.customer_id,
            func.sum(case((whole, contract.c.amount_fen), else_=0)).label("total"),
            func.sum(
                case((and_(whole, contract.c.start_on >= start), contract.c.amount_fen), else_=0)
            ).label("annual"),
            func.min(contract.c.start_on).label("first"),
            func.max(contract.c.start_on).label("last"),
            func.max(contract.c.delivered_at).label("delivered"),
        )
        .where(contract.c.customer_id.in_(ids), _in_force(contract, today))
        .group_by(contract.c.customer_id)
    )


def _unordered() -> ColumnElement[bool]:
    """Contracts that no order names; a credit note alone makes up for none."""
    order, contract = _tables()
    return ~exists().where(
        order.c.contract_id == contract.c.id,
        order.c.archived.is_(False),
        order.c.credit_note.is_(False),
    )


def _in_force(contract: Table, today: date) -> ColumnElement[bool]:
    return and_(
        contract.c.archived.is_(False),
        contract.c.status.in_(COUNTED),
        contract.c.start_on <= today,
    )


def purchases(unit: Unit, customer_id: int) -> Purchases:
    """How a customer buys, for its profile (R-012)."""
    order, contract = _tables()
    today = local_day(unit, unit.now)
    start, end = tiering.year_window(today)
    recent = and_(order.c.ordered_on >= start, order.c.id.not_in(for_earlier_orders(start)))
    real = order.c.credit_note.is_(False)
    query = select(
        func.min(case((real, order.c.ordered_on))).label("first"),
        func.count(case((and_(real, order.c.ordered_on >= start), 1))).label("orders"),
        func.sum(case((recent, order.c.amount_fen), else_=0)).label("amount"),
    ).where(
        order.c.customer_id == customer_id,
        order.c.archived.is_(False),
        order.c.ordered_on < end,
    )
    found = unit.conn.execute(query).one()
    signed = select(func.min(contract.c.start_on)).where(
        contract.c.customer_id == customer_id, _in_force(contract, today)
    )
    days = [d for d in (found.first, unit.conn.execute(signed).scalar_one()) if d is not None]
    count = int(found.orders)
    # Half a fen goes up, as money is rounded.
    average = (2 * int(found.amount) + count) // (2 * count) if count else None
    return Purchases(min(days, default=None), count, average)


# A day passes


def mark_aged(unit: Unit) -> None:
    """A fresh database has nothing to catch up with."""
    unit.conn.execute(meta.insert().values(key=AGED, value=local_day(unit, unit.now).isoformat()))


def aging_due(unit: Unit) -> bool:
    """Whether orders or contracts have left or entered the year since the figures were worked out."""
    today = local_day(unit, unit.now)
    # Ticks come every few seconds: once a day each process looks, and remembers that nothing was due.
    if unit.core.cache.get(AGED) == today:
        return False
    since = _aged(unit)
    crossed = _crossing(unit, since, 0).limit(1)
    if since < today and unit.conn.execute(crossed).first() is not None:
        return True
    unit.core.cache[AGED] = today
    return False


def age(unit: Unit, after: int = 0) -> int | None:
    """The figures of customers whose year has moved over an order, a batch at a time (D-03).

    Answers the customer after whom the next batch begins, or None when all are done.
    """
    since = _aged(unit)
    query = _crossing(unit, since, after).limit(CHUNK)
    ids = list(unit.conn.execute(query).scalars())
    recompute(unit, ids)
    if len(ids) == CHUNK:
        return int(ids[-1])
    day = local_day(unit, unit.now).isoformat()
    if unit.conn.execute(update(meta).where(meta.c.key == AGED).values(value=day)).rowcount == 0:
        mark_aged(unit)
    return None


def _aged(unit: Unit) -> date:
    """The day of whose window the figures are; of a database from before there were any, the first."""
    query = select(meta.c.value).where(meta.c.key == AGED)
    told = unit.conn.execute(query).scalar_one_or_none()
    return date.fromisoformat(told) if told is not None else date.min


def _crossing(unit: Unit, since: date, after: int) -> Select[Any]:
    """Customers with an order or contract that the window has passed over since a day.

    Asked with every tick: the tables are named, not loaded with all registers.
    """
    order = table("order", column("customer_id", Integer), column("ordered_on", Date))
    contract = table("contract", column("customer_id", Integer), column("start_on", Date))
    calendar_year = unit.core.rules.calendar_year_tier
    today = local_day(unit, unit.now)
    new, _ = tiering.year_window(today, calendar_year=calendar_year)
    bought = select(order.c.customer_id).where(order.c.customer_id.is_not(None))
    signed = select(contract.c.customer_id)
    if since > date.min:
        old, _ = tiering.year_window(since, calendar_year=calendar_year)
        bought = bought.where(order.c.ordered_on >= old, order.c.ordered_on < new)
        signed = signed.where(
            or_(
                and_(contract.c.start_on >= old, contract.c.start_on < new),
                and_(contract.c.start_on > since, contract.c.start_on <= today),
            )
        )
    ids = union(bought, signed).subquery()
    return select(ids.c.customer_id).where(ids.c.customer_id > after).order_by(ids.c.customer_id)


def _grouped(unit: Unit, query: Select[Any]) -> dict[int, Mapping[str, Any]]:
    return {int(row["customer_id"]): dict(row) for row in unit.conn.execute(query).mappings()}


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK)]


def _tables() -> tuple[Table, Table]:
    """Orders and contracts; loaded with the first of them that is used."""
    from crm_tui.db.schema.registers import TABLES

    return TABLES["order"], TABLES["contract"]
