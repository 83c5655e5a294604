"""What customers need (R-073 to R-086, template 2)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import CustomerId, OwnerId, ProductId
from crm_tui.domain.records.enums import PurchaseIntent, RequirementState
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.terms import RequirementFeedback, RequirementPriority, RequirementType

_NOTED = re.compile(r"\s*([^(（]+?)\s*[(（](.*)[)）]\s*", re.DOTALL)


class Requirement(Record):
    """A need of a customer; leaves the state new only with an owner (R-079)."""

    customer_id: CustomerId
    type: Annotated[
        RequirementType,
        Meta(N_("Type"), aliases=("需求类型", "需求类型(产品/服务/售后)", "类型"), filter="type"),
    ]
    description: Annotated[
        str,
        Field(min_length=1, max_length=20_000),
        Meta(
            N_("Description"),
            picker="multiline",
            aliases=("需求描述", "描述"),
            searchable=True,
        ),
    ]
    priority: Annotated[
        RequirementPriority,
        Meta(N_("Priority"), aliases=("优先级", "优先级(高/中/低)"), filter="priority"),
    ] = RequirementPriority.MEDIUM
    product_id: ProductId = None
    proposed_solutions: Annotated[
        list[Annotated[str, Field(max_length=4000)]],
        Field(max_length=20),
        Meta(
            N_("Proposed solutions"),
            N_("One option a line"),
            "multiline",
            aliases=("解决方案建议", "解决方案", "方案建议"),
        ),
    ] = Field(default_factory=list)
    chosen_solution: Annotated[
        int | None,
        Field(ge=1),
        Meta(N_("Chosen solution"), N_("Its place among the proposed ones, from 1")),
    ] = None
    owner_id: OwnerId = None
    expected_resolution_on: Annotated[
        date | None,
        Meta(
            N_("Expected resolution"),
            aliases=("预计解决时间", "预计完成时间", "预计解决日期"),
            filter="due",
        ),
    ] = None
    customer_feedback: Annotated[
        RequirementFeedback,
        Meta(
            N_("Customer feedback"),
            aliases=("客户反馈", "客户反馈(已确认/待跟进)"),
            filter="feedback",
        ),
    ] = RequirementFeedback.TO_FOLLOW_UP
    feedback_note: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Note on the feedback"), picker="multiline", aliases=("反馈备注", "反馈说明")),
    ] = ""
    intent: Annotated[
        PurchaseIntent | None,
        Meta(N_("Purchase intent"), aliases=("购买意向",), filter="intent"),
    ] = None
    state: Annotated[RequirementState, Meta(N_("State"), aliases=("状态",), filter="status")] = (
        RequirementState.NEW
    )

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.state is not RequirementState.NEW and self.owner_id is None:
            raise Problem(
                msg("Name an owner before the requirement leaves the state new"),
                code="owner_required",
                field="owner_id",
            )
        if self.chosen_solution is not None and self.chosen_solution > len(self.proposed_solutions):
            raise Problem(
                msg(
                    "There is no proposed solution {number}; there are {count}",
                    number=self.chosen_solution,
                    count=len(self.proposed_solutions),
                ),
                code="no_such_solution",
                field="chosen_solution",
            )
        return self


def split_feedback(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """``已确认(需补充成本明细)`` as feedback and note (D-41); a note given apart is kept."""
    text = data.get("customer_feedback")
    found = _NOTED.fullmatch(text) if isinstance(text, str) else None
    if found is None or data.get("feedback_note"):
        return data
    return {**data, "customer_feedback": found[1], "feedback_note": found[2].strip()}


KINDS = (
    Kind(
        name="requirement",
        title=N_("Requirement"),
        plural=N_("Requirements"),
        model=Requirement,
        columns=(
            "customer_id",
            "type",
            "description",
            "priority",
            "owner_id",
            "expected_resolution_on",
            "customer_feedback",
            "state",
        ),
        sort=("expected_resolution_on",),
        state_field="state",
        owner_fields=("owner_id",),
        parent="customer_id",
        group_fields=("type", "priority", "state", "customer_feedback", "owner_id"),
        register=True,
        prepare=split_feedback,
        title_field="description",
    ),
)
