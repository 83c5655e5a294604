"""Rules of tasks that hold on every way they are written: board, form, command line, import.

`crm_tui.services.register_rules` calls `on_create` and `on_change` before it writes a task, so that no
surface has a way around them (R-193, R-194, R-201, R-202, R-204).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.org import department
from crm_tui.domain import task_flow
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.task_flow import DONE, IN_PROGRESS, NOT_STARTED, Given
from crm_tui.domain.terms import TaskStatus
from crm_tui.services import task_rows
from crm_tui.services.unit import Unit

LIVE = "live"
_UNSET: Mapping[str, Any] = {
    "original_due_on": None,
    "done_on": None,
    "standard_met_by_id": None,
    "delay_reason": None,
    "progress_at": None,
    "rank": None,
}
"""Worked-out fields of a task that nothing has happened to."""


def on_create(unit: Unit, values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The values of a new task with what follows from them; history of files stands as it is."""
    if source != LIVE:
        done = values["status"] == DONE
        return {**values, **(task_flow.told_done(values, task_rows.today(unit)) if done else {})}
    wanted = values["status"]
    fresh = {**values, **_UNSET, "status": NOT_STARTED}
    found = dict(values)
    if wanted != NOT_STARTED:
        given = Given(delivered=bool(values["delivered"]))
        found |= _step(unit, fresh, wanted, given)
    if values["progress"] > 0:
        task_flow.need_plan(values)
        found["progress_at"] = unit.now
    column = task_flow.shown(found["status"], found["due_on"], task_rows.today(unit))
    need_room(unit, column, found["department_ids"])
    return found


def on_change(
    unit: Unit,
    row: Mapping[Any, Any],
    changed: Mapping[str, Any],
    given: Given,
    to: str | None = None,
) -> dict[str, Any]:
    """The columns of a change, or of a move ``to`` a status, with what follows from them."""
    if not changed and to is None:
        return {}
    task = {**row, **_without_status(changed)}
    found = {**changed, **task_flow.due_kept(row, task["due_on"])}
    moved = to or changed.get("status")
    if given.by_file:
        return _told(unit, row, task, {**found, **({"status": moved} if moved else {})})
    if "progress" in changed:
        if row["status"] == DONE and moved is None:
            raise task_flow.done_already()
        found["progress_at"] = unit.now
        if row["status"] == NOT_STARTED and moved is None and changed["progress"] > 0:
            moved = IN_PROGRESS
    if moved is not None:
        # A form sets date and status at once: the date is where the rule looks for the new one.
        said = given
        if given.due_on is None and moved == task_flow.DELAYED and "due_on" in changed:
            said = Given(given.standard_met, given.delivered, changed["due_on"], given.reason)
            task["due_on"] = row["due_on"]
        found |= _step(unit, task, moved, said)
        if row["status"] == DONE and moved != DONE:
            found = {**found, **_taken_up(unit, row), **_without_status(changed)}
        need_order(task["start_on"], found.get("due_on", task["due_on"]))
    _need_column(unit, row, {**task, **found})
    return {name: value for name, value in found.items() if value != row[name]}


def _told(
    unit: Unit, row: Mapping[Any, Any], task: Mapping[Any, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    """A change that a file tells of, with the dates that follow from it."""
    values = dict(found)
    if values.keys() & {"status", "progress"}:
        values["progress_at"] = unit.now
    if values.get("status") == DONE:
        values |= task_flow.told_done(task, task_rows.today(unit))
    elif "status" in values and row["status"] == DONE:
        values = {**_taken_up(unit, row), **values}
    return {name: value for name, value in values.items() if value != row[name]}


def _without_status(changed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changed.items() if name != "status"}


def _taken_up(unit: Unit, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What a task had before it was completed; the log of its completion tells."""
    query = (
        select(activity.c.changes)
        .where(activity.c.kind == "task", activity.c.subject_id == row["id"])
        .order_by(activity.c.seq.desc())
    )
    for (changes,) in unit.conn.execute(query):
        moved = (changes or {}).get("status")
        if moved is not None and moved[1] == DONE:
            known = {name: old for name, (old, _) in changes.items()}
            return task_flow.taken_up(row, known if moved[0] is not None else None)
    return task_flow.taken_up(row, None)


def need_order(start_on: Any, due_on: Any) -> None:
    """Refuse an end before its start."""
    if start_on is not None and due_on is not None and due_on < start_on:
        raise RuleViolation(
            msg("The end {end} is before the start {start}", end=due_on, start=start_on),
            code="end_before_start",
            field="due_on",
        )


def _step(unit: Unit, task: Mapping[Any, Any], to: str, given: Given) -> dict[str, Any]:
    by = unit.actor.staff_id or None
    return task_flow.step(task, to, given, by=by, now=unit.now, today=task_rows.today(unit))


def _need_column(unit: Unit, row: Mapping[Any, Any], after: Mapping[Any, Any]) -> None:
    """Refuse a change that puts the card into a column that is full."""
    day = task_rows.today(unit)
    before = task_flow.shown(row["status"], row["due_on"], day)
    column = task_flow.shown(after["status"], after["due_on"], day)
    if column != before:
        need_room(unit, column, after["department_ids"], but=row["id"])
    elif fresh := [d for d in after["department_ids"] if d not in row["department_ids"]]:
        need_room(unit, column, fresh, but=row["id"], all_of_them=False)


# Limits of the board


def limits(unit: Unit) -> dict[tuple[str, int], int]:
    """How many cards a column may hold, by shown status and department (0: of all)."""
    from crm_tui.db.schema.work import board_limit

    query = select(board_limit.c.status, board_limit.c.department_id, board_limit.c.most)
    return {(r.status, r.department_id): r.most for r in unit.conn.execute(query)}


def need_room(
    unit: Unit,
    column: str,
    departments: Sequence[int],
    *,
    but: int | None = None,
    all_of_them: bool = True,
) -> None:
    """Refuse another card in a column that holds as many as it may; the limit is named (R-204)."""
    known = limits(unit)
    for who in (*((0,) if all_of_them else ()), *departments):
        most = known.get((column, who))
        if most is not None and _cards_in(unit, column, who, but) >= most:
            raise RuleViolation(
                _limit_words(unit, column, who, most), code="wip_limit", field="status"
            )


def exceeded(unit: Unit, task_ids: Iterable[int]) -> Msg | None:
    """The limit that is exceeded where these cards now stand, with what the column holds.

    What is undone or done again goes back to where it was, whatever has come there since: nobody's way
    back is barred, but it is said (R-204).
    """
    _, table = task_rows.task_kind()
    known, day = limits(unit), task_rows.today(unit)
    if not known:
        return None
    rows = [unit.row(table, item) for item in sorted(task_ids)]
    places = {
        (task_flow.shown(row["status"], row["due_on"], day), who)
        for row in rows
        if not row["archived"]
        for who in (0, *row["department_ids"])
    }
    for column, who in sorted(places):
        most = known.get((column, who))
        if most is not None and (there := _cards_in(unit, column, who, None)) > most:
            limit = _limit_words(unit, column, who, most)
            return msg("{limit}, and now there are {count}", limit=limit, count=there)
    return None


def _limit_words(unit: Unit, column: str, who: int, most: int) -> Msg:
    name = Msg(TaskStatus(column).label())
    if who == 0:
        return msg("“{column}” holds at most {most} cards", column=name, most=most)
    return msg(
        "“{column}” holds at most {most} cards of {department}",
        column=name,
        most=most,
        department=_department(unit, who),
    )


def _cards_in(unit: Unit, column: str, who: int, but: int | None) -> int:
    _, table = task_rows.task_kind()
    query = select(func.count()).where(
        table.c.archived.is_(False), task_rows.shown_is(table, column, task_rows.today(unit))
    )
    if who:
        query = query.where(task_rows.of_department(table, who))
    if but is not None:
        query = query.where(table.c.id != but)
    return int(unit.conn.execute(query).scalar_one())


def _department(unit: Unit, department_id: int) -> Any:
    from crm_tui.domain.terms import LABELS, Department

    query = select(department.c.code).where(department.c.id == department_id)
    code = unit.conn.execute(query).scalar_one()
    label = LABELS[Department].get(code)
    return Msg(label) if label is not None else code
