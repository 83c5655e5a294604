"""The two public JSON-lines interfaces: business time and clocks (sla.md 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from crm_tui.domain.business_time import Calendar, out_of_range
from crm_tui.domain.clocks import GONE_STATES, ClockBoard, Cycle, Event, evaluate
from crm_tui.domain.json_lines import (
    MOST_MINUTES,
    as_list,
    as_object,
    minutes_of,
    moment_of,
    number_of,
    part_of,
    refused,
    whole,
)
from crm_tui.domain.msg import msg
from crm_tui.domain.policy import Basis, ClockKind, Facts, PolicyBook, PolicyLine, Switches
from crm_tui.domain.workflow import may_reopen_as_same

Calendars = Callable[[str], Calendar]
"""Finds a calendar that a line names."""

TARGETS: Final = (
    ClockKind.FIRST_RESPONSE,
    ClockKind.NEXT_RESPONSE,
    ClockKind.PROGRESS,
    ClockKind.RESOLUTION,
)
INLINE: Final = "inline"
OPEN: Final = "open"
"""The state that a ticket starts in, and that a customer's message takes it back to."""
OPS: Final = ("add_business_minutes", "business_minutes_between", "add_business_days")


def _calendar(obj: Mapping[str, Any], calendars: Calendars) -> Calendar | None:
    """The calendar of a line: named, an object of its own, or spread over the line itself."""
    given = obj.get("calendar")
    if isinstance(given, str):
        return calendars(given)
    if given is not None:
        return Calendar.from_data(as_object(given, "calendar"))
    return Calendar.from_data(obj) if "hours" in obj else None


# 3.1 crm-tui calendar compute


def compute_line(obj: Mapping[str, Any], calendars: Calendars) -> dict[str, Any]:
    """One computation of business time; raises `DomainError` for a bad line."""
    calendar = _calendar(obj, calendars)
    if calendar is None:
        raise refused(msg("The opening hours are missing"), "hours")
    start = moment_of(obj.get("start"), "start")
    op = obj.get("op")
    if op == "business_minutes_between":
        total = calendar.between(start, moment_of(obj.get("end"), "end")).total_seconds()
        return {"id": obj.get("id"), "result": whole(total / 60), "result_s": whole(total)}
    if op == "add_business_minutes":
        if obj.get("amount_s") is not None:
            seconds = number_of(obj["amount_s"], "amount_s")
            if abs(seconds) > MOST_MINUTES * 60:
                raise out_of_range()
            amount = timedelta(seconds=seconds)
        else:
            amount = timedelta(minutes=minutes_of(obj.get("amount"), "amount"))
        return {"id": obj.get("id"), "result": _shown(calendar.add(start, amount), calendar.zone)}
    if op == "add_business_days":
        days = number_of(obj.get("amount"), "amount")
        if days != int(days):
            raise refused(msg("Days are whole numbers"), "amount", "bad_number")
        end_of_day = obj.get("end_of_day", False)
        if not isinstance(end_of_day, bool):
            raise refused(msg("end_of_day is true or false"), "end_of_day")
        found = calendar.add_working_days(start, int(days), end_of_day=end_of_day)
        return {"id": obj.get("id"), "result": _shown(found, calendar.zone)}
    raise refused(msg("op is one of {ops}", ops=", ".join(OPS)), "op", "unknown_op")


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
        self.switches = Switches.from_data(part_of(obj, "switches"))
        self.targets = self._targets(part_of(obj, "targets"))
        self.by_priority = {
            str(name): self._targets(as_object(targets, "priority_targets"))
            for name, targets in part_of(obj, "priority_targets").items()
        }
        applies = obj.get("applies_to_priorities")
        self.applies = (
            None if applies is None else {str(p) for p in as_list(applies, "applies_to_priorities")}
        )
        self.warn = self._warn(obj.get("warn_before"))
        self.pause_states = self._states("pause_states", ("waiting_customer",))
        self.closed_states = self._states("closed_states", ("resolved", "closed"))
        self.calendar = _calendar(obj, calendars)
        self.basis = self._basis(obj.get("basis"))

    def _states(self, field: str, default: tuple[str, ...]) -> frozenset[str]:
        given = self.obj.get(field)
        return frozenset(default if given is None else (str(s) for s in as_list(given, field)))

    @staticmethod
    def _targets(given: Mapping[str, Any]) -> dict[ClockKind, float | None]:
        found: dict[ClockKind, float | None] = {}
        for name, value in given.items():
            if name not in {str(k) for k in TARGETS}:
                raise refused(msg("There is no clock {name} here", name=str(name)), "targets")
            minutes = None if value is None else minutes_of(value, "targets")
            if minutes is not None and minutes < 0:
                raise refused(msg("A limit is not negative and not endless"), "targets")
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
                    raise refused(
                        msg("There is no clock {name} here", name=str(name)), "warn_before"
                    )
                if value is not None:
                    found[ClockKind(name)] = minutes_of(value, "warn_before")
        else:
            found = dict.fromkeys(TARGETS, minutes_of(given, "warn_before"))
        if any(minutes < 0 for minutes in found.values()):
            raise refused(msg("A warning comes before the due, not after it"), "warn_before")
        return found

    def _basis(self, given: Any) -> Basis:
        if given is None:
            return Basis.WORKING if self.calendar is not None else Basis.ELAPSED
        if given not in ("working", "elapsed"):
            raise refused(msg("The basis is working or elapsed"), "basis")
        if given == "working" and self.calendar is None:
            raise refused(msg("Working time needs a calendar"), "calendar")
        return Basis(given)

    def book(self) -> int:
        """Keep a policy of the targets and calendar as they now stand; its version."""
        name = f"{INLINE}{len(self.books)}"
        if self.calendar is not None:
            self.known[name] = self.calendar
        calendar = name if self.calendar is not None else None
        priorities = set(self.by_priority) if self.applies is None else self.applies
        by_priority = {
            p: self._lines({**self.targets, **self.by_priority.get(p, {})}, p, calendar)
            for p in sorted(priorities)
        }
        others = self._lines(self.targets, None, calendar) if self.applies is None else ()
        lines = (*others, *(line for own in by_priority.values() for line in own))
        version = len(self.books) + 1
        self.books.append(_PriorityBook(version, lines, self.switches, by_priority, others))
        return version

    def _lines(
        self, targets: Mapping[ClockKind, float | None], priority: str | None, calendar: str | None
    ) -> tuple[PolicyLine, ...]:
        """A line per clock that has a target."""
        found: list[PolicyLine] = []
        for clock, minutes in targets.items():
            if minutes is None:
                continue
            warn = self.warn.get(clock)
            found.append(
                PolicyLine(
                    id=f"{clock}:{'*' if priority is None else priority}",
                    clock=clock,
                    basis=self.basis,
                    amount=minutes * 60,
                    calendar=calendar,
                    urgencies=frozenset() if priority is None else frozenset({priority}),
                    warn_before_s=None if warn is None else warn * 60,
                )
            )
        return tuple(found)

    def answer(self) -> dict[str, Any]:
        """The line's result."""
        events = self._events()
        given = self.obj.get("now")
        now = events[-1].at if given is None else moment_of(given, "now")
        categories = dict.fromkeys(self.closed_states, "closed")
        categories |= dict.fromkeys(self.pause_states - self.closed_states, "waiting")
        board = evaluate(
            events,
            books=lambda version: self.books[version - 1],
            calendars=lambda name, at: self.known[name],
            categories=categories,
            now=now.astimezone(UTC),
            gone_states=GONE_STATES - self.closed_states - self.pause_states,
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
        given = as_list(self.obj.get("events"), "events")
        if not given:
            raise refused(msg("There are no events"), "events")
        found: list[Event] = []
        for position, entry in enumerate(given):
            self._event(as_object(entry, "events"), 10 * position, found)
        found.sort(key=lambda e: (e.at, e.seq))
        if found[0].type != "created":
            raise refused(msg("The first event is created"), "events", "created_missing")
        if sum(e.type == "created" for e in found) > 1:
            raise refused(msg("A ticket is created once"), "events", "created_twice")
        return self._reopened(found)

    def _reopened(self, events: Sequence[Event]) -> list[Event]:
        """The log with what a customer's message does to an ended ticket (sla.md 2.7)."""
        found: list[Event] = []
        ended_at: datetime | None = None
        for event in events:
            if event.to is not None:
                ended = event.to in self.closed_states
                ended_at = (ended_at or event.at) if ended else None
            elif event.type == "customer_message" and not event.automatic and ended_at is not None:
                if not may_reopen_as_same(ended_at, event.at):
                    # It belongs to the linked new ticket.
                    continue
                found.append(event)
                event = Event(event.at, event.seq + 1, "state", to=OPEN)
                ended_at = None
            found.append(event)
        return found

    def _event(self, entry: Mapping[str, Any], seq: int, found: list[Event]) -> None:
        at = moment_of(entry.get("at"), "at")
        name = entry.get("type")
        automatic = bool(entry.get("automatic", False))
        if name == "created":
            by = entry.get("by", "customer")
            if by not in ("customer", "staff"):
                raise refused(msg("by is customer or staff"), "by")
            facts = Facts(urgency=str(entry.get("priority") or ""))
            state = entry.get("state")
            found.append(
                Event(
                    at,
                    seq,
                    "created",
                    by=by,
                    facts=facts,
                    policy_version=self.book(),
                    to=OPEN if state is None else str(state),
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
                raise refused(msg("The event does not say to what"), "to")
            if name == "state":
                found.append(Event(at, seq, "state", to=entry["to"]))
            else:
                found.append(Event(at, seq, "facts", facts=Facts(urgency=entry["to"])))
        elif name == "policy":
            if entry.get("targets") is not None:
                self.targets = self._targets(as_object(entry["targets"], "targets"))
                self.by_priority = {}
            if entry.get("calendar") is not None:
                self.calendar = _calendar(entry, self.find)
                if self.basis is Basis.ELAPSED and self.obj.get("basis") is None:
                    self.basis = Basis.WORKING
            found.append(Event(at, seq, "facts", policy_version=self.book()))
        else:
            raise refused(
                msg("There is no event {name}", name=str(name)[:60]), "type", "unknown_event"
            )


@dataclass(frozen=True, slots=True)
class _PriorityBook(PolicyBook):
    """A book that keeps a ticket's lines by its priority; a target of null is no line."""

    by_priority: Mapping[str, tuple[PolicyLine, ...]] = field(default_factory=dict)
    others: tuple[PolicyLine, ...] = ()

    def choose(self, facts: Facts) -> dict[ClockKind, PolicyLine]:
        """The lines of the priority, else those for all others."""
        return {line.clock: line for line in self.by_priority.get(facts.urgency, self.others)}


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
            "minutes": whole(s / 60),
        }
        for start, end, name, s in cycles[-1].segments
    ]
    return last


def _cycle(cycle: Cycle, zone: tzinfo) -> dict[str, Any]:
    def shown(at: datetime | None) -> str | None:
        return None if at is None else _shown(at, zone)

    return {
        "state": cycle.state,
        "due": shown(cycle.due_at),
        "warn_at": shown(cycle.warn_at),
        "started_at": shown(cycle.started_at),
        "stopped_at": shown(cycle.stopped_at),
        "target_minutes": None if cycle.target_s is None else whole(cycle.target_s / 60),
        "used_minutes": whole(cycle.used_s / 60),
        "paused_minutes": whole(cycle.paused_s / 60),
        "late_minutes": whole(cycle.late_s / 60),
    }
