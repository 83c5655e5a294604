"""Reckoning of one cycle: its limit, what is cut out of it, and what has been used (sla.md 2.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from crm_tui.domain.business_time import (
    ZERO,
    Calendar,
    add_days,
    add_months,
    zone_named,
)
from crm_tui.domain.policy import SECONDS_BASES, Basis, PolicyLine

Interval = tuple[datetime, datetime | None]
"""A stretch; None means that it has not ended."""


@lru_cache(maxsize=1)
def _elapsed() -> Calendar:
    return Calendar.always("UTC")


@dataclass(frozen=True, slots=True)
class Measure:
    """How a line's time is counted: inside the calendar for working bases, else as it passes."""

    line: PolicyLine
    calendar: Calendar | None

    @property
    def inside(self) -> Calendar:
        """The calendar to count in."""
        working = self.line.basis in (Basis.WORKING, Basis.WORKING_DAYS)
        return self.calendar if working and self.calendar is not None else _elapsed()


@dataclass(slots=True)
class Reckoning:
    """A cycle from ``start`` to ``end`` (its stop, or now) without what is cut out of it."""

    measure: Measure
    start: datetime
    cuts: Sequence[Interval]
    end: datetime
    pinned: datetime | None = None

    def _cuts(self) -> list[Interval]:
        """The cuts after the start, in order, overlapping ones as one."""
        found: list[Interval] = []
        for start, end in sorted(self.cuts, key=lambda i: i[0]):
            start = max(start, self.start)
            if end is not None and end <= start:
                continue
            if found and (found[-1][1] is None or start <= found[-1][1]):
                last = found[-1]
                ends = None if last[1] is None or end is None else max(last[1], end)
                found[-1] = (last[0], ends)
            else:
                found.append((start, end))
        return found

    def _counted(self) -> Iterator[Interval]:
        """What is left between the cuts; the last one has no end."""
        at = self.start
        for start, end in self._cuts():
            if start > at:
                yield at, start
            if end is None:
                return
            at = end
        yield at, None

    def paused_now(self) -> bool:
        """Whether the end lies inside a cut that has not ended."""
        cuts = self._cuts()
        return bool(cuts) and cuts[-1][1] is None and cuts[-1][0] <= self.end

    def _nominal(self) -> datetime | None:
        """The due that stands before any time is cut out: pinned, or of a limit in days and months."""
        if self.pinned is not None:
            return self.pinned
        line, calendar = self.measure.line, self.measure.calendar
        if line.basis in SECONDS_BASES:
            return None
        count = int(line.amount)
        zone = calendar.zone if calendar is not None else zone_named("UTC")
        if line.basis is Basis.WORKING_DAYS and calendar is not None:
            return calendar.add_working_days(self.start, count, end_of_day=line.end_of_day)
        if line.basis is Basis.MONTHS:
            return add_months(self.start, count, zone)
        return add_days(self.start, count, zone, end_of_day=line.end_of_day)

    def amount(self) -> timedelta:
        """The limit as time in the measure."""
        nominal = self._nominal()
        if nominal is None:
            return timedelta(seconds=self.measure.line.amount)
        return self.measure.inside.between(self.start, nominal)

    def target_s(self) -> float:
        """The limit in seconds of the clock's own time."""
        return self.amount().total_seconds()

    def due(self) -> datetime | None:
        """The earliest instant at which the limit is used up; None while an open cut keeps it away."""
        nominal = self._nominal()
        if nominal is None:
            return self._after(self.amount())
        if all(start >= nominal for start, _ in self._cuts()):
            return nominal
        # What was cut out is given back in the clock's own time; nothing given back moves nothing.
        after = self._after(self.amount())
        return None if after is None else max(nominal, after)

    def _after(self, amount: timedelta) -> datetime | None:
        """The earliest instant at which ``amount`` has been counted."""
        inside = self.measure.inside
        left = amount
        for start, end in self._counted():
            if end is None:
                return inside.add(start, left)
            if not left:
                opens = inside.next_open(start)
                if opens < end:
                    return opens
                continue
            available = inside.between(start, end)
            if available >= left:
                return inside.add(start, left)
            left -= available
        # The cut that is open now holds the rest; what it would be due is known when it ends.
        return None

    def _before_due(self, due: datetime, amount: timedelta) -> datetime:
        """The latest instant with ``amount`` left until ``due``, at the start at the earliest."""
        if not amount:
            return due
        inside = self.measure.inside
        left = amount
        for start, end in reversed([*self._counted()]):
            closes = due if end is None else min(end, due)
            if closes <= start:
                continue
            available = inside.between(start, closes)
            if available >= left:
                return inside.add(closes, -left)
            left -= available
        return self.start

    def warn(self, due: datetime) -> datetime | None:
        """When to warn: at the line's share of the limit, or its time before ``due``."""
        line = self.measure.line
        if line.warn_before_s is not None:
            return self._before_due(due, timedelta(seconds=line.warn_before_s))
        amount = self.amount()
        if self._nominal() is not None and amount <= ZERO:
            return due
        return self._after(amount * (line.warn_percent / 100))

    def used(self) -> float:
        """Seconds counted so far."""
        total = ZERO
        for start, end in self._counted():
            closes = self.end if end is None else min(end, self.end)
            if closes > start:
                total += self.measure.inside.between(start, closes)
        return total.total_seconds()

    def paused(self) -> float:
        """Seconds of the clock's own time that were cut out."""
        total = ZERO
        for start, end in self._cuts():
            closes = self.end if end is None else min(end, self.end)
            if closes > start:
                total += self.measure.inside.between(start, closes)
        return total.total_seconds()

    def late(self, due: datetime) -> float:
        """Seconds of the clock's own time beyond ``due``."""
        total = ZERO
        for start, end in self._counted():
            opens, closes = max(start, due), self.end if end is None else min(end, self.end)
            if closes > opens:
                total += self.measure.inside.between(opens, closes)
        return total.total_seconds()

    def segments(self) -> tuple[tuple[datetime, datetime, str, float], ...]:
        """The stretch from start to end in pieces: counted, closed or paused, with their seconds."""
        found: list[tuple[datetime, datetime, str, float]] = []
        at = self.start.astimezone(UTC)
        end = self.end.astimezone(UTC)
        pieces = sorted(
            [(s, e, "paused") for s, e in self._cuts()]
            + [(s, e, "counted") for s, e in self._counted()],
            key=lambda p: p[0],
        )
        for start, until, kind in pieces:
            start = start.astimezone(UTC)
            closes = end if until is None else min(until.astimezone(UTC), end)
            if closes <= start:
                continue
            for opens, shuts in self.measure.inside.open_intervals(start, closes):
                if opens > at:
                    found.append((at, opens, "closed", (opens - at).total_seconds()))
                found.append((opens, shuts, kind, (shuts - opens).total_seconds()))
                at = shuts
            if closes > at:
                found.append((at, closes, "closed", (closes - at).total_seconds()))
                at = closes
        return tuple(found)
