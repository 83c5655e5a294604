"""Measured values of goals: written once, corrected by another, undone by being struck (R-190, D-35)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import RowMapping, Table, func, insert, select, update

from crm_tui.db.schema.org import staff
from crm_tui.domain.msg import Msg
from crm_tui.domain.records import registry
from crm_tui.domain.text import display
from crm_tui.services.delivery import local_day
from crm_tui.services.goal_dto import GoalPoint
from crm_tui.services.unit import Unit

KIND: Final = "goal"
KPI: Final = "kpi"
MANUAL: Final = "manual"
IMPORT: Final = "import"
EXACT: Final = Decimal("1e-8")
"""What a quotient is kept to; typed values are kept as they were typed."""
LONGEST: Final = 60
"""Values of the line that a list draws."""


def tables() -> tuple[Table, Table]:
    """The goals and their points; the registers are loaded with the first that is used."""
    from crm_tui.db.schema.registers import TABLES
    from crm_tui.db.schema.work import goal_point

    return TABLES[KIND], goal_point


def saved(unit: Unit, goal_id: int) -> None:
    """After a goal was written: the value it came with is its first point."""
    goals, _ = tables()
    row = unit.row(goals, goal_id, Msg(registry.kind(KIND).title))
    if row["current"] is None or row["measured_on"] is not None:
        return
    live = row["source"] == "live"
    add(
        unit,
        row,
        row["current"],
        day=local_day(unit, unit.now),
        origin=MANUAL if live else IMPORT,
        source=row["metric_source"] or row["source"],
    )


def add(
    unit: Unit,
    row: RowMapping,
    value: Decimal,
    *,
    day: date,
    origin: str,
    source: str = "",
    reason: str = "",
    expected: int | None = None,
) -> dict[str, list[Any]]:
    """Write a point; the goal's current value is that of its latest day. Answers what it changed."""
    goals, points = tables()
    key = unit.conn.execute(
        insert(points).values(
            goal_id=row["id"],
            day=day,
            value=value,
            origin=origin,
            source=source,
            reason=reason,
            by_id=unit.actor.staff_id or None,
            at=unit.now,
        )
    ).inserted_primary_key
    assert key is not None
    unit.inverse("goal_point", point_id=int(key[0]), struck=True)
    if row["measured_on"] is not None and day < row["measured_on"]:
        return unit.change(goals, row, {}, expected=expected)
    return unit.change(goals, row, {"current": value, "measured_on": day}, expected=expected)


def strike(unit: Unit, args: Mapping[str, Any]) -> None:
    """Leave a point out, or count it again; the undo step of the goal gives back its current value."""
    _, points = tables()
    row = unit.row(points, args["point_id"])
    unit.conn.execute(update(points).where(points.c.id == row["id"]).values(struck=args["struck"]))
    unit.inverse("goal_point", point_id=row["id"], struck=not args["struck"])
    unit.log(
        KIND,
        row["goal_id"],
        "struck" if args["struck"] else "revived",
        changes={
            "current": [str(row["value"]), None] if args["struck"] else [None, str(row["value"])]
        },
    )


def last_of_day(unit: Unit, goal_id: int, day: date) -> RowMapping | None:
    """The point that stands for a day, if there is one."""
    _, points = tables()
    query = (
        select(points)
        .where(points.c.goal_id == goal_id, points.c.day == day, points.c.struck.is_(False))
        .order_by(points.c.id.desc())
        .limit(1)
    )
    return unit.conn.execute(query).mappings().first()


def of(unit: Unit, goal_id: int) -> tuple[GoalPoint, ...]:
    """All points that count, oldest first; a corrected one says so."""
    _, points = tables()
    query = (
        select(points, staff.c.name)
        .select_from(points.outerjoin(staff, staff.c.id == points.c.by_id))
        .where(points.c.goal_id == goal_id, points.c.struck.is_(False))
        .order_by(points.c.day, points.c.id)
    )
    rows = list(unit.conn.execute(query).mappings())
    last = {r["day"]: r["id"] for r in rows}
    return tuple(
        GoalPoint(
            id=r["id"],
            day=r["day"],
            value=r["value"],
            origin=r["origin"],
            source=display(r["source"]),
            reason=display(r["reason"]),
            by=display(r["name"] or ""),
            at=r["at"],
            corrected=last[r["day"]] != r["id"],
        )
        for r in rows
    )


def lines(unit: Unit, goal_ids: Sequence[int]) -> dict[int, tuple[Decimal, ...]]:
    """The last values of goals, one a day, oldest first."""
    _, points = tables()
    whose = (points.c.goal_id.in_(goal_ids), points.c.struck.is_(False))
    day = points.c.goal_id, points.c.day
    last = select(func.max(points.c.id)).where(*whose).group_by(*day)
    place = func.row_number().over(partition_by=points.c.goal_id, order_by=points.c.day.desc())
    ranked = (
        select(points.c.goal_id, points.c.day, points.c.value, place.label("place"))
        .where(points.c.id.in_(last))
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= LONGEST).order_by(ranked.c.day)
    found: dict[int, list[Decimal]] = {}
    for row in unit.conn.execute(query):
        found.setdefault(row.goal_id, []).append(row.value)
    return {goal_id: tuple(values) for goal_id, values in found.items()}


def kept(value: Decimal) -> Decimal:
    """A computed value as it is kept: without the endless tail of a quotient."""
    return value.quantize(EXACT).normalize()
