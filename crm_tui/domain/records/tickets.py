"""The form of a ticket and the fields its workflow fills (R-102 to R-161)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.terms import (
    CauseCategory,
    Channel,
    Satisfaction,
    ServiceTier,
    SolutionType,
    TicketKind,
    TicketState,
    Urgency,
)


class Ticket(Record):
    """A feedback item of a customer."""

    number: Annotated[
        int | None,
        Meta(
            N_("Ticket number"),
            aliases=("反馈编号", "工单编号", "编号"),
            filter="number",
            computed=True,
            immutable=True,
        ),
    ] = None
    customer_id: Annotated[
        int | None,
        Meta(
            N_("Customer"),
            N_("Number or name; empty while unknown"),
            "customer",
            aliases=("客户", "客户编号", "客户名称"),
            filter="customer",
        ),
    ] = None
    contact_id: Annotated[
        int | None, Meta(N_("Contact"), picker="contact", aliases=("联系人", "反馈人"))
    ] = None
    contact_info: Annotated[
        str | None,
        Field(max_length=200),
        Meta(
            N_("Contact details of the reporter"),
            N_("Prefilled from the contact"),
            sensitivity="personal",
            aliases=("客户联系方式", "联系方式", "联系电话"),
        ),
    ] = None
    kind: Annotated[
        TicketKind,
        Meta(N_("Kind"), aliases=("反馈类型", "问题类型", "工单类型", "反馈类别"), filter="kind"),
    ]
    urgency: Annotated[
        Urgency | None,
        Meta(
            N_("Urgency"),
            N_("Empty: by the kind; each of the three criteria makes it urgent"),
            aliases=("紧急程度",),
            filter="urgency",
        ),
    ] = None
    safety_risk: Annotated[bool, Meta(N_("Safety risk"), aliases=("安全风险",))] = False
    batch_problem: Annotated[bool, Meta(N_("Batch problem"), aliases=("批量问题",))] = False
    public_opinion: Annotated[
        bool,
        Meta(
            N_("May become public"),
            N_("Strong dissatisfaction that may cause public opinion"),
            aliases=("舆情", "强烈不满可能引发舆情"),
        ),
    ] = False
    complex: Annotated[
        bool,
        Meta(
            N_("Complex or emotional"),
            N_("Adds the special service team"),
            aliases=("复杂投诉",),
        ),
    ] = False
    channel: Annotated[
        Channel, Meta(N_("Channel"), aliases=("反馈渠道", "渠道", "来源渠道"), filter="channel")
    ]
    preferred_reply_channel: Annotated[
        Channel | None,
        Meta(
            N_("Preferred reply channel"),
            N_("Chosen by the customer"),
            aliases=("客户选择的渠道", "回复渠道"),
        ),
    ] = None
    subject: Annotated[
        str,
        Field(min_length=1, max_length=300),
        Meta(N_("Subject"), aliases=("主题", "标题", "反馈主题"), searchable=True),
    ]
    description: Annotated[
        str,
        Field(min_length=1, max_length=100_000),
        Meta(N_("Description"), picker="multiline", aliases=("问题描述", "描述"), searchable=True),
    ]
    appeal: Annotated[
        str,
        Field(max_length=20_000),
        Meta(
            N_("Appeal"),
            N_("What the customer wants"),
            "multiline",
            aliases=("客户诉求", "诉求"),
        ),
    ] = ""
    product: Annotated[
        str,
        Field(max_length=120),
        Meta(
            N_("Product or service"),
            aliases=("关联产品/服务", "产品", "产品/服务"),
            filter="product",
        ),
    ] = ""
    received_at: Annotated[
        datetime | None,
        Meta(
            N_("Received"),
            N_("When the customer told us; empty: now"),
            aliases=("反馈时间", "接收时间"),
            filter="received",
        ),
    ] = None
    registered_at: Annotated[
        datetime | None,
        Meta(N_("Registered at"), aliases=("登记时间",), filter="registered", computed=True),
    ] = None
    department_id: Annotated[
        int | None,
        Meta(
            N_("Department"),
            N_("Empty: as the kind is routed"),
            "department",
            aliases=("责任部门", "处理部门", "部门"),
            filter="dept",
        ),
    ] = None
    owner_id: Annotated[
        int | None,
        Meta(
            N_("Owner"),
            picker="staff",
            aliases=("处理人", "责任人", "负责人"),
            filter="agent",
            computed=True,
        ),
    ] = None
    first_responsible_id: Annotated[
        int | None,
        Meta(
            N_("First responsible"),
            N_("Holds the contact with the customer"),
            "staff",
            aliases=("第一责任人",),
            computed=True,
        ),
    ] = None
    tags: Annotated[
        list[Annotated[str, Field(max_length=80)]],
        Field(max_length=50),
        Meta(N_("Tags"), picker="tags", aliases=("标签",), filter="tag"),
    ] = Field(default_factory=list)
    state: Annotated[
        TicketState | None, Meta(N_("State"), aliases=("状态",), filter="status", computed=True)
    ] = None
    tier: Annotated[
        ServiceTier | None,
        Meta(N_("Tier at registration"), filter="tier", computed=True),
    ] = None
    verified_note: Annotated[
        str,
        Meta(N_("Verified details"), picker="multiline", aliases=("核实情况",), computed=True),
    ] = ""
    solution_type: Annotated[
        SolutionType | None,
        Meta(N_("Type of solution"), aliases=("解决方式",), computed=True),
    ] = None
    solution: Annotated[
        str,
        Meta(N_("Solution"), picker="multiline", aliases=("解决方案", "处理方案"), computed=True),
    ] = ""
    handling_basis: Annotated[
        str,
        Meta(
            N_("Handling basis"),
            N_("The rule or document the answer rests on"),
            "multiline",
            aliases=("处理依据",),
            computed=True,
        ),
    ] = ""
    satisfaction: Annotated[
        Satisfaction | None,
        Meta(N_("Satisfaction"), aliases=("满意度",), filter="satisfaction", computed=True),
    ] = None
    cause_category: Annotated[
        CauseCategory | None,
        Meta(N_("Cause category"), aliases=("原因类别",), filter="cause", computed=True),
    ] = None
    escalation_level: Annotated[
        int, Meta(N_("Escalation level"), aliases=("升级级别",), filter="level", computed=True)
    ] = 1


KINDS = (
    Kind(
        name="ticket",
        title=N_("Ticket"),
        plural=N_("Tickets"),
        model=Ticket,
        columns=(
            "number",
            "subject",
            "customer_id",
            "kind",
            "urgency",
            "state",
            "department_id",
            "owner_id",
            "received_at",
        ),
        number="T-{seq}",
        state_field="state",
        owner_fields=("owner_id", "first_responsible_id"),
        department_fields=("department_id",),
        parent="customer_id",
        group_fields=("state", "kind", "urgency", "department_id", "owner_id"),
        title_field="subject",
    ),
)
