"""Registers: every kind that is described but has no rules of its own (design.md 3).

The description decides what is asked, checked, stored and shown; here stand transactions,
permissions, numbers, the log, undo and lists. Tables are loaded with the first register that is
used, so that the queue does not pay for them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, func, select

from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.base import Kind, fields
from crm_tui.domain.task_flow import Given
from crm_tui.domain.text import display
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.references import names_of
from crm_tui.services.register_filters import compiled, completions
from crm_tui.services.register_order import Order
from crm_tui.services.register_rules import (
    accepted,
    changed_values,
    described,
    insert_record,
    need_archivable,
    need_record,
    need_room,
    read_values,
    refuse_referenced,
    saved,
)
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

Check = Callable[[Unit, Mapping[str, Any]], None]
Where = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A record of a register as shown; texts are display-safe."""

    id: int
    version: int
    kind: str
    title: str
    values: Mapping[str, Any]
    """Values by field name."""
    names: Mapping[str, str]
    """What the ids of reference fields stand for, by field name."""
    archived: bool
    created_at: datetime
    updated_at: datetime
    source: str
    """Where it came from: live, manual, import or the profile of the file."""
    key: tuple[Any, ...] = ()
    """Where a page after or before this row begins."""
    derived: Mapping[str, Any] = field(default_factory=dict)
    """What people read in place of a stored value: the status of a task that is late (D-17)."""

    @property
    def read(self) -> dict[str, Any]:
        """Values by field name as people read them; `values` are what a form changes."""
        return {**self.values, **self.derived}


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A window of a register; ``before`` and ``after`` tell whether there is more on that side."""

    rows: tuple[RegisterRow, ...]
    before: bool
    after: bool


class RegisterService:
    """Create, change, archive, list and show the records of any register kind."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        source: str = "live",
        source_key: str | None = None,
    ) -> int:
        """Add a record; references may be ids, numbers, logins or names. Undoing archives it.

        Raises `ValidationError` by field, `PermissionDenied` below the kind's role.
        """
        with self._core.write(actor) as unit:
            new = insert_record(unit, kind, data, source=source, source_key=source_key)
            unit.label = msg("{what} added", what=Msg(described(kind)[0].title))
            return new

    def check(
        self, kind: str, data: Mapping[str, Any], *, actor: Actor, record_id: int | None = None
    ) -> None:
        """Raise what would refuse a new record, or a change of one, before anything is asked about it."""
        described_as, table = described(kind)
        with self._core.read(actor) as unit:
            if record_id is None:
                accepted(unit, described_as, data)
                return
            row = unit.row(table, record_id, Msg(described_as.title))
            need_record(unit, described_as, row)
            changed_values(unit, described_as, row, data)

    def change(
        self,
        kind: str,
        record_id: int,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expected: int | None = None,
        reason: str | None = None,
    ) -> Result:
        """Change the given fields; what they leave must fit the description as a whole."""
        described_as, table = described(kind)

        def work(unit: Unit, item: int) -> Msg | None:
            row = unit.row(table, item, Msg(described_as.title))
            need_record(unit, described_as, row)
            said = Given(reason=reason or "")
            values = changed_values(unit, described_as, row, data, given=said)
            diff = unit.change(table, row, values, expected=expected)
            if diff:
                unit.log(
                    kind,
                    item,
                    "changed",
                    changes=diff,
                    reason=reason,
                    customer_id=values.get("customer_id", row.get("customer_id")),
                )
                saved(unit, kind, item, diff)
            return None

        return self._core.each(
            actor, [record_id], msg("{what} changed", what=Msg(described_as.title)), work
        )

    def archive(
        self, kind: str, ids: Sequence[int], *, actor: Actor, restore: bool = False
    ) -> Result:
        """Take records off the lists, or bring them back; refused while others refer to them."""
        described_as, table = described(kind)

        def work(unit: Unit, item: int) -> Msg | None:
            row = unit.row(table, item, Msg(described_as.title))
            need_record(unit, described_as, row)
            need_archivable(unit, kind)
            if restore:
                need_room(unit, kind, row)
            else:
                refuse_referenced(unit, table, item)
            if diff := unit.change(table, row, {"archived": not restore}):
                verb = "restored" if restore else "archived"
                unit.log(kind, item, verb, changes=diff, customer_id=row.get("customer_id"))
            return None

        label = msg("{what} restored") if restore else msg("{what} archived")
        return self._core.each(
            actor, ids, Msg(label.msgid, {"what": Msg(described_as.title)}), work
        )

    def get(self, kind: str, record_id: int, *, actor: Actor) -> RegisterRow:
        """One record, archived ones too; `NotFound` where there is none."""
        described_as, table = described(kind)
        with self._core.read(actor) as unit:
            row = unit.row(table, record_id, Msg(described_as.title))
            return _rows(unit, described_as, [row])[0]

    def rows(self, kind: str, ids: Sequence[int], *, actor: Actor) -> list[RegisterRow]:
        """These records, for patching a screen."""
        described_as, table = described(kind)
        with self._core.read(actor) as unit:
            query = select(table).where(table.c.id.in_(ids))
            return _rows(unit, described_as, list(unit.conn.execute(query).mappings()))

    def find_number(self, kind: str, number: str) -> int | None:
        """The id of a numbered record, or None."""
        described_as, table = described(kind)
        if described_as.number is None:
            return None
        with self._core.read() as unit:
            query = select(table.c.id).where(table.c.number == number.strip())
            return unit.conn.execute(query).scalar_one_or_none()

    def page(
        self,
        kind: str,
        *,
        actor: Actor,
        where: Where = (),
        filter_text: str = "",
        customer_id: int | None = None,
        archived: bool = False,
        sort: str | None = None,
        descending: bool = False,
        after: tuple[Any, ...] | None = None,
        before: tuple[Any, ...] | None = None,
        limit: int = 50,
    ) -> RegisterPage:
        """A window of a register by any of its sortable fields; nothing sorts last either way."""
        described_as, table = described(kind)
        if sort is None and described_as.sort:
            sort = described_as.sort[0].removeprefix("-")
            descending = descending != described_as.sort[0].startswith("-")
        order = Order(described_as, table, sort, descending)
        backwards = before is not None
        query = select(table)
        if (mark := before if backwards else after) is not None:
            query = query.where(order.beyond(mark, backwards))
        query = query.order_by(*order.clauses(backwards)).limit(limit + 1)
        with self._core.read(actor) as unit:
            conditions = self._conditions(table, where, customer_id, archived)
            conditions += compiled(unit, described_as, table, filter_text)
            found = list(unit.conn.execute(query.where(*conditions)).mappings())
            more, found = len(found) > limit, found[:limit]
            rows = tuple(_rows(unit, described_as, found[::-1] if backwards else found, order))
        behind = mark is not None
        return RegisterPage(rows, more if backwards else behind, behind if backwards else more)

    def count(
        self,
        kind: str,
        *,
        actor: Actor,
        where: Where = (),
        filter_text: str = "",
        customer_id: int | None = None,
        archived: bool = False,
    ) -> int:
        """How many records match."""
        described_as, table = described(kind)
        conditions = self._conditions(table, where, customer_id, archived)
        with self._core.read(actor) as unit:
            conditions += compiled(unit, described_as, table, filter_text)
            query = select(func.count()).select_from(table).where(*conditions)
            return int(unit.conn.execute(query).scalar_one())

    def complete(self, kind: str, text: str) -> list[str]:
        """What the last word of a filter could become."""
        return completions(described(kind)[0], text)

    @staticmethod
    def _conditions(
        table: Table, where: Where, customer_id: int | None, archived: bool
    ) -> list[ColumnElement[bool]]:
        conditions = [table.c.archived.is_(archived), *where]
        if customer_id is not None:
            conditions.append(table.c.customer_id == customer_id)
        return conditions


def _rows(
    unit: Unit, kind: Kind, rows: Sequence[RowMapping], order: Order | None = None
) -> list[RegisterRow]:
    specs = fields(kind)
    names = names_of(unit, specs, rows)
    return [
        RegisterRow(
            id=row["id"],
            version=row["row_version"],
            kind=kind.name,
            title=display(str(row[kind.title_field])),
            values={name: _safe(row[name]) for name in specs},
            names=names[row["id"]],
            archived=row["archived"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            source=row["source"],
            key=order.key(row) if order is not None else (),
            derived=read_values(unit, kind.name, row),
        )
        for row in rows
    ]


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return display(value, lines=True)
    if isinstance(value, list):
        return tuple(_safe(one) for one in value)
    return value
