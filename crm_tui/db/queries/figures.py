"""Row queries of the figures: one a measure, for sums, breakdowns and drill-down alike (R-250).

A measure yields rows of id, numerator and denominator in whole numbers, each of one day. Because tile,
bars and list are made of the same query, what they count cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
)

from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.db.types import UtcDateTime, to_microseconds
from crm_tui.domain.business_time import wall_instant, zone_named
from crm_tui.domain.periods import DAY

EPOCH: Final = date(1970, 1, 1)
DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000
SHIFT: Final = 1_000_000
"""Days added before and taken off after a division, which rounds towards zero below it."""
_HOURS_A_STEP: Final = 24 * 32

Expr = ColumnElement[Any]


def number_of(day: date) -> int:
    """Days since 1970, as the rolled up sums keep them."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day of such a number."""
    return EPOCH + number * DAY


@dataclass(frozen=True, slots=True)
class Dim:
    """A property that rows are split by, and the table it stands in where that is another one."""

    key: Expr
    join: tuple[FromClause, Expr] | None = None
    also: tuple[tuple[FromClause, Expr], ...] = ()
    """Tables on the way to it."""

    @property
    def joins(self) -> tuple[tuple[FromClause, Expr], ...]:
        """Every table that is needed."""
        return (*self.also, *((self.join,) if self.join is not None else ()))


class Past(Protocol):
    """Tables as they stood at a moment, to be read in the place of those of now."""

    @property
    def tickets(self) -> FromClause:
        """Tickets."""

    @property
    def clocks(self) -> FromClause:
        """Clocks of tickets."""

    @property
    def contracts(self) -> FromClause:
        """Contracts."""


@dataclass(frozen=True)
class Context:
    """What the queries of one reading have in common."""

    dialect: str
    zone: str
    now: datetime
    as_of: datetime | None = None
    """A moment in the past, or None for the present, where all that is stored counts."""
    margin: int = 30
    """Percent of the amount that an order of unknown cost is taken to earn (D-21)."""
    customers: tuple[int, int] | None = None
    """The first and last id of the customers that are asked for; None for all."""
    past: "Past | None" = None
    """What stood otherwise at the past moment; None for the present."""

    @property
    def ticket(self) -> FromClause:
        """Tickets as they stood."""
        return ticket if self.past is None else self.past.tickets

    @property
    def clock(self) -> FromClause:
        """Clocks as they stood."""
        return ticket_clock if self.past is None else self.past.clocks

    @property
    def contract(self) -> FromClause:
        """Contracts as they stood."""
        return TABLES["contract"] if self.past is None else self.past.contracts

    @cached_property
    def moment(self) -> datetime:
        """The moment it is as of."""
        return self.as_of or self.now

    @cached_property
    def today(self) -> date:
        """The local day of that moment."""
        return self.moment.astimezone(zone_named(self.zone)).date()

    def midnight(self, day: date) -> datetime:
        """When a local day begins."""
        return wall_instant(datetime.combine(day, time()), zone_named(self.zone))

    def local_days(self, number: int) -> set[int]:
        """The local days that a day in UTC touches; engines round those before 1970 up."""
        zone = zone_named(self.zone)
        found: set[int] = set()
        for day in (number,) if number > 0 else (number - 1, number):
            begin = datetime.combine(day_of(day), time(), UTC)
            for moment in (begin, begin + timedelta(days=1) - timedelta(microseconds=1)):
                found.add(number_of(moment.astimezone(zone).date()))
        return found

    # Moments of the store

    def by_now(self, moment: Expr) -> Expr:
        """Whether something had happened: all that is stored, or what was before the past moment."""
        found = moment.is_not(None)
        return found if self.as_of is None else found & (moment <= self.as_of)

    def seconds(self, begin: Expr, end: Expr) -> Expr:
        """Whole seconds from one moment to another."""
        if self.dialect == "sqlite":
            length = type_coerce(end, BigInteger) - type_coerce(begin, BigInteger)
            return length // 1_000_000
        return cast(func.floor(func.extract("epoch", end - begin)), BigInteger)

    def day(self, at: Expr, start: date, end: date) -> Expr:
        """The number of the local day of a moment between two days, or of a date."""
        if isinstance(at.type, Date):
            if self.dialect == "sqlite":
                return cast(func.julianday(at) - 2440587.5, Integer)
            return at - cast(literal(EPOCH), Date)
        if self.dialect == "sqlite":
            shifted = type_coerce(at, BigInteger) + self._offset(at, start, end)
            return (shifted + SHIFT * DAY_US) // DAY_US - SHIFT
        return cast(func.timezone(self.zone, at), Date) - cast(literal(EPOCH), Date)

    def hour(self, at: Expr, start: date, end: date) -> Expr:
        """The local hour of a moment."""
        if self.dialect == "sqlite":
            shifted = type_coerce(at, BigInteger) + self._offset(at, start, end)
            return ((shifted + SHIFT * DAY_US) % DAY_US) // HOUR_US
        return cast(func.extract("hour", func.timezone(self.zone, at)), Integer)

    def local_date(self, at: Expr) -> Expr:
        """The local date of a moment, to be compared with dates of the store."""
        if self.dialect == "sqlite":
            shifted = type_coerce(at, BigInteger) + self._offset(at, date(2000, 1, 1), self.today)
            return type_coerce(func.date(shifted // 1_000_000, "unixepoch"), Date)
        return cast(func.timezone(self.zone, at), Date)

    def month(self, day: Expr) -> Expr:
        """The month of a date, as 2024-05."""
        if self.dialect == "sqlite":
            return func.strftime("%Y-%m", day)
        return func.to_char(day, "YYYY-MM")

    def _offset(self, at: Expr, start: date, end: date) -> Expr:
        """Microseconds to add for the local time; one number where the zone never changes its own."""
        steps = self._offsets(start - DAY, end + 2 * DAY)
        if len(steps) == 1:
            return literal(steps[0][1], BigInteger)
        whens = [(type_coerce(at, BigInteger) < until, offset) for until, offset in steps[:-1]]
        return case(*whens, else_=steps[-1][1])

    def _offsets(self, start: date, end: date) -> list[tuple[int, int]]:
        """Offsets of the zone over some days: up to which moment, and the offset."""
        zone = zone_named(self.zone)
        at = datetime.combine(start, time(), UTC)
        last = datetime.combine(end, time(), UTC)
        found: list[tuple[int, int]] = []

        def offset(moment: datetime) -> timedelta:
            return moment.astimezone(zone).utcoffset() or timedelta()

        here = offset(at)
        while at < last:
            later = at + timedelta(hours=_HOURS_A_STEP)
            if offset(later) != here:
                low, high = at, later
                while high - low > timedelta(seconds=1):
                    middle = low + (high - low) / 2
                    low, high = (middle, high) if offset(middle) == here else (low, middle)
                edge = high.replace(microsecond=0)
                found.append((to_microseconds(edge), here // timedelta(microseconds=1)))
                here, at = offset(edge), edge
            else:
                at = later
        return [*found, (to_microseconds(last), here // timedelta(microseconds=1))]


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a figure; ``start`` is None where nothing before is left out."""

    start: date | None
    end: date


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a measure before they are narrowed to days."""

    id: Expr
    num: Expr
    den: Expr
    source: FromClause
    at: Expr | None = None
    """The moment or date that puts a row on its day; None where the query knows its window."""
    narrow: Callable[[Callable[[Expr], Expr]], Expr] | None = None
    """Makes of "this moment lies in the window" a condition that indexes serve, where ``at`` has none."""
    where: tuple[Expr, ...] = ()
    dims: Mapping[str, Dim] = field(default_factory=dict)
    subject: Expr | None = None
    """The id of what enter opens, where it is not the row itself."""
    customer: Expr | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A row query with what is known of its rows."""

    name: str
    kinds: tuple[str, ...]
    """What the rows are; where there are two, ids take turns."""
    build: Callable[[Context, Window], Rows]
    subject: str = ""
    """The kind that enter opens; empty: the row itself."""
    source: str = ""
    """Which changes of the store it depends on: the name of their marks."""
    settle: int = 0
    """For how many days before today the outcome hangs on the present moment."""
    by_customer: bool = False
    """Whether the rows are customers in a window, and no rows of a day."""

    def day_sums(self) -> bool:
        """Whether sums of days add up to those of a period."""
        return not self.by_customer


def within(ctx: Context, at: Expr, window: Window) -> list[Expr]:
    """Conditions that narrow rows to days, by an index on the moment or date."""
    found: list[Expr] = []
    if isinstance(at.type, Date):
        if window.start is not None:
            found.append(at >= window.start)
        return [*found, at <= window.end]
    if window.start is not None:
        found.append(at >= ctx.midnight(window.start))
    found.append(at < ctx.midnight(window.end + DAY))
    if ctx.as_of is not None:
        found.append(at <= ctx.as_of)
    return found


class Query:
    """A measure narrowed to a window."""

    def __init__(self, measure: Measure, ctx: Context, window: Window) -> None:
        self.measure, self.ctx, self.window = measure, ctx, window
        self.rows = measure.build(ctx, window)

    def _select(self, columns: list[Any], dims: tuple[Dim, ...] = ()) -> Select[Any]:
        source, known = self.rows.source, set()
        for dim in dims:
            for table, on in dim.joins:
                if table not in known:
                    source = source.outerjoin(table, on)
                    known.add(table)
        where = list(self.rows.where)
        if self.rows.narrow is not None:
            where.append(self.rows.narrow(self._inside))
        elif self.rows.at is not None:
            where.append(self._inside(self.rows.at))
        return select(*columns).select_from(source).where(*where)

    def _inside(self, at: Expr) -> Expr:
        conditions = within(self.ctx, at, self.window)
        if self.window.start is None and self.ctx.dialect == "sqlite":
            # All rows are wanted: one by one by an index they would be read from all over the file.
            conditions.append(func.likely(conditions.pop(0)))
        return and_(*conditions)

    def dim(self, name: str) -> Dim:
        """A dimension of the rows."""
        if name in self.rows.dims:
            return self.rows.dims[name]
        if name == "day":
            return Dim(self.day())
        if name == "hour":
            return Dim(self._hour())
        if name == "weekday":
            # Day 0 was a Thursday; Monday is 0.
            return Dim((self.day() + (SHIFT - SHIFT % 7 + 3)) % 7)
        raise KeyError(name)

    def _bounds(self) -> tuple[date, date]:
        return self.window.start or date(1990, 1, 1), self.window.end

    def day(self) -> Expr:
        """The number of each row's local day."""
        if self.rows.at is None:
            return literal(number_of(self.window.end), Integer)
        return self.ctx.day(self.rows.at, *self._bounds())

    def _hour(self) -> Expr:
        assert self.rows.at is not None
        return self.ctx.hour(self.rows.at, *self._bounds())

    def sums(self, *names: str) -> Select[Any]:
        """Numerator, denominator and rows, by these dimensions."""
        return self._grouped([], *names)

    def sums_by(self, bucket: Expr, *names: str) -> Select[Any]:
        """The same by an expression first, called ``bucket``."""
        return self._grouped([bucket], *names)

    def _grouped(self, buckets: list[Expr], *names: str) -> Select[Any]:
        dims = tuple(self.dim(n) for n in names)
        keys = [_text(d.key) for d in dims]
        totals = [
            func.coalesce(func.sum(self.rows.num), 0).label("num"),
            func.coalesce(func.sum(self.rows.den), 0).label("den"),
            func.count().label("n"),
        ]
        named = [k.label(f"k{i}") for i, k in enumerate(keys)]
        query = self._select([*(b.label("bucket") for b in buckets), *named, *totals], dims)
        return query.group_by(*buckets, *keys) if buckets or keys else query

    def listed(self, where: Mapping[str, str], *, ranked: bool) -> Select[Any]:
        """The rows themselves with sort key, of one value of each given dimension."""
        chosen = {name: self.dim(name) for name in where}
        rows = self.rows
        order = rows.num if ranked or rows.at is None else rows.at
        query = self._select(
            [
                rows.id.label("id"),
                order.label("place"),
                self.day().label("day"),
                rows.num.label("num"),
                rows.den.label("den"),
                (rows.subject if rows.subject is not None else rows.id).label("subject"),
                (rows.customer if rows.customer is not None else null()).label("customer"),
            ],
            tuple(chosen.values()),
        )
        for name, value in where.items():
            query = query.where(_text(chosen[name].key) == value)
        return query


def _text(key: Expr) -> Expr:
    """A value of a dimension as text; nothing and an empty word are the same."""
    return func.coalesce(cast(key, String), "")


__all__ = [
    "Context",
    "Dim",
    "Measure",
    "Query",
    "Rows",
    "UtcDateTime",
    "Window",
    "day_of",
    "number_of",
    "within",
]
