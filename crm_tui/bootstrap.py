"""The composition root: settings to engine to services (design.md 2).

The store and its services are loaded when one is opened, which the screens do behind their first frame.
"""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui import settings as config
from crm_tui.domain.errors import PermissionDenied, UsageError
from crm_tui.domain.msg import msg

if TYPE_CHECKING:
    from crm_tui.services.actor import Actor
    from crm_tui.services.facade import Services


@dataclass(frozen=True, slots=True)
class Opened:
    """Open services and who uses them."""

    services: "Services"
    actor: "Actor"
    demo: bool


def system_clock() -> datetime:
    """The present in UTC."""
    return datetime.now(UTC)


def login_name(environ: Mapping[str, str] | None = None) -> str:
    """The login of the operating system (design.md 7)."""
    env = os.environ if environ is None else environ
    try:
        return getpass.getuser() if environ is None else env["USER"]
    except (OSError, KeyError):
        raise UsageError(msg("The operating system does not say who you are; use --as")) from None


def open_services(
    url: str,
    *,
    key_file: Path,
    files: Path,
    rules: config.RuleSettings | None = None,
    clock: Callable[[], datetime] = system_clock,
    read_only: bool = False,
) -> "Services":
    """Services on a database that is up to date, made first where it is an empty one.

    Raises `Unavailable` where the database is newer, locked, unreachable or has another key.
    """
    from crm_tui.db.crypto import has_key, keyring_for
    from crm_tui.db.engine import open_engine
    from crm_tui.db.errors import translated
    from crm_tui.db.migrations import ensure_schema
    from crm_tui.services.core import Core, Rules
    from crm_tui.services.facade import wire

    engine = open_engine(url, read_only=read_only)
    try:
        ensure_schema(engine, now=clock())
        # Who only reads must not wait for a writer: the lock is taken for a new database alone.
        with translated(engine), engine.connect() as conn:
            known = has_key(conn)
        begin = "DEFERRED" if known else "IMMEDIATE"
        with (
            translated(engine),
            engine.connect().execution_options(sqlite_begin=begin) as conn,
            conn.begin(),
        ):
            keyring = keyring_for(conn, key_file)
        chosen = Rules(**rules.model_dump()) if rules is not None else Rules()
        return wire(Core(engine=engine, clock=clock, keyring=keyring, files=files, rules=chosen))
    except BaseException:
        engine.dispose()
        raise


def enter(
    services: "Services",
    login: str,
    *,
    acting_as: str | None = None,
    may_create: bool = False,
) -> Opened:
    """Find out who acts; the creator of a fresh file becomes its administrator (design.md 7)."""
    from crm_tui.services.facade import initialise, is_initialised

    if not is_initialised(services):
        if not may_create:
            raise PermissionDenied(
                msg(
                    "The database has no administrator yet; `crm-tui db init --admin LOGIN` names one"
                ),
                code="not_initialised",
            )
        initialise(services, login, login)
    demo = services.is_demo()
    if demo and acting_as is None:
        # A demo has no row for whoever looks at it.
        try:
            return Opened(services, services.org.login(login), demo)
        except PermissionDenied:
            first = services.org.first_login()
            return Opened(services, services.org.login(first or login), demo)
    if demo and acting_as is not None:
        return Opened(services, services.org.login(acting_as), demo)
    return Opened(services, services.org.login(login, acting_as=acting_as, demo=demo), demo)
