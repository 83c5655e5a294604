"""Tasks across departments, plan actions and risk cases (R-193 to R-209, template 5)."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import OwnerId, Remark
from crm_tui.domain.records.enums import RiskState
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.terms import RequirementPriority, TaskStatus


class Task(Record):
    """Work of one or several departments with exactly one first responsible person (R-198)."""

    number: Annotated[
        str,
        Field(max_length=20),
        Meta(
            N_("Task number"),
            N_("Empty: the next one"),
            aliases=("任务编号",),
            searchable=True,
            filter="number",
            immutable=True,
        ),
    ] = ""
    description: Annotated[
        str,
        Field(min_length=1, max_length=4000),
        Meta(N_("Description"), aliases=("任务描述", "描述"), searchable=True, filter="text"),
    ]
    department_ids: Annotated[
        list[int],
        Field(min_length=1, max_length=50),
        Meta(
            N_("Departments"),
            N_("One or several"),
            "department",
            aliases=("涉及部门", "责任部门", "部门"),
            filter="dept",
        ),
    ]
    owner_id: Annotated[
        int,
        Meta(
            N_("First responsible"),
            N_("Exactly one person"),
            "staff",
            aliases=("负责人", "第一责任人", "责任人"),
            filter="owner",
        ),
    ]
    helper_ids: Annotated[
        list[int],
        Field(max_length=100),
        Meta(N_("Helpers"), picker="staff", aliases=("配合人", "协助人"), filter="helper"),
    ] = Field(default_factory=list)
    customer_id: Annotated[
        int | None,
        Meta(N_("Customer"), picker="customer", aliases=("客户编号", "客户"), filter="customer"),
    ] = None
    priority: Annotated[
        RequirementPriority,
        Meta(N_("Priority"), aliases=("优先级", "优先级(高/中/低)"), filter="priority"),
    ] = RequirementPriority.MEDIUM
    goal_id: Annotated[
        int | None,
        Meta(
            N_("Goal"),
            N_("The goal it is a key action of"),
            "goal",
            aliases=("优化目标", "目标"),
            filter="goal",
        ),
    ] = None
    plan_action: Annotated[
        bool,
        Meta(
            N_("Plan action"),
            N_("Needs owner, start, end, resources and deliverable before it starts"),
            aliases=("是否计划行动",),
            filter="plan",
        ),
    ] = False
    milestone: Annotated[
        bool, Meta(N_("Milestone"), N_("A moment, not a stretch of work"), aliases=("里程碑",))
    ] = False
    start_on: Annotated[
        date | None, Meta(N_("Start"), aliases=("开始时间", "开始日期"), filter="start")
    ] = None
    due_on: Annotated[
        date | None, Meta(N_("Due"), aliases=("截止时间", "截止日期", "完成时间"), filter="due")
    ] = None
    original_due_on: Annotated[
        date | None, Meta(N_("First due date"), N_("Before any delay"), computed=True)
    ] = None
    completion_standard: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Completion standard"), picker="multiline", aliases=("完成标准",)),
    ] = ""
    resources: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Resources needed"), picker="multiline", aliases=("所需资源",)),
    ] = ""
    deliverable: Annotated[
        str, Field(max_length=400), Meta(N_("Deliverable"), aliases=("交付成果",))
    ] = ""
    sop: Annotated[
        str,
        Field(max_length=400),
        Meta(N_("SOP document"), N_("Where the deliverable is kept"), aliases=("SOP", "SOP文件")),
    ] = ""
    delivered: Annotated[bool, Meta(N_("Deliverable delivered"), aliases=("是否交付",))] = False
    progress: Annotated[
        int, Field(ge=0, le=100), Meta(N_("Progress"), unit="%", aliases=("进度", "完成进度"))
    ] = 0
    status: Annotated[
        TaskStatus,
        Meta(
            N_("Status"),
            aliases=("状态", "状态(待开始/进行中/已完成/延期)", "任务状态"),
            filter="status",
        ),
    ] = TaskStatus.NOT_STARTED
    done_on: Annotated[date | None, Meta(N_("Done on"), computed=True, filter="done")] = None
    standard_met_by_id: Annotated[
        int | None, Meta(N_("Standard confirmed by"), picker="staff", computed=True)
    ] = None
    delay_reason: Annotated[
        str | None, Field(max_length=400), Meta(N_("Reason of the delay"), computed=True)
    ] = None
    baseline_start_on: Annotated[date | None, Meta(N_("Planned start"), computed=True)] = None
    baseline_due_on: Annotated[date | None, Meta(N_("Planned end"), computed=True)] = None
    progress_at: Annotated[
        datetime | None,
        Meta(N_("Last progress"), N_("Other edits do not count"), computed=True, filter="progress"),
    ] = None
    rank: Annotated[
        int | None, Meta(N_("Place on the board"), N_("Within its column"), computed=True)
    ] = None
    ticket_id: Annotated[
        int | None, Meta(N_("Ticket"), picker="ticket", aliases=("工单",), filter="ticket")
    ] = None
    checklist_item_id: Annotated[
        int | None, Meta(N_("Checklist item it was made from"), computed=True)
    ] = None
    interaction_id: Annotated[
        int | None, Meta(N_("Interaction it was made from"), computed=True)
    ] = None
    remark: Remark = ""

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.start_on is not None and self.due_on is not None and self.due_on < self.start_on:
            raise Problem(
                msg(
                    "The end {end} is before the start {start}",
                    end=self.due_on,
                    start=self.start_on,
                ),
                code="end_before_start",
                field="due_on",
            )
        return self


class RiskCase(Record):
    """The answer to a task that stands still or is in danger; closes only with a result (R-209)."""

    task_id: Annotated[
        int,
        Meta(N_("Task"), N_("Its number"), "task", aliases=("任务编号", "任务"), filter="task"),
    ]
    cause: Annotated[
        str,
        Field(min_length=1, max_length=4000),
        Meta(N_("Cause"), picker="multiline", aliases=("风险原因", "原因"), searchable=True),
    ]
    response_measure: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Response measure"), picker="multiline", aliases=("应对措施",)),
    ] = ""
    owner_id: OwnerId = None
    due_on: Annotated[date | None, Meta(N_("Due"), aliases=("截止时间",), filter="due")] = None
    state: Annotated[RiskState, Meta(N_("State"), aliases=("状态",), filter="status")] = (
        RiskState.OPEN
    )
    result: Annotated[
        str, Field(max_length=4000), Meta(N_("Result"), picker="multiline", aliases=("结果",))
    ] = ""

    @model_validator(mode="after")
    def _closes_with_a_result(self) -> Self:
        if self.state is RiskState.CLOSED and not self.result:
            raise Problem(
                msg("A risk case is closed with its result; write down what came of it"),
                code="result_needed",
                field="result",
            )
        return self


KINDS = (
    Kind(
        name="task",
        title=N_("Task"),
        plural=N_("Tasks"),
        model=Task,
        columns=(
            "number",
            "description",
            "department_ids",
            "owner_id",
            "due_on",
            "status",
            "progress",
        ),
        sort=("due_on",),
        number="XZ{year}{seq:03d}",
        state_field="status",
        owner_fields=("owner_id", "helper_ids"),
        department_fields=("department_ids",),
        parent="customer_id",
        group_fields=("status", "department_ids", "owner_id", "goal_id", "priority"),
        register=True,
        title_field="description",
    ),
    Kind(
        name="risk_case",
        title=N_("Risk case"),
        plural=N_("Risk cases"),
        model=RiskCase,
        columns=("task_id", "cause", "owner_id", "due_on", "state", "result"),
        sort=("due_on",),
        state_field="state",
        owner_fields=("owner_id",),
        group_fields=("state", "owner_id"),
        register=True,
        title_field="cause",
    ),
)
