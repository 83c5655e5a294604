"""What tests of background work make and look at: contracts, tickets, notices and escalations."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from crm_tui.db.schema.system import notification
from crm_tui.db.schema.tickets import escalation, ticket
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def row(desk: Desk, ticket_id: int) -> Any:
    """The ticket as stored."""
    with desk.core.engine.connect() as conn:
        return conn.execute(select(ticket).where(ticket.c.id == ticket_id)).mappings().one()


def told(desk: Desk, kind: str | None = None) -> list[Any]:
    """Notifications in the order in which they were made."""
    query = select(notification).order_by(notification.c.id)
    if kind is not None:
        query = query.where(notification.c.kind == kind)
    with desk.core.engine.connect() as conn:
        return list(conn.execute(query).mappings())


def levels(desk: Desk, ticket_id: int) -> list[tuple[int, str]]:
    """The escalations of a ticket in order."""
    query = select(escalation).where(escalation.c.ticket_id == ticket_id)
    with desk.core.engine.connect() as conn:
        return [
            (r["level"], r["cause"])
            for r in conn.execute(query.order_by(escalation.c.id)).mappings()
        ]


def contract(desk: Desk, **data: Any) -> int:
    """A contract of a customer that lee looks after."""
    customer = desk.customer()
    root, lee = desk.actor("root"), desk.actor("lee")
    desk.services.customers.change(customer, {"manager_id": lee.staff_id}, actor=root).one()
    fields = {
        "customer_id": customer,
        "name": "Line 3",
        "start_on": "2024-01-01",
        "end_on": "2024-12-31",
        **data,
    }
    return desk.services.registers.create("contract", fields, actor=desk.actor("ana"))
