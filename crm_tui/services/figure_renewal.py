"""Bringing kept sums up to date: what is stale and what was never kept (design.md 5)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import InternalError, OperationalError

from crm_tui.db.queries.figure_customers import bucket_bounds, bucket_of, cohort_counts
from crm_tui.db.queries.figures import Context, Query, Window, day_of
from crm_tui.db.schema.figures import figure_day, figure_dirty, figure_rolled, figure_window
from crm_tui.db.schema.log import chain_head
from crm_tui.domain.kpi.spec import Sums
from crm_tui.services.core import Core
from crm_tui.services.figure_pass import PASSED, customer_sums
from crm_tui.services.figure_rollup import (
    BETWEEN,
    COHORTS,
    SPLIT_BY_CUSTOMER,
    SPLIT_BY_DAY,
    Asked,
    Needs,
    State,
    settled,
    source_of,
    span,
    stamp,
)
from crm_tui.services.figure_sums import MEASURES, NOTHING, direct_split, sums_of, worked_by_day
from crm_tui.services.unit import Unit

MANY_DAYS: Final = 60
"""Stale days above which a measure is rolled up anew as a whole."""
MANY_BUCKETS: Final = 40
STRETCHES, STRETCH_DAYS = 36, 30
"""In so many short transactions the days of a measure are rolled up, all before them in one."""
MOST_WINDOWS: Final = 400_000
"""Kept rows of windows above which all are forgotten."""


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
    _work(core, ctx, lambda renewal: renewal.run(needs))


def pieces(core: Core, ctx: Context, needs: Sequence[Needs]) -> Iterator[Callable[[], None]]:
    """The same of many needs in short transactions, each of which may be the last for today.

    What one finds missing is looked for when its turn comes; where nothing is, nothing is written.
    """
    days = sorted(set().union(*(each.days() for each in needs)))
    windows = set().union(*(each.windows() for each in needs))

    def catch_up(source: str) -> None:
        with core.read() as unit:
            state = State.read(unit, ctx)
        if source in state.days:
            _work(core, ctx, lambda renewal: renewal.catch_up(source))

    def roll_up(measure: str) -> None:
        with core.read() as unit:
            until = State.read(unit, ctx).until.get(measure)
        if until is None or until < settled(ctx, measure):
            _work(core, ctx, lambda renewal: renewal.roll_up(measure))

    def fill(bucket: int) -> None:
        with core.read() as unit:
            state = State.read(unit, ctx)
            # Whoever fills one of them forgets all that are stale.
            stale.update(state.buckets)
            asked = windows if bucket in stale else incomplete
            wants = any(bucket in _missing(unit.conn, state, ctx, each) for each in asked)
        if wants or bucket in state.buckets:
            _work(core, ctx, lambda renewal: renewal.fill(asked, range(bucket, bucket + 1)))

    for source in sorted({source_of(measure) for measure in days}):
        yield partial(catch_up, source)
    for measure in days:
        for _ in range(1 + STRETCHES):
            yield partial(roll_up, measure)
    with core.read() as unit:
        highest = State.read(unit, ctx).highest
        whole = _whole(unit.conn, highest)
    incomplete = {w for w in windows if (w[0], span(ctx, *w)) not in whole}
    stale: set[int] = set()
    for bucket in range(highest + 1):
        yield partial(fill, bucket)
    yield partial(_tidy, core, ctx, windows)


def _whole(conn: Connection, highest: int) -> set[tuple[str, str]]:
    """Measures and windows that are kept of all ranges of customers."""
    name = figure_window.c.measure, figure_window.c.span
    query = select(*name).where(figure_window.c.dim == "").group_by(*name)
    found = conn.execute(query.having(func.count() > highest))
    return {(row.measure, row.span) for row in found}


def _tidy(core: Core, ctx: Context, windows: set[Asked]) -> None:
    """Forget windows that nobody asks for any more, before there are so many that all are forgotten."""
    many = select(func.count()).select_from(figure_window)
    with core.read() as unit:
        if unit.conn.execute(many).scalar_one() > MOST_WINDOWS // 2:
            _work(core, ctx, lambda renewal: renewal.keep_only(windows))


def _work(core: Core, ctx: Context, work: "Callable[[_Renewal], None]") -> None:
    """One transaction in which nobody else writes; where one may not write, none."""
    with suppress(OperationalError, InternalError), core.engine.connect() as raw:
        conn = raw.execution_options(sqlite_begin="IMMEDIATE")
        with conn.begin():
            if conn.dialect.name == "postgresql":
                # Writers take turns: no mark may be set between reading and taking it away.
                conn.execute(select(chain_head.c.seq).where(chain_head.c.id == 1).with_for_update())
            work(_Renewal(Unit(core, conn, None, ctx.now), ctx))


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

    def catch_up(self, source: str) -> None:
        """Roll up what is stale of a source; where that is much, forget it to be rolled up in pieces."""
        kept = {m for m in self.state.until if source_of(m) == source}
        if len(self.state.days[source]) > MANY_DAYS:
            self.conn.execute(delete(figure_rolled).where(figure_rolled.c.name.in_(kept)))
        else:
            for measure in kept:
                self._days(measure)
        self.conn.execute(delete(figure_dirty).where(figure_dirty.c.source == source))

    def roll_up(self, measure: str) -> None:
        """A stretch of the days of one measure that are not kept yet, the oldest in one."""
        until, known = settled(self.ctx, measure), self.state.until.get(measure)
        if known is None or known > until:
            self.conn.execute(delete(figure_day).where(figure_day.c.measure == measure))
            upto = until - STRETCHES * STRETCH_DAYS
            self._roll(measure, None, upto - 1)
        else:
            upto = min(known + STRETCH_DAYS, until)
            self._roll(measure, known, upto - 1)
        self._rolled_until(measure, upto)

    def fill(self, windows: set[Asked], within: range) -> None:
        """What is stale or missing of some ranges of customers."""
        self._forget()
        self._windows(windows, within)

    def keep_only(self, windows: set[Asked]) -> None:
        """Forget all other windows."""
        wanted = {(measure, span(self.ctx, measure, window)) for measure, window in windows}
        name = figure_window.c.measure, figure_window.c.span
        for measure, its in self.conn.execute(select(*name).distinct()).all():
            if (measure, its) not in wanted:
                here = (figure_window.c.measure == measure) & (figure_window.c.span == its)
                self.conn.execute(delete(figure_window).where(here))

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
        self._rolled_until(measure, until)

    def _rolled_until(self, measure: str, until: int) -> None:
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

    def _windows(self, windows: set[Asked], within: range | None = None) -> None:
        """Reckon what is missing: the figures of orders in one pass, the others by their queries."""
        # Of some measures all windows are the same.
        distinct = {(w[0], span(self.ctx, *w)): w for w in windows}.values()
        missing = {w: _missing(self.conn, self.state, self.ctx, w) for w in distinct}
        if within is not None:
            missing = {w: buckets & set(within) for w, buckets in missing.items()}
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
