"""Work calendars and lines of the response-time policy (R-120, R-142; rules in sla.md)."""

from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.enums import TimeBasis
from crm_tui.domain.terms import Channel, ServiceTier, TicketKind, Urgency


class Calendar(Record):
    """Opening hours of a place, with holidays and make-up days."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=60),
        Meta(N_("Calendar name"), aliases=("日历名称", "名称")),
    ]
    zone: Annotated[
        str,
        Field(min_length=1, max_length=60),
        Meta(N_("Time zone"), N_("IANA name such as Asia/Shanghai"), aliases=("时区",)),
    ] = "Asia/Shanghai"
    weekly: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(max_length=50),
        Meta(
            N_("Opening hours"),
            N_("One frame a line: mon 09:00-18:00"),
            "multiline",
            aliases=("工作时间",),
        ),
    ] = Field(default_factory=list)
    holidays: Annotated[
        str,
        Field(max_length=10),
        Meta(N_("Holidays of"), N_("Country code such as CN; empty for none"), aliases=("节假日",)),
    ] = ""


class PolicyLine(Record):
    """One limit: for which tickets which clock has which target."""

    clock: Annotated[
        str,
        Field(min_length=1, max_length=20),
        Meta(N_("Clock"), aliases=("时钟", "关键节点"), filter="clock"),
    ]
    tier: Annotated[
        ServiceTier | None,
        Meta(N_("Service tier"), N_("Empty: every one"), aliases=("服务等级",), filter="tier"),
    ] = None
    kind: Annotated[
        TicketKind | None,
        Meta(N_("Kind"), N_("Empty: every one"), aliases=("反馈类型",), filter="kind"),
    ] = None
    urgency: Annotated[
        Urgency | None,
        Meta(N_("Urgency"), N_("Empty: every one"), aliases=("紧急程度",), filter="urgency"),
    ] = None
    channel: Annotated[
        Channel | None,
        Meta(N_("Channel"), N_("Empty: every one"), aliases=("渠道",), filter="channel"),
    ] = None
    target: Annotated[
        int,
        Field(ge=0),
        Meta(N_("Limit"), N_("Minutes, days or months, as counted"), aliases=("时效要求",)),
    ]
    basis: Annotated[TimeBasis, Meta(N_("Counted in"), aliases=("计时方式",))] = TimeBasis.ELAPSED
    calendar: Annotated[
        str, Field(max_length=60), Meta(N_("Calendar"), aliases=("日历", "工作日历"))
    ] = ""
    warn_percent: Annotated[
        int, Field(ge=1, le=100), Meta(N_("Warn at"), unit="%", aliases=("预警比例",))
    ] = 75


KINDS = (
    Kind(
        name="calendar",
        title=N_("Calendar"),
        plural=N_("Calendars"),
        model=Calendar,
        columns=("name", "zone", "weekly", "holidays"),
        sort=("name",),
    ),
    Kind(
        name="policy_line",
        title=N_("Policy line"),
        plural=N_("Policy lines"),
        model=PolicyLine,
        columns=("clock", "tier", "kind", "urgency", "channel", "target", "basis", "calendar"),
        title_field="clock",
    ),
)
