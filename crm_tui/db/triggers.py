"""The triggers: the audit log refuses UPDATE and DELETE, in every form they take (R-306).

Those that mark stale sums of figures are in `figure_marks`; there are no others. A batch migration on
SQLite loses them, so they are made again after each.
"""

from sqlalchemy import Connection

from crm_tui.db.figure_marks import create_marks
from crm_tui.db.search import create_tables

AUDIT_TABLES = ("activity",)

_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '55000'; END $$
"""


def create_triggers(conn: Connection) -> None:
    """Make them, and the search index, which no migration script knows, where they are missing."""
    create_tables(conn)
    create_marks(conn)
    if conn.dialect.name == "sqlite":
        for table in AUDIT_TABLES:
            for verb in ("update", "delete"):
                conn.exec_driver_sql(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
                )
            # INSERT OR REPLACE deletes the old row without asking the trigger for deletions.
            conn.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq) "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    conn.exec_driver_sql(_PG_FUNCTION)
    for table in AUDIT_TABLES:
        conn.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
        )
        conn.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
