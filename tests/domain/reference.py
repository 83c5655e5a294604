"""A second reckoning of sla.md, minute by minute and with nothing clever in it, to hold the rules against.

Times are whole minutes since 1970 in UTC; a reckoning knows a window of some weeks and nothing outside.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCKS = ("first_response", "next_response", "progress", "resolution")
REOPEN_MINUTES = 7 * 24 * 60
DAY = timedelta(days=1)


class BeyondWindow(Exception):
    """The answer lies outside the weeks that are reckoned with."""


def minute_of(moment: datetime) -> int:
    """The minute of an aware time."""
    return int(moment.timestamp()) // 60


def moment_of(minute: float, zone: str = "UTC") -> datetime:
    """The time of a minute in a zone."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone))


@lru_cache(maxsize=32)
def latest_wall(zone: str, first: int, last: int) -> list[datetime]:
    """Per minute the latest wall-clock time that has been shown so far; it never goes back."""
    shown: list[datetime] = []
    for minute in range(first, last):
        wall = moment_of(minute, zone).replace(tzinfo=None)
        shown.append(max(shown[-1], wall) if shown else wall)
    return shown


class Desk:
    """A calendar as a row of open and closed minutes (sla.md 1)."""

    def __init__(self, data: Mapping[str, Any], first: int, last: int) -> None:
        self.zone: str = data["timezone"]
        self.first, self.last = first, last
        self.walls = latest_wall(self.zone, first, last)
        self.open = bytearray(last - first)
        self.closings: dict[date, list[int]] = {}
        day = self.walls[0].date()
        while day <= self.walls[-1].date():
            self.closings[day] = []
            for opens, closes in self._frames(data, day):
                start, end = self.instant(day, opens), self.instant(day, closes)
                if start < end:
                    self.open[start - first : end - first] = b"\1" * (end - start)
                    self.closings[day].append(end)
            day += DAY

    @staticmethod
    def _frames(data: Mapping[str, Any], day: date) -> Iterator[tuple[timedelta, timedelta]]:
        name = day.isoformat()
        weekday = data["hours"].get(WEEKDAYS[day.weekday()], [])
        plain = [] if name in data["holidays"] else weekday
        for pair in data["overrides"].get(name, plain):
            opens, closes = (text.split(":") for text in pair)
            yield (
                timedelta(hours=int(opens[0]), minutes=int(opens[1])),
                timedelta(hours=int(closes[0]), minutes=int(closes[1])),
            )

    def instant(self, day: date, since_midnight: timedelta) -> int:
        """The first minute whose wall clock has come that far: the end of a gap, the first of two."""
        wall = datetime(day.year, day.month, day.day) + since_midnight
        return self.first + bisect_left(self.walls, wall)

    def is_open(self, minute: int) -> bool:
        """Whether the desk works in this minute."""
        if not self.first <= minute < self.last:
            raise BeyondWindow
        return bool(self.open[minute - self.first])

    def add(self, start: int, amount: float) -> float:
        """The earliest minute at which so many open ones are used up; backwards the latest."""
        at, left = start, abs(amount)
        if not amount:
            while not self.is_open(at):
                at += 1
            return at
        if amount < 0:
            while True:
                at -= 1
                if self.is_open(at):
                    if left <= 1:
                        return at + 1 - left
                    left -= 1
        while True:
            if self.is_open(at):
                if left <= 1:
                    return at + left
                left -= 1
            at += 1

    def between(self, start: int, end: int) -> int:
        """Open minutes from start to end; negative backwards."""
        sign = 1 if start <= end else -1
        return sign * sum(self.is_open(m) for m in range(min(start, end), max(start, end)))

    def add_days(self, start: int, amount: int, *, end_of_day: bool) -> int:
        """Working days on, at the same wall clock or at the last closing."""
        wall = moment_of(start, self.zone).replace(tzinfo=None)
        day, left = wall.date(), abs(amount)
        while left or not self._works(day):
            day += -DAY if amount < 0 else DAY
            left -= self._works(day)
        if end_of_day:
            return max(self.closings[day])
        since = wall - datetime(wall.year, wall.month, wall.day)
        return start if day == wall.date() else self.instant(day, since)

    def _works(self, day: date) -> bool:
        if day not in self.closings:
            raise BeyondWindow
        return bool(self.closings[day])


class RoundTheClock:
    """Elapsed time: every minute counts."""

    def is_open(self, minute: int) -> bool:
        """Always."""
        return True


@dataclass
class Run:
    """One cycle of one clock: for each minute since its start whether it was cut out."""

    start: int
    cut: list[bool] = field(default_factory=list)
    how: str = ""
    had_target: bool = False
    lost_at: int | None = None
    view: dict[str, Any] | None = None


class Ticket:
    """The events of one line of `sla evaluate`, lived through minute by minute (sla.md 2 and 3.2)."""

    def __init__(self, line: Mapping[str, Any], first: int, last: int) -> None:
        self.line = line
        self.window = (first, last)
        self.switches: dict[str, Any] = {
            "first_response_pauses": False,
            "next_response_pauses": True,
            "resolution_pauses": True,
            "next_response_counts_opening": False,
            "resolve_counts_as_first_response": False,
            "start": "created",
            **line.get("switches", {}),
        }
        self.closed = set(line.get("closed_states", ["resolved", "closed"]))
        self.waiting = set(line.get("pause_states", ["waiting_customer"])) - self.closed
        self.targets: Mapping[str, Any] = line["targets"]
        self.by_priority: Mapping[str, Any] = line.get("priority_targets", {})
        self.desk: Desk | RoundTheClock = RoundTheClock()
        if "calendar" in line:
            self.take_calendar(line["calendar"])
        self.priority, self.state = "", "open"
        self.attached = self.switches["start"] == "created"
        self.answered = self.unanswered = False
        self.ended_at = 0
        self.runs: dict[str, list[Run]] = {clock: [] for clock in CLOCKS}

    def take_calendar(self, data: Mapping[str, Any]) -> None:
        """Count in this calendar, unless elapsed time was asked for."""
        if self.line.get("basis") != "elapsed":
            self.desk = Desk(data, *self.window)

    def target(self, clock: str) -> float | None:
        """The target that holds now."""
        applies = self.line.get("applies_to_priorities")
        if applies is not None and self.priority not in applies:
            return None
        own: Mapping[str, Any] = self.by_priority.get(self.priority, {})
        found: float | None = own[clock] if clock in own else self.targets.get(clock)
        return found

    def is_cut(self, clock: str) -> bool:
        """Whether this minute does not count for a clock."""
        if clock == "resolution" and self.state in self.closed:
            return True
        return self.state in self.waiting and self.switches.get(f"{clock}_pauses", True)

    # Looking

    def look(self, clock: str, run: Run, now: int, *, stopping: bool) -> dict[str, Any] | None:
        """The cycle as it stands; a stop closes the pause first."""
        target = self.target(clock)
        if target is None:
            lost = now if run.lost_at is None else run.lost_at
            gone = {"state": "cancelled", "started_at": run.start, "stopped_at": lost}
            return gone if run.had_target else None
        run.had_target = True
        minutes = range(run.start, now)
        opened = [
            (m, cut) for m, cut in zip(minutes, run.cut, strict=False) if self.desk.is_open(m)
        ]
        counted = [m for m, cut in opened if not cut]
        held = self.is_cut(clock) and not stopping
        ahead = [] if held else self._ahead(now)
        due = _used_up(chain(counted, ahead), target)
        late = due is not None and now > due
        return {
            "state": "paused" if held else "running",
            "started_at": run.start,
            "stopped_at": None,
            "due": due,
            "warn_at": None
            if due is None
            else self._warning(clock, run, counted, now, due, target),
            "target_minutes": target,
            "used_minutes": len(counted),
            "paused_minutes": len(opened) - len(counted),
            "late_minutes": sum(m >= due for m in counted) if late and due is not None else 0,
            "late": late,
        }

    def _ahead(self, now: int) -> Iterator[int]:
        while True:
            if self.desk.is_open(now):
                yield now
            now += 1

    def _warning(
        self, clock: str, run: Run, counted: list[int], now: int, due: float, target: float
    ) -> float | None:
        before = self.line.get("warn_before")
        if isinstance(before, dict):
            before = before.get(clock)
        if before is None:
            return _used_up(chain(counted, self._ahead(now)), target * 0.75)
        if before == 0:
            return due
        own = [m for m in counted if m < due]
        for minute in self._ahead(now):
            if minute >= due:
                break
            own.append(minute)
        return own[-before] if len(own) >= before else run.start

    # Starting and stopping

    def running(self, clock: str) -> Run | None:
        """The cycle that has not ended."""
        last = self.runs[clock][-1:]
        return last[0] if last and not last[0].how else None

    def start(self, clock: str, now: int) -> None:
        """Begin a cycle."""
        self.runs[clock].append(Run(now))

    def stop(self, clock: str, now: int, how: str = "stopped") -> None:
        """End the running cycle; one that is late is missed, however it ends."""
        run = self.running(clock)
        if run is None:
            return
        view = self.look(clock, run, now, stopping=True)
        run.how, run.view = how, view
        if view is None or view["state"] == "cancelled":
            return
        if how == "stopped" or view["late"]:
            how = "missed" if view["late"] else "met"
        run.view = {**view, "state": how, "stopped_at": now}

    def begin(self, now: int) -> None:
        """The clocks begin to count."""
        self.attached = True
        if not self.answered:
            self.start("first_response", now)
        self.start("resolution", now)
        self.start("progress", now)
        if self.unanswered and (self.answered or self.switches["next_response_counts_opening"]):
            self.start("next_response", now)
        if self.state in self.closed:
            self.end(now)

    def end(self, now: int) -> None:
        """The ticket is resolved or closed."""
        counts = self.switches["resolve_counts_as_first_response"]
        self.stop("first_response", now, "stopped" if counts else "not_applicable")
        self.stop("next_response", now, "not_applicable")
        self.stop("progress", now)
        self.stop("resolution", now)
        self.unanswered = False

    def enter(self, state: str, now: int) -> None:
        """Go to a state; leaving a closed one resumes the resolution (sla.md 2)."""
        was_closed, self.state = self.state in self.closed, state
        if state in self.closed and not was_closed:
            self.ended_at = now
            self.end(now)
        if was_closed and state not in self.closed:
            for run in self.runs["resolution"]:
                run.how = ""
            if self.runs["progress"]:
                self.start("progress", now)
            if self.unanswered and self.attached:
                self.start("next_response", now)

    # Living

    def take(self, event: Mapping[str, Any]) -> None:
        """One event."""
        now, name = event["at"], event["type"]
        if name == "created":
            self.priority = event.get("priority", "")
            opening = event.get("by", "customer") == "customer"
            self.unanswered = opening and self.switches["next_response_counts_opening"]
            self.state, self.ended_at = event.get("state", "open"), now
            if self.attached:
                self.begin(now)
            self.unanswered = self.unanswered and self.state not in self.closed
        elif name == "attached" and not self.attached:
            self.begin(now)
        elif name == "staff_reply":
            self.stop("first_response", now)
            self.stop("next_response", now)
            self.answered, self.unanswered = True, False
            if self.running("progress"):
                self.stop("progress", now)
                self.start("progress", now)
        elif name == "customer_message":
            self.hear(now)
        elif name == "state":
            self.enter(event["to"], now)
        elif name == "priority":
            self.priority = event["to"]
        elif name == "policy":
            if "targets" in event:
                self.targets, self.by_priority = event["targets"], {}
            if "calendar" in event:
                self.take_calendar(event["calendar"])
        self.note_losses(now)

    def hear(self, now: int) -> None:
        """A customer's message: back to work, or for a linked new ticket (sla.md 2.7)."""
        if self.state in self.closed:
            if now - self.ended_at <= REOPEN_MINUTES:
                self.unanswered = True
                self.enter("open", now)
            return
        first_over = self.running("first_response") is None
        counts = first_over or self.switches["next_response_counts_opening"]
        if self.attached and counts and not self.running("next_response"):
            self.start("next_response", now)
        self.unanswered = True
        if self.state in self.waiting:
            self.state = "open"

    def note_losses(self, now: int) -> None:
        """Since when a running clock has no target any more."""
        for clock in CLOCKS:
            run = self.running(clock)
            if run is None:
                continue
            if self.target(clock) is not None:
                run.had_target, run.lost_at = True, None
            elif run.lost_at is None:
                run.lost_at = now

    def live(self, now: int) -> dict[str, list[dict[str, Any]]]:
        """The cycles of every clock at ``now``."""
        events = sorted(self.line["events"], key=lambda e: int(e["at"]))
        at = events[0]["at"]
        while True:
            while events and events[0]["at"] == at:
                self.take(events.pop(0))
            if at == now:
                break
            for clock, runs in self.runs.items():
                # A resolved ticket's resolution may go on: what passes until then is cut out.
                if runs and (clock == "resolution" or not runs[-1].how):
                    runs[-1].cut.append(self.is_cut(clock))
            at += 1
        return {clock: list(self._views(clock, now)) for clock in CLOCKS}

    def _views(self, clock: str, now: int) -> Iterator[dict[str, Any]]:
        for run in self.runs[clock]:
            view = run.view if run.how else self.look(clock, run, now, stopping=False)
            if view is not None:
                yield view


def _used_up(minutes: Iterable[int], amount: float) -> float | None:
    """When so many of these minutes have passed; for none of them, when the first begins."""
    for minute in minutes:
        if amount <= 1:
            return minute + amount
        amount -= 1
    return None
