"""Writing imported history: as it stands, past the guards, marked, and only once (design.md 7).

An imported event keeps its own time, so that clocks and history are those of the log. Notifications are
not raised for it, and what happens to the ticket afterwards obeys every rule.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crm_tui.db.schema.system import import_run
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.history import SOURCE, History, HistoryEvent, Written
from crm_tui.services.import_customers import CustomerData, CustomerWriter
from crm_tui.services.import_tickets import TicketWriter
from crm_tui.services.permissions import need_role

if TYPE_CHECKING:
    from crm_tui.services.import_orders import OrderData
    from crm_tui.services.import_records import RecordData


class ImportService:
    """Bulk writing for import profiles."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def write_tickets(self, cases: Sequence[History], *, actor: Actor) -> list[Written]:
        """Write a batch in one transaction; known cases get only what is new, equal ones nothing."""
        with self._core.write(actor) as unit:
            need_role(actor, "lead")
            unit.source = SOURCE
            return TicketWriter(unit, cases).write()

    def write_customers(self, rows: Sequence[CustomerData], *, actor: Actor) -> list[Written]:
        """Write a batch in one transaction; a row that breaks a rule is refused, the others stand."""
        with self._core.write(actor) as unit:
            need_role(actor, "lead")
            unit.source = SOURCE
            return CustomerWriter(unit, rows).write()

    def write_orders(self, rows: "Sequence[OrderData]", *, actor: Actor) -> list[Written]:
        """Write a batch in one transaction with the figures of its customers (R-008, R-013)."""
        from crm_tui.services.import_orders import OrderWriter

        with self._core.write(actor) as unit:
            need_role(actor, "lead")
            unit.source = SOURCE
            return OrderWriter(unit, rows).write()

    def write_records(self, rows: "Sequence[RecordData]", *, actor: Actor) -> list[Written]:
        """Write a batch of records of one kind; a row that breaks a rule is refused."""
        from crm_tui.services.import_records import RecordWriter

        with self._core.write(actor) as unit:
            need_role(actor, "lead")
            unit.source = SOURCE
            return RecordWriter(unit, rows).write()

    def clock_results(self, source: str) -> tuple[int, int]:
        """How many stopped or breached clocks of this source's tickets were met and missed."""
        query = (
            select(ticket_clock.c.state, func.count())
            .join(ticket, ticket.c.id == ticket_clock.c.ticket_id)
            .where(ticket.c.source == source)
            .group_by(ticket_clock.c.state)
        )
        with self._core.read() as unit:
            counts = {str(r[0]): int(r[1]) for r in unit.conn.execute(query)}
        return counts.get("met", 0), counts.get("missed", 0)

    def record(
        self, profile: str, file_name: str, digest: str, summary: Mapping[str, Any], *, actor: Actor
    ) -> int:
        """Keep that a file was imported, by whom and with what result."""
        with self._core.write(actor) as unit:
            new = unit.add(
                import_run,
                {
                    "profile": profile,
                    "file_name": file_name,
                    "sha256": digest,
                    "at": unit.now,
                    "by_id": actor.staff_id or None,
                    "summary": dict(summary),
                },
            )
            unit.log("import", new, "imported", changes={"profile": [None, profile]})
            return new


__all__ = ["History", "HistoryEvent", "ImportService", "Written"]
