"""What time does to tasks: near due, overdue, behind plan, standing still (R-207, R-208, R-217).

A task is looked at when something may have come due on it, and after every change; each effect has a
key and happens once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, delete, insert, select

from crm_tui.db.queries import background as queries
from crm_tui.db.queries.background import task_watch
from crm_tui.domain import task_flow
from crm_tui.domain.attainment import elapsed_share
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.task_flow import DONE
from crm_tui.services import task_rows
from crm_tui.services import ticket_base as base
from crm_tui.services.register_rules import described, insert_record
from crm_tui.services.unit import Unit

NEAR_DUE: Final = "near_due"
OVERDUE: Final = "overdue"
BEHIND: Final = "behind"
STANDSTILL: Final = "standstill"
COUNTED: Final = {
    NEAR_DUE: "warned",
    BEHIND: "warned",
    OVERDUE: "breached",
    STANDSTILL: "risks",
}
"""What a tick counts each as."""
INBOX: Final = {
    NEAR_DUE: "warning",
    BEHIND: "warning",
    OVERDUE: "overdue",
    STANDSTILL: "risk",
}
"""The kind of inbox row of each."""
FIFTH: Final = 20
"""Points of progress after which one who still lags is warned again."""
RISK_SOURCE: Final = "standstill"
LAST_YEAR: Final = date.max.year
"""What begins then stands still after the end of the calendar."""
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that comes due on a task."""

    at: datetime
    what: str
    key: str


def rewake(unit: Unit) -> None:
    """Have every task that a transaction wrote looked at by the next tick; before the commit."""
    ids = sorted(unit.changed_ids("task"))
    if not ids:
        return
    _, table = task_rows.task_kind()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        unit.conn.execute(delete(task_watch).where(task_watch.c.task_id.in_(some)))
        query = select(table.c.id).where(
            table.c.id.in_(some), table.c.status != DONE, table.c.archived.is_(False)
        )
        rows = [{"task_id": r.id, "wake_at": unit.now} for r in unit.conn.execute(query)]
        if rows:
            unit.conn.execute(insert(task_watch), rows)


def wake(unit: Unit, task_id: int, at: datetime | None) -> None:
    """When to look at a task next; None for not at all."""
    unit.conn.execute(delete(task_watch).where(task_watch.c.task_id == task_id))
    if at is not None:
        unit.conn.execute(insert(task_watch).values(task_id=task_id, wake_at=at))


class Watch:
    """Tasks whose time has come, looked at in one transaction."""

    def __init__(self, unit: Unit, ids: Sequence[int]) -> None:
        self._unit = unit
        _, table = task_rows.task_kind()
        query = select(table).where(
            table.c.id.in_(ids), table.c.status != DONE, table.c.archived.is_(False)
        )
        self._rows = {int(r["id"]): r for r in unit.conn.execute(query).mappings()}
        self._moments = {i: list(moments(unit, row)) for i, row in self._rows.items()}
        keys = [m.key for found in self._moments.values() for m in found]
        self._fired = queries.fired_times(unit.conn, keys)
        self._heads: dict[int, int | None] = {}

    def look(self, task_id: int) -> list[str]:
        """Let happen what is due and has not happened; answers what did."""
        row = self._rows.get(task_id)
        if row is None:
            wake(self._unit, task_id, None)
            return []
        now = self._unit.now
        happened: list[str] = []
        for moment in sorted(self._moments[task_id], key=lambda m: m.at):
            if moment.at <= now and moment.key not in self._fired:
                self._happen(row, moment)
                happened.append(moment.what)
        ahead = [m.at for m in self._moments[task_id] if m.at > now]
        wake(self._unit, task_id, min(ahead, default=None))
        return happened

    def _happen(self, row: RowMapping, moment: Moment) -> None:
        unit = self._unit
        queries.mark_fired(unit.conn, moment.key, unit.now)
        if moment.what == STANDSTILL:
            _open_risk(unit, row)
        people = [row["owner_id"], *self._heads_of(row)]
        if moment.what in (NEAR_DUE, OVERDUE):
            people += row["helper_ids"]
        unit.notify(
            people,
            INBOX[moment.what],
            _words(unit, row, moment.what),
            subject=("task", row["id"]),
            key=moment.key,
            # What was due before a file brought the task here is nobody's news.
            read=row["source"] != "live" and moment.at < row["created_at"],
        )

    def _heads_of(self, row: RowMapping) -> list[int | None]:
        for department in row["department_ids"]:
            if department not in self._heads:
                self._heads[department] = base.head_of(self._unit, department)
        return [self._heads[d] for d in row["department_ids"]]


def moments(unit: Unit, row: Mapping[Any, Any]) -> Iterator[Moment]:
    """All that is due or will come due on an open task as it now stands."""
    since = _stands_since(unit, row)
    if since.year < LAST_YEAR:
        key = f"task_still:{row['id']}:{since.isoformat()}"
        yield Moment(since + task_flow.STANDSTILL, STANDSTILL, key)
    due: date | None = row["due_on"]
    if due is None:
        return
    key = f"{row['id']}:{due.isoformat()}"
    if due < date.max:
        yield Moment(task_rows.midnight(unit, due + timedelta(days=1)), OVERDUE, f"task_late:{key}")
    if due < task_rows.today(unit):
        # Whoever hears that it is overdue need not hear what came before.
        return
    near = due - timedelta(days=min(task_flow.NEAR_DAYS, (due - date.min).days))
    yield Moment(task_rows.midnight(unit, near), NEAR_DUE, f"task_near:{key}")
    start = task_rows.start_day(unit, row["start_on"], row["created_at"])
    behind = task_flow.behind_on(start, due, row["progress"])
    if behind is not None:
        fifth = row["progress"] // FIFTH
        yield Moment(
            task_rows.midnight(unit, behind),
            BEHIND,
            f"task_behind:{key}:{start.isoformat()}:{fifth}",
        )


def _stands_since(unit: Unit, row: Mapping[Any, Any]) -> datetime:
    return task_rows.stands_since(
        unit, row["start_on"], row["progress_at"], row["created_at"], row["source"]
    )


def _open_risk(unit: Unit, row: RowMapping) -> None:
    """The answer to a standstill, unless the task has an open case (R-208, R-209)."""
    _, risk = described("risk_case")
    there = select(risk.c.id).where(
        risk.c.task_id == row["id"], risk.c.state == "open", risk.c.archived.is_(False)
    )
    if unit.conn.execute(there.limit(1)).first() is not None:
        return
    since = _stands_since(unit, row)
    day = task_rows.local_day(unit, since)
    insert_record(
        unit,
        "risk_case",
        {
            "task_id": row["id"],
            "cause": f"{day.isoformat()} 起两周未推进 / no progress for two weeks since then",
            "owner_id": row["owner_id"],
        },
        source=RISK_SOURCE,
        source_key=f"{row['id']}:{since.isoformat()}",
    )


def _words(unit: Unit, row: RowMapping, what: str) -> Msg:
    number, title = row["number"], task_rows.title(row["description"])[:80]
    if what == NEAR_DUE:
        return msg(
            "{number} is due on {day}: {title}", number=number, day=row["due_on"], title=title
        )
    if what == OVERDUE:
        return msg(
            "{number} was due on {day}: {title}", number=number, day=row["due_on"], title=title
        )
    if what == BEHIND:
        start = task_rows.start_day(unit, row["start_on"], row["created_at"])
        share = elapsed_share(start, row["due_on"], task_rows.today(unit))
        return msg(
            "{number} lags behind its plan: {done} % done, {elapsed} % of the time has passed",
            number=number,
            done=row["progress"],
            elapsed=int(share * 100),
        )
    return msg(
        "{number} has stood still for two weeks; a risk case is open: {title}",
        number=number,
        title=title,
    )
