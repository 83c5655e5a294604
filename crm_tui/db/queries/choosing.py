"""Which index a list is read by, where SQLite would guess (design.md 5: any filter in 30 ms).

SQLite's statistics say nothing of a range, of a rare name, or of two columns together: for somebody
who owns nothing it walks a million tickets in the order of the list, and for most of a year it gathers
and sorts a hundred thousand. Nor can a look tell beforehand which way is short, because that hangs on
where in the order the matches stand. So each way is tried for some milliseconds, the likeliest first;
whichever comes to its end has the list, and they all have the same one.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, UnaryExpression
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import iterate, replacement_traverse

Where = Sequence[ColumnElement[bool] | TextClause]

LOOKS: Final = 2_000
"""Steps of SQLite's machine between two looks at the clock."""
CROWD: Final = 5
"""How much longer than its processor time an attempt may take on the clock of a busy machine."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to read a list, and for how long it is tried."""

    query: Select[Any]
    seconds: float


def first_to_end(conn: Connection, attempts: Sequence[Attempt], last: Select[Any]) -> list[Any]:
    """The rows of the first attempt that comes to its end in its time, else those of the last."""
    for attempt in attempts:
        try:
            with _at_most(conn, attempt.seconds):
                return list(conn.execute(attempt.query))
        except OperationalError as error:
            if not _was_stopped(error):
                raise
    return list(conn.execute(last))


@contextmanager
def _at_most(conn: Connection, seconds: float) -> Iterator[None]:
    driver: Any = conn.connection.driver_connection
    end, latest = time.thread_time() + seconds, time.perf_counter() + CROWD * seconds
    driver.set_progress_handler(
        lambda: time.thread_time() > end or time.perf_counter() > latest, LOOKS
    )
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _was_stopped(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT"


class Way(Enum):
    """How SQLite would read a query by itself."""

    WALK = "walk"
    """All rows in the order of the list."""
    RIGHT = "right"
    """An index leads to the matches in their order."""
    GATHER = "gather"
    """All matches, then sorted."""


def way_of(conn: Connection, query: Select[Any], table: Table) -> Way:
    """How SQLite would read the query; the values themselves have no say in it."""
    compiled: Any = query.compile(conn, compile_kwargs={"render_postcompile": True})
    nothing = (None,) * len(compiled.positiontup)
    found = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", nothing)
    steps = [str(step[3]) for step in found]
    if any(step.split()[:2] == ["SCAN", table.name] for step in steps):
        return Way.WALK
    return Way.GATHER if "USE TEMP B-TREE FOR ORDER BY" in steps else Way.RIGHT


def by_index(query: Select[Any], table: Table, index: str) -> Select[Any]:
    """The query, read by one index."""
    return query.with_hint(table, f"INDEXED BY {index}", "sqlite")


def aside(column: Any) -> Any:
    """A column out of reach of an index: compared or sorted by only once a row has been read."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def aside_in(condition: Any, columns: Collection[Any]) -> Any:
    """A condition with these columns out of reach of an index.

    One that is known to have one value would be left out of the order, and the rest of it be sorted.
    """

    def replace(element: Any, **_: Any) -> Any:
        found = getattr(element, "key", None) in names and isinstance(element, Column)
        return aside(element) if found and element.table is table else None

    names, table = {c.key for c in columns}, next(iter(columns)).table
    return replacement_traverse(condition, {}, replace)


def columns_of(where: Where, table: Table) -> set[str]:
    """The columns of a table that conditions look at."""
    return {
        part.name
        for condition in where
        for part in iterate(condition)
        if isinstance(part, Column) and part.table is table
    }


def has_list(where: Where) -> bool:
    """Whether some condition looks into a list that must be made first."""
    return any(isinstance(part, Select) for condition in where for part in iterate(condition))


def narrowed(
    order: Mapping[str, Sequence[str]], allowed: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    """Values for the leading columns of an index, as far as one of them or a later one is narrowed.

    ``order`` has the columns with all their values, ``allowed`` what a filter leaves of some. Where
    every leading column is given, an index leads to each combination, however late the column stands
    that few rows share.
    """
    upto = max((place for place, name in enumerate(order, 1) if name in allowed), default=0)
    return {
        name: [v for v in values if v in allowed.get(name, values)]
        for name, values in list(order.items())[:upto]
    }
