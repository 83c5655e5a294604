"""Writing imported tickets in bulk: as their log tells them, marked, each event once (design.md 7)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from crm_tui.db import search
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import message, ticket
from crm_tui.domain import routing
from crm_tui.domain.workflow import CATEGORIES, REOPEN_DAYS
from crm_tui.services.clocks import FAR
from crm_tui.services.history import SOURCE, History, HistoryEvent, Written
from crm_tui.services.import_parties import Party, found_or_made
from crm_tui.services.policies import current_version
from crm_tui.services.unit import Unit

CATEGORY = {str(s): str(c) for s, c in CATEGORIES.items()}
ENDED = frozenset({"resolved", "closed"})
REOPENED_SOON = timedelta(days=REOPEN_DAYS)
VERBS: Mapping[str, str] = {"staff_reply": "message_sent"}
"""Names of the log where they differ from the event's own."""
CHANGED: Mapping[str, str] = {"state": "state", "urgency": "urgency", "transferred": "department"}
"""The field that an event with ``from`` and ``to`` changes; any other changes the owner."""
UNCHANGED = ("number", "source", "source_key", "policy_version", "created_by", "due_sort")
"""Columns that a ticket keeps when its log has grown."""


class TicketWriter:
    """One batch of tickets in one transaction: few statements, however many tickets."""

    def __init__(self, unit: Unit, cases: Sequence[History]) -> None:
        self.unit = unit
        self.cases = cases
        self.version = current_version(unit)
        self.departments = self._names(department.c.id, department.c.code, department.c.name_zh)
        self.staff = self._names(staff.c.id, staff.c.login, staff.c.name)
        self.known = self._known()
        self.worked_on = self._worked_on()
        self.customers = self._customers()
        self.messages: list[dict[str, Any]] = []

    def _names(self, key: Any, *names: Any) -> dict[str, int]:
        rows = self.unit.conn.execute(select(key, *names))
        return {str(name).casefold(): int(row[0]) for row in rows for name in row[1:]}

    def _known(self) -> dict[str, Any]:
        keys = [c.source_key for c in self.cases]
        query = select(
            ticket.c.id,
            ticket.c.number,
            ticket.c.subject,
            ticket.c.source_key,
            ticket.c.source_data,
            ticket.c.row_version,
        ).where(ticket.c.source == self.cases[0].source, ticket.c.source_key.in_(keys))
        return {r["source_key"]: r for r in self.unit.conn.execute(query).mappings()}

    def _worked_on(self) -> dict[int, datetime]:
        """When somebody here last worked on those of the known tickets whose log has grown."""
        grown = [
            int(row["id"])
            for case in self.cases
            if (row := self.known.get(case.source_key)) is not None
            and row["source_data"]["digest"] != case.digest
        ]
        if not grown:
            return {}
        query = (
            select(activity.c.subject_id, func.max(activity.c.at).label("at"))
            .where(
                activity.c.kind == "ticket",
                activity.c.subject_id.in_(grown),
                activity.c.source != SOURCE,
                activity.c.actor_id.is_not(None),
            )
            .group_by(activity.c.subject_id)
        )
        return {int(r.subject_id): r.at for r in self.unit.conn.execute(query)}

    def _customers(self) -> dict[str, tuple[int, str]]:
        """Ids and tiers of the customers that the cases name, new ones made."""
        first: dict[str, History] = {}
        for case in self.cases:
            if case.customer_key:
                first.setdefault(case.customer_key, case)
        # The year is that of the first case in the file: the same however the file is cut up.
        parties = {
            key: Party(case.customer_name, case.received_at.year) for key, case in first.items()
        }
        source = self.cases[0].customer_source or self.cases[0].source
        return found_or_made(self.unit, source, parties)

    def write(self) -> list[Written]:
        """Write all cases; what is known already gets only what is new."""
        ids = self._insert([c for c in self.cases if c.source_key not in self.known])
        written = [self._write(case, ids) for case in self.cases]
        if self.messages:
            self.unit.conn.execute(insert(message), self.messages)
        return written

    def _write(self, case: History, ids: Mapping[str, int]) -> Written:
        row = self.known.get(case.source_key)
        if row is None:
            self._log(ids[case.source_key], case, case.events)
            return Written(case.source_key, "created", frozenset(e.key for e in case.events))
        if row["source_data"]["digest"] == case.digest:
            return Written(case.source_key, "skipped")
        there = set(row["source_data"]["keys"])
        new = [e for e in case.events if e.key not in there]
        self._log(int(row["id"]), case, new)
        self._grow(row, case, new)
        return Written(case.source_key, "changed", frozenset(e.key for e in new))

    def _grow(self, row: Any, case: History, new: Sequence[HistoryEvent]) -> None:
        """Bring a known ticket's columns up to its longer log."""
        columns: dict[str, Any] = {"source_data": self._data(case)}
        ours = self.worked_on.get(row["id"])
        # Whoever works on it here is not overruled by what the log tells of the time before.
        if ours is None or any(e.at > ours for e in new):
            columns |= {k: v for k, v in self._columns(case).items() if k not in UNCHANGED}
        columns["row_version"] = row["row_version"] + 1
        statement = update(ticket).where(ticket.c.id == row["id"]).values(**columns)
        self.unit.conn.execute(statement)
        subject = columns.get("subject", row["subject"])
        if subject != row["subject"]:
            search.index(self.unit.conn, "ticket", row["id"], f"T-{row['number']} {subject}")

    def _insert(self, cases: Sequence[History]) -> dict[str, int]:
        if not cases:
            return {}
        number = self.unit.next_number("ticket", count=len(cases))
        rows = [
            {**self._columns(case), "number": number + place} for place, case in enumerate(cases)
        ]
        self.unit.conn.execute(insert(ticket), rows)
        query = select(ticket.c.source_key, ticket.c.id).where(
            ticket.c.number.between(number, number + len(cases) - 1)
        )
        ids = {str(r.source_key): int(r.id) for r in self.unit.conn.execute(query)}
        search.index_many(
            self.unit.conn,
            "ticket",
            ((ids[r["source_key"]], f"T-{r['number']} {r['subject']}", ()) for r in rows),
        )
        return ids

    def _columns(self, case: History) -> dict[str, Any]:
        """The ticket's own columns as the log leaves them; its number is given by the caller."""
        customer_id, tier = self.customers.get(case.customer_key or "", (None, "C"))
        proposed = str(routing.triage(kind=case.kind).department)
        dep = self.departments.get(case.department.casefold())
        return {
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
            **_state_columns(case),
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

    def _log(self, ticket_id: int, case: History, events: Sequence[HistoryEvent]) -> None:
        customer_id, tier = self.customers.get(case.customer_key or "", (None, "C"))
        facts = {
            "kind": case.kind,
            "tier": tier,
            "urgency": case.urgency,
            "channel": case.channel or "online",
            "department_id": None,
        }
        for event in events:
            if event.text and event.type in ("staff_reply", "customer_message"):
                self.messages.append(_message(ticket_id, case, event))
            changes = None
            if "from" in event.fields or "to" in event.fields:
                name = CHANGED.get(event.type, "owner")
                changes = {name: [event.fields.get("from"), event.fields.get("to")]}
            self.unit.log(
                "ticket",
                ticket_id,
                VERBS.get(event.type, event.type),
                changes=changes,
                data=self._event_data(event, facts),
                # Nothing can be registered before it is received; logs of two clocks say so at times.
                at=max(event.at, case.received_at) if event.type == "registered" else event.at,
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
        """What the log keeps of an event, in the words that the clocks read."""
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


def _message(ticket_id: int, case: History, event: HistoryEvent) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "kind": "public",
        "direction": "out" if event.type == "staff_reply" else "in",
        "author_name": event.actor_name[:120],
        "body": event.text,
        "written_at": event.at,
        "source": SOURCE,
        "channel": case.channel or "online",
        "state": "sent",
        "automatic": False,
        "progress": False,
    }


def _state_columns(case: History) -> dict[str, Any]:
    """What the history leaves in the columns that hold moments and counts."""
    replies = [e.at for e in case.events if e.type in ("staff_reply", "result_fed_back")]
    moves = [e for e in case.events if e.type in ("state", "result_fed_back")]
    entered = [  # each time it came from work to an end
        e.at
        for before, e in zip(["", *(m.state for m in moves)], moves, strict=False)
        if CATEGORY.get(e.state) in ENDED and CATEGORY.get(before) not in ENDED
    ]
    closes = [e.at for e in moves if CATEGORY.get(e.state) == "closed"]
    ended = CATEGORY[case.state] in ENDED
    return {
        "state": case.state,
        "category": CATEGORY[case.state],
        "first_response_at": min(replies, default=None),
        "last_note_at": max(replies, default=None),
        "first_resolved_at": min(entered, default=None),
        "resolved_at": entered[-1] if ended and entered else None,
        "closed_at": closes[-1] if CATEGORY[case.state] == "closed" and closes else None,
        "reopen_count": sum(1 for e in case.events if e.fields.get("reopened")),
        "reopened_within_days": _reopened_soon(case, entered),
        "transfer_count": sum(1 for e in case.events if e.type == "transferred"),
    }


def _reopened_soon(case: History, ends: Sequence[datetime]) -> bool:
    """Whether it came back so soon after an end that it was not resolved the first time (D-22)."""
    for event in case.events:
        before = [end for end in ends if end <= event.at]
        if event.fields.get("reopened") and before and event.at - before[-1] <= REOPENED_SOON:
            return True
    return False
