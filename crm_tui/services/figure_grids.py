"""Tables of figures: arrivals by weekday and hour, limits by clock and tier, cohorts (R-242, R-244)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from crm_tui.db.queries.figure_customers import cohort
from crm_tui.db.queries.figures import Context, Window, day_of
from crm_tui.domain import kpi, periods
from crm_tui.domain.errors import NotFound
from crm_tui.domain.kpi.spec import HUNDRED, Sums
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.periods import Period
from crm_tui.services.figure_labels import CLOCKS, WEEKDAYS
from crm_tui.services.figure_lists import Behind
from crm_tui.services.figure_reading import Reading
from crm_tui.services.figure_rollup import Needs
from crm_tui.services.figure_sums import MEASURES, NOTHING
from crm_tui.services.figures_dto import Grid, Part

TIERS: Final = ("A", "B", "C")
COHORT_MONTHS: Final = 12
"""How many months of first orders, and how many after them, the table of cohorts has."""
DAYS: Final = tuple(str(n) for n in range(7))
HOURS: Final = tuple(str(n) for n in range(24))
AWAY: Final = tuple(str(n) for n in range(COHORT_MONTHS))
FIGURE: Final = {
    "arrivals_by_hour": "arrivals",
    "compliance": "compliance",
    "cohorts": "repeat_purchase",
}
"""The figure whose rows a grid shows."""


@dataclass(frozen=True, slots=True)
class _Axes:
    rows: tuple[tuple[str, Msg | str], ...]
    columns: tuple[tuple[str, Msg | str], ...]
    yet_to_come: frozenset[tuple[str, str]] = frozenset()


def grid(reading: Reading, name: str, period: Period) -> Grid:
    """A table of one period."""
    make = {"arrivals_by_hour": _arrivals, "compliance": _compliance, "cohorts": _cohorts}[name]
    axes, cells, unit = make(reading, period)
    return Grid(
        id=name,
        title=Msg(kpi.GRIDS[name]),
        unit=unit,
        rows=axes.rows,
        columns=axes.columns,
        cells=cells,
        yet_to_come=axes.yet_to_come,
    )


def _arrivals(reading: Reading, period: Period) -> tuple[_Axes, dict[tuple[str, str], Part], str]:
    sums: dict[tuple[str, str], Sums] = {}
    for (day, hour), found in reading.cells("arrivals", period, "day", "hour").items():
        key = (str(day_of(int(day)).weekday()), hour)
        sums[key] = sums.get(key, NOTHING) + found
    rows = tuple(zip(DAYS, map(Msg, WEEKDAYS), strict=True))
    columns = tuple((h, h.zfill(2)) for h in HOURS)
    cells = {k: _count(k, s) for k, s in sums.items()}
    return _Axes(rows, columns), cells, "count"


def _count(key: tuple[str, str], sums: Sums) -> Part:
    return Part("/".join(key), "", Decimal(sums.rows), Decimal(sums.rows), None, sums.rows)


def _share(key: tuple[str, str], sums: Sums) -> Part:
    share = HUNDRED * sums.num / sums.den if sums.den else None
    return Part("/".join(key), "", share, Decimal(sums.num), Decimal(sums.den), sums.rows)


def _compliance(reading: Reading, period: Period) -> tuple[_Axes, dict[tuple[str, str], Part], str]:
    found = reading.cells("clocks", period, "clock", "tier")
    rows = tuple((c, Msg(name)) for c, name in CLOCKS.items() if any(k[0] == c for k in found))
    columns = tuple((t, msg("Tier {tier}", tier=t)) for t in TIERS)
    return _Axes(rows, columns), {k: _share(k, s) for k, s in found.items()}, "percent"


def with_tables(ctx: Context, needs: Needs, period: Period) -> Needs:
    """What the tables of a period ask for as well."""
    clamped = periods.clamped(period, ctx.today)
    if clamped is None:
        return needs
    months = _months(ctx, period)
    return Needs(
        needs.totals | {("clocks", Window(clamped.start, clamped.end))},
        Window(months[0].start, clamped.end),
    )


def _months(ctx: Context, period: Period) -> list[Period]:
    end = min(period.end, ctx.today)
    return list(periods.series(periods.around("month", end), COHORT_MONTHS))


def _cohorts(reading: Reading, period: Period) -> tuple[_Axes, dict[tuple[str, str], Part], str]:
    """Of the customers that first ordered in a month, how many ordered so many months later.

    That none did is 0 % once the month has begun; a month to come has no rate.
    """
    clamped = reading.clamped(period)
    months = _months(reading.ctx, period) if clamped is not None else []
    rows = tuple((f"{m.start:%Y-%m}", f"{m.start:%Y-%m}") for m in months)
    columns = tuple((n, f"+{n}") for n in AWAY)
    counts = reading.cohorts(months, min(period.end, reading.ctx.today)) if months else {}
    cells: dict[tuple[str, str], Part] = {}
    yet: set[tuple[str, str]] = set()
    for place, (first, _) in enumerate(rows):
        size = counts.get((first, 0), 0)
        for away in range(COHORT_MONTHS):
            key = (first, str(away))
            if place + away >= len(rows):
                yet.add(key)
            elif size:
                number = counts.get((first, away), 0)
                cells[key] = _share(key, Sums(number, size, number))
    return _Axes(rows, columns, frozenset(yet)), cells, "percent"


def cell(reading: Reading, name: str, period: Period, key: tuple[str, str]) -> Behind:
    """The rows behind one cell."""
    row, column = key
    clamped = reading.clamped(period)
    window = None if clamped is None else Window(clamped.start, clamped.end)
    if name == "arrivals_by_hour" and row in DAYS and column in HOURS:
        return Behind(MEASURES["arrivals"], window, {"weekday": row, "hour": column})
    if name == "compliance" and row in CLOCKS and column in TIERS:
        return Behind(MEASURES["clocks"], window, {"clock": row, "tier": column})
    months = {f"{m.start:%Y-%m}": m for m in _months(reading.ctx, period)}
    if name == "cohorts" and row in months and column in AWAY:
        return Behind(cohort(months[row], int(column)), window, {})
    raise NotFound(
        msg("The table has no cell {row}, {column}", row=row[:20], column=column[:20]), field="cell"
    )
