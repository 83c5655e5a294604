"""The search index: own tokens in FTS5 or a tsvector, one table a kind (design decision 8).

Only names, numbers and subjects are indexed; contact details never are (R-299).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    column,
    false,
    literal_column,
    select,
    table,
    text,
)

from crm_tui.domain.tokens import beginning, index_tokens, query_terms

KINDS: Final = ("customer", "ticket")
MAX_TERMS: Final = 12
BATCH: Final = 5_000
MOST_HITS: Final = 1_000
"""Hits of PostgreSQL among which the newest are taken."""


def create_tables(conn: Connection) -> None:
    """Make the index tables where they are missing."""
    for kind in KINDS:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS fts_{kind} USING fts5(tokens, prefix='1 2 3', "
                "tokenize='unicode61 remove_diacritics 0', detail=none, columnsize=0)"
            )
        else:
            conn.exec_driver_sql(
                f"CREATE TABLE IF NOT EXISTS fts_{kind} "
                "(rowid integer PRIMARY KEY, tokens tsvector NOT NULL)"
            )
            conn.exec_driver_sql(
                f"CREATE INDEX IF NOT EXISTS ix_fts_{kind} ON fts_{kind} USING gin (tokens)"
            )


def index(
    conn: Connection, kind: str, entity_id: int, content: str, *, names: Sequence[str] = ()
) -> None:
    """Index one record again; ``names`` are also found by their pinyin."""
    remove(conn, kind, [entity_id])
    index_many(conn, kind, [(entity_id, content, names)])


def index_many(conn: Connection, kind: str, rows: Iterable[tuple[int, str, Sequence[str]]]) -> None:
    """Index records that are not in the index yet, in bulk."""
    sqlite = conn.dialect.name == "sqlite"
    value = ":tokens" if sqlite else "CAST(:tokens AS tsvector)"
    statement = text(f"INSERT INTO fts_{_known(kind)} (rowid, tokens) VALUES (:id, {value})")
    batch: list[dict[str, Any]] = []
    for entity_id, content, names in rows:
        tokens = index_tokens(" ".join((content, *names)))
        if names:
            from crm_tui.db.readings import beginnings, readings

            for name in names:
                tokens += [*readings(name), beginning(name), *beginnings(name)]
        unique = list(filter(None, dict.fromkeys(tokens)))
        joined = " ".join(unique) if sqlite else " ".join(f"'{t}'" for t in unique)
        batch.append({"id": entity_id, "tokens": joined})
        if len(batch) == BATCH:
            conn.execute(statement, batch)
            batch = []
    if batch:
        conn.execute(statement, batch)


def remove(conn: Connection, kind: str, ids: Sequence[int]) -> None:
    """Take records out of the index."""
    for entity_id in ids:
        conn.execute(text(f"DELETE FROM fts_{_known(kind)} WHERE rowid = :id"), {"id": entity_id})


def clear(conn: Connection) -> None:
    """Empty the index, to fill it again."""
    for kind in KINDS:
        conn.execute(text(f"DELETE FROM fts_{kind}"))


def ids_matching(conn: Connection, kind: str, content: str) -> Select[Any]:
    """A selectable of the ids with every term of ``content``; of nothing for one without terms."""
    return _matching(conn, kind, query_terms(content)[:MAX_TERMS])


def _matching(conn: Connection, kind: str, terms: Sequence[tuple[str, bool]]) -> Select[Any]:
    name = f"fts_{_known(kind)}"
    found: Select[Any] = select(column("rowid").label("id")).select_from(table(name))
    if not terms:
        return found.where(false())
    # Terms hold letters, digits and ideographs only: nothing in them can end a quote.
    if conn.dialect.name == "sqlite":
        wanted = " AND ".join(f'"{term}"{"*" if prefix else ""}' for term, prefix in terms)
        return found.where(text(f"{name} MATCH :wanted").bindparams(_wanted(wanted)))
    wanted = " & ".join(f"'{term}'{':*' if prefix else ''}" for term, prefix in terms)
    return found.where(text("tokens @@ CAST(:wanted AS tsquery)").bindparams(_wanted(wanted)))


def _wanted(value: str) -> BindParameter[str]:
    # Named apart: two of these may stand in one statement.
    return bindparam("wanted", value, unique=True)


def ids_newest(conn: Connection, kind: str, content: str) -> Select[Any]:
    """The same, newest first; for a list of a few hits, not for a filter."""
    return _newest(conn, ids_matching(conn, kind, content))


def ids_beginning(conn: Connection, kind: str, content: str) -> Select[Any]:
    """A selectable of the ids with a name that begins so, in characters or pinyin; newest first."""
    wanted = beginning(content)
    return _newest(conn, _matching(conn, kind, [(wanted, True)] if wanted else []))


def _newest(conn: Connection, found: Select[Any]) -> Select[Any]:
    if conn.dialect.name == "sqlite":
        return found.order_by(literal_column("rowid").desc())
    # Asked for an order, PostgreSQL walks the primary key backwards and looks into every row where it
    # takes the term for a common one; where there is none, that is the whole table. So it first
    # gathers hits in any order: by the index where they are few, at a stroke where they are many.
    some = found.limit(MOST_HITS).subquery()
    return select(some.c.id).order_by(some.c.id.desc())


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(kind)
    return kind
