"""The ticket list: narrow columns, paged by key (design decision 14)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select, tuple_

from crm_tui.db.queries.choosing import Matches, Way, Where, gathered, matches, walk, way_of
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import OPEN, ticket

SORTS: dict[str, tuple[Any, ...]] = {
    "due": (ticket.c.due_sort, ticket.c.tier, ticket.c.id),
    "number": (ticket.c.id,),
    "received": (ticket.c.received_at, ticket.c.id),
    "updated": (ticket.c.updated_at, ticket.c.id),
    "urgency": (ticket.c.urgency, ticket.c.due_sort, ticket.c.id),
    "tier": (ticket.c.tier, ticket.c.due_sort, ticket.c.id),
    "state": (ticket.c.state, ticket.c.due_sort, ticket.c.tier, ticket.c.id),
    "subject": (ticket.c.subject, ticket.c.id),
    "kind": (ticket.c.kind, ticket.c.received_at, ticket.c.id),
    "department": (ticket.c.department_id, ticket.c.due_sort, ticket.c.id),
    "owner": (ticket.c.owner_id, ticket.c.due_sort, ticket.c.id),
    "escalation": (ticket.c.escalation_level, ticket.c.due_sort, ticket.c.id),
}
"""Sort names and their key columns; the id last makes each key unique."""

NULLABLE = frozenset({"owner_id", "department_id"})

COLUMNS = (
    ticket.c.id,
    ticket.c.number,
    ticket.c.row_version,
    ticket.c.subject,
    ticket.c.customer_id,
    ticket.c.kind,
    ticket.c.urgency,
    ticket.c.tier,
    ticket.c.state,
    ticket.c.category,
    ticket.c.department_id,
    ticket.c.owner_id,
    ticket.c.received_at,
    ticket.c.updated_at,
    ticket.c.next_due_at,
    ticket.c.next_due_kind,
    ticket.c.warn_at,
    ticket.c.due_sort,
    ticket.c.breached,
    ticket.c.paused,
    ticket.c.escalation_level,
)


def _with_names(inner: Select[Any], sort: str = "number", down: bool = False) -> Select[Any]:
    """Join names to the window only, never to what the window was cut from."""
    window = inner.subquery()
    keys = [_sortable(window.c[k.name]) for k in SORTS[sort]]
    return (
        select(
            window,
            customer.c.name.label("customer_name"),
            staff.c.name.label("owner_name"),
            department.c.code.label("department_code"),
        )
        .select_from(
            window.outerjoin(customer, customer.c.id == window.c.customer_id)
            .outerjoin(staff, staff.c.id == window.c.owner_id)
            .outerjoin(department, department.c.id == window.c.department_id)
        )
        .order_by(*[k.desc() if down else k.asc() for k in keys])
    )


def page(
    conn: Connection,
    where: Where,
    *,
    sort: str = "due",
    descending: bool = False,
    after: tuple[Any, ...] | None = None,
    before: tuple[Any, ...] | None = None,
    limit: int = 50,
) -> tuple[list[RowMapping], bool]:
    """At most ``limit`` rows behind ``after`` or ahead of ``before``, in order, and whether more follow.

    The keys are those of `key` for the same ``sort``; NULL owners and departments sort as 0.
    """
    keys = _keys(sort)
    backwards = before is not None
    down = descending != backwards
    conditions = [*where]
    bound = before if backwards else after
    if bound is not None:
        # Typed like the columns: a bare value would be bound as its engine's own kind of time.
        mark = tuple_(*bound, types=[column.type for column in SORTS[sort]])
        conditions.append(tuple_(*keys) < mark if down else tuple_(*keys) > mark)
    order = [k.desc() if down else k.asc() for k in keys]
    query = select(*COLUMNS).where(*conditions).order_by(*order).limit(limit + 1)
    rows: list[RowMapping] = []
    if _is_guesswork(conn, where, sort) and (way := way_of(conn, query, ticket)) is not Way.RIGHT:
        found = matches(conn, ticket, conditions)
        if found is Matches.UNCLEAR or (found is Matches.MANY and way is Way.GATHER):
            bounds, index = conditions[len(where) :], ORDERED[sort]
            near = walk(ticket, index, COLUMNS, bounds=bounds, where=where, order=order)
            rows = list(conn.execute(_with_names(near.limit(limit + 1), sort, down)).mappings())
        if found in (Matches.FEW, Matches.UNCLEAR):
            by = [gathered(k) for k in keys]
            query = query.order_by(None).order_by(*[k.desc() if down else k.asc() for k in by])
    if len(rows) <= limit:
        rows = list(conn.execute(_with_names(query, sort, down)).mappings())
    more = len(rows) > limit
    rows = rows[:limit]
    return (rows[::-1] if backwards else rows), more


ORDERED: Final = {
    "due": "ix_ticket_due",
    "received": "ix_ticket_received",
    "updated": "ix_ticket_updated",
}
"""Indexes that hold the order of a list."""


def _is_guesswork(conn: Connection, where: Where, sort: str) -> bool:
    """Whether SQLite would guess at an index; open tickets are few and have indexes of their own."""
    return (
        conn.dialect.name == "sqlite"
        and sort in ORDERED
        and bool(where)
        and not any(condition is OPEN for condition in where)
    )


def _keys(sort: str) -> tuple[Any, ...]:
    return tuple(_sortable(k) for k in SORTS[sort])


def _sortable(column: Any) -> Any:
    return func.coalesce(column, 0) if column.name in NULLABLE else column


def key(row: RowMapping, sort: str) -> tuple[Any, ...]:
    """The place of a row in the order of ``sort``."""
    return tuple((row[k.name] or 0) if k.name in NULLABLE else row[k.name] for k in SORTS[sort])


def rows_by_id(conn: Connection, ids: Sequence[int]) -> list[RowMapping]:
    """List rows of these tickets in no particular order, for patching a screen by id."""
    query = select(*COLUMNS).where(ticket.c.id.in_(ids))
    return list(conn.execute(_with_names(query)).mappings())


def count(conn: Connection, where: Where) -> int:
    """How many tickets match; grows with what matches, so it is asked after the paint."""
    return int(conn.execute(select(func.count()).select_from(ticket).where(*where)).scalar_one())
