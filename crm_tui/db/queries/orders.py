"""Credit notes and the orders that they credit (R-013)."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, select
from sqlalchemy.sql.selectable import Join

from crm_tui.db.schema.registers import TABLES

order = TABLES["order"]


def with_credited(note: FromClause) -> tuple[Join, ColumnElement[Any], ColumnElement[bool]]:
    """Credit notes beside the orders they credit: the join, the order's day, which of them count.

    Asked for apart from the sums of all orders, which are read from an index that does not know what a
    credit note credits; few have an order, and an index finds them.
    """
    credited = order.alias("credited")
    joined = note.join(credited, credited.c.id == note.c.credited_order_id)
    return (
        joined,
        credited.c.ordered_on,
        and_(note.c.credited_order_id > 0, credited.c.archived.is_(False)),
    )


def for_earlier_orders(start: date) -> Select[tuple[int]]:
    """The credit notes since a day for orders before it, which are in no sum that begins on it.

    A credit note goes with the order that it credits: the sum would otherwise lack money that it never
    had. One of an unknown order counts on its own day.
    """
    note = order.alias("note")
    joined, day, known = with_credited(note)
    return (
        select(note.c.id)
        .select_from(joined)
        .where(known, note.c.ordered_on >= start, day < start)
        .correlate(None)
    )
