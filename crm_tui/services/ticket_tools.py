"""What is kept with a ticket beside its fields: its own checklist and the time spent on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from crm_tui.domain.text import display
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.due import due_meant
from crm_tui.services.register_rules import described
from crm_tui.services.registers import RegisterService
from crm_tui.services.result import Result

MOST_ITEMS: Final = 200


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """An item of a ticket's checklist."""

    id: int
    version: int
    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class TicketTools:
    """Checklist and time of a ticket."""

    items: tuple[ChecklistLine, ...] = ()
    minutes: int = 0
    """The sum of all that was spent on it."""


NOTHING: Final = TicketTools()


class TicketToolService:
    """Checklist items and time entries by their ticket; the registers keep them."""

    def __init__(self, core: Core, registers: RegisterService) -> None:
        self._core = core
        self._registers = registers

    def due_meant(self, text: str) -> datetime:
        """The instant that somebody means by ``明天下午5点``; see `crm_tui.services.due`."""
        return due_meant(self._core, text)

    def of(self, ticket_id: int, *, actor: Actor) -> TicketTools:
        """What is kept with a ticket."""
        _, item = described("checklist_item")
        _, entry = described("time_entry")
        items = (
            select(item)
            .where(item.c.ticket_id == ticket_id, item.c.archived.is_(False))
            .order_by(item.c.position, item.c.id)
            .limit(MOST_ITEMS)
        )
        spent = select(func.sum(entry.c.minutes)).where(
            entry.c.ticket_id == ticket_id, entry.c.archived.is_(False)
        )
        with self._core.read(actor) as unit:
            base.load(unit, ticket_id)
            lines = tuple(
                ChecklistLine(r["id"], r["row_version"], display(r["text"]), r["done"])
                for r in unit.conn.execute(items).mappings()
            )
            return TicketTools(lines, int(unit.conn.execute(spent).scalar() or 0))

    def add_time(self, ticket_id: int, minutes: int, note: str, *, actor: Actor) -> int:
        """Write down time spent today; undo takes it off again."""
        today = self._core.clock().astimezone(ZoneInfo(self._core.rules.zone)).date()
        data = {"ticket_id": ticket_id, "minutes": minutes, "day": today, "note": note}
        return self._registers.create(
            "time_entry", {**data, "owner_id": actor.staff_id}, actor=actor
        )

    def add_item(self, ticket_id: int, text: str, *, actor: Actor) -> int:
        """Another line of the checklist, behind those there are."""
        data = {"ticket_id": ticket_id, "text": text, "owner_id": actor.staff_id}
        return self._registers.create("checklist_item", data, actor=actor)

    def tick(self, line: ChecklistLine, *, actor: Actor) -> Result:
        """Tick a line, or untick it; refused where somebody changed it since it was read."""
        return self._registers.change(
            "checklist_item", line.id, {"done": not line.done}, actor=actor, expected=line.version
        )
