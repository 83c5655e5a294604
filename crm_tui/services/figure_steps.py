"""How long tickets stood in each state, from their log (R-245)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from crm_tui.db.queries.figure_tickets import MEASURES, ended_at
from crm_tui.db.queries.figures import Context, Query, Window
from crm_tui.domain.clocks import Event
from crm_tui.domain.kpi.spec import Sums
from crm_tui.services.clocks import events
from crm_tui.services.unit import Unit

HANDLING: Final = next(m for m in MEASURES if m.name == "handling")
BATCH: Final = 500
FIRST: Final = "registered"


def ended(unit: Unit, ctx: Context, window: Window) -> list[tuple[int, datetime, datetime]]:
    """Tickets that ended in the window: id, when received and when ended."""
    query = Query(HANDLING, ctx, window).listed({}, ranked=False)
    t = ctx.ticket.c
    columns = query.with_only_columns(t.id, t.received_at, ended_at(ctx).label("ended"))
    return [(int(r.id), r.received_at, r.ended) for r in unit.conn.execute(columns)]


def stretches(log: Iterable[Event], received: datetime, end: datetime) -> Iterator[tuple[str, int]]:
    """Seconds in each state between receipt and end, in the order of the log."""
    moves = [(received, FIRST)]
    moves += [(max(e.at, received), str(e.to)) for e in log if e.type == "state"]
    kept = [m for m in moves if m[0] <= end]
    for (begin, state), (until, _) in pairwise([*kept, (max(end, received), "")]):
        if until > begin:
            yield state, int((until - begin).total_seconds())


def dwell(
    unit: Unit, found: list[tuple[int, datetime, datetime]]
) -> Iterator[tuple[int, dict[str, int]]]:
    """Seconds of each ticket in each state that it was in."""
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        logs = events(unit, [t for t, *_ in batch])
        for ticket_id, received, end in batch:
            spent: dict[str, int] = {}
            for state, seconds in stretches(logs[ticket_id], received, end):
                spent[state] = spent.get(state, 0) + seconds
            yield ticket_id, spent


def split(unit: Unit, ctx: Context, window: Window) -> dict[Any, Sums]:
    """Seconds and tickets by state, of the tickets that ended in the window."""
    total: dict[Any, Sums] = {}
    for _, spent in dwell(unit, ended(unit, ctx, window)):
        for state, seconds in spent.items():
            total[state] = total.get(state, Sums()) + Sums(seconds, 1, 1)
    return total
