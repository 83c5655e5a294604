"""The rows behind a figure, a part of it or a cell, in windows (R-250)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, func, select, tuple_

from crm_tui.db.queries.figures import Measure, Query, Window, day_of
from crm_tui.domain import periods
from crm_tui.domain.errors import NotFound
from crm_tui.domain.kpi.spec import Spec
from crm_tui.domain.msg import msg
from crm_tui.domain.periods import Period
from crm_tui.services import figure_cells, figure_steps
from crm_tui.services.figure_reading import Reading
from crm_tui.services.figure_sums import MEASURES
from crm_tui.services.figures_dto import Figure, FigureRow, FigureRows

LINE: Final = 24
"""How many periods back a part of a breakdown by period may lie."""
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """Which rows: of a measure, in a window, of one value of each given dimension."""

    measure: Measure
    window: Window | None
    where: Mapping[str, str]
    only: Mapping[int, int] | None = None
    """Numerators by id, where the rows are chosen by their history."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of the list."""

    limit: int
    after: Key | None = None
    before: Key | None = None
    last: bool = False

    @property
    def upwards(self) -> bool:
        """Whether it is read from its end."""
        return self.last or self.before is not None


def behind(
    reading: Reading, spec: Spec, period: Period, dimension: str | None, key: str | None
) -> Behind:
    """The rows of a figure, or of one part of its breakdown."""
    if dimension == "period":
        line = {p.start.isoformat(): p for p in periods.series(period, LINE)}
        if key not in line:
            raise NotFound(msg("There is no period that begins on {day}", day=str(key)[:20]))
        period, dimension = line[key], None
    window = reading.window(spec, period)
    measure = MEASURES[spec.measure]
    if dimension == "step" and window is not None:
        found = figure_steps.ended(reading.unit, reading.ctx, window)
        spent = figure_steps.dwell(reading.unit, found)
        return Behind(measure, window, {}, {t: s[key] for t, s in spent if key and key in s})
    return Behind(measure, window, {dimension: key or ""} if dimension else {})


def page(reading: Reading, figure: Figure, spec: Spec, chosen: Behind, place: Place) -> FigureRows:
    """A window of the rows with what a list shows of each."""
    if chosen.window is None:
        return FigureRows(figure, 0, ())
    query = Query(chosen.measure, reading.ctx, chosen.window)
    listed = query.listed(chosen.where, ranked=spec.ranked)
    conn = reading.unit.conn
    if chosen.only is not None:
        rows = [r for r in conn.execute(_in_order(listed, place)) if r.id in chosen.only]
        count = len(rows)
        rows = [r for r in rows if _beyond(r, place)][: place.limit + 1]
    else:
        inner = listed.subquery("listed")
        count = int(conn.execute(select(func.count()).select_from(inner)).scalar_one())
        rows = list(conn.execute(_window(inner, place)))
    more, rows = len(rows) > place.limit, rows[: place.limit]
    rows = rows[::-1] if place.upwards else rows
    made = _rows(reading, spec, chosen, rows)
    behind_it = place.after is not None or place.before is not None
    if place.upwards:
        return FigureRows(figure, count, made, more, place.before is not None)
    return FigureRows(figure, count, made, behind_it, more)


def _in_order(listed: Select[Any], place: Place) -> Select[Any]:
    inner = listed.subquery("listed")
    order = (inner.c.place, inner.c.id)
    return select(inner).order_by(*(c.asc() if place.upwards else c.desc() for c in order))


def _beyond(row: Any, place: Place) -> bool:
    key = (row.place, row.id)
    if place.after is not None:
        return key < tuple(place.after)
    return place.before is None or key > tuple(place.before)


def _window(inner: Any, place: Place) -> Select[Any]:
    order = (inner.c.place, inner.c.id)
    query = select(inner).limit(place.limit + 1)
    if place.after is not None:
        query = query.where(tuple_(*order) < tuple_(*place.after, types=[c.type for c in order]))
    if place.before is not None:
        query = query.where(tuple_(*order) > tuple_(*place.before, types=[c.type for c in order]))
    return query.order_by(*(c.asc() if place.upwards else c.desc() for c in order))


def _rows(
    reading: Reading, spec: Spec, chosen: Behind, rows: Sequence[Any]
) -> tuple[FigureRow, ...]:
    kinds = chosen.measure.kinds
    keyed = [(kinds[r.id % len(kinds)], r.id // len(kinds), r) for r in rows]
    cells = figure_cells.of(reading.unit, [(kind, row_id) for kind, row_id, _ in keyed])
    made = []
    for kind, row_id, row in keyed:
        num = row.num if chosen.only is None else chosen.only[row.id]
        shown = row.den - num if spec.complement else num
        subject_kind, subject_id = figure_cells.subject(kind, row_id, cells[kind, row_id])
        made.append(
            FigureRow(
                kind=kind,
                id=row_id,
                subject_kind=subject_kind,
                subject_id=subject_id,
                day=day_of(int(row.day)),
                numerator=Decimal(shown) * spec.scale,
                denominator=Decimal(row.den) if spec.ratio and not spec.over else None,
                cells=cells[kind, row_id],
                key=(row.place, row.id),
            )
        )
    return tuple(made)
