"""Sums of measures straight from the rows, and working hours between many moments."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from crm_tui.db.queries import figure_customers, figure_tickets
from crm_tui.db.queries.figures import Context, Measure, Query, Window
from crm_tui.db.types import to_microseconds
from crm_tui.domain.business_time import Calendar
from crm_tui.domain.kpi.spec import Sums
from crm_tui.services.policies import calendar_states
from crm_tui.services.unit import Unit

MEASURES: Final[Mapping[str, Measure]] = {
    m.name: m for m in (*figure_tickets.MEASURES, *figure_customers.MEASURES)
}
NOTHING: Final = Sums()


def sums_of(row: Any) -> Sums:
    """The sums of a row that a query gave."""
    return Sums(int(row.num), int(row.den), int(row.n))


def direct_total(unit: Unit, ctx: Context, measure: Measure, window: Window) -> Sums:
    """What the rows of a window add up to."""
    return sums_of(unit.conn.execute(Query(measure, ctx, window).sums()).one())


def direct_split(
    unit: Unit, ctx: Context, measure: Measure, window: Window, names: Sequence[str]
) -> dict[Any, Sums]:
    """The same by the values of one dimension, or by pairs of two."""
    found = unit.conn.execute(Query(measure, ctx, window).sums(*names))
    return {(r.k0 if len(names) == 1 else tuple(r[: len(names)])): sums_of(r) for r in found}


def desk_calendar(unit: Unit) -> Calendar:
    """The desk's calendar as it is now."""
    return calendar_states(unit, unit.core.rules.calendar)[-1][1]


def worked_by_day(unit: Unit, ctx: Context, window: Window) -> dict[int, Sums]:
    """Working seconds until the first answer, by the day of the answer (R-241)."""
    query = Query(MEASURES["first_response"], ctx, window)
    moments = query.listed({}, ranked=False).with_only_columns(
        ctx.ticket.c.received_at, ctx.ticket.c.first_response_at, query.day().label("day")
    )
    found = unit.conn.execute(moments).all()
    if not found:
        return {}
    first, last = min(r[0] for r in found), max(r[1] for r in found)
    hours = Hours(desk_calendar(unit), first, last)
    days: dict[int, list[int]] = {}
    for received, answered, day in found:
        days.setdefault(int(day), []).append(hours.between(received, answered))
    return {day: Sums(sum(spent), len(spent), len(spent)) for day, spent in days.items()}


class Hours:
    """Working time between many moments: the calendar is laid out once and then looked up."""

    def __init__(self, calendar: Calendar, first: datetime, last: datetime) -> None:
        self._from: list[int] = []
        self._until: list[int] = []
        self._before: list[int] = []
        """Microseconds worked before each stretch."""
        worked = 0
        for opens, closes in calendar.open_intervals(first, last + timedelta(seconds=1)):
            begin, end = to_microseconds(opens), to_microseconds(closes)
            self._from.append(begin)
            self._until.append(end)
            self._before.append(worked)
            worked += end - begin

    def between(self, begin: datetime, end: datetime) -> int:
        """Seconds worked; none where the end comes first."""
        return (
            max(0, self._at(to_microseconds(end)) - self._at(to_microseconds(begin))) // 1_000_000
        )

    def _at(self, moment: int) -> int:
        place = bisect_right(self._from, moment) - 1
        if place < 0:
            return 0
        return self._before[place] + min(moment, self._until[place]) - self._from[place]
