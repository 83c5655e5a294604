"""Sums kept by day and by range of customers, so that a panel need not read every row (design.md 5).

Days of rows are rolled up once they lie behind; what hangs on the present moment is always read from
the rows. Customers in a window are kept by ranges of their ids, so that an order makes only one range
stale. Triggers mark what changed (`db.figure_marks`); whoever reads next renews it where they may
write, and reads the rows where they may not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, select

from crm_tui.db.queries.figures import Context, Window, day_of, number_of
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.figures import figure_day, figure_dirty, figure_rolled, figure_window
from crm_tui.domain import periods
from crm_tui.domain.kpi.spec import Spec, Sums
from crm_tui.domain.periods import Period
from crm_tui.services.figure_sums import (
    MEASURES,
    NOTHING,
    desk_calendar,
    direct_split,
    direct_total,
    sums_of,
    worked_by_day,
)
from crm_tui.services.unit import Unit

VERSION: Final = 3
"""Of the measures' definitions; a newer one makes all that is kept stale."""
SPLIT_BY_DAY: Final[Mapping[str, tuple[str, ...]]] = {
    "arrivals": ("hour",),
    "clocks": ("clock", "tier"),
}
"""Dimensions that are kept beside the whole, for the tables of the panel."""
SPLIT_BY_CUSTOMER: Final[Mapping[str, str]] = {
    "retention": "segment",
    "margin": "segment",
    "customers": "tier",
}
OF_MOMENTS: Final = frozenset({"ticket", "clock", "answer"})
"""Sources whose marks are days in UTC; those of the others are dates."""
OPEN_ENDED: Final = frozenset({"conversion", "referrals"})
"""Measures of customers whose outcome may come after the window."""
COHORTS: Final = "cohorts"
BETWEEN: Final = "|"
Asked = tuple[str, Window]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a reading will ask for: measures with their windows."""

    totals: frozenset[Asked] = frozenset()
    cohorts: Window | None = None

    def days(self) -> set[str]:
        """Measures that are kept by day."""
        found = {m for m, _ in self.totals if m not in MEASURES or MEASURES[m].day_sums()}
        if "backlog" in found:
            found = (found - {"backlog"}) | {"arrivals", "ended"}
        return found

    def windows(self) -> set[Asked]:
        """Measures of customers with their windows."""
        found = {(m, w) for m, w in self.totals if m in MEASURES and MEASURES[m].by_customer}
        if self.cohorts is not None:
            found.add((COHORTS, self.cohorts))
        return found


def wanted(ctx: Context, specs: Iterable[Spec], line: Sequence[Period]) -> Needs:
    """What figures of some periods ask for."""
    totals: set[Asked] = set()
    for spec in specs:
        for period in (*(periods.compared(p, ctx.today) for p in line), *line):
            clamped = periods.clamped(period, ctx.today)
            if clamped is None:
                continue
            window = Window(None if spec.stock else clamped.start, clamped.end)
            year = Window(periods.rolling_months(12, clamped.end).start, clamped.end)
            if spec.id == "clv_projected":
                totals |= {("margin", year), ("retention", year)}
            else:
                totals.add((spec.measure, window))
            if spec.over:
                totals.add((spec.over, window))
            if spec.measure in ("clv", "margin"):
                totals.add(("unpriced", window if spec.stock else year))
        if "business" in spec.beside and (last := periods.clamped(line[-1], ctx.today)):
            totals.add(("worked", Window(last.start, last.end)))
    return Needs(frozenset(totals))


def source_of(measure: str) -> str:
    """Whose changes make a measure stale."""
    return "ticket" if measure == "worked" else MEASURES[measure].source


def settled(ctx: Context, measure: str) -> int:
    """The first day that still hangs on the present moment."""
    return number_of(ctx.today) - (MEASURES[measure].settle if measure in MEASURES else 0)


def stamp(unit: Unit, ctx: Context, measure: str) -> str:
    """What the sums of days hang on beside the rows."""
    calendar = ""
    if measure == "worked":
        made = desk_calendar(unit)
        calendar = f"{made.name} {made.version}"
    return f"{VERSION} {ctx.zone} {calendar}"


def span(ctx: Context, measure: str, window: Window) -> str:
    """The name of a window with what its sums hang on beside the rows."""
    start = "" if window.start is None else str(window.start)
    if measure == "customers":
        return f"{VERSION}"
    end, zone = f"{window.end}", ""
    if measure in OPEN_ENDED:
        end, zone = f"{end} {ctx.today}", ctx.zone
    return f"{VERSION} {start} {end} {ctx.margin} {zone}"[:60]


@dataclass(slots=True)
class State:
    """What is kept and what of it is stale."""

    until: dict[str, int] = field(default_factory=dict)
    """By measure the first day that is not rolled up; only those whose stamp still holds."""
    days: dict[str, set[int]] = field(default_factory=dict)
    """Stale local days by source."""
    buckets: set[int] = field(default_factory=set)
    """Stale ranges of customers."""
    highest: int = 0
    """The last range there is."""

    @classmethod
    def read(cls, unit: Unit, ctx: Context) -> "State":
        """Three small statements."""
        found = cls()
        stamps: dict[str, str] = {}
        for row in unit.conn.execute(select(figure_rolled)):
            known = stamps.setdefault(row.name, stamp(unit, ctx, row.name))
            if known == row.stamp:
                found.until[row.name] = row.until
        for row in unit.conn.execute(select(figure_dirty)):
            if row.source == "customer":
                found.buckets.add(row.place)
            else:
                # The mark is of a day in UTC, or of a date: the local day lies beside it at most.
                found.days.setdefault(row.source, set()).update(range(row.place - 1, row.place + 2))
        highest = unit.conn.execute(select(func.max(customer.c.id))).scalar_one_or_none()
        found.highest = int(highest or 0) >> 9
        return found

    def stale(self, measure: str) -> bool:
        """Whether days of a measure must be rolled up before they can be used."""
        if measure not in self.until:
            return True
        return any(d < self.until[measure] for d in self.days.get(source_of(measure), ()))


class Rolled:
    """What is kept, for one reading of the present."""

    def __init__(self, unit: Unit, ctx: Context) -> None:
        self._unit, self._ctx = unit, ctx
        self._state: State | None = None

    @property
    def state(self) -> State:
        """Read once."""
        if self._state is None:
            self._state = State.read(self._unit, self._ctx)
        return self._state

    def totals(self, needs: Needs) -> dict[Asked, Sums]:
        """Sums of what is kept; what is stale or was never rolled up is left out."""
        by_day: dict[Window, set[str]] = {}
        found: dict[Asked, Sums] = {}
        for measure, window in needs.totals:
            for name in ("arrivals", "ended") if measure == "backlog" else (measure,):
                if name not in MEASURES or MEASURES[name].day_sums():
                    by_day.setdefault(window, set()).add(name)
        usable = {m for names in by_day.values() for m in names if not self.state.stale(m)}
        for window, names in by_day.items():
            for name, sums in self._of_days(window, names & usable).items():
                found[name, window] = sums
        found |= self._of_windows(needs.windows())
        for measure, window in needs.totals:
            if (
                measure == "backlog"
                and ("arrivals", window) in found
                and ("ended", window) in found
            ):
                left = found["arrivals", window].rows - found["ended", window].rows
                found[measure, window] = Sums(left, left, left)
        return found

    def _of_days(self, window: Window, names: set[str]) -> dict[str, Sums]:
        found: dict[str, Sums] = {}
        for until in {self.state.until[n] for n in names}:
            some = sorted(n for n in names if self.state.until[n] == until)
            query = (
                select(
                    figure_day.c.measure,
                    func.sum(figure_day.c.num).label("num"),
                    func.sum(figure_day.c.den).label("den"),
                    func.sum(figure_day.c.n).label("n"),
                )
                .where(figure_day.c.measure.in_(some), figure_day.c.dim == "", *_days(window))
                .group_by(figure_day.c.measure)
            )
            kept = {r.measure: sums_of(r) for r in self._unit.conn.execute(query)}
            fresh = _rest(window, until)
            for name in some:
                found[name] = kept.get(name, NOTHING)
                if fresh is not None:
                    found[name] += self._direct(name, fresh)
        return found

    def _direct(self, name: str, window: Window) -> Sums:
        if name == "worked":
            return sum(worked_by_day(self._unit, self._ctx, window).values(), NOTHING)
        return direct_total(self._unit, self._ctx, MEASURES[name], window)

    def _of_windows(self, asked: set[Asked]) -> dict[Asked, Sums]:
        names = {(m, span(self._ctx, m, w)): (m, w) for m, w in asked if m != COHORTS}
        if not names:
            return {}
        whole = self.state.highest + 1
        query = (
            select(
                figure_window.c.measure,
                figure_window.c.span,
                func.sum(figure_window.c.num).label("num"),
                func.sum(figure_window.c.den).label("den"),
                func.sum(figure_window.c.n).label("n"),
                func.count().label("buckets"),
            )
            .where(
                figure_window.c.measure.in_({m for m, _ in names}),
                figure_window.c.span.in_({s for _, s in names}),
                figure_window.c.dim == "",
                figure_window.c.bucket.not_in(self.state.buckets),
            )
            .group_by(figure_window.c.measure, figure_window.c.span)
        )
        found: dict[Asked, Sums] = {}
        sums = {
            (r.measure, r.span): sums_of(r)
            for r in self._unit.conn.execute(query)
            if r.buckets == whole
        }
        for asked_for in asked:
            key = (asked_for[0], span(self._ctx, *asked_for))
            if key in sums:
                found[asked_for] = sums[key]
        return found

    def split(self, measure: str, window: Window, names: tuple[str, ...]) -> dict[Any, Sums] | None:
        """Sums by the dimensions of a table of the panel; None where they are not kept."""
        if names in (("day", "hour"), ("clock", "tier")) and measure in SPLIT_BY_DAY:
            return self._split_days(measure, window, names)
        if names == (SPLIT_BY_CUSTOMER.get(measure),) and self._complete(measure, window):
            return self._split_window(measure, window, names[0])
        return None

    def _split_days(
        self, measure: str, window: Window, names: tuple[str, ...]
    ) -> dict[Any, Sums] | None:
        if self.state.stale(measure):
            return None
        by_day = "day" in names
        key: list[Any] = [figure_day.c.day] if by_day else []
        query = (
            select(
                *key,
                figure_day.c.key,
                func.sum(figure_day.c.num).label("num"),
                func.sum(figure_day.c.den).label("den"),
                func.sum(figure_day.c.n).label("n"),
            )
            .where(
                figure_day.c.measure == measure,
                figure_day.c.dim == BETWEEN.join(SPLIT_BY_DAY[measure]),
                *_days(window),
            )
            .group_by(*key, figure_day.c.key)
        )
        found: dict[Any, Sums] = {}
        for row in self._unit.conn.execute(query):
            place = (str(row.day), row.key) if by_day else tuple(row.key.split(BETWEEN))
            found[place] = sums_of(row)
        rest = _rest(window, self.state.until[measure])
        if rest is not None:
            more = direct_split(self._unit, self._ctx, MEASURES[measure], rest, names)
            for place, sums in more.items():
                found[place] = found.get(place, NOTHING) + sums
        return found

    def _complete(self, measure: str, window: Window) -> bool:
        return bool(self._of_windows({(measure, window)})) and not self.state.buckets

    def _split_window(self, measure: str, window: Window, name: str) -> dict[Any, Sums]:
        query = (
            select(
                figure_window.c.key,
                func.sum(figure_window.c.num).label("num"),
                func.sum(figure_window.c.den).label("den"),
                func.sum(figure_window.c.n).label("n"),
            )
            .where(
                figure_window.c.measure == measure,
                figure_window.c.span == span(self._ctx, measure, window),
                figure_window.c.dim == name,
            )
            .group_by(figure_window.c.key)
        )
        return {r.key: sums_of(r) for r in self._unit.conn.execute(query)}

    def cohorts(self, window: Window) -> dict[tuple[str, str], int] | None:
        """Customers by the months of their first and later orders; None where they are not kept."""
        name = span(self._ctx, COHORTS, window)
        query = (
            select(
                figure_window.c.dim, figure_window.c.key, func.sum(figure_window.c.n), func.count()
            )
            .where(figure_window.c.measure == COHORTS, figure_window.c.span == name)
            .group_by(figure_window.c.dim, figure_window.c.key)
        )
        found: dict[tuple[str, str], int] = {}
        buckets = 0
        for dim, key, number, count in self._unit.conn.execute(query):
            if dim == "":
                buckets = count
            else:
                first, later = key.split(BETWEEN)
                found[first, later] = int(number)
        complete = buckets == self.state.highest + 1 and not self.state.buckets
        return found if complete else None


def _days(window: Window) -> list[Any]:
    found: list[Any] = [figure_day.c.day <= number_of(window.end)]
    if window.start is not None:
        found.append(figure_day.c.day >= number_of(window.start))
    return found


def _rest(window: Window, until: int) -> Window | None:
    """The days of a window that are not rolled up."""
    if number_of(window.end) < until:
        return None
    first = day_of(until)
    return Window(first if window.start is None else max(first, window.start), window.end)
