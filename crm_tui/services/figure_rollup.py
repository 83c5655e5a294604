"""Sums kept by day and by range of customers, so that a panel need not read every row (design.md 5).

Days of rows are rolled up once they lie behind; what hangs on the present moment is always read from
the rows. Customers in a window are kept by ranges of their ids, so that an order makes only one range
stale. Triggers mark what changed (`db.figure_marks`); whoever reads next renews it where they may
write, and reads the rows where they may not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import InternalError, OperationalError

from crm_tui.db.queries.figure_customers import bucket_bounds, bucket_of, cohort_counts
from crm_tui.db.queries.figures import Context, Query, Window, day_of, number_of
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.figures import figure_day, figure_dirty, figure_rolled, figure_window
from crm_tui.db.schema.log import chain_head
from crm_tui.domain import periods
from crm_tui.domain.kpi.spec import Spec, Sums
from crm_tui.domain.periods import Period
from crm_tui.services.core import Core
from crm_tui.services.figure_pass import PASSED, customer_sums
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

VERSION: Final = 1
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
MANY_DAYS: Final = 60
"""Stale days above which a measure is rolled up anew as a whole."""
MANY_BUCKETS: Final = 40
MOST_WINDOWS: Final = 400_000
"""Kept rows of windows above which all are forgotten."""
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
        for period in (periods.previous(line[0]), *line):
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


# Renewing


def forget(unit: Unit) -> None:
    """Take away all that is kept."""
    for table in (figure_day, figure_window, figure_rolled, figure_dirty):
        unit.conn.execute(delete(table))


def refresh(core: Core, ctx: Context, needs: Needs) -> None:
    """Renew what is stale of what is needed, in a transaction of its own, where one may write.

    Nobody is told: sums are no news, and a screen that reads them must not wake the others.
    """
    if core.joins():
        return
    with core.read() as unit:
        if not _wants(unit, ctx, needs):
            return
    with suppress(OperationalError, InternalError), core.engine.connect() as raw:
        conn = raw.execution_options(sqlite_begin="IMMEDIATE")
        with conn.begin():
            if conn.dialect.name == "postgresql":
                # Writers take turns: no mark may be set between reading and taking it away.
                conn.execute(select(chain_head.c.seq).where(chain_head.c.id == 1).with_for_update())
            _Renewal(Unit(core, conn, None, ctx.now), ctx).run(needs)


def _wants(unit: Unit, ctx: Context, needs: Needs) -> bool:
    state = State.read(unit, ctx)
    for measure in needs.days():
        if state.stale(measure) or state.until[measure] < settled(ctx, measure):
            return True
    windows = needs.windows()
    if not windows:
        return False
    return bool(state.buckets) or any(_missing(unit.conn, state, ctx, w) for w in windows)


def _missing(conn: Connection, state: State, ctx: Context, asked: Asked) -> set[int]:
    """Ranges of customers of which nothing is kept for a window."""
    query = select(figure_window.c.bucket).where(
        figure_window.c.measure == asked[0],
        figure_window.c.span == span(ctx, *asked),
        figure_window.c.dim == "",
    )
    return set(range(state.highest + 1)) - set(conn.execute(query).scalars())


class _Renewal:
    """One transaction that brings what is kept up to date."""

    def __init__(self, unit: Unit, ctx: Context) -> None:
        self.unit, self.ctx, self.conn = unit, ctx, unit.conn
        self.state = State.read(unit, ctx)

    def run(self, needs: Needs) -> None:
        """All that is needed, and all that shares a mark with it."""
        wanted_days = needs.days()
        for source in {source_of(m) for m in wanted_days}:
            kept = {m for m in self.state.until if source_of(m) == source}
            for measure in kept | {m for m in wanted_days if source_of(m) == source}:
                self._days(measure)
            self.conn.execute(delete(figure_dirty).where(figure_dirty.c.source == source))
        if windows := needs.windows():
            self._forget()
            self._windows(windows)

    # Days

    def _days(self, measure: str) -> None:
        until = settled(self.ctx, measure)
        known = self.state.until.get(measure)
        stale = {d for d in self.state.days.get(source_of(measure), ()) if known and d < known}
        if known is None or known > until or len(stale) > MANY_DAYS:
            self.conn.execute(delete(figure_day).where(figure_day.c.measure == measure))
            self._roll(measure, None, until - 1)
        else:
            for first, last in _stretches(stale):
                self._roll(measure, first, last)
            if known < until:
                self._roll(measure, known, until - 1)
        self.conn.execute(delete(figure_rolled).where(figure_rolled.c.name == measure))
        values = {
            "name": measure,
            "stamp": stamp(self.unit, self.ctx, measure),
            "until": until,
        }
        self.conn.execute(insert(figure_rolled).values(values))

    def _roll(self, measure: str, first: int | None, last: int) -> None:
        """Sums of some days, in place of what is kept of them."""
        if first is not None:
            some = (figure_day.c.measure == measure, figure_day.c.day.between(first, last))
            self.conn.execute(delete(figure_day).where(*some))
        window = Window(None if first is None else day_of(first), day_of(last))
        rows = [
            {"measure": measure, "dim": dim, "day": day, "key": key, **_columns(sums)}
            for dim, day, key, sums in self._rolled(measure, window)
        ]
        if rows:
            self.conn.execute(insert(figure_day), rows)

    def _rolled(self, measure: str, window: Window) -> Iterator[tuple[str, int, str, Sums]]:
        if measure == "worked":
            for day, sums in worked_by_day(self.unit, self.ctx, window).items():
                yield "", day, "", sums
            return
        names = SPLIT_BY_DAY.get(measure, ())
        whole: dict[int, Sums] = {}
        split = direct_split(self.unit, self.ctx, MEASURES[measure], window, ("day", *names))
        for place, sums in split.items():
            day = int(place[0] if names else place)
            whole[day] = whole.get(day, NOTHING) + sums
            if names:
                yield BETWEEN.join(names), day, BETWEEN.join(place[1:]), sums
        for day, sums in whole.items():
            yield "", day, "", sums

    # Customers

    def _forget(self) -> None:
        """Take away what is stale; other windows find it missing when they are asked for."""
        if self.state.buckets:
            stale = figure_window.c.bucket.in_(self.state.buckets)
            self.conn.execute(delete(figure_window).where(stale))
            self.conn.execute(delete(figure_dirty).where(figure_dirty.c.source == "customer"))
        many = select(func.count()).select_from(figure_window)
        if self.conn.execute(many).scalar_one() > MOST_WINDOWS:
            self.conn.execute(delete(figure_window))

    def _windows(self, windows: set[Asked]) -> None:
        """Reckon what is missing: the figures of orders in one pass, the others by their queries."""
        # Of some measures all windows are the same.
        distinct = {(w[0], span(self.ctx, *w)): w for w in windows}.values()
        missing = {w: _missing(self.conn, self.state, self.ctx, w) for w in distinct}
        missing = {w: buckets for w, buckets in missing.items() if buckets}
        for asked, buckets in missing.items():
            if asked[0] not in PASSED:
                rows = (r for ctx in self._ranges(buckets) for r in self._sums(ctx, *asked))
                self._keep(asked, buckets, rows)
        passed = {w: buckets for w, buckets in missing.items() if w[0] in PASSED}
        found: dict[Asked, list[tuple[int, str, str, Sums]]] = {w: [] for w in passed}
        for ctx in self._ranges(set().union(*passed.values())):
            for place, sums in customer_sums(self.unit, ctx, passed).items():
                asked, bucket, dim, key = place
                found[asked].append((bucket, dim, key, sums))
        for asked, buckets in passed.items():
            self._keep(asked, buckets, found[asked])

    def _ranges(self, buckets: set[int]) -> Iterator[Context]:
        """Customers to look at: range by range where there are few, all at once where many."""
        if len(buckets) > MANY_BUCKETS or len(buckets) > self.state.highest:
            yield self.ctx
            return
        for bucket in sorted(buckets):
            yield replace(self.ctx, customers=bucket_bounds(bucket))

    def _keep(
        self, asked: Asked, buckets: set[int], rows: Iterable[tuple[int, str, str, Sums]]
    ) -> None:
        """Write the sums of some ranges; each has a whole, so that one sees that it is kept."""
        measure, window = asked
        found: dict[tuple[int, str, str], Sums] = dict.fromkeys(
            ((b, "", "") for b in buckets), NOTHING
        )
        for bucket, dim, key, sums in rows:
            if bucket in buckets:
                place = (bucket, dim, key)
                found[place] = found.get(place, NOTHING) + sums
        name = span(self.ctx, measure, window)
        self.conn.execute(
            insert(figure_window),
            [
                {
                    "measure": measure,
                    "span": name,
                    "dim": dim,
                    "bucket": bucket,
                    "key": key,
                    **_columns(sums),
                }
                for (bucket, dim, key), sums in found.items()
            ],
        )

    def _sums(
        self, ctx: Context, measure: str, window: Window
    ) -> Iterator[tuple[int, str, str, Sums]]:
        """By range of customers: the whole, and by the dimension that is kept."""
        if measure == COHORTS:
            assert window.start is not None
            for bucket, first, later, number in self.conn.execute(
                cohort_counts(ctx, window.start, window.end)
            ):
                yield bucket, "months", f"{first}{BETWEEN}{later}", Sums(0, 0, int(number))
            return
        name = SPLIT_BY_CUSTOMER.get(measure)
        query = Query(MEASURES[measure], ctx, window)
        for row in self.conn.execute(
            query.sums_by(bucket_of(query.rows.id), *([name] if name else []))
        ):
            yield int(row.bucket), "", "", sums_of(row)
            if name:
                yield int(row.bucket), name, row.k0, sums_of(row)


def _columns(sums: Sums) -> dict[str, int]:
    return {"num": sums.num, "den": sums.den, "n": sums.rows}


def _stretches(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Days that follow each other, as first and last."""
    first = last = None
    for day in sorted(days):
        if last is not None and day == last + 1:
            last = day
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = day
    if first is not None and last is not None:
        yield first, last
