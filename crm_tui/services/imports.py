"""Writing imported history: as it stands, past the guards, marked, and only once (design.md 7).

An imported event keeps its own time, so that clocks and history are those of the log. Notifications are
not raised for it, and what happens to the ticket afterwards obeys every rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from crm_tui.db import search
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.system import import_run
from crm_tui.db.schema.tickets import message, ticket, ticket_clock
from crm_tui.domain import routing
from crm_tui.domain.workflow import CATEGORIES
from crm_tui.services.actor import Actor
from crm_tui.services.clocks import FAR
from crm_tui.services.core import Core
from crm_tui.services.customers import given_number, insert_customer, tier_fields
from crm_tui.services.permissions import need_role
from crm_tui.services.policies import current_version
from crm_tui.services.unit import Unit

CATEGORY = {str(s): str(c) for s, c in CATEGORIES.items()}
SOURCE = "import"


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One thing that happened, in the words of the log that is imported."""

    at: datetime
    type: str
    state: str
    key: str
    actor_name: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A ticket with its whole history; ``source_key`` names it for ever, ``digest`` its content."""

    source: str
    source_key: str
    digest: str
    customer_key: str | None
    customer_name: str
    subject: str
    description: str
    kind: str
    urgency: str
    channel: str
    state: str
    received_at: datetime
    registered_at: datetime
    events: Sequence[HistoryEvent]
    department: str = ""
    assignee: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    customer_source: str = ""
    """Where the customer came from, when not with the tickets."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one case: created, changed or skipped."""

    source_key: str
    what: str
    new_events: int = 0


class ImportService:
    """Bulk writing for import profiles."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def write_tickets(self, cases: Sequence[History], *, actor: Actor) -> list[Written]:
        """Write a batch in one transaction; known cases get only what is new, equal ones nothing."""
        with self._core.write(actor) as unit:
            need_role(actor, "lead")
            unit.source = SOURCE
            return _Writer(unit, cases).write()

    def write_customers(
        self, rows: Sequence[tuple[str, str, Mapping[str, Any]]], *, actor: Actor
    ) -> list[Written]:
        """Write customers as (source key, digest, data); data has ``contacts`` and ``tags`` beside fields."""
        written: list[Written] = []
        with self._core.write(actor) as unit:
            need_role(actor, "lead")
            unit.source = SOURCE
            for key, digest, data in rows:
                written.append(self._customer(unit, key, digest, data))
        return written

    @staticmethod
    def _customer(unit: Unit, key: str, digest: str, data: Mapping[str, Any]) -> Written:
        where = (customer.c.source == "customers") & (customer.c.source_key == key)
        query = select(customer.c.id, customer.c.tier_reason).where(where)
        found = unit.conn.execute(query).mappings().first()
        if found is None and data.get("customer_no"):
            query = select(customer.c.id, customer.c.tier_reason).where(
                customer.c.customer_no == data["customer_no"]
            )
            found = unit.conn.execute(query).mappings().first()
        if found is not None and found["tier_reason"].get("digest") == digest:
            return Written(key, "skipped")
        total = data.get("opening_balance_fen") or 0
        extra = {
            "annual_amount_fen": data.get("annual_amount_fen", 0),
            "last_cooperation_on": data.get("last_cooperation_on"),
            "total_amount_fen": total,
        }
        fields = {k: v for k, v in data.items() if k not in ("contacts", "tags", *extra)}
        what = "created"
        if found is None:
            new = insert_customer(
                unit,
                fields,
                tags=data.get("tags", ()),
                contacts=data.get("contacts", ()),
                source="customers",
                source_key=key,
            )
        else:
            new, what = int(found["id"]), "changed"
            row = unit.row(customer, new)
            plain = {k: v for k, v in fields.items() if k in row and k != "customer_no"}
            diff = unit.change(customer, row, plain)
            unit.log("customer", new, "imported", changes=diff, customer_id=new)
        row = unit.row(customer, new)
        tiers = tier_fields(unit, {**row, **extra})
        tiers["tier_reason"] = {**tiers["tier_reason"], "digest": digest}
        unit.conn.execute(update(customer).where(customer.c.id == new).values(**extra, **tiers))
        return Written(key, what)

    def clock_results(self, source: str) -> tuple[int, int]:
        """How many stopped or breached clocks of this source's tickets were met and missed."""
        query = (
            select(ticket_clock.c.state, func.count())
            .join(ticket, ticket.c.id == ticket_clock.c.ticket_id)
            .where(ticket.c.source == source)
            .group_by(ticket_clock.c.state)
        )
        with self._core.read() as unit:
            counts = {str(r[0]): int(r[1]) for r in unit.conn.execute(query)}
        return counts.get("met", 0), counts.get("missed", 0)

    def record(
        self, profile: str, file_name: str, digest: str, summary: Mapping[str, Any], *, actor: Actor
    ) -> int:
        """Keep that a file was imported, by whom and with what result."""
        with self._core.write(actor) as unit:
            new = unit.add(
                import_run,
                {
                    "profile": profile,
                    "file_name": file_name,
                    "sha256": digest,
                    "at": unit.now,
                    "by_id": actor.staff_id or None,
                    "summary": dict(summary),
                },
            )
            unit.log("import", new, "imported", changes={"profile": [None, profile]})
            return new


class _Writer:
    """One batch of cases."""

    def __init__(self, unit: Unit, cases: Sequence[History]) -> None:
        self.unit = unit
        self.cases = cases
        self.version = current_version(unit)
        self.departments = self._names(department.c.id, department.c.code, department.c.name_zh)
        self.staff = self._names(staff.c.id, staff.c.login, staff.c.name)
        self.known = self._known()
        self.customers = self._customers()

    def _names(self, key: Any, *names: Any) -> dict[str, int]:
        rows = self.unit.conn.execute(select(key, *names))
        return {str(name).casefold(): int(row[0]) for row in rows for name in row[1:]}

    def _known(self) -> dict[str, Any]:
        keys = [c.source_key for c in self.cases]
        query = select(ticket.c.id, ticket.c.source_key, ticket.c.source_data).where(
            ticket.c.source == self.cases[0].source, ticket.c.source_key.in_(keys)
        )
        return {r["source_key"]: r for r in self.unit.conn.execute(query).mappings()}

    def _customers(self) -> dict[str, tuple[int, str]]:
        """Ids and tiers of the customers that the cases name, new ones made."""
        wanted = {c.customer_key: c.customer_name for c in self.cases if c.customer_key}
        source = self.cases[0].customer_source or self.cases[0].source
        query = select(customer.c.id, customer.c.source_key, customer.c.service_tier).where(
            customer.c.source == source, customer.c.source_key.in_(wanted)
        )
        found = {
            r.source_key: (int(r.id), str(r.service_tier)) for r in self.unit.conn.execute(query)
        }
        indexed: list[tuple[int, str, Sequence[str]]] = []
        for key, name in wanted.items():
            if key in found:
                continue
            first = min(c.received_at for c in self.cases if c.customer_key == key)
            numbers = given_number(self.unit, first.year)
            new = self.unit.add(
                customer,
                {
                    "name": (name or key)[:200],
                    "source": source,
                    "source_key": key,
                    "created_at": self.unit.now,
                    **numbers,
                },
            )
            self.unit.log(
                "customer",
                new,
                "created",
                changes={"customer_no": [None, numbers["customer_no"]]},
                customer_id=new,
            )
            found[key] = (new, "C")
            indexed.append((new, numbers["customer_no"], [name or key]))
        search.index_many(self.unit.conn, "customer", indexed)
        return found

    def write(self) -> list[Written]:
        """All cases of the batch."""
        fresh = [c for c in self.cases if c.source_key not in self.known]
        ids = self._insert(fresh)
        written: list[Written] = []
        messages: list[dict[str, Any]] = []
        for case in self.cases:
            row = self.known.get(case.source_key)
            if row is None:
                ticket_id = ids[case.source_key]
                self._log(ticket_id, case, case.events, messages)
                written.append(Written(case.source_key, "created", len(case.events)))
                continue
            if row["source_data"]["digest"] == case.digest:
                written.append(Written(case.source_key, "skipped"))
                continue
            there = set(row["source_data"]["keys"])
            new = [e for e in case.events if e.key not in there]
            self._log(int(row["id"]), case, new, messages)
            self.unit.conn.execute(
                update(ticket)
                .where(ticket.c.id == row["id"])
                .values(**self._state_columns(case), source_data=self._data(case))
            )
            written.append(Written(case.source_key, "changed", len(new)))
        if messages:
            self.unit.conn.execute(insert(message), messages)
        return written

    def _insert(self, cases: Sequence[History]) -> dict[str, int]:
        if not cases:
            return {}
        rows = [self._columns(case) for case in cases]
        statement = insert(ticket).returning(ticket.c.id, sort_by_parameter_order=True)
        keys = [int(r[0]) for r in self.unit.conn.execute(statement, rows)]
        search.index_many(
            self.unit.conn,
            "ticket",
            (
                (key, f"T-{row['number']} {row['subject']}", ())
                for key, row in zip(keys, rows, strict=True)
            ),
        )
        return {case.source_key: key for case, key in zip(cases, keys, strict=True)}

    def _columns(self, case: History) -> dict[str, Any]:
        customer_id, tier = self.customers.get(case.customer_key or "", (None, "C"))
        proposed = str(routing.triage(kind=case.kind).department)
        dep = self.departments.get(case.department.casefold())
        return {
            "number": self.unit.next_number("ticket"),
            "customer_id": customer_id,
            "kind": case.kind,
            "urgency": case.urgency,
            "channel": case.channel or "online",
            "subject": case.subject[:300] or case.source_key,
            "description": case.description or case.subject,
            "received_at": case.received_at,
            "registered_at": max(case.received_at, case.registered_at),
            "department_id": dep if dep is not None else self.departments.get(proposed),
            "owner_id": self.staff.get(case.assignee.casefold()) if case.assignee else None,
            "tier": tier,
            "policy_version": self.version,
            "due_sort": FAR,
            "source": case.source,
            "source_key": case.source_key,
            "source_data": self._data(case),
            "created_by": self.unit.actor.staff_id or None,
            "updated_at": max(e.at for e in case.events),
            **self._state_columns(case),
        }

    @staticmethod
    def _data(case: History) -> dict[str, Any]:
        return {
            "digest": case.digest,
            "keys": list(dict.fromkeys(e.key for e in case.events)),
            "raw": dict(case.raw),
            "assignee": case.assignee,
            "group": case.department,
        }

    @staticmethod
    def _state_columns(case: History) -> dict[str, Any]:
        """What the history leaves in the ticket's own columns."""
        replies = [e.at for e in case.events if e.type in ("staff_reply", "result_fed_back")]
        moves = [e for e in case.events if e.type in ("state", "result_fed_back")]
        ends = [e.at for e in moves if CATEGORY.get(e.state) in ("resolved", "closed")]
        closes = [e.at for e in moves if e.state == "closed"]
        ended = CATEGORY[case.state] in ("resolved", "closed")
        reopens = sum(1 for e in moves if e.fields.get("reopened"))
        since = [
            e.at
            for before, e in zip([None, *moves], moves, strict=False)
            if CATEGORY.get(e.state) in ("resolved", "closed")
            and (before is None or CATEGORY.get(before.state) not in ("resolved", "closed"))
        ]
        return {
            "state": case.state,
            "category": CATEGORY[case.state],
            "first_response_at": min(replies, default=None),
            "last_note_at": max(replies, default=None),
            "first_resolved_at": min(ends, default=None),
            "resolved_at": since[-1] if ended and since else None,
            "closed_at": closes[-1] if case.state == "closed" and closes else None,
            "reopen_count": reopens,
            "transfer_count": sum(1 for e in case.events if e.type == "transferred"),
        }

    def _log(
        self,
        ticket_id: int,
        case: History,
        events: Sequence[HistoryEvent],
        messages: list[dict[str, Any]],
    ) -> None:
        customer_id, tier = self.customers.get(case.customer_key or "", (None, "C"))
        facts = {
            "kind": case.kind,
            "tier": tier,
            "urgency": case.urgency,
            "channel": case.channel or "online",
            "department_id": None,
        }
        for event in events:
            data = self._event_data(event, facts)
            if event.text and event.type in ("staff_reply", "customer_message"):
                out = event.type == "staff_reply"
                messages.append(
                    {
                        "ticket_id": ticket_id,
                        "kind": "public",
                        "direction": "out" if out else "in",
                        "author_name": event.actor_name[:120],
                        "body": event.text,
                        "written_at": event.at,
                        "source": SOURCE,
                        "channel": case.channel or "online",
                        "state": "sent",
                        "automatic": False,
                        "progress": False,
                    }
                )
            changes = None
            if "from" in event.fields or "to" in event.fields:
                name = {"state": "state", "urgency": "urgency", "transferred": "department"}.get(
                    event.type, "owner"
                )
                changes = {name: [event.fields.get("from"), event.fields.get("to")]}
            self.unit.log(
                "ticket",
                ticket_id,
                VERBS.get(event.type, event.type),
                changes=changes,
                data=data,
                at=event.at,
                customer_id=customer_id,
                source=SOURCE,
            )
            if event.type == "result_fed_back":
                self.unit.log(
                    "ticket",
                    ticket_id,
                    "state",
                    data={"event": "state", "to": "result_fed_back"},
                    at=event.at,
                    customer_id=customer_id,
                    source=SOURCE,
                )
        self.unit.touched.add(ticket_id)

    def _event_data(self, event: HistoryEvent, facts: Mapping[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if event.actor_name:
            data["by_name"] = event.actor_name
        if event.unknown:
            data["unknown"] = [list(u) for u in event.unknown]
        extra = {k: v for k, v in event.fields.items() if k not in ("from", "to")}
        if extra:
            data["fields"] = extra
        if event.type == "created":
            urgency = event.fields.get("urgency", facts["urgency"])
            data |= {
                "event": "created",
                "by": "customer",
                "nodes": False,
                "facts": {**facts, "urgency": urgency},
                "policy_version": self.version,
            }
        elif event.type in ("registered", "customer_message", "staff_reply", "result_fed_back"):
            data["event"] = event.type
        elif event.type == "state":
            data |= {"event": "state", "to": event.state}
        elif event.type == "urgency":
            data |= {
                "event": "facts",
                "facts": {**facts, "urgency": event.fields.get("to", facts["urgency"])},
                "policy_version": self.version,
            }
        elif event.text:
            data["text"] = event.text
        return data


VERBS: Mapping[str, str] = {"staff_reply": "message_sent", "activity": "activity"}
