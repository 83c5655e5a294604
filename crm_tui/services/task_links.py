"""Dependencies between tasks, and tasks made from tickets, checklist items, interactions (R-093, R-206).

A link and its end are logged on the tasks, kind ``task``, verbs ``linked`` and ``unlinked``.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, select

from crm_tui.domain import schedule as rules
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.domain.task_flow import DONE
from crm_tui.services import task_rows, task_schedule
from crm_tui.services import ticket_base as base
from crm_tui.services.register_rules import described, insert_record, need_record
from crm_tui.services.task_write import reopen_interaction
from crm_tui.services.unit import Unit

# Dependencies


def link(unit: Unit, before_id: int, after_id: int) -> None:
    """Let a task begin after another has ended; a ring is refused and named (R-206)."""
    kind, _ = task_rows.task_kind()
    after = task_rows.load(unit, after_id)
    before = task_rows.load(unit, before_id)
    need_record(unit, kind, after)
    known = task_schedule.links(unit)
    if (before_id, after_id) in known:
        return
    _need_no_ring(unit, known, before_id, after_id)
    _set(unit, before, after, on=True)


def unlink(unit: Unit, before_id: int, after_id: int) -> None:
    """Take a dependency away."""
    kind, table = task_rows.task_kind()
    after = unit.row(table, after_id, msg("Task"))
    need_record(unit, kind, after)
    if (before_id, after_id) not in task_schedule.links(unit):
        raise RuleViolation(msg("These tasks do not wait for each other"), code="not_linked")
    _set(unit, unit.row(table, before_id), after, on=False)


def undo_link(unit: Unit, args: Mapping[str, Any]) -> None:
    """Take a link or its removal back; a removal only where no ring has come of it."""
    _, table = task_rows.task_kind()
    before_id, after_id = args["before"], args["after"]
    on = not args["on"]
    if on:
        known = task_schedule.links(unit)
        if (before_id, after_id) not in known:
            _need_no_ring(unit, known, before_id, after_id)
    _set(unit, unit.row(table, before_id), unit.row(table, after_id), on=on)


def _set(unit: Unit, before: RowMapping, after: RowMapping, *, on: bool) -> None:
    """Write a link or take it away, and log it on both of its tasks."""
    from crm_tui.db.schema.work import task_dependency as table

    here = (table.c.before_id == before["id"]) & (table.c.after_id == after["id"])
    unit.conn.execute(delete(table).where(here))
    if on:
        values = {"before_id": before["id"], "after_id": after["id"], "at": unit.now}
        unit.conn.execute(table.insert().values(values))
    unit.inverse("task_link", before=before["id"], after=after["id"], on=on)
    for row, other in ((after, before), (before, after)):
        unit.log(
            "task",
            row["id"],
            "linked" if on else "unlinked",
            data={"before": before["number"], "after": after["number"], "other": other["id"]},
            customer_id=row["customer_id"],
        )


def _need_no_ring(unit: Unit, known: list[tuple[int, int]], before_id: int, after_id: int) -> None:
    ring = rules.ring(known, before_id, after_id)
    if not ring:
        return
    _, table = task_rows.task_kind()
    query = select(table.c.id, table.c.number).where(table.c.id.in_(ring))
    numbers = {r.id: r.number for r in unit.conn.execute(query)}
    raise RuleViolation(
        msg(
            "The tasks would wait for each other in a ring: {ring}",
            ring=" → ".join(numbers[i] for i in ring),
        ),
        code="ring",
    )


# What a task is made from


def from_ticket(unit: Unit, ticket_id: int, data: Mapping[str, Any]) -> int:
    """The cross-department task that a ticket sets off."""
    row = base.load(unit, ticket_id)
    base.need_work(unit, row)
    _refuse_second(unit, *_open_of(ticket_id))
    new = _make(
        unit,
        {
            "description": row["subject"],
            "department_ids": [row["department_id"]] if row["department_id"] else [],
            "customer_id": row["customer_id"],
            "owner_id": row["owner_id"],
            **data,
            "ticket_id": ticket_id,
        },
    )
    _log_on_ticket(unit, row, new)
    return new


def set_off_by(unit: Unit, ticket_id: int) -> int | None:
    """The open task of a ticket; without one it is refused here to whom a new one would be."""
    if (found := _first(unit, *_open_of(ticket_id))) is not None:
        return int(found.id)
    base.need_work(unit, base.load(unit, ticket_id))
    return None


def from_checklist_item(unit: Unit, item_id: int, data: Mapping[str, Any]) -> int:
    """A task for something to be done on a ticket, which is ticked with it."""
    kind, items = described("checklist_item")
    item = unit.row(items, item_id, msg("Checklist item"))
    row = base.load(unit, item["ticket_id"])
    base.need_work(unit, row)
    need_record(unit, kind, item)
    if item["done"]:
        raise RuleViolation(msg("The item is ticked already"), code="ticked")
    _, table = task_rows.task_kind()
    _refuse_second(unit, table.c.checklist_item_id == item_id)
    new = _make(
        unit,
        {
            "description": item["text"],
            "department_ids": [row["department_id"]] if row["department_id"] else [],
            "customer_id": row["customer_id"],
            "owner_id": item["owner_id"] or row["owner_id"],
            **data,
            "ticket_id": row["id"],
        },
        checklist_item_id=item_id,
    )
    _log_on_ticket(unit, row, new)
    return new


def from_interaction(unit: Unit, interaction_id: int, data: Mapping[str, Any]) -> int:
    """The task that a follow-up action spawns, linked in both directions (R-093, D-39)."""
    kind, interactions = described("interaction")
    row = unit.row(interactions, interaction_id, msg("Interaction"))
    need_record(unit, kind, row)
    _, table = task_rows.task_kind()
    _refuse_second(unit, table.c.interaction_id == interaction_id)
    new = _make(
        unit,
        {
            "description": row["follow_up_action"] or row["topic"],
            "customer_id": row["customer_id"],
            "owner_id": row["owner_id"],
            "ticket_id": row["ticket_id"],
            **data,
        },
        interaction_id=interaction_id,
    )
    reopen_interaction(unit, interaction_id, task_id=new)
    return new


def _make(unit: Unit, data: Mapping[str, Any], **made_from: int) -> int:
    """A task that the actor and their department do, unless it is said otherwise."""
    full = dict(data)
    if not full.get("owner_id"):
        full["owner_id"] = unit.actor.staff_id
    if not full.get("department_ids") and unit.actor.department_id is not None:
        full["department_ids"] = [unit.actor.department_id]
    new = insert_record(unit, "task", full)
    if made_from:
        _, table = task_rows.task_kind()
        # Part of its making: the version is still its first.
        unit.conn.execute(table.update().where(table.c.id == new).values(**made_from))
    return new


def _open_of(ticket_id: int) -> tuple[ColumnElement[bool], ...]:
    _, table = task_rows.task_kind()
    return table.c.ticket_id == ticket_id, table.c.status != DONE


def _first(unit: Unit, *where: ColumnElement[bool]) -> Any:
    _, table = task_rows.task_kind()
    query = select(table.c.id, table.c.number).where(table.c.archived.is_(False), *where)
    return unit.conn.execute(query.order_by(table.c.id).limit(1)).first()


def _refuse_second(unit: Unit, *where: ColumnElement[bool]) -> None:
    if (found := _first(unit, *where)) is not None:
        raise RuleViolation(
            msg("{number} has been made from it already", number=found.number), code="made_already"
        )


def _log_on_ticket(unit: Unit, row: Any, task_id: int) -> None:
    _, table = task_rows.task_kind()
    number = unit.conn.execute(select(table.c.number).where(table.c.id == task_id)).scalar_one()
    unit.log(
        "ticket",
        row["id"],
        "task_made",
        data={"task": task_id, "number": number},
        customer_id=row["customer_id"],
    )
