"""Complaints that come back propose an improvement item (R-156)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import RowMapping, select

from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.terms import CauseCategory
from crm_tui.services import ticket_base as base
from crm_tui.services.unit import Unit

WINDOW: Final = timedelta(days=30)
OFTEN: Final = 3


def propose(unit: Unit, ticket_id: int) -> Msg | None:
    """After a complaint was closed: an improvement item when its cause has come ``OFTEN`` times.

    Counted are complaints received in the last 30 days. While an item of the same cause is open, the
    complaint is added to it instead of making another. Answers what to tell, or None.
    """
    row = base.load(unit, ticket_id)
    cause = row["cause_category"]
    if row["kind"] != "complaint" or row["state"] != "closed" or not cause:
        return None
    query = (
        select(ticket.c.id)
        .where(
            ticket.c.kind == "complaint",
            ticket.c.state == "closed",
            ticket.c.cause_category == cause,
            ticket.c.received_at > unit.now - WINDOW,
        )
        .order_by(ticket.c.id)
        .limit(500)
    )
    same = [int(r.id) for r in unit.conn.execute(query)]
    if len(same) < OFTEN:
        return None
    label = Msg(CauseCategory(cause).label())
    if _added(unit, cause, ticket_id):
        return msg("Added to the open improvement item on “{cause}”", cause=label)
    item = _new(unit, row, cause, same)
    unit.notify(
        [base.head_of(unit, row["department_id"])],
        "improvement",
        msg(
            "“{cause}” was the cause of {count} complaints in 30 days: an improvement is proposed",
            cause=label,
            count=len(same),
        ),
        subject=("improvement_item", item),
        key=f"improvement:{item}",
    )
    return msg(
        "“{cause}” was the cause of {count} complaints in 30 days: an improvement is proposed",
        cause=label,
        count=len(same),
    )


def _added(unit: Unit, cause: str, ticket_id: int) -> bool:
    from crm_tui.db.schema.registers import TABLES

    table = TABLES["improvement_item"]
    query = (
        select(table)
        .where(
            table.c.cause_category == cause,
            table.c.archived.is_(False),
            table.c.state.in_(("proposed", "accepted", "in_progress")),
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = unit.conn.execute(query).mappings().first()
    if row is None:
        return False
    if ticket_id not in row["ticket_ids"]:
        diff = unit.change(table, row, {"ticket_ids": [*row["ticket_ids"], ticket_id][-500:]})
        unit.log("improvement_item", row["id"], "changed", changes=diff)
    return True


def _new(unit: Unit, row: RowMapping, cause: str, same: list[int]) -> int:
    from crm_tui.services.register_rules import insert_record

    subjects = select(ticket.c.number, ticket.c.subject).where(ticket.c.id.in_(same[-20:]))
    lines = [
        f"T-{r.number} {r.subject}"
        for r in unit.conn.execute(subjects.order_by(ticket.c.number.desc()))
    ]
    return insert_record(
        unit,
        "improvement_item",
        {
            "title": lines[0],
            "cause_category": cause,
            "finding": "\n".join(lines),
            "department_id": row["department_id"],
            "ticket_ids": same,
        },
    )
