"""The everyday verbs on tickets (ux.md 3.4): take, assign, hand over, status, urgency, edit, tags."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from crm_tui.db.schema.tickets import ticket, ticket_person
from crm_tui.domain import workflow
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.policy import ClockKind
from crm_tui.domain.records.base import validate
from crm_tui.domain.records.registry import kind as record_kind
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.due import need_ahead
from crm_tui.services.kinds import need_kind
from crm_tui.services.lifecycle import (
    accept_handover,
    acknowledged,
    add_special_team,
    escalate,
    move,
    reopen,
    request_approval,
    set_urgency,
    transfer,
)
from crm_tui.services.messages import add_message, tell_progress
from crm_tui.services.org import department_id
from crm_tui.services.permissions import need_assign, need_role, need_urgent_head
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

"""Any of them makes a ticket urgent (R-113)."""
EDITABLE = (
    "subject",
    "description",
    "appeal",
    "product",
    "channel",
    "preferred_reply_channel",
    "kind",
    "complex",
    "cause_category",
    "handling_basis",
    "verified_note",
    "solution",
    "solution_type",
    *base.CRITERIA,
)
STATUS_FIELDS = frozenset(
    {
        "verified_note",
        "solution",
        "solution_type",
        "handling_basis",
        "wait_reason",
        "pending_until",
        "resolution_code",
        "cause_category",
        "close_reason",
    }
)
"""What a change of state may bring with it; approvals and answers have verbs of their own."""
Versions = Mapping[int, int] | None


class TicketService:
    """Verbs that take ids and answer one outcome each."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["tags"] = self._undo_tags
        core.inverses["people"] = self._undo_people

    def take(self, ids: Sequence[int], *, actor: Actor, expected: Versions = None) -> Result:
        """Make the tickets one's own; an undispatched one is dispatched by it."""
        return self.assign(ids, actor.staff_id, actor=actor, expected=expected)

    def assign(
        self,
        ids: Sequence[int],
        staff: int | None,
        *,
        actor: Actor,
        reason: str | None = None,
        expected: Versions = None,
    ) -> Result:
        """Give the tickets to a staff member, or to nobody; a registered one becomes dispatched.

        ``reason`` stands in the history, such as a customer who asked for another person (R-158).
        """

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            need_assign(actor, row, staff)
            base.need_not_gone(row)
            if not base.is_open(row):
                raise RuleViolation(msg("The ticket is closed; reopen it first"), code="closed")
            values: dict[str, Any] = {"owner_id": staff}
            if staff is not None:
                values |= _department_of(unit, row, staff)
            accept_handover(unit, row, staff)
            version = (expected or {}).get(item)
            if staff is not None and row["state"] == "registered":
                row = move(
                    unit,
                    row,
                    "dispatched",
                    values=values,
                    verb="assigned",
                    reason=reason,
                    expected=version,
                )
                unit.log(
                    "ticket",
                    item,
                    "dispatched",
                    data={"event": "dispatched"},
                    customer_id=row["customer_id"],
                )
            else:
                event = None
                if "department_id" in values and values["department_id"] != row["department_id"]:
                    event = base.facts_event(unit, row, values)
                row = base.save(
                    unit, row, values, "assigned", event=event, reason=reason, expected=version
                )
            if staff != actor.staff_id:
                unit.notify(
                    [staff],
                    "assigned",
                    msg("T-{number} was assigned to you", number=row["number"]),
                    subject=("ticket", item),
                    key=f"assigned:{item}:{row['row_version']}",
                )
            return None

        return self._core.each(actor, ids, msg("Assigned"), work)

    def transfer(
        self,
        ids: Sequence[int],
        department: str,
        reason: str,
        *,
        actor: Actor,
        expected: Versions = None,
    ) -> Result:
        """Hand the tickets to another department with a reason (R-155)."""
        if not reason.strip():
            raise ValidationError(
                msg("Say why the ticket goes to another department"), field="reason", code="blank"
            )

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            self._version(unit, row, expected)
            to = department_id(unit, department)
            if to == row["department_id"]:
                raise RuleViolation(
                    msg("The ticket is with that department already"), code="same_department"
                )
            if row["state"] == "registered" and row["department_id"] is None:
                event = base.facts_event(unit, row, {"department_id": to})
                base.save(unit, row, {"department_id": to}, "routed", event=event, reason=reason)
                return None
            transfer(unit, row, to, reason)
            return None

        return self._core.each(actor, ids, msg("Handed over"), work)

    def accept_handover(self, ids: Sequence[int], *, actor: Actor) -> Result:
        """Accept tickets that another department handed over; the wait ends here (R-155)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            if not accept_handover(unit, row, actor.staff_id):
                raise RuleViolation(msg("Nothing waits to be accepted"), code="no_handover")
            unit.log("ticket", item, "handover_accepted", customer_id=row["customer_id"])
            return None

        return self._core.each(actor, ids, msg("Accepted"), work)

    def status(
        self,
        ids: Sequence[int],
        to: str,
        *,
        actor: Actor,
        values: Mapping[str, Any] | None = None,
        reason: str | None = None,
        progress_note: str = "",
        expected: Versions = None,
    ) -> Result:
        """Take the tickets to a state; ``values`` are what its guard asks for, saved with it."""
        given = {k: v for k, v in (values or {}).items() if k in STATUS_FIELDS}

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            self._version(unit, row, expected)
            base.need_accepted(unit, row)
            if to != "dispatched":
                base.need_progress_note(unit, row, note_given=bool(progress_note.strip()))
            row = tell_progress(unit, row, progress_note)
            change = dict(given)
            base.need_same_solution(unit, row, change)
            if to.startswith("waiting") and reason:
                change["wait_reason"] = reason
            if to in ("solution_proposed", "approved", "result_fed_back", "merged"):
                self._own_verb(to)
            move(unit, row, to, values=change, reason=reason)
            return None

        return self._core.each(actor, ids, msg("Status changed"), work)

    @staticmethod
    def _own_verb(to: str) -> None:
        verbs = {
            "solution_proposed": "propose",
            "approved": "approve",
            "result_fed_back": "feedback",
            "merged": "merge",
        }
        raise RuleViolation(
            msg("This state is reached by the verb {verb}", verb=verbs[to]), code="own_verb"
        )

    def wait(
        self,
        ids: Sequence[int],
        *,
        actor: Actor,
        on: str = "customer",
        reason: str,
        until: datetime | None = None,
        progress_note: str = "",
        expected: Versions = None,
    ) -> Result:
        """Let the tickets wait for the customer or a third party; pauses what sla.md says it pauses."""
        values = {"wait_reason": reason, "pending_until": until}
        return self.status(
            ids,
            f"waiting_{on}",
            actor=actor,
            values=values,
            reason=reason,
            progress_note=progress_note,
            expected=expected,
        )

    def reopen(self, ids: Sequence[int], reason: str, *, actor: Actor) -> Result:
        """Open resolved, closed or cancelled tickets again, with a reason."""
        if not reason.strip():
            raise ValidationError(msg("Say why the ticket is opened again"), field="reason")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            if row["state"] == "merged":
                base.need_not_gone(row)
            if base.is_open(row):
                raise RuleViolation(msg("The ticket is open"), code="open_already")
            reopen(unit, row, reason=reason)
            return None

        return self._core.each(actor, ids, msg("Reopened"), work)

    def urgency(
        self,
        ids: Sequence[int],
        urgency: str,
        *,
        actor: Actor,
        reason: str = "",
        expected: Versions = None,
    ) -> Result:
        """Change urgency; lowering a forced urgent one asks the head for approval first (R-113)."""
        if urgency not in ("urgent", "normal", "low"):
            raise ValidationError(
                msg("Urgency is one of urgent, normal, low"), field="urgency", code="unknown_value"
            )

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_progress_note(unit, row)
            base.need_not_gone(row)
            self._version(unit, row, expected)
            if row["urgency"] == urgency:
                return None
            lowered = row["urgency_forced"] and urgency != "urgent"
            if lowered and row["department_id"] not in actor.headed_department_ids:
                waiting = base.pending_approval(unit, item, "downgrade")
                if waiting is None or waiting["value"] != urgency:
                    asked = request_approval(
                        unit, row, "downgrade", reason or urgency, value=urgency
                    )
                    if asked is not None:
                        return asked
                return msg("The head of the department has been asked to approve the lower urgency")
            if lowered:
                row = base.save(unit, row, {"urgency_forced": False}, "downgrade_decided")
            set_urgency(unit, row, urgency, reason=reason)
            return None

        return self._core.each(actor, ids, msg("Urgency changed"), work)

    def edit(
        self,
        ticket_id: int,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expected: int | None = None,
        reason: str | None = None,
        progress_note: str = "",
    ) -> Result:
        """Change form fields of a ticket; a progress note to the customer may be saved with it (R-140).

        A criterion that is ticked makes it urgent (R-113); taking the tick away lowers nothing.
        """

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            self._version(unit, row, None if expected is None else {item: expected})
            base.need_progress_note(unit, row, note_given=bool(progress_note.strip()))
            base.need_not_gone(row)
            row = tell_progress(unit, row, progress_note)
            given = {k: v for k, v in data.items() if k in EDITABLE}
            checked = {k: row[k] for k in EDITABLE if k in _FORM} | given
            checked["customer_id"] = row["customer_id"]
            clean = validate(record_kind("ticket"), checked).model_dump()
            values = {k: clean.get(k, v) for k, v in given.items()}
            values = {k: str(v) if k in ("kind", "channel") else v for k, v in values.items()}
            if "contact_info" in data:
                text = str(data["contact_info"] or "").strip()
                ring = unit.core.keyring
                values["contact_info_sealed"] = (
                    ring.seal("ticket.contact_info", text) if text else None
                )
            if "customer_id" in data:
                values |= _customer_of(unit, row, data["customer_id"])
            if values.get("kind", row["kind"]) != row["kind"]:
                need_kind(unit, values["kind"])
            base.need_same_solution(unit, row, values)
            forced = any(values.get(c) for c in base.CRITERIA) and not row["urgency_forced"]
            complex_now = values.get("complex") and not row["complex"]
            if forced:
                values["urgency_forced"] = True
            event = None
            if any(values.get(k, row[k]) != row[k] for k in ("kind", "channel", "tier")):
                event = base.facts_event(unit, row, values)
            row = base.save(unit, row, values, "edited", event=event, reason=reason)
            if forced and row["urgency"] != "urgent":
                row = set_urgency(unit, row, "urgent", reason=reason or "")
            if complex_now:
                add_special_team(unit, row)
            if "subject" in values:
                base.index_ticket(unit, row)
            return None

        return self._core.each(actor, [ticket_id], msg("Ticket changed"), work)

    def tag(
        self,
        ids: Sequence[int],
        *,
        actor: Actor,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Result:
        """Add and remove tags."""
        if any(len(name.strip()) > 80 for name in add):
            raise ValidationError(msg("A tag has at most 80 characters"), field="tag")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            before = base.ticket_tags(unit, item)
            after = [t for t in before if t not in remove]
            after += [t.strip() for t in add if t.strip() and t.strip() not in after]
            after.sort()
            if after != before:
                base.set_ticket_tags(unit, item, after)
                unit.inverse("tags", ticket=item, old=before, new=after)
                unit.log(
                    "ticket",
                    item,
                    "tagged",
                    changes={"tags": [before, after]},
                    customer_id=row["customer_id"],
                )
            return None

        return self._core.each(actor, ids, msg("Tags changed"), work)

    def watch(self, ids: Sequence[int], *, actor: Actor, on: bool = True) -> Result:
        """Follow or unfollow tickets."""

        def work(unit: Unit, item: int) -> Msg | None:
            base.load(unit, item)
            if on:
                base.add_people(unit, item, [actor.staff_id], "watcher", "")
            else:
                unit.conn.execute(_person(item, actor.staff_id, "watcher"))
            unit.inverse("people", ticket=item, staff=actor.staff_id, part="watcher", on=on)
            unit.log("ticket", item, "followed" if on else "unfollowed")
            return None

        return self._core.each(actor, ids, msg("Following") if on else msg("Not following"), work)

    def escalate(
        self, ids: Sequence[int], reason: str, *, actor: Actor, level: int | None = None
    ) -> Result:
        """Escalate by hand, one level up or to ``level``, with a reason (R-152)."""
        if not reason.strip():
            raise ValidationError(msg("Say why the ticket is escalated"), field="reason")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            to = level if level is not None else row["escalation_level"] + 1
            if to <= row["escalation_level"] or to > 3:
                raise RuleViolation(
                    msg("Escalation only goes up, to level 3 at most"), code="level_not_up"
                )
            escalate(unit, row, to, "manual", reason=reason)
            return None

        return self._core.each(actor, ids, msg("Escalated"), work, undoable=False)

    def acknowledge(self, ids: Sequence[int], *, actor: Actor) -> Result:
        """The head of the department has seen an urgent ticket (R-118, D-13)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            need_urgent_head(actor, row)
            if not base.clock_runs(unit, item, str(ClockKind.ACKNOWLEDGE)):
                raise RuleViolation(
                    msg("Nothing waits to be acknowledged"), code="nothing_to_acknowledge"
                )
            acknowledged(unit, row)
            return None

        return self._core.each(actor, ids, msg("Acknowledged"), work, undoable=False)

    def clarify(self, ids: Sequence[int], note: str, *, actor: Actor) -> Result:
        """The customer has been reached and the need is clear: stops the clarify clock (R-129)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            add_message(unit, row, kind="note", body=note)
            unit.log(
                "ticket",
                item,
                "clarified",
                data={"event": "clarified"},
                customer_id=row["customer_id"],
            )
            return None

        return self._core.each(actor, ids, msg("Need clarified"), work, undoable=False)

    def set_due(
        self, ids: Sequence[int], clock: str, due: datetime, reason: str, *, actor: Actor
    ) -> Result:
        """Pin the due time of a clock by hand; pauses do not move it (sla.md 2.6)."""
        known = {str(k) for k in ClockKind}
        if clock not in known:
            raise ValidationError(
                msg("A clock is one of {clocks}", clocks=", ".join(sorted(known))), field="clock"
            )
        if not reason.strip():
            raise ValidationError(msg("Say why the due time is set by hand"), field="reason")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            need_role(actor, "lead")
            base.need_work(unit, row)
            if not base.clock_runs(unit, item, clock):
                raise RuleViolation(msg("This clock does not run"), code="clock_not_running")
            need_ahead(unit, due)
            # Nothing of the row differs; undoing strikes the event.
            unit.change(ticket, row, {}, beside=True)
            unit.log(
                "ticket",
                item,
                "due_pinned",
                reason=reason,
                data={"event": "due_pinned", "clock": clock, "due": due.isoformat()},
                customer_id=row["customer_id"],
            )
            return None

        return self._core.each(actor, ids, msg("Due time set"), work)

    def set_first_responsible(self, ids: Sequence[int], staff: int, *, actor: Actor) -> Result:
        """Name the one person first responsible (R-154)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_progress_note(unit, row)
            base.need_staff(unit, staff, "first_responsible_id")
            base.save(unit, row, {"first_responsible_id": staff}, "first_responsible")
            return None

        return self._core.each(actor, ids, msg("First responsible person set"), work)

    def choices(self, ticket_id: int, *, actor: Actor) -> tuple[workflow.Choice, ...]:
        """States the ticket could take next, each allowed or with the rule that forbids it."""
        with self._core.read(actor) as unit:
            return workflow.choices(base.facts(unit, base.load(unit, ticket_id)))

    @staticmethod
    def _version(unit: Unit, row: Any, expected: Versions) -> None:

        wanted = (expected or {}).get(row["id"])
        if wanted is not None and wanted != row["row_version"]:
            raise unit.conflict(ticket, row)

    def _undo_tags(self, unit: Unit, args: Mapping[str, Any]) -> None:
        now = base.ticket_tags(unit, args["ticket"])
        if now != args["new"]:
            raise RuleViolation(msg("The tags were changed since"), code="changed_since")
        base.set_ticket_tags(unit, args["ticket"], args["old"])
        unit.inverse("tags", ticket=args["ticket"], old=args["new"], new=args["old"])
        unit.log("ticket", args["ticket"], "tagged", changes={"tags": [args["new"], args["old"]]})

    def _undo_people(self, unit: Unit, args: Mapping[str, Any]) -> None:
        if args["on"]:
            unit.conn.execute(_person(args["ticket"], args["staff"], args["part"]))
        else:
            base.add_people(unit, args["ticket"], [args["staff"]], args["part"], "")
        unit.inverse("people", **{**args, "on": not args["on"]})


_FORM = frozenset(
    {
        "subject",
        "description",
        "appeal",
        "product",
        "channel",
        "preferred_reply_channel",
        "kind",
        "complex",
        *base.CRITERIA,
    }
)


def _customer_of(unit: Unit, row: Any, given: Any) -> dict[str, Any]:
    """Whose ticket it is, found out after the call; the tier follows, and with it the limits."""
    from crm_tui.domain.records.base import fields
    from crm_tui.services.references import resolved

    specs = fields(record_kind("ticket"))
    customer_id = resolved(unit, specs, {"customer_id": given or None})["customer_id"]
    if customer_id == row["customer_id"]:
        return {}
    return {"customer_id": customer_id, "contact_id": None, "tier": base.tier_of(unit, customer_id)}


def _department_of(unit: Unit, row: Any, staff: int) -> dict[str, Any]:
    from crm_tui.db.schema.org import staff as staff_table

    person = unit.row(staff_table, staff, msg("staff member"))
    base.need_staff(unit, staff, "staff")
    if row["department_id"] is None and person["department_id"] is not None:
        return {"department_id": person["department_id"]}
    return {}


def _person(ticket_id: int, staff: int, part: str) -> Any:
    return delete(ticket_person).where(
        ticket_person.c.ticket_id == ticket_id,
        ticket_person.c.staff_id == staff,
        ticket_person.c.part == part,
    )
