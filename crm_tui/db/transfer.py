"""Rows out of one database and into another, as JSON lines or straight, whatever the engines.

A table is a file ``NAME.jsonl``: first the column names, then one array per row. Values are written
by their column's type, so that they come back the same on the other engine.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, LargeBinary, Numeric, Table, func, insert, select
from sqlalchemy.types import Float, TypeEngine

from crm_tui.db.migrations import load_schema
from crm_tui.db.types import UtcDateTime

BATCH = 2_000
Rows = Iterable[Sequence[Any]]
_Convert = Callable[[Any], Any]


def dump_tables(conn: Connection, folder: Path) -> int:
    """Write every table into ``folder`` and answer how many rows there were."""
    total = 0
    for table in load_schema().sorted_tables:
        writers = [_codec(column.type)[0] for column in table.columns]
        with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            file.write(_line(list(table.columns.keys())))
            for row in rows_of(conn, table):
                file.write(_line([_apply(w, v) for w, v in zip(writers, row, strict=True)]))
                total += 1
    return total


def rows_of(conn: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """The rows of a table, streamed."""
    found = conn.execution_options(yield_per=BATCH).execute(select(table))
    yield from found


def dumped_rows(folder: Path, table: Table) -> Iterator[Sequence[Any]]:
    """The rows of a dumped table; none where the dump does not have it.

    `ValueError` where the file does not fit the table.
    """
    path = folder / f"{table.name}.jsonl"
    if not path.exists():
        return
    readers = [_codec(column.type)[1] for column in table.columns]
    with path.open(encoding="utf-8") as file:
        if json.loads(file.readline()) != list(table.columns.keys()):
            raise ValueError(f"other columns in {path.name}")
        for line in file:
            values = json.loads(line)
            yield [_apply(r, v) for r, v in zip(readers, values, strict=True)]


def load_tables(conn: Connection, rows: Callable[[Table], Rows]) -> int:
    """Fill the empty tables of ``conn`` and answer how many rows came.

    The tables refer to each other in circles: foreign keys are put aside meanwhile and proved
    afterwards. On SQLite the caller has switched them off before the transaction.
    """
    aside = _drop_foreign_keys(conn) if conn.dialect.name == "postgresql" else []
    total = 0
    for table in load_schema().sorted_tables:
        names = list(table.columns.keys())
        source = iter(rows(table))
        while batch := list(islice(source, BATCH)):
            values: list[Mapping[str, Any]] = [dict(zip(names, row, strict=True)) for row in batch]
            conn.execute(insert(table), values)
            total += len(batch)
        _continue_numbering(conn, table)
    for statement in aside:
        conn.exec_driver_sql(statement)
    return total


def _drop_foreign_keys(conn: Connection) -> list[str]:
    """Drop them all and answer the statements that make, and thereby prove, them again."""
    found = conn.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).all()
    for table, name, _ in found:
        conn.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {what}" for table, name, what in found]


def _continue_numbering(conn: Connection, table: Table) -> None:
    """Let the next id follow the largest one that came."""
    column = table.autoincrement_column
    if column is None or conn.dialect.name != "postgresql":
        return
    largest: int | None = conn.execute(select(func.max(column))).scalar_one()
    sequence = conn.execute(
        select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
    ).scalar_one()
    if largest is not None and sequence is not None:
        conn.execute(select(func.setval(sequence, largest)))


def _same(value: Any) -> Any:
    return value


def _codec(kind: TypeEngine[Any]) -> tuple[_Convert, _Convert]:
    """How values of a column type become JSON and come back."""
    if isinstance(kind, UtcDateTime):
        return datetime.isoformat, datetime.fromisoformat
    if isinstance(kind, Date):
        return date.isoformat, date.fromisoformat
    if isinstance(kind, LargeBinary):
        return lambda value: b64encode(value).decode("ascii"), b64decode
    if isinstance(kind, Numeric) and not isinstance(kind, Float):
        return str, Decimal
    return _same, _same


def _apply(convert: _Convert, value: Any) -> Any:
    return None if value is None else convert(value)


def _line(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"
