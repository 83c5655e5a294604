"""Saved views: one's own and those shared with one's department or all (ux.md 3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from crm_tui.db.queries import tickets as queries
from crm_tui.domain.errors import DomainError, NotFound, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.text import display
from crm_tui.domain.views import ViewSpec, parse_view
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.permissions import need_role
from crm_tui.services.register_rules import (
    changed_values,
    described,
    insert_record,
    need_record,
)
from crm_tui.services.result import Result
from crm_tui.services.ticket_filters import compile_filter
from crm_tui.services.unit import Unit

KIND = "saved_view"


@dataclass(frozen=True, slots=True)
class SavedViewRow:
    """A saved view as its user sees it."""

    id: int
    version: int
    name: str
    spec: ViewSpec
    shared: bool
    pinned: bool
    mine: bool


class SavedViewService:
    """Views by name."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def of(self, screen: str, *, actor: Actor) -> list[SavedViewRow]:
        """The actor's views of a screen and those shared with them, in their order."""
        with self._core.read(actor) as unit:
            return [v for v in _visible(unit) if v.spec.screen == screen]

    def save(
        self,
        name: str,
        spec: ViewSpec,
        *,
        actor: Actor,
        shared: bool = False,
        pinned: bool = False,
        department_id: int | None = None,
    ) -> Result:
        """Keep a view under a name; one's own view of that name is replaced.

        Sharing needs the role lead. A filter that cannot be read is refused (`FilterError`).
        """

        def work(unit: Unit, _: int) -> Msg | None:
            if shared:
                need_role(actor, "lead")
            if spec.screen == "queue":
                compile_filter(unit, spec.filter)
            data = {
                "name": name,
                "text": spec.to_text(),
                "shared": shared,
                "pinned": pinned,
                "department_id": department_id,
                "owner_id": actor.staff_id,
            }
            kind, table = described(KIND)
            clash = select(table).where(
                table.c.archived.is_(False),
                table.c.owner_id == actor.staff_id,
                table.c.name == name.strip(),
            )
            row = unit.conn.execute(clash).mappings().first()
            if row is None:
                insert_record(unit, KIND, data)
            else:
                diff = unit.change(table, row, changed_values(unit, kind, row, data))
                if diff:
                    unit.log(KIND, row["id"], "changed", changes=diff)
            return None

        result = self._core.each(actor, [0], msg("View {name} saved", name=name), work)
        result.one()
        return result

    def mark(
        self, name: str, *, actor: Actor, pinned: bool | None = None, shared: bool | None = None
    ) -> Result:
        """Pin or share a view, or no longer, whatever is on the screen; None leaves it as it is.

        Somebody else's view is copied: what is pinned is one's own.
        """
        with self._core.read(actor) as unit:
            found = sorted((v for v in _visible(unit) if v.name == name), key=lambda v: not v.mine)
        if not found:
            raise NotFound(msg("There is no view called {name}", name=name), field="view")
        view = found[0]
        return self.save(
            name,
            view.spec,
            actor=actor,
            pinned=view.pinned if pinned is None else pinned,
            shared=view.mine and view.shared if shared is None else shared,
        )

    def remove(self, name: str, *, actor: Actor) -> Result:
        """Forget a view; those of others stay theirs."""

        def work(unit: Unit, item: int) -> Msg | None:
            kind, table = described(KIND)
            row = unit.row(table, item)
            need_record(unit, kind, row)
            if row["owner_id"] != actor.staff_id:
                need_role(actor, "lead")
            diff = unit.change(table, row, {"archived": True})
            unit.log(KIND, item, "archived", changes=diff)
            return None

        with self._core.read(actor) as unit:
            found = [v for v in _visible(unit) if v.name == name]
        if not found:
            raise NotFound(msg("There is no view called {name}", name=name), field="view")
        found.sort(key=lambda v: not v.mine)
        return self._core.each(actor, [found[0].id], msg("View {name} removed", name=name), work)

    def counts(self, views: Sequence[SavedViewRow], *, actor: Actor) -> dict[int, int]:
        """How many tickets each of these queue views holds; a view gone wrong holds none."""
        found: dict[int, int] = {}
        with self._core.read(actor) as unit:
            for view in views:
                if view.spec.screen != "queue":
                    continue
                try:
                    compiled = compile_filter(unit, view.spec.filter)
                except DomainError:
                    continue
                found[view.id] = queries.count(unit.conn, compiled.where, compiled.facets)
        return found


def _visible(unit: Unit) -> list[SavedViewRow]:
    _, table = described(KIND)
    actor = unit.actor
    own: ColumnElement[bool] = table.c.owner_id == actor.staff_id
    reach = or_(table.c.department_id.is_(None), table.c.department_id == actor.department_id)
    query = (
        select(table)
        .where(table.c.archived.is_(False), or_(own, table.c.shared.is_(True) & reach))
        .order_by(table.c.position, table.c.name, table.c.id)
        .limit(200)
    )
    found = []
    for row in unit.conn.execute(query).mappings():
        try:
            spec = parse_view(row["text"])
        except ValidationError:
            continue
        found.append(
            SavedViewRow(
                row["id"],
                row["row_version"],
                display(row["name"]),
                spec,
                row["shared"],
                row["pinned"],
                row["owner_id"] == actor.staff_id,
            )
        )
    return found
