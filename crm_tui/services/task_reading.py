"""Reading the tasks of all departments: board, timeline, single tasks, what a change would do."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping

from crm_tui.domain import task_flow
from crm_tui.services import (
    task_board,
    task_limits,
    task_links,
    task_page,
    task_rows,
    task_rules,
    task_schedule,
)
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.risks import risks_of
from crm_tui.services.work_dto import (
    Board,
    Choice,
    ProgressEntry,
    Proposal,
    RiskView,
    Schedule,
    TaskCard,
    TaskPage,
    TaskPreview,
)


class TaskReading:
    """The half of `TaskService` that changes nothing."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def board(self, filter_text: str = "", *, actor: Actor, sort: str = "") -> Board:
        """Open cards and those done in the last 30 days, unless the filter asks for others.

        ``sort`` is a field, with ``-`` before it the largest first; without it a column keeps the
        order that it was put into by hand. Raises `FilterError` with the column at fault.
        """
        with self._core.read(actor) as unit:
            return task_board.board(unit, filter_text, sort)

    def schedule(self, filter_text: str = "", *, actor: Actor) -> Schedule:
        """The bars of the timeline; of done tasks those of the last year (R-205)."""
        with self._core.read(actor) as unit:
            return task_schedule.schedule(unit, filter_text)

    def card(self, task_id: int, *, actor: Actor) -> TaskCard:
        """One task; `NotFound` where there is none."""
        with self._core.read(actor) as unit:
            return task_rows.card(unit, task_id)

    def of_ticket(self, ticket_id: int, *, actor: Actor) -> tuple[TaskCard, ...]:
        """The tasks that belong to a ticket, oldest first."""
        with self._core.read(actor) as unit:
            _, table = task_rows.task_kind()
            query = task_rows.query(table).where(table.c.ticket_id == ticket_id)
            return tuple(task_rows.cards(unit, query.order_by(table.c.id)))

    def page(self, task_id: int, *, actor: Actor) -> TaskPage:
        """One task with its long texts, what it waits for, its progress and its risk cases."""
        with self._core.read(actor) as unit:
            return task_page.page(unit, task_id)

    def linked(
        self, task_id: int, *, actor: Actor
    ) -> tuple[tuple[TaskCard, ...], tuple[TaskCard, ...]]:
        """The tasks that it waits for, and those that wait for it."""
        with self._core.read(actor) as unit:
            return task_page.linked(unit, task_id)

    def risks(self, task_id: int, *, actor: Actor) -> tuple[RiskView, ...]:
        """Its risk cases, open ones first (R-209)."""
        with self._core.read(actor) as unit:
            return risks_of(unit, task_id)

    def find(self, text: str, *, actor: Actor, limit: int = 12) -> tuple[TaskCard, ...]:
        """Tasks by number or words of their description, open ones first."""
        with self._core.read(actor) as unit:
            return task_page.find(unit, text, limit)

    def complete(self, text: str, *, actor: Actor) -> list[str]:
        """What the last word of a filter could become: whole filters."""
        with self._core.read(actor) as unit:
            return task_page.complete_filter(unit, text)

    def choices(self, task_id: int, *, actor: Actor) -> tuple[Choice, ...]:
        """The statuses it may be moved to, with what each asks."""
        with self._core.read(actor) as unit:
            return task_board.choices(unit, task_id)

    # Asked before anything is typed

    def need_change(self, ids: Sequence[int], *, actor: Actor) -> None:
        """Refuse whoever may change none of the tasks."""
        with self._core.read(actor) as unit:
            task_page.need_any(unit, ids)

    def need_progress(self, ids: Sequence[int], *, actor: Actor) -> None:
        """Refuse whoever may note progress of none of the tasks; what is done has all of it."""
        with self._core.read(actor) as unit:
            task_page.need_any(unit, ids, task_page.need_open)

    def need_due(self, ids: Sequence[int], status: str, due_on: date, *, actor: Actor) -> None:
        """Refuse a new due date with which none of the tasks could be moved to a status."""
        with self._core.read(actor) as unit:
            day = task_rows.today(unit)

            def check(row: RowMapping) -> None:
                task_flow.need_due(row, status, due_on, day)
                task_rules.need_order(row["start_on"], due_on)

            task_page.need_any(unit, ids, check)

    def need_limits(self, *, actor: Actor) -> None:
        """Refuse whoever may not set limits."""
        task_limits.need_limits(actor)

    def set_off_by(self, ticket_id: int, *, actor: Actor) -> int | None:
        """The open task that a ticket has set off; None where one may be made, else a refusal."""
        with self._core.read(actor) as unit:
            return task_links.set_off_by(unit, ticket_id)

    def progress_log(self, task_id: int, *, actor: Actor) -> tuple[ProgressEntry, ...]:
        """What counted as its progress, the newest first (D-18)."""
        with self._core.read(actor) as unit:
            return task_board.progress_log(unit, task_id)

    def preview(
        self, ids: Sequence[int], changes: Mapping[str, Any], *, actor: Actor
    ) -> tuple[TaskPreview, ...]:
        """What a change in bulk would do to each task; nothing is changed (R-218)."""
        with self._core.read(actor) as unit:
            return tuple(task_page.preview(unit, item, changes) for item in ids)

    def proposals(self, task_id: int | None = None, *, actor: Actor) -> tuple[Proposal, ...]:
        """The moves that delays ask for, of all tasks or of what waits for one (R-206)."""
        with self._core.read(actor) as unit:
            return task_schedule.proposals(unit, task_id)

    def limits(self, *, actor: Actor) -> Mapping[tuple[str, int], int]:
        """The limits by shown status and department (0: of all)."""
        with self._core.read(actor) as unit:
            return task_rules.limits(unit)
