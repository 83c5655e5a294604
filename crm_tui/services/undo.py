"""Undo and redo: inverse commands with a version check, never a rollback (design decision 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select, update

from crm_tui.db.schema.base import metadata
from crm_tui.db.schema.log import undo_entry
from crm_tui.domain.errors import NotFound, PermissionDenied, RuleViolation
from crm_tui.domain.msg import Msg, msg
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.customer_names import index_names, refresh_primary
from crm_tui.services.register_rules import described, refuse_referenced
from crm_tui.services.task_rules import exceeded
from crm_tui.services.unit import Unit, decode, message_from_data

MOST_REDONE = 100
"""How far back redo looks for what was undone."""
PLACING = frozenset({"status", "due_on", "department_ids", "archived"})
"""Fields of a task that say in which column and lane its card stands."""


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
            row = _last_act(unit)
            return (
                None
                if row is None
                else UndoView(row["id"], row["at"], message_from_data(row["label"]))
            )

    def undo(self, entry_id: int | None = None, *, actor: Actor) -> Msg:
        """Take back an act of the actor, the newest by default; answers what was undone.

        A card goes back to where it was even where its column is full by now; the answer then says so.
        Refuses with who and what when anything it touched has changed since (`Conflict`).
        """
        return self._revert(entry_id, actor, redo=False)

    def redo(self, *, actor: Actor) -> Msg:
        """Do again what was undone last, as long as nothing newer was done."""
        return self._revert(None, actor, redo=True)

    def _revert(self, entry_id: int | None, actor: Actor, *, redo: bool) -> Msg:
        with self._core.write(actor) as unit:
            newest = _last_undone if redo else _last_act
            row = newest(unit) if entry_id is None else unit.row(undo_entry, entry_id, msg("act"))
            if row is None:
                raise NotFound(
                    msg("Nothing to redo") if redo else msg("Nothing to undo"),
                    code="nothing_to_undo",
                )
            if row["staff_id"] != _own(actor):
                raise PermissionDenied(msg("Only one's own acts can be undone"), code="not_yours")
            if row["undone_at"] is not None:
                raise NotFound(msg("That has been undone already"), code="undone_already")
            steps = row["steps"]
            if redo and not steps.get("redoable", True):
                raise RuleViolation(
                    msg("This cannot be done again by redo; do it anew"), code="not_redoable"
                )
            unit.undo_facts["reverts"] = row["id"]
            inverses = self._apply(unit, row, steps["steps"])
            self._strike(unit, steps["events"])
            unit.conn.execute(
                update(undo_entry).where(undo_entry.c.id == row["id"]).values(undone_at=unit.now)
            )
            # The entry that undoing leaves behind is what redo takes back; undo passes it over.
            unit.label = message_from_data(row["label"])
            told = _told(unit, steps["steps"])
            if redo:
                unit.undo_facts["origin"] = _origin(unit, row)
            else:
                unit.redo_of = row["id"]
                # What has no inverse of its own inverse cannot be brought back whole.
                unit.undo_facts["redoable"] = unit.inverses >= inverses
            return unit.label if told is None else msg("{what}. {told}", what=unit.label, told=told)

    def _apply(self, unit: Unit, entry: Mapping[Any, Any], steps: list[dict[str, Any]]) -> int:
        """Take the steps back, the last first; answers how many were inverse commands."""
        versions = _Versions(unit, entry["id"])
        newest: dict[tuple[str, int], int] = {}
        for step in steps:
            if "version" in step:
                newest[step["table"], step["id"]] = step["version"]
        combined: dict[tuple[str, int], dict[str, Any]] = {}
        inverses = 0
        for step in reversed(steps):
            if "inverse" in step:
                args = {k: decode(v) for k, v in step["args"].items()}
                self._core.inverses[step["inverse"]](unit, args)
                inverses += 1
            else:
                old = {k: decode(v) for k, v in step["old"].items()}
                combined.setdefault((step["table"], step["id"]), {}).update(old)
        for (name, row_id), values in combined.items():
            _restore(unit, name, row_id, values, newest[name, row_id], versions)
        return inverses

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


class _Versions:
    """Which versions of a row hold the same values, because an act and its undoing cancel out.

    Undoing moves a row's version on, as every change does, so that nobody overwrites it unseen.
    Acts before it must still be undoable, one after the other: the version that undoing left
    stands for the one before the act.
    """

    def __init__(self, unit: Unit, after: int) -> None:
        self._unit = unit
        self._after = after
        self._same: dict[tuple[str, int, int], int] | None = None

    def same(self, table: str, row_id: int, now: int, then: int) -> bool:
        """Whether the row at version ``now`` is as it was at version ``then``."""
        while now > then:
            before = self._load().get((table, row_id, now))
            if before is None:
                return False
            now = before
        return now == then

    def _load(self) -> dict[tuple[str, int, int], int]:
        if self._same is None:
            self._same = {}
            began: dict[int, dict[tuple[str, int], int]] = {}
            query = select(undo_entry.c.id, undo_entry.c.steps).where(undo_entry.c.id > self._after)
            for entry in self._unit.conn.execute(query.order_by(undo_entry.c.id)):
                first: dict[tuple[str, int], int] = {}
                last: dict[tuple[str, int], int] = {}
                for step in entry.steps["steps"]:
                    if "version" in step:
                        first.setdefault((step["table"], step["id"]), step["version"] - 1)
                        last[step["table"], step["id"]] = step["version"]
                began[entry.id] = first
                undone = began.get(entry.steps.get("reverts"), {})
                for (table, row_id), version in last.items():
                    if (table, row_id) in undone:
                        self._same[table, row_id, version] = undone[table, row_id]
        return self._same


def _own(actor: Actor) -> int:
    return actor.behind_id or actor.staff_id


def _in_force(unit: Unit) -> Select[Any]:
    """The actor's entries that were not undone, the newest first."""
    query = select(undo_entry).where(
        undo_entry.c.staff_id == _own(unit.actor), undo_entry.c.undone_at.is_(None)
    )
    return query.order_by(undo_entry.c.id.desc())


def _last_act(unit: Unit) -> RowMapping | None:
    """What undo takes back: the newest act, done the first time or again."""
    query = _in_force(unit).where(undo_entry.c.redo_of.is_(None)).limit(1)
    return unit.conn.execute(query).mappings().first()


def _last_undone(unit: Unit) -> RowMapping | None:
    """What redo does again: what was undone last, unless something new was done after it."""
    done = 0
    for row in unit.conn.execute(_in_force(unit).limit(MOST_REDONE)).mappings():
        if row["redo_of"] is not None:
            return row if done < row["id"] else None
        if "origin" not in row["steps"]:
            return None
        done = max(done, row["steps"]["origin"])
    return None


def _origin(unit: Unit, undoing: Mapping[Any, Any]) -> int:
    """The act that was done the first time, of one that is now done again."""
    act = unit.row(undo_entry, undoing["redo_of"])
    return int(act["steps"].get("origin", act["id"]))


def _told(unit: Unit, steps: list[dict[str, Any]]) -> Msg | None:
    """What one must know of where the cards of an act now stand."""
    moved = {
        step["id"] for step in steps if step.get("table") == "task" and step["old"].keys() & PLACING
    }
    return exceeded(unit, moved) if moved else None


def _restore(
    unit: Unit, name: str, row_id: int, values: Mapping[str, Any], version: int, versions: _Versions
) -> None:
    # Tables of registers are loaded with the first register that is used.
    table = metadata.tables[name] if name in metadata.tables else described(name)[1]
    row = unit.row(table, row_id)
    if not versions.same(name, row_id, row["row_version"], version):
        raise unit.conflict(table, row)
    if values.get("archived"):
        refuse_referenced(unit, table, row_id)
    # Without values, something beside the row was taken back by an inverse, which logs it.
    diff = unit.change(table, row, values, beside=not values)
    if diff:
        shown = {k.removesuffix("_sealed"): v for k, v in diff.items() if not k.endswith("_index")}
        whose = row_id if name == "customer" else row.get("customer_id")
        unit.log(name, row_id, "undone", changes=shown, customer_id=whose)
    if name == "ticket":
        unit.touched.add(row_id)
    _follow(unit, name, row, values)


def _follow(unit: Unit, name: str, row: Mapping[Any, Any], values: Mapping[str, Any]) -> None:
    """Keep search and the list's copies in step with what was restored."""
    if name == "ticket" and "subject" in values:
        base.index_ticket(unit, base.load(unit, row["id"]))
    elif name == "contact":
        refresh_primary(unit, row["customer_id"])
        index_names(unit, row["customer_id"])
    elif name == "customer" and "name" in values:
        index_names(unit, row["id"])
