"""What the profile of a customer adds to its fields: limits, complaints, who did what (R-017, R-023)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, tuple_

from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.org import staff
from crm_tui.db.schema.tickets import message, ticket
from crm_tui.domain.errors import PermissionDenied
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.policy import ClockKind, Facts
from crm_tui.domain.records.base import REFERENCES, fields
from crm_tui.domain.records.registry import REGISTRY, kind
from crm_tui.domain.terms import TicketKind, Urgency
from crm_tui.domain.text import display
from crm_tui.services import contacts as contact_rules
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import EntryView
from crm_tui.services.permissions import need_reveal, need_role
from crm_tui.services.policies import book, current_version
from crm_tui.services.references import names_of
from crm_tui.services.ticket_views import SILENT, message_entries
from crm_tui.services.unit import Unit

PLANNED: Final = (ClockKind.FIRST_RESPONSE, ClockKind.SOLUTION, ClockKind.RESULT_FEEDBACK)
"""The limits that a customer is told of."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What a complaint of the customer would be promised at an urgency."""

    urgency: str
    limits: Mapping[str, Msg]
    """Limits by the kind of clock."""


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """A complaint and what became of it (R-017)."""

    id: int
    number: int
    version: int
    subject: str
    state: str
    urgency: str
    received_at: datetime
    ended_at: datetime | None
    satisfaction: str
    result: str
    """The solution, or on what basis it was handled."""
    sort_key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """A window of the complaints."""

    rows: tuple[ComplaintRow, ...]
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class TrailRow:
    """An entry of a record's history."""

    seq: int
    at: datetime
    actor: str
    kind: str
    verb: str
    changes: Mapping[str, tuple[Any, Any]]
    """Old and new value by field; names for references to other records."""
    reason: str


class ProfileService:
    """Reading a customer as a whole, and taking contact details out of it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def need(self, verb: str, *, actor: Actor) -> None:
        """Refuse before anything is typed what would be refused afterwards.

        ``verb`` is ``reveal``, or the kind of record that would be written.
        """
        if verb == "reveal":
            need_reveal(actor)
        else:
            need_role(actor, kind(verb).write_role)

    def plan(self, customer_id: int, *, actor: Actor) -> tuple[PlanLine, ...]:
        """The limits that hold for the customer's tier, by urgency."""
        with self._core.read(actor) as unit:
            tier = unit.row(customer, customer_id, msg("customer"))["service_tier"]
            policy = book(unit, current_version(unit))
        found = []
        for urgency in Urgency:
            facts = Facts(kind=str(TicketKind.COMPLAINT), tier=tier, urgency=str(urgency))
            chosen = policy.choose(facts)
            limits = {str(k): chosen[k].limit() for k in PLANNED if k in chosen}
            found.append(PlanLine(str(urgency), limits))
        return tuple(found)

    def complaints(
        self,
        customer_id: int,
        *,
        actor: Actor,
        after: tuple[Any, ...] | None = None,
        before: tuple[Any, ...] | None = None,
        limit: int = 50,
    ) -> ComplaintPage:
        """The complaints of a customer, newest first, with their results (R-017)."""
        keys = (ticket.c.received_at, ticket.c.id)
        backwards = before is not None
        query = select(
            ticket.c.id,
            ticket.c.number,
            ticket.c.row_version,
            ticket.c.subject,
            ticket.c.state,
            ticket.c.urgency,
            ticket.c.received_at,
            ticket.c.closed_at,
            ticket.c.resolved_at,
            ticket.c.satisfaction,
            ticket.c.solution,
            ticket.c.handling_basis,
        ).where(ticket.c.customer_id == customer_id, ticket.c.kind == str(TicketKind.COMPLAINT))
        bound = before if backwards else after
        if bound is not None:
            mark = tuple_(*bound, types=[k.type for k in keys])
            query = query.where(tuple_(*keys) > mark if backwards else tuple_(*keys) < mark)
        order = [k.asc() if backwards else k.desc() for k in keys]
        with self._core.read(actor) as unit:
            found = list(unit.conn.execute(query.order_by(*order).limit(limit + 1)).mappings())
        more, found = len(found) > limit, found[:limit]
        rows = tuple(_complaint(r) for r in (found[::-1] if backwards else found))
        behind = bound is not None
        return ComplaintPage(rows, more if backwards else behind, behind if backwards else more)

    def timeline(self, customer_id: int, *, actor: Actor, limit: int = 2_000) -> list[EntryView]:
        """Everything that happened with a customer, oldest first; each entry names its ticket (R-024)."""
        with self._core.read(actor) as unit:
            own = select(ticket.c.id).where(ticket.c.customer_id == customer_id)
            found = message_entries(unit, message.c.ticket_id.in_(own), limit)
            found += _events(unit, customer_id, limit)
        found.sort(key=lambda e: (e.at, e.kind == "event", e.id))
        return found[-limit:]

    def trail(
        self,
        record: str,
        record_id: int,
        *,
        actor: Actor,
        limit: int = 200,
    ) -> list[TrailRow]:
        """Who changed what of a record, newest first; of a customer with its contacts (R-306)."""
        own = and_(activity.c.kind == record, activity.c.subject_id == record_id)
        if record == "customer":
            own = and_(
                activity.c.kind.in_(("customer", "contact")), activity.c.customer_id == record_id
            )
        query = (
            select(activity, staff.c.name.label("author"))
            .select_from(activity.outerjoin(staff, staff.c.id == activity.c.actor_id))
            .where(own)
            .order_by(activity.c.seq.desc())
            .limit(limit)
        )
        with self._core.read(actor) as unit:
            return _trail(unit, list(unit.conn.execute(query).mappings()))

    def take(self, contact_id: int, field: str, *, actor: Actor) -> str:
        """A contact detail for the clipboard: it leaves the screen, so the log says who took it (R-300).

        Refused where the reader sees it masked.
        """
        with self._core.write(actor) as unit:
            row = unit.row(contact, contact_id, msg("contact"))
            owner = unit.row(customer, row["customer_id"], msg("customer"))
            masked = field in contact_rules.ALWAYS_MASKED
            if masked or not contact_rules.sees_personal(unit, owner):
                raise PermissionDenied(
                    msg("This value is masked for you; a manager may reveal it with a reason"),
                    code="masked",
                )
            unit.log(
                "contact",
                contact_id,
                "copied",
                changes={field: ["****", "****"]},
                customer_id=row["customer_id"],
            )
            return display(contact_rules.opened(unit, row, field))


def _complaint(row: Any) -> ComplaintRow:
    return ComplaintRow(
        id=row["id"],
        number=row["number"],
        version=row["row_version"],
        subject=display(row["subject"]),
        state=row["state"],
        urgency=row["urgency"],
        received_at=row["received_at"],
        ended_at=row["closed_at"] or row["resolved_at"],
        satisfaction=row["satisfaction"],
        result=display(row["solution"] or row["handling_basis"]),
        sort_key=(row["received_at"], row["id"]),
    )


def _events(unit: Unit, customer_id: int, limit: int) -> list[EntryView]:
    query = (
        select(activity, staff.c.name.label("author"), ticket.c.number, ticket.c.subject)
        .select_from(
            activity.outerjoin(staff, staff.c.id == activity.c.actor_id).outerjoin(
                ticket, and_(activity.c.kind == "ticket", ticket.c.id == activity.c.subject_id)
            )
        )
        .where(activity.c.customer_id == customer_id, activity.c.verb.not_in(SILENT))
        .order_by(activity.c.seq.desc())
        .limit(limit)
    )
    rows = unit.conn.execute(query).mappings().all()
    changes = _named(unit, rows)
    return [
        EntryView(
            id=r["seq"],
            at=r["at"],
            kind="event",
            verb=r["verb"],
            author=display(r["author"] or ""),
            direction="",
            text=_what(r),
            changes=changes[r["seq"]],
            reason=display(r["reason"] or ""),
            source=r["source"],
            ticket_number=r["number"],
            subject=r["kind"],
        )
        for r in rows
    ]


def _what(row: Any) -> str:
    """What an entry is about, in the record's own words."""
    text = (row["data"] or {}).get("text", "")
    if not text and row["verb"] == "created":
        named = row["changes"] or {}
        pair = next((named[n] for n in ("name", "topic", "title", "number") if n in named), None)
        text = row["subject"] or (str(pair[1]) if pair else "")
    return display(text, lines=True)


def _plain(changes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: tuple(display(v) if isinstance(v, str) else v for v in pair)
        for name, pair in (changes or {}).items()
    }


def _trail(unit: Unit, rows: Sequence[Any]) -> list[TrailRow]:
    changes = _named(unit, rows)
    return [
        TrailRow(
            seq=r["seq"],
            at=r["at"],
            actor=display(r["author"] or ""),
            kind=r["kind"],
            verb=r["verb"],
            changes={n: (p[0], p[1]) for n, p in changes[r["seq"]].items() if len(p) == 2},
            reason=display(r["reason"] or ""),
        )
        for r in rows
    ]


def _named(unit: Unit, rows: Sequence[Any]) -> dict[int, dict[str, Any]]:
    """The changes of log entries by entry, with names for the ids of other records."""
    changes = {r["seq"]: _plain(r["changes"]) for r in rows}
    for name in {r["kind"] for r in rows if r["changes"] and r["kind"] in REGISTRY}:
        specs = {n: s for n, s in fields(kind(name)).items() if s.picker in REFERENCES}
        sides: list[Any] = [
            defaultdict(lambda: None, {n: p[side] for n, p in told.items()}, id=(r["seq"], side))
            for r in rows
            if r["kind"] == name and specs.keys() & (told := changes[r["seq"]]).keys()
            for side in (0, 1)
        ]
        named: Mapping[Any, Mapping[str, str]] = names_of(unit, specs, sides)
        for (seq, side), texts in named.items():
            for field, text in texts.items():
                pair = list(changes[seq][field])
                pair[side] = text
                changes[seq][field] = tuple(pair)
    return changes
