"""Figures as panel, goals, command line and exports show them (R-250)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm_tui.domain.msg import Msg
from crm_tui.domain.periods import Period as Period


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a period. ``value`` is None where it has no meaning, shown as n/a (R-252)."""

    id: str
    name: str
    """msgid"""
    group: str
    """service, value, satisfaction or team."""
    unit: str
    """percent, points, hours, yuan, count, per_year or per_month."""
    direction: str
    """higher or lower is better, or none."""
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal | None
    """None where the figure is no ratio."""
    rows: int
    """How many rows stand behind it; what the drill-down opens."""
    period: Period
    as_of: datetime
    computed_at: datetime
    target: Decimal | None
    previous: Decimal | None
    """Of the period before, of which as much counts as has come of this one."""
    baseline: Decimal | None
    baseline_name: str
    small: bool
    """Whether fewer rows stand behind it than make a figure reliable."""
    estimated: bool
    beside: tuple[tuple[Msg, Decimal | None, str], ...]
    """Figures printed with it, such as a median or a second denominator: label, value, unit."""
    spark: tuple[Decimal | None, ...] = ()
    """The periods before it and itself, oldest first."""
    compared: Period | None = None
    """The days that ``previous`` is of."""
    to_date: bool = False
    """Whether the period still runs, and is held against the other up to the same point."""


@dataclass(frozen=True, slots=True)
class Part:
    """A figure of one value of a dimension."""

    key: str
    label: Msg | str
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal | None
    rows: int
    previous: Decimal | None = None
    """Of the same part in the period before."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A figure split by a dimension; the parts of a count add up to the whole."""

    figure: Figure
    dimension: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of figures: arrivals by weekday and hour, compliance by clock and tier, cohorts."""

    id: str
    title: Msg
    unit: str
    rows: tuple[tuple[str, Msg | str], ...]
    """Key and label."""
    columns: tuple[tuple[str, Msg | str], ...]
    cells: Mapping[tuple[str, str], Part]
    """By row key and column key; an empty cell is left out."""
    yet_to_come: frozenset[tuple[str, str]] = frozenset()
    """Cells of which no day has come: they are not nothing, they are not known."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the panel shows of a period."""

    period: Period
    as_of: datetime
    figures: tuple[Figure, ...]
    grids: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row behind a figure."""

    kind: str
    """ticket, order, customer, interaction, survey_answer, satisfaction, clock."""
    id: int
    subject_kind: str
    """The kind of what enter opens: ticket, customer or a register."""
    subject_id: int
    day: date
    numerator: Decimal
    denominator: Decimal | None
    cells: Mapping[str, Any]
    """What a list shows of it, display-safe: number, title, customer, person and so on."""
    key: tuple[Any, ...] = ()
    """Where it stands in the list: what ``after`` and ``before`` take."""


@dataclass(frozen=True, slots=True)
class FigureRows:
    """A window of the rows behind a figure."""

    figure: Figure
    count: int
    rows: tuple[FigureRow, ...]
    before: bool = False
    """Whether there are rows before the window."""
    after: bool = False
