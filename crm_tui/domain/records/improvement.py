"""Improvement items that complaints lead to (R-156)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import OwnerId
from crm_tui.domain.records.enums import ImprovementState
from crm_tui.domain.terms import CauseCategory


class ImprovementItem(Record):
    """A measure that keeps a problem from coming back."""

    title: Annotated[
        str,
        Field(min_length=1, max_length=300),
        Meta(N_("Title"), aliases=("改进项", "标题"), searchable=True, filter="title"),
    ]
    cause_category: Annotated[
        CauseCategory | None,
        Meta(N_("Cause category"), aliases=("原因类别",), filter="cause"),
    ] = None
    finding: Annotated[
        str,
        Field(max_length=20_000),
        Meta(N_("Finding"), picker="multiline", aliases=("问题", "问题描述")),
    ] = ""
    measure: Annotated[
        str,
        Field(max_length=20_000),
        Meta(N_("Improvement measure"), picker="multiline", aliases=("改进措施",)),
    ] = ""
    department_id: Annotated[
        int | None,
        Meta(N_("Department"), picker="department", aliases=("责任部门", "部门"), filter="dept"),
    ] = None
    owner_id: OwnerId = None
    due_on: Annotated[date | None, Meta(N_("Due"), aliases=("截止时间",), filter="due")] = None
    state: Annotated[ImprovementState, Meta(N_("State"), aliases=("状态",), filter="status")] = (
        ImprovementState.PROPOSED
    )
    result: Annotated[
        str, Field(max_length=20_000), Meta(N_("Result"), picker="multiline", aliases=("结果",))
    ] = ""
    ticket_ids: Annotated[
        list[int],
        Field(max_length=500),
        Meta(N_("Tickets it comes from"), picker="ticket", aliases=("来源工单",)),
    ] = Field(default_factory=list)


KINDS = (
    Kind(
        name="improvement_item",
        title=N_("Improvement item"),
        plural=N_("Improvement items"),
        model=ImprovementItem,
        columns=("title", "cause_category", "department_id", "owner_id", "due_on", "state"),
        sort=("due_on",),
        state_field="state",
        owner_fields=("owner_id",),
        department_fields=("department_id",),
        group_fields=("state", "cause_category", "department_id"),
        register=True,
        title_field="title",
    ),
)
