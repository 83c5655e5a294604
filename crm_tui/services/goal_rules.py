"""What holds for every goal, whoever writes it: screen, command line, import or register.

Figures, metric and direction (R-183, R-185, R-186), the five marks (R-182), and which fields stay as
they are once a goal has been measured or closed (R-176, R-190).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from crm_tui.domain import attainment
from crm_tui.domain.attainment import Standing
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.kpi.spec import Spec
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import fields
from crm_tui.domain.records.enums import GoalDirection, GoalMode, GoalState
from crm_tui.domain.text import display
from crm_tui.services.delivery import local_day
from crm_tui.services.goal_dto import CLOSED, SmartItem
from crm_tui.services.goal_metrics import find
from crm_tui.services.unit import Unit

KIND: Final = "goal"
SMART: Final = ("specific", "measurable", "achievable", "relevant", "time_bound")
FIGURES: Final = ("baseline", "target", "change", "current")
CELLS: Final = 38
"""Characters that a figure takes at most where it is kept."""
OPEN_WHEN_CLOSED: Final = frozenset({"gap_analysis", "improvement_measure", "archived"})
"""What may still be written on a closed goal: what was learned from it."""
CLOSED_STANDINGS: Final[Mapping[str, Standing]] = {
    GoalState.REACHED: Standing.REACHED,
    GoalState.MISSED: Standing.OFF_TRACK,
    GoalState.CANCELLED: Standing.UNKNOWN,
}


def figure_of(values: Mapping[Any, Any]) -> Spec | None:
    """The figure that measures a goal; None where its values are typed with their source (R-183)."""
    return None if values["metric_source"] else find(values["metric"])


def direction_of(values: Mapping[Any, Any]) -> GoalDirection:
    """Which way is better: as the metric says, else as was given, else as the target lies (R-185)."""
    figure = figure_of(values)
    if figure is not None and figure.direction in set(GoalDirection):
        return GoalDirection(figure.direction)
    if values["direction"]:
        return GoalDirection(values["direction"])
    return attainment.direction(values["baseline"], values["target"])


def standing_of(values: Mapping[Any, Any], elapsed: Decimal, today: date) -> Standing:
    """Where a goal stands; how a closed one ended (R-191)."""
    if (ended := CLOSED_STANDINGS.get(values["state"])) is not None:
        return ended
    way, current = direction_of(values), values["current"]
    done = attainment.progress(way, values["baseline"], values["target"], current)
    reached = current is not None and attainment.is_reached(way, values["target"], current)
    overdue = today > values["deadline_on"]
    return attainment.standing(done, elapsed, reached=reached, overdue=overdue)


def started_on(unit: Unit, values: Mapping[Any, Any]) -> date:
    """From when its time is counted: its start, else its activation, else the day it was written."""
    found: date | None = values["start_on"] or values["activated_on"]
    return found or local_day(unit, values["created_at"])


def smart_of(values: Mapping[Any, Any]) -> tuple[SmartItem, ...]:
    """The five marks with what each still lacks (R-182, R-188)."""
    specs = fields(registry.kind(KIND))
    found = []
    for name in SMART:
        lack = None
        if not values[name]:
            lack = msg("{field} needs evidence", field=Msg(specs[name].label))
        elif name == "measurable" and not _is_measurable(values):
            lack = msg("The metric is none that the program computes, and has no source")
        elif name == "relevant" and not values["strategic_objective"]:
            lack = msg("It serves no strategic objective yet; name it")
        found.append(
            SmartItem(name, specs[name].label, display(values[name] or "", lines=True), lack)
        )
    return tuple(found)


def need_smart(values: Mapping[Any, Any]) -> None:
    """Refuse a goal that is to run with less than five of five (R-182)."""
    lacking = [item for item in smart_of(values) if item.lack is not None]
    if not lacking:
        return
    lacks = lacking[0].lack
    for item in lacking[1:]:
        lacks = msg("{first}; {rest}", first=lacks, rest=item.lack)
    field = lacking[0].field
    if field == "relevant" and values["relevant"]:
        field = "strategic_objective"
    raise RuleViolation(
        msg("SMART is {count} of 5: {lacks}", count=len(SMART) - len(lacking), lacks=lacks),
        code="smart_incomplete",
        field=field,
    )


def check(unit: Unit, values: Mapping[Any, Any]) -> None:
    """Refuse what no goal may be; ``values`` with an ``id`` are those of a goal that is changed."""
    for name in FIGURES:
        if values[name] is not None and len(format(values[name], "f")) > CELLS:
            raise ValidationError(
                msg(
                    "{field} has too many digits",
                    field=Msg(fields(registry.kind(KIND))[name].label),
                ),
                field=name,
                code="too_long",
            )
    _check_metric(values)
    if values["start_on"] is not None and values["deadline_on"] < values["start_on"]:
        raise ValidationError(
            msg(
                "The end {end} is before the start {start}",
                end=values["deadline_on"],
                start=values["start_on"],
            ),
            field="deadline_on",
            code="end_before_start",
        )
    attainment.check_goal(
        GoalMode(values["mode"]), values["baseline"], values["target"], values["change"]
    )
    if "id" in values:
        _check_change(unit, values)
    else:
        _check_new(values)


def _is_measurable(values: Mapping[Any, Any]) -> bool:
    return bool(values["metric_source"]) or find(values["metric"]) is not None


def _check_metric(values: Mapping[Any, Any]) -> None:
    if not _is_measurable(values):
        raise ValidationError(
            msg(
                "{metric} is no figure that the program computes; say where its values come from",
                metric=values["metric"],
            ),
            field="metric_source",
            code="unknown_metric",
        )
    figure = figure_of(values)
    if (
        figure is not None
        and values["direction"]
        and figure.direction in set(GoalDirection)
        and values["direction"] != figure.direction
    ):
        raise ValidationError(
            msg(
                "For {metric} {direction} is better; leave the direction empty",
                metric=Msg(figure.name),
                direction=Msg(GoalDirection(figure.direction).label()),
            ),
            field="direction",
            code="direction_differs",
        )


def _check_new(values: Mapping[Any, Any]) -> None:
    if values["state"] != GoalState.DRAFT:
        raise RuleViolation(
            msg("A goal begins as a draft; activating it asks for SMART five of five"),
            code="draft_first",
            field="state",
        )
    if values["current"] is not None and values["source"] == "live" and not values["metric_source"]:
        raise ValidationError(
            msg("A typed value needs its source; or leave it empty and have it measured"),
            field="current",
            code="source_needed",
        )


def _check_change(unit: Unit, values: Mapping[Any, Any]) -> None:
    from crm_tui.db.schema.registers import TABLES

    stored = unit.row(TABLES[KIND], values["id"], Msg(registry.kind(KIND).title))
    changed = {n for n in fields(registry.kind(KIND)) if values[n] != stored[n]}
    if not changed:
        return
    if "state" in changed:
        raise RuleViolation(
            msg("The state follows from activating, reviewing and closing; it is not typed"),
            code="state_by_verb",
            field="state",
        )
    if "current" in changed:
        raise RuleViolation(
            msg("A value has its day and its source: measure the goal instead"),
            code="measure_it",
            field="current",
        )
    if stored["state"] in CLOSED and changed - OPEN_WHEN_CLOSED:
        raise RuleViolation(
            msg("A closed goal stays as it was; only what was learned from it is written on"),
            code="closed",
            field=min(changed - OPEN_WHEN_CLOSED),
        )
    if "metric" in changed and stored["measured_on"] is not None:
        raise RuleViolation(
            msg("It has been measured by another metric; close it and set a new goal"),
            code="metric_measured",
            field="metric",
        )
    if stored["state"] == GoalState.ACTIVE:
        need_smart(values)
