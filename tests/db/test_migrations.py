"""The schema is made, known again, upgraded whole or not at all, and refused when newer."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError

from crm_tui.db.engine import open_engine
from crm_tui.db.migrations import (
    HEAD,
    REVISIONS,
    State,
    ensure_schema,
    revision_of,
    running,
    state_of,
    upgrade,
)
from crm_tui.db.schema.system import meta
from crm_tui.domain.errors import Unavailable


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database without tables."""
    engine = open_engine(str(tmp_path / "blank.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def pg_blank(pg_bare: URL) -> Iterator[Engine]:
    """A PostgreSQL database without tables."""
    engine = open_engine(pg_bare)
    yield engine
    engine.dispose()


def mark(engine: Engine, revision: str) -> None:
    """Let the database say that it is of another revision."""
    with engine.begin() as conn:
        conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def test_the_constants_name_the_scripts() -> None:
    scripts = ScriptDirectory.from_config(running.config())
    assert scripts.get_current_head() == HEAD
    assert tuple(s.revision for s in scripts.walk_revisions())[::-1] == REVISIONS


@pytest.mark.parametrize("kind", ["blank", pytest.param("pg_blank", marks=pytest.mark.pg)])
def test_the_scripts_make_what_the_code_describes(
    kind: str, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(kind)
    running.run_upgrade(engine, lock=lambda conn: None)
    with engine.begin() as conn:
        assert revision_of(conn) == HEAD
        command.check(running.config(conn))


def test_what_the_code_makes_needs_no_script(engine: Engine) -> None:
    with engine.begin() as conn:
        command.check(running.config(conn))


def test_an_empty_database_is_made_once(blank: Engine, frozen_now: datetime) -> None:
    assert ensure_schema(blank, now=frozen_now) is State.EMPTY
    assert ensure_schema(blank, now=frozen_now) is State.CURRENT


def test_an_empty_database_is_left_alone_when_asked(blank: Engine, frozen_now: datetime) -> None:
    with pytest.raises(Unavailable) as refused:
        ensure_schema(blank, now=frozen_now, create=False)
    assert refused.value.code == "database_missing"
    with blank.connect() as conn:
        assert state_of(conn) is State.EMPTY


def test_a_newer_database_is_refused(engine: Engine, frozen_now: datetime) -> None:
    mark(engine, "9999")
    try:
        for attempt in (ensure_schema, upgrade):
            with pytest.raises(Unavailable, match="newer") as refused:
                attempt(engine, now=frozen_now)
            assert refused.value.code == "database_newer"
    finally:
        mark(engine, HEAD)


def test_a_database_of_another_program_is_refused(blank: Engine, frozen_now: datetime) -> None:
    with blank.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE songs (title TEXT)")
    with pytest.raises(Unavailable) as refused:
        ensure_schema(blank, now=frozen_now)
    assert refused.value.code == "not_a_database"


@pytest.fixture
def older(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A file one revision behind."""
    engine = open_engine(sqlite_url)
    with engine.begin() as conn:
        conn.execute(meta.insert().values(key="kept", value="yes"))
    mark(engine, "0000")
    monkeypatch.setattr("crm_tui.db.migrations.REVISIONS", ("0000", HEAD))
    return engine


def test_an_older_file_is_copied_and_upgraded(
    older: Engine, frozen_now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "run_upgrade", lambda engine, *, lock: mark(engine, HEAD))
    assert ensure_schema(older, now=frozen_now) is State.OLDER
    with older.connect() as conn:
        assert revision_of(conn) == HEAD
    path = Path(older.url.database or "")
    (copy,) = path.parent.glob("*.before-*")
    with sqlite3.connect(copy) as kept:
        assert kept.execute("SELECT value FROM meta").fetchall() == [("yes",)]
        assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]
    kept.close()


def test_a_failed_upgrade_changes_nothing(
    older: Engine, frozen_now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(config: object, target: str) -> None:
        conn = config.attributes["connection"]  # type: ignore[attr-defined]
        conn.exec_driver_sql("DELETE FROM meta")
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(RuntimeError, match="half-way"):
        upgrade(older, now=frozen_now)
    with older.connect() as conn:
        assert revision_of(conn) == "0000"
        assert conn.exec_driver_sql("SELECT count(*) FROM meta").scalar_one() == 1
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_an_upgrade_that_orphans_rows_is_taken_back(
    older: Engine, frozen_now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orphaning(config: object, target: str) -> None:
        conn = config.attributes["connection"]  # type: ignore[attr-defined]
        conn.exec_driver_sql(
            "INSERT INTO team_member (team_id, staff_id, part) VALUES (77, 77, 'member')"
        )

    monkeypatch.setattr(command, "upgrade", orphaning)
    with pytest.raises(RuntimeError, match="refer"):
        upgrade(older, now=frozen_now)
    with older.connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM team_member").scalar_one() == 0


@pytest.mark.pg
def test_a_shared_server_is_upgraded_only_on_demand(
    pg_url: URL, frozen_now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(pg_url)
    monkeypatch.setattr("crm_tui.db.migrations.REVISIONS", ("0000", HEAD))
    monkeypatch.setattr(running, "run_upgrade", lambda engine, *, lock: mark(engine, HEAD))
    mark(engine, "0000")
    with pytest.raises(Unavailable, match="crm-tui db upgrade") as refused:
        ensure_schema(engine, now=frozen_now)
    assert refused.value.code == "database_older"
    assert upgrade(engine, now=frozen_now) is None
    assert ensure_schema(engine, now=frozen_now) is State.CURRENT
    engine.dispose()


@pytest.mark.req("R-306")
def test_the_audit_log_refuses_change(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO activity (seq, at, recorded_at, kind, subject_id, verb, source, hash) "
            + (
                "VALUES (1, 0, 0, 'k', 1, 'v', 'live', 'h')"
                if engine.dialect.name == "sqlite"
                else "VALUES (1, now(), now(), 'k', 1, 'v', 'live', 'h')"
            )
        )
    for statement in ("UPDATE activity SET verb = 'w'", "DELETE FROM activity"):
        with engine.begin() as conn, pytest.raises(DBAPIError, match="append-only"):
            conn.exec_driver_sql(statement)
        with engine.connect() as conn:
            assert conn.exec_driver_sql("SELECT verb FROM activity").scalar_one() == "v"
