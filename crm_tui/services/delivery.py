"""Delivery of contracts: confirmed first, on the day promised, called on afterwards (R-132 to R-134)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import staff
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.domain.task_flow import Given, step
from crm_tui.services.policies import calendar_named
from crm_tui.services.register_rules import insert_record
from crm_tui.services.unit import Unit

FOLLOW_UP_DAYS: Final = 3
FOLLOW_UP: Final = "follow_up"


def check(values: Mapping[str, Any]) -> None:
    """Refuse a delivery that the customer had not confirmed before it, and a visit before delivery."""
    delivered, confirmed = values.get("delivered_at"), values.get("solution_confirmed_at")
    if delivered is not None and (confirmed is None or confirmed > delivered):
        raise RuleViolation(
            msg("The customer must confirm the solution before delivery starts"),
            code="customer_confirmation_needed",
            field="solution_confirmed_at" if confirmed is None else "delivered_at",
        )
    visited = values.get("followed_up_at")
    if visited is not None and (delivered is None or visited < delivered):
        raise RuleViolation(
            msg("The return visit comes after the delivery"),
            code="not_delivered",
            field="followed_up_at",
        )


def saved(unit: Unit, contract_id: int) -> None:
    """After a contract was written: the return visit is somebody's task until it is done (R-134)."""
    from crm_tui.db.schema.registers import TABLES

    tasks, contracts = TABLES["task"], TABLES["contract"]
    row = unit.row(contracts, contract_id, msg("Contract"))
    query = select(tasks).where(
        tasks.c.source == FOLLOW_UP, tasks.c.source_key == f"contract:{contract_id}"
    )
    task = unit.conn.execute(query).mappings().first()
    if row["delivered_at"] is not None and task is None:
        _call(unit, row)
    elif task is not None and row["followed_up_at"] is not None and task["status"] != "done":
        # The visit itself is what was to be done: no standard is asked for.
        visited = Given(standard_met=True, delivered=True)
        by = unit.actor.staff_id or None
        today = local_day(unit, unit.now)
        done = step(task, "done", visited, by=by, now=unit.now, today=today)
        diff = unit.change(tasks, task, done)
        unit.log("task", task["id"], "moved", changes=diff, customer_id=row["customer_id"])


def _call(unit: Unit, row: RowMapping) -> None:
    owner = _manager(unit, row)
    if owner is None:
        # Nobody to give it to: whoever recorded the delivery makes the call.
        owner = unit.actor.staff_id or None
    if owner is None:
        return
    query = select(staff.c.department_id).where(staff.c.id == owner)
    department = unit.conn.execute(query).scalar_one_or_none()
    due = local_day(unit, row["delivered_at"]) + timedelta(days=FOLLOW_UP_DAYS)
    if unit.core.rules.follow_up_on_working_day:
        calendar = calendar_named(unit, unit.core.rules.calendar)
        while not calendar.is_working_day(due):
            due += timedelta(days=1)
    if department is None:
        from crm_tui.services.org import department_id

        department = department_id(unit, "sales")
    task = insert_record(
        unit,
        "task",
        {
            "description": f"{row['number']}: 交付后回访 / return visit after delivery",
            "department_ids": [department],
            "owner_id": owner,
            "customer_id": row["customer_id"],
            "due_on": due,
        },
        source=FOLLOW_UP,
        source_key=f"contract:{row['id']}",
    )
    unit.notify(
        [owner],
        FOLLOW_UP,
        msg("{number} was delivered: call the customer by {due}", number=row["number"], due=due),
        subject=("task", task),
        key=f"follow_up:{row['id']}",
    )


def still_overdue(unit: Unit, contract_id: int) -> date | None:
    """The promised day of a contract in force, where it has passed without delivery."""
    from crm_tui.db.schema.registers import TABLES

    row = unit.row(TABLES["contract"], contract_id, msg("Contract"))
    promised: date | None = row["promised_delivery_on"]
    late = promised is not None and promised < local_day(unit, unit.now)
    waiting = row["delivered_at"] is None and not row["archived"]
    return promised if late and waiting and row["status"] in ("active", "renewed") else None


def warn(unit: Unit, contract_id: int, promised: date) -> None:
    """Log the breach of a promised delivery and tell those who look after it (R-132)."""
    from crm_tui.db.schema.registers import TABLES

    row = unit.row(TABLES["contract"], contract_id, msg("Contract"))
    days = (local_day(unit, unit.now) - promised).days
    unit.log(
        "contract",
        row["id"],
        "breached",
        changes={"clock": [None, "delivery"], "promised_delivery_on": [None, promised.isoformat()]},
        customer_id=row["customer_id"],
    )
    unit.notify(
        [row["owner_id"], _manager(unit, row)],
        "overdue",
        msg(
            "{number}: the delivery promised for {day} is {count} days late",
            number=row["number"],
            day=promised,
            count=days,
        ),
        subject=("contract", row["id"]),
        key=f"delivery:{row['id']}:{promised.isoformat()}",
    )


def local_day(unit: Unit, at: datetime) -> date:
    """The date at the desk."""
    return at.astimezone(ZoneInfo(unit.core.rules.zone)).date()


def _manager(unit: Unit, row: RowMapping) -> int | None:
    query = select(customer.c.manager_id).where(customer.c.id == row["customer_id"])
    found = unit.conn.execute(query).scalar_one_or_none()
    owner: int | None = row["owner_id"] if found is None else found
    return owner
