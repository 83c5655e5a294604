"""Which index a list is read by, where SQLite would guess (design.md 5: any filter in 30 ms).

SQLite's statistics say nothing of a range or of a rare name: for somebody who owns nothing it walks a
million tickets in the order of the list, and for most of a year it gathers and sorts a hundred
thousand. Both are told apart here by a look that itself costs some milliseconds at most.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    UnaryExpression,
    func,
    literal,
    select,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.util import ClauseAdapter

Where = Sequence[ColumnElement[bool] | TextClause]

FEW: Final = 5_000
"""Matches that are gathered by an index and sorted sooner than the index of the order is walked."""
WALKED: Final = 5_000
"""Rows in the order of the list that are looked at before many matches are gathered after all."""
STEPS: Final = 150_000
"""Steps of SQLite's machine that counting may take: some 8 ms."""


@contextmanager
def _steps_limited(conn: Connection) -> Iterator[None]:
    driver: Any = conn.connection.driver_connection
    driver.set_progress_handler(lambda: 1, STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _plan(conn: Connection, query: Select[Any]) -> list[str]:
    """SQLite's plan; the values themselves have no say in it."""
    compiled: Any = query.compile(conn, compile_kwargs={"render_postcompile": True})
    nothing = (None,) * len(compiled.positiontup)
    steps = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", nothing)
    return [str(step[3]) for step in steps]


class Matches(Enum):
    """How many rows match, as far as a quick look tells."""

    FEW = "few"
    MANY = "many"
    UNCLEAR = "unclear"
    """An index leads to them, but counting takes too long."""
    UNINDEXED = "unindexed"


def matches(conn: Connection, table: Table, where: Where) -> Matches:
    """How many rows match, told by an index in some milliseconds."""
    found = select(literal(1)).select_from(table).where(*where).limit(FEW + 1)
    if any(step.startswith(f"SCAN {table.name}") for step in _plan(conn, found)):
        return Matches.UNINDEXED
    counted = select(func.count()).select_from(found.subquery())
    try:
        with _steps_limited(conn):
            few = int(conn.execute(counted).scalar_one()) <= FEW
    except OperationalError:
        return Matches.UNCLEAR
    return Matches.FEW if few else Matches.MANY


class Way(Enum):
    """How SQLite would read a query by itself."""

    WALK = "walk"
    """All rows in the order of the list."""
    RIGHT = "right"
    """An index leads to the matches in their order."""
    GATHER = "gather"
    """All matches, then sorted."""


def way_of(conn: Connection, query: Select[Any], table: Table) -> Way:
    """How SQLite would read the query."""
    steps = _plan(conn, query)
    if any(step.startswith(f"SCAN {table.name}") for step in steps):
        return Way.WALK
    return Way.GATHER if "USE TEMP B-TREE FOR ORDER BY" in steps else Way.RIGHT


def walk(
    table: Table,
    index: str,
    columns: Sequence[Any],
    *,
    bounds: Where,
    where: Where,
    order: Sequence[Any],
) -> Select[Any]:
    """The rows that match among the first in the order of the index, behind ``bounds``."""
    near = (
        select(table)
        .with_hint(table, f"INDEXED BY {index}", "sqlite")
        .where(*bounds)
        .order_by(*order)
        .limit(WALKED)
        .subquery()
    )
    of_these = ClauseAdapter(near)
    return select(*[near.c[c.name] for c in columns]).where(
        *[of_these.traverse(condition) for condition in where]
    )


def gathered(column: Any) -> Any:
    """A column to sort matches by that were gathered: out of reach of an index."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)
