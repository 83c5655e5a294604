"""Reading tasks: cards with the names of what they refer to, in few statements and narrow columns."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    or_,
    select,
    type_coerce,
)

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import ticket
from crm_tui.domain import task_flow
from crm_tui.domain.business_time import wall_instant
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.domain.records.base import Kind
from crm_tui.domain.task_flow import COLUMNS, DELAYED, DONE
from crm_tui.domain.text import display
from crm_tui.services.register_rules import described
from crm_tui.services.unit import Unit
from crm_tui.services.work_dto import TaskCard

NAMES: Final = 500
"""Ids that one look-up of names asks for."""
_READ: Final = (
    "id",
    "row_version",
    "number",
    "description",
    "status",
    "priority",
    "department_ids",
    "owner_id",
    "helper_ids",
    "goal_id",
    "customer_id",
    "ticket_id",
    "start_on",
    "due_on",
    "original_due_on",
    "baseline_start_on",
    "baseline_due_on",
    "done_on",
    "progress",
    "progress_at",
    "milestone",
    "plan_action",
    "delivered",
    "rank",
    "created_at",
    "source",
)
_LISTS: Final = frozenset({"department_ids", "helper_ids"})
"""Read as they are stored, for `_ids`."""


def task_kind() -> tuple[Kind, Table]:
    """The description and the table of tasks."""
    return described("task")


def load(unit: Unit, task_id: int) -> RowMapping:
    """A task that is on the lists; refused where it was archived."""
    row = unit.row(task_kind()[1], task_id, msg("Task"))
    if row["archived"]:
        raise RuleViolation(
            msg("{number} is archived; bring it back first", number=row["number"]), code="archived"
        )
    return row


# Days


def local_day(unit: Unit, at: datetime) -> date:
    """The date at the desk of a moment."""
    return at.astimezone(ZoneInfo(unit.core.rules.zone)).date()


def today(unit: Unit) -> date:
    """The date at the desk."""
    return local_day(unit, unit.now)


def planned_start(unit: Unit, start_on: date | None, created_at: datetime) -> datetime:
    """When the work was to begin: the midnight of its day, else when it was written down."""
    if start_on is None:
        return created_at
    return midnight(unit, start_on)


def midnight(unit: Unit, day: date) -> datetime:
    """When a day of the desk begins; a day that is out of reach of clocks stays at its edge."""
    return _midnight(day, unit.core.rules.zone)


@lru_cache(4096)
def _midnight(day: date, zone: str) -> datetime:
    try:
        return wall_instant(datetime.combine(day, time(0)), ZoneInfo(zone))
    except OverflowError:
        edge = datetime.max if day.year > 1 else datetime.min
        return edge.replace(tzinfo=UTC)


def start_day(unit: Unit, start_on: date | None, created_at: datetime) -> date:
    """The day from which the time of a task is counted."""
    if start_on is not None:
        return start_on
    return local_day(unit, created_at)


# Conditions


def shown_is(table: Table, status: str, day: date) -> ColumnElement[bool]:
    """Tasks that are shown with a status, the delay derived (D-17)."""
    late = table.c.due_on < day
    if status == DONE:
        return table.c.status == DONE
    if status == DELAYED:
        return or_(table.c.status == DELAYED, and_(table.c.status != DONE, late))
    return and_(table.c.status == status, or_(table.c.due_on.is_(None), ~late))


def of_department(table: Table, department_id: int) -> ColumnElement[bool]:
    """Tasks of a department: lists are stored as JSON, an id stands between brackets and commas."""
    text = cast(table.c.department_ids, Text)
    marks = [(left, right) for left in "[ ," for right in ",]"]
    return or_(*(text.like(f"%{left}{department_id}{right}%") for left, right in marks))


def current(unit: Unit, table: Table, days: int) -> ColumnElement[bool]:
    """Open tasks, and those that were done in the last ``days``."""
    since = today(unit) - timedelta(days=days)
    # What a file tells of as done long ago is new to this desk all the same.
    told = and_(table.c.source != "live", table.c.created_at >= midnight(unit, since))
    return or_(table.c.status != DONE, table.c.done_on >= since, told)


def column_order(table: Table, day: date) -> Any:
    """The place of a task's column on the board."""
    late = and_(table.c.status != DONE, table.c.due_on < day)
    places = {name: place for place, name in enumerate(COLUMNS)}
    return case((late, places[DELAYED]), else_=case(places, value=table.c.status))


def within_column(table: Table) -> list[Any]:
    """The order of a column: as it was put by hand, then by due date."""
    return [
        table.c.rank.is_(None),
        table.c.rank,
        table.c.due_on.is_(None),
        table.c.due_on,
        table.c.id,
    ]


# Cards


def query(table: Table) -> Select[Any]:
    """What `cards` needs of tasks that are on the lists."""
    columns = [
        type_coerce(table.c[name], Text).label(name) if name in _LISTS else table.c[name]
        for name in _READ
    ]
    return select(*columns).where(table.c.archived.is_(False))


@lru_cache(4096)
def _ids(text: str) -> tuple[int, ...]:
    """A stored list; the same few departments and helpers come again and again."""
    return tuple(json.loads(text))


def cards(unit: Unit, wanted: Select[Any]) -> list[TaskCard]:
    """The cards of a `query`, texts display-safe."""
    rows = unit.conn.execute(wanted).all()
    names = _Names(unit, rows)
    day = today(unit)
    return [_card(unit, names, row, day) for row in rows]


def cards_of(unit: Unit, ids: Iterable[int]) -> dict[int, TaskCard]:
    """The cards of some tasks by id."""
    _, table = task_kind()
    wanted = sorted(set(ids))
    found: dict[int, TaskCard] = {}
    for start in range(0, len(wanted), NAMES):
        some = query(table).where(table.c.id.in_(wanted[start : start + NAMES]))
        found |= {one.id: one for one in cards(unit, some)}
    return found


def card(unit: Unit, task_id: int) -> TaskCard:
    """One card; `NotFound` where there is none."""
    _, table = task_kind()
    load(unit, task_id)
    return cards(unit, query(table).where(table.c.id == task_id))[0]


class _Names:
    """What the ids on cards stand for."""

    def __init__(self, unit: Unit, rows: Sequence[Any]) -> None:
        self.people = _all(unit, select(staff.c.id, staff.c.name)) if rows else {}
        # By code: what a department is called depends on who reads.
        self.departments = _all(unit, select(department.c.id, department.c.code)) if rows else {}
        _, goal = described("goal")
        self.goals = _some(unit, goal.c.id, goal.c.objective, (r.goal_id for r in rows))
        self.customers = _some(unit, customer.c.id, customer.c.name, (r.customer_id for r in rows))
        self.tickets = _some(unit, ticket.c.id, ticket.c.number, (r.ticket_id for r in rows))
        _, risk = described("risk_case")
        at_risk = select(risk.c.task_id).where(risk.c.state == "open", risk.c.archived.is_(False))
        self.at_risk = {int(r.task_id) for r in unit.conn.execute(at_risk)} if rows else set()
        self._together: dict[str, tuple[tuple[int, str], ...]] = {}

    def departments_of(self, stored: str) -> tuple[tuple[int, str], ...]:
        """The departments of a stored list, each with its code."""
        found = self._together.get(stored)
        if found is None:
            found = tuple((i, self.departments.get(i, f"#{i}")) for i in _ids(stored))
            self._together[stored] = found
        return found


def _all(unit: Unit, wanted: Select[Any]) -> dict[int, str]:
    return {row[0]: display(row[1]) for row in unit.conn.execute(wanted)}


def _some(unit: Unit, key: Any, name: Any, ids: Iterable[int | None]) -> dict[int, Any]:
    wanted = sorted({i for i in ids if i is not None})
    found: dict[int, Any] = {}
    for start in range(0, len(wanted), NAMES):
        some = select(key, name).where(key.in_(wanted[start : start + NAMES]))
        for row in unit.conn.execute(some):
            found[row[0]] = display(row[1]) if isinstance(row[1], str) else row[1]
    return found


def _card(unit: Unit, names: _Names, row: Any, day: date) -> TaskCard:
    status, due_on = row.status, row.due_on
    return TaskCard(
        id=row.id,
        version=row.row_version,
        number=display(row.number),
        title=title(row.description),
        status=status,
        shown=task_flow.shown(status, due_on, day),
        priority=row.priority,
        departments=names.departments_of(row.department_ids),
        owner_id=row.owner_id,
        owner=names.people.get(row.owner_id, f"#{row.owner_id}"),
        helpers=tuple(names.people.get(i, f"#{i}") for i in _ids(row.helper_ids)),
        goal_id=row.goal_id,
        goal=names.goals.get(row.goal_id, ""),
        customer_id=row.customer_id,
        customer=names.customers.get(row.customer_id, ""),
        ticket_id=row.ticket_id,
        ticket_number=names.tickets.get(row.ticket_id),
        start_on=row.start_on,
        due_on=due_on,
        original_due_on=row.original_due_on,
        baseline_start_on=row.baseline_start_on,
        baseline_due_on=row.baseline_due_on,
        done_on=row.done_on,
        progress=row.progress,
        progress_at=row.progress_at,
        milestone=row.milestone,
        plan_action=row.plan_action,
        delivered=row.delivered,
        late_days=task_flow.late_days(status, due_on, row.done_on, day),
        warning=_warning(unit, row, day),
        risk_open=row.id in names.at_risk,
        rank=row.rank,
    )


def title(description: str) -> str:
    """The first line of a description, display-safe."""
    return display(description.lstrip().split("\n", 1)[0])


def stands_since(
    unit: Unit,
    start_on: date | None,
    progress_at: datetime | None,
    created_at: datetime,
    source: str,
) -> datetime:
    """Since when a task has not moved; of a file, not before it came here."""
    told = created_at if source != "live" else None
    return task_flow.stands_since(progress_at, planned_start(unit, start_on, created_at), told)


def _warning(unit: Unit, task: Any, day: date) -> str:
    """Why a task needs a look (R-207, R-208)."""
    if task.status == DONE:
        return ""
    return task_flow.warning(
        task.status,
        task.due_on,
        task.progress,
        start=start_day(unit, task.start_on, task.created_at),
        since=stands_since(unit, task.start_on, task.progress_at, task.created_at, task.source),
        now=unit.now,
        today=day,
    )
