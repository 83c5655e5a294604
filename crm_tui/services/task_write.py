"""Writing tasks: one way for all verbs, and what follows from a task as it now stands.

Owner and helpers hear of it once an event (R-199, R-217); what a task was made from keeps step with it
(D-39).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, select

from crm_tui.domain.errors import PermissionDenied
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.task_flow import DONE, NOTHING, Given
from crm_tui.services import task_rows
from crm_tui.services.actor import Actor
from crm_tui.services.permissions import has_role
from crm_tui.services.register_rules import changed_values, described, need_record
from crm_tui.services.task_rules import LIVE
from crm_tui.services.unit import Unit, field_names

PROGRESS: Final = "progress"
"""The act of noting progress, which is kept even where only words were said."""
SILENT: Final = frozenset(
    {"rank", "progress_at", "baseline_start_on", "baseline_due_on", "owner_id", "helper_ids"}
)
"""Fields whose change is no news, or is told in words of its own."""


def put(
    unit: Unit,
    task_id: int,
    values: Mapping[str, Any],
    *,
    verb: str,
    given: Given = NOTHING,
    to: str | None = None,
    beside: Mapping[str, Any] | None = None,
    reason: str | None = None,
    expected: int | None = None,
) -> RowMapping:
    """Change a task by all of its rules, log it and tell who is concerned; answers the row before.

    ``beside`` are worked-out fields that the act itself sets.
    """
    kind, table = task_rows.task_kind()
    row = task_rows.load(unit, task_id)
    if expected is not None and expected != row["row_version"]:
        # Before the rules: who moved it first is the reason why a rule objects now.
        raise unit.conflict(table, row)
    need_record(unit, kind, row)
    changed = changed_values(unit, kind, row, values, given=given, to=to)
    diff = unit.change(table, row, {**changed, **(beside or {})})
    if diff:
        unit.log("task", task_id, verb, changes=diff, reason=reason, customer_id=row["customer_id"])
    if diff:
        saved(unit, task_id, diff)
    return row


def need_assign(actor: Actor, row: RowMapping, to: Any) -> None:
    """Refuse giving away a colleague's task below lead; one's own may be given, any taken."""
    mine = actor.staff_id in (row["owner_id"], row["created_by"])
    if not (has_role(actor, "lead") or mine or to == actor.staff_id):
        raise PermissionDenied(
            msg("Only a lead assigns a colleague's task; take it yourself or ask the lead"),
            code="assign_needs_lead",
        )


def saved(unit: Unit, task_id: int, changes: Mapping[str, Sequence[Any]] | None) -> None:
    """After a task was written: the news of it, and what it was made from."""
    _, table = task_rows.task_kind()
    row = unit.row(table, task_id)
    if changes is None:
        if row["source"] == LIVE:
            _tell_assigned(unit, row, [row["owner_id"]])
            _tell_helpers(unit, row, row["helper_ids"])
        return
    _tell_changed(unit, row, changes)
    if "status" in changes:
        _follow(unit, row)


def item_changed(unit: Unit, item_id: int, changes: Mapping[str, Sequence[Any]]) -> None:
    """Ticking the checklist item that a task was made from is progress of the task (D-18)."""
    if "done" not in changes or not changes["done"][1]:
        return
    _, table = task_rows.task_kind()
    query = select(table).where(table.c.checklist_item_id == item_id, table.c.archived.is_(False))
    row = unit.conn.execute(query).mappings().first()
    if row is not None and row["status"] != DONE:
        diff = unit.change(table, row, {"progress_at": unit.now})
        unit.log("task", row["id"], PROGRESS, changes=diff, customer_id=row["customer_id"])


# News


def _tell_assigned(unit: Unit, row: RowMapping, people: Sequence[int]) -> None:
    _tell(
        unit,
        row,
        people,
        "assigned",
        msg("{number} is yours: {title}", number=row["number"], title=_title(row)),
    )


def _tell_helpers(unit: Unit, row: RowMapping, people: Sequence[int]) -> None:
    _tell(
        unit,
        row,
        people,
        "collaborator",
        msg("You help with {number}: {title}", number=row["number"], title=_title(row)),
    )


def _tell_changed(unit: Unit, row: RowMapping, changes: Mapping[str, Sequence[Any]]) -> None:
    told: set[int] = set()
    if "owner_id" in changes:
        told.add(row["owner_id"])
        _tell_assigned(unit, row, [row["owner_id"]])
    if "helper_ids" in changes:
        before = changes["helper_ids"][0] or []
        fresh = [i for i in row["helper_ids"] if i not in before and i not in told]
        told.update(fresh)
        _tell_helpers(unit, row, fresh)
    named = [name for name in changes if name not in SILENT]
    if not named:
        return
    concerned = [i for i in (row["owner_id"], *row["helper_ids"]) if i not in told]
    what = field_names("task", named)
    text = msg("{number}: changed are {what}", number=row["number"], what=what)
    _tell(unit, row, concerned, "changed", text)


def _tell(unit: Unit, row: RowMapping, people: Sequence[int], kind: str, text: Msg) -> None:
    """A row in the inbox of each but who did it; the version makes it one an event."""
    others = [i for i in dict.fromkeys(people) if i != unit.actor.staff_id]
    key = f"task:{row['id']}:{row['row_version']}"
    unit.notify(others, kind, text, subject=("task", row["id"]), key=key)


def _title(row: RowMapping) -> str:
    return task_rows.title(row["description"])[:80]


# What it was made from


def _follow(unit: Unit, row: RowMapping) -> None:
    if row["checklist_item_id"] is not None and row["status"] == DONE:
        _tick(unit, row["checklist_item_id"])
    if row["interaction_id"] is not None and row["status"] != DONE:
        reopen_interaction(unit, row["interaction_id"])


def _tick(unit: Unit, item_id: int) -> None:
    """The checklist item is done with its task."""
    _, table = described("checklist_item")
    row = unit.row(table, item_id)
    if diff := unit.change(table, row, {"done": True}):
        unit.log("checklist_item", item_id, "changed", changes=diff)


def reopen_interaction(unit: Unit, interaction_id: int, **also: Any) -> None:
    """An interaction is not done while its task is open (D-39); ``also`` are other fields of it."""
    _, table = described("interaction")
    row = unit.row(table, interaction_id)
    values = dict(also)
    if row["completion_state"] == "done":
        values["completion_state"] = "in_progress"
    if diff := unit.change(table, row, values):
        unit.log(
            "interaction",
            interaction_id,
            "changed",
            changes=diff,
            customer_id=row["customer_id"],
        )
