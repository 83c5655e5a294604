"""Goals as they are read: figures worked out, key actions counted, in any order (R-176 to R-191)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import RowMapping, func, select

from crm_tui.db.schema.org import staff
from crm_tui.domain import attainment
from crm_tui.domain.attainment import STANDING_LABELS, Standing
from crm_tui.domain.filters import Key, KeyKind, Term, complete, parse
from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.terms import TaskStatus
from crm_tui.domain.text import display
from crm_tui.services import goal_points as points
from crm_tui.services import goal_rules as rules
from crm_tui.services import task_rows
from crm_tui.services.delivery import local_day
from crm_tui.services.goal_dto import GoalView
from crm_tui.services.register_filters import conditions, keys_of
from crm_tui.services.unit import Unit
from crm_tui.services.work_dto import TaskCard

STANDING_ZH: Final = {
    Standing.REACHED: "已达成",
    Standing.ON_TRACK: "正常",
    Standing.AT_RISK: "有风险",
    Standing.OFF_TRACK: "偏离",
    Standing.UNKNOWN: "未测量",
}
STANDING_KEY: Final = Key(
    "standing",
    KeyKind.ENUM,
    {s.value: (STANDING_ZH[s], STANDING_LABELS[s]) for s in Standing},
    ("进展",),
)
"""What a goal is worked out to be, as a key of its filter."""
STANDINGS: Final = list(Standing)

Order = Callable[[GoalView], Any]
ORDERS: Final[Mapping[str, tuple[str, Order]]] = {
    "review": (N_("Review on"), lambda g: g.review_on),
    "deadline": (N_("Deadline"), lambda g: g.deadline_on),
    "standing": (N_("Standing"), lambda g: -STANDINGS.index(g.standing)),
    "progress": (N_("Progress"), lambda g: g.progress),
    "attainment": (N_("Attainment"), lambda g: g.attainment),
    "objective": (N_("Objective"), lambda g: g.objective),
    "owner": (N_("Owner"), lambda g: g.owner or None),
}
"""By name: title and what is compared; what has no value stands last either way."""


def filter_keys() -> dict[str, Key]:
    """The keys of the filter: those of the fields, and the standing."""
    return {**keys_of(registry.kind(points.KIND)), STANDING_KEY.name: STANDING_KEY}


def completions(text: str) -> list[str]:
    """What the last word of a filter could become."""
    return complete(text, filter_keys())


def matching(unit: Unit, text: str, *, archived: bool = False) -> list[GoalView]:
    """The goals that a filter lets through, without what only a window of them needs."""
    goals, _ = points.tables()
    terms = parse(text, filter_keys()).terms
    stored = [t for t in terms if t.key != STANDING_KEY.name]
    kind = registry.kind(points.KIND)
    query = select(goals).where(
        goals.c.archived.is_(archived), *conditions(unit, kind, goals, stored)
    )
    rows = list(unit.conn.execute(query).mappings())
    worked_out = [t for t in terms if t.key == STANDING_KEY.name]
    found = [view(unit, row) for row in rows]
    found = [g for g in found if all(_stands(g, t) for t in worked_out)]
    return _named(unit, found)


def _stands(goal: GoalView, term: Term) -> bool:
    return any(v.text == goal.standing for v in term.values) != term.negated


def ordered(goals: Sequence[GoalView], sort: str, *, descending: bool) -> list[GoalView]:
    """Goals in an order, each with the key that a page goes on from."""
    value = ORDERS[sort][1]
    keyed = [replace(g, sort_key=(value(g) is None, value(g), g.id)) for g in goals]
    known = [g for g in keyed if not g.sort_key[0]]
    rest = [g for g in keyed if g.sort_key[0]]
    known.sort(key=lambda g: g.sort_key[1:], reverse=descending)
    rest.sort(key=lambda g: g.id, reverse=descending)
    return known + rest


def is_behind(one: tuple[Any, ...], other: tuple[Any, ...], *, descending: bool) -> bool:
    """Whether a key stands behind another in the order."""
    if one[0] != other[0]:
        return bool(one[0])
    mine, theirs = (one[2:], other[2:]) if one[0] else (one[1:], other[1:])
    return bool(mine < theirs if descending else mine > theirs)


def completed(unit: Unit, goals: Sequence[GoalView]) -> list[GoalView]:
    """The window's goals with their lines of values and their key actions counted."""
    ids = [g.id for g in goals]
    if not ids:
        return []
    lines, counts = points.lines(unit, ids), _counts(unit, ids)
    return [
        replace(
            g,
            values=lines.get(g.id, ()),
            actions=counts.get(g.id, (0, 0))[0],
            actions_done=counts.get(g.id, (0, 0))[1],
        )
        for g in goals
    ]


def one(unit: Unit, row: RowMapping) -> GoalView:
    """A goal whole."""
    return completed(unit, _named(unit, [view(unit, row)]))[0]


def view(unit: Unit, row: RowMapping) -> GoalView:
    """What follows from a goal's row alone."""
    today = local_day(unit, unit.now)
    way, current = rules.direction_of(row), row["current"]
    elapsed = attainment.elapsed_share(rules.started_on(unit, row), row["deadline_on"], today)
    rate = attainment.attainment(way, row["target"], current)
    figure = rules.figure_of(row)
    return GoalView(
        id=row["id"],
        version=row["row_version"],
        objective=display(row["objective"]),
        metric=display(row["metric"]),
        figure_id=figure.id if figure is not None else None,
        metric_source=display(row["metric_source"]),
        direction=way.value,
        mode=row["mode"],
        unit=display(row["unit"]),
        baseline=row["baseline"],
        target=row["target"],
        change=row["change"],
        current=current,
        measured_on=row["measured_on"],
        attainment=rate,
        progress=attainment.progress(way, row["baseline"], row["target"], current),
        reached=current is not None and attainment.is_reached(way, row["target"], current),
        standing=rules.standing_of(row, elapsed, today),
        elapsed=elapsed,
        reported=row["reported_attainment"],
        mismatch=attainment.differs(rate, row["reported_attainment"]),
        state=row["state"],
        owner_id=row["owner_id"],
        owner="",
        review_on=row["review_on"],
        start_on=row["start_on"],
        deadline_on=row["deadline_on"],
        activated_on=row["activated_on"],
        segment=row["segment"],
        strategic_objective=display(row["strategic_objective"]),
        plan_year=row["plan_year"],
        gap_analysis=display(row["gap_analysis"], lines=True),
        improvement_measure=display(row["improvement_measure"], lines=True),
        smart=rules.smart_of(row),
        values=(),
        actions=0,
        actions_done=0,
        archived=row["archived"],
    )


def actions_of(unit: Unit, goal_id: int) -> tuple[TaskCard, ...]:
    """The key actions of a goal, the earliest due first (R-187)."""
    _, table = task_rows.task_kind()
    wanted = task_rows.query(table).where(table.c.goal_id == goal_id)
    return tuple(
        task_rows.cards(unit, wanted.order_by(table.c.due_on.is_(None), table.c.due_on, table.c.id))
    )


def _counts(unit: Unit, goal_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Key actions in all and done, by goal."""
    _, tasks = task_rows.task_kind()
    query = (
        select(tasks.c.goal_id, tasks.c.status, func.count().label("n"))
        .where(tasks.c.goal_id.in_(goal_ids), tasks.c.archived.is_(False))
        .group_by(tasks.c.goal_id, tasks.c.status)
    )
    found: dict[int, tuple[int, int]] = {}
    for row in unit.conn.execute(query):
        whole, done = found.get(row.goal_id, (0, 0))
        found[row.goal_id] = whole + row.n, done + (row.n if row.status == TaskStatus.DONE else 0)
    return found


def _named(unit: Unit, goals: Sequence[GoalView]) -> list[GoalView]:
    """The goals with the names of their owners."""
    ids = {g.owner_id for g in goals if g.owner_id is not None}
    query = select(staff.c.id, staff.c.name).where(staff.c.id.in_(ids))
    names = {r.id: display(r.name) for r in unit.conn.execute(query)} if ids else {}
    return [replace(g, owner=names.get(g.owner_id or 0, "")) for g in goals]
