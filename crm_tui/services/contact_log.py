"""Contacts with customers: when the last one was, and who took part (R-091, R-097, D-07)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, Table, Text, cast, func, literal, or_, select, update

from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.org import staff
from crm_tui.services.delivery import local_day
from crm_tui.services.unit import Unit


def settle(unit: Unit) -> None:
    """Before the commit: the last contact of all customers whose contacts changed.

    Counted is what reached the customer through a person: neither an automatic push nor a call that
    nobody answered (D-07).
    """
    changed = unit.changed_ids("interaction")
    if not changed:
        return
    table = _table()
    query = select(table.c.customer_id).where(table.c.id.in_(changed))
    ids = {int(i) for i in unit.conn.execute(query).scalars()}
    ids |= {int(i) for i in unit.passed("interaction", "customer_id") if i is not None}
    for customer_id in sorted(ids):
        at = last_contact(unit, customer_id)
        unit.conn.execute(
            update(customer).where(customer.c.id == customer_id).values(last_interaction_at=at)
        )


def last_contact(unit: Unit, customer_id: int) -> datetime | None:
    """When a person last reached the customer or was reached by it.

    A contact has a day: one written down on its own day counts from then, an older one from noon.
    """
    table = _table()
    query = (
        select(table.c.occurred_on, func.max(table.c.created_at).label("written"))
        .where(
            table.c.customer_id == customer_id,
            table.c.archived.is_(False),
            table.c.automated.is_(False),
            table.c.answered.is_(True),
        )
        .group_by(table.c.occurred_on)
        .order_by(table.c.occurred_on.desc())
        .limit(1)
    )
    row = unit.conn.execute(query).first()
    if row is None:
        return None
    if local_day(unit, row.written) == row.occurred_on:
        written: datetime = row.written
        return written
    day = row.occurred_on
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(unit.core.rules.zone))


def took_part(table: Table, text: str) -> ColumnElement[bool]:
    """Contacts in which somebody of this name took part: a colleague, a contact or a free name."""
    return or_(
        table.c.participants.icontains(text, autoescape=True),
        _listed(table.c.participant_staff_ids, staff.c.id, staff.c.name, staff.c.login, text=text),
        _listed(table.c.participant_contact_ids, contact.c.id, contact.c.name, text=text),
    )


def _listed(ids: Any, key: Any, *names: Any, text: str) -> ColumnElement[bool]:
    # Lists are stored as compact JSON: with commas for its brackets every id stands between two.
    plain = func.replace(func.replace(cast(ids, Text), "[", ","), "]", ",")
    wanted = literal("%,").concat(cast(key, String)).concat(",%")
    named = or_(*(name.icontains(text, autoescape=True) for name in names))
    return select(key).where(named, plain.like(wanted)).exists()


def _table() -> Table:
    from crm_tui.db.schema.registers import TABLES

    return TABLES["interaction"]
