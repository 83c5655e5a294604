"""Tables as they stood at a past moment: those of now, with what has changed since put back (R-251)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    DateTime,
    Exists,
    FromClause,
    Integer,
    String,
    Subquery,
    Table,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from crm_tui.db.queries.figures import Context
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.db.types import JsonText, UtcDateTime, to_microseconds

CLOCK: Final = (
    *("id", "ticket_id", "kind", "state", "stored_due_at", "stopped_at", "breached_at"),
    *("owner_id", "department_id"),
)
"""What figures read of a clock."""
Row = Sequence[Any]


def given(
    dialect: str, name: str, columns: Mapping[str, TypeEngine[Any]], rows: Sequence[Row]
) -> CTE:
    """Rows that are no table's, handed over as one document: however many there are, one parameter."""
    document = literal([[_plain(dialect, v) for v in row] for row in rows], JsonText)
    if dialect == "sqlite":
        each = func.json_each(document).table_valued("value")
        found = [
            _of_sqlite(func.json_extract(each.c.value, f"$[{place}]"), kind).label(column)
            for place, (column, kind) in enumerate(columns.items())
        ]
    else:
        each = func.jsonb_array_elements(cast(document, JSONB)).table_valued("value")
        found = [
            _of_postgres(each.c.value.op("->>")(place), kind).label(column)
            for place, (column, kind) in enumerate(columns.items())
        ]
    # Kept apart, so that it is read once and not for every row that it is joined to.
    return select(*found).select_from(each).cte(name).prefix_with("MATERIALIZED")


def _plain(dialect: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return to_microseconds(value) if dialect == "sqlite" else value.isoformat()
    return value


def _of_sqlite(value: Any, kind: TypeEngine[Any]) -> Any:
    return type_coerce(value, kind)


def _of_postgres(value: Any, kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, UtcDateTime):
        return type_coerce(cast(value, DateTime(timezone=True)), kind)
    return cast(value, kind)


def put_back(
    dialect: str, table: Table, kinds: Mapping[str, TypeEngine[Any]], rows: Sequence[Row]
) -> Subquery:
    """A table with some columns of some rows as they were; the first value of a row is its id."""
    name = f"{table.name}_before"
    before = given(dialect, name, {"id": Integer(), **kinds}, rows)
    columns = [
        case((before.c.id.is_not(None), before.c[c.name]), else_=c).label(c.name)
        if c.name in kinds
        else c
        for c in table.c
    ]
    source = table.outerjoin(before, before.c.id == table.c.id)
    return select(*columns).select_from(source).subquery(f"{table.name}_then")


def known_by(ctx: Context) -> list[Exists]:
    """Whether anything had happened by the moment, of each kind that figures count."""
    answered = TABLES["survey_answer"].c.answered_at
    moments = (ticket.c.received_at, customer.c.created_at, answered)
    days = (
        *(TABLES["order"].c.ordered_on, TABLES["contract"].c.start_on),
        *(TABLES["interaction"].c.occurred_on, TABLES["churn_record"].c.churned_on),
    )
    return [
        *(exists().where(at <= ctx.moment) for at in moments),
        *(exists().where(day <= ctx.today) for day in days),
    ]


TICKET: Final[Mapping[str, TypeEngine[Any]]] = {
    "state": String(),
    "resolved_at": UtcDateTime(),
    "closed_at": UtcDateTime(),
    "reopened_within_days": Boolean(),
    "escalation_level": Integer(),
    "transfer_count": Integer(),
}
CONTRACT: Final[Mapping[str, TypeEngine[Any]]] = {"status": String(), "archived": Boolean()}


def clocks(dialect: str, of: Sequence[int], rows: Sequence[Row]) -> FromClause:
    """Clocks in which those of some tickets are replaced; a row has the values of `CLOCK`."""
    kinds = {name: ticket_clock.c[name].type for name in CLOCK}
    those = given(dialect, "ticket_clock_before", kinds, rows)
    changed = given(dialect, "ticket_since", {"id": BigInteger()}, [(i,) for i in of])
    kept = select(*(ticket_clock.c[name] for name in CLOCK)).where(
        ticket_clock.c.ticket_id.not_in(select(changed.c.id))
    )
    return union_all(kept, select(*those.c)).subquery("ticket_clock_then")
