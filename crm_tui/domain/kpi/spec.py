"""What a figure is: its words, its measure, and how a value follows from sums (R-232 to R-252)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.domain.periods import Period

ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)
HOUR: Final = Decimal(3600)
SMALLEST_SAMPLE: Final = 10
"""Rows below which a share or a mean is marked as a small sample."""
POINT_UNITS: Final = 1_000_000
"""Measures keep points of satisfaction as integers of so many a point."""
YUAN_UNITS: Final = 10_000
"""Measures of margin keep hundredths of a fen: a margin of whole percent stays exact."""

GROUPS: Final[Mapping[str, str]] = {
    "service": N_("Service quality"),
    "value": N_("Customer value"),
    "satisfaction": N_("Satisfaction"),
    "team": N_("Team performance"),
}
"""Groups of figures in the order of the panel."""
UNITS: Final[Mapping[str, str]] = {
    "percent": N_("percentage"),
    "points": N_("points"),
    "hours": N_("hours"),
    "yuan": N_("yuan"),
    "count": N_("count"),
    "per_year": N_("a year"),
    "per_month": N_("a month"),
}
DIRECTIONS: Final[Mapping[str, str]] = {
    "higher": N_("Higher is better"),
    "lower": N_("Lower is better"),
    "none": N_("Neither way is better"),
}
DIMENSIONS: Final[Mapping[str, str]] = {
    "tier": N_("by tier"),
    "segment": N_("by segment"),
    "department": N_("by department"),
    "person": N_("by person"),
    "channel": N_("by channel"),
    "campaign": N_("by campaign"),
    "kind": N_("by kind"),
    "clock": N_("by clock"),
    "step": N_("by step"),
    "cause": N_("by cause"),
    "period": N_("by period"),
}


@dataclass(frozen=True, slots=True)
class Spec:
    """One figure; the panel, goals, command line and exports all read this definition."""

    id: str
    name: str
    group: str
    unit: str
    direction: str
    formula: str
    """In words, a msgid."""
    numerator: str
    denominator: str
    """Empty where the figure is a sum and no ratio."""
    measure: str
    """The row query that the numerator, and the denominator unless ``over`` is given, come from."""
    dimensions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    scale: Decimal = ONE
    """What one of the measure's units is in the numerator's unit."""
    over: str = ""
    """The measure whose rows are the denominator, where it is not the figure's own."""
    per: str = ""
    """year or month where the value is a rate over time."""
    complement: bool = False
    """Whether the rows that do not count make the numerator."""
    share: str = ""
    """The dimension whose parts are shares of all rows."""
    stock: bool = False
    """Whether it stands at the end of the period and nothing before it is left out."""
    role: str = ""
    """The role below which nobody sees it; empty: everybody."""
    beside: tuple[str, ...] = ()
    """Figures printed with it."""
    smallest: int = SMALLEST_SAMPLE
    ranked: bool = False
    """Whether the rows are ordered by what they contribute, greatest first."""

    @property
    def ratio(self) -> bool:
        """Whether there is a denominator."""
        return bool(self.denominator)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a measure's rows add up to."""

    num: int = 0
    den: int = 0
    rows: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.num + other.num, self.den + other.den, self.rows + other.rows)

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(self.num - other.num, self.den - other.den, self.rows - other.rows)


def numerator(spec: Spec, sums: Sums) -> Decimal:
    """The numerator in its own unit."""
    return (sums.den - sums.num if spec.complement else sums.num) * spec.scale


def value(spec: Spec, sums: Sums, period: Period) -> Decimal | None:
    """The figure; None where its denominator is nothing (R-252)."""
    top = numerator(spec, sums)
    if not spec.ratio:
        return top
    if sums.den == 0:
        return None
    found = top / sums.den
    if spec.unit == "percent" or spec.id == "nps":
        found *= HUNDRED
    if spec.per:
        found /= length(period, spec.per)
    return found


def length(period: Period, unit: str) -> Decimal:
    """How many months or years a period has; whole ones where its days are whole months."""
    months = _whole_months(period)
    if months is None:
        months = Decimal(period.days) * 12 / Decimal("365.2425")
    return months / 12 if unit == "year" else months


def _whole_months(period: Period) -> Decimal | None:
    from crm_tui.domain.periods import DAY, add_months

    after = period.end + DAY
    count = (after.year - period.start.year) * 12 + after.month - period.start.month
    if count >= 1 and add_months(period.start, count) == after:
        return Decimal(count)
    return None


def small(spec: Spec, sums: Sums) -> bool:
    """Whether too few rows stand behind a ratio for it to mean much."""
    return spec.ratio and sums.den < spec.smallest
