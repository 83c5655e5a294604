"""What all verbs on tickets share: loading, permission, the facts of the workflow, one way to write."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, delete, func, insert, or_, select, update

from crm_tui.db import search
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import (
    OPEN,
    approval,
    handover,
    message,
    ticket,
    ticket_clock,
    ticket_department,
    ticket_person,
    ticket_tag,
)
from crm_tui.domain import workflow
from crm_tui.domain.errors import NotFound, RuleViolation, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.terms import Category
from crm_tui.services.permissions import need_ticket
from crm_tui.services.unit import Unit

CRITERIA = ("safety_risk", "batch_problem", "public_opinion")
"""What makes a ticket urgent whatever else is said of it."""


def load(unit: Unit, ticket_id: int) -> RowMapping:
    """The ticket as it stands in this transaction."""
    return unit.row(ticket, ticket_id, msg("ticket"))


def final_target(unit: Unit, row: RowMapping) -> int:
    """Where a merged ticket went in the end; a ring of merges cannot arise, and is not followed."""
    seen = {row["id"]}
    while row["merged_into_id"] is not None and row["merged_into_id"] not in seen:
        seen.add(row["merged_into_id"])
        row = load(unit, row["merged_into_id"])
    return int(row["id"])


def by_number(unit: Unit, number: int) -> int:
    """The id of a ticket number."""
    found = unit.conn.execute(select(ticket.c.id).where(ticket.c.number == number)).scalar()
    if found is None:
        raise NotFound(msg("There is no ticket T-{number}", number=number), field="ticket")
    return int(found)


def collaborators(unit: Unit, ticket_id: int) -> frozenset[int]:
    """Staff who work on the ticket besides its owner."""
    query = select(ticket_person.c.staff_id).where(
        ticket_person.c.ticket_id == ticket_id, ticket_person.c.part == "collaborator"
    )
    return frozenset(int(r.staff_id) for r in unit.conn.execute(query))


def need_work(unit: Unit, row: RowMapping) -> None:
    """Refuse work on a ticket that is not the actor's, their department's or shared with them."""
    need_ticket(unit.actor, row, also=collaborators(unit, row["id"]))


def need_not_gone(row: RowMapping) -> None:
    """Refuse changes of a merged or cancelled ticket."""
    if row["state"] == "merged":
        raise RuleViolation(
            msg("The ticket was merged; work on the one it went into"), code="merged"
        )
    if row["state"] == "cancelled":
        raise RuleViolation(msg("The ticket was cancelled; reopen it first"), code="cancelled")


def need_progress_note(unit: Unit, row: RowMapping, *, note_given: bool = False) -> None:
    """Hold back the owner of an overdue ticket until the customer has been told (R-140).

    Held back are changes of fields and of status: edit, urgency, status, wait, propose, next step,
    close, cancel, merge, parent, first responsible. Free stay take, assign, dispatch, hand over,
    escalate, reply, note, follow, tag, link, attach, and what is itself contact with the customer.
    ``note_given`` is for a progress note that is saved together with the change.
    """
    if note_given or unit.actor.staff_id != row["owner_id"]:
        return
    if overdue_without_note(unit, row):
        raise RuleViolation(
            msg("The ticket is overdue: first tell the customer how it stands (a progress note)"),
            code="progress_note_needed",
        )


def overdue_without_note(unit: Unit, row: RowMapping) -> bool:
    """Whether a limit has passed since the customer was last told how the ticket stands (R-140)."""
    if row["category"] not in ("new", "open", "waiting"):
        return False
    query = select(func.max(ticket_clock.c.due_at)).where(
        ticket_clock.c.ticket_id == row["id"],
        ticket_clock.c.state == "running",
        ticket_clock.c.due_at < unit.now,
    )
    missed_at = unit.conn.execute(query).scalar_one_or_none()
    noted_at = row["progress_noted_at"]
    if missed_at is None or (noted_at is not None and noted_at >= missed_at):
        return False
    # A note that still rests in the outbox has been written.
    resting = select(message.c.id).where(
        message.c.ticket_id == row["id"],
        message.c.state == "queued",
        message.c.progress.is_(True),
        message.c.written_at >= missed_at,
    )
    return unit.conn.execute(resting.limit(1)).first() is None


def clock_runs(unit: Unit, ticket_id: int, kind: str) -> bool:
    """Whether a clock has started and not stopped."""
    query = select(ticket_clock.c.id).where(
        ticket_clock.c.ticket_id == ticket_id,
        ticket_clock.c.kind == kind,
        ticket_clock.c.state.in_(("running", "paused")),
    )
    return unit.conn.execute(query).first() is not None


def open_handover(unit: Unit, ticket_id: int) -> RowMapping | None:
    """The handover that waits to be accepted, if any."""
    query = select(handover).where(handover.c.ticket_id == ticket_id, handover.c.outcome == "")
    return unit.conn.execute(query).mappings().first()


def need_accepted(unit: Unit, row: RowMapping) -> None:
    """Refuse to move a ticket that nobody has accepted from the department that sent it (R-155)."""
    if row["owner_id"] is None and open_handover(unit, row["id"]) is not None:
        raise RuleViolation(
            msg("The ticket was handed over and waits to be accepted; take it first"),
            code="handover_not_accepted",
        )


def need_same_solution(unit: Unit, row: RowMapping, values: Mapping[str, Any]) -> None:
    """Refuse to change a solution under the approval it waits for or has (R-148)."""
    if row["approval"] in ("pending", "approved") and any(
        name in values and values[name] != row[name] for name in ("solution", "solution_type")
    ):
        raise RuleViolation(
            msg("The head decides on this solution; propose another one instead of changing it"),
            code="propose_again",
            field="solution",
        )


def need_staff(unit: Unit, staff_id: int, field: str) -> None:
    """Refuse somebody who is not there, not active, or may only read."""
    query = select(staff.c.active, staff.c.role).where(staff.c.id == staff_id)
    person = unit.conn.execute(query).first()
    if person is None or not person.active:
        raise ValidationError(msg("This staff member is not active"), field=field)
    if person.role == "viewer":
        raise ValidationError(msg("A viewer cannot own tickets"), field=field)


def facts(unit: Unit, row: Mapping[Any, Any]) -> workflow.Facts:
    """What the workflow needs to know of a ticket."""
    departments = unit.conn.execute(
        select(func.count()).where(ticket_department.c.ticket_id == row["id"])
    ).scalar_one()
    children = unit.conn.execute(
        select(func.count()).where(OPEN, ticket.c.parent_id == row["id"])
    ).scalar_one()
    return workflow.Facts(
        state=workflow.State(row["state"]),
        kind=row["kind"],
        urgency=row["urgency"],
        department_set=row["department_id"] is not None,
        owner_set=row["owner_id"] is not None,
        departments=int(departments) + 1,
        first_responsible_set=row["first_responsible_id"] is not None,
        verified=bool(row["verified_note"].strip()),
        solution_set=bool(row["solution"].strip()),
        handling_basis_set=bool(row["handling_basis"].strip()),
        needs_approval=workflow.needs_approval(
            row["kind"], row["urgency"], for_all=unit.core.rules.approval_for_all
        ),
        approval=row["approval"],
        executes_first=row["executes_first"],
        # An exchange sends goods: a delivery, which the customer agrees to first.
        delivery=row["solution_type"] == "exchange",
        customer_confirmed_solution=row["customer_confirmed_solution"],
        satisfaction=row["satisfaction"],
        unreachable_attempts=row["unreachable_attempts"],
        attempts_needed=unit.core.rules.unreachable_attempts,
        open_children=int(children) if unit.core.rules.parent_waits_for_children else 0,
        cause_category_set=bool(row["cause_category"]),
        wait_reason_set=bool(row["wait_reason"].strip()),
        close_reason=row["close_reason"],
    )


def touch(unit: Unit, ticket_id: int, values: Mapping[str, Any]) -> None:
    """Set fields that follow from others and are nobody's edit: no new version, no undo step."""
    unit.conn.execute(update(ticket).where(ticket.c.id == ticket_id).values(**values))


def save(
    unit: Unit,
    row: RowMapping,
    values: Mapping[str, Any],
    verb: str,
    *,
    event: dict[str, Any] | None = None,
    reason: str | None = None,
    expected: int | None = None,
) -> RowMapping:
    """Change a ticket and log it as one act; answers the row as it now stands."""
    diff = unit.change(ticket, row, values, expected=expected)
    if diff or event is not None or reason:
        unit.log(
            "ticket",
            row["id"],
            verb,
            changes=diff,
            reason=reason,
            data=event,
            customer_id=row["customer_id"],
        )
    unit.touched.add(row["id"])
    return load(unit, row["id"]) if diff else row


def policy_facts(row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the choice of policy lines depends on, as kept in the log (sla.md 2.4)."""
    return {
        "kind": row["kind"],
        "tier": row["tier"],
        "urgency": row["urgency"],
        "channel": row["channel"],
        "department_id": row["department_id"],
    }


def facts_event(unit: Unit, row: Mapping[Any, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The event that has the policy chosen again after a change of what it depends on."""
    from crm_tui.services.policies import current_version

    return {
        "event": "facts",
        "facts": policy_facts({**row, **changed}),
        "policy_version": current_version(unit),
    }


def head_of(unit: Unit, department_id: int | None) -> int | None:
    """The head of a department, unless they have left."""
    if department_id is None:
        return None
    query = (
        select(department.c.head_id)
        .join(staff, staff.c.id == department.c.head_id)
        .where(department.c.id == department_id, staff.c.active.is_(True))
    )
    return unit.conn.execute(query).scalar_one_or_none()


def pending_approvals(
    unit: Unit, ticket_id: int, purpose: str | None = None
) -> Sequence[RowMapping]:
    """Proposals that wait for a decision, those of a purpose or all."""
    query = select(approval).where(approval.c.ticket_id == ticket_id, approval.c.state == "pending")
    if purpose is not None:
        query = query.where(approval.c.purpose == purpose)
    return unit.conn.execute(query.order_by(approval.c.id)).mappings().all()


def pending_approval(unit: Unit, ticket_id: int, purpose: str) -> RowMapping | None:
    """The proposal of this purpose that waits, if any; a newer one withdraws the one before."""
    found = pending_approvals(unit, ticket_id, purpose)
    return found[0] if found else None


def is_open(row: Mapping[Any, Any]) -> bool:
    """Whether work is still due on it."""
    return Category(row["category"]) in (Category.NEW, Category.OPEN, Category.WAITING)


def add_people(
    unit: Unit, ticket_id: int, staff_ids: Sequence[int], part: str, reason: str
) -> list[int]:
    """Add collaborators or watchers; answers those who were not there before."""
    query = select(ticket_person.c.staff_id).where(
        ticket_person.c.ticket_id == ticket_id, ticket_person.c.part == part
    )
    there = {int(r.staff_id) for r in unit.conn.execute(query)}
    new = [s for s in dict.fromkeys(staff_ids) if s not in there]
    for staff_id in new:
        unit.conn.execute(
            ticket_person.insert().values(
                ticket_id=ticket_id, staff_id=staff_id, part=part, reason=reason
            )
        )
    return new


def ticket_tags(unit: Unit, ticket_id: int) -> list[str]:
    """Tags of a ticket by name."""
    query = select(ticket_tag.c.name).where(ticket_tag.c.ticket_id == ticket_id)
    return sorted(r.name for r in unit.conn.execute(query))


def set_ticket_tags(unit: Unit, ticket_id: int, names: Sequence[str]) -> None:
    """Replace the tags of a ticket."""
    unit.conn.execute(delete(ticket_tag).where(ticket_tag.c.ticket_id == ticket_id))
    for name in dict.fromkeys(names):
        unit.conn.execute(insert(ticket_tag).values(ticket_id=ticket_id, name=name))


def tier_of(unit: Unit, customer_id: int | None) -> str:
    """The service tier of a customer; unknown ones are served as tier C (D-09)."""
    if customer_id is None:
        return "C"
    query = select(customer.c.service_tier).where(customer.c.id == customer_id)
    tier = unit.conn.execute(query).scalar_one_or_none()
    if tier is None:
        raise ValidationError(msg("There is no such customer"), field="customer_id")
    return str(tier)


def index_ticket(unit: Unit, row: Mapping[Any, Any]) -> None:
    """Search tokens of a ticket: number and subject; contact details never (R-299)."""
    search.index(unit.conn, "ticket", row["id"], f"T-{row['number']} {row['subject']}")


def untracked(unit: Unit) -> Any:
    """No staff note or message since local midnight."""
    local = unit.now.astimezone(ZoneInfo(unit.core.rules.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return or_(ticket.c.last_note_at.is_(None), ticket.c.last_note_at < midnight)
