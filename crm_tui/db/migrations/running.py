"""Alembic, run from inside the program without an ini file; imported only to migrate."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from crm_tui.db.figure_marks import drop_marks
from crm_tui.db.triggers import create_triggers


def config(conn: Connection | None = None) -> Config:
    """Alembic's settings for the scripts of this package."""
    cfg = Config()
    cfg.set_main_option("script_location", "crm_tui.db:migrations")
    cfg.set_main_option("path_separator", "os")
    cfg.attributes["connection"] = conn
    return cfg


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction for the whole migration.

    SQLite rebuilds tables in batches, which would cascade away child rows: foreign keys are off
    meanwhile and checked before the commit. The switch is deaf inside a transaction, hence the raw
    connection.
    """
    with engine.connect() as pooled:
        conn = pooled.execution_options(sqlite_begin="IMMEDIATE")
        raw = conn.connection.dbapi_connection
        assert raw is not None
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            raw.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with conn.begin():
                yield conn
                if sqlite and (bad := conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise RuntimeError(f"{len(bad)} rows would lose what they refer to")
        finally:
            if sqlite:
                raw.cursor().execute("PRAGMA foreign_keys=ON")


def run_upgrade(
    engine: Engine, *, lock: Callable[[Connection], None], target: str = "head"
) -> None:
    """Run every script up to ``target``, then make the triggers again."""
    with _migrating(engine) as conn:
        lock(conn)
        drop_marks(conn)
        command.upgrade(config(conn), target)
        create_triggers(conn)
