"""The clocks of a ticket: a pure fold over its events (sla.md 2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from crm_tui.domain.business_time import Calendar
from crm_tui.domain.clock_math import Interval, Measure, Reckoning
from crm_tui.domain.policy import ClockKind, Facts, PolicyBook, PolicyLine, Switches

K = ClockKind
POLICY_CHANGE: Final = "policy_change"
"""The cause of a breach that a change of priority, tier, kind or policy made (sla.md 2.4)."""
GONE_STATES: Final = frozenset({"cancelled", "merged"})
"""States that cancel every clock instead of ending the ticket (sla.md 2.8)."""


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of a ticket's log as the clocks read it; same-instant ones are ordered by ``seq``.

    Types: created, attached, registered, dispatched, acknowledged, clarified, solution_proposed,
    solution_confirmed, approval_requested, approval_decided, staff_reply, customer_message, progress,
    state, facts, result_fed_back, delivered, follow_up_done, change_noted, change_acknowledged,
    due_pinned, cancelled, merged, merged_in. Others mean nothing here.
    """

    at: datetime
    seq: int
    type: str
    by: str | None = None
    to: str | None = None
    automatic: bool = False
    facts: Facts | None = None
    policy_version: int | None = None
    clock: str | None = None
    due: datetime | None = None
    nodes: bool = True
    """Whether the log shows the nodes of the workflow at all; imported ones often do not."""
    since: datetime | None = None
    """Of merged_in: the earliest message of the other ticket that nobody has answered."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of one clock at a moment; seconds are in the clock's own time."""

    kind: ClockKind
    cycle: int
    state: str
    line: PolicyLine | None
    policy_version: int
    calendar_version: int
    started_at: datetime
    due_at: datetime | None
    """None unless running."""
    stored_due_at: datetime | None
    """Survives stops and pauses (D-23)."""
    warn_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    target_s: float | None
    used_s: float
    paused_s: float
    late_s: float
    pinned: bool
    cause: str
    facts: Facts
    segments: tuple[tuple[datetime, datetime, str, float], ...]

    @property
    def remaining_s(self) -> float | None:
        """What is left of the target; below zero when late."""
        return None if self.target_s is None else self.target_s - self.used_s

    @property
    def line_id(self) -> str:
        """The policy line's name."""
        return self.line.id if self.line is not None else ""


@dataclass(frozen=True, slots=True)
class ClockBoard:
    """All clocks of a ticket at ``now``."""

    now: datetime
    clocks: Mapping[ClockKind, tuple[Cycle, ...]]

    @property
    def next_due(self) -> Cycle | None:
        """The running cycle that is due first."""
        running = [c for kind in self.clocks.values() for c in kind if c.due_at is not None]
        return min(running, key=lambda c: (c.due_at, str(c.kind)), default=None)


@dataclass(slots=True)
class _Open:
    """A cycle while the log is read."""

    kind: ClockKind
    cycle: int
    started_at: datetime
    pinned: datetime | None = None
    stopped_at: datetime | None = None
    ended: str = ""
    """Empty while it runs; else how it ended: stopped, not_applicable or cancelled."""
    frozen: Cycle | None = None
    breached_by_change_at: datetime | None = None
    had_line: bool = False
    lost_at: datetime | None = None
    """Since when no limit applies any more."""


NODES: Final = (
    K.DISPATCH,
    K.ACKNOWLEDGE,
    K.CLARIFY,
    K.SOLUTION,
    K.APPROVAL,
    K.RESULT_FEEDBACK,
    K.CHANGE_SYNC,
)
STOPS: Final[Mapping[str, ClockKind]] = {
    "dispatched": K.DISPATCH,
    "acknowledged": K.ACKNOWLEDGE,
    "clarified": K.CLARIFY,
    "solution_proposed": K.SOLUTION,
    "approval_decided": K.APPROVAL,
    "result_fed_back": K.RESULT_FEEDBACK,
    "follow_up_done": K.FOLLOW_UP,
    "change_acknowledged": K.CHANGE_SYNC,
}
"""Events that are a node's exit."""
STARTS: Final[Mapping[str, ClockKind]] = {
    "approval_requested": K.APPROVAL,
    "solution_confirmed": K.RESULT_FEEDBACK,
    "delivered": K.FOLLOW_UP,
    "change_noted": K.CHANGE_SYNC,
}
"""Events that are a node's entry; dispatch, clarify and solution start with the registration."""


@dataclass(slots=True)
class _Fold:
    """The state of the fold."""

    books: Callable[[int], PolicyBook]
    calendars: Callable[[str, datetime], Calendar]
    categories: Mapping[str, str]
    gone_states: frozenset[str] = GONE_STATES
    facts: Facts = field(default_factory=Facts)
    version: int = 1
    cycles: dict[ClockKind, list[_Open]] = field(default_factory=dict)
    waiting: list[list[datetime | None]] = field(default_factory=list)
    ended: list[list[datetime | None]] = field(default_factory=list)
    ended_at: datetime | None = None
    gone: bool = False
    attached: bool = True
    answered: bool = False
    unanswered: bool = False
    nodes: bool = True

    # Policy

    @property
    def book(self) -> PolicyBook:
        return self.books(self.version)

    @property
    def switches(self) -> Switches:
        return self.book.switches

    def line(self, kind: ClockKind) -> PolicyLine | None:
        return self.book.choose(self.facts).get(kind)

    # Cycles

    def last(self, kind: ClockKind) -> _Open | None:
        found = self.cycles.get(kind)
        return found[-1] if found else None

    def running(self, kind: ClockKind) -> _Open | None:
        last = self.last(kind)
        return last if last is not None and not last.ended else None

    def start(self, kind: ClockKind, at: datetime) -> None:
        known = self.cycles.setdefault(kind, [])
        known.append(_Open(kind, len(known) + 1, at))

    def stop(self, kind: ClockKind, at: datetime, how: str = "stopped") -> None:
        """End the running cycle; one that has already breached is missed, however it ends."""
        cycle = self.running(kind)
        if cycle is None:
            return
        seen = self.view(cycle, at)
        if how == "not_applicable" and seen is not None and seen.breached_at is not None:
            how = "stopped"
        cycle.stopped_at = at
        cycle.ended = how
        cycle.frozen = self.view(cycle, at)

    def cuts(self, kind: ClockKind) -> list[Interval]:
        """What is cut out of a clock: waiting where it pauses, and resolved time after a reopen."""
        pauses = {
            K.FIRST_RESPONSE: self.switches.first_response_pauses,
            K.NEXT_RESPONSE: self.switches.next_response_pauses,
            K.RESOLUTION: self.switches.resolution_pauses,
            K.PROGRESS: True,
        }.get(kind, False)
        found = [(a, b) for a, b in self.waiting] if pauses else []
        if kind is K.RESOLUTION:
            found += [(a, b) for a, b in self.ended]
        return [(a, b) for a, b in found if a is not None]

    def view(self, cycle: _Open, now: datetime) -> Cycle | None:
        """The cycle as it stands at ``now``; None where no limit was ever set for it."""
        if cycle.frozen is not None:
            return cycle.frozen
        if cycle.ended and not cycle.had_line:
            # It stopped before any limit was set; a later one does not judge it (sla.md 2.4).
            return None
        line = self.line(cycle.kind)
        if line is None:
            return self._without_line(cycle, now) if cycle.had_line else None
        cycle.had_line = True
        end = cycle.stopped_at or now
        calendar = self.calendars(line.calendar, end) if line.calendar is not None else None
        cuts = [] if cycle.pinned is not None else self.cuts(cycle.kind)
        if cycle.stopped_at is not None:
            # What stops while it pauses closes the pause first (sla.md 2.3).
            cuts = [(a, b if b is not None else cycle.stopped_at) for a, b in cuts]
        reckoning = Reckoning(Measure(line, calendar), cycle.started_at, cuts, end, cycle.pinned)
        due = reckoning.due()
        paused = reckoning.paused_now() and not cycle.ended
        late = due is not None and end > due
        breached_at = (cycle.breached_by_change_at or due) if late else None
        if cycle.ended in ("not_applicable", "cancelled"):
            state = cycle.ended
        elif cycle.ended:
            state = "missed" if late else "met"
        else:
            state = "paused" if paused else "running"
        stored = due
        if due is None:
            before = [c for c in cuts if c[1] is not None]
            known = Reckoning(Measure(line, calendar), cycle.started_at, before, end)
            stored = known.due()
        used = reckoning.used()
        target = reckoning.target_s()
        running = state == "running"
        return Cycle(
            kind=cycle.kind,
            cycle=cycle.cycle,
            state=state,
            line=line,
            policy_version=self.version,
            calendar_version=calendar.version if calendar is not None else 0,
            started_at=cycle.started_at,
            due_at=due if running else None,
            stored_due_at=stored,
            warn_at=reckoning.warn(due) if running and due is not None else None,
            stopped_at=cycle.stopped_at,
            breached_at=breached_at,
            target_s=target,
            used_s=used,
            paused_s=reckoning.paused(),
            late_s=reckoning.late(due) if late and due is not None else 0.0,
            pinned=cycle.pinned is not None,
            cause=POLICY_CHANGE if late and cycle.breached_by_change_at is not None else "",
            facts=self.facts,
            segments=reckoning.segments(),
        )

    def _without_line(self, cycle: _Open, now: datetime) -> Cycle:
        """A cycle whose limit was taken away: cancelled (sla.md 2.4)."""
        return Cycle(
            kind=cycle.kind,
            cycle=cycle.cycle,
            state="cancelled",
            line=None,
            policy_version=self.version,
            calendar_version=0,
            started_at=cycle.started_at,
            due_at=None,
            stored_due_at=None,
            warn_at=None,
            stopped_at=cycle.lost_at or now,
            breached_at=None,
            target_s=None,
            used_s=0.0,
            paused_s=0.0,
            late_s=0.0,
            pinned=False,
            cause="",
            facts=self.facts,
            segments=(),
        )

    # Events

    def take(self, event: Event) -> None:
        """Read one event."""
        name = event.type
        if self.gone and not self._comes_back(event):
            return
        if name == "created":
            self._created(event)
        elif name == "attached":
            self._attached(event.at)
        elif name == "registered":
            self._registered(event.at)
        elif name == "staff_reply":
            self._replied(event)
        elif name == "customer_message":
            self._customer(event)
        elif name == "progress":
            self._progress(event.at)
        elif name == "state":
            self._state(event.to or "", event.at)
        elif name == "facts":
            self._changed(event)
        elif name == "due_pinned":
            self._pinned(event)
        elif name == "merged_in":
            self._merged_in(event.since)
        elif name in ("cancelled", "merged"):
            self._gone(event.at)
        if name in STOPS:
            self.stop(STOPS[name], event.at)
        if name in STARTS and self.attached and self.nodes and self.ended_at is None:
            if self.running(STARTS[name]) is None:
                self.start(STARTS[name], event.at)
        elif name == "delivered" and self.running(K.FOLLOW_UP) is None:
            # Delivery may come after the ticket has ended; the call after it is still owed.
            self.start(K.FOLLOW_UP, event.at)

    def _created(self, event: Event) -> None:
        self.nodes = event.nodes
        if event.facts is not None:
            self.facts = event.facts
        if event.policy_version is not None:
            self.version = event.policy_version
        self.attached = self.switches.start != "attached"
        self.unanswered = event.by != "staff" and self.switches.next_response_counts_opening
        if self.attached:
            self._begin(event.at)
        if event.to:
            self._state(event.to, event.at)

    def _begin(self, at: datetime) -> None:
        self.start(K.REGISTRATION, at)
        if not self.answered:
            self.start(K.FIRST_RESPONSE, at)
        self.start(K.RESOLUTION, at)
        if self.unanswered and (self.answered or self.switches.next_response_counts_opening):
            self.start(K.NEXT_RESPONSE, at)

    def _attached(self, at: datetime) -> None:
        if self.attached:
            return
        self.attached = True
        self._begin(at)
        self.stop(K.REGISTRATION, at)
        self._nodes_begin(at)
        if self.ended_at is not None:
            self._stop_all(at)

    def _registered(self, at: datetime) -> None:
        self.stop(K.REGISTRATION, at)
        if self.attached:
            self._nodes_begin(at)
        if self.ended_at is not None:
            self._stop_all(at)

    def _nodes_begin(self, at: datetime) -> None:
        self.start(K.PROGRESS, at)
        if self.nodes:
            for kind in (K.DISPATCH, K.CLARIFY, K.SOLUTION):
                self.start(kind, at)
            if self.line(K.ACKNOWLEDGE) is not None:
                self.start(K.ACKNOWLEDGE, at)

    def _replied(self, event: Event) -> None:
        if event.automatic:
            return
        self.stop(K.FIRST_RESPONSE, event.at)
        self.stop(K.NEXT_RESPONSE, event.at)
        self.answered = True
        self.unanswered = False

    def _customer(self, event: Event) -> None:
        if event.automatic:
            return
        self.unanswered = True
        if self.ended_at is not None:
            # An ended ticket has no running clock; reopening it starts what the message asks for.
            return
        if self.attached and self.running(K.NEXT_RESPONSE) is None:
            # A first response that is no longer owed is over, just as one that was given.
            first_done = self.running(K.FIRST_RESPONSE) is None
            if first_done or self.switches.next_response_counts_opening:
                self.start(K.NEXT_RESPONSE, event.at)
        self._leave_wait(event.at)

    def _leave_wait(self, at: datetime) -> None:
        """Close an open wait; a customer's message takes a waiting ticket back to work (sla.md 2.7)."""
        if self.waiting and self.waiting[-1][1] is None:
            self.waiting[-1][1] = at

    def _progress(self, at: datetime) -> None:
        if self.running(K.PROGRESS) is None:
            return
        self.stop(K.PROGRESS, at)
        self.start(K.PROGRESS, at)

    def _state(self, to: str, at: datetime) -> None:
        category = self.categories.get(to, "open")
        if to in self.gone_states:
            self._gone(at)
            return
        was_ended = self.ended_at is not None
        now_ended = category in ("resolved", "closed")
        if category == "waiting":
            if not self.waiting or self.waiting[-1][1] is not None:
                self.waiting.append([at, None])
        else:
            self._leave_wait(at)
        if now_ended and not was_ended:
            self._end(at)
        elif was_ended and not now_ended:
            self._reopen(at)

    def _end(self, at: datetime) -> None:
        self._stop_all(at)
        self.ended_at = at
        self.ended.append([at, None])
        self.unanswered = False

    def _stop_all(self, at: datetime) -> None:
        """End what runs while a ticket does not: a customer's call after delivery runs on (R-134)."""
        counts = self.switches.resolve_counts_as_first_response
        self.stop(K.FIRST_RESPONSE, at, "stopped" if counts else "not_applicable")
        self.stop(K.NEXT_RESPONSE, at, "not_applicable")
        self.stop(K.PROGRESS, at)
        self.stop(K.RESOLUTION, at)
        self.stop(K.REGISTRATION, at, "not_applicable")
        for kind in NODES:
            self.stop(kind, at, "not_applicable")

    def _reopen(self, at: datetime) -> None:
        self.ended_at = None
        self.ended[-1][1] = at
        resolution = self.last(K.RESOLUTION)
        if resolution is not None:
            resolution.ended = ""
            resolution.stopped_at = None
            resolution.frozen = None
            self._note_loss(resolution, at)
        if self.cycles.get(K.PROGRESS):
            self.start(K.PROGRESS, at)
        if self.attached and self.unanswered:
            self.start(K.NEXT_RESPONSE, at)

    def _changed(self, event: Event) -> None:
        before = {
            kind: self.view(found[-1], event.at)
            for kind, found in self.cycles.items()
            if not found[-1].ended
        }
        was_urgent = self.line(K.ACKNOWLEDGE) is not None
        if event.facts is not None:
            self.facts = event.facts
        if event.policy_version is not None:
            self.version = event.policy_version
        for kind, old in before.items():
            cycle = self.cycles[kind][-1]
            self._note_loss(cycle, event.at)
            new = self.view(cycle, event.at)
            if new is None or new.breached_at is None:
                cycle.breached_by_change_at = None
            elif old is None or old.breached_at is None:
                cycle.breached_by_change_at = event.at
        if (
            self.nodes
            and not was_urgent
            and self.line(K.ACKNOWLEDGE) is not None
            and self.running(K.ACKNOWLEDGE) is None
            and self.ended_at is None
        ):
            self.start(K.ACKNOWLEDGE, event.at)

    def _note_loss(self, cycle: _Open, at: datetime) -> None:
        """Keep since when no limit applies to a cycle."""
        if self.line(cycle.kind) is not None:
            cycle.lost_at = None
        elif cycle.lost_at is None:
            cycle.lost_at = at

    def _pinned(self, event: Event) -> None:
        cycle = self.running(ClockKind(event.clock)) if event.clock else None
        if cycle is not None:
            cycle.pinned = event.due

    def _merged_in(self, since: datetime | None) -> None:
        """The earliest unanswered customer message of both counts (sla.md 2.8)."""
        if since is None or not self.attached or self.ended_at is not None:
            return
        running = self.running(K.FIRST_RESPONSE) or self.running(K.NEXT_RESPONSE)
        if running is None:
            self.start(K.NEXT_RESPONSE, since)
        else:
            running.started_at = min(running.started_at, since)
        self.unanswered = True

    def _gone(self, at: datetime) -> None:
        for kind in ClockKind:
            self.stop(kind, at, "cancelled")
        self.gone = True
        if self.ended_at is None:
            self.ended_at = at
            self.ended.append([at, None])

    def _comes_back(self, event: Event) -> bool:
        """Whether a cancelled ticket is opened again: its resolution goes on, as after resolving."""
        category = self.categories.get(event.to or "", "open")
        if event.type != "state" or category in ("resolved", "closed"):
            return False
        self.gone = False
        return True


def evaluate(
    events: Sequence[Event],
    *,
    books: Callable[[int], PolicyBook],
    calendars: Callable[[str, datetime], Calendar],
    categories: Mapping[str, str],
    now: datetime,
    gone_states: frozenset[str] = GONE_STATES,
) -> ClockBoard:
    """The clocks that follow from ``events`` at ``now``; later events are not known yet.

    ``categories`` gives a state's category; only waiting, resolved and closed ones act on clocks.
    ``calendars`` gives a calendar as it was in force at a moment: a stopped clock keeps the one it
    stopped by (sla.md 2.5).
    """
    fold = _Fold(books, calendars, categories, gone_states)
    for event in sorted(events, key=lambda e: (e.at, e.seq)):
        if event.at > now:
            break
        fold.take(event)
    clocks: dict[ClockKind, tuple[Cycle, ...]] = {}
    for kind, found in fold.cycles.items():
        views = [v for c in found if (v := fold.view(c, now)) is not None]
        if views:
            clocks[kind] = tuple(views)
    return ClockBoard(now, clocks)
