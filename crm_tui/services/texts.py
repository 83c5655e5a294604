"""Canned texts: which ones an agent has at hand, and filling their placeholders (R-175, R-302)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, or_, select

from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import approval
from crm_tui.domain import money, templates
from crm_tui.domain.errors import NotFound, RuleViolation
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.templates import Filled
from crm_tui.domain.text import display
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.register_rules import described
from crm_tui.services.unit import Unit


@dataclass(frozen=True, slots=True)
class CannedRow:
    """A canned text as offered."""

    id: int
    name: str
    body: str
    public: bool


class TextService:
    """Canned texts of the actor's reach."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def canned(self, *, actor: Actor, public: bool | None = None) -> list[CannedRow]:
        """The texts that the actor may use, by name; ``public`` narrows to one audience."""
        with self._core.read(actor) as unit:
            rows = [
                CannedRow(
                    r["id"],
                    display(r["name"]),
                    display(r["body"], lines=True),
                    r["audience"] == "public",
                )
                for r in unit.conn.execute(reachable(unit, "canned_text")).mappings()
            ]
        return [r for r in rows if public is None or r.public is public]

    def fill(
        self, ticket_id: int, name: str, *, actor: Actor, public: bool, language: str = "zh"
    ) -> Filled:
        """A canned text for a ticket; ``empty`` names the placeholders that had no value.

        Raises `RuleViolation` (``internal_text``, ``internal_placeholder``) for what customers must
        not read.
        """
        with self._core.read(actor) as unit:
            row = base.load(unit, ticket_id)
            return filled(unit, row, name, public=public, language=language)


def reachable(unit: Unit, kind: str) -> Any:
    """The texts or macros of the actor: their own, and those shared with their department or all."""
    _, table = described(kind)
    actor = unit.actor
    reach = or_(table.c.department_id.is_(None), table.c.department_id == actor.department_id)
    return (
        select(table)
        .where(
            table.c.archived.is_(False),
            or_(table.c.owner_id == actor.staff_id, table.c.shared.is_(True) & reach),
        )
        .order_by(table.c.name, table.c.id)
        .limit(500)
    )


def named(unit: Unit, kind: str, name: str) -> RowMapping:
    """The text or macro called ``name``, one's own before a shared one."""
    found = [r for r in unit.conn.execute(reachable(unit, kind)).mappings() if r["name"] == name]
    found.sort(key=lambda r: r["owner_id"] != unit.actor.staff_id)
    if not found:
        title = Msg(described(kind)[0].title)
        raise NotFound(msg("There is no {kind} called {name}", kind=title, name=name), field="name")
    return found[0]


def filled(unit: Unit, row: RowMapping, name: str, *, public: bool, language: str = "zh") -> Filled:
    """A canned text with the values of a ticket, inside a transaction."""
    text = named(unit, "canned_text", name)
    if public and text["audience"] != "public":
        raise RuleViolation(
            msg("“{name}” is for staff only and is not sent to customers", name=name),
            code="internal_text",
            field="name",
        )
    return fill_text(unit, row, text["body"], public=public, language=language)


def fill_text(
    unit: Unit, row: RowMapping, body: str, *, public: bool, language: str = "zh"
) -> Filled:
    """Any text with the placeholders of a ticket filled."""
    templates.check(body, public=public)
    wanted = templates.placeholders(body)
    values = {name: _VALUES[name](unit, row, language) for name in wanted}
    return templates.fill(body, values, public=public)


def _local(unit: Unit, at: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    return "" if at is None else format(at.astimezone(ZoneInfo(unit.core.rules.zone)), form)


def _lookup(unit: Unit, column: Any, key: int | None) -> str:
    """A column of the row with this id, as text."""
    if key is None:
        return ""
    found = unit.conn.execute(select(column).where(column.table.c.id == key)).scalar()
    return "" if found is None else str(found)


def _amount(fen: str) -> str:
    return money.display_fen(int(fen)) if fen else ""


def _contract_amount(unit: Unit, row: RowMapping) -> str:
    _, contract = described("contract")
    query = (
        select(contract.c.amount_fen)
        .where(contract.c.customer_id == row["customer_id"], contract.c.archived.is_(False))
        .order_by(contract.c.end_on.desc(), contract.c.id.desc())
        .limit(1)
    )
    fen = unit.conn.execute(query).scalar()
    return _amount("" if fen is None else str(fen))


def _approval(unit: Unit, row: RowMapping, column: Any) -> str:
    """Of the ticket's last decided proposal."""
    query = (
        select(column)
        .select_from(approval.outerjoin(staff, staff.c.id == approval.c.decided_by))
        .where(approval.c.ticket_id == row["id"], approval.c.decided_at.is_not(None))
        .order_by(approval.c.id.desc())
        .limit(1)
    )
    return str(unit.conn.execute(query).scalar() or "")


def _department(unit: Unit, row: RowMapping, language: str) -> str:
    names = {"zh": department.c.name_zh, "en": department.c.name_en}
    return _lookup(unit, names[language], row["department_id"])


Value = Callable[[Unit, RowMapping, str], str]
_VALUES: Final[Mapping[str, Value]] = {
    "customer.name": lambda unit, row, _: _lookup(unit, customer.c.name, row["customer_id"]),
    "customer.no": lambda unit, row, _: _lookup(unit, customer.c.customer_no, row["customer_id"]),
    "customer.tier": lambda _, row, __: row["tier"],
    "customer.amount": lambda unit, row, _: _amount(
        _lookup(unit, customer.c.total_amount_fen, row["customer_id"])
    ),
    "contact.name": lambda unit, row, _: _lookup(unit, contact.c.name, row["contact_id"]),
    "contract.amount": lambda unit, row, _: _contract_amount(unit, row),
    "ticket.number": lambda _, row, __: f"T-{row['number']}",
    "ticket.subject": lambda _, row, __: row["subject"],
    "ticket.received": lambda unit, row, _: _local(unit, row["received_at"]),
    "ticket.due": lambda unit, row, _: _local(unit, row["next_due_at"]),
    "ticket.solution": lambda _, row, __: row["solution"],
    "ticket.basis": lambda _, row, __: row["handling_basis"],
    "ticket.product": lambda _, row, __: row["product"],
    "ticket.verified": lambda _, row, __: row["verified_note"],
    "ticket.cause": lambda _, row, __: row["cause_category"],
    "ticket.level": lambda _, row, __: str(row["escalation_level"]),
    "approval.text": lambda unit, row, _: _approval(unit, row, approval.c.text),
    "approval.decided_by": lambda unit, row, _: _approval(unit, row, staff.c.name),
    "agent.name": lambda unit, _, __: unit.actor.name,
    "department.name": _department,
    "today": lambda unit, _, __: _local(unit, unit.now, "%Y-%m-%d"),
}
"""Where each placeholder's value comes from; only those that a text names are looked up."""
