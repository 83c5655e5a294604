"""Quick find from anywhere: name part, pinyin, phone or its last four, ticket or customer number."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal, or_, select, union_all

from crm_tui.db import search
from crm_tui.db.queries import tickets as queries
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.text import display
from crm_tui.services.actor import Actor
from crm_tui.services.contacts import ContactService
from crm_tui.services.core import Core
from crm_tui.services.dto import Found
from crm_tui.services.unit import Unit

TICKET_NUMBER: Final = re.compile(r"(t-?)?(\d{1,9})", re.IGNORECASE)
CUSTOMER_NUMBER: Final = re.compile(r"c?(\d{7,})", re.IGNORECASE)
PHONE: Final = re.compile(r"(?:tel:)?[+(]?\d[\d\s().\-\u2010-\u2015/]*", re.IGNORECASE)
EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
DOCUMENT: Final = re.compile(r"\d{15}(?:\d{2}[\dx])?", re.IGNORECASE)
EXACT, BEGINS, PART = range(3)


class FindService:
    """Looks everywhere at once; exact matches first."""

    def __init__(self, core: Core, contacts: ContactService) -> None:
        self._core = core
        self._contacts = contacts

    def find(self, text: str, *, actor: Actor, limit: int = 20) -> list[Found]:
        """Customers and tickets for what was typed; an empty text finds nothing.

        What is called so, or has this number, phone, e-mail address or document, stands first; then
        customers whose names begin so, then those with it anywhere, newest first, then tickets.
        """
        wanted = display(unicodedata.normalize("NFKC", text)).strip()
        if not wanted:
            return []
        known = self._by_contact(wanted, actor)
        with self._core.read(actor) as unit:
            ranked = _customers(unit, wanted, known, limit)
            number, tickets = _tickets(unit, wanted, limit)
        exact = [found for rank, found in ranked if rank == EXACT]
        if wanted[0] in "tT":
            first = [*number, *exact]
        else:
            first = [*exact, *number]
        others = [found for rank, found in ranked if rank != EXACT]
        # Many customers with a common word must not hide the tickets that have it.
        room = max(limit - len(first) - min(len(tickets), limit // 4), 0)
        return [*first, *others[:room], *tickets][:limit]

    def _by_contact(self, wanted: str, actor: Actor) -> list[int]:
        """Customers by an exact value that is sealed at rest (decision 7)."""
        found: list[int] = []
        if PHONE.fullmatch(wanted):
            found += self._contacts.find_by_phone(wanted, actor=actor)
        if DOCUMENT.fullmatch(wanted):
            found += self._contacts.find_by_document(wanted, actor=actor)
        if EMAIL.fullmatch(wanted):
            found += self._contacts.find_by_email(wanted, actor=actor)
        return found


def _customers(
    unit: Unit, wanted: str, known: Sequence[int], limit: int
) -> list[tuple[int, Found]]:
    """Customers and how well they fit, the best first; one statement."""
    same: ColumnElement[bool] = customer.c.name == wanted
    number = CUSTOMER_NUMBER.fullmatch(wanted)
    if number is not None:
        same = or_(same, customer.c.customer_no == f"C{number[1]}")
    if known:
        same = or_(same, customer.c.id.in_(known))
    hits = union_all(
        *(
            select(literal(rank).label("rank"), part.c.id)
            for rank, part in enumerate(
                select_.limit(2 * limit).subquery()
                for select_ in (
                    select(customer.c.id).where(same),
                    search.ids_beginning(unit.conn, "customer", wanted),
                    search.ids_newest(unit.conn, "customer", wanted),
                )
            )
        )
    ).subquery()
    query = (
        select(
            hits.c.rank,
            customer.c.id,
            customer.c.customer_no,
            customer.c.name,
            customer.c.service_tier,
            customer.c.primary_decision_maker,
        )
        .join_from(hits, customer, customer.c.id == hits.c.id)
        .where(customer.c.archived.is_(False))
        .order_by(hits.c.rank, customer.c.id.desc())
    )
    best: dict[int, tuple[int, Found]] = {}
    for row in unit.conn.execute(query).mappings():
        if row["id"] not in best:
            who = display(row["primary_decision_maker"])
            about = (row["customer_no"], row["service_tier"], who)
            best[row["id"]] = (
                row["rank"],
                Found("customer", row["id"], display(row["name"]), " ".join(filter(None, about))),
            )
    return list(best.values())


def _tickets(unit: Unit, wanted: str, limit: int) -> tuple[list[Found], list[Found]]:
    """The ticket with this number, and tickets whose subject has the words."""
    number = TICKET_NUMBER.fullmatch(wanted)
    parts: list[Select[Any]] = [search.ids_newest(unit.conn, "ticket", wanted).limit(limit)]
    if number is not None:
        parts.append(select(ticket.c.id).where(ticket.c.number == int(number[2])))
    found = [select(p.c.id) for p in (p.subquery() for p in parts)]
    ids = list(dict.fromkeys(unit.conn.execute(union_all(*found)).scalars()))
    rows = queries.rows_by_id(unit.conn, ids) if ids else []
    by_id = {r["id"]: r for r in rows}
    shown = [by_id[i] for i in ids if i in by_id]
    exact = [r for r in shown if number is not None and r["number"] == int(number[2])]
    return _found(exact), _found(r for r in shown if r not in exact)


def _found(rows: Iterable[Any]) -> list[Found]:
    return [
        Found(
            "ticket",
            r["id"],
            f"T-{r['number']} {display(r['subject'])}",
            display(r["customer_name"] or ""),
            r["state"],
        )
        for r in rows
    ]
