"""Noticing that another process changed something (design decision 11).

What changed is read from the log (everything after a known ``seq``); this module only says when to
look. A watch has a connection of its own and is asked from one thread. It survives a restart of the
server: after a gap it reports a change, for anything may have happened.
"""

import sqlite3
import threading
import time
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from crm_tui.db.errors import place_of, sqlite_code, translated, unavailable

CHANNEL = "crm_tui_changes"
POLL_S = 0.25
"""How often SQLite is asked while waiting; one question takes 10 microseconds."""


def announce(conn: Connection) -> None:
    """Call in every write transaction: PostgreSQL tells watchers at commit, SQLite by itself."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"NOTIFY {CHANNEL}")


class Watch(Protocol):
    """Tells of commits on other connections, of this process or another.

    While the store is away the questions raise `Unavailable`; the first answer afterwards is yes.
    """

    def changed(self) -> bool:
        """Whether anything was committed since the last question; never waits for it."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait for a change, at most ``seconds``; `close` from another thread ends it early."""
        ...

    def close(self) -> None:
        """Give the connection back; later questions answer no."""
        ...


def watch(engine: Engine) -> Watch:
    """A watch on the database of ``engine``; `Unavailable` where it cannot be reached now."""
    if engine.dialect.name == "sqlite":
        return _DataVersion(engine)
    return _Listener(engine)


class _DataVersion:
    """SQLite counts other connections' commits in ``PRAGMA data_version``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closed = threading.Event()
        # SQLite must not be closed under a statement that still runs on another thread.
        self._asking = threading.Lock()
        self._raw = _own_connection(engine)
        self._version = 0
        self._version = self._read()

    def changed(self) -> bool:
        if self._closed.is_set():
            return False
        version = self._read()
        if version == self._version:
            return False
        self._version = version
        return True

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self.changed():
            left = end - time.monotonic()
            if left <= 0 or self._closed.wait(min(left, POLL_S)):
                return False
        return True

    def close(self) -> None:
        with self._asking:
            if not self._closed.is_set():
                self._closed.set()
                self._raw.close()

    def _read(self) -> int:
        with self._asking:
            if self._closed.is_set():
                return self._version
            try:
                return int(self._raw.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error as error:
                code = sqlite_code(error) or "database_cannot_open"
                raise unavailable(code, place_of(self._engine)) from None


class _Listener:
    """PostgreSQL sends a word at each commit that called `announce`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closed = threading.Event()
        self._raw: Any = None
        self._listen()

    def changed(self) -> bool:
        return self._heard(0.0)

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self._closed.is_set():
            left = end - time.monotonic()
            if self._heard(max(0.0, min(left, POLL_S))):
                return True
            if left <= 0:
                return False
        return False

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            if self._raw is not None:
                self._raw.close()

    def _heard(self, seconds: float) -> bool:
        import psycopg

        if self._closed.is_set():
            return False
        if self._raw is None:
            self._listen()
            return True
        try:
            return bool(list(self._raw.notifies(timeout=seconds, stop_after=1)))
        except psycopg.Error:
            if self._closed.is_set():
                return False
            self._raw.close()
            self._raw = None
            raise unavailable("database_unreachable", place_of(self._engine)) from None

    def _listen(self) -> None:
        raw = _own_connection(self._engine)
        raw.autocommit = True
        raw.execute(f"LISTEN {CHANNEL}")
        self._raw = raw


def _own_connection(engine: Engine) -> Any:
    """A driver connection that the pool forgets."""
    with translated(engine):
        conn = engine.connect()
        conn.detach()
        return conn.connection.dbapi_connection
