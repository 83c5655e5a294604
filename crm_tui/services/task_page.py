"""Looking closely at tasks: one with all that hangs on it, finding one, a change before it is made."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, or_, select

from crm_tui.db.schema.org import department, staff
from crm_tui.domain import task_flow
from crm_tui.domain.errors import DomainError
from crm_tui.domain.filters import Key, complete
from crm_tui.domain.records.base import fields
from crm_tui.domain.records.derive import filter_keys
from crm_tui.domain.task_flow import DONE, NOTHING
from crm_tui.domain.text import display
from crm_tui.services import task_board, task_rows, task_schedule
from crm_tui.services.references import named_changes
from crm_tui.services.register_filters import keys_of
from crm_tui.services.register_rules import changed_values, described, need_record
from crm_tui.services.risks import risks_of
from crm_tui.services.task_write import need_assign
from crm_tui.services.unit import Unit, shown
from crm_tui.services.work_dto import TaskCard, TaskPage, TaskPreview

MOST_SUGGESTED: Final = 50


def page(unit: Unit, task_id: int) -> TaskPage:
    """A task with its long texts, its neighbours, its progress and its risk cases."""
    row = task_rows.load(unit, task_id)
    before, after = linked(unit, task_id)
    met_by = select(staff.c.name).where(staff.c.id == row["standard_met_by_id"])

    def text(name: str) -> str:
        return display(row[name] or "", lines=True)

    return TaskPage(
        card=task_rows.card(unit, task_id),
        description=text("description"),
        completion_standard=text("completion_standard"),
        standard_met_by=display(unit.conn.execute(met_by).scalar_one_or_none() or ""),
        resources=text("resources"),
        deliverable=text("deliverable"),
        sop=text("sop"),
        delay_reason=text("delay_reason"),
        remark=text("remark"),
        checklist_item=_checklist_item(unit, row["checklist_item_id"]),
        interaction=_interaction(unit, row["interaction_id"]),
        waits_for=before,
        waited_for_by=after,
        progress=task_board.progress_log(unit, task_id),
        risks=risks_of(unit, task_id),
    )


def _checklist_item(unit: Unit, item_id: int | None) -> str:
    _, items = described("checklist_item")
    query = select(items.c.text).where(items.c.id == item_id)
    return display(unit.conn.execute(query).scalar_one_or_none() or "")


def _interaction(unit: Unit, interaction_id: int | None) -> str:
    _, interactions = described("interaction")
    query = select(interactions.c.occurred_on, interactions.c.topic).where(
        interactions.c.id == interaction_id
    )
    row = unit.conn.execute(query).first()
    return f"{row.occurred_on.isoformat()} {display(row.topic)}" if row is not None else ""


def linked(unit: Unit, task_id: int) -> tuple[tuple[TaskCard, ...], tuple[TaskCard, ...]]:
    """The tasks that a task waits for, and those that wait for it."""
    _, table = task_rows.task_kind()
    tied = task_schedule.links_of(unit, task_id)
    ids = {key for link in tied for key in link}
    if not ids:
        return (), ()
    found = task_rows.cards(unit, task_rows.query(table).where(table.c.id.in_(ids)))
    by_id = {card.id: card for card in found}
    before = [by_id[a] for a, b in tied if b == task_id and a in by_id]
    after = [by_id[b] for a, b in tied if a == task_id and b in by_id]
    return tuple(before), tuple(after)


def find(unit: Unit, text: str, limit: int) -> tuple[TaskCard, ...]:
    """Tasks whose number or description has the text, open ones first, the newest first."""
    _, table = task_rows.task_kind()
    wanted = text.strip()
    query = task_rows.query(table).where(
        or_(
            table.c.number.istartswith(wanted, autoescape=True),
            table.c.description.icontains(wanted, autoescape=True),
        )
    )
    done_last = table.c.status == DONE
    return tuple(task_rows.cards(unit, query.order_by(done_last, table.c.id.desc()).limit(limit)))


def complete_filter(unit: Unit, text: str) -> list[str]:
    """What the last word of a filter could become, people and departments among it."""
    kind, _ = task_rows.task_kind()
    specs, keys = fields(kind), filter_keys(kind)

    def known(key: Key, start: str) -> Sequence[str]:
        picker = specs[keys[key.name].field].picker
        return _known(unit, picker, start)

    return complete(text, keys_of(kind), known)


def _known(unit: Unit, picker: str, start: str) -> list[str]:
    if picker == "staff":
        own, column = ["@me", "none"], staff.c.login
        query = select(column).where(staff.c.active.is_(True))
    elif picker == "department":
        own, column = ["@mine"], department.c.code
        query = select(column).where(department.c.active.is_(True))
    elif picker == "goal":
        _, table = described("goal")
        own, column = ["none"], table.c.objective
        query = select(column).where(table.c.archived.is_(False))
    else:
        return []
    query = query.where(column.istartswith(start, autoescape=True)).order_by(column)
    stored = [str(r[0]) for r in unit.conn.execute(query.limit(MOST_SUGGESTED))]
    return [word for word in own if word.lstrip("@").startswith(start)] + stored


def need_any(
    unit: Unit, ids: Sequence[int], check: Callable[[RowMapping], object] | None = None
) -> None:
    """Refuse, with the first reason, what would be refused of each of the tasks.

    Asked before anybody types what an act needs; of many, one that may be changed is enough.
    """
    kind, _ = task_rows.task_kind()
    reason: DomainError | None = None
    for item in ids:
        try:
            row = task_rows.load(unit, item)
            need_record(unit, kind, row)
            if check is not None:
                check(row)
        except DomainError as error:
            reason = reason or error
        else:
            return
    if reason is not None:
        raise reason


def need_open(row: RowMapping) -> None:
    """Refuse progress of what is done."""
    if row["status"] == DONE:
        raise task_flow.done_already()


def preview(unit: Unit, task_id: int, changes: Mapping[str, Any]) -> TaskPreview:
    """What a change would do to a task; of a move what nothing that is asked could help (R-218)."""
    kind, table = task_rows.task_kind()
    found = unit.conn.execute(select(table).where(table.c.id == task_id)).mappings().first()
    number = found["number"] if found is not None else f"#{task_id}"
    title = task_rows.title(found["description"]) if found is not None else ""
    data = {name: value for name, value in changes.items() if name != "status"}
    to = changes.get("status")
    try:
        row = task_rows.load(unit, task_id)
        need_record(unit, kind, row)
        if "owner_id" in data:
            need_assign(unit.actor, row, data["owner_id"])
        given = NOTHING
        if to is not None:
            given = task_flow.all_given(row, to, task_rows.today(unit))
        changed = changed_values(unit, kind, row, data, given=given, to=to)
    except DomainError as error:
        return TaskPreview(task_id, number, title, {}, error.message)
    asked = {name: value for name, value in changed.items() if name in changes}
    diff = {name: [shown(name, row[name]), shown(name, value)] for name, value in asked.items()}
    (named,) = named_changes(unit, [("task", diff)])
    return TaskPreview(task_id, number, title, named, None)
