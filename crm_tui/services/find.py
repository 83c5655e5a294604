"""Quick find from anywhere: name part, pinyin, phone or its last four, ticket or customer number."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from crm_tui.db import search
from crm_tui.db.queries import tickets as queries
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.text import display, fold
from crm_tui.services.actor import Actor
from crm_tui.services.contacts import ContactService
from crm_tui.services.core import Core
from crm_tui.services.dto import Found
from crm_tui.services.unit import Unit

TICKET_NUMBER = re.compile(r"(?:t-?)?(\d{1,10})", re.IGNORECASE)
CUSTOMER_NUMBER = re.compile(r"c\d{4,}", re.IGNORECASE)
PHONE = re.compile(r"[+\d][\d\s()-]{3,}")


class FindService:
    """Looks everywhere at once; exact matches first."""

    def __init__(self, core: Core, contacts: ContactService) -> None:
        self._core = core
        self._contacts = contacts

    def find(self, text: str, *, actor: Actor, limit: int = 20) -> list[Found]:
        """Customers and tickets for what was typed; an empty text finds nothing."""
        wanted = text.strip()
        if not wanted:
            return []
        customers: list[int] = []
        tickets: list[int] = []
        if PHONE.fullmatch(wanted):
            customers += self._contacts.find_by_phone(wanted, actor=actor)
        with self._core.read(actor) as unit:
            if CUSTOMER_NUMBER.fullmatch(wanted):
                low = wanted.upper()
                query = select(customer.c.id).where(
                    customer.c.customer_no >= low, customer.c.customer_no < low + "\U0010ffff"
                )
                customers += [
                    int(r.id)
                    for r in unit.conn.execute(query.order_by(customer.c.customer_no).limit(limit))
                ]
            number = TICKET_NUMBER.fullmatch(wanted)
            if number is not None:
                query = select(ticket.c.id).where(ticket.c.number == int(number.group(1)))
                tickets += [int(r.id) for r in unit.conn.execute(query)]
            customers += search.search(unit.conn, "customer", wanted, 200)
            tickets += search.search(unit.conn, "ticket", wanted, limit)
            return [
                *_customers(unit, list(dict.fromkeys(customers)), wanted)[:limit],
                *_tickets(unit, list(dict.fromkeys(tickets))[:limit]),
            ][:limit]


def _customers(unit: Unit, ids: Sequence[int], wanted: str) -> list[Found]:
    query = select(
        customer.c.id,
        customer.c.customer_no,
        customer.c.name,
        customer.c.service_tier,
        customer.c.primary_decision_maker,
    ).where(customer.c.id.in_(ids), customer.c.archived.is_(False))
    rows = {r["id"]: r for r in unit.conn.execute(query).mappings()}
    low = fold(wanted)
    ids = sorted(ids, key=lambda i: i in rows and not fold(rows[i]["name"]).startswith(low))
    return [
        Found(
            "customer",
            i,
            display(rows[i]["name"]),
            " ".join(
                t
                for t in (
                    rows[i]["customer_no"],
                    rows[i]["service_tier"],
                    display(rows[i]["primary_decision_maker"]),
                )
                if t
            ),
        )
        for i in ids
        if i in rows
    ]


def _tickets(unit: Unit, ids: Sequence[int]) -> list[Found]:
    rows = {r["id"]: r for r in queries.rows_by_id(unit.conn, ids)} if ids else {}
    return [
        Found(
            "ticket",
            i,
            f"T-{rows[i]['number']} {display(rows[i]['subject'])}",
            display(rows[i]["customer_name"] or ""),
            rows[i]["state"],
        )
        for i in ids
        if i in rows
    ]
