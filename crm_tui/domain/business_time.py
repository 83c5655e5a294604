"""Working time: calendars and arithmetic inside their opening frames (sla.md 1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60
EMPTY_DAYS: Final = 400
"""A stretch this long without working time is refused instead of searched on (sla.md 1.6)."""
LONGEST: Final = timedelta(days=36_600)
"""No limit of a service desk is longer than a century; arithmetic beyond it is refused."""
ZERO: Final = timedelta(0)

Frame = tuple[int, int]
"""Opening minutes of a day, half-open: 09:00 to 18:00 is ``(540, 1080)``, 24:00 is 1440."""
Span = tuple[datetime, datetime]
"""A stretch of open time in UTC, half-open."""


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone; raises `ValidationError` for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValidationError(
            msg("“{zone}” is not a time zone like Asia/Shanghai", zone=name),
            field="timezone",
            code="unknown_zone",
        ) from None


def local_instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock minute: a gap's end for one inside it, the first of two."""
    if minute >= DAY_MINUTES:
        day, minute = day + timedelta(days=1), minute - DAY_MINUTES
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    return wall_instant(wall, zone)


def wall_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall-clock time (sla.md 1.2)."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # Inside a gap the two readings lie on both sides of the change; its instant is between them.
    # Changes are on whole seconds, and so must be the bounds that close in on one.
    wall = wall.replace(microsecond=0)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = first
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a desk works; build it with `Calendar.make`, `Calendar.from_data` or `Calendar.always`."""

    name: str
    version: int
    zone_name: str
    weekly: tuple[tuple[Frame, ...], ...]
    holidays: frozenset[date]
    overrides: Mapping[date, tuple[Frame, ...]]
    round_the_clock: bool = False
    _spans: dict[date, tuple[Span, ...]] = field(
        default_factory=dict, repr=False, compare=False, hash=False
    )

    @property
    def zone(self) -> ZoneInfo:
        """The calendar's time zone."""
        return zone_named(self.zone_name)

    @classmethod
    def make(
        cls,
        zone_name: str,
        weekly: Mapping[int, Sequence[Frame]],
        *,
        holidays: Sequence[date] = (),
        overrides: Mapping[date, Sequence[Frame]] | None = None,
        name: str = "",
        version: int = 1,
    ) -> "Calendar":
        """A checked calendar; ``weekly`` is keyed by weekday, Monday 0.

        Raises `ValidationError` for frames out of order and for a calendar that never works.
        """
        zone_named(zone_name)
        week = tuple(joined(weekly.get(day, ())) for day in range(7))
        special = {day: joined(frames) for day, frames in (overrides or {}).items()}
        full = ((0, DAY_MINUTES),)
        always = all(frames == full for frames in week) and not holidays and not special
        made = cls(name, version, zone_name, week, frozenset(holidays), special, always)
        made._refuse_without_work()
        return made

    @classmethod
    def always(cls, zone_name: str = "UTC") -> "Calendar":
        """Open round the clock."""
        return cls.make(zone_name, {day: [(0, DAY_MINUTES)] for day in range(7)}, name="24x7")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Calendar":
        """A calendar from JSON: ``timezone``, ``hours``, ``holidays``, ``overrides`` (sla.md 3.1)."""
        if not isinstance(data, Mapping):
            raise ValidationError(msg("A calendar is an object"), field="calendar")
        zone = data.get("timezone", "UTC")
        hours = data.get("hours")
        if not isinstance(zone, str):
            raise ValidationError(msg("The time zone is a name"), field="timezone")
        if not isinstance(hours, Mapping):
            raise ValidationError(msg("The opening hours are missing"), field="hours")
        weekly: dict[int, list[Frame]] = {}
        for key, frames in hours.items():
            word = str(key).lower()[:3]
            if word not in WEEKDAYS:
                raise ValidationError(
                    msg("“{day}” is not a weekday like mon", day=str(key)), field="hours"
                )
            weekly[WEEKDAYS.index(word)] = frames_from(frames, "hours")
        holidays = data.get("holidays") or ()
        overrides = data.get("overrides") or {}
        if isinstance(holidays, str) or not isinstance(holidays, Sequence):
            raise ValidationError(msg("Holidays are a list of dates"), field="holidays")
        if not isinstance(overrides, Mapping):
            raise ValidationError(msg("Overrides are frames by date"), field="overrides")
        return cls.make(
            zone,
            weekly,
            holidays=[day_from(d, "holidays") for d in holidays],
            overrides={
                day_from(d, "overrides"): frames_from(f, "overrides") for d, f in overrides.items()
            },
            name=str(data.get("name", "")),
            version=version if isinstance(version := data.get("version"), int) else 1,
        )

    def _refuse_without_work(self) -> None:
        if not any(self.weekly):
            if not any(self.overrides.values()):
                raise no_working_time()
            return
        closed = self.holidays | {day for day, frames in self.overrides.items() if not frames}
        seen = date.min
        for first in sorted(closed):
            day = max(first, seen)
            while not self.frames(day) and day < date.max:
                day += timedelta(days=1)
                if (day - first).days > EMPTY_DAYS:
                    raise no_working_time()
            seen = day

    def frames(self, day: date) -> tuple[Frame, ...]:
        """The opening frames of a date: its override, else none on a holiday, else the weekday's."""
        if day in self.overrides:
            return self.overrides[day]
        return () if day in self.holidays else self.weekly[day.weekday()]

    def is_working_day(self, day: date) -> bool:
        """Whether the date has any open time; a frame that lies inside a DST gap has none."""
        return bool(self.spans(day))

    def spans(self, day: date) -> tuple[Span, ...]:
        """The open stretches of a date in UTC, in order."""
        known = self._spans.get(day)
        if known is None:
            zone = self.zone
            found: list[Span] = []
            for start, end in self.frames(day):
                opens, closes = local_instant(day, start, zone), local_instant(day, end, zone)
                if opens < closes:
                    if found and opens <= found[-1][1]:
                        opens = found.pop()[0]
                    found.append((opens, closes))
            known = tuple(found)
            if len(self._spans) > 20_000:
                self._spans.clear()
            self._spans[day] = known
        return known

    def _walk(self, start: datetime, *, back: bool = False) -> Iterator[Span]:
        """Open stretches from the one at ``start`` on, clipped to it; refuses an endless nothing."""
        step = timedelta(days=-1 if back else 1)
        empty = 0
        try:
            # One local day early: a frame of yesterday may reach past midnight UTC or a 24:00.
            day = start.astimezone(self.zone).date() - step
            while empty <= EMPTY_DAYS:
                spans = self.spans(day)
                hit = False
                for opens, closes in reversed(spans) if back else spans:
                    if back and opens < start:
                        hit = True
                        yield opens, min(closes, start)
                    elif not back and closes > start:
                        hit = True
                        yield max(opens, start), closes
                empty = 0 if hit else empty + 1
                day += step
        except OverflowError:
            raise out_of_range() from None
        raise no_working_time()

    def is_open(self, at: datetime) -> bool:
        """Whether the desk works at this instant."""
        day = at.astimezone(self.zone).date()
        for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
            if any(opens <= at < closes for opens, closes in self.spans(near)):
                return True
        return False

    def next_open(self, at: datetime) -> datetime:
        """``at`` where the desk works then, else its next opening."""
        if self.round_the_clock:
            return at.astimezone(UTC)
        return next(iter(self._walk(at.astimezone(UTC))))[0]

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant at which ``amount`` of working time after ``start`` is used up.

        A negative amount counts backwards to the latest such instant; zero rolls to the next open one.
        """
        start = start.astimezone(UTC)
        if abs(amount) > LONGEST:
            raise out_of_range()
        if not amount:
            return self.next_open(start)
        if self.round_the_clock:
            try:
                return start + amount
            except OverflowError:
                raise out_of_range() from None
        left = abs(amount)
        back = amount < ZERO
        for opens, closes in self._walk(start, back=back):
            length = closes - opens
            if length >= left:
                return closes - left if back else opens + left
            left -= length
        raise no_working_time()  # pragma: no cover  # _walk ends by raising

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time in ``[start, end)``; negative when the end comes first."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end < start:
            return -self.between(end, start)
        total = ZERO
        for opens, closes in self.open_intervals(start, end):
            total += closes - opens
        return total

    def open_intervals(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The open stretches inside ``[start, end)``, clipped to it; touching ones are one."""
        if self.round_the_clock:
            if start < end:
                yield start, end
            return
        if end - start > LONGEST:
            raise out_of_range()
        zone = self.zone
        pending: Span | None = None
        try:
            day = start.astimezone(zone).date() - timedelta(days=1)
            last = end.astimezone(zone).date() + timedelta(days=1)
        except OverflowError:
            raise out_of_range() from None
        while day <= last:
            for opens, closes in self.spans(day):
                opens, closes = max(opens, start), min(closes, end)
                if opens >= closes:
                    continue
                if pending is not None and opens <= pending[1]:
                    pending = (pending[0], max(closes, pending[1]))
                    continue
                if pending is not None:
                    yield pending
                pending = (opens, closes)
            day += timedelta(days=1)
        if pending is not None:
            yield pending

    def add_working_days(self, start: datetime, days: int, *, end_of_day: bool = False) -> datetime:
        """``days`` working days on at the same local time, or at that day's closing (sla.md 1.7).

        The start's own day does not count; zero days on a day off is the next working day.
        """
        if abs(days) > LONGEST.days:
            raise out_of_range()
        local = start.astimezone(self.zone)
        day, left, empty = local.date(), abs(days), 0
        step = timedelta(days=-1 if days < 0 else 1)
        try:
            while left or (not days and not self.is_working_day(day)):
                day += step
                if self.is_working_day(day):
                    empty = 0
                    left -= 1 if left else 0
                else:
                    empty += 1
                    if empty > EMPTY_DAYS:
                        raise no_working_time()
        except OverflowError:
            raise out_of_range() from None
        if end_of_day:
            return self.spans(day)[-1][1]
        if day == local.date():
            return start.astimezone(UTC)
        return wall_instant(datetime.combine(day, local.time().replace(fold=0)), self.zone)


def joined(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """Frames in order, touching and overlapping ones as one; a bad one is refused."""
    result: list[Frame] = []
    for start, end in sorted(frames):
        if not 0 <= start < end <= DAY_MINUTES:
            raise ValidationError(
                msg("An opening frame ends after it starts, at 24:00 at the latest"),
                field="hours",
                code="bad_frame",
            )
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def minute_from(text: Any, field: str) -> int:
    """Minutes since midnight of ``"09:30"``; ``"24:00"`` is the day's end."""
    parts = text.split(":") if isinstance(text, str) else []
    if len(parts) in (2, 3) and all(p.isascii() and p.isdigit() and len(p) <= 2 for p in parts):
        hours, minutes = int(parts[0]), int(parts[1])
        total = hours * 60 + minutes
        if minutes < 60 and total <= DAY_MINUTES and not any(int(p) for p in parts[2:]):
            return total
    raise ValidationError(
        msg("“{text}” is not a time of day like 09:30", text=str(text)),
        field=field,
        code="bad_time",
    )


def frames_from(value: Any, field: str) -> list[Frame]:
    """Frames from ``[["09:00", "17:00"], …]``."""
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValidationError(msg("Opening frames are pairs of times"), field=field)
    found: list[Frame] = []
    for pair in value:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise ValidationError(msg("Opening frames are pairs of times"), field=field)
        found.append((minute_from(pair[0], field), minute_from(pair[1], field)))
    return found


def day_from(value: Any, field: str) -> date:
    """A date from ``"2024-06-10"``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValidationError(
            msg("“{text}” is not a date like 2024-06-10", text=str(value)),
            field=field,
            code="bad_date",
        ) from None


def no_working_time() -> ValidationError:
    """The refusal of a calendar that never works."""
    return ValidationError(
        msg("The calendar has no working time in {days} days", days=EMPTY_DAYS),
        field="calendar",
        code="no_working_time",
    )


def out_of_range() -> ValidationError:
    """The refusal of a time that no calendar reaches."""
    return ValidationError(
        msg("The time lies outside what can be computed"), field="amount", code="out_of_range"
    )


def add_months(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same local day and time ``months`` later, clamped to the month's end (sla.md 1.7)."""
    local = start.astimezone(zone)
    count = local.year * 12 + local.month - 1 + months
    year, month = divmod(count, 12)
    if not 1 <= year <= 9998:
        raise out_of_range()
    first = date(year, month + 1, 1)
    length = ((first + timedelta(days=31)).replace(day=1) - first).days
    day = first.replace(day=min(local.day, length))
    return wall_instant(datetime.combine(day, local.time().replace(fold=0)), zone)


def add_days(start: datetime, days: int, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime:
    """``days`` calendar days later at the same local time, or at that day's last minute (D-12)."""
    local = start.astimezone(zone)
    try:
        day = local.date() + timedelta(days=days)
        if end_of_day:
            return wall_instant(datetime.combine(day, time(23, 59)), zone)
        return wall_instant(datetime.combine(day, local.time().replace(fold=0)), zone)
    except OverflowError:
        raise out_of_range() from None
