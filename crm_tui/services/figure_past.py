"""What figures read of the store as it stood at a past moment (R-251, D-22, D-23).

Only what was touched since is told anew, by its log up to then: the later acts of a ticket, the clocks
that follow from its events, the state of a contract. Undoing counts from when it was done.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import FromClause, RowMapping, select

from crm_tui.db.queries import figure_past as tables
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.domain.kpi.past import Entry, stood
from crm_tui.services.clocks import Folder, cycles, unstruck
from crm_tui.services.history import SOURCE
from crm_tui.services.unit import Unit

BATCH: Final = 400


class Past:
    """Tickets, clocks and contracts at a moment; each is read when it is first asked for."""

    def __init__(self, unit: Unit, moment: datetime) -> None:
        self._unit, self._moment = unit, moment
        self._dialect = unit.conn.dialect.name

    @cached_property
    def tickets(self) -> FromClause:
        """Tickets with state, ends, reopening, level and handovers as they were."""
        days = self._unit.core.rules.reopen_days
        rows: list[Sequence[Any]] = []
        for ids in self._batches():
            for ticket_id, log in self._logs(ids).items():
                rows.append((ticket_id, *astuple(stood(map(_entry, log), days))))
        return tables.put_back(self._dialect, ticket, tables.TICKET, rows)

    @cached_property
    def clocks(self) -> FromClause:
        """Clocks as the events up to then make them; whose they were is not told, and is as it is now."""
        folder = Folder(self._unit)
        rows: list[Sequence[Any]] = []
        for ids in self._batches():
            known = self._clocks(ids)
            for ticket_id, log in self._logs(ids).items():
                for cycle in cycles(folder.fold(unstruck(log), self._moment)):
                    now = known.get((ticket_id, str(cycle.kind), cycle.cycle))
                    if now is not None:
                        rows.append(
                            (
                                *(now.id, ticket_id, str(cycle.kind), cycle.state),
                                *(cycle.stored_due_at, cycle.stopped_at, cycle.breached_at),
                                *(now.owner_id, now.department_id),
                            )
                        )
        return tables.clocks(self._dialect, self._touched, rows)

    @cached_property
    def contracts(self) -> FromClause:
        """Contracts with their state as it was before the first change since."""
        contract = TABLES["contract"]
        query = (
            select(activity.c.subject_id, activity.c.changes)
            .where(
                activity.c.kind == "contract",
                activity.c.at > self._moment,
                activity.c.changes.is_not(None),
            )
            .order_by(activity.c.seq)
        )
        before: dict[int, dict[str, Any]] = defaultdict(dict)
        for subject_id, changes in self._unit.conn.execute(query):
            for name in tables.CONTRACT:
                # What it was made with is no change: it ran from its own first day.
                if name in changes and changes[name][0] is not None:
                    before[subject_id].setdefault(name, changes[name][0])
        names = ("id", *tables.CONTRACT)
        chosen = select(*(contract.c[n] for n in names)).where(contract.c.id.in_(before))
        rows = [
            tuple({**row, **before[row["id"]]}[n] for n in names)
            for row in self._unit.conn.execute(chosen).mappings()
        ]
        return tables.put_back(self._dialect, contract, tables.CONTRACT, rows)

    @cached_property
    def _touched(self) -> list[int]:
        """Tickets received by then that something happened to since."""
        since = (
            select(activity.c.subject_id)
            .where(activity.c.kind == "ticket", activity.c.at > self._moment)
            .distinct()
        )
        query = select(ticket.c.id).where(
            ticket.c.received_at <= self._moment, ticket.c.id.in_(since)
        )
        return list(self._unit.conn.execute(query.order_by(ticket.c.id)).scalars())

    def _batches(self) -> list[list[int]]:
        return [self._touched[i : i + BATCH] for i in range(0, len(self._touched), BATCH)]

    def _logs(self, ids: Sequence[int]) -> dict[int, list[RowMapping]]:
        """What had happened to tickets by then, in its order."""
        query = (
            select(
                *(activity.c.seq, activity.c.at, activity.c.subject_id, activity.c.verb),
                *(activity.c.changes, activity.c.data, activity.c.source),
            )
            .where(
                activity.c.kind == "ticket",
                activity.c.subject_id.in_(ids),
                activity.c.at <= self._moment,
            )
            .order_by(activity.c.at, activity.c.seq)
        )
        found: dict[int, list[RowMapping]] = {i: [] for i in ids}
        for row in self._unit.conn.execute(query).mappings():
            found[row["subject_id"]].append(row)
        return found

    def _clocks(self, ids: Sequence[int]) -> Mapping[tuple[int, str, int], Any]:
        query = select(ticket_clock).where(ticket_clock.c.ticket_id.in_(ids))
        return {(r.ticket_id, r.kind, r.cycle): r for r in self._unit.conn.execute(query)}


def _entry(row: RowMapping) -> Entry:
    data = row["data"] or {}
    return Entry(
        at=row["at"],
        verb=row["verb"],
        changes=row["changes"] or {},
        to=data.get("to") if data.get("event") == "state" else None,
        imported=row["source"] == SOURCE,
    )
