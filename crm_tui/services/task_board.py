"""Reading the board: columns, places in them, and what a card may do next (R-204)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, bindparam, func, select, update

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.org import staff
from crm_tui.domain import task_flow
from crm_tui.domain.errors import DomainError, RuleViolation
from crm_tui.domain.filters import parse
from crm_tui.domain.msg import msg
from crm_tui.domain.records.base import Kind
from crm_tui.domain.task_flow import COLUMNS
from crm_tui.domain.text import display
from crm_tui.services import task_rows, task_rules
from crm_tui.services.register_filters import compiled, keys_of
from crm_tui.services.register_order import Order
from crm_tui.services.register_rules import changed_values
from crm_tui.services.task_write import PROGRESS
from crm_tui.services.unit import Unit
from crm_tui.services.work_dto import Board, Choice, ProgressEntry

MOST_CARDS: Final = 10_000
DONE_DAYS: Final = 30
"""For so long a done task stays on the board."""
ASKS_FOR_OLD: Final = frozenset({"status", "done", "number"})
"""Filter keys with which somebody asks for done tasks themselves."""
COUNTS: Final = frozenset({"progress_at", "progress", "status"})
"""Fields whose change counts as progress."""
NO_PROGRESS: Final = frozenset({"created", "undone"})
"""Acts that set these fields without anything having been done."""
GAP: Final = 1024
"""Between two places, so that a card is put between others without moving them."""


def conditions(unit: Unit, kind: Kind, table: Table, filter_text: str, done_days: int) -> list[Any]:
    """What matches a filter; tasks done long ago only where it asks for them."""
    found: list[Any] = compiled(unit, kind, table, filter_text)
    asked = {term.key for term in parse(filter_text, keys_of(kind)).terms}
    if not asked & ASKS_FOR_OLD:
        found.append(task_rows.current(unit, table, done_days))
    return found


def board(unit: Unit, filter_text: str, sort: str) -> Board:
    """The cards in the order of their columns, within them by hand or by ``sort``."""
    kind, table = task_rows.task_kind()
    order: Sequence[Any] = task_rows.within_column(table)
    if sort:
        chosen = Order(kind, table, sort.removeprefix("-"), sort.startswith("-"))
        order = chosen.clauses(backwards=False)
    query = (
        task_rows.query(table)
        .where(*conditions(unit, kind, table, filter_text, DONE_DAYS))
        .order_by(task_rows.column_order(table, task_rows.today(unit)), *order)
        .limit(MOST_CARDS + 1)
    )
    cards = task_rows.cards(unit, query)
    return Board(
        cards=tuple(cards[:MOST_CARDS]),
        limits=task_rules.limits(unit),
        more=len(cards) > MOST_CARDS,
    )


def choices(unit: Unit, task_id: int) -> tuple[Choice, ...]:
    """The statuses a task may be moved to, what each asks, and what stands against it."""
    kind, _ = task_rows.task_kind()
    row = task_rows.load(unit, task_id)
    day = task_rows.today(unit)
    found: list[Choice] = []
    for status in COLUMNS:
        if status == row["status"] and not task_flow.is_overdue(row, day):
            continue
        refusal = None
        try:
            given = task_flow.all_given(row, status, day)
            changed_values(unit, kind, row, {}, given=given, to=status)
        except DomainError as error:
            refusal = error.message
        found.append(Choice(status, refusal, task_flow.asks(row, status, day)))
    return tuple(found)


def progress_log(unit: Unit, task_id: int) -> tuple[ProgressEntry, ...]:
    """What counted as progress of a task, the newest first (D-18)."""
    query = (
        activity.outerjoin(staff, staff.c.id == activity.c.actor_id)
        .select()
        .with_only_columns(
            activity.c.at,
            activity.c.verb,
            activity.c.changes,
            activity.c.reason,
            staff.c.name,
        )
        .where(activity.c.kind == "task", activity.c.subject_id == task_id)
        .order_by(activity.c.seq.desc())
    )
    found: list[ProgressEntry] = []
    for row in unit.conn.execute(query):
        changes: Mapping[str, Sequence[Any]] = row.changes or {}
        counts = row.verb == PROGRESS or changes.keys() & COUNTS
        if not counts or row.verb in NO_PROGRESS:
            continue
        told, moved = changes.get("progress"), changes.get("status")
        found.append(
            ProgressEntry(
                at=row.at,
                by=display(row.name or ""),
                verb=row.verb,
                progress=told[1] if told is not None else None,
                note=display(row.reason or "", lines=True),
                status=moved[1] if moved is not None else "",
            )
        )
    return tuple(found)


# Places within a column


def place_between(
    unit: Unit, table: Table, task_id: int, above: int | None, below: int | None
) -> int:
    """The rank between two neighbours of a column, which is ranked anew where there is no gap."""
    row = task_rows.load(unit, task_id)
    day = task_rows.today(unit)
    column = task_flow.shown(row["status"], row["due_on"], day)
    neighbours = [task_rows.load(unit, i) for i in (above, below) if i is not None]
    for other in neighbours:
        if task_flow.shown(other["status"], other["due_on"], day) != column:
            raise RuleViolation(
                msg("{number} is in another column", number=other["number"]), code="other_column"
            )
    if not neighbours or task_id in (above, below):
        raise RuleViolation(msg("Say between which cards it goes"), code="no_place")
    inside = task_rows.shown_is(table, column, day) & table.c.archived.is_(False)
    others = inside & (table.c.id != task_id)
    found = _between(unit, table, others, above, below)
    if found is None:
        _rank_anew(unit, table, inside)
        found = _between(unit, table, others, above, below)
    if found is None:
        raise RuleViolation(
            msg("These cards do not stand in this order any more; look again"), code="no_place"
        )
    return found


def _between(
    unit: Unit, table: Table, others: Any, above: int | None, below: int | None
) -> int | None:
    """A rank directly below one card or above another; None where there is no gap or no rank yet."""
    ranks = [task_rows.load(unit, i)["rank"] for i in (above, below) if i is not None]
    if None in ranks:
        return None
    if above is not None and below is not None:
        high, low = ranks
    elif above is not None:
        nearest = select(func.min(table.c.rank)).where(others, table.c.rank > ranks[0])
        high, low = ranks[0], unit.conn.execute(nearest).scalar_one_or_none()
    else:
        nearest = select(func.max(table.c.rank)).where(others, table.c.rank < ranks[0])
        high, low = unit.conn.execute(nearest).scalar_one_or_none(), ranks[0]
    if low is None:
        return int(high) + GAP
    if high is None:
        return int(low) - GAP
    return int(high + low) // 2 if low - high > 1 else None


def _rank_anew(unit: Unit, table: Table, inside: Any) -> None:
    """Number a column in the order that it has; nothing moves, so nobody's version does either."""
    query = select(table.c.id).where(inside, task_rows.current(unit, table, DONE_DAYS))
    query = query.order_by(*task_rows.within_column(table))
    ids = [int(r.id) for r in unit.conn.execute(query)]
    unit.conn.execute(
        update(table).where(table.c.id == bindparam("key")).values(rank=bindparam("place")),
        [{"key": key, "place": (place + 1) * GAP} for place, key in enumerate(ids)],
    )
