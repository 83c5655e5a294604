"""Goals of the improvement programme (R-176 to R-192, template 4)."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from crm_tui.domain.attainment import aim_in_words, resolved_target
from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import OwnerId
from crm_tui.domain.records.enums import GoalDirection, GoalMode, GoalState
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.records.values import to_decimal
from crm_tui.domain.terms import Segment

Evidence = Field(max_length=2000)


class Goal(Record):
    """A measured aim with a deadline; attainment and progress are computed, never typed (D-01)."""

    objective: Annotated[
        str,
        Field(min_length=1, max_length=300),
        Meta(N_("Objective"), aliases=("优化目标", "目标"), searchable=True, filter="objective"),
    ]
    metric: Annotated[
        str,
        Field(min_length=1, max_length=120),
        Meta(N_("Metric"), aliases=("核心指标", "指标"), searchable=True, filter="metric"),
    ]
    metric_source: Annotated[
        str,
        Field(max_length=200),
        Meta(
            N_("Source of the metric"),
            N_("Where a figure comes from that the program cannot compute"),
            aliases=("数据来源",),
        ),
    ] = ""
    direction: Annotated[
        GoalDirection | None,
        Meta(N_("Direction"), N_("Empty: as the target lies to the baseline"), aliases=("方向",)),
    ] = None
    mode: Annotated[GoalMode, Meta(N_("Mode"), aliases=("目标方式",))] = GoalMode.REACH
    unit: Annotated[str, Field(max_length=20), Meta(N_("Unit"), aliases=("单位",))] = ""
    baseline: Annotated[Decimal, Meta(N_("Baseline"), aliases=("优化前值", "基准值", "基线"))]
    target: Annotated[
        Decimal,
        Meta(N_("Target"), N_("The absolute value to reach"), aliases=("目标值",)),
    ]
    change: Annotated[
        Decimal | None,
        Meta(N_("Change"), N_("In percent or points, as the mode says; negative to lower")),
    ] = None
    current: Annotated[Decimal | None, Meta(N_("Current value"), aliases=("当前值",))] = None
    reported_attainment: Annotated[
        Decimal | None,
        Meta(
            N_("Reported attainment"),
            N_("As an imported file says; shown where it differs from the computed one"),
            unit="%",
            aliases=("达成率",),
        ),
    ] = None
    gap_analysis: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Gap analysis"), picker="multiline", aliases=("差距分析",)),
    ] = ""
    improvement_measure: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Improvement measure"), picker="multiline", aliases=("改进措施",)),
    ] = ""
    owner_id: OwnerId = None
    review_on: Annotated[
        date | None, Meta(N_("Review on"), aliases=("复查时间", "复查日期"), filter="review")
    ] = None
    start_on: Annotated[
        date | None,
        Meta(
            N_("Start"),
            N_("Empty: the day it is activated; the time passed is counted from it"),
            aliases=("开始时间", "开始日期"),
            filter="start",
        ),
    ] = None
    deadline_on: Annotated[
        date,
        Meta(
            N_("Deadline"),
            N_("Taken from the review date where only that is given"),
            aliases=("截止时间", "完成期限"),
            filter="due",
        ),
    ]
    segment: Annotated[
        Segment | None,
        Meta(N_("Segment"), N_("Empty: all customers"), aliases=("客户分层",), filter="segment"),
    ] = None
    strategic_objective: Annotated[
        str, Field(max_length=300), Meta(N_("Strategic objective"), aliases=("战略目标",))
    ] = ""
    specific: Annotated[
        str, Evidence, Meta(N_("Specific"), N_("Evidence"), "multiline", aliases=("具体",))
    ] = ""
    measurable: Annotated[
        str, Evidence, Meta(N_("Measurable"), N_("Evidence"), "multiline", aliases=("可衡量",))
    ] = ""
    achievable: Annotated[
        str,
        Evidence,
        Meta(N_("Achievable"), N_("The diagnosis it rests on"), "multiline", aliases=("可实现",)),
    ] = ""
    relevant: Annotated[
        str,
        Evidence,
        Meta(N_("Relevant"), N_("The strategic goal it serves"), "multiline", aliases=("相关性",)),
    ] = ""
    time_bound: Annotated[
        str, Evidence, Meta(N_("Time-bound"), N_("Evidence"), "multiline", aliases=("时限性",))
    ] = ""
    plan_year: Annotated[
        int | None,
        Field(ge=1900, le=9999),
        Meta(N_("Plan year"), aliases=("计划年度", "年度"), filter="year"),
    ] = None
    activated_on: Annotated[date | None, Meta(N_("Activated on"), computed=True)] = None
    measured_on: Annotated[
        date | None, Meta(N_("Measured on"), N_("The day of the current value"), computed=True)
    ] = None
    state: Annotated[GoalState, Meta(N_("State"), aliases=("状态",), filter="status")] = (
        GoalState.DRAFT
    )


def completed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What template 4 leaves to its reader.

    It has a review date only: that is the deadline until another is given. A target in words is the
    change that it says: 「降低15%」 of 20 is a change of -15 percent, to 17 (D-02).
    """
    found = dict(data)
    if not found.get("deadline_on") and found.get("review_on"):
        found["deadline_on"] = found["review_on"]
    target = found.get("target")
    aim = aim_in_words(target) if isinstance(target, str) else None
    if aim is not None:
        with suppress(Problem):
            mode, amount = aim
            found["target"] = resolved_target(mode, to_decimal(found.get("baseline")), amount)
            found["mode"] = mode.value
            found["change"] = None if mode is GoalMode.REACH else amount
    return found


KINDS = (
    Kind(
        name="goal",
        title=N_("Goal"),
        plural=N_("Goals"),
        model=Goal,
        columns=(
            "objective",
            "metric",
            "baseline",
            "target",
            "current",
            "owner_id",
            "review_on",
            "state",
        ),
        sort=("review_on",),
        state_field="state",
        owner_fields=("owner_id",),
        group_fields=("state", "segment", "owner_id", "plan_year"),
        register=True,
        write_role="lead",
        prepare=completed,
        title_field="objective",
    ),
)
