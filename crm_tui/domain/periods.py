"""Stretches of whole days that a figure is of (R-251, D-43)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

DAY: Final = timedelta(days=1)
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_ROLLING: Final = re.compile(r"(\d{1,4})(d|m)")
_NAMED: Final = (
    ("year", re.compile(r"(\d{4})")),
    ("month", re.compile(r"(\d{4})-(\d{1,2})")),
    ("quarter", re.compile(r"(\d{4})-?[qQ]([1-4])")),
    ("week", re.compile(r"(\d{4})-?[wW](\d{1,2})")),
)


@dataclass(frozen=True, slots=True)
class Period:
    """The days a figure is of, both ends included (R-251)."""

    kind: str
    """week, month, quarter, year, rolling or custom."""
    start: date
    end: date
    months: int = 0
    """How many months a rolling period has; 0 where it counts days."""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    _refuse_far(year)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError  # pragma: no cover  # every month has a 28th


def _too_far() -> ValidationError:
    return ValidationError(
        msg("The period lies outside of the years that can be counted"),
        code="period_out_of_range",
        field="period",
    )


def _refuse_far(year: int) -> None:
    if not date.min.year < year < date.max.year:
        raise _too_far()


def around(kind: str, day: date) -> Period:
    """The week, month, quarter or year that a day lies in; weeks begin on Monday (D-43)."""
    _refuse_far(day.year)
    if kind == "week":
        start = day - day.weekday() * DAY
        return Period(kind, start, start + 6 * DAY)
    if kind not in _MONTHS:
        raise _unreadable(kind)
    length = _MONTHS[kind]
    start = date(day.year, (day.month - 1) // length * length + 1, 1)
    return Period(kind, start, add_months(start, length) - DAY)


def rolling_days(days: int, end: date) -> Period:
    """The last so many days, ``end`` among them."""
    if days < 1:
        raise _unreadable(f"{days}d")
    _refuse_far(end.year)
    _refuse_far(end.year - days // 365)
    return Period("rolling", end - (days - 1) * DAY, end)


def rolling_months(months: int, end: date) -> Period:
    """The last so many months up to ``end``."""
    if months < 1:
        raise _unreadable(f"{months}m")
    _refuse_far(end.year)
    return Period("rolling", add_months(end + DAY, -months), end, months)


def custom(start: date, end: date) -> Period:
    """Any days; refused where it ends before it starts."""
    if end < start:
        raise ValidationError(
            msg("The period ends on {end}, before it starts on {start}", end=end, start=start),
            code="end_before_start",
            field="period",
        )
    return Period("custom", start, end)


def default(today: date) -> Period:
    """What is shown where nobody says which: the last twelve months (D-20)."""
    return rolling_months(12, today)


def shifted(period: Period, count: int) -> Period:
    """The period so many periods later, or earlier where ``count`` is below zero."""
    if count == 0:
        return period
    try:
        if period.kind == "week":
            return around("week", period.start + 7 * count * DAY)
        if period.kind in _MONTHS:
            return around(period.kind, add_months(period.start, count * _MONTHS[period.kind]))
        if period.months:
            end = add_months(period.end + DAY, count * period.months) - DAY
            return rolling_months(period.months, end)
        step = count * period.days * DAY
        return Period(period.kind, period.start + step, period.end + step)
    except OverflowError:
        raise _too_far() from None


def previous(period: Period) -> Period:
    """The period before it, of the same length."""
    return shifted(period, -1)


def runs(period: Period, today: date) -> bool:
    """Whether a day lies in it and it has not come to its end."""
    return period.start <= today < period.end


def compared(period: Period, today: date, other: Period | None = None) -> Period:
    """What a period is held against: the one before it, or another (R-251).

    Three days of a month say nothing beside the thirty of another: while a period runs, another of its
    kind counts up to the same point.
    """
    whole = previous(period) if other is None else other
    if whole.kind != period.kind or not runs(period, today):
        return whole
    if period.kind in _MONTHS or period.months:
        months = (whole.start.year - period.start.year) * 12 + whole.start.month
        end = add_months(today, months - period.start.month)
    else:
        end = whole.start + (today - period.start)
    return Period(whole.kind, whole.start, max(whole.start, min(end, whole.end)), whole.months)


def series(period: Period, count: int) -> tuple[Period, ...]:
    """The period and those before it, oldest first; fewer where time itself begins."""
    found = [period]
    for back in range(1, count):
        try:
            found.append(shifted(period, -back))
        except ValidationError:
            break
    return tuple(reversed(found))


def clamped(period: Period, last: date) -> Period | None:
    """The part of it up to a day, or None where it begins later."""
    if period.start > last:
        return None
    return Period(period.kind, period.start, min(period.end, last), period.months)


def parse(text: str, today: date) -> Period:
    """``week``, ``month``, ``2024``, ``2024-05``, ``2024Q2``, ``2024W18``, ``30d``, ``12m``.

    A word alone is the period that ``today`` lies in. Raises `ValidationError` for anything else.
    """
    plain = text.strip()
    word = plain.lower()
    if word in ("week", "month", "quarter", "year"):
        return around(word, today)
    if found := _ROLLING.fullmatch(word):
        count = int(found.group(1))
        make = rolling_days if found.group(2) == "d" else rolling_months
        return make(count, today)
    for kind, form in _NAMED:
        if found := form.fullmatch(plain):
            return _named(kind, plain, *(int(g) for g in found.groups()))
    raise _unreadable(text)


def _named(kind: str, text: str, year: int, part: int = 1) -> Period:
    _refuse_far(year)
    try:
        if kind == "week":
            return around(kind, date.fromisocalendar(year, part, 1))
        return around(kind, date(year, part * 3 if kind == "quarter" else part, 1))
    except ValueError:
        raise _unreadable(text) from None


def _unreadable(text: str) -> ValidationError:
    return ValidationError(
        msg(
            "“{text}” is not a period like month, 2024-05, 2024Q2, 2024W18, 30d or 12m",
            text=text[:40],
        ),
        code="bad_period",
        field="period",
    )
