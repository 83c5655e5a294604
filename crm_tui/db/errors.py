"""What goes wrong in the store, as sentences that say what to do (design decision 17).

Nothing of a driver's message is passed on: it may quote values, file contents or a password.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm_tui.domain.errors import Conflict, DomainError, Unavailable, ValidationError
from crm_tui.domain.msg import N_, Msg, msg

MESSAGES = {
    "database_locked": N_(
        "The database {place} is busy with another writer; nothing was saved, try again in a moment"
    ),
    "database_read_only": N_(
        "The database {place} may only be read; nothing was saved, ask its owner for write access"
    ),
    "disk_full": N_(
        "There is no room left for the database {place}; nothing was saved, free some space"
    ),
    "disk_error": N_(
        "The disk under the database {place} failed; nothing was saved, "
        "check the disk and its space"
    ),
    "not_a_database": N_(
        "{place} is not a crm-tui database; choose another with --db or CRM_TUI_DB"
    ),
    "database_damaged": N_(
        "The database {place} is damaged; keep the file, and restore the last backup elsewhere"
    ),
    "database_cannot_open": N_(
        "The database {place} cannot be opened; check the folder and your access to it"
    ),
    "database_missing": N_("There is no database {place}; check the name in --db or CRM_TUI_DB"),
    "database_unreachable": N_(
        "The database server {place} does not answer; nothing was saved, try again, "
        "then ask whoever runs it"
    ),
    "login_refused": N_(
        "The database server {place} refuses the login; check user and password in --db or CRM_TUI_DB"
    ),
    "connection_option": N_(
        "The address of {place} has an option that the server's driver does not know; "
        "check what stands behind the question mark"
    ),
    "database_forbidden": N_(
        "The database user lacks a right on {place}; nothing was saved, ask whoever runs the server"
    ),
    "database_busy": N_(
        "The database server {place} has no free connection; try again, or ask whoever runs it"
    ),
    "folder_not_writable": N_(
        "{place} cannot be written; check the folder and your access to it, or choose another"
    ),
    "wal_unsupported": N_(
        "The database {place} lies on a disk without shared memory, such as a network share; "
        "move it to a local disk or use PostgreSQL"
    ),
}
"""Sentence by stable code; ``place`` is the file or the server, never with a password."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_PROTOCOL: "database_locked",
    sqlite3.SQLITE_READONLY: "database_read_only",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk_error",
    sqlite3.SQLITE_NOTADB: "not_a_database",
    sqlite3.SQLITE_CORRUPT: "database_damaged",
    sqlite3.SQLITE_CANTOPEN: "database_cannot_open",
    sqlite3.SQLITE_PERM: "database_cannot_open",
    sqlite3.SQLITE_AUTH: "database_cannot_open",
    sqlite3.SQLITE_NOLFS: "disk_full",
}
_POSTGRES = {
    "53100": "disk_full",
    "25006": "database_read_only",
    "55P03": "database_locked",
    "40P01": "database_locked",
    "40001": "database_locked",
    "57014": "database_locked",
    "3D000": "database_missing",
    "42501": "database_forbidden",
    "58030": "disk_error",
    "XX001": "database_damaged",
    "XX002": "database_damaged",
}
_POSTGRES_CLASSES = {
    "08": "database_unreachable",
    "57": "database_unreachable",
    "28": "login_refused",
    "53": "database_busy",
}


def unavailable(code: str, place: str) -> Unavailable:
    """The error for a code of `MESSAGES`."""
    return Unavailable(Msg(MESSAGES[code], {"place": place}), code=code)


def place_of(engine: Engine) -> str:
    """The file or ``host/database`` of an engine, without user and password."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return url.database or ""
    host = url.host or url.query.get("host") or "localhost"
    return f"{host if isinstance(host, str) else host[0]}/{url.database or ''}"


def sqlite_code(error: BaseException) -> str | None:
    """Our code for an error of `sqlite3`; None for one that is a fault of the program."""
    number = getattr(error, "sqlite_errorcode", None)
    return _SQLITE.get(number & 0xFF) if isinstance(number, int) else None


def postgres_code(error: BaseException, *, lost: bool = False) -> str | None:
    """Our code for an error of psycopg; ``lost`` when the connection is gone."""
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _POSTGRES.get(state) or _POSTGRES_CLASSES.get(state[:2])
    # Refused at connecting, psycopg has no state, only libpq's English words.
    words = str(error)
    if "password authentication failed" in words or "no password supplied" in words:
        return "login_refused"
    if 'database "' in words and "does not exist" in words:
        return "database_missing"
    if 'role "' in words and "does not exist" in words:
        return "login_refused"
    if any(w in words for w in ("connection option", "invalid integer value", "invalid sslmode")):
        return "connection_option"
    if lost or type(error).__name__ in {"OperationalError", "ConnectionTimeout"}:
        return "database_unreachable"
    return None


def domain_error(error: DBAPIError, place: str) -> DomainError | None:
    """The sentence for what a driver raised; None for a fault of the program, raised as it is."""
    original = error.orig
    if original is None:
        return None
    code = sqlite_code(original) or (
        None
        if isinstance(original, sqlite3.Error)
        else postgres_code(original, lost=error.connection_invalidated)
    )
    if code is not None:
        return unavailable(code, place)
    name, state = type(original).__name__, getattr(original, "sqlstate", None) or ""
    if name == "IntegrityError" or state.startswith("23"):
        return Conflict(
            msg(
                "Another record has this value already, or still needs this one; "
                "nothing was saved, look again"
            ),
            code="integrity",
        )
    if state == "22003":
        return _out_of_range()
    if state == "22021" or (name == "DataError" and not state):
        return _unstorable_text()
    return None


def _unstorable_text() -> ValidationError:
    return ValidationError(
        msg("The text has characters that cannot be stored; type it again without them"),
        code="bad_text",
    )


def _out_of_range() -> ValidationError:
    return ValidationError(
        msg("The number is too large to be stored; check how many digits it has"),
        code="out_of_range",
    )


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn what the driver raises inside into domain errors; everything else passes."""
    try:
        yield
    except DBAPIError as error:
        found = domain_error(error, place_of(engine))
        if found is None:
            raise
        raise found from None
    except sqlite3.Error as error:
        # From the driver's own connection, for what must not run in a transaction.
        code = sqlite_code(error)
        if code is None:
            raise
        raise unavailable(code, place_of(engine)) from None
    except DisconnectionError:
        raise unavailable("database_unreachable", place_of(engine)) from None
    except PoolTimeout:
        raise unavailable("database_busy", place_of(engine)) from None
    except UnicodeEncodeError:
        raise _unstorable_text() from None
    except OverflowError:
        # sqlite3 raises it bare for integers beyond 64 bits.
        raise _out_of_range() from None
