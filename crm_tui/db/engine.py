"""How a database is opened: one recipe for each engine (design decisions 1 and 2)."""

import os
import re
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from crm_tui.db.errors import sqlite_code, translated, unavailable
from crm_tui.domain.errors import Unavailable, ValidationError
from crm_tui.domain.msg import msg

BUSY_TIMEOUT_MS = 5_000
CACHE_KIB = 4_096
"""Page cache of each SQLite connection: a queue page touches some dozens of pages, not the file."""
CONNECT_TIMEOUT_S = 5


def parse_url(text: str) -> URL:
    """A path, ``sqlite:///path`` or ``postgresql://…`` as typed by a user.

    `ValidationError` with code ``url_unsupported`` for anything else; the text is not repeated, for
    it may hold a password.
    """
    value = text.strip()
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*):", value)
    # A single letter before the colon is a Windows drive.
    if scheme is None or len(scheme[1]) == 1:
        return _sqlite_url(value)
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise _unsupported() from None
    if url.drivername.partition("+")[0] == "sqlite":
        return _sqlite_url(url.database or "")
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    raise _unsupported()


def _sqlite_url(path: str) -> URL:
    if not path or path == ":memory:" or path.startswith("file:") or "\0" in path:
        raise _unsupported()
    return URL.create("sqlite+pysqlite", database=os.path.abspath(os.path.expanduser(path)))


def _unsupported() -> ValidationError:
    return ValidationError(
        msg("This is no place of a database; give a file or postgresql://user@host/name"),
        code="url_unsupported",
        field="db",
    )


def open_engine(url: str | URL, *, read_only: bool = False) -> Engine:
    """An engine for a path or URL; connects at the first use, so errors of the store come then.

    ``read_only`` refuses writes at the database and never makes a file. Writers on SQLite say
    ``execution_options(sqlite_begin="IMMEDIATE")`` before they begin.
    """
    parsed = parse_url(url) if isinstance(url, str) else url
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, read_only)
    return _open_postgres(parsed, read_only)


class _Compiler(SQLiteCompiler):
    """Writes hints, such as ``INDEXED BY``, behind their tables; SQLAlchemy leaves them out."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        """The hint as it stands."""
        return text


def _open_sqlite(url: URL, read_only: bool) -> Engine:
    path = Path(url.database or "")
    engine = create_engine(
        url,
        creator=lambda: _connect_sqlite(path, read_only),
        pool_size=3,
        max_overflow=12,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        hide_parameters=True,
    )
    engine.dialect.statement_compiler = _Compiler

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        # A deferred transaction that turns into a writer meets "locked" at once, whatever the busy
        # timeout; writers therefore begin as writers.
        conn.exec_driver_sql(
            "BEGIN " + conn.get_execution_options().get("sqlite_begin", "DEFERRED")
        )

    return engine


def _connect_sqlite(path: Path, read_only: bool) -> sqlite3.Connection:
    place = str(path)
    if path.is_dir():
        raise unavailable("not_a_database", place)
    if not path.exists():
        if read_only:
            raise unavailable("database_missing", place)
        _make_file(path)
    try:
        conn = sqlite3.connect(
            f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_TIMEOUT_MS / 1000,
            check_same_thread=False,
        )
        try:
            _prepare_sqlite(conn, place, read_only)
        except BaseException:
            conn.close()
            raise
    except sqlite3.Error as error:
        code = sqlite_code(error)
        if code is None:
            raise
        raise unavailable(code, place) from None
    return conn


def _prepare_sqlite(conn: sqlite3.Connection, place: str, read_only: bool) -> None:
    pragmas = [
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "synchronous=NORMAL",
        # In memory, each row that a trigger follows would walk the whole list of pages that a large
        # transaction has changed: half of the time of a bulk change. Small ones need no file.
        "temp_store=FILE",
        f"cache_size=-{CACHE_KIB}",
    ]
    if read_only:
        pragmas.append("query_only=ON")
    for pragma in pragmas:
        conn.execute(f"PRAGMA {pragma}")
    mode = conn.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" or read_only:
        return
    # A file that one may only read can stay as it is; its first write is refused then.
    if not os.access(place, os.W_OK):
        return
    if conn.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
        raise unavailable("wal_unsupported", place)


def _make_file(path: Path) -> None:
    """An empty file for its owner alone: names and amounts are not everybody's on this machine."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError:
        raise unavailable("database_cannot_open", str(path)) from None


def _open_postgres(url: URL, read_only: bool) -> Engine:
    options = [
        str(url.query.get("options", "")),
        "-c timezone=UTC",
        # Queries here take milliseconds; compiling them takes longer than running them.
        "-c jit=off",
        "-c lock_timeout=10s",
    ]
    if read_only:
        options.append("-c default_transaction_read_only=on")
    arguments: dict[str, Any] = {
        # Prepared statements outlive their connection behind a pooler.
        "prepare_threshold": None,
        "options": " ".join(options).strip(),
        "application_name": "crm-tui",
        "keepalives_idle": 30,
    }
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = CONNECT_TIMEOUT_S
    try:
        return create_engine(
            url,
            connect_args=arguments,
            # A server that was restarted costs the call in flight one error, and no later call any.
            pool_pre_ping=True,
            pool_size=3,
            max_overflow=7,
            pool_timeout=BUSY_TIMEOUT_MS / 1000,
            hide_parameters=True,
        )
    except (ImportError, NoSuchModuleError):
        raise Unavailable(
            msg("PostgreSQL needs its driver; install it with: pip install 'crm-tui[postgres]'"),
            code="driver_missing",
        ) from None


def copy_file(engine: Engine, target: Path) -> None:
    """Write a consistent, compact copy of a SQLite database to the new file ``target``."""
    with translated(engine), engine.connect() as conn:
        # VACUUM cannot run in the transaction that SQLAlchemy would open.
        raw = conn.connection.dbapi_connection
        assert raw is not None
        raw.cursor().execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)


def is_empty(conn: Connection) -> bool:
    """Whether the database has no table at all yet."""
    if conn.dialect.name == "sqlite":
        statement = "SELECT 1 FROM sqlite_master LIMIT 1"
    else:
        statement = (
            "SELECT 1 FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') "
            "AND relnamespace = current_schema()::regnamespace LIMIT 1"
        )
    return conn.exec_driver_sql(statement).first() is None
