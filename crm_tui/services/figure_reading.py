"""Sums of figures out of the store, for one reading at one moment (R-232 to R-251)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select

from crm_tui.db.queries import figure_customers
from crm_tui.db.queries.figure_past import known_by
from crm_tui.db.queries.figures import Context, Measure, Query, Window
from crm_tui.db.schema.figures import figure_target
from crm_tui.domain import kpi, periods
from crm_tui.domain.business_time import wall_instant, zone_named
from crm_tui.domain.kpi.spec import Spec, Sums, value
from crm_tui.domain.periods import DAY, Period
from crm_tui.services import figure_steps
from crm_tui.services.figure_past import Past
from crm_tui.services.figure_rollup import Needs, Rolled, wanted
from crm_tui.services.figure_sums import (
    MEASURES,
    NOTHING,
    direct_split,
    direct_total,
    worked_by_day,
)
from crm_tui.services.unit import Unit


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
        ctx = context(unit, as_of)
        past = None if ctx.as_of is None else Past(unit, ctx.as_of)
        self.ctx = replace(ctx, past=past)
        self.rollup = Rolled(unit, self.ctx) if self.ctx.as_of is None else None
        self._kept: dict[Any, Any] = {}

    def prepare(self, specs: Sequence[Spec], line: Sequence[Period]) -> None:
        """Read ahead what a panel will ask for, in few statements."""
        if self.rollup is not None:
            needs = wanted(self.ctx, specs, line)
            for (measure, window), sums in self.rollup.totals(needs).items():
                self._kept["total", measure, window, ()] = sums

    def clamped(self, period: Period) -> Period | None:
        """The part of a period that has come; None where none has, or nothing was known then."""
        return None if self.blank else periods.clamped(period, self.ctx.today)

    def before(self, period: Period) -> Period:
        """What a period is compared with."""
        return periods.compared(period, self.ctx.today)

    @cached_property
    def blank(self) -> bool:
        """Whether the moment lies before anything that the store tells of: then nothing is known (R-252)."""
        if self.ctx.as_of is None:
            return False
        found = self.unit.conn.execute(select(or_(*known_by(self.ctx)))).scalar_one()
        return not found

    # Sums

    def window(self, spec: Spec, period: Period) -> Window | None:
        """The days that a figure reads; None where none of them has come yet."""
        clamped = self.clamped(period)
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
        clamped = self.clamped(period)
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
        if self.rollup is not None:
            found = self.rollup.totals(Needs(frozenset({(measure.name, window)})))
            if (measure.name, window) in found:
                return found[measure.name, window]
        return direct_total(self.unit, self.ctx, measure, window)

    def _split(self, measure: str, window: Window, *names: str) -> dict[Any, Sums]:
        """Sums by the values of one dimension, or by pairs of two."""
        key = ("split", measure, window, names)
        if key not in self._kept:
            rolled = self.rollup.split(measure, window, names) if self.rollup else None
            if rolled is None:
                rolled = direct_split(self.unit, self.ctx, MEASURES[measure], window, names)
            self._kept[key] = rolled
        found: dict[Any, Sums] = self._kept[key]
        return found

    def cells(self, measure: str, period: Period, *names: str) -> dict[Any, Sums]:
        """Sums of a grid: by pairs of dimensions."""
        clamped = self.clamped(period)
        if clamped is None:
            return {}
        return self._split(measure, Window(clamped.start, clamped.end), *names)

    def cohorts(self, months: Sequence[Period], end: date) -> dict[tuple[str, int], int]:
        """Customers by month of their first order and by how many months later they ordered."""
        start = months[0].start
        places = {f"{m.start:%Y-%m}": n for n, m in enumerate(months)}
        found: dict[tuple[str, int], int] = {}
        for (first, later), count in self._cohorts(Window(start, end)).items():
            key = (first, places[later] - places[first])
            found[key] = found.get(key, 0) + count
        return found

    def _cohorts(self, window: Window) -> dict[tuple[str, str], int]:
        kept = self.rollup.cohorts(window) if self.rollup is not None else None
        if kept is not None:
            return kept
        assert window.start is not None
        query = figure_customers.cohort_counts(self.ctx, window.start, window.end)
        found: Counter[tuple[str, str]] = Counter()
        for _, first, later, count in self.unit.conn.execute(query):
            found[first, later] += int(count)
        return found

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
        since = None if spec.stock else periods.rolling_months(12, window.end).start
        return self._total("unpriced", Window(since, window.end), {}).rows > 0

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
        if self.rollup is not None:
            found = self.rollup.totals(Needs(frozenset({("worked", window)})))
            if found:
                return found["worked", window]
        return sum(worked_by_day(self.unit, self.ctx, window).values(), NOTHING)

    # Targets

    def targets(self) -> Mapping[str, Any]:
        """What figures are held against, by figure."""
        if "targets" not in self._kept:
            query = select(figure_target).where(figure_target.c.archived.is_(False))
            self._kept["targets"] = {r.figure: r for r in self.unit.conn.execute(query)}
        found: Mapping[str, Any] = self._kept["targets"]
        return found
