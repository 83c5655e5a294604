"""SLA policies: which limit applies to which ticket, and why (requirements.md A.3, D-08 to D-14, D-25)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, Msg, msg

MINUTE: Final = 60
HOUR: Final = 3600
WARN_PERCENT: Final = 75.0


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
            "lines": [
                {
                    "id": line.id,
                    "clock": str(line.clock),
                    "basis": str(line.basis),
                    "amount": line.amount,
                    "end_of_day": line.end_of_day,
                    "calendar": line.calendar,
                    "kinds": sorted(line.kinds),
                    "tiers": sorted(line.tiers),
                    "urgencies": sorted(line.urgencies),
                    "channels": sorted(line.channels),
                    "warn_percent": line.warn_percent,
                    "warn_before_s": line.warn_before_s,
                    "source": line.source,
                }
                for line in self.lines
            ],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "PolicyBook":
        """The book that `to_data` gave; raises `ValidationError` for what is no policy."""
        try:
            lines = tuple(
                PolicyLine(
                    id=str(line["id"]),
                    clock=ClockKind(line["clock"]),
                    basis=Basis(line["basis"]),
                    amount=float(line["amount"]),
                    end_of_day=bool(line.get("end_of_day", False)),
                    calendar=line.get("calendar"),
                    kinds=frozenset(line.get("kinds", ())),
                    tiers=frozenset(line.get("tiers", ())),
                    urgencies=frozenset(line.get("urgencies", ())),
                    channels=frozenset(line.get("channels", ())),
                    warn_percent=float(line.get("warn_percent", WARN_PERCENT)),
                    warn_before_s=line.get("warn_before_s"),
                    source=str(line.get("source", "")),
                )
                for line in data["lines"]
            )
            switches = Switches(**data.get("switches", {}))
            version = int(data["version"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError(
                msg("This is not a policy: {reason}", reason=str(error)), field="policy"
            ) from None
        for line in lines:
            checked_line(line)
        if len({line.id for line in lines}) != len(lines):
            raise ValidationError(msg("Two policy lines have the same name"), field="lines")
        return cls(version, lines, switches)


def checked_line(line: PolicyLine) -> None:
    """Refuse limits below zero, beyond a century, or in parts of days."""
    if not 0 <= line.amount <= 3.2e9:
        raise ValidationError(msg("A limit is not negative and not endless"), field="amount")
    if line.basis not in SECONDS_BASES and line.amount != int(line.amount):
        raise ValidationError(msg("A limit in days or months is a whole number"), field="amount")
    if not 0 < line.warn_percent <= 100:
        raise ValidationError(msg("A warning comes after 1 to 100 percent"), field="warn_percent")


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
