"""Limits of the board: how many cards a column may hold (R-204)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.task_flow import COLUMNS, DONE
from crm_tui.services.actor import Actor
from crm_tui.services.permissions import need_role
from crm_tui.services.unit import Unit


def need_limits(actor: Actor) -> None:
    """Refuse whoever may not set limits."""
    need_role(actor, "lead")


def set_limit(unit: Unit, status: str, department_id: int, most: int | None) -> None:
    """Set or take away a limit; what a column holds beyond it stays."""
    need_limits(unit.actor)
    if status not in COLUMNS or status == DONE:
        known = ", ".join(c for c in COLUMNS if c != DONE)
        raise ValidationError(msg("Limits are for {known}", known=known), field="status")
    if most is not None and not 0 < most < 100_000:
        raise ValidationError(
            msg("A limit is a number of cards, one or more; none takes it away"), field="most"
        )
    if department_id:
        from crm_tui.db.schema.org import department

        unit.row(department, department_id, msg("Department"))
    _put(unit, status, department_id, most)


def undo_limit(unit: Unit, args: Mapping[str, Any]) -> None:
    """Give a column the limit back that it had."""
    _put(unit, args["status"], args["department"], args["most"])


def _put(unit: Unit, status: str, department_id: int, most: int | None) -> None:
    from crm_tui.db.schema.work import board_limit as table

    here = (table.c.status == status) & (table.c.department_id == department_id)
    before = unit.conn.execute(select(table.c.most).where(here)).scalar_one_or_none()
    if before == most:
        return
    unit.conn.execute(delete(table).where(here))
    if most is not None:
        unit.add(table, {"status": status, "department_id": department_id, "most": most})
    unit.inverse("board_limit", status=status, department=department_id, most=before)
    unit.log("board", department_id, "changed", changes={status: [before, most]})
