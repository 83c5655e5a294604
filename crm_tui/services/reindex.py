"""Filling the search index again from the records, as after a restore."""

from sqlalchemy import select

from crm_tui.db import search
from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.tickets import ticket
from crm_tui.services.actor import SYSTEM
from crm_tui.services.core import Core


def reindex(core: Core) -> None:
    """Empty the index and index every customer and ticket; contact details stay out (R-299)."""
    with core.write(SYSTEM) as unit:
        search.clear(unit.conn)
        names: dict[int, list[str]] = {}
        for row in unit.conn.execute(select(contact.c.customer_id, contact.c.name)):
            names.setdefault(row.customer_id, []).append(row.name)
        customers = unit.conn.execute(
            select(customer.c.id, customer.c.customer_no, customer.c.name)
        )
        search.index_many(
            unit.conn,
            "customer",
            ((r.id, r.customer_no, [r.name, *names.get(r.id, ())]) for r in customers.all()),
        )
        tickets = unit.conn.execute(select(ticket.c.id, ticket.c.number, ticket.c.subject))
        search.index_many(
            unit.conn, "ticket", ((r.id, f"T-{r.number} {r.subject}", ()) for r in tickets.all())
        )
