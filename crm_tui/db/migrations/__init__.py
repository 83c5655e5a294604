"""Bringing a database to this version's schema, and refusing one that is not ours.

Alembic is imported only when there is something to migrate; the usual start compares one row.
"""

import importlib
import pkgutil
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData

from crm_tui.db import schema
from crm_tui.db.engine import copy_file, is_empty
from crm_tui.db.errors import place_of, translated, unavailable
from crm_tui.db.schema.base import metadata
from crm_tui.db.triggers import create_triggers
from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision, oldest first; tests hold it against the scripts."""
HEAD = REVISIONS[-1]
_LOCK_KEY = 0x63726D74
"""PostgreSQL advisory lock under which one process at a time changes the schema."""


class State(StrEnum):
    """What a database is to this version of the program."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


def load_schema() -> MetaData:
    """The metadata with every table, whichever modules happen to be imported already."""
    for module in pkgutil.iter_modules(schema.__path__):
        importlib.import_module(f"{schema.__name__}.{module.name}")
    return metadata


def revision_of(conn: Connection) -> str | None:
    """The revision a database says it has; None where it says none."""
    if conn.dialect.name == "sqlite":
        known = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    else:
        known = "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"
    if conn.exec_driver_sql(known).first() is None:
        return None
    row = conn.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def state_of(conn: Connection) -> State:
    """What this database is to this version."""
    revision = revision_of(conn)
    if revision is None:
        return State.EMPTY if is_empty(conn) else State.FOREIGN
    if revision == HEAD:
        return State.CURRENT
    return State.OLDER if revision in REVISIONS else State.NEWER


def create_all(conn: Connection) -> None:
    """Make the schema in an empty database, inside the caller's transaction."""
    load_schema().create_all(conn, checkfirst=False)
    create_triggers(conn)
    conn.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    conn.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{HEAD}')")


def ensure_schema(engine: Engine, *, now: datetime, create: bool = True) -> State:
    """Make or upgrade the schema as needed and answer what was found before.

    A SQLite file is upgraded after a copy of it is kept beside it. A PostgreSQL database serves
    others too and is only upgraded by `upgrade`: `Unavailable` with ``database_older``. Also
    `Unavailable`: ``database_newer``, ``not_a_database``, and ``database_missing`` for an empty one
    where ``create`` is off.
    """
    with translated(engine), engine.connect() as conn:
        state = state_of(conn)
    if state is State.EMPTY and create:
        _create(engine)
    elif state is State.OLDER and engine.dialect.name == "sqlite":
        upgrade(engine, now=now)
    elif state is not State.CURRENT:
        raise _refusal(engine, state)
    return state


def upgrade(engine: Engine, *, now: datetime | None) -> Path | None:
    """Migrate an older database to `HEAD`; gives the copy kept before, if any.

    ``now`` names the copy; without it none is made, as for a restored backup.

    All or nothing: a failed migration leaves schema and rows as they were. PostgreSQL keeps no
    copy: make a backup first.
    """
    with translated(engine), engine.connect() as conn:
        state = state_of(conn)
        revision = revision_of(conn)
    if state is State.CURRENT:
        return None
    if state is not State.OLDER:
        raise _refusal(engine, state)
    if engine.dialect.name != "sqlite" or now is None:
        _run_alembic(engine)
        return None
    copy = _copy_beside(engine, f"{revision}-{now:%Y%m%dT%H%M%S}")
    _run_alembic(engine)
    return copy


def _create(engine: Engine) -> None:
    with translated(engine), engine.connect() as raw:
        conn = raw.execution_options(sqlite_begin="IMMEDIATE")
        with conn.begin():
            _lock(conn)
            # Another process may have been first.
            if state_of(conn) is State.EMPTY:
                create_all(conn)


def _lock(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")


def _copy_beside(engine: Engine, mark: str) -> Path:
    path = Path(engine.url.database or "")
    copy = path.with_name(f"{path.name}.before-{mark}")
    copy_file(engine, copy)
    return copy


def _run_alembic(engine: Engine) -> None:
    from crm_tui.db.migrations.running import run_upgrade

    with translated(engine):
        run_upgrade(engine, lock=_lock)


def _refusal(engine: Engine, state: State) -> Unavailable:
    place = place_of(engine)
    if state is State.NEWER:
        return Unavailable(
            msg(
                "The database {place} was made by a newer crm-tui; install that version or later",
                place=place,
            ),
            code="database_newer",
        )
    if state is State.OLDER:
        return Unavailable(
            msg(
                "The database {place} needs an upgrade; make a backup, "
                "then run: crm-tui db upgrade",
                place=place,
            ),
            code="database_older",
        )
    return unavailable("database_missing" if state is State.EMPTY else "not_a_database", place)
