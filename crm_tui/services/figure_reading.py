"""Sums of figures out of the store, for one reading at one moment (R-232 to R-251)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import literal, select

from crm_tui.db.queries import figure_customers, figure_tickets
from crm_tui.db.queries.figures import Context, Measure, Query, Window
from crm_tui.db.schema.figures import figure_target
from crm_tui.db.types import to_microseconds
from crm_tui.domain import kpi, periods
from crm_tui.domain.business_time import Calendar, wall_instant, zone_named
from crm_tui.domain.kpi.spec import Spec, Sums, value
from crm_tui.domain.periods import DAY, Period
from crm_tui.services import figure_steps
from crm_tui.services.policies import calendar_states
from crm_tui.services.unit import Unit

MEASURES: Final[Mapping[str, Measure]] = {
    m.name: m for m in (*figure_tickets.MEASURES, *figure_customers.MEASURES)
}
NOTHING: Final = Sums()


def context(unit: Unit, as_of: datetime | date | None) -> Context:
    """The moment and zone of a reading; a day means its end, the future the present."""
    zone = unit.core.rules.zone
    moment: datetime | None = None
    if isinstance(as_of, datetime):
        moment = as_of
    elif as_of is not None:
        midnight = wall_instant(datetime.combine(as_of + DAY, time()), zone_named(zone))
        moment = midnight - timedelta(microseconds=1)
    if moment is not None and moment >= unit.now:
        moment = None
    return Context(
        dialect=unit.conn.dialect.name,
        zone=zone,
        now=unit.now,
        as_of=moment,
        margin=unit.core.rules.margin_percent,
    )


class Reading:
    """Reads sums and keeps them, so that one panel asks for nothing twice."""

    def __init__(self, unit: Unit, as_of: datetime | date | None = None) -> None:
        self.unit = unit
        self.ctx = context(unit, as_of)
        self._kept: dict[tuple[Any, ...], Any] = {}

    def prepare(self, specs: Sequence[Spec], line: Sequence[Period]) -> None:
        """Read ahead what a panel will ask for, in few statements."""

    # Sums

    def window(self, spec: Spec, period: Period) -> Window | None:
        """The days that a figure reads; None where none of them has come yet."""
        clamped = periods.clamped(period, self.ctx.today)
        if clamped is None:
            return None
        return Window(None if spec.stock else clamped.start, clamped.end)

    def sums(self, spec: Spec, period: Period, where: Mapping[str, str] | None = None) -> Sums:
        """What a figure's rows add up to, narrowed to a value of each given dimension."""
        window = self.window(spec, period)
        if window is None:
            return NOTHING
        if spec.id == "clv_projected":
            return self._projected(window, where)
        if spec.share and not where:
            parts = self._split(spec.measure, window, spec.share)
            whole = sum(parts.values(), NOTHING)
            return Sums(parts.get("A", NOTHING).num, whole.den, whole.rows)
        found = self._total(spec.measure, window, where or {})
        if spec.over:
            found = Sums(found.num, self._total(spec.over, window, where or {}).den, found.rows)
        return found

    def split(self, spec: Spec, dimension: str, period: Period) -> dict[str, Sums]:
        """The same by the values of a dimension; their rows add up to the whole."""
        window = self.window(spec, period)
        if window is None:
            return {}
        if dimension == "step":
            return figure_steps.split(self.unit, self.ctx, window)
        if spec.id == "clv_projected":
            return self._projections(window)
        found = self._split(spec.measure, window, dimension)
        if spec.share:
            whole = sum((s.den for s in found.values()), 0)
            return {key: Sums(s.num, whole, s.rows) for key, s in found.items()}
        if spec.over:
            other = self._split(spec.over, window, dimension)
            return {
                key: Sums(s.num, other.get(key, NOTHING).den, s.rows)
                for key in {**other, **found}
                for s in (found.get(key, NOTHING),)
            }
        return found

    def value(self, spec: Spec, sums: Sums, period: Period) -> Decimal | None:
        """The figure that follows; a period that still runs is as long as it has lasted."""
        clamped = periods.clamped(period, self.ctx.today)
        return None if clamped is None else value(spec, sums, clamped)

    def _total(self, measure: str, window: Window, where: Mapping[str, str]) -> Sums:
        key = ("total", measure, window, tuple(sorted(where.items())))
        if key not in self._kept:
            self._kept[key] = self._read_total(MEASURES[measure], window, where)
        found: Sums = self._kept[key]
        return found

    def _read_total(self, measure: Measure, window: Window, where: Mapping[str, str]) -> Sums:
        if where:
            (name, wanted), *_ = where.items()
            return self._split(measure.name, window, name).get(wanted, NOTHING)
        row = self.unit.conn.execute(Query(measure, self.ctx, window).sums()).one()
        return Sums(int(row.num), int(row.den), int(row.n))

    def _split(self, measure: str, window: Window, *names: str) -> dict[Any, Sums]:
        """Sums by the values of one dimension, or by pairs of two."""
        key = ("split", measure, window, names)
        if key not in self._kept:
            query = Query(MEASURES[measure], self.ctx, window).sums(*names)
            self._kept[key] = {
                (r.k0 if len(names) == 1 else tuple(r[: len(names)])): Sums(
                    int(r.num), int(r.den), int(r.n)
                )
                for r in self.unit.conn.execute(query)
            }
        found: dict[Any, Sums] = self._kept[key]
        return found

    def cells(self, measure: str, period: Period, *names: str) -> dict[Any, Sums]:
        """Sums of a grid: by pairs of dimensions."""
        clamped = periods.clamped(period, self.ctx.today)
        if clamped is None:
            return {}
        return self._split(measure, Window(clamped.start, clamped.end), *names)

    def cohorts(self, months: Sequence[Period], end: date) -> dict[tuple[str, int], int]:
        """Customers by month of their first order and by how many months later they ordered."""
        start = months[0].start
        query = figure_customers.cohort_counts(self.ctx, start, end)
        places = {f"{m.start:%Y-%m}": n for n, m in enumerate(months)}
        return {
            (first, places[later] - places[first]): int(count)
            for first, later, count in self.unit.conn.execute(query)
        }

    # Lifetime value

    def _projections(self, window: Window) -> dict[str, Sums]:
        """m · r ÷ (1 + d − r) of each segment, times its customers (D-21)."""
        end = window.end
        year = Window(periods.rolling_months(12, end).start, end)
        earned = self._split("margin", year, "segment")
        kept = self._split("retention", year, "segment")
        found: dict[str, Sums] = {}
        for segment, sums in earned.items():
            its = kept.get(segment, NOTHING)
            rate = Decimal(its.num) / its.den if its.den else Decimal(0)
            factor = rate / (1 + Decimal(kpi.DISCOUNT) / 100 - rate)
            found[segment] = Sums(int(sums.num * factor), sums.den, sums.rows)
        return found

    def _projected(self, window: Window, where: Mapping[str, str] | None) -> Sums:
        parts = self._projections(window)
        if where:
            return parts.get(where.get("segment", ""), NOTHING)
        return sum(parts.values(), NOTHING)

    def estimated(self, spec: Spec, period: Period) -> bool:
        """Whether an order of unknown cost stands behind a figure of margins (D-21)."""
        if spec.measure not in ("clv", "margin"):
            return False
        window = self.window(spec, period)
        if window is None:
            return False
        order = figure_customers.order
        query = select(literal(1)).where(
            order.c.cost_fen.is_(None),
            order.c.archived.is_(False),
            order.c.ordered_on <= window.end,
        )
        if spec.measure == "margin":
            since = periods.rolling_months(12, window.end).start
            query = query.where(order.c.ordered_on >= since)
        return self.unit.conn.execute(query.limit(1)).first() is not None

    # Beside

    def median(self, spec: Spec, period: Period) -> Decimal | None:
        """The middle row's value; of an even number the mean of the two in the middle."""
        window = self.window(spec, period)
        if window is None:
            return None
        count = self._total(spec.measure, window, {}).rows
        if not count:
            return None
        query = Query(MEASURES[spec.measure], self.ctx, window).listed({}, ranked=True)
        inner = query.subquery("found")
        middle = (
            select(inner.c.num).order_by(inner.c.num).offset((count - 1) // 2).limit(2 - count % 2)
        )
        found = [int(n) for n in self.unit.conn.execute(middle).scalars()]
        return sum(found) * spec.scale / len(found)

    def business(self, spec: Spec, period: Period) -> Decimal | None:
        """The mean in hours that the desk's calendar is open."""
        window = self.window(spec, period)
        if window is None:
            return None
        sums = self.worked(window)
        return sums.num * spec.scale / sums.den if sums.den else None

    def worked(self, window: Window) -> Sums:
        """Working seconds until the first answer."""
        ticket = figure_tickets.ticket
        query = Query(MEASURES["first_response"], self.ctx, window)
        moments = query.listed({}, ranked=False).with_only_columns(
            ticket.c.received_at, ticket.c.first_response_at
        )
        return Hours(self.calendar()).sums(self.unit.conn.execute(moments))

    def calendar(self) -> Calendar:
        """The desk's calendar as it is now."""
        return calendar_states(self.unit, self.unit.core.rules.calendar)[-1][1]

    # Targets

    def targets(self) -> Mapping[str, Any]:
        """What figures are held against, by figure."""
        if "targets" not in self._kept:
            query = select(figure_target).where(figure_target.c.archived.is_(False))
            self._kept["targets"] = {r.figure: r for r in self.unit.conn.execute(query)}
        found: Mapping[str, Any] = self._kept["targets"]
        return found


class Hours:
    """Working time between many moments: the calendar is laid out once and then looked up."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._from: list[int] = []
        self._until: list[int] = []
        self._before: list[int] = []
        """Microseconds worked before each stretch."""

    def sums(self, moments: Any) -> Sums:
        """Seconds worked between pairs of moments, and how many pairs."""
        pairs = [(to_microseconds(a), to_microseconds(b), a, b) for a, b in moments]
        if not pairs:
            return NOTHING
        self._lay_out(min(p[2] for p in pairs), max(p[3] for p in pairs))
        total = sum(
            max(0, self._at(end) - self._at(begin)) // 1_000_000 for begin, end, *_ in pairs
        )
        return Sums(total, len(pairs), len(pairs))

    def _lay_out(self, first: datetime, last: datetime) -> None:
        worked = 0
        for opens, closes in self._calendar.open_intervals(first, last + timedelta(seconds=1)):
            begin, end = to_microseconds(opens), to_microseconds(closes)
            self._from.append(begin)
            self._until.append(end)
            self._before.append(worked)
            worked += end - begin

    def _at(self, moment: int) -> int:
        place = bisect_right(self._from, moment) - 1
        if place < 0:
            return 0
        return self._before[place] + min(moment, self._until[place]) - self._from[place]
