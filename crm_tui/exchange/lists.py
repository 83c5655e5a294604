"""The lists as tables: the same columns for command line and screens, read page by page (R-316)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from crm_tui.domain.numbers import format_ticket_no
from crm_tui.exchange import writers

if TYPE_CHECKING:
    from crm_tui.services.actor import Actor
    from crm_tui.services.dto import CustomerRow, TicketRow
    from crm_tui.services.facade import Services
    from crm_tui.services.registers import RegisterRow

FORMATS: Final = ("csv", "json", "xlsx")
PAGE: Final = 500


def ticket_object(row: "TicketRow") -> dict[str, Any]:
    """A ticket of a list with stable keys."""
    return {
        "number": format_ticket_no(row.number),
        "subject": row.subject,
        "customer": row.customer,
        "customer_id": row.customer_id,
        "kind": row.kind,
        "urgency": row.urgency,
        "tier": row.tier,
        "state": row.state,
        "category": row.category,
        "department": row.department,
        "owner": row.owner,
        "received_at": row.received_at,
        "updated_at": row.updated_at,
        "next_due_at": row.next_due_at,
        "next_due_clock": row.next_due_kind or None,
        "warn_at": row.warn_at,
        "paused": row.paused,
        "breached": row.breached,
        "escalation_level": row.escalation_level,
        "version": row.version,
        "id": row.id,
    }


def customer_object(row: "CustomerRow") -> dict[str, Any]:
    """A customer of a list with stable keys; money in fen."""
    return {
        "number": row.customer_no,
        "name": row.name,
        "tier": row.tier,
        "segment": row.segment,
        "industry": row.industry,
        "region": row.region,
        "decision_maker": row.decision_maker,
        "manager": row.manager,
        "total_amount_fen": row.total_amount_fen,
        "last_cooperation_on": row.last_cooperation_on,
        "open_tickets": row.open_tickets,
        "version": row.version,
    }


def register_object(row: "RegisterRow") -> dict[str, Any]:
    """A record of a register with the names of its fields; several values in one cell."""
    return {"id": row.id, "version": row.version, **{n: _cell(v) for n, v in row.read.items()}}


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def pages(read: Callable[[tuple[Any, ...] | None], Any], key: str) -> Iterator[Any]:
    """All rows of a list that is read page by page; ``key`` names a row's place in it."""
    after: tuple[Any, ...] | None = None
    while True:
        page = read(after)
        yield from page.rows
        if not page.after or not page.rows:
            return
        after = getattr(page.rows[-1], key)


def tickets(
    services: "Services", text: str, *, actor: "Actor", sort: str = "due", descending: bool = False
) -> Iterator[dict[str, Any]]:
    """What the actor sees of the tickets that match."""
    found = pages(
        lambda after: services.views.page(
            text, actor=actor, sort=sort, descending=descending, after=after, limit=PAGE
        ),
        "sort_key",
    )
    return map(ticket_object, found)


def customers(
    services: "Services",
    text: str,
    *,
    actor: "Actor",
    sort: str = "number",
    descending: bool = False,
) -> Iterator[dict[str, Any]]:
    """What the actor sees of the customers that match."""
    found = pages(
        lambda after: services.customers.page(
            text, actor=actor, sort=sort, descending=descending, after=after, limit=PAGE
        ),
        "sort_key",
    )
    return map(customer_object, found)


def records(
    services: "Services",
    kind: str,
    text: str,
    *,
    actor: "Actor",
    sort: str | None = None,
    descending: bool = False,
    archived: bool = False,
) -> Iterator[dict[str, Any]]:
    """What the actor sees of the records of a register that match."""
    found = pages(
        lambda after: services.registers.page(
            kind,
            actor=actor,
            filter_text=text,
            archived=archived,
            sort=sort,
            descending=descending,
            after=after,
            limit=PAGE,
        ),
        "key",
    )
    return map(register_object, found)


def table(items: Iterable[dict[str, Any]]) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Columns and rows; the first object says the columns."""
    found = iter(items)
    first = next(found, None)
    columns = list(first) if first is not None else ["number"]
    whole = chain([first] if first is not None else [], found)
    return columns, ([item[c] for c in columns] for item in whole)


def write(path: Path, items: Iterable[dict[str, Any]], zone: ZoneInfo, form: str = "") -> int:
    """Write a list in the format of the file's ending, or in ``form``; the number of rows."""
    columns, rows = table(items)
    to = {"csv": writers.write_csv, "json": writers.write_json, "xlsx": writers.write_xlsx}
    return to[form or path.suffix[1:].lower()](path, columns, rows, zone)
