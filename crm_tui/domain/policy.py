"""SLA policies: which limit applies to which ticket, and why (requirements.md A.3, D-08 to D-14, D-25)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.domain.terms import Channel, ServiceTier, Term, TicketKind, Urgency

MINUTE: Final = 60
HOUR: Final = 3600
WARN_PERCENT: Final = 75.0
LONGEST_S: Final = 36_600 * 86_400
"""A century in seconds: no limit is longer."""


class ClockKind(StrEnum):
    """The clocks of sla.md 2."""

    REGISTRATION = "registration"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    PROGRESS = "progress"
    RESOLUTION = "resolution"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    CLARIFY = "clarify"
    SOLUTION = "solution"
    APPROVAL = "approval"
    RESULT_FEEDBACK = "result_feedback"
    FOLLOW_UP = "follow_up"
    CHANGE_SYNC = "change_sync"


CLOCK_LABELS: Final[Mapping[ClockKind, str]] = {
    ClockKind.REGISTRATION: N_("Registration"),
    ClockKind.FIRST_RESPONSE: N_("First response"),
    ClockKind.NEXT_RESPONSE: N_("Next response"),
    ClockKind.PROGRESS: N_("Progress"),
    ClockKind.RESOLUTION: N_("Resolution"),
    ClockKind.DISPATCH: N_("Dispatch"),
    ClockKind.ACKNOWLEDGE: N_("Acknowledgement"),
    ClockKind.CLARIFY: N_("Clarification"),
    ClockKind.SOLUTION: N_("Initial solution"),
    ClockKind.APPROVAL: N_("Approval"),
    ClockKind.RESULT_FEEDBACK: N_("Result feedback"),
    ClockKind.FOLLOW_UP: N_("Follow-up"),
    ClockKind.CHANGE_SYNC: N_("Change synchronisation"),
}


class Basis(StrEnum):
    """How a limit is counted (sla.md 1.7)."""

    WORKING = "working"
    ELAPSED = "elapsed"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


SECONDS_BASES: Final = frozenset({Basis.WORKING, Basis.ELAPSED})
CALENDAR_BASES: Final = frozenset({Basis.WORKING, Basis.WORKING_DAYS})
"""Bases that count the open time of a calendar."""
WHOM: Final[Mapping[str, type[Term]]] = {
    "kinds": TicketKind,
    "tiers": ServiceTier,
    "urgencies": Urgency,
    "channels": Channel,
}
"""The sets of a line that say whom it is for, with what may stand in them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice of a line depends on."""

    kind: str = ""
    tier: str = "C"
    urgency: str = "normal"
    channel: str = ""
    department_id: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One limit: ``amount`` is seconds for working and elapsed, else days or months.

    The sets say whom it is for; an empty one means all. ``warn_before_s`` is in the clock's own time.
    """

    id: str
    clock: ClockKind
    basis: Basis
    amount: float
    end_of_day: bool = False
    calendar: str | None = None
    kinds: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    urgencies: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    warn_percent: float = WARN_PERCENT
    warn_before_s: float | None = None
    source: str = ""

    def to_data(self) -> dict[str, Any]:
        """The line as JSON."""
        return {
            "id": self.id,
            "clock": str(self.clock),
            "basis": str(self.basis),
            "amount": self.amount,
            "end_of_day": self.end_of_day,
            "calendar": self.calendar,
            **{name: sorted(getattr(self, name)) for name in WHOM},
            "warn_percent": self.warn_percent,
            "warn_before_s": self.warn_before_s,
            "source": self.source,
        }

    def applies(self, facts: Facts) -> bool:
        """Whether the line is for such a ticket."""
        return (
            (not self.kinds or facts.kind in self.kinds)
            and (not self.tiers or facts.tier in self.tiers)
            and (not self.urgencies or facts.urgency in self.urgencies)
            and (not self.channels or facts.channel in self.channels)
        )

    def limit(self) -> Msg:
        """The limit in words."""
        if self.basis in SECONDS_BASES:
            hours, seconds = divmod(self.amount, HOUR)
            working = self.basis is Basis.WORKING
            if not seconds:
                return (
                    msg("{count} working hours", count=_number(hours))
                    if working
                    else msg("{count} h", count=_number(hours))
                )
            minutes = _number(self.amount / MINUTE)
            return (
                msg("{count} working minutes", count=minutes)
                if working
                else msg("{count} min", count=minutes)
            )
        count = _number(self.amount)
        if self.basis is Basis.WORKING_DAYS:
            return msg("{count} working days", count=count)
        if self.basis is Basis.CALENDAR_DAYS:
            return msg("{count} days", count=count)
        return msg("{count} months to the day", count=count)

    def rank(self) -> float:
        """Seconds to compare limits by where several apply (D-09)."""
        scale = {
            Basis.WORKING: 3.0,
            Basis.ELAPSED: 1.0,
            Basis.WORKING_DAYS: 86_400.0 * 7 / 5,
            Basis.CALENDAR_DAYS: 86_400.0,
            Basis.MONTHS: 86_400.0 * 30,
        }
        return self.amount * scale[self.basis]


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 2)


@dataclass(frozen=True, slots=True)
class Switches:
    """How waiting and closing act on the clocks (sla.md 3.2)."""

    first_response_pauses: bool = False
    next_response_pauses: bool = True
    resolution_pauses: bool = True
    next_response_counts_opening: bool = False
    resolve_counts_as_first_response: bool = False
    start: str = "created"

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Switches":
        """Switches by name; what is left out or null has its default (sla.md 3.2)."""
        known = {f.name for f in fields(cls)}
        given: dict[str, Any] = {}
        for name, value in data.items():
            if name not in known:
                raise ValidationError(
                    msg("There is no switch {name}", name=str(name)), field="switches"
                )
            if value is None:
                continue
            good = value in ("created", "attached") if name == "start" else isinstance(value, bool)
            if not good:
                raise ValidationError(
                    msg("The switch {name} has a wrong value", name=name), field="switches"
                )
            given[name] = value
        return cls(**given)


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """A version of the policy; never changed, only followed by another (R-142)."""

    version: int
    lines: tuple[PolicyLine, ...]
    switches: Switches = field(default_factory=Switches)

    def choose(self, facts: Facts) -> dict[ClockKind, PolicyLine]:
        """Per clock the strictest line that applies (D-09)."""
        chosen: dict[ClockKind, PolicyLine] = {}
        for line in self.lines:
            if not line.applies(facts):
                continue
            rival = chosen.get(line.clock)
            if rival is None or line.rank() < rival.rank():
                chosen[line.clock] = line
        return chosen

    def to_data(self) -> dict[str, Any]:
        """The book as JSON."""
        return {
            "version": self.version,
            "switches": {name: getattr(self.switches, name) for name in Switches.__slots__},
            "lines": [line.to_data() for line in self.lines],
        }

    @classmethod
    def from_data(cls, data: Any) -> "PolicyBook":
        """The book that `to_data` gave; raises `ValidationError` for what is no policy."""
        try:
            lines = tuple(line_from(line) for line in data["lines"])
            switches = Switches.from_data(data.get("switches", {}))
            version = int(data["version"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ValidationError(
                msg("This is not a policy: {reason}", reason=str(error)), field="policy"
            ) from None
        if len({line.id for line in lines}) != len(lines):
            raise ValidationError(msg("Two policy lines have the same name"), field="lines")
        return cls(version, lines, switches)

    def line(self, line_id: str) -> PolicyLine:
        """A line by its name; raises `NotFound` with those that there are."""
        for line in self.lines:
            if line.id == line_id:
                return line
        known = ", ".join(line.id for line in self.lines)
        raise NotFound(
            msg("There is no policy line {line}; known are {known}", line=line_id, known=known),
            field="line",
        )

    def changed(self, line_id: str, changes: Mapping[str, Any]) -> "PolicyBook":
        """The book with one line changed, in its place (R-142)."""
        old = self.line(line_id)
        new = {**old.to_data(), **changes, "id": line_id}
        return self._of([new if line is old else line.to_data() for line in self.lines])

    def with_line(self, data: Mapping[str, Any]) -> "PolicyBook":
        """The book with one more line, for a channel or a tier of its own (R-136)."""
        return self._of([*(line.to_data() for line in self.lines), data])

    def without(self, line_id: str) -> "PolicyBook":
        """The book without a line: nothing limits what only that one limited."""
        gone = self.line(line_id)
        return self._of([line.to_data() for line in self.lines if line is not gone])

    def _of(self, lines: Sequence[Mapping[str, Any]]) -> "PolicyBook":
        return PolicyBook.from_data({**self.to_data(), "lines": lines})


def line_from(data: Mapping[str, Any]) -> PolicyLine:
    """A line from JSON, checked; what is missing or of another type raises as Python does."""
    if not str(data["id"]).strip():
        raise ValidationError(msg("A policy line needs a name"), field="id")
    clock, basis = str(data["clock"]), str(data["basis"])
    if clock not in [str(kind) for kind in ClockKind]:
        raise ValidationError(
            msg(
                "There is no clock {name}; there are {known}",
                name=clock[:60],
                known=", ".join(ClockKind),
            ),
            field="clock",
        )
    if basis not in [str(known) for known in Basis]:
        raise ValidationError(
            msg("The basis is one of {known}", known=", ".join(Basis)), field="basis"
        )
    calendar = data.get("calendar")
    before = data.get("warn_before_s")
    end_of_day = data.get("end_of_day", False)
    if not isinstance(end_of_day, bool):
        raise ValidationError(msg("end_of_day is true or false"), field="end_of_day")
    line = PolicyLine(
        id=str(data["id"]),
        clock=ClockKind(clock),
        basis=Basis(basis),
        amount=float(data["amount"]),
        end_of_day=end_of_day,
        calendar=None if calendar is None else str(calendar),
        warn_percent=float(data.get("warn_percent", WARN_PERCENT)),
        warn_before_s=None if before is None else float(before),
        source=str(data.get("source", "")),
        **{name: _whom(name, data.get(name, ())) for name in WHOM},
    )
    checked_line(line)
    return line


def _whom(name: str, given: Any) -> frozenset[str]:
    """The values of one of the sets; a word that there is not would never apply to anybody."""
    if isinstance(given, str):
        given = [given]
    known = [str(term) for term in WHOM[name]]
    for value in given:
        if value not in known:
            raise ValidationError(
                msg(
                    "{field}: there is no {value}; there are {known}",
                    field=name,
                    value=str(value)[:60],
                    known=", ".join(known),
                ),
                field=name,
            )
    return frozenset(given)


def checked_line(line: PolicyLine) -> None:
    """Refuse limits below zero, beyond a century, in parts of days, or of no calendar."""
    if not 0 <= line.amount <= LONGEST_S:
        raise ValidationError(msg("A limit is not negative and not endless"), field="amount")
    if line.basis not in SECONDS_BASES and line.amount != int(line.amount):
        raise ValidationError(msg("A limit in days or months is a whole number"), field="amount")
    if not 0 < line.warn_percent <= 100:
        raise ValidationError(msg("A warning comes after 1 to 100 percent"), field="warn_percent")
    if line.warn_before_s is not None and not 0 <= line.warn_before_s <= LONGEST_S:
        raise ValidationError(
            msg("A warning comes before the due, not after it"), field="warn_before_s"
        )
    if line.calendar is None and line.basis is not Basis.ELAPSED:
        # Working time is a calendar's, and so is the time zone in which days begin and end.
        raise ValidationError(
            msg("Working time, days and months need a calendar"), field="calendar"
        )


def _line(
    name: str, clock: ClockKind, hours: float, source: str, **more: Sequence[str] | str
) -> PolicyLine:
    sets = {k: frozenset(v) for k, v in more.items()}
    return PolicyLine(name, clock, Basis.ELAPSED, hours * HOUR, source=source, **sets)  # type: ignore[arg-type]  # only sets are passed


def default_policy_book() -> PolicyBook:
    """Version 1: every limit of the sources that concerns tickets (requirements.md A.3)."""
    kind = ClockKind
    needs = ("consultation", "complaint", "after_sales", "suggestion")
    return PolicyBook(
        1,
        (
            _line("registration", kind.REGISTRATION, 1, "R-109"),
            _line("first_response_a", kind.FIRST_RESPONSE, 4, "R-127", tiers=["A"]),
            _line("first_response_b", kind.FIRST_RESPONSE, 8, "R-127", tiers=["B"]),
            _line("first_response_c", kind.FIRST_RESPONSE, 24, "R-127", tiers=["C"]),
            _line(
                "first_response_after_sales",
                kind.FIRST_RESPONSE,
                24,
                "R-128",
                kinds=["after_sales"],
            ),
            _line("first_response_email", kind.FIRST_RESPONSE, 24, "R-136", channels=["email"]),
            _line("clarify", kind.CLARIFY, 24, "R-129", kinds=needs),
            _line("solution", kind.SOLUTION, 48, "R-130", kinds=needs),
            PolicyLine(
                "dispatch_normal",
                kind.DISPATCH,
                Basis.WORKING_DAYS,
                2,
                end_of_day=True,
                calendar="default",
                urgencies=frozenset({"normal"}),
                source="R-119",
            ),
            _line("dispatch_urgent", kind.DISPATCH, 4, "D-13", urgencies=["urgent"]),
            PolicyLine(
                "dispatch_low",
                kind.DISPATCH,
                Basis.WORKING_DAYS,
                5,
                end_of_day=True,
                calendar="default",
                urgencies=frozenset({"low"}),
                source="D-13",
            ),
            _line("acknowledge_urgent", kind.ACKNOWLEDGE, 1, "D-13", urgencies=["urgent"]),
            _line("approval_urgent", kind.APPROVAL, 4, "D-25", urgencies=["urgent"]),
            _line("progress_after_sales", kind.PROGRESS, 72, "R-131", kinds=["after_sales"]),
            _line("result_feedback", kind.RESULT_FEEDBACK, 24, "R-135"),
            PolicyLine(
                "follow_up",
                kind.FOLLOW_UP,
                Basis.CALENDAR_DAYS,
                3,
                end_of_day=True,
                calendar="default",
                source="R-134",
            ),
            _line("change_sync", kind.CHANGE_SYNC, 24, "R-082"),
        ),
    )
