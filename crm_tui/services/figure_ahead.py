"""Sums for the panels of the usual periods, worked out before somebody asks (R-251, design.md 5).

A panel of a period that nobody has looked at reads every order; at a million of them that takes long.
The background worker keeps the sums of the usual periods instead, piece by
piece while nothing else is due: each piece is a short transaction, finds by itself what is missing, and
leaves nothing half done, so that it may stop after any of them and another may go on.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from crm_tui.db.queries.figures import Context
from crm_tui.domain import kpi, periods
from crm_tui.domain.periods import Period
from crm_tui.services import figure_grids
from crm_tui.services.core import Core
from crm_tui.services.figure_reading import context
from crm_tui.services.figure_renewal import pieces
from crm_tui.services.figure_rollup import Needs, wanted
from crm_tui.services.figures import SPARK

USUAL: Final = ("week", "month", "quarter", "year")
"""Kinds of periods whose present and last one are kept, with the line of each tile."""
AGAIN: Final = timedelta(hours=1)
"""When it is looked again whether something is missing, once nothing was."""


class FigureAhead:
    """Keeps the sums of the usual periods."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._rest: Iterator[Callable[[], None]] | None = None
        self._day: date | None = None
        self._next: datetime | None = None

    def some(self, seconds: float) -> bool:
        """Work for about so long; whether there may be more to do now."""
        with self._core.read() as unit:
            ctx = context(unit, None)
        if self._rest is None or ctx.today != self._day:
            if ctx.today == self._day and self._next is not None and ctx.now < self._next:
                return False
            self._day = ctx.today
            self._rest = pieces(self._core, ctx, usual(ctx))
        end = time.monotonic() + seconds
        for piece in self._rest:
            piece()
            if time.monotonic() >= end:
                return True
        self._rest, self._next = None, ctx.now + AGAIN
        return False


def usual(ctx: Context) -> list[Needs]:
    """What the panels of the usual periods ask for, with their tables; what most ask for comes first."""
    specs = tuple(kpi.FIGURES.values())
    found = []
    for period in _periods(ctx):
        needs = wanted(ctx, specs, periods.series(period, SPARK))
        found.append(figure_grids.with_tables(ctx, needs, period))
    return found


def _periods(ctx: Context) -> Iterator[Period]:
    yield periods.default(ctx.today)
    for kind in USUAL:
        now = periods.around(kind, ctx.today)
        yield now
        yield periods.previous(now)
