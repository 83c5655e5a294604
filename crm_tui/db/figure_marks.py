"""Triggers that mark which rolled up sums a change of the store makes stale.

They see old and new values of every row however it is written: by a service, in bulk by an import, by a
rebuild of the clocks, by undo. Marks are days in UTC or ranges of customers; a reader takes the local
days that they may lie on. Nothing but the sums hangs on them.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

BUCKET_BITS: Final = 9
"""Customers whose ids differ in the lower bits only share one range."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a change of a table makes stale."""

    table: str
    source: str
    moments: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    """Columns that matter though they are no place in time."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose change counts."""
        return (*self.moments, *self.dates, *self.customers, *self.beside)

    @property
    def name(self) -> str:
        """What the trigger is called."""
        return f"figure_{self.table}_{self.source}"


MARKS: Final = (
    Mark(
        "ticket",
        "ticket",
        moments=(
            "received_at",
            "first_response_at",
            "first_resolved_at",
            "resolved_at",
            "closed_at",
        ),
        beside=("state", "kind", "reopened_within_days", "escalation_level", "transfer_count"),
    ),
    Mark(
        "ticket_clock", "clock", moments=("stored_due_at",), beside=("state", "kind", "breached_at")
    ),
    Mark(
        "order",
        "order",
        dates=("ordered_on",),
        beside=("amount_fen", "cost_fen", "credit_note", "archived"),
    ),
    Mark(
        "order",
        "customer",
        customers=("customer_id",),
        beside=(
            "ordered_on",
            "amount_fen",
            "cost_fen",
            "credit_note",
            "credited_order_id",
            "archived",
        ),
    ),
    Mark(
        "contract",
        "customer",
        customers=("customer_id",),
        beside=("status", "start_on", "end_on", "archived"),
    ),
    Mark(
        "churn_record",
        "customer",
        customers=("customer_id",),
        beside=("churned_on", "won_back_on", "archived"),
    ),
    Mark("churn_record", "churn", dates=("churned_on",), beside=("won_back_on", "archived")),
    Mark(
        "customer",
        "customer",
        customers=("id",),
        beside=(
            "segment",
            "service_tier",
            "lifecycle_stage",
            "source_channel",
            "created_at",
            "archived",
        ),
    ),
    Mark(
        "interaction",
        "interaction",
        dates=("occurred_on",),
        beside=("automated", "answered", "archived"),
    ),
    Mark(
        "survey_answer",
        "answer",
        moments=("answered_at",),
        beside=("survey", "answer", "scale_low", "scale_high", "replaced", "archived"),
    ),
    Mark(
        "satisfaction_answer",
        "answer",
        moments=("at",),
        beside=("ticket_id", "version", "answer", "score"),
    ),
)
FOLLOWED: Final = (
    # A newer answer takes the place of those before it, whose days change with it.
    ("satisfaction_answer", "version", "answer", "at", "ticket_id", "NEW.ticket_id", "INSERT"),
    # Limits are shown by the tier of their ticket.
    ("ticket_clock", "tier", "clock", "stored_due_at", "ticket_id", "NEW.id", "UPDATE OF tier"),
)
"""Rows whose days change with another row: table, name, source, moment, key, value, event."""
_OF: Final = {"version": "satisfaction_answer", "tier": "ticket"}


def create_marks(conn: Connection) -> None:
    """Make the triggers, those of an earlier version first taken away."""
    make = _sqlite if conn.dialect.name == "sqlite" else _postgres
    for statement in make():
        conn.exec_driver_sql(statement)


def drop_marks(conn: Connection) -> None:
    """Take them away before a migration: SQLite renames no table while a trigger names one that is gone."""
    if conn.dialect.name == "sqlite":
        known = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'figure\\_%' ESCAPE '\\'"
        for (name,) in conn.exec_driver_sql(known).fetchall():
            conn.exec_driver_sql(f"DROP TRIGGER {name}")


def _places(mark: Mark, row: str, *, sqlite: bool) -> list[str]:
    if sqlite:
        return [
            *(f"{row}.{c} / 86400000000" for c in mark.moments),
            *(f"CAST(julianday({row}.{c}) - 2440587.5 AS INTEGER)" for c in mark.dates),
            *(f"{row}.{c} >> {BUCKET_BITS}" for c in mark.customers),
        ]
    return [
        *(_pg_day(f"{row}.{c}") for c in mark.moments),
        *(f"{row}.{c} - DATE '1970-01-01'" for c in mark.dates),
        *(f"{row}.{c} >> {BUCKET_BITS}" for c in mark.customers),
    ]


def _pg_day(moment: str) -> str:
    return f"floor(extract(epoch FROM {moment}) / 86400)::integer"


def _sqlite() -> list[str]:
    made: list[str] = []
    for mark in MARKS:
        changed = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in mark.columns)
        for event, rows, when in (
            ("INSERT", ("NEW",), ""),
            ("DELETE", ("OLD",), ""),
            (f"UPDATE OF {', '.join(mark.columns)}", ("OLD", "NEW"), f"WHEN {changed} "),
        ):
            name = f"{mark.name}_{event.split()[0].lower()}"
            body = "; ".join(
                _sqlite_insert(mark.source, place)
                for row in rows
                for place in _places(mark, row, sqlite=True)
            )
            made += [
                f"DROP TRIGGER IF EXISTS {name}",
                f'CREATE TRIGGER {name} AFTER {event} ON "{mark.table}" {when}BEGIN {body}; END',
            ]
    for table, name, source, moment, key, value, event in FOLLOWED:
        place = f"{moment} / 86400000000"
        trigger = f"figure_{table}_{name}"
        # A conflict clause of the outer statement would overrule one here, hence the question.
        made += [
            f"DROP TRIGGER IF EXISTS {trigger}",
            f"CREATE TRIGGER {trigger} AFTER {event} ON {_OF[name]} BEGIN INSERT INTO figure_dirty"
            f" SELECT DISTINCT '{source}', {place} FROM {table} WHERE {key} = {value} AND {moment}"
            f" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM figure_dirty WHERE source = '{source}'"
            f" AND place = {place}); END",
        ]
    return made


def _sqlite_insert(source: str, place: str) -> str:
    return (
        f"INSERT INTO figure_dirty SELECT '{source}', {place} WHERE {place} IS NOT NULL AND NOT EXISTS"
        f" (SELECT 1 FROM figure_dirty WHERE source = '{source}' AND place = {place})"
    )


def _postgres() -> list[str]:
    made: list[str] = []
    for mark in MARKS:

        def inserts(row: str, mark: Mark = mark) -> str:
            values = ", ".join(f"({p})" for p in _places(mark, row, sqlite=False))
            return (
                f"INSERT INTO figure_dirty SELECT DISTINCT '{mark.source}', place FROM (VALUES {values})"
                " AS places (place) WHERE place IS NOT NULL ON CONFLICT DO NOTHING;"
            )

        columns = ", ".join(mark.columns)
        made += [
            f"CREATE OR REPLACE FUNCTION {mark.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP <> 'INSERT' THEN {inserts('OLD')} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {inserts('NEW')} END IF; RETURN NULL; END $$",
            f"CREATE OR REPLACE TRIGGER {mark.name} AFTER INSERT OR DELETE OR UPDATE OF {columns}"
            f' ON "{mark.table}" FOR EACH ROW EXECUTE FUNCTION {mark.name}()',
        ]
    for table, name, source, moment, key, value, event in FOLLOWED:
        trigger = f"figure_{table}_{name}"
        made += [
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO figure_dirty SELECT DISTINCT '{source}', {_pg_day(moment)} FROM {table}"
            f" WHERE {key} = {value} AND {moment} IS NOT NULL ON CONFLICT DO NOTHING;"
            " RETURN NULL; END $$",
            f"CREATE OR REPLACE TRIGGER {trigger} AFTER {event} ON {_OF[name]}"
            f" FOR EACH ROW EXECUTE FUNCTION {trigger}()",
        ]
    return made
