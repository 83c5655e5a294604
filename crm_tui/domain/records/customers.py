"""Customers and contacts (R-001 to R-021, template 1)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.terms import (
    ContributionTier,
    KeyAccountLevel,
    LifecycleStage,
    PotentialClass,
    Segment,
    ServiceTier,
)


class Customer(Record):
    """A company or person, prospects included (R-020)."""

    customer_no: Annotated[
        str,
        Field(max_length=20),
        Meta(
            N_("Customer number"),
            N_("Given once, never changes or comes back"),
            aliases=("客户编号", "客户编码", "客户号"),
            filter="number",
            computed=True,
            immutable=True,
        ),
    ] = ""
    name: Annotated[
        str,
        Field(min_length=1, max_length=200),
        Meta(
            N_("Customer name"),
            aliases=("客户名称", "客户", "公司名称", "企业名称"),
            searchable=True,
            filter="name",
        ),
    ]
    industry: Annotated[
        str,
        Field(max_length=80),
        Meta(N_("Industry"), aliases=("所属行业", "行业"), filter="industry"),
    ] = ""
    region: Annotated[
        str,
        Field(max_length=80),
        Meta(N_("Region"), aliases=("地域", "地区", "区域", "所在地区"), filter="region"),
    ] = ""
    purchasing_power: Annotated[
        str, Field(max_length=80), Meta(N_("Purchasing power"), aliases=("购买力",))
    ] = ""
    primary_decision_maker: Annotated[
        str,
        Meta(
            N_("Decision maker"),
            N_("Name and post of the primary decision maker among the contacts"),
            aliases=("决策人", "决策人(姓名/职位)", "决策人姓名/职位"),
            computed=True,
        ),
    ] = ""
    contact_details: Annotated[
        str,
        Meta(
            N_("Contact details"),
            N_("Phone or e-mail of the primary decision maker"),
            aliases=("联系方式", "联系电话"),
            sensitivity="personal",
            computed=True,
        ),
    ] = ""
    segment: Annotated[
        Segment,
        Meta(N_("Segment"), aliases=("客户分层", "分层", "客户类别"), filter="segment"),
    ] = Segment.ORDINARY
    service_tier: Annotated[
        ServiceTier | None,
        Meta(
            N_("Service tier"),
            N_("Decides the response times: the strictest of contribution and potential"),
            aliases=("服务等级", "客户等级"),
            filter="tier",
            computed=True,
        ),
    ] = None
    contribution_tier: Annotated[
        ContributionTier | None,
        Meta(
            N_("Contribution"),
            N_("By the purchases of the last twelve months"),
            aliases=("贡献度", "贡献等级"),
            filter="contribution",
            computed=True,
        ),
    ] = None
    key_account_level: Annotated[
        KeyAccountLevel,
        Meta(N_("Key-account level"), aliases=("大客户级别", "大客户等级"), filter="level"),
    ] = KeyAccountLevel.ORDINARY
    potential_class: Annotated[
        PotentialClass, Meta(N_("Potential"), aliases=("潜力等级", "潜力"), filter="potential")
    ] = PotentialClass.ORDINARY
    lifecycle_stage: Annotated[
        LifecycleStage,
        Meta(N_("Life-cycle stage"), aliases=("生命周期", "客户阶段"), filter="stage"),
    ] = LifecycleStage.CUSTOMER
    source_channel: Annotated[
        str,
        Field(max_length=40),
        Meta(
            N_("Acquired through"),
            N_("Advertising, partner referral, social media, market activity"),
            aliases=("客户获取渠道", "客户来源", "来源渠道"),
            filter="source",
        ),
    ] = ""
    source_campaign: Annotated[
        str, Field(max_length=120), Meta(N_("Campaign"), aliases=("活动", "营销活动"))
    ] = ""
    core_need_tags: Annotated[
        list[Annotated[str, Field(max_length=80)]],
        Field(max_length=50),
        Meta(
            N_("Core needs"),
            N_("Tags in order of importance"),
            picker="tags",
            aliases=("核心需求标签", "核心需求", "需求标签", "标签"),
            filter="tag",
        ),
    ] = Field(default_factory=list)
    manager_id: Annotated[
        int | None,
        Meta(
            N_("Customer manager"),
            picker="staff",
            aliases=("客户经理", "负责人"),
            filter="manager",
        ),
    ] = None
    expert_ids: Annotated[
        list[int],
        Meta(
            N_("Experts"),
            N_("The N of the 1+N team; tier A needs at least one"),
            picker="staff",
            aliases=("专家", "服务小组"),
        ),
    ] = Field(default_factory=list)
    first_cooperation_on: Annotated[
        date | None,
        Meta(N_("First cooperation"), aliases=("首次合作时间", "合作开始时间"), filter="since"),
    ] = None
    cooperation_duration: Annotated[
        str,
        Meta(
            N_("Cooperation so far"),
            N_("Counted from the first cooperation"),
            aliases=("历史合作时长", "合作时长"),
            computed=True,
        ),
    ] = ""
    opening_balance_fen: Annotated[
        int,
        Field(ge=0),
        Meta(
            N_("Opening balance"),
            N_("Amount of cooperation before the first order in this database"),
            unit="CNY",
            aliases=("期初累计金额",),
        ),
    ] = 0
    total_amount_fen: Annotated[
        int,
        Meta(
            N_("Total amount"),
            N_("Opening balance, orders, and contracts without orders"),
            unit="CNY",
            aliases=("累计合作金额", "累计金额"),
            filter="amount",
            computed=True,
        ),
    ] = 0
    annual_amount_fen: Annotated[
        int,
        Meta(
            N_("Amount of twelve months"),
            unit="CNY",
            aliases=("年采购额", "年度金额"),
            filter="annual",
            computed=True,
        ),
    ] = 0
    purchase_frequency: Annotated[
        int,
        Meta(
            N_("Orders a year"),
            N_("Orders of the last twelve months"),
            aliases=("购买频次",),
            computed=True,
        ),
    ] = 0
    average_order_value_fen: Annotated[
        int | None,
        Meta(
            N_("Average order value"),
            N_("Mean of these orders, credit notes taken off"),
            unit="CNY",
            aliases=("客单价",),
            computed=True,
        ),
    ] = None
    last_cooperation_on: Annotated[
        date | None,
        Meta(
            N_("Last cooperation"),
            N_("Latest order, contract or delivery"),
            aliases=("最近合作时间", "最近合作日期"),
            filter="cooperated",
            computed=True,
        ),
    ] = None
    last_interaction_at: Annotated[
        datetime | None,
        Meta(
            N_("Last contact"),
            N_("Latest contact by a person; automatic pushes do not count"),
            aliases=("最近互动时间",),
            filter="contacted",
            computed=True,
        ),
    ] = None
    preferences: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Preferences"), picker="multiline", aliases=("偏好", "喜好", "购买习惯")),
    ] = ""
    taboos: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Taboos"), N_("What must not be done or said"), "multiline", aliases=("禁忌",)),
    ] = ""


class Contact(Record):
    """A person at a customer; the details are sealed at rest (R-004 to R-006)."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=120),
        Meta(N_("Name"), aliases=("姓名", "联系人"), searchable=True),
    ]
    job_title: Annotated[str, Field(max_length=120), Meta(N_("Post"), aliases=("职位", "职务"))] = (
        ""
    )
    is_decision_maker: Annotated[bool, Meta(N_("Is a decision maker"), aliases=("是否决策人",))] = (
        False
    )
    is_primary: Annotated[
        bool,
        Meta(N_("Is the primary decision maker"), N_("One per customer"), aliases=("主要决策人",)),
    ] = False
    phone: Annotated[
        str | None,
        Field(max_length=60),
        Meta(
            N_("Phone"),
            sensitivity="personal",
            aliases=("电话", "手机", "手机号", "手机号码", "联系电话", "联系方式"),
        ),
    ] = None
    email: Annotated[
        str | None,
        Field(max_length=254),
        Meta(
            N_("E-mail address"), sensitivity="personal", aliases=("邮箱", "电子邮件", "电子邮箱")
        ),
    ] = None
    wechat: Annotated[
        str | None,
        Field(max_length=60),
        Meta(N_("WeChat"), sensitivity="personal", aliases=("微信", "微信号")),
    ] = None
    address: Annotated[
        str | None,
        Field(max_length=400),
        Meta(N_("Address"), sensitivity="personal", aliases=("地址", "联系地址")),
    ] = None
    id_document_no: Annotated[
        str | None,
        Field(max_length=60),
        Meta(N_("Identity document"), sensitivity="secret", aliases=("证件号码", "身份证号")),
    ] = None
    birthday: Annotated[
        date | None, Meta(N_("Birthday"), sensitivity="secret", aliases=("生日", "出生日期"))
    ] = None


KINDS = (
    Kind(
        name="customer",
        title=N_("Customer"),
        plural=N_("Customers"),
        model=Customer,
        columns=(
            "customer_no",
            "name",
            "primary_decision_maker",
            "segment",
            "service_tier",
            "industry",
            "manager_id",
            "total_amount_fen",
            "last_cooperation_on",
        ),
        sort=("customer_no",),
        number="C{year}{seq:03d}",
        state_field="lifecycle_stage",
        owner_fields=("manager_id", "expert_ids"),
        group_fields=("segment", "service_tier", "industry", "region"),
    ),
    Kind(
        name="contact",
        title=N_("Contact"),
        plural=N_("Contacts"),
        model=Contact,
        columns=("name", "job_title", "is_decision_maker", "phone", "email"),
        sort=("-is_primary", "-is_decision_maker", "name"),
        parent="customer_id",
    ),
)
