"""The rules of each kind of record, by name (`register_hooks` says when each is asked)."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from crm_tui.db.schema.registers import TABLES
from crm_tui.domain import task_flow
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.domain.records.interactions import check_not_future
from crm_tui.services import (
    clarification,
    contact_log,
    delivery,
    goal_points,
    goal_rules,
    order_rules,
    surveys,
    task_rows,
    task_rules,
    task_write,
)
from crm_tui.services.register_hooks import Condition, Hooks, Values
from crm_tui.services.unit import Unit

Changes = Mapping[str, list[Any]] | None


def _led(unit: Unit, values: Values, source: str) -> tuple[dict[str, Any], str]:
    """Whoever writes an interaction down led it, unless they say otherwise (R-094)."""
    given = dict(values)
    if not given.get("owner_id") and source == "live":
        given["owner_id"] = unit.actor.staff_id or None
    return given, source


def _interaction(unit: Unit, values: Values) -> None:
    zone = ZoneInfo(unit.core.rules.zone)
    check_not_future(values["occurred_on"], unit.now.astimezone(zone).date())
    if values["completion_state"] == "done" and values.get("task_id") is not None:
        _need_task_done(unit, values["task_id"])


def _need_task_done(unit: Unit, task_id: int) -> None:
    """Refuse to end an interaction whose follow-up is still being worked on (D-39)."""
    table = TABLES["task"]
    query = select(table.c.number).where(
        table.c.id == task_id, table.c.status != "done", table.c.archived.is_(False)
    )
    if (number := unit.conn.execute(query).scalar_one_or_none()) is not None:
        raise RuleViolation(
            msg("Its task {number} is still open", number=number),
            code="task_open",
            field="completion_state",
        )


def _risk_case(unit: Unit, values: Values) -> None:
    """Refuse a second open case of a task (R-209)."""
    table = TABLES["risk_case"]
    query = select(table.c.id).where(
        table.c.task_id == values["task_id"],
        table.c.state == "open",
        table.c.archived.is_(False),
        table.c.id != values.get("id", 0),
    )
    if values["state"] == "open" and unit.conn.execute(query.limit(1)).first() is not None:
        raise RuleViolation(
            msg("The task has an open risk case already"), code="risk_open", field="task_id"
        )


def _task_is(unit: Unit, table: Table, status: str) -> Condition:
    """One filters for the status that one sees, the delay derived (D-17)."""
    return task_rows.shown_is(table, status, task_rows.today(unit))


def _task_read(unit: Unit, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Nor does one read of a late task what is stored."""
    status = task_flow.shown(row["status"], row["due_on"], task_rows.today(unit))
    return {"status": status}


def _item_changed(unit: Unit, item_id: int, changes: Changes) -> None:
    if changes is not None:
        task_write.item_changed(unit, item_id, changes)


def _answered(unit: Unit, answer_id: int, changes: Changes) -> None:
    if changes is None:
        surveys.saved(unit, answer_id)


HOOKS: Final[Mapping[str, Hooks]] = {
    "interaction": Hooks(
        given=_led,
        check=_interaction,
        saved=lambda unit, record_id, _: clarification.saved(unit, record_id),
        conditions={"participants": lambda _, table, text: contact_log.took_part(table, text)},
    ),
    "contract": Hooks(
        check=lambda _, values: delivery.check(values),
        saved=lambda unit, record_id, _: delivery.saved(unit, record_id),
    ),
    "product": Hooks(need_unnamed=order_rules.need_unnamed),
    "order": Hooks(check=order_rules.check_order, need_room=order_rules.check_credit),
    "survey_answer": Hooks(
        given=surveys.on_create,
        check=surveys.check,
        saved=_answered,
        need_archivable=surveys.need_archivable,
    ),
    "goal": Hooks(
        check=goal_rules.check,
        saved=lambda unit, record_id, _: goal_points.saved(unit, record_id),
    ),
    "task": Hooks(
        created=task_rules.on_create,
        changed=task_rules.on_change,
        saved=task_write.saved,
        read=_task_read,
        conditions={"status": _task_is},
    ),
    "checklist_item": Hooks(saved=_item_changed),
    "risk_case": Hooks(check=_risk_case),
}
