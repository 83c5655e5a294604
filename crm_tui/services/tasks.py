"""Tasks across departments: board, timeline and every verb on them (R-193 to R-206, R-217, R-218)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.task_flow import COLUMNS, NOTHING, Given
from crm_tui.services import task_board, task_limits, task_links, task_rows, task_schedule
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.register_rules import insert_record, need_record
from crm_tui.services.result import Outcome, Result
from crm_tui.services.task_reading import TaskReading
from crm_tui.services.task_write import PROGRESS, need_assign, put
from crm_tui.services.unit import Unit
from crm_tui.services.work_dto import Proposal

Versions = Mapping[int, int] | None
"""Versions that the ids had when they were read."""


class TaskService(TaskReading):
    """The tasks of all departments."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        core.inverses["task_link"] = task_links.undo_link
        core.inverses["board_limit"] = task_limits.undo_limit

    # Making

    def new(self, data: Mapping[str, Any], *, actor: Actor) -> Result:
        """Add a task; the outcome has its id."""
        return self._made(actor, lambda unit: insert_record(unit, "task", data))

    def from_ticket(self, ticket_id: int, data: Mapping[str, Any], *, actor: Actor) -> Result:
        """A task that a ticket sets off; refused while it has an open one."""
        return self._made(actor, lambda unit: task_links.from_ticket(unit, ticket_id, data))

    def from_checklist_item(self, item_id: int, data: Mapping[str, Any], *, actor: Actor) -> Result:
        """A task for a checklist item, which is ticked when the task is done; refused twice."""
        return self._made(actor, lambda unit: task_links.from_checklist_item(unit, item_id, data))

    def from_interaction(
        self, interaction_id: int, data: Mapping[str, Any], *, actor: Actor
    ) -> Result:
        """A task for a follow-up action; refused twice (R-093, D-39)."""
        return self._made(
            actor, lambda unit: task_links.from_interaction(unit, interaction_id, data)
        )

    # Moving

    def move(
        self,
        ids: Sequence[int],
        status: str,
        *,
        actor: Actor,
        expected: Versions = None,
        standard_met: bool = False,
        delivered: bool = False,
        due_on: date | None = None,
        reason: str = "",
    ) -> Result:
        """Move cards to a column; `choices` tells what must be given with it (R-193, R-194, R-201)."""
        if status not in COLUMNS:
            raise ValidationError(
                msg("A status is one of {known}", known=", ".join(COLUMNS)),
                field="status",
            )
        given = Given(standard_met, delivered, due_on, reason)

        def work(unit: Unit, item: int) -> Msg | None:
            before = put(
                unit,
                item,
                {},
                verb="moved",
                given=given,
                to=status,
                reason=reason or None,
                expected=_version(expected, item),
            )
            return self._moved(unit, before, status)

        return self._core.each(actor, ids, msg("Moved"), work)

    def reorder(
        self,
        task_id: int,
        before_id: int | None,
        after_id: int | None,
        *,
        actor: Actor,
    ) -> Result:
        """Put a card below ``before_id`` and above ``after_id`` of its column; None is the edge."""

        def work(unit: Unit, item: int) -> Msg | None:
            kind, table = task_rows.task_kind()
            need_record(unit, kind, task_rows.load(unit, item))
            rank = task_board.place_between(unit, table, item, before_id, after_id)
            put(unit, item, {}, verb="reordered", beside={"rank": rank})
            return None

        return self._core.each(actor, [task_id], msg("Reordered"), work)

    def progress(
        self,
        ids: Sequence[int],
        percent: int | None,
        note: str = "",
        *,
        actor: Actor,
        expected: Versions = None,
    ) -> Result:
        """Note progress, in percent or in words; more than nothing starts a task (D-18)."""
        if percent is None and not note.strip():
            raise ValidationError(msg("Give a percentage or a note"), field="percent")
        values = {} if percent is None else {"progress": percent}

        def work(unit: Unit, item: int) -> Msg | None:
            put(
                unit,
                item,
                values,
                verb=PROGRESS,
                beside={"progress_at": unit.now},
                reason=note.strip() or None,
                expected=_version(expected, item),
            )
            return None

        return self._core.each(actor, ids, msg("Progress noted"), work)

    def reschedule(
        self,
        ids: Sequence[int],
        *,
        start_days: int = 0,
        end_days: int = 0,
        start_on: date | None = None,
        due_on: date | None = None,
        actor: Actor,
        expected: Versions = None,
    ) -> Result:
        """Shift or stretch bars by days, or set their dates; a milestone keeps its one day."""

        def work(unit: Unit, item: int) -> Msg | None:
            dates = task_schedule.moved(
                task_rows.load(unit, item),
                start_days=start_days,
                end_days=end_days,
                start_on=start_on,
                due_on=due_on,
            )
            put(unit, item, dates, verb="rescheduled", expected=_version(expected, item))
            return None

        return self._core.each(actor, ids, msg("Rescheduled"), work)

    # Changing

    def assign(
        self, ids: Sequence[int], owner_id: int, *, actor: Actor, expected: Versions = None
    ) -> Result:
        """Name another first responsible person; of a colleague's task only a lead does (R-198)."""

        def work(unit: Unit, item: int) -> Msg | None:
            need_assign(actor, task_rows.load(unit, item), owner_id)
            version = _version(expected, item)
            put(unit, item, {"owner_id": owner_id}, verb="assigned", expected=version)
            return None

        return self._core.each(actor, ids, msg("Assigned"), work)

    def helpers(
        self,
        ids: Sequence[int],
        helper_ids: Sequence[int],
        *,
        actor: Actor,
        expected: Versions = None,
    ) -> Result:
        """Set who helps; the new ones are told (R-199)."""
        values = {"helper_ids": list(dict.fromkeys(helper_ids))}
        return self._change(ids, values, msg("Helpers set"), actor, expected)

    def hand_over(
        self,
        ids: Sequence[int],
        department_ids: Sequence[int],
        *,
        actor: Actor,
        expected: Versions = None,
    ) -> Result:
        """Set the departments that the work is of (R-197)."""
        values = {"department_ids": list(dict.fromkeys(department_ids))}
        return self._change(ids, values, msg("Handed over"), actor, expected, "transferred")

    def priority(
        self, ids: Sequence[int], priority: str, *, actor: Actor, expected: Versions = None
    ) -> Result:
        """Set the priority."""
        return self._change(ids, {"priority": priority}, msg("Priority set"), actor, expected)

    def goal(
        self, ids: Sequence[int], goal_id: int | None, *, actor: Actor, expected: Versions = None
    ) -> Result:
        """Make the tasks key actions of a goal, or of none."""
        return self._change(ids, {"goal_id": goal_id}, msg("Goal set"), actor, expected)

    def edit(
        self,
        task_id: int,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expected: Versions = None,
        reason: str = "",
    ) -> Result:
        """Change any fields of a task."""
        return self._change(
            [task_id], data, msg("Task changed"), actor, expected, given=Given(reason=reason)
        )

    def change(
        self,
        ids: Sequence[int],
        changes: Mapping[str, Any],
        *,
        actor: Actor,
        expected: Versions = None,
    ) -> Result:
        """Change the same fields of several tasks, as `preview` shows it (R-218)."""
        return self._change(ids, changes, msg("Tasks changed"), actor, expected)

    # Dependencies

    def link(self, before_id: int, after_id: int, *, actor: Actor) -> Result:
        """Let a task wait for another; a ring is refused by the numbers of its tasks (R-206)."""

        def work(unit: Unit, item: int) -> Msg | None:
            task_links.link(unit, before_id, item)
            return None

        return self._core.each(actor, [after_id], msg("Linked"), work)

    def unlink(self, before_id: int, after_id: int, *, actor: Actor) -> Result:
        """Let a task no longer wait for another."""

        def work(unit: Unit, item: int) -> Msg | None:
            task_links.unlink(unit, before_id, item)
            return None

        return self._core.each(actor, [after_id], msg("Link removed"), work)

    def accept(self, moves: Sequence[Proposal], *, actor: Actor) -> Result:
        """Move the dates as proposed; one act to undo."""
        by_id = {move.card.id: move for move in moves}

        def work(unit: Unit, item: int) -> Msg | None:
            move = by_id[item]
            put(
                unit,
                item,
                task_schedule.dates_of(move),
                verb="rescheduled",
                expected=move.card.version,
            )
            return None

        return self._core.each(actor, list(by_id), msg("Proposals accepted"), work)

    def set_baseline(self, ids: Sequence[int], *, actor: Actor) -> Result:
        """Keep the present dates as those that were planned (R-205)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = task_rows.load(unit, item)
            dates = {"baseline_start_on": row["start_on"], "baseline_due_on": row["due_on"]}
            put(unit, item, {}, verb="baseline_set", beside=dates)
            return None

        return self._core.each(actor, ids, msg("Baseline set"), work)

    # Limits

    def set_limit(
        self, status: str, department_id: int | None, most: int | None, *, actor: Actor
    ) -> Result:
        """How many cards a column may hold, of all or of a department; None for no limit (R-204)."""

        def work(unit: Unit, item: int) -> Msg | None:
            task_limits.set_limit(unit, status, item, most)
            return None

        return self._core.each(actor, [department_id or 0], msg("Limit set"), work)

    def _made(self, actor: Actor, make: Callable[[Unit], int]) -> Result:
        label = msg("Task added")
        try:
            with self._core.write(actor) as unit:
                new = make(unit)
                unit.label = label
        except DomainError as error:
            return Result(label, (Outcome(0, error=error),))
        return Result(label, (Outcome(new),), unit.undo_id)

    def _change(
        self,
        ids: Sequence[int],
        values: Mapping[str, Any],
        label: Msg,
        actor: Actor,
        expected: Versions,
        verb: str = "changed",
        given: Given = NOTHING,
    ) -> Result:
        def work(unit: Unit, item: int) -> Msg | None:
            if "owner_id" in values:
                need_assign(actor, task_rows.load(unit, item), values["owner_id"])
            put(
                unit,
                item,
                values,
                verb=verb,
                given=given,
                reason=given.reason or None,
                expected=_version(expected, item),
            )
            return None

        return self._core.each(actor, ids, label, work)

    @staticmethod
    def _moved(unit: Unit, before: RowMapping, status: str) -> Msg | None:
        """What one would not expect of a card that was moved: it stays delayed, its progress is less."""
        card = task_rows.card(unit, before["id"])
        if card.shown != status:
            return msg("It is still past its due date, and so stays delayed")
        if card.progress < before["progress"]:
            return msg("Progress is back at {percent}%, as it was before", percent=card.progress)
        return None


def _version(expected: Versions, item: int) -> int | None:
    return expected.get(item) if expected is not None else None
