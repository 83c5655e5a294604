"""Orders beside the orders that they credit (R-013)."""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func
from sqlalchemy.sql.selectable import Join


def with_credited(order: Table) -> tuple[Join, ColumnElement[Any]]:
    """Orders with what they credit, and the day whose sums each is in.

    A credit note goes with the order that it credits: a year from which the order is gone would
    otherwise lack money that it never had. One of an unknown order counts on its own day.
    """
    credited = order.alias("credited")
    of = and_(credited.c.id == order.c.credited_order_id, credited.c.archived.is_(False))
    return order.outerjoin(credited, of), func.coalesce(credited.c.ordered_on, order.c.ordered_on)
