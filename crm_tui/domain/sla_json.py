"""The two public JSON-lines interfaces: business time and clocks (sla.md 3)."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from crm_tui.domain.business_time import Calendar, out_of_range
from crm_tui.domain.clocks import ClockBoard, Cycle, Event, evaluate
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.policy import Basis, ClockKind, Facts, PolicyBook, PolicyLine, Switches

Calendars = Callable[[str], Calendar]
"""Finds a calendar that a line names."""

TARGETS: Final = (
    ClockKind.FIRST_RESPONSE,
    ClockKind.NEXT_RESPONSE,
    ClockKind.PROGRESS,
    ClockKind.RESOLUTION,
)
MOST_MINUTES: Final = 52_600_000
INLINE: Final = "inline"
OPS: Final = ("add_business_minutes", "business_minutes_between", "add_business_days")


def _refuse(message: Msg, field: str, code: str = "invalid") -> ValidationError:
    return ValidationError(message, field=field, code=code)


def _moment(value: Any, field: str) -> datetime:
    """An aware time; raises `ValidationError` for one without an offset."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is not None:
            if not 2 <= found.year <= 9997:
                raise out_of_range()
            return found
    raise _refuse(
        msg(
            "“{text}” is not a time with offset like 2024-06-03T09:00:00+08:00",
            text=str(value)[:60],
        ),
        field,
        "bad_time",
    )


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refuse(msg("“{text}” is not a number", text=str(value)[:60]), field, "bad_number")
    return value


def _minutes(value: Any, field: str) -> float:
    number = _number(value, field)
    if abs(number) > MOST_MINUTES:
        raise out_of_range()
    return number


def _object(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _refuse(msg("{field} must be an object", field=field), field)
    return value


def _part(obj: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """An object of the line; an empty one where it is not given."""
    return {} if obj.get(field) is None else _object(obj[field], field)


def _list(value: Any, field: str) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _refuse(msg("{field} must be a list", field=field), field)
    return value


def _calendar(obj: Mapping[str, Any], calendars: Calendars) -> Calendar | None:
    """The calendar of a line: named, an object of its own, or spread over the line itself."""
    given = obj.get("calendar")
    if isinstance(given, str):
        return calendars(given)
    if given is not None:
        return Calendar.from_data(_object(given, "calendar"))
    return Calendar.from_data(obj) if "hours" in obj else None


def _whole(value: float) -> int | float:
    """A whole number without its point, others to the microsecond of a minute."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


# 3.1 crm-tui calendar compute


def compute_line(obj: Mapping[str, Any], calendars: Calendars) -> dict[str, Any]:
    """One computation of business time; raises `DomainError` for a bad line."""
    calendar = _calendar(obj, calendars)
    if calendar is None:
        raise _refuse(msg("The opening hours are missing"), "hours")
    start = _moment(obj.get("start"), "start")
    op = obj.get("op")
    if op == "business_minutes_between":
        total = calendar.between(start, _moment(obj.get("end"), "end")).total_seconds()
        return {"id": obj.get("id"), "result": _whole(total / 60), "result_s": _whole(total)}
    if op == "add_business_minutes":
        if "amount_s" in obj:
            seconds = _number(obj["amount_s"], "amount_s")
            if abs(seconds) > MOST_MINUTES * 60:
                raise out_of_range()
            amount = timedelta(seconds=seconds)
        else:
            amount = timedelta(minutes=_minutes(obj.get("amount"), "amount"))
        return {"id": obj.get("id"), "result": _shown(calendar.add(start, amount), calendar.zone)}
    if op == "add_business_days":
        days = _number(obj.get("amount"), "amount")
        if days != int(days):
            raise _refuse(msg("Days are whole numbers"), "amount", "bad_number")
        end_of_day = obj.get("end_of_day", False)
        if not isinstance(end_of_day, bool):
            raise _refuse(msg("end_of_day is true or false"), "end_of_day")
        found = calendar.add_working_days(start, int(days), end_of_day=end_of_day)
        return {"id": obj.get("id"), "result": _shown(found, calendar.zone)}
    raise _refuse(msg("op is one of {ops}", ops=", ".join(OPS)), "op", "unknown_op")


def _shown(at: datetime, zone: tzinfo) -> str:
    # Years are checked at the edge, so that no zone leads out of the calendar.
    return at.astimezone(zone).isoformat()


# 3.2 crm-tui sla evaluate


def evaluate_line(obj: Mapping[str, Any], calendars: Calendars) -> dict[str, Any]:
    """The clocks that follow from one line's events; raises `DomainError` for a bad line."""
    return _Evaluation(obj, calendars).answer()


class _Evaluation:
    """One line of `sla evaluate`, turned into the events and policies that tickets have."""

    def __init__(self, obj: Mapping[str, Any], calendars: Calendars) -> None:
        self.obj = obj
        self.find = calendars
        self.books: list[PolicyBook] = []
        self.known: dict[str, Calendar] = {}
        self.switches = self._switches(_part(obj, "switches"))
        self.targets = self._targets(_part(obj, "targets"))
        self.by_priority = {
            str(name): self._targets(_object(targets, "priority_targets"))
            for name, targets in _part(obj, "priority_targets").items()
        }
        applies = obj.get("applies_to_priorities")
        self.applies = (
            None if applies is None else {str(p) for p in _list(applies, "applies_to_priorities")}
        )
        self.warn = self._warn(obj.get("warn_before"))
        self.pause_states = self._states("pause_states", ("waiting_customer",))
        self.closed_states = self._states("closed_states", ("resolved", "closed"))
        self.calendar = _calendar(obj, calendars)
        self.basis = self._basis(obj.get("basis"))

    def _states(self, field: str, default: tuple[str, ...]) -> frozenset[str]:
        given = self.obj.get(field)
        return frozenset(default if given is None else (str(s) for s in _list(given, field)))

    @staticmethod
    def _switches(given: Mapping[str, Any]) -> Switches:
        known = {f.name for f in fields(Switches)}
        for name, value in given.items():
            if name not in known:
                raise _refuse(msg("There is no switch {name}", name=str(name)), "switches")
            wanted = ("created", "attached") if name == "start" else (True, False)
            if value not in wanted or (name != "start" and not isinstance(value, bool)):
                raise _refuse(msg("The switch {name} has a wrong value", name=name), "switches")
        return Switches(**given)

    @staticmethod
    def _targets(given: Mapping[str, Any]) -> dict[ClockKind, float | None]:
        found: dict[ClockKind, float | None] = {}
        for name, value in given.items():
            if name not in {str(k) for k in TARGETS}:
                raise _refuse(msg("There is no clock {name} here", name=str(name)), "targets")
            minutes = None if value is None else _minutes(value, "targets")
            if minutes is not None and minutes < 0:
                raise _refuse(msg("A limit is not negative and not endless"), "targets")
            found[ClockKind(name)] = minutes
        return found

    @staticmethod
    def _warn(given: Any) -> dict[ClockKind, float]:
        if given is None:
            return {}
        if isinstance(given, Mapping):
            found = {}
            for name, value in given.items():
                if name not in {str(k) for k in TARGETS}:
                    raise _refuse(
                        msg("There is no clock {name} here", name=str(name)), "warn_before"
                    )
                if value is not None:
                    found[ClockKind(name)] = _minutes(value, "warn_before")
        else:
            found = dict.fromkeys(TARGETS, _minutes(given, "warn_before"))
        if any(minutes < 0 for minutes in found.values()):
            raise _refuse(msg("A warning comes before the due, not after it"), "warn_before")
        return found

    def _basis(self, given: Any) -> Basis:
        if given is None:
            return Basis.WORKING if self.calendar is not None else Basis.ELAPSED
        if given not in ("working", "elapsed"):
            raise _refuse(msg("The basis is working or elapsed"), "basis")
        if given == "working" and self.calendar is None:
            raise _refuse(msg("Working time needs a calendar"), "calendar")
        return Basis(given)

    def book(self) -> int:
        """Keep a policy of the targets and calendar as they now stand; its version."""
        name = f"{INLINE}{len(self.books)}"
        if self.calendar is not None:
            self.known[name] = self.calendar
        lines: list[PolicyLine] = []
        priorities: list[str | None] = [None, *self.by_priority]
        if self.applies is not None:
            priorities = sorted(self.applies)  # type: ignore[assignment]  # strings are among them
        for priority in priorities:
            targets = {**self.targets, **self.by_priority.get(priority or "", {})}
            for clock, minutes in targets.items():
                if minutes is None:
                    continue
                warn = self.warn.get(clock)
                lines.append(
                    PolicyLine(
                        id=f"{clock}:{priority or '*'}",
                        clock=clock,
                        basis=self.basis,
                        amount=minutes * 60,
                        calendar=name if self.calendar is not None else None,
                        urgencies=frozenset() if priority is None else frozenset({priority}),
                        warn_before_s=None if warn is None else warn * 60,
                    )
                )
        self.books.append(_PriorityBook(len(self.books) + 1, tuple(lines), self.switches))
        return len(self.books)

    def answer(self) -> dict[str, Any]:
        """The line's result."""
        events = self._events()
        now = events[-1].at if "now" not in self.obj else _moment(self.obj["now"], "now")
        categories = dict.fromkeys(self.closed_states, "closed")
        categories |= dict.fromkeys(self.pause_states - self.closed_states, "waiting")
        board = evaluate(
            events,
            books=lambda version: self.books[version - 1],
            calendars=lambda name, at: self.known[name],
            categories=categories,
            now=now.astimezone(UTC),
        )
        zone = self.known[f"{INLINE}0"].zone if f"{INLINE}0" in self.known else events[0].at.tzinfo
        wanted = {c for book in self.books for c in (line.clock for line in book.lines)}
        return {
            "id": self.obj.get("id"),
            "clocks": {
                str(kind): _clock(board, kind, zone or UTC) for kind in TARGETS if kind in wanted
            },
        }

    def _events(self) -> list[Event]:
        given = _list(self.obj.get("events"), "events")
        if not given:
            raise _refuse(msg("There are no events"), "events")
        found: list[Event] = []
        for position, entry in enumerate(given):
            self._event(_object(entry, "events"), 10 * position, found)
        if found[0].type != "created":
            ordered = sorted(found, key=lambda e: (e.at, e.seq))
            if ordered[0].type != "created":
                raise _refuse(msg("The first event is created"), "events", "created_missing")
        return sorted(found, key=lambda e: (e.at, e.seq))

    def _event(self, entry: Mapping[str, Any], seq: int, found: list[Event]) -> None:
        at = _moment(entry.get("at"), "at")
        name = entry.get("type")
        automatic = bool(entry.get("automatic", False))
        if name == "created":
            by = entry.get("by", "customer")
            if by not in ("customer", "staff"):
                raise _refuse(msg("by is customer or staff"), "by")
            facts = Facts(urgency=str(entry.get("priority", "")))
            state = entry.get("state")
            found.append(
                Event(
                    at,
                    seq,
                    "created",
                    by=by,
                    facts=facts,
                    policy_version=self.book(),
                    to=None if state is None else str(state),
                    nodes=False,
                )
            )
            found.append(Event(at, seq + 1, "registered"))
        elif name == "staff_reply":
            found.append(Event(at, seq, "staff_reply", automatic=automatic))
            if not automatic:
                found.append(Event(at, seq + 1, "progress"))
        elif name == "customer_message":
            found.append(Event(at, seq, "customer_message", automatic=automatic))
        elif name in ("progress", "attached", "merged", "cancelled"):
            found.append(Event(at, seq, str(name)))
        elif name in ("state", "priority"):
            if not isinstance(entry.get("to"), str):
                raise _refuse(msg("The event does not say to what"), "to")
            if name == "state":
                found.append(Event(at, seq, "state", to=entry["to"]))
            else:
                found.append(Event(at, seq, "facts", facts=Facts(urgency=entry["to"])))
        elif name == "policy":
            if entry.get("targets") is not None:
                self.targets = self._targets(_object(entry["targets"], "targets"))
                self.by_priority = {}
            if entry.get("calendar") is not None:
                self.calendar = _calendar(entry, self.find)
                if self.basis is Basis.ELAPSED and self.obj.get("basis") is None:
                    self.basis = Basis.WORKING
            found.append(Event(at, seq, "facts", policy_version=self.book()))
        else:
            raise _refuse(
                msg("There is no event {name}", name=str(name)[:60]), "type", "unknown_event"
            )


class _PriorityBook(PolicyBook):
    """A book in which a line for one priority goes before the line for all."""

    def choose(self, facts: Facts) -> dict[ClockKind, PolicyLine]:
        """The priority's own line where there is one."""
        chosen: dict[ClockKind, PolicyLine] = {}
        for line in self.lines:
            if line.applies(facts) and (line.clock not in chosen or line.urgencies):
                chosen[line.clock] = line
        return chosen


def _clock(board: ClockBoard, kind: ClockKind, zone: tzinfo) -> dict[str, Any]:
    cycles = board.clocks.get(kind, ())
    if not cycles:
        return {
            "state": "not_applicable",
            "due": None,
            "warn_at": None,
            "started_at": None,
            "stopped_at": None,
            "target_minutes": None,
            "used_minutes": 0,
            "paused_minutes": 0,
            "late_minutes": 0,
            "cycles": [],
            "segments": [],
        }
    views = [_cycle(c, zone) for c in cycles]
    last = dict(views[-1])
    if kind is ClockKind.NEXT_RESPONSE:
        last["used_minutes"] = max(v["used_minutes"] for v in views)
    last["cycles"] = views
    last["segments"] = [
        {
            "from": _shown(start, zone),
            "to": _shown(end, zone),
            "kind": name,
            "minutes": _whole(s / 60),
        }
        for start, end, name, s in cycles[-1].segments
    ]
    return last


def _cycle(cycle: Cycle, zone: tzinfo) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return None if at is None else _shown(at, zone)

    return {
        "state": cycle.state,
        "due": moment(cycle.due_at),
        "warn_at": moment(cycle.warn_at),
        "started_at": moment(cycle.started_at),
        "stopped_at": moment(cycle.stopped_at),
        "target_minutes": None if cycle.target_s is None else _whole(cycle.target_s / 60),
        "used_minutes": _whole(cycle.used_s / 60),
        "paused_minutes": _whole(cycle.paused_s / 60),
        "late_minutes": _whole(cycle.late_s / 60),
    }


# Lines


def run_lines(
    lines: Iterable[str],
    handler: Callable[[Mapping[str, Any]], dict[str, Any]],
    render: Callable[[Msg], str] = str,
) -> Iterator[tuple[str, bool]]:
    """Answer each line with one line and whether it was good; blank lines are passed over."""
    for line in lines:
        if not line.strip():
            continue
        obj: Any = None
        try:
            try:
                obj = json.loads(line)
            except (ValueError, RecursionError):
                raise _refuse(msg("The line is not JSON"), "line", "bad_json") from None
            answer = handler(_object(obj, "line"))
            yield json.dumps(answer, ensure_ascii=False, allow_nan=False), True
        except DomainError as error:
            wrong = {"code": error.code, "message": render(error.message)}
            own = obj.get("id") if isinstance(obj, Mapping) else None
            yield json.dumps({"id": own, "error": wrong}, ensure_ascii=False), False
