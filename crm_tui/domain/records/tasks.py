"""Tasks across departments and plan actions (R-193 to R-203, template 5)."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import Remark
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.terms import TaskStatus


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
            aliases=("涉及部门", "部门"),
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
    ticket_id: Annotated[
        int | None, Meta(N_("Ticket"), picker="ticket", aliases=("工单",), filter="ticket")
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
        group_fields=("status", "department_ids", "owner_id"),
        register=True,
        title_field="description",
    ),
)
