"""Risk cases of tasks: opened by hand or by a standstill, closed with a result (R-208, R-209)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm_tui.db.schema.org import staff
from crm_tui.domain.errors import DomainError, RuleViolation
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.text import display
from crm_tui.services import task_rows
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.register_rules import changed_values, described, insert_record, need_record
from crm_tui.services.result import Outcome, Result
from crm_tui.services.unit import Unit
from crm_tui.services.work_dto import RiskView


class RiskService:
    """The risk cases of tasks."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def open(self, task_id: int, data: Mapping[str, Any], *, actor: Actor) -> Result:
        """Open a case with its cause; refused while the task has an open one. The outcome has its id."""
        label = msg("Risk case opened")
        try:
            with self._core.write(actor) as unit:
                kind, _ = task_rows.task_kind()
                row = task_rows.load(unit, task_id)
                need_record(unit, kind, row)
                fields = {"owner_id": row["owner_id"], **data, "task_id": task_id}
                new = insert_record(unit, "risk_case", fields)
                unit.label = label
        except DomainError as error:
            return Result(label, (Outcome(0, error=error),))
        return Result(label, (Outcome(new),), unit.undo_id)

    def close(
        self,
        ids: Sequence[int],
        result: str,
        *,
        actor: Actor,
        expected: Mapping[int, int] | None = None,
    ) -> Result:
        """Close cases with what came of them; without it they stay open."""
        kind, table = described("risk_case")

        def work(unit: Unit, item: int) -> Msg | None:
            row = unit.row(table, item, Msg(kind.title))
            version = expected.get(item) if expected is not None else None
            if version is not None and version != row["row_version"]:
                raise unit.conflict(table, row)
            _need_part(unit, row)
            if row["state"] == "closed":
                raise RuleViolation(msg("The risk case is closed already"), code="closed")
            values = changed_values(unit, kind, row, {"state": "closed", "result": result})
            diff = unit.change(table, row, values)
            unit.log("risk_case", item, "closed", changes=diff)
            return None

        return self._core.each(actor, ids, msg("Risk case closed"), work)

    def of(self, task_id: int, *, actor: Actor) -> tuple[RiskView, ...]:
        """The cases of a task, open ones first, then the newest."""
        with self._core.read(actor) as unit:
            return risks_of(unit, task_id)


def risks_of(unit: Unit, task_id: int) -> tuple[RiskView, ...]:
    """The cases of a task, open ones first, then the newest."""
    _, table = described("risk_case")
    query = (
        select(table, staff.c.name)
        .select_from(table.outerjoin(staff, staff.c.id == table.c.owner_id))
        .where(table.c.task_id == task_id, table.c.archived.is_(False))
        .order_by(table.c.state.desc(), table.c.id.desc())
    )
    return tuple(
        RiskView(
            id=row["id"],
            version=row["row_version"],
            task_id=row["task_id"],
            cause=display(row["cause"], lines=True),
            response_measure=display(row["response_measure"], lines=True),
            owner=display(row["name"] or ""),
            due_on=row["due_on"],
            state=row["state"],
            result=display(row["result"], lines=True),
            opened_at=row["created_at"],
        )
        for row in unit.conn.execute(query).mappings()
    )


def _need_part(unit: Unit, row: Mapping[Any, Any]) -> None:
    """Refuse whoever has part neither in the case nor in its task."""
    kind, _ = described("risk_case")
    try:
        need_record(unit, kind, row)
    except DomainError:
        tasks, table = task_rows.task_kind()
        need_record(unit, tasks, unit.row(table, row["task_id"]))
