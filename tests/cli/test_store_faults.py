"""What happens to the store under a command: each fault a sentence in both languages, nothing lost."""

import errno
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, text

from crm_tui.db.engine import open_engine
from tests.cli.conftest import Run
from tests.cli.words import answer, chinese, new_ticket, refused

LANGUAGES = ("en", "zh")


def told(run: Run, *words: str) -> str:
    """The code of a refusal, after it was a sentence in both languages."""
    for language in LANGUAGES:
        status, out, err = run(*words, "--lang", language)
        assert status in (1, 2) and "Traceback" not in err, (words, out, err)
        assert chinese(err) == (language == "zh"), err
    return refused(run, *words)


def database() -> Path:
    """The database file of the test."""
    return Path(os.environ["CRM_TUI_DB"])


def entries(run: Run) -> int:
    """How long the audit log is, which must be unbroken."""
    found = answer(run, "db", "verify-audit")
    assert found["ok"]
    return int(found["entries"])


# The file


def test_a_database_that_may_only_be_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_tui.db import engine as engine_module

    number = new_ticket(run)
    before = entries(run)
    real = engine_module.open_engine

    def guarded(url: str | URL, *, read_only: bool = False) -> Engine:
        return real(url, read_only=True)

    monkeypatch.setattr(engine_module, "open_engine", guarded)
    assert [t["number"] for t in answer(run, "ticket", "list")] == [number]
    assert told(run, "ticket", "note", number, "--text", "x") == "database_read_only"
    monkeypatch.setattr(engine_module, "open_engine", real)
    assert entries(run) == before


@pytest.mark.skipif(os.name != "posix", reason="only POSIX limits the size of files")
def test_a_file_that_may_not_grow(run: Run, tmp_path: Path) -> None:
    import resource
    import signal

    number = new_ticket(run)
    before = entries(run)
    answer(run, "ticket", "list")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        codes = {
            told(run, "ticket", "note", number, "--text", "字" * 19_000),
            told(run, "db", "backup", str(tmp_path / "copy")),
            told(run, "ticket", "attach", number, __file__),
        }
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert codes <= {"disk_full", "disk_error", "file_not_stored"}
    assert not (tmp_path / "copy").exists() and not list(tmp_path.glob(".copy*"))
    assert entries(run) == before
    assert answer(run, "db", "check") == {"problems": []}


@pytest.mark.req("R-299")
def test_no_key_and_another_key(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(run, "customer", "new", "--name", "Acme")
    answer(run, "customer", "contact", "Acme", "--name", "Wang", "--phone", "13912340001")
    none = tmp_path / "none.key"
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(none))
    assert told(run, "customer", "list") == "key_missing"
    assert not none.exists()
    other = tmp_path / "other.key"
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(other))
    answer(run, "db", "init", "--admin", "root", "--db", str(tmp_path / "other.db"))
    assert told(run, "customer", "list") == "wrong_key"
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "field.key"))
    assert "13912340001" in json.dumps(answer(run, "customer", "show", "Acme"))


# The server


@pytest.mark.pg
def test_a_server_that_is_not_there_or_says_no(run: Run, pg_url: URL) -> None:
    def at(**parts: Any) -> tuple[str, ...]:
        url = pg_url.set(**parts).render_as_string(hide_password=False)
        return ("ticket", "list", "--db", url)

    assert told(run, *at(database="no_such_database")) == "database_missing"
    assert told(run, *at(username="no_such_user")) == "login_refused"
    assert told(run, *at(query={**pg_url.query, "colour": "red"})) == "connection_option"
    assert told(run, *at(query={}, host="127.0.0.1", port=1)) == "database_unreachable"
    assert told(run, "ticket", "list", "--db", "postgresql://h:port/x") == "url_unsupported"
    # An empty database gets its administrator by name, never by being first.
    place = ("--db", pg_url.render_as_string(hide_password=False))
    assert told(run, "staff", "list", *place) == "not_initialised"
    assert refused(run, "db", "init", *place, status=2) == "usage"
    answer(run, "db", "init", "--admin", "root", *place)
    assert [p["role"] for p in answer(run, "staff", "list", *place)] == ["admin"]


@pytest.mark.parametrize("run_on", ["pg"], indirect=True)
@pytest.mark.pg
def test_a_server_that_is_restarted_in_mid_session(
    run_on: Run, monkeypatch: pytest.MonkeyPatch, pg_url: URL
) -> None:
    """The connection dies inside a transaction; the command says so, and the next one works."""
    from crm_tui.bootstrap import open_services
    from crm_tui.services.facade import Services
    from crm_tui.services.unit import Unit

    number = new_ticket(run_on)
    before = entries(run_on)

    def cut_off(unit: Unit) -> None:
        pid = unit.conn.scalar(text("SELECT pg_backend_pid()"))
        other = open_engine(pg_url)
        with other.begin() as conn:
            conn.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        other.dispose()
        unit.conn.scalar(text("SELECT 1"))

    def opened(*args: Any, **more: Any) -> Services:
        services = open_services(*args, **more)
        services.core.before_commit.append(cut_off)
        return services

    monkeypatch.setattr("crm_tui.cli.context.open_services", opened)
    assert told(run_on, "ticket", "note", number, "--text", "x") == "database_unreachable"
    monkeypatch.setattr("crm_tui.cli.context.open_services", open_services)
    assert entries(run_on) == before
    answer(run_on, "ticket", "note", number, "--text", "x")


# Backups and the log


@pytest.mark.req("R-311")
def test_backups_that_cannot_be_written_or_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = new_ticket(run)
    attachment = tmp_path / "a.txt"
    attachment.write_text("content")
    answer(run, "ticket", "attach", number, str(attachment))
    copy, file = tmp_path / "copy", tmp_path / "file"
    file.write_text("something else")
    assert told(run, "db", "backup", str(file)) == "backup_exists"
    assert file.read_text() == "something else"
    answer(run, "db", "backup", str(copy))
    assert told(run, "db", "backup", str(copy)) == "backup_exists"

    def full(*args: Any, **more: Any) -> None:
        raise OSError(errno.ENOSPC, "")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", full)
        assert told(run, "db", "backup", str(tmp_path / "second")) == "disk_full"
    assert not list(tmp_path.glob("*second*"))
    place = ("--db", str(tmp_path / "new" / "crm.db"))
    assert told(run, "db", "restore", str(tmp_path / "none"), *place) == "backup_missing"
    assert told(run, "db", "restore", str(copy)) == "restore_not_empty"
    with monkeypatch.context() as patched:
        patched.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "none.key"))
        assert told(run, "db", "restore", str(copy), *place) == "key_missing"
    whole = (copy / "crm.db").read_bytes()
    (copy / "crm.db").write_bytes(whole[: len(whole) // 2])
    assert told(run, "db", "restore", str(copy), *place) == "backup_damaged"
    assert list((tmp_path / "new").iterdir()) == []
    (copy / "crm.db").write_bytes(whole)
    answer(run, "db", "restore", str(copy), *place)
    assert answer(run, "db", "check", *place) == {"problems": []}
    stored = next(p for p in (tmp_path / "new" / "files").rglob("*") if p.is_file())
    stored.unlink()
    status, out, _ = run("db", "check", *place, "--lang", "zh")
    assert status == 1 and stored.name in out and chinese(out)


@pytest.mark.req("R-306")
def test_a_log_that_somebody_changed(run: Run) -> None:
    new_ticket(run)
    assert entries(run) > 0
    with sqlite3.connect(database()) as raw:
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            raw.execute("UPDATE activity SET verb = 'x' WHERE seq = 3")
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            raw.execute("DELETE FROM activity WHERE seq = 3")
        names = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("UPDATE activity SET verb = 'x' WHERE seq = 3")
    raw.close()
    for language in LANGUAGES:
        status, out, err = run("db", "verify-audit", "--lang", language)
        assert (status, err) == (1, "")
        assert "3" in out and chinese(out) == (language == "zh")
    status, out, _ = run("audit", "verify", "--json")
    assert (status, json.loads(out)["broken_at"]) == (1, 3)
    assert run("db", "check")[0] == 1
    missing = ("--db", str(database().with_name("none.db")))
    assert told(run, "db", "verify-audit", *missing) == "no_database"


# Other times


@pytest.mark.req("R-306")
def test_other_times_only_look(run: Run, tmp_path: Path) -> None:
    number = new_ticket(run)
    before = entries(run)
    later, earlier = ("--now", "2031-01-01"), ("--now", "2020-01-01", "--allow-now")
    clocks = answer(run, "ticket", "explain", number, *later)["clocks"]
    assert all(c["late_minutes"] > 0 for c in clocks if c["state"] == "running")
    assert told(run, "ticket", "take", number, *later) == "now_read_only"
    assert told(run, "tick", *later) == "now_read_only"
    assert told(run, "ticket", "take", number, *earlier) == "now_before_last_event"
    assert entries(run) == before
    fresh = tmp_path / "fresh.db"
    assert told(run, "db", "init", "--db", str(fresh), *later) == "now_read_only"
    assert not fresh.exists()
    answer(run, "db", "init", "--admin", "root", "--db", str(fresh), *earlier)
    answer(run, "ticket", "take", number, *later, "--allow-now")


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("--admin", ""), 1, "required"),
        (("--admin", "a b"), 1, "invalid"),
        (("--template", "zoo"), 2, "usage"),
    ],
)
def test_a_first_start_that_is_refused_leaves_no_file(
    run: Run, tmp_path: Path, words: tuple[str, ...], status: int, code: str
) -> None:
    fresh = tmp_path / "fresh.db"
    assert refused(run, "db", "init", "--db", str(fresh), *words, status=status) == code
    assert not fresh.exists()
