"""Moves of a ticket through its workflow, inside a transaction (R-123, R-146 to R-152)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, update

from crm_tui.db.schema.system import notification
from crm_tui.db.schema.tickets import approval, escalation, handover
from crm_tui.domain import escalation as levels
from crm_tui.domain import workflow
from crm_tui.domain.msg import Msg, msg
from crm_tui.services import ticket_base as base
from crm_tui.services.org import executive_ids, rapid_response_ids, team_ids
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
    withdrawn = _withdrawn_by(row, to, category)
    if withdrawn is not None and withdraw(unit, row, withdrawn):
        values = {"approval": "none", "executes_first": False, **(values or {})}
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


def _withdrawn_by(row: RowMapping, to: str, category: str) -> str | None:
    """Which proposals a move makes pointless: their purpose, an empty text for all, None for none."""
    if category in ("resolved", "closed"):
        return ""
    back = row["state"] in ("solution_proposed", "executing") and to == "accepted"
    return "solution" if back else None


def withdraw(unit: Unit, row: RowMapping, purpose: str = "") -> bool:
    """Take back proposals that nobody need decide any more; answers whether a solution was among them."""
    found = base.pending_approvals(unit, row["id"], purpose or None)
    for waiting in found:
        unit.change(approval, waiting, {"state": "withdrawn"})
    solution = any(a["purpose"] == "solution" for a in found)
    if found:
        unit.log(
            "ticket",
            row["id"],
            "approval_withdrawn",
            data={"event": "approval_decided", "to": "withdrawn"} if solution else None,
            customer_id=row["customer_id"],
        )
    return solution


def back_to_work(unit: Unit, row: RowMapping, *, verb: str) -> RowMapping:
    """Return a waiting ticket to work, to where it had come (sla.md 2.7)."""
    to = "accepted" if row["verified_note"].strip() else "dispatched"
    return move(unit, row, to, guard=False, verb=verb)


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
        "unreachable_attempts": 0,
    }
    to = "accepted" if row["owner_id"] is not None else "registered"
    return move(unit, row, to, values=values, guard=False, verb="reopened", reason=reason)


def escalate(
    unit: Unit,
    row: RowMapping,
    level: int,
    cause: str,
    *,
    reason: str = "",
    read: bool = False,
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
        read=read,
    )
    return row


def transfer(unit: Unit, row: RowMapping, to_department: int, reason: str) -> RowMapping:
    """Hand a ticket to another department, counted and measured; the third time escalates (R-155, R-160).

    What waits for the head of the old department goes to the head of the new one.
    """
    count = row["transfer_count"] + 1
    before = base.open_handover(unit, row["id"])
    if before is not None:
        unit.change(handover, before, {"outcome": "passed_on", "ended_at": unit.now})
    new = unit.add(
        handover,
        {
            "ticket_id": row["id"],
            "from_department_id": row["department_id"],
            "to_department_id": to_department,
            "reason": reason,
            "by_id": unit.actor.staff_id or None,
            "at": unit.now,
            "outcome": "undone",
        },
    )
    # Written as undone and then opened: undoing the act takes this step back.
    unit.change(handover, unit.row(handover, new), {"outcome": ""})
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
        key=f"handover:{new}",
        acknowledge=True,
    )
    for waiting in base.pending_approvals(unit, row["id"]):
        unit.change(approval, waiting, {"department_id": to_department})
        _ask(unit, row, waiting["id"], to_department, waiting["proposer_id"])
    if row["urgency"] == "urgent":
        tell_head_urgent(unit, row)
    if levels.escalates_on_transfer(count):
        row = escalate(unit, row, levels.LEVEL_DEPARTMENTS, "third_transfer")
    return row


def accept_handover(unit: Unit, row: RowMapping, staff_id: int | None) -> bool:
    """Note that a handover was accepted, if one waits (R-155)."""
    waiting = base.open_handover(unit, row["id"]) if staff_id is not None else None
    if waiting is None:
        return False
    unit.change(
        handover,
        waiting,
        {
            "outcome": "accepted",
            "accepted_by": staff_id or None,
            "accepted_at": unit.now,
            "ended_at": unit.now,
        },
    )
    return True


def tell_head_urgent(unit: Unit, row: RowMapping) -> None:
    """Tell the head of the department of an urgent ticket; the row asks for acknowledgement (R-118)."""
    unit.notify(
        [base.head_of(unit, row["department_id"])],
        "urgent",
        msg("Urgent: T-{number} {subject}", number=row["number"], subject=row["subject"][:60]),
        subject=("ticket", row["id"]),
        # Each time it becomes urgent, and each head, anew.
        key=f"urgent:{row['id']}:{row['row_version']}",
        acknowledge=True,
    )


def acknowledged(unit: Unit, row: RowMapping) -> None:
    """The head has seen an urgent ticket: the clock stops, their row in the inbox says when (R-118)."""
    unit.log(
        "ticket",
        row["id"],
        "acknowledged",
        data={"event": "acknowledged"},
        customer_id=row["customer_id"],
    )
    unit.conn.execute(
        update(notification)
        .where(
            notification.c.staff_id == unit.actor.staff_id,
            notification.c.kind == "urgent",
            notification.c.subject_kind == "ticket",
            notification.c.subject_id == row["id"],
            notification.c.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=unit.now, read_at=unit.now)
    )


def set_urgency(unit: Unit, row: RowMapping, urgency: str, *, reason: str = "") -> RowMapping:
    """Change urgency and have the policy chosen again (sla.md 2.4); urgent tells the head (R-118)."""
    event = base.facts_event(unit, row, {"urgency": urgency})
    row = base.save(unit, row, {"urgency": urgency}, "urgency", event=event, reason=reason)
    if urgency == "urgent":
        tell_head_urgent(unit, row)
    return row


def add_special_team(unit: Unit, row: RowMapping) -> None:
    """Bring in the special service team for a complex or emotional matter (R-121)."""
    added = base.add_people(
        unit, row["id"], team_ids(unit, "special_service"), "collaborator", "special_team"
    )
    unit.notify(
        added,
        "collaborator",
        msg("T-{number} needs the special service team", number=row["number"]),
        subject=("ticket", row["id"]),
        key=f"special:{row['id']}",
    )


def approvers(unit: Unit, department_id: int | None, proposer_id: int) -> list[int]:
    """Who may decide: the head of the department, else the executives, never the proposer (R-148)."""
    head = base.head_of(unit, department_id)
    if head is not None and head != proposer_id:
        return [head]
    return [who for who in executive_ids(unit) if who != proposer_id]


def _ask(
    unit: Unit, row: RowMapping, approval_id: int, department_id: int | None, proposer_id: int
) -> bool:
    people = approvers(unit, department_id, proposer_id)
    unit.notify(
        people,
        "approval",
        msg("T-{number} waits for your approval", number=row["number"]),
        subject=("ticket", row["id"]),
        key=f"approval:{approval_id}",
        acknowledge=True,
    )
    return bool(people)


def request_approval(
    unit: Unit, row: RowMapping, purpose: str, text: str, *, value: str = ""
) -> Msg | None:
    """Ask the head of the ticket's department for a decision (R-113, R-148); a newer request replaces.

    Answers a warning where there is nobody who could decide.
    """
    withdraw(unit, row, purpose)
    new = unit.add(
        approval,
        {
            "ticket_id": row["id"],
            "purpose": purpose,
            "proposer_id": unit.actor.staff_id,
            "department_id": row["department_id"],
            "text": text,
            "value": value,
            "state": "withdrawn",
            "requested_at": unit.now,
        },
    )
    # Written as withdrawn and then opened: undoing the act takes this step back.
    unit.change(approval, unit.row(approval, new), {"state": "pending"})
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
    if _ask(unit, row, new, row["department_id"], unit.actor.staff_id):
        return None
    return msg("Nobody can approve this yet: the department needs another head, or an executive")
