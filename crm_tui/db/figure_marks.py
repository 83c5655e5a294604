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


@dataclass(frozen=True, slots=True)
class Follow:
    """Rows whose sums change with a row of another table."""

    name: str
    on: str
    """The table that changes."""
    event: str
    table: str
    """The rows that are counted."""
    source: str
    place: str
    """The column that puts them on their day."""
    key: str
    value: str
    """The rows are those whose ``key`` is this of the changed row."""
    dated: bool = False
    """Whether the place is a date, and not a moment."""

    @property
    def trigger(self) -> str:
        """What the trigger is called."""
        return f"figure_{self.table}_{self.name}"


_SURVEYED: Final = tuple(
    # Where a survey asked about a ticket, what was answered after it does not count.
    Follow(name, "survey_answer", event, "satisfaction_answer", "answer", "at", "ticket_id", value)
    for name, event, value in (
        ("surveyed", "INSERT", "NEW.ticket_id"),
        ("surveyed_now", "UPDATE", "NEW.ticket_id"),
        ("surveyed_before", "UPDATE", "OLD.ticket_id"),
        ("surveyed_no_more", "DELETE", "OLD.ticket_id"),
    )
)
FOLLOWED: Final = (
    # A newer answer takes the place of those before it, whose days change with it.
    Follow(
        *("version", "satisfaction_answer", "INSERT", "satisfaction_answer", "answer", "at"),
        *("ticket_id", "NEW.ticket_id"),
    ),
    *_SURVEYED,
    # Limits are shown by the tier of their ticket, and those of merged ones do not count.
    Follow(
        *("tier", "ticket", "UPDATE OF tier, state", "ticket_clock", "clock", "stored_due_at"),
        *("ticket_id", "NEW.id"),
    ),
    # Contacts with customers that are off the list do not count for those on it.
    Follow(
        *("archived", "customer", "UPDATE OF archived", "interaction", "interaction"),
        *("occurred_on", "customer_id", "NEW.id"),
        dated=True,
    ),
)


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
    return [
        *(_place(f"{row}.{c}", dated=False, sqlite=sqlite) for c in mark.moments),
        *(_place(f"{row}.{c}", dated=True, sqlite=sqlite) for c in mark.dates),
        *(f"{row}.{c} >> {BUCKET_BITS}" for c in mark.customers),
    ]


def _place(column: str, *, dated: bool, sqlite: bool) -> str:
    """The number of the day that a date is, or that a moment has in UTC."""
    if sqlite:
        day = f"CAST(julianday({column}) - 2440587.5 AS INTEGER)"
        return day if dated else f"{column} / 86400000000"
    if dated:
        return f"{column} - DATE '1970-01-01'"
    return f"floor(extract(epoch FROM {column}) / 86400)::integer"


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
    for one in FOLLOWED:
        place = _place(one.place, dated=one.dated, sqlite=True)
        # A conflict clause of the outer statement would overrule one here, hence the question.
        made += [
            f"DROP TRIGGER IF EXISTS {one.trigger}",
            f"CREATE TRIGGER {one.trigger} AFTER {one.event} ON {one.on} BEGIN INSERT INTO figure_dirty"
            f" SELECT DISTINCT '{one.source}', {place} FROM {one.table} WHERE {one.key} = {one.value}"
            f" AND {one.place} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM figure_dirty WHERE"
            f" source = '{one.source}' AND place = {place}); END",
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
    for one in FOLLOWED:
        place = _place(one.place, dated=one.dated, sqlite=False)
        made += [
            f"CREATE OR REPLACE FUNCTION {one.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO figure_dirty SELECT DISTINCT '{one.source}', {place} FROM {one.table}"
            f" WHERE {one.key} = {one.value} AND {one.place} IS NOT NULL ON CONFLICT DO NOTHING;"
            " RETURN NULL; END $$",
            f"CREATE OR REPLACE TRIGGER {one.trigger} AFTER {one.event} ON {one.on}"
            f" FOR EACH ROW EXECUTE FUNCTION {one.trigger}()",
        ]
    return made
