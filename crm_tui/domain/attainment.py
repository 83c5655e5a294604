"""How far a goal has come: attainment, progress and status (R-177, R-178, R-185, R-186, R-191, D-01, D-02).

Exact decimals throughout; a figure that has no meaning is None and is shown as ``n/a``, never as zero.
"""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.enums import GoalDirection, GoalMode

ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)
MISMATCH: Final = Decimal("0.5")
"""Points by which a reported attainment may differ before it is shown (D-01)."""
AT_RISK: Final = Decimal("0.10")
OFF_TRACK: Final = Decimal("0.30")
"""Shares by which progress may lag behind the time that has passed (R-191)."""


_AIM: Final = re.compile(
    r"(?P<way>降|下降|减少?|缩短|提高|提升|增加?|上升|升|lower|reduce|cut|raise|increase)"
    r"(?:低|少|高)?\s*(?P<to>至|到|to)?\s*(?:by)?\s*(?P<number>\d{1,15}(?:\.\d{1,10})?)\s*"
    r"(?P<unit>%|％|个?百分点|个?点|分|points?|pt)?",
    re.IGNORECASE,
)
_DOWN: Final = ("降", "下", "减", "缩", "lower", "reduce", "cut")
_PERCENT: Final = ("%", "％")


class Standing(StrEnum):
    """Where a goal stands against its time."""

    REACHED = "reached"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    UNKNOWN = "unknown"


STANDING_LABELS: Final = {
    Standing.REACHED: N_("Reached"),
    Standing.ON_TRACK: N_("On track"),
    Standing.AT_RISK: N_("At risk"),
    Standing.OFF_TRACK: N_("Off track"),
    Standing.UNKNOWN: N_("Not measured yet"),
}


ORDERS: Final = ("review", "deadline", "standing", "progress", "attainment", "objective", "owner")
"""Orders of a list of goals by name."""


def direction(baseline: Decimal, target: Decimal) -> GoalDirection:
    """Which way is better where the metric does not say: as the target lies to the baseline."""
    return GoalDirection.LOWER if target < baseline else GoalDirection.HIGHER


def resolved_target(mode: GoalMode, baseline: Decimal, amount: Decimal) -> Decimal:
    """The absolute target that an aim means: a value, or a change by percent or points (D-02).

    「降低15%」 is a change of -15 percent: from 20 it leads to 17.
    """
    if mode is GoalMode.CHANGE_PERCENT:
        return baseline * (HUNDRED + amount) / HUNDRED
    if mode is GoalMode.CHANGE_POINTS:
        return baseline + amount
    return amount


def aim_in_words(text: str) -> tuple[GoalMode, Decimal] | None:
    """The aim that words say: 「降低15%」 a change of -15 percent, 「降至15%」 the value 15 (D-02).

    A change without a percent sign is one by points. None where the words say no aim.
    """
    found = _AIM.fullmatch(text.strip())
    if found is None:
        return None
    number = Decimal(found["number"])
    if found["to"]:
        return GoalMode.REACH, number
    signed = -number if found["way"].lower().startswith(_DOWN) else number
    by_percent = found["unit"] in _PERCENT
    return (GoalMode.CHANGE_PERCENT if by_percent else GoalMode.CHANGE_POINTS), signed


def attainment(way: GoalDirection, target: Decimal, current: Decimal | None) -> Decimal | None:
    """Current by target, or target by current where lower is better; 1 is 100 % (D-01)."""
    if current is None:
        return None
    above, below = (current, target) if way is GoalDirection.HIGHER else (target, current)
    if below == 0 or (way is GoalDirection.LOWER and target == 0):
        return None
    return above / below


def progress(
    way: GoalDirection, baseline: Decimal, target: Decimal, current: Decimal | None
) -> Decimal | None:
    """The share of the way from baseline to target; below zero when it got worse (D-01)."""
    if current is None:
        return None
    if target == baseline:
        return ONE if is_reached(way, target, current) else None
    return (current - baseline) / (target - baseline)


def is_reached(way: GoalDirection, target: Decimal, current: Decimal) -> bool:
    """Whether the current value is at the target or beyond."""
    return current >= target if way is GoalDirection.HIGHER else current <= target


def elapsed_share(start: date, deadline: date, today: date) -> Decimal:
    """The share of the time that has passed, from 0 to 1."""
    whole = (deadline - start).days
    if whole <= 0:
        return ONE if today >= deadline else Decimal(0)
    return min(max(Decimal((today - start).days) / whole, Decimal(0)), ONE)


def standing(
    done: Decimal | None, elapsed: Decimal, *, reached: bool, overdue: bool = False
) -> Standing:
    """Progress against time: half the time and 30 % done is at risk (R-191)."""
    if reached:
        return Standing.REACHED
    if overdue:
        return Standing.OFF_TRACK
    if done is None:
        return Standing.UNKNOWN
    behind = elapsed - done
    if behind > OFF_TRACK:
        return Standing.OFF_TRACK
    return Standing.AT_RISK if behind > AT_RISK else Standing.ON_TRACK


def percent(share: Decimal | None) -> int | None:
    """Whole percent, halves up, as the screen shows them (D-01)."""
    if share is None:
        return None
    return int((share * HUNDRED).quantize(ONE, rounding=ROUND_HALF_UP))


def differs(computed: Decimal | None, reported: Decimal | None) -> bool:
    """Whether an imported attainment in percent is worth showing beside the computed one."""
    if computed is None or reported is None:
        return False
    return abs(computed * HUNDRED - reported) > MISMATCH


def check_goal(mode: GoalMode, baseline: Decimal, target: Decimal, change: Decimal | None) -> None:
    """Refuse a target that does not follow from the change that was given (R-186)."""
    if mode is GoalMode.REACH:
        return
    if change is None:
        raise ValidationError(
            msg("Say by how much: the mode is a change"), field="change", code="change_needed"
        )
    wanted = resolved_target(mode, baseline, change)
    if wanted != target:
        raise ValidationError(
            msg(
                "A change of {change} from {baseline} leads to {wanted}, not {target}; confirm it",
                change=change,
                baseline=baseline,
                wanted=wanted,
                target=target,
            ),
            field="target",
            code="target_differs",
        )
