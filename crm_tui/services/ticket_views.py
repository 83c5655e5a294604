"""What lists, detail, explanation and history show of tickets."""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, func, or_, select

from crm_tui.db.queries import tickets as queries
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import (
    OPEN,
    approval,
    message,
    ticket,
    ticket_person,
)
from crm_tui.domain import workflow
from crm_tui.domain.checklist import ChecklistStep, checklist
from crm_tui.domain.errors import DomainError, RuleViolation
from crm_tui.domain.filters import complete
from crm_tui.domain.msg import msg
from crm_tui.domain.text import display
from crm_tui.services import clocks, linking, messages, policies
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import (
    ActionView,
    ChoiceView,
    ClockView,
    EntryView,
    Page,
    TicketRow,
    TicketView,
)
from crm_tui.services.masking import mask_any
from crm_tui.services.notifications import approval_view, approvals_query
from crm_tui.services.permissions import need_assign, need_head, need_role
from crm_tui.services.references import named_changes
from crm_tui.services.ticket_filters import TICKET_KEYS, ListQuery, compile_filter, known_values
from crm_tui.services.unit import Unit

FIELDS = (
    "subject",
    "description",
    "appeal",
    "product",
    "kind",
    "urgency",
    "urgency_forced",
    "safety_risk",
    "batch_problem",
    "public_opinion",
    "complex",
    "channel",
    "preferred_reply_channel",
    "received_at",
    "registered_at",
    "state",
    "tier",
    "verified_note",
    "solution_type",
    "solution",
    "handling_basis",
    "approval",
    "executes_first",
    "customer_confirmed_solution",
    "wait_reason",
    "pending_until",
    "satisfaction",
    "unreachable_attempts",
    "resolution_code",
    "close_reason",
    "cause_category",
    "first_response_at",
    "first_resolved_at",
    "resolved_at",
    "closed_at",
    "reopen_count",
    "transfer_count",
    "escalation_level",
    "source",
)
NOTE_BY = time(18, 0)
"""When every open ticket should have its note of the day (R-141)."""
LONG = frozenset({"description", "appeal", "solution", "handling_basis", "verified_note"})


def ticket_row(row: Mapping[Any, Any], sort: str = "due") -> TicketRow:
    """A list row, display-safe."""
    return TicketRow(
        id=row["id"],
        number=row["number"],
        version=row["row_version"],
        subject=display(row["subject"]),
        customer=display(row["customer_name"] or ""),
        customer_id=row["customer_id"],
        kind=row["kind"],
        urgency=row["urgency"],
        tier=row["tier"],
        state=row["state"],
        category=row["category"],
        department=row["department_code"] or "",
        owner=display(row["owner_name"] or ""),
        owner_id=row["owner_id"],
        received_at=row["received_at"],
        updated_at=row["updated_at"],
        next_due_at=row["next_due_at"],
        next_due_kind=row["next_due_kind"],
        warn_at=row["warn_at"],
        breached=row["breached"],
        paused=row["paused"],
        escalation_level=row["escalation_level"],
        sort_key=queries.key(row, sort),  # type: ignore[arg-type]  # a RowMapping in all but name
    )


class TicketViews:
    """Reading tickets."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def page(
        self,
        filter_text: str = "",
        *,
        actor: Actor,
        sort: str = "due",
        descending: bool = False,
        after: tuple[Any, ...] | None = None,
        before: tuple[Any, ...] | None = None,
        limit: int = 50,
    ) -> Page:
        """A window of the tickets that match a filter (ux.md 3.5), by key and not by offset."""
        with self._core.read(actor) as unit:
            found = compile_filter(unit, filter_text)
            rows, more = self._window(unit, found, sort, descending, after, before, limit)
        views = tuple(ticket_row(r, sort) for r in rows)
        if before is not None:
            return Page(views, more, True)
        return Page(views, after is not None, more)

    @staticmethod
    def _window(
        unit: Unit,
        found: ListQuery,
        sort: str,
        descending: bool,
        after: tuple[Any, ...] | None,
        before: tuple[Any, ...] | None,
        limit: int,
    ) -> tuple[list[RowMapping], bool]:
        return queries.page(
            unit.conn,
            found.where,
            sort=sort,
            descending=descending,
            after=after,
            before=before,
            limit=limit,
            facets=found.facets,
        )

    def count(self, filter_text: str = "", *, actor: Actor) -> int:
        """How many tickets match."""
        with self._core.read(actor) as unit:
            found = compile_filter(unit, filter_text)
            return queries.count(unit.conn, found.where, found.facets)

    def complete(self, text: str, *, actor: Actor) -> list[str]:
        """What the last word of a filter could become, people, departments and tags among it."""
        with self._core.read(actor) as unit:
            return complete(text, TICKET_KEYS, lambda key, start: known_values(unit, key, start))

    def all_ids(self, filter_text: str, *, actor: Actor, limit: int = 100_000) -> list[int]:
        """Ids of everything that matches, for marking by filter."""
        with self._core.read(actor) as unit:
            query = select(ticket.c.id).where(*compile_filter(unit, filter_text).where)
            return [int(r.id) for r in unit.conn.execute(query.limit(limit))]

    def among(self, ids: Sequence[int], filter_text: str, *, actor: Actor) -> list[int]:
        """Those of ``ids`` that match; costs what is asked for, not what is stored."""
        found: list[int] = []
        with self._core.read(actor) as unit:
            where = compile_filter(unit, filter_text).where
            for start in range(0, len(ids), 500):
                part = ticket.c.id.in_(list(ids[start : start + 500]))
                query = select(ticket.c.id).where(part, *where)
                found += [int(r.id) for r in unit.conn.execute(query)]
        return found

    def rows(self, ids: Sequence[int], *, actor: Actor) -> list[TicketRow]:
        """List rows of these tickets, for patching a screen by id."""
        with self._core.read(actor) as unit:
            return [ticket_row(r) for r in queries.rows_by_id(unit.conn, ids)]

    def by_number(self, number: int, *, actor: Actor) -> int:
        """The id of a ticket number; a merged number leads to the ticket itself."""
        with self._core.read(actor) as unit:
            return base.by_number(unit, number)

    def counts(self, *, actor: Actor) -> dict[str, int]:
        """Tickets by state: their sum is all tickets, for none may disappear (R-151)."""
        query = select(ticket.c.state, func.count()).group_by(ticket.c.state)
        with self._core.read(actor) as unit:
            return {str(r[0]): int(r[1]) for r in unit.conn.execute(query)}

    def view(self, ticket_id: int, *, actor: Actor) -> TicketView:
        """A ticket with clocks, choices and everything that hangs on it."""
        with self._core.read(actor) as unit:
            row = base.load(unit, ticket_id)
            narrow = queries.rows_by_id(unit.conn, [ticket_id])[0]
            facts = base.facts(unit, row)
            choices = tuple(
                ChoiceView(
                    str(c.to),
                    c.refusal.message if c.refusal else None,
                    c.refusal.code if c.refusal else "",
                )
                for c in workflow.choices(facts)
            )
            step = workflow.next_step(facts)
            query = approvals_query().where(approval.c.ticket_id == ticket_id)
            people = unit.conn.execute(
                select(staff.c.name)
                .join(ticket_person, ticket_person.c.staff_id == staff.c.id)
                .where(
                    ticket_person.c.ticket_id == ticket_id,
                    ticket_person.c.part == "collaborator",
                )
                .order_by(staff.c.name)
            )
            return TicketView(
                row=ticket_row(narrow),
                fields=self._fields(unit, row),
                clocks=clocks.views(unit, ticket_id),
                choices=choices,
                actions=actions(unit, row),
                approvals=tuple(approval_view(r) for r in unit.conn.execute(query).mappings()),
                attachments=messages.attachments(unit, ticket_id),
                links=linking.links(unit, ticket_id),
                tags=tuple(display(t) for t in base.ticket_tags(unit, ticket_id)),
                collaborators=tuple(display(r.name) for r in people),
                checklist=_checklist(unit, row),
                next_step=ChoiceView(str(step.to)) if step.to is not None else None,
                missing=tuple(m.message for m in step.missing),
            )

    @staticmethod
    def _fields(unit: Unit, row: RowMapping) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name in FIELDS:
            value = row[name]
            fields[name] = display(value, lines=name in LONG) if isinstance(value, str) else value
        fields["customer_id"] = row["customer_id"]
        fields["contact_info"] = contact_info(unit, row)
        names = {
            "customer": (customer.c.name, customer.c.id, row["customer_id"]),
            "customer_no": (customer.c.customer_no, customer.c.id, row["customer_id"]),
            "department": (department.c.code, department.c.id, row["department_id"]),
            "owner": (staff.c.name, staff.c.id, row["owner_id"]),
            "first_responsible": (staff.c.name, staff.c.id, row["first_responsible_id"]),
        }
        for name, (column, key, value) in names.items():
            found = (
                None
                if value is None
                else unit.conn.execute(select(column).where(key == value)).scalar()
            )
            fields[name] = display(found or "")
        return fields

    def explain(self, ticket_id: int, *, actor: Actor) -> tuple[ClockView, ...]:
        """Every clock of a ticket with the arithmetic of its due (sla.md 2.14)."""
        with self._core.read(actor) as unit:
            base.load(unit, ticket_id)
            return clocks.views(unit, ticket_id)

    def timeline(
        self, ticket_id: int, *, actor: Actor, limit: int = 2_000, messages_only: bool = False
    ) -> list[EntryView]:
        """Messages and events of a ticket, oldest first; of a longer one the newest ``limit``."""
        with self._core.read(actor) as unit:
            row = base.load(unit, ticket_id)
            found = message_entries(unit, message.c.ticket_id == ticket_id, limit)
            if not messages_only:
                events = event_entries(
                    unit,
                    (activity.c.kind == "ticket") & (activity.c.subject_id == ticket_id),
                    limit,
                )
                # The opening stands for its receipt, and the first due is no change.
                registered = row["registered_at"]
                found += [
                    e
                    for e in events
                    if e.verb != "created" and (e.verb, e.at) != ("due_changed", registered)
                ]
                found.append(_opening(unit, row))
        found.sort(key=lambda e: (e.at, e.kind == "event", e.id))
        return found[-limit:]

    def customer_timeline(
        self, customer_id: int, *, actor: Actor, limit: int = 2_000
    ) -> list[EntryView]:
        """Everything that happened with a customer, oldest first."""
        with self._core.read(actor) as unit:
            own = select(ticket.c.id).where(ticket.c.customer_id == customer_id)
            found = message_entries(unit, message.c.ticket_id.in_(own), limit)
            found += event_entries(unit, activity.c.customer_id == customer_id, limit)
        found.sort(key=lambda e: (e.at, e.kind == "event", e.id))
        return found[-limit:]

    def untracked_today(self, *, actor: Actor, limit: int = 500) -> list[TicketRow]:
        """Open tickets of the actor's department that had no note by 18:00 of this working day (R-141).

        Before that there is still time: the filter ``untracked:yes`` shows them all day.
        """
        with self._core.read(actor) as unit:
            local = unit.now.astimezone(ZoneInfo(unit.core.rules.zone))
            calendar = policies.calendar_named(unit, unit.core.rules.calendar)
            if local.time() < NOTE_BY or not calendar.is_working_day(local.date()):
                return []
            evening = local.replace(hour=NOTE_BY.hour, minute=0, second=0, microsecond=0)
            where: list[Any] = [OPEN, base.untracked(unit), ticket.c.registered_at <= evening]
            if actor.role != "admin":
                where.append(
                    or_(
                        ticket.c.department_id == (actor.department_id or -1),
                        ticket.c.owner_id == actor.staff_id,
                    )
                )
            rows, _ = queries.page(unit.conn, where, limit=limit)
        return [ticket_row(r) for r in rows]


def _opening(unit: Unit, row: RowMapping) -> EntryView:
    """What the customer came with, as the first message of the timeline."""
    query = select(customer.c.name).where(customer.c.id == (row["customer_id"] or -1))
    return EntryView(
        id=0,
        at=row["received_at"],
        kind="public",
        verb="message",
        author=display(unit.conn.execute(query).scalar() or ""),
        direction="in",
        text=display(row["description"], lines=True),
        source=row["source"],
        channel=row["channel"],
    )


def _checklist(unit: Unit, row: RowMapping) -> tuple[ChecklistStep, ...]:
    """What of the service activity the log shows (R-126)."""
    moments: dict[str, Any] = {"result_fed_back": None, "visited": None}
    query = (
        select(activity.c.verb, func.max(activity.c.at).label("at"))
        .where(
            activity.c.kind == "ticket",
            activity.c.subject_id == row["id"],
            activity.c.verb.in_(("result_fed_back", "satisfied", "unsatisfied", "not_reached")),
        )
        .group_by(activity.c.verb)
    )
    for found in unit.conn.execute(query):
        name = found.verb if found.verb == "result_fed_back" else "visited"
        moments[name] = max(filter(None, (moments[name], found.at)))
    return checklist(row, fed_back_at=moments["result_fed_back"], visited_at=moments["visited"])


def contact_info(unit: Unit, row: Mapping[Any, Any]) -> str:
    """The reporter's contact, masked unless the reader works on the ticket (R-103, R-300)."""
    sealed = row["contact_info_sealed"]
    if sealed is None:
        return ""
    text = display(unit.core.keyring.open("ticket.contact_info", sealed))
    if unit.actor.role == "viewer":
        return mask_any(text)
    try:
        base.need_work(unit, row)  # type: ignore[arg-type]  # any mapping of a ticket row will do
    except DomainError:
        return mask_any(text)
    return text


def message_entries(unit: Unit, where: Any, limit: int) -> list[EntryView]:
    """Messages as timeline entries."""
    query = (
        select(message, staff.c.name.label("author"), ticket.c.number)
        .select_from(
            message.outerjoin(staff, staff.c.id == message.c.author_id).join(
                ticket, ticket.c.id == message.c.ticket_id
            )
        )
        .where(where, message.c.state != "recalled")
        .order_by(message.c.id.desc())
        .limit(limit)
    )
    return [
        EntryView(
            id=r["id"],
            at=r["written_at"],
            kind=r["kind"],
            verb="progress" if r["progress"] else "message",
            author=display(r["author"] or r["author_name"]),
            direction=r["direction"],
            text=display(r["body"], lines=True),
            source=r["source"],
            state=r["state"],
            channel=r["channel"],
            ticket_number=r["number"],
        )
        for r in unit.conn.execute(query).mappings()
    ]


SILENT = (
    "public_written",
    "public_queued",
    "note_written",
    "message_sent",
    "customer_message",
    "progress",
    "solution_issued",
    "approval_withdrawn",
    "result_told",
    "ended",
    "struck",
    "revived",
    "followed",
    "unfollowed",
)
"""Entries that only accompany another one."""


def event_entries(unit: Unit, where: Any, limit: int) -> list[EntryView]:
    """Log entries as timeline entries; those that only accompany a message are left out."""
    query = (
        select(activity, staff.c.name.label("author"), ticket.c.number)
        .select_from(
            activity.outerjoin(staff, staff.c.id == activity.c.actor_id).outerjoin(
                ticket, (activity.c.kind == "ticket") & (ticket.c.id == activity.c.subject_id)
            )
        )
        .where(where, activity.c.verb.not_in(SILENT))
        .order_by(activity.c.seq.desc())
        .limit(limit)
    )
    rows = unit.conn.execute(query).mappings().all()
    changes = named_changes(unit, [(r["kind"], r["changes"]) for r in rows])
    return [
        EntryView(
            id=r["seq"],
            at=r["at"],
            kind="event",
            verb=r["verb"],
            author=display(r["author"] or ""),
            direction="",
            text=display((r["data"] or {}).get("text", ""), lines=True),
            changes=told,
            reason=display(r["reason"] or ""),
            source=r["source"],
            ticket_number=r["number"],
            subject="" if r["kind"] == "ticket" else r["kind"],
        )
        for r, told in zip(rows, changes, strict=True)
    ]


def actions(unit: Unit, row: RowMapping) -> tuple[ActionView, ...]:
    """The verbs of ux.md 3.4, each allowed now or with the rule that forbids it."""
    actor = unit.actor

    def work() -> None:
        base.need_work(unit, row)
        base.need_not_gone(row)

    def change() -> None:
        work()
        base.need_progress_note(unit, row)

    def take() -> None:
        need_assign(actor, row, actor.staff_id)
        base.need_not_gone(row)

    def reopen() -> None:
        base.need_work(unit, row)
        if base.is_open(row):
            raise RuleViolation(msg("The ticket is open"), code="open_already")

    checks: dict[str, Callable[[], None]] = {
        "take": take,
        "assign": lambda: need_assign(actor, row, row["owner_id"]),
        "reply": work,
        "note": lambda: base.need_work(unit, row),
        "status": change,
        "urgency": change,
        "edit": change,
        "transfer": work,
        "resolve": change,
        "reopen": reopen,
        "escalate": work,
        "merge": change,
        "watch": lambda: need_role(actor, "viewer"),
    }
    waiting = base.pending_approval(unit, row["id"], "solution") or base.pending_approval(
        unit, row["id"], "downgrade"
    )
    if waiting is not None:
        decided_by = waiting["department_id"], waiting["proposer_id"]
        checks["approve"] = lambda: need_head(actor, *decided_by)
    found = []
    for verb, check in checks.items():
        try:
            check()
        except DomainError as error:
            found.append(ActionView(verb, error.message, error.code))
        else:
            found.append(ActionView(verb))
    return tuple(found)
