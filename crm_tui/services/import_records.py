"""Writing imported records of registers: by the rules of their kind, each row refused or written by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, or_, select

from crm_tui.domain.errors import DomainError
from crm_tui.domain.task_flow import BY_FILE
from crm_tui.services.history import Written
from crm_tui.services.import_orders import digests
from crm_tui.services.register_rules import changed_values, described, insert_record, saved
from crm_tui.services.unit import Unit


@dataclass(frozen=True, slots=True)
class RecordData:
    """A record of a file; ``number`` names one that bears a number, whoever wrote it."""

    source: str
    source_key: str
    digest: str
    kind: str
    data: Mapping[str, Any]
    number: str = ""


class RecordWriter:
    """One batch of records of one kind in one transaction."""

    def __init__(self, unit: Unit, rows: Sequence[RecordData]) -> None:
        self.unit = unit
        self.rows = rows
        self.kind, self.table = described(rows[0].kind)
        self.known = self._known()
        self.digests = digests(unit, self.kind.name, [int(r["id"]) for r in self.known.values()])

    def _known(self) -> dict[str, RowMapping]:
        table = self.table
        keys = {row.source_key for row in self.rows}
        numbers = {row.number: row.source_key for row in self.rows if row.number}
        where: ColumnElement[bool] = (
            table.c.source == self.rows[0].source
        ) & table.c.source_key.in_(keys)
        if numbers and self.kind.number is not None:
            where = or_(where, table.c.number.in_(numbers))
        found: dict[str, RowMapping] = {}
        for row in self.unit.conn.execute(select(table).where(where)).mappings():
            ours = row["source_key"] in keys
            found[row["source_key"] if ours else numbers[row["number"]]] = row
        return found

    def write(self) -> list[Written]:
        """Write all rows; one that breaks a rule is refused and leaves the others standing."""
        written: list[Written] = []
        for row in self.rows:
            there = self.known.get(row.source_key)
            if there is not None and self.digests.get(int(there["id"])) == row.digest:
                written.append(Written(row.source_key, "skipped"))
                continue
            try:
                with self.unit.attempt():
                    if there is None:
                        self._create(row)
                    else:
                        self._change(there, row)
            except DomainError as error:
                written.append(Written(row.source_key, "refused", error=error))
            else:
                what = "created" if there is None else "changed"
                written.append(Written(row.source_key, what))
        return written

    def _create(self, row: RecordData) -> None:
        new = insert_record(
            self.unit, row.kind, row.data, source=row.source, source_key=row.source_key
        )
        self._imported(new, row)

    def _change(self, stored: RowMapping, row: RecordData) -> None:
        # A number is given once: the row was found by it.
        data = {name: value for name, value in row.data.items() if name != "number"}
        values = changed_values(self.unit, self.kind, stored, data, given=BY_FILE)
        diff = self.unit.change(self.table, stored, values)
        self._imported(int(stored["id"]), row, diff)
        if diff:
            saved(self.unit, row.kind, int(stored["id"]), diff)

    def _imported(
        self, record_id: int, row: RecordData, diff: dict[str, list[Any]] | None = None
    ) -> None:
        self.unit.log(
            row.kind,
            record_id,
            "imported",
            changes=diff,
            data={"digest": row.digest},
            customer_id=self.unit.row(self.table, record_id).get("customer_id"),
        )
