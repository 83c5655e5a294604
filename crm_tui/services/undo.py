"""Undo and redo: inverse commands with a version check, never a rollback (design decision 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from crm_tui.db.schema.base import metadata
from crm_tui.db.schema.log import undo_entry
from crm_tui.domain.errors import NotFound, PermissionDenied
from crm_tui.domain.msg import Msg, msg
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.register_rules import described
from crm_tui.services.unit import Unit, decode, message_from_data, shown

LOG_KINDS = {"ticket": "ticket", "customer": "customer", "contact": "contact"}


@dataclass(frozen=True, slots=True)
class UndoView:
    """Something that can be undone."""

    id: int
    at: datetime
    label: Msg


class UndoService:
    """Undo of what a staff member did last."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def last(self, *, actor: Actor) -> UndoView | None:
        """The newest act that the actor can take back."""
        with self._core.read(actor) as unit:
            row = self._newest(unit, undone=False)
            return (
                None
                if row is None
                else UndoView(row["id"], row["at"], message_from_data(row["label"]))
            )

    def undo(self, entry_id: int | None = None, *, actor: Actor) -> Msg:
        """Take back an act of the actor, the newest by default; answers what was undone.

        Refuses with who and what when anything it touched has changed since (`Conflict`).
        """
        return self._revert(entry_id, actor, redo=False)

    def redo(self, *, actor: Actor) -> Msg:
        """Do again what was undone last, as long as nothing newer was done."""
        return self._revert(None, actor, redo=True)

    def _revert(self, entry_id: int | None, actor: Actor, *, redo: bool) -> Msg:
        with self._core.write(actor) as unit:
            row = (
                self._newest(unit, undone=redo)
                if entry_id is None
                else unit.row(undo_entry, entry_id, msg("act"))
            )
            if row is None:
                raise NotFound(
                    msg("Nothing to redo") if redo else msg("Nothing to undo"),
                    code="nothing_to_undo",
                )
            own = actor.behind_id or actor.staff_id
            if row["staff_id"] != own:
                raise PermissionDenied(msg("Only one's own acts can be undone"), code="not_yours")
            if row["undone_at"] is not None and not redo:
                raise NotFound(msg("That has been undone already"), code="undone_already")
            label = message_from_data(row["label"])
            steps = row["steps"]
            self._apply(unit, steps["steps"])
            self._strike(unit, steps["events"])
            unit.conn.execute(
                update(undo_entry).where(undo_entry.c.id == row["id"]).values(undone_at=unit.now)
            )
            # The entry that undoing leaves behind is what redo takes back; undo passes it over.
            unit.label = label
            unit.redo_of = None if redo else row["id"]
            return label

    def _newest(self, unit: Unit, *, undone: bool) -> Any:
        own = unit.actor.behind_id or unit.actor.staff_id
        query = select(undo_entry).where(
            undo_entry.c.staff_id == own, undo_entry.c.undone_at.is_(None)
        )
        newest = (
            unit.conn.execute(query.order_by(undo_entry.c.id.desc()).limit(1)).mappings().first()
        )
        if undone:
            return newest if newest is not None and newest["redo_of"] is not None else None
        plain = query.where(undo_entry.c.redo_of.is_(None)).order_by(undo_entry.c.id.desc())
        return unit.conn.execute(plain.limit(1)).mappings().first()

    def _apply(self, unit: Unit, steps: list[dict[str, Any]]) -> None:
        newest: dict[tuple[str, int], int] = {}
        for step in steps:
            if "version" in step:
                newest[step["table"], step["id"]] = step["version"]
        combined: dict[tuple[str, int], dict[str, Any]] = {}
        for step in reversed(steps):
            if "inverse" in step:
                args = {k: decode(v) for k, v in step["args"].items()}
                self._core.inverses[step["inverse"]](unit, args)
            elif "version" in step:
                old = {k: decode(v) for k, v in step["old"].items()}
                combined.setdefault((step["table"], step["id"]), {}).update(old)
        for (name, row_id), values in combined.items():
            self._restore(unit, name, row_id, values, newest[name, row_id])

    def _restore(
        self, unit: Unit, name: str, row_id: int, values: Mapping[str, Any], version: int
    ) -> None:
        # Tables of registers are loaded with the first register that is used.
        table = metadata.tables[name] if name in metadata.tables else described(name)[1]
        row = unit.row(table, row_id)
        diff = unit.change(table, row, values, expected=version)
        diff = {k: v for k, v in diff.items() if not k.endswith("_index")}
        unit.log(
            name,
            row_id,
            "undone",
            changes={k: [shown(k, v[0]), shown(k, v[1])] for k, v in diff.items()},
            customer_id=row.get("customer_id") if "customer_id" in table.c else None,
        )
        if name == "ticket":
            unit.touched.add(row_id)
        _follow(unit, name, row, values)

    def _strike(self, unit: Unit, seqs: list[int]) -> None:
        """Mark events as not having happened; the clocks leave them out of their fold."""
        from crm_tui.db.schema.log import activity

        if not seqs:
            return
        query = select(activity.c.seq, activity.c.subject_id, activity.c.data).where(
            activity.c.seq.in_(seqs)
        )
        by_ticket: dict[int, list[int]] = {}
        revived: dict[int, list[int]] = {}
        for row in unit.conn.execute(query):
            event = row.data.get("event")
            if event == "revived":
                by_ticket.setdefault(row.subject_id, []).extend(row.data["seqs"])
            elif event == "struck":
                revived.setdefault(row.subject_id, []).extend(row.data["seqs"])
            else:
                by_ticket.setdefault(row.subject_id, []).append(row.seq)
        for ticket_id, struck in by_ticket.items():
            unit.log("ticket", ticket_id, "struck", data={"event": "struck", "seqs": struck})
        for ticket_id, again in revived.items():
            unit.log("ticket", ticket_id, "revived", data={"event": "revived", "seqs": again})


def _follow(unit: Unit, name: str, row: Mapping[Any, Any], values: Mapping[str, Any]) -> None:
    """Keep search and the list's copies in step with what was restored."""
    from crm_tui.services.customers import index_names, refresh_primary

    if name == "ticket" and "subject" in values:
        from crm_tui.services.intake import index_ticket
        from crm_tui.services.ticket_base import load

        index_ticket(unit, load(unit, row["id"]))
    elif name == "contact":
        refresh_primary(unit, row["customer_id"])
        index_names(unit, row["customer_id"])
    elif name == "customer" and "name" in values:
        index_names(unit, row["id"])
