"""Moves of a ticket through its workflow, inside a transaction (R-123, R-146 to R-152)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping

from crm_tui.db.schema.tickets import approval, escalation, handover
from crm_tui.domain import escalation as levels
from crm_tui.domain import workflow
from crm_tui.domain.msg import msg
from crm_tui.services import ticket_base as base
from crm_tui.services.org import executive_ids, rapid_response_ids
from crm_tui.services.unit import Unit

CLOSING_FIELDS: dict[str, Any] = {"resolved_at": None, "closed_at": None}


def move(
    unit: Unit,
    row: RowMapping,
    to: str,
    *,
    values: Mapping[str, Any] | None = None,
    guard: bool = True,
    verb: str = "state",
    reason: str | None = None,
    expected: int | None = None,
) -> RowMapping:
    """Take a ticket to another state with its event; the table and its guards decide.

    ``values`` are saved with the move and count for its guards. ``guard`` is False where a rule itself
    moves the ticket, as a customer's message does.
    """
    merged = {**row, **(values or {})}
    if guard:
        workflow.check(base.facts(unit, merged), workflow.State(to))
    category = str(workflow.category(workflow.State(to)))
    change: dict[str, Any] = {**(values or {}), "state": to, "category": category}
    if category == "resolved" and row["category"] != "resolved":
        change["resolved_at"] = unit.now
        change.setdefault("first_resolved_at", row["first_resolved_at"] or unit.now)
    if category == "closed":
        change["closed_at"] = unit.now
    elif row["category"] in ("resolved", "closed") and category not in ("resolved", "closed"):
        change |= CLOSING_FIELDS
    if category != "waiting":
        change.setdefault("wait_reason", "")
        change.setdefault("pending_until", None)
    event = {"event": "state", "to": to}
    return base.save(unit, row, change, verb, event=event, reason=reason, expected=expected)


def reopen(unit: Unit, row: RowMapping, *, reason: str) -> RowMapping:
    """Open a resolved or closed ticket again; it is an event, not a state (R-123, R-161)."""
    ended = row["resolved_at"] or row["closed_at"]
    days = unit.core.rules.reopen_days
    soon = ended is not None and unit.now - ended <= timedelta(days=days)
    values = {
        "reopen_count": row["reopen_count"] + 1,
        "reopened_within_days": bool(row["reopened_within_days"] or soon),
        "satisfaction": "none",
        "close_reason": "",
    }
    to = "accepted" if row["owner_id"] is not None else "registered"
    return move(unit, row, to, values=values, guard=False, verb="reopened", reason=reason)


def escalate(
    unit: Unit, row: RowMapping, level: int, cause: str, *, reason: str = ""
) -> RowMapping:
    """Raise a ticket to ``level``, only upward, with who, why and when (R-152).

    Level 2 adds the rapid response group, level 3 tells the executives (R-153).
    """
    if level <= row["escalation_level"]:
        return row
    unit.add(
        escalation,
        {
            "ticket_id": row["id"],
            "level": level,
            "cause": cause,
            "reason": reason,
            "by_id": unit.actor.staff_id or None,
            "at": unit.now,
        },
    )
    row = base.save(unit, row, {"escalation_level": level}, "escalated", reason=reason or cause)
    people = [row["owner_id"], base.head_of(unit, row["department_id"])]
    if level >= levels.LEVEL_DEPARTMENTS:
        group = rapid_response_ids(unit)
        base.add_people(unit, row["id"], group, "collaborator", "rapid_response")
        people += group
    if level >= levels.LEVEL_EXECUTIVE:
        people += executive_ids(unit)
    unit.notify(
        people,
        "escalated",
        msg("T-{number} was escalated to level {level}", number=row["number"], level=level),
        subject=("ticket", row["id"]),
        key=f"escalated:{row['id']}:{level}",
    )
    return row


def transfer(unit: Unit, row: RowMapping, to_department: int, reason: str) -> RowMapping:
    """Hand a ticket to another department, counted and measured; the third time escalates (R-155, R-160)."""
    count = row["transfer_count"] + 1
    unit.add(
        handover,
        {
            "ticket_id": row["id"],
            "from_department_id": row["department_id"],
            "to_department_id": to_department,
            "reason": reason,
            "by_id": unit.actor.staff_id or None,
            "at": unit.now,
        },
    )
    event = base.facts_event(unit, row, {"department_id": to_department})
    row = base.save(
        unit,
        row,
        {"department_id": to_department, "owner_id": None, "transfer_count": count},
        "transferred",
        event=event,
        reason=reason,
    )
    unit.notify(
        [base.head_of(unit, to_department)],
        "handover",
        msg("T-{number} was handed to your department; accept or answer", number=row["number"]),
        subject=("ticket", row["id"]),
        key=f"handover:{row['id']}:{count}",
        acknowledge=True,
    )
    if levels.escalates_on_transfer(count):
        row = escalate(unit, row, levels.LEVEL_DEPARTMENTS, "third_transfer")
    return row


def request_approval(
    unit: Unit, row: RowMapping, purpose: str, text: str, *, value: str = ""
) -> int:
    """Ask the head of the ticket's department for a decision (R-113, R-148)."""
    new = unit.add(
        approval,
        {
            "ticket_id": row["id"],
            "purpose": purpose,
            "proposer_id": unit.actor.staff_id,
            "department_id": row["department_id"],
            "text": text,
            "value": value,
            "state": "pending",
            "requested_at": unit.now,
        },
    )
    unit.log(
        "ticket",
        row["id"],
        "approval_requested",
        data={"event": "approval_requested", "approval": new}
        if purpose == "solution"
        else {"approval": new},
        reason=text,
        customer_id=row["customer_id"],
    )
    unit.notify(
        [base.head_of(unit, row["department_id"])],
        "approval",
        msg("T-{number} waits for your approval", number=row["number"]),
        subject=("ticket", row["id"]),
        key=f"approval:{new}",
        acknowledge=True,
    )
    return new
