"""Steps of a goal's life: who may take them, when, and what the log keeps of them (R-176, R-179)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from crm_tui.domain import attainment
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.enums import GoalState
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.records.values import to_decimal
from crm_tui.services import goal_points as points
from crm_tui.services import goal_rules as rules
from crm_tui.services.goal_dto import CLOSED, GoalView
from crm_tui.services.register_rules import need_record
from crm_tui.services.unit import Unit


def row_of(unit: Unit, goal_id: int) -> RowMapping:
    """The goal; `NotFound` where there is none."""
    goals, _ = points.tables()
    return unit.row(goals, goal_id, Msg(registry.kind(rules.KIND).title))


def own_row(unit: Unit, goal_id: int) -> RowMapping:
    """The goal, where the actor may write it."""
    row = row_of(unit, goal_id)
    need_record(unit, registry.kind(rules.KIND), row)
    return row


def word(row: Mapping[Any, Any]) -> Msg:
    """Its state in words."""
    return Msg(GoalState(row["state"]).label())


def need_open(row: Mapping[Any, Any]) -> None:
    """Refuse what is closed."""
    if row["state"] in CLOSED:
        raise RuleViolation(
            msg("The goal is closed as {state}", state=word(row)), code="closed", field="state"
        )


def need_active(row: Mapping[Any, Any]) -> None:
    """Refuse what does not run."""
    if row["state"] != GoalState.ACTIVE:
        raise RuleViolation(
            msg("The goal does not run: it is {state}", state=word(row)),
            code="not_active",
            field="state",
        )


def need_outcome(goal: GoalView, outcome: str, reason: str, today: date) -> None:
    """Refuse an end that the figures contradict, and one without a reason where it needs one."""
    if outcome == GoalState.REACHED and not goal.reached:
        raise RuleViolation(
            msg(
                "It is not reached: {current} against {target}",
                current="-" if goal.current is None else goal.current,
                target=goal.target,
            ),
            code="not_reached",
        )
    if outcome == GoalState.MISSED and goal.reached:
        raise RuleViolation(
            msg("It is reached: {current} of {target}", current=goal.current, target=goal.target),
            code="is_reached",
        )
    if outcome == GoalState.MISSED and not goal.gap_analysis:
        raise ValidationError(
            msg("A missed goal needs its gap analysed; review it first"),
            field="gap_analysis",
            code="gap_analysis_needed",
        )
    early = outcome == GoalState.MISSED and today <= goal.deadline_on
    if (early or outcome == GoalState.CANCELLED) and not reason.strip():
        raise ValidationError(
            msg("Say why it ends before its time"), field="reason", code="reason_needed"
        )


def step(
    unit: Unit,
    row: RowMapping,
    values: Mapping[str, Any],
    verb: str,
    *,
    note: str = "",
    expected: int | None = None,
    goal: GoalView | None = None,
) -> None:
    """Change the goal and log the step with how it stood."""
    goals, _ = points.tables()
    diff = unit.change(goals, row, values, expected=expected)
    told = None
    if goal is not None:
        told = {"standing": goal.standing.value, "progress": attainment.percent(goal.progress)}
    unit.log(rules.KIND, row["id"], verb, changes=diff, reason=note.strip() or None, data=told)


def number(value: Any, field: str) -> Decimal:
    """A typed number; `ValidationError` names the field."""
    text = value.strip() if isinstance(value, str) else value
    try:
        number = to_decimal(text)
    except Problem:
        number = None
    if number is None or len(format(number, "f")) > rules.CELLS:
        raise ValidationError(
            msg("“{value}” is no number", value=str(value)[:40]), field=field, code="bad_number"
        )
    return number


def plain(number: Decimal) -> Decimal:
    """A number without zeros at its end, in plain notation."""
    return Decimal(format(number.normalize(), "f"))
