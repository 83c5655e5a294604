"""Figures: their values, what they are made of, and what they are held against (R-232 to R-252)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from crm_tui.db.queries.figures import Context
from crm_tui.db.schema.figures import figure_target
from crm_tui.domain import kpi, periods
from crm_tui.domain.errors import NotFound, PermissionDenied, ValidationError
from crm_tui.domain.kpi.spec import Spec, Sums, numerator, small
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.periods import Period
from crm_tui.services import figure_grids, figure_lists
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.figure_labels import labels
from crm_tui.services.figure_reading import Reading, context
from crm_tui.services.figure_renewal import forget, refresh
from crm_tui.services.figure_rollup import wanted
from crm_tui.services.figures_dto import Breakdown, Figure, FigureRows, Grid, Panel, Part
from crm_tui.services.permissions import has_role, need_role
from crm_tui.services.unit import Unit

SPARK: Final = 12
"""How many periods the line of a tile has."""
PERSONAL: Final = "person"
"""The dimension that only managers see."""
Moment = datetime | date | None


class FigureService:
    """Reading figures, and setting their targets."""

    def __init__(self, core: Core) -> None:
        self._core = core

    # Reading

    def panel(self, period: Period, *, actor: Actor, as_of: Moment = None) -> Panel:
        """Every figure the actor may see and the tables beside them, of one period."""
        specs = self.definitions(actor=actor)
        self._renew(specs, periods.series(period, SPARK), as_of, tables=True)
        with self._core.read(actor) as unit:
            reading = Reading(unit, as_of)
            reading.prepare(specs, periods.series(period, SPARK))
            figures = tuple(self._figure(unit, reading, s, period, spark=True) for s in specs)
            grids = tuple(figure_grids.grid(reading, name, period) for name in kpi.GRIDS)
        return Panel(period, reading.ctx.moment, figures, grids)

    def value(
        self,
        figure_id: str,
        period: Period | None = None,
        *,
        actor: Actor,
        as_of: Moment = None,
        segment: str | None = None,
    ) -> Figure:
        """One figure; ``segment`` narrows it to customers that are in that segment now."""
        spec = self._visible(figure_id, actor)
        chosen = period or periods.default(self._context(as_of).today)
        if segment is None:
            self._renew([spec], (chosen,), as_of)
        with self._core.read(actor) as unit:
            reading = Reading(unit, as_of)
            if segment is not None:
                need_dimension(spec, "segment")
                return self._figure(unit, reading, spec, chosen, where={"segment": segment})
            reading.prepare([spec], (chosen,))
            return self._figure(unit, reading, spec, chosen)

    def breakdown(
        self,
        figure_id: str,
        dimension: str,
        period: Period,
        *,
        actor: Actor,
        as_of: Moment = None,
    ) -> Breakdown:
        """A figure split by one of its dimensions; people are shown to managers only."""
        spec = self._visible(figure_id, actor, dimension)
        self._renew([spec], (period,), as_of)
        with self._core.read(actor) as unit:
            reading = Reading(unit, as_of)
            figure = self._figure(unit, reading, spec, period)
            if dimension == "period":
                return Breakdown(figure, dimension, self._by_period(reading, spec, period))
            found = reading.split(spec, dimension, period)
            before = reading.split(spec, dimension, reading.before(period))
            names = labels(unit, dimension, found)
            parts = [
                _part(reading, spec, key, names[key], found[key], period, before.get(key))
                for key in found
            ]
        return Breakdown(figure, dimension, tuple(_ordered(dimension, parts)))

    def grid(self, grid_id: str, period: Period, *, actor: Actor, as_of: Moment = None) -> Grid:
        """A table of figures."""
        _known_grid(grid_id)
        self._renew([kpi.spec(figure_grids.FIGURE[grid_id])], (period,), as_of, tables=True)
        with self._core.read(actor) as unit:
            return figure_grids.grid(Reading(unit, as_of), grid_id, period)

    def rows(
        self,
        figure_id: str,
        period: Period,
        *,
        actor: Actor,
        as_of: Moment = None,
        dimension: str | None = None,
        key: str | None = None,
        cell: tuple[str, str] | None = None,
        limit: int = 50,
        after: tuple[Any, ...] | None = None,
        before: tuple[Any, ...] | None = None,
        last: bool = False,
    ) -> FigureRows:
        """A window of the rows behind a figure, one of its parts or a cell of a grid.

        ``after`` and ``before`` take the ``key`` of a row; ``last`` asks for the end of the list.
        """
        with self._core.read(actor) as unit:
            reading = Reading(unit, as_of)
            if cell is not None:
                _known_grid(figure_id)
                behind = figure_grids.cell(reading, figure_id, period, cell)
                spec = kpi.spec(figure_grids.FIGURE[figure_id])
                figure = self._figure(unit, reading, spec, period)
            else:
                spec = self._visible(figure_id, actor, dimension)
                behind = figure_lists.behind(reading, spec, period, dimension, key)
                figure = self._figure(unit, reading, spec, period)
            place = figure_lists.Place(limit, after, before, last)
            return figure_lists.page(reading, figure, spec, behind, place)

    def definitions(self, *, actor: Actor) -> tuple[Spec, ...]:
        """The definitions of the figures that the actor may see."""
        return tuple(s for s in kpi.FIGURES.values() if has_role(actor, s.role or "viewer"))

    def refresh(self, *, actor: Actor) -> None:
        """Roll up everything anew, as if nothing had been kept."""
        need_role(actor, "admin")
        with self._core.write(actor) as unit:
            forget(unit)
        period = periods.default(self._context(None).today)
        self._renew(self.definitions(actor=actor), periods.series(period, SPARK), None, tables=True)

    def _context(self, as_of: Moment) -> Context:
        with self._core.read() as unit:
            return context(unit, as_of)

    def _renew(
        self,
        specs: Sequence[Spec],
        line: Sequence[Period],
        as_of: Moment,
        *,
        tables: bool = False,
    ) -> None:
        """Bring up to date what is kept of the present."""
        ctx = self._context(as_of)
        if ctx.as_of is None:
            needs = wanted(ctx, specs, line)
            if tables:
                needs = figure_grids.with_tables(ctx, needs, line[-1])
            refresh(self._core, ctx, needs)

    def _visible(self, figure_id: str, actor: Actor, dimension: str | None = None) -> Spec:
        spec = kpi.spec(figure_id)
        if spec.role:
            need_role(actor, spec.role)
        if dimension == PERSONAL and not has_role(actor, "manager"):
            raise PermissionDenied(
                msg("Figures per person are shown to managers only"), code="role_needed"
            )
        if dimension is not None:
            need_dimension(spec, dimension)
        return spec

    # Making

    def _figure(
        self,
        unit: Unit,
        reading: Reading,
        spec: Spec,
        period: Period,
        *,
        spark: bool = False,
        where: Mapping[str, str] | None = None,
    ) -> Figure:
        narrowed = where or {}
        sums = reading.sums(spec, period, narrowed)
        shown = reading.value(spec, sums, period)
        before = reading.before(period)
        line: tuple[Decimal | None, ...] = ()
        if spark:
            line = tuple(
                reading.value(spec, reading.sums(spec, p), p) for p in periods.series(period, SPARK)
            )
        held = reading.targets().get(spec.id)
        return Figure(
            id=spec.id,
            name=spec.name,
            group=spec.group,
            unit=spec.unit,
            direction=spec.direction,
            value=shown,
            numerator=numerator(spec, sums),
            denominator=Decimal(sums.den) if spec.ratio else None,
            rows=sums.rows,
            period=period,
            as_of=reading.ctx.moment,
            computed_at=unit.now,
            target=held.target if held is not None else None,
            previous=reading.value(spec, reading.sums(spec, before, narrowed), before),
            compared=before,
            to_date=periods.runs(period, reading.ctx.today),
            baseline=held.baseline if held is not None else None,
            baseline_name=held.baseline_name if held is not None else "",
            small=small(spec, sums),
            estimated=reading.estimated(spec, period),
            beside=() if narrowed else self._beside(reading, spec, period, sums),
            spark=line,
        )

    def _beside(
        self, reading: Reading, spec: Spec, period: Period, sums: Sums
    ) -> tuple[tuple[Msg, Decimal | None, str], ...]:
        found: list[tuple[Msg, Decimal | None, str]] = []
        for name in spec.beside:
            other = kpi.FIGURES.get(name)
            if other is not None:
                its = reading.sums(other, period)
                found.append((Msg(other.name), reading.value(other, its, period), other.unit))
            elif name == "remainder":
                found.append((Msg(kpi.BESIDE[name]), Decimal(sums.den - sums.num), "count"))
            else:
                make = reading.median if name == "median" else reading.business
                found.append((Msg(kpi.BESIDE[name]), make(spec, period), spec.unit))
        return tuple(found)

    @staticmethod
    def _by_period(reading: Reading, spec: Spec, period: Period) -> tuple[Part, ...]:
        parts = []
        for one in periods.series(period, SPARK + 1)[1:]:
            label = msg("{start} to {end}", start=one.start, end=one.end)
            key = one.start.isoformat()
            before = reading.sums(spec, reading.before(one))
            parts.append(_part(reading, spec, key, label, reading.sums(spec, one), one, before))
        return tuple(parts)

    # Targets

    def set_target(
        self,
        figure_id: str,
        target: Decimal | None,
        baseline: Decimal | None = None,
        baseline_name: str = "",
        *,
        actor: Actor,
    ) -> int | None:
        """Set what a figure is held against, or take it away with None; answers the undo entry."""
        need_role(actor, "lead")
        spec = kpi.spec(figure_id)
        if spec.role:
            need_role(actor, spec.role)
        for given in (target, baseline):
            if given is not None and (not given.is_finite() or abs(given) >= Decimal(10) ** 15):
                raise ValidationError(
                    msg("That is no number to hold a figure against"), field="target"
                )
        values = {
            "target": target,
            "baseline": baseline,
            "baseline_name": baseline_name.strip()[:120],
            "archived": target is None and baseline is None,
        }
        with self._core.write(actor) as unit:
            query = select(figure_target).where(figure_target.c.figure == spec.id)
            row = unit.conn.execute(query).mappings().first()
            if row is None:
                key = unit.add(figure_target, {"figure": spec.id, **values, "archived": True})
                row = unit.row(figure_target, key)
            if diff := unit.change(figure_target, row, values):
                unit.log("figure_target", row["id"], "changed", changes=diff)
                unit.label = msg("Target of a figure set")
        return unit.undo_id


def need_dimension(spec: Spec, dimension: str) -> None:
    """Refuse a dimension that a figure does not have; the sentence names those it has."""
    if dimension not in spec.dimensions:
        raise ValidationError(
            msg(
                "“{figure}” is split by {known}, not by {given}",
                figure=spec.id,
                known=", ".join(spec.dimensions),
                given=dimension[:40],
            ),
            code="unknown_dimension",
            field="dimension",
        )


def _known_grid(grid_id: str) -> None:
    if grid_id not in kpi.GRIDS:
        raise NotFound(
            msg(
                "There is no table of figures “{name}”; there are: {known}",
                name=grid_id[:40],
                known=", ".join(kpi.GRIDS),
            ),
            field="grid",
        )


def _part(
    reading: Reading,
    spec: Spec,
    key: str,
    label: Msg | str,
    sums: Sums,
    period: Period,
    before: Sums | None,
) -> Part:
    return Part(
        key=key,
        label=label,
        value=reading.value(spec, sums, period),
        numerator=numerator(spec, sums),
        denominator=Decimal(sums.den) if spec.ratio else None,
        rows=sums.rows,
        previous=None if before is None else reading.value(spec, before, reading.before(period)),
    )


def _ordered(dimension: str, parts: Sequence[Part]) -> Iterable[Part]:
    """Tiers and steps in their own order, anything else by how much stands behind it."""
    if dimension in ("tier", "step"):
        return sorted(parts, key=lambda p: p.key)
    return sorted(parts, key=lambda p: (-p.rows, p.key))
