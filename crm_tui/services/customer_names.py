"""What the list and the search keep of a customer's people, in step with the contacts."""

from sqlalchemy import select, update

from crm_tui.db import search
from crm_tui.db.schema.customers import contact, customer
from crm_tui.services.unit import Unit


def index_names(unit: Unit, customer_id: int) -> None:
    """Put name, number and contact names into the search index; never contact details (R-299)."""
    row = unit.row(customer, customer_id)
    names = [row["name"]]
    contacts = unit.conn.execute(
        select(contact.c.name).where(
            contact.c.customer_id == customer_id, contact.c.archived.is_(False)
        )
    )
    names += [c.name for c in contacts if c.name]
    search.index(unit.conn, "customer", customer_id, row["customer_no"], names=names)


def refresh_primary(unit: Unit, customer_id: int) -> None:
    """Keep the list's decision-maker column in step with the contacts (R-004)."""
    row = (
        unit.conn.execute(
            select(contact.c.name, contact.c.job_title)
            .where(
                contact.c.customer_id == customer_id,
                contact.c.is_decision_maker.is_(True),
                contact.c.archived.is_(False),
            )
            .order_by(contact.c.is_primary.desc(), contact.c.id)
            .limit(1)
        )
        .mappings()
        .first()
    )
    text = "/".join(t for t in (row["name"], row["job_title"]) if t) if row is not None else ""
    unit.conn.execute(
        update(customer).where(customer.c.id == customer_id).values(primary_decision_maker=text)
    )
