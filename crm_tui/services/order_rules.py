"""What an order, a credit note and a product in use must be (R-013, R-014)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.services.delivery import local_day
from crm_tui.services.unit import Unit


def check_order(unit: Unit, values: Mapping[str, Any]) -> None:
    """Refuse orders of tomorrow, of nobody, and credit notes for what another customer bought."""
    need_past(unit, values["ordered_on"])
    if values["customer_id"] is None and values.get("source", "live") == "live":
        raise ValidationError(
            msg("Say whose order it is"), code="customer_needed", field="customer_id"
        )
    _check_contract(unit, values)
    check_credit(unit, values)


def need_past(unit: Unit, ordered_on: date) -> None:
    """Refuse an order of a day that has not come."""
    if ordered_on > local_day(unit, unit.now):
        raise ValidationError(
            msg("{date} has not come yet", date=ordered_on), code="in_future", field="ordered_on"
        )


def _check_contract(unit: Unit, values: Mapping[str, Any]) -> None:
    if values["contract_id"] is None:
        return
    contract = TABLES["contract"]
    query = select(contract.c.customer_id).where(contract.c.id == values["contract_id"])
    if unit.conn.execute(query).scalar_one() != values["customer_id"]:
        raise RuleViolation(
            msg("The contract is another customer's"), code="other_customer", field="contract_id"
        )


def check_credit(unit: Unit, values: Mapping[Any, Any]) -> None:
    """Refuse a credit note that does not fit what it credits, and an order that no longer fits its own."""
    order = TABLES["order"]
    if (original := values["credited_order_id"]) is not None:
        field = "credited_order_id"
        if not values["credit_note"]:
            raise RuleViolation(
                msg("Only a credit note credits an order"), code="no_credit_note", field=field
            )
        row = unit.row(order, original, msg("Order"))
        if row["credit_note"]:
            raise RuleViolation(
                msg("A credit note cannot be credited itself"), code="credit_of_credit", field=field
            )
        if row["customer_id"] != values["customer_id"]:
            raise RuleViolation(
                msg("The credited order is another customer's"), code="other_customer", field=field
            )
        if values["ordered_on"] < row["ordered_on"]:
            raise RuleViolation(
                msg("The order it credits is of {date}, after it", date=row["ordered_on"]),
                code="credit_before_order",
                field="ordered_on",
            )
        _need_credit_left(unit, values, row)
    if (own := values.get("id")) is None:
        return
    query = select(order.c.id).where(
        order.c.credited_order_id == own,
        order.c.archived.is_(False),
        or_(
            values["credit_note"],
            order.c.customer_id != values["customer_id"],
            order.c.ordered_on < values["ordered_on"],
        ),
    )
    if unit.conn.execute(query.limit(1)).first() is not None:
        raise RuleViolation(
            msg("A credit note refers to this order and would no longer fit it"),
            code="credited",
        )
    if not values["credit_note"]:
        need_worth(unit, own, values["amount_fen"])


def need_worth(unit: Unit, order_id: int, amount_fen: int) -> None:
    """Refuse an amount of an order below what has been credited of it (R-013)."""
    if credited_fen(unit, order_id) > max(amount_fen, 0):
        raise RuleViolation(
            msg("More than that has been credited of this order"),
            code="credited_more",
            field="amount_fen",
        )


def credited_fen(unit: Unit, order_id: int, but: int = 0) -> int:
    """What credit notes give back of an order, all but one of them."""
    order = TABLES["order"]
    query = select(func.coalesce(func.sum(-order.c.amount_fen), 0)).where(
        order.c.credited_order_id == order_id,
        order.c.archived.is_(False),
        order.c.id != but,
    )
    return int(unit.conn.execute(query).scalar_one())


def _need_credit_left(unit: Unit, values: Mapping[Any, Any], original: Mapping[Any, Any]) -> None:
    """Refuse to give back more than the order was worth, with all its credit notes together (R-013)."""
    others = credited_fen(unit, original["id"], values.get("id") or 0)
    left = original["amount_fen"] - others
    if -values["amount_fen"] > left:
        raise RuleViolation(
            msg(
                "That is more than the order was worth: {left} yuan of it are left to credit",
                left=f"{Decimal(max(left, 0)) / 100:.2f}",
            ),
            code="over_credited",
            field="amount_fen",
        )


def need_unnamed(unit: Unit, product_id: int) -> None:
    """Refuse to archive a product that a ticket names; tickets have its name or code as text (R-014)."""
    row = unit.row(TABLES["product"], product_id, msg("Product or service"))
    names = [text for text in (row["name"], row["code"]) if text]
    query = select(ticket.c.number).where(ticket.c.product.in_(names)).limit(1)
    if (number := unit.conn.execute(query).scalar_one_or_none()) is not None:
        raise RuleViolation(
            msg("Ticket T-{number} names it; change that first", number=number), code="referenced"
        )
