"""Contacts with a customer (R-087 to R-101, template 3)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import CustomerId, OwnerId
from crm_tui.domain.records.enums import InteractionPurpose
from crm_tui.domain.terms import Channel, CompletionState


class Interaction(Record):
    """A contact that took place."""

    occurred_on: Annotated[
        date,
        Meta(
            N_("Date"),
            N_("Not in the future"),
            aliases=("互动日期", "日期", "沟通日期"),
            filter="on",
        ),
    ]
    customer_id: CustomerId
    channel: Annotated[
        Channel,
        Meta(
            N_("Channel"),
            aliases=("互动方式", "互动方式(电话/拜访/线上)", "方式"),
            filter="channel",
        ),
    ]
    topic: Annotated[
        str,
        Field(min_length=1, max_length=300),
        Meta(N_("Topic"), aliases=("互动主题", "主题"), searchable=True, filter="topic"),
    ]
    purpose: Annotated[
        InteractionPurpose,
        Meta(N_("Purpose"), aliases=("互动类型", "目的"), filter="purpose"),
    ] = InteractionPurpose.GENERAL
    contact_id: Annotated[int | None, Meta(N_("Contact"), picker="contact")] = None
    participants: Annotated[
        str,
        Field(max_length=1000),
        Meta(
            N_("Participants"),
            N_("Free names, beside the colleagues and contacts picked"),
            aliases=("参与人员", "参与人", "参加人员"),
            searchable=True,
            filter="with",
        ),
    ] = ""
    participant_staff_ids: Annotated[
        list[int], Field(max_length=100), Meta(N_("Colleagues present"), picker="staff")
    ] = Field(default_factory=list)
    participant_contact_ids: Annotated[
        list[int], Field(max_length=100), Meta(N_("Contacts present"), picker="contact")
    ] = Field(default_factory=list)
    customer_feedback: Annotated[
        str,
        Field(max_length=20_000),
        Meta(N_("Customer feedback"), picker="multiline", aliases=("客户反馈",), searchable=True),
    ] = ""
    follow_up_action: Annotated[
        str,
        Field(max_length=4000),
        Meta(
            N_("Follow-up action"),
            N_("May become a task"),
            "multiline",
            aliases=("后续行动", "后续动作", "下一步行动"),
        ),
    ] = ""
    owner_id: OwnerId = None
    completion_state: Annotated[
        CompletionState,
        Meta(
            N_("Completion"),
            aliases=("完成状态", "完成状态(已完成/进行中/待处理)"),
            filter="status",
        ),
    ] = CompletionState.DONE
    automated: Annotated[
        bool,
        Meta(
            N_("Automated push"),
            N_("Does not count as contact by a person"),
            aliases=("自动推送",),
            filter="automated",
        ),
    ] = False
    answered: Annotated[
        bool,
        Meta(
            N_("Reached the customer"),
            N_("An unanswered call is an attempt, not a contact"),
            aliases=("是否接通",),
        ),
    ] = True
    requirement_clarified: Annotated[
        bool, Meta(N_("Requirement clarified"), N_("Stops the clock of the first contact"))
    ] = False
    ticket_id: Annotated[
        int | None,
        Meta(N_("Ticket"), picker="ticket", aliases=("工单", "反馈编号"), filter="ticket"),
    ] = None
    task_id: Annotated[int | None, Meta(N_("Task made from the follow-up"), computed=True)] = None


def check_not_future(occurred_on: date, today: date) -> None:
    """Refuse a contact of tomorrow; past ones may be entered at any time (R-087)."""
    if occurred_on > today:
        raise ValidationError(
            msg(
                "The contact of {date} has not taken place yet; plan a task for it",
                date=occurred_on,
            ),
            code="in_future",
            field="occurred_on",
        )


KINDS = (
    Kind(
        name="interaction",
        title=N_("Interaction"),
        plural=N_("Interactions"),
        model=Interaction,
        columns=(
            "occurred_on",
            "customer_id",
            "channel",
            "topic",
            "owner_id",
            "completion_state",
            "follow_up_action",
        ),
        sort=("-occurred_on",),
        state_field="completion_state",
        owner_fields=("owner_id",),
        parent="customer_id",
        group_fields=("channel", "completion_state", "owner_id"),
        register=True,
        title_field="topic",
    ),
)
