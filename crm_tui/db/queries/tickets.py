"""The ticket list: narrow columns, paged by key (design decision 14)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select, tuple_

from crm_tui.db.queries.choosing import (
    Attempt,
    Way,
    Where,
    aside,
    aside_in,
    by_index,
    columns_of,
    first_to_end,
    has_list,
    narrowed,
    way_of,
)
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import OPEN, ticket
from crm_tui.domain.terms import Channel, ServiceTier, TicketKind, TicketState, Urgency

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
    facets: Mapping[str, Collection[str]] | None = None,
) -> tuple[list[RowMapping], bool]:
    """At most ``limit`` rows behind ``after`` or ahead of ``before``, in order, and whether more follow.

    The keys are those of `key` for the same ``sort``; NULL owners and departments sort as 0.
    ``facets`` says what the conditions leave of the values of a column in `VALUES`.
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
    query = select(*COLUMNS).where(*conditions).order_by(*_ordered(keys, down)).limit(limit + 1)
    if conn.dialect.name == "sqlite" and where:
        ids = _ids(conn, where, conditions[len(where) :], sort, down, limit + 1, facets or {})
        query = select(*COLUMNS).where(ticket.c.id.in_(ids))
    rows = list(conn.execute(_with_names(query, sort, down)).mappings())
    more = len(rows) > limit
    rows = rows[:limit]
    return (rows[::-1] if backwards else rows), more


# Ways to read a list of SQLite's

ORDERED: Final = {
    "due": "ix_ticket_due",
    "received": "ix_ticket_received",
    "updated": "ix_ticket_updated",
}
"""Indexes that hold the order of a list."""
FACETS: Final = "ix_ticket_facets"
"""The index that leads to every combination of the columns that have few values."""
VALUES: Final[Mapping[str, Sequence[str]]] = {
    "tier": tuple(ServiceTier),
    "urgency": tuple(Urgency),
    "kind": tuple(TicketKind),
    "state": tuple(TicketState),
    "channel": tuple(Channel),
}
"""Its leading columns with all values that they can have."""
BEHIND: Final = frozenset({"department_id", "owner_id"})
"""Its columns after those, also known by few values."""
HELD: Final = frozenset(
    {"id", *next((c.name for c in i.columns) for i in ticket.indexes if i.name == FACETS)}
)
SOON_S, LATER_S = 0.008, 0.020
"""For how long a way is tried before the next one."""


def _ids(
    conn: Connection,
    where: Where,
    bounds: Where,
    sort: str,
    down: bool,
    limit: int,
    facets: Mapping[str, Collection[str]],
) -> list[int]:
    """The ids of the first rows in order, by whichever way comes to them soonest."""
    keys = _keys(sort)
    plain = select(ticket.c.id).where(*where, *bounds).limit(limit)
    own = plain.order_by(*_ordered(keys, down))
    gathered = plain.order_by(*_ordered([aside(k) for k in keys], down))
    way = way_of(conn, own, ticket)
    walk = own
    if way is not Way.RIGHT and sort in ORDERED:
        # Walked in order, the conditions only tell whether a row is wanted.
        told = [aside_in(condition, SORTS[sort]) for condition in where]
        walk = select(ticket.c.id).where(*told, *bounds).order_by(*_ordered(keys, down))
        walk = by_index(walk.limit(limit), ticket, ORDERED[sort])
    asked = _asked(where)
    held = asked <= HELD
    by_facets = _by_facets(gathered, asked, facets)
    apart = gathered.with_hint(ticket, "NOT INDEXED", "sqlite")
    by_id = "id" in asked and way_of(conn, apart, ticket) is not Way.WALK
    leads = by_id or way_of(conn, gathered, ticket) is not Way.WALK
    by_lead = apart if by_id else gathered
    # A list that is made for one attempt is made again for the next.
    listed = has_list(where)
    patience = 3 if listed else 1
    attempts = [Attempt(walk, SOON_S * (2 if way is Way.RIGHT else patience))]
    by_few = _few(asked, facets)
    if by_few:
        place = 0 if held and (listed or by_few > 1) else 1
        attempts.insert(place, Attempt(by_facets, LATER_S * patience))
    elif leads and listed:
        attempts.insert(0, Attempt(by_lead, SOON_S))
    if leads:
        attempts.append(Attempt(by_lead, 2 * LATER_S * patience))
    if sort == "due":
        # By this order its index has all that most filters ask for.
        attempts.append(Attempt(walk, LATER_S * patience))
    last = by_facets if held else by_lead if leads else own
    return [int(row.id) for row in first_to_end(conn, attempts, last)]


def _asked(where: Where) -> set[str]:
    """The columns that conditions look at."""
    asked = columns_of(where, ticket)
    return asked | {"category"} if any(condition is OPEN for condition in where) else asked


def _few(asked: set[str], facets: Mapping[str, Collection[str]]) -> int:
    """How many columns narrow what is read by facets; by states alone it is half of everything."""
    return len(facets.keys() - {"state"}) + len(asked & BEHIND)


def _leading(asked: set[str], facets: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    return narrowed(VALUES, VALUES if asked & BEHIND else facets)


def _by_facets(
    query: Select[Any], asked: set[str], facets: Mapping[str, Collection[str]]
) -> Select[Any]:
    """A query that enters the index of facets at every combination that a filter leaves."""
    values = _leading(asked, facets) | dict(facets)
    some = [ticket.c[name].in_(left) for name, left in values.items()]
    return by_index(query.where(*some), ticket, FACETS)


def _ordered(keys: Sequence[Any], down: bool) -> list[Any]:
    return [k.desc() if down else k.asc() for k in keys]


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


def count(
    conn: Connection, where: Where, facets: Mapping[str, Collection[str]] | None = None
) -> int:
    """How many tickets match; grows with what matches, so it is asked after the paint."""
    query = select(func.count()).select_from(ticket).where(*where)
    asked, known = _asked(where), facets or {}
    only_open = any(condition is OPEN for condition in where)
    if conn.dialect.name == "sqlite" and not only_open and asked <= HELD and _few(asked, known):
        query = _by_facets(query, asked, known)
    return int(conn.execute(query).scalar_one())
