"""Opening, its failures as sentences, and what happens when the store goes away in mid-session."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, insert, select, text
from sqlalchemy.exc import DBAPIError

from crm_tui.db import engine as engine_module
from crm_tui.db.engine import is_empty, open_engine, parse_url
from crm_tui.db.errors import (
    MESSAGES,
    domain_error,
    place_of,
    postgres_code,
    translated,
    unavailable,
)
from crm_tui.db.feed import announce, watch
from crm_tui.db.schema.system import meta
from crm_tui.domain.errors import Conflict, DomainError, Unavailable, ValidationError
from crm_tui.i18n import render


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is given up at once."""
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 1)


def write(engine: Engine, key: str = "k") -> None:
    """A small change as the services make it."""
    with translated(engine), engine.connect() as raw:
        conn = raw.execution_options(sqlite_begin="IMMEDIATE")
        with conn.begin():
            conn.execute(insert(meta).values(key=key, value="v"))


def count(engine: Engine) -> int:
    """Rows that were really written."""
    with engine.connect() as conn:
        return len(conn.execute(select(meta)).all())


def refusal(action: Any, *arguments: Any, **named: Any) -> DomainError:
    """The domain error that the action ends in."""
    with pytest.raises(DomainError) as refused:
        action(*arguments, **named)
    return refused.value


# Names of places


@pytest.mark.parametrize(
    ("typed", "driver"),
    [
        ("crm.db", "sqlite+pysqlite"),
        ("~/crm.db", "sqlite+pysqlite"),
        ("sqlite:///crm.db", "sqlite+pysqlite"),
        ("客户.db", "sqlite+pysqlite"),
        ("postgresql://u@h/d", "postgresql+psycopg"),
        ("postgres://u:p@h:5433/d", "postgresql+psycopg"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg"),
    ],
)
def test_places_are_understood(typed: str, driver: str) -> None:
    url = parse_url(typed)
    assert url.drivername == driver
    if driver.startswith("sqlite"):
        assert os.path.isabs(url.database or "")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ":memory:",
        "sqlite://",
        "mysql://u:secret@h/d",
        "postgresql://u:secret@h:port/d",
        "a\0b",
        "postgresql+asyncpg://u:secret@h/d",
        "file:crm.db?mode=ro",
    ],
)
def test_other_places_are_refused_without_repeating_them(typed: str) -> None:
    error = refusal(parse_url, typed)
    assert error.code == "url_unsupported"
    assert "secret" not in str(error)


@given(typed=st.text(max_size=40))
def test_any_text_is_a_place_or_a_refusal(typed: str) -> None:
    with suppress(ValidationError):
        assert parse_url(typed).get_backend_name() in {"sqlite", "postgresql"}


def test_a_password_stays_out_of_every_sentence() -> None:
    engine = open_engine("postgresql://user:geheim@host.example/crm")
    assert place_of(engine) == "host.example/crm"
    assert "geheim" not in repr(engine)


def test_every_sentence_speaks_both_languages() -> None:
    for code, sentence in MESSAGES.items():
        message = unavailable(code, "PLACE").message
        assert "PLACE" in render(message, "en")
        assert render(message, "zh") != sentence.format(place="PLACE")


# SQLite


def test_a_new_file_is_private_and_follows_the_recipe(tmp_path: Path) -> None:
    path = tmp_path / "new" / "crm.db"
    engine = open_engine(str(path))
    with engine.connect() as conn:
        assert is_empty(conn)
        found = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "synchronous": 1,
    }
    assert path.stat().st_mode & 0o077 == 0
    engine.dispose()


def test_writers_at_once_lose_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    write(engine, "n")

    def add() -> None:
        for _ in range(20):
            with engine.connect() as raw:
                conn = raw.execution_options(sqlite_begin="IMMEDIATE")
                with conn.begin():
                    old = conn.execute(select(meta.c.value)).scalar_one()
                    conn.execute(meta.update().values(value=f"{old}+"))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as conn:
        assert conn.execute(select(meta.c.value)).scalar_one() == "v" + "+" * 80
    engine.dispose()


@pytest.mark.usefixtures("hasty")
def test_a_locked_file_is_said_to_be_busy(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    other = sqlite3.connect(sqlite_url, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert refusal(write, engine).code == "database_locked"
    other.rollback()
    other.close()
    assert count(engine) == 0
    write(engine)
    assert count(engine) == 1
    engine.dispose()


def test_a_full_disk_writes_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)

    def fill() -> None:
        with translated(engine), engine.begin() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            conn.execute(insert(meta).values(key="small", value="v"))
            conn.execute(insert(meta).values(key="large", value="x" * 1_000_000))

    assert refusal(fill).code == "disk_full"
    assert count(engine) == 0
    engine.dispose()


def test_a_file_opened_for_reading_refuses_writes(sqlite_url: str) -> None:
    write_engine = open_engine(sqlite_url)
    write(write_engine)
    engine = open_engine(sqlite_url, read_only=True)
    assert count(engine) == 1
    assert refusal(write, engine, "k2").code == "database_read_only"
    assert count(engine) == 1
    engine.dispose()
    write_engine.dispose()


@pytest.fixture
def without_rights() -> Iterator[None]:
    """An ordinary user for the time of the test; root may write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no mode bits")
def test_a_file_without_write_permission_can_be_read(
    sqlite_template: Path, request: pytest.FixtureRequest
) -> None:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="crm-tui-"))
    path = folder / "crm.db"
    shutil.copyfile(sqlite_template, path)
    path.chmod(0o444)
    folder.chmod(0o777)
    request.addfinalizer(lambda: shutil.rmtree(folder))
    request.getfixturevalue("without_rights")
    engine = open_engine(str(path))
    assert count(engine) == 0
    assert refusal(write, engine).code == "database_read_only"
    engine.dispose()
    folder.chmod(0o755) if os.geteuid() == 0 else None


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"no database at all, but long enough to have a header\n" * 40, "not_a_database")],
)
def test_another_file_is_said_to_be_no_database(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    engine = open_engine(str(path))
    assert refusal(write, engine).code == code
    assert path.read_bytes() == content
    engine.dispose()


def test_a_damaged_file_is_said_to_be_damaged(sqlite_url: str) -> None:
    path = Path(sqlite_url)
    body = bytearray(path.read_bytes())
    body[100:-100] = b"\xab" * (len(body) - 200)
    path.write_bytes(bytes(body))
    engine = open_engine(sqlite_url)
    assert refusal(write, engine).code == "database_damaged"
    engine.dispose()


def test_a_folder_or_a_place_below_a_file_cannot_be_opened(tmp_path: Path) -> None:
    assert refusal(write, open_engine(str(tmp_path))).code == "not_a_database"
    (tmp_path / "file").write_text("")
    below = open_engine(str(tmp_path / "file" / "crm.db"))
    assert refusal(write, below).code == "database_cannot_open"
    missing = open_engine(str(tmp_path / "none.db"), read_only=True)
    assert refusal(write, missing).code == "database_missing"
    assert not (tmp_path / "none.db").exists()


def test_a_disk_without_shared_memory_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoWal:
        def execute(self, statement: str) -> Any:
            answer = "delete" if "journal_mode" in statement else ""
            return type("Rows", (), {"fetchone": lambda self: (answer,)})()

        def close(self) -> None:
            pass

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: NoWal())
    assert refusal(write, open_engine(sqlite_url)).code == "wal_unsupported"


# Both


def test_a_broken_constraint_is_a_conflict_without_values(engine: Engine) -> None:
    write(engine, "13800000001")
    error = refusal(write, engine, "13800000001")
    assert isinstance(error, Conflict)
    assert "13800000001" not in str(error)
    assert error.__cause__ is None


@pytest.mark.parametrize("value", ["\ud800", "a\ud800b"])
def test_text_that_no_engine_stores_is_refused(engine: Engine, value: str) -> None:
    assert refusal(write, engine, value).code == "bad_text"
    assert count(engine) == 0


@pytest.mark.pg
def test_a_zero_byte_is_refused_by_postgres(pg_url: URL) -> None:
    engine = open_engine(pg_url)
    assert refusal(write, engine, "a\0b").code == "bad_text"
    engine.dispose()


def test_a_number_beyond_64_bits_is_refused(engine: Engine) -> None:
    def ask() -> None:
        with translated(engine), engine.connect() as conn:
            conn.execute(text("SELECT CAST(:n AS BIGINT)"), {"n": 2**70})

    assert refusal(ask).code == "out_of_range"


def test_a_fault_of_the_program_is_not_hidden(engine: Engine) -> None:
    with pytest.raises(DBAPIError), translated(engine), engine.connect() as conn:
        conn.exec_driver_sql("SELECT no_such_column FROM meta")


def test_reading_only_holds_on_both(engine: Engine) -> None:
    reader = open_engine(engine.url, read_only=True)
    assert count(reader) == 0
    assert refusal(write, reader).code == "database_read_only"
    reader.dispose()


# PostgreSQL away


def end_sessions(url: URL) -> None:
    """What a restart of the server does to those who are connected."""
    admin = open_engine(url.set(database="postgres"))
    with admin.connect() as conn:
        conn.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{url.database}' AND pid <> pg_backend_pid()"
        )
    admin.dispose()


@pytest.mark.pg
def test_a_restart_costs_one_error_and_the_next_call_works(pg_url: URL) -> None:
    engine = open_engine(pg_url)

    def interrupted() -> None:
        with translated(engine), engine.connect() as conn, conn.begin():
            conn.execute(insert(meta).values(key="lost", value="v"))
            end_sessions(pg_url)
            conn.execute(insert(meta).values(key="lost too", value="v"))

    error = refusal(interrupted)
    assert (error.code, isinstance(error, Unavailable)) == ("database_unreachable", True)
    write(engine, "after")
    assert count(engine) == 1
    end_sessions(pg_url)
    write(engine, "idle sessions are replaced unseen")
    assert count(engine) == 2
    engine.dispose()


@pytest.mark.pg
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "database_unreachable"),
        ({"database": "no_such_database"}, "database_missing"),
        ({"username": "no_such_user"}, "login_refused"),
    ],
)
def test_a_server_that_does_not_let_us_in(pg_url: URL, change: dict[str, Any], code: str) -> None:
    engine = open_engine(pg_url.set(**change))
    assert refusal(write, engine).code == code
    engine.dispose()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "disk_full"),
        ("53300", "database_busy"),
        ("57P01", "database_unreachable"),
        ("08006", "database_unreachable"),
        ("55P03", "database_locked"),
        ("28P01", "login_refused"),
        ("42501", "database_forbidden"),
        ("XX001", "database_damaged"),
        ("42703", None),
    ],
)
def test_states_of_postgres_have_codes(state: str, code: str | None) -> None:
    error = type("SomeError", (Exception,), {"sqlstate": state})()
    assert postgres_code(error) == code


@pytest.mark.parametrize(
    ("words", "code"),
    [("password authentication failed for user", "login_refused"), ("whatever", None)],
)
def test_words_of_libpq_have_codes(words: str, code: str | None) -> None:
    assert postgres_code(Exception(words)) == code


def test_a_missing_driver_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*arguments: object, **named: object) -> Engine:
        raise ImportError

    monkeypatch.setattr(engine_module, "create_engine", absent)
    error = refusal(open_engine, "postgresql://h/d")
    assert error.code == "driver_missing"
    assert "crm-tui[postgres]" in str(error)


def test_a_full_pool_is_said_to_be_busy(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import DisconnectionError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    engine = open_engine(sqlite_url)
    for raised, code in (
        (PoolTimeout(), "database_busy"),
        (DisconnectionError(), "database_unreachable"),
    ):

        def fail(error: Exception = raised) -> None:
            with translated(engine):
                raise error

        assert refusal(fail).code == code
    assert domain_error(DBAPIError("", None, None), "x") is None  # type: ignore[arg-type]
    engine.dispose()


# Changes by others


def test_a_watch_tells_of_commits_elsewhere(engine: Engine) -> None:
    seen = watch(engine)
    assert not seen.changed()
    with engine.begin() as conn:
        conn.execute(insert(meta).values(key="k", value="v"))
        announce(conn)
        assert not seen.changed()
    assert seen.wait(5)
    assert not seen.changed()
    assert not seen.wait(0)
    seen.close()
    seen.close()
    assert not seen.changed()
    assert not seen.wait(5)


def test_closing_ends_the_waiting(engine: Engine) -> None:
    seen = watch(engine)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(seen.wait(60)))
    waiting.start()
    seen.close()
    waiting.join(10)
    assert answers == [False]


@pytest.mark.pg
def test_a_watch_survives_a_restart_and_then_reports_a_change(pg_url: URL) -> None:
    engine = open_engine(pg_url)
    seen = watch(engine)
    end_sessions(pg_url)
    assert refusal(seen.wait, 5).code == "database_unreachable"
    assert seen.changed()
    assert not seen.changed()
    seen.close()
    engine.dispose()


def test_a_closed_watch_answers_no(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    seen = watch(engine)
    seen.close()
    seen.close()
    assert not seen.changed()
    assert not seen.wait(5)
    engine.dispose()


def test_a_connection_lost_under_the_watch_is_told(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    seen = watch(engine)
    seen._raw.close()  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        seen.changed()
    engine.dispose()
