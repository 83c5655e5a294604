"""A contact with the customer that settles what they need stops the clarify clock (R-129)."""

from sqlalchemy import select

from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.msg import msg
from crm_tui.domain.policy import ClockKind
from crm_tui.services import ticket_base as base
from crm_tui.services.unit import Unit


def saved(unit: Unit, interaction_id: int) -> None:
    """After an interaction was written: it counts when it reached the customer of an open ticket."""
    from crm_tui.db.schema.registers import TABLES

    row = unit.row(TABLES["interaction"], interaction_id, msg("Interaction"))
    if not row["requirement_clarified"] or not row["answered"] or row["automated"]:
        return
    query = select(ticket.c.id, ticket.c.customer_id).where(ticket.c.id == row["ticket_id"])
    found = unit.conn.execute(query).first()
    if found is not None and base.clock_runs(unit, found.id, str(ClockKind.CLARIFY)):
        unit.log(
            "ticket",
            found.id,
            "clarified",
            data={"event": "clarified", "interaction": interaction_id},
            customer_id=found.customer_id,
        )
