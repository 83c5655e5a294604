"""Products, orders and contracts (R-013 to R-015, R-132 to R-134)."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import AmountFen, CustomerId, OwnerId, ProductId, Remark
from crm_tui.domain.records.enums import ContractStatus
from crm_tui.domain.records.problem import Problem


class Product(Record):
    """A product or service (R-014)."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=200),
        Meta(
            N_("Product name"),
            aliases=("产品名称", "产品", "产品/服务", "服务名称"),
            searchable=True,
            filter="name",
        ),
    ]
    code: Annotated[
        str, Field(max_length=60), Meta(N_("Code"), aliases=("产品编号", "型号"), filter="code")
    ] = ""
    category: Annotated[
        str, Field(max_length=80), Meta(N_("Category"), aliases=("类别",), filter="category")
    ] = ""
    unit_price_fen: Annotated[
        int | None, Field(ge=0), Meta(N_("List price"), unit="CNY", aliases=("单价", "价格"))
    ] = None
    is_service: Annotated[bool, Meta(N_("Is a service"), aliases=("是否服务",))] = False
    remark: Remark = ""


class Order(Record):
    """A purchase (R-013)."""

    number: Annotated[
        str,
        Field(max_length=60),
        Meta(
            N_("Order number"),
            N_("Empty: the next one"),
            aliases=("订单编号", "订单号"),
            searchable=True,
            filter="number",
            immutable=True,
        ),
    ] = ""
    customer_id: Annotated[
        int | None,
        Meta(
            N_("Customer"),
            N_("Number or name; only imported history may lack it"),
            "customer",
            aliases=("客户编号", "客户", "客户名称"),
            filter="customer",
        ),
    ] = None
    ordered_on: Annotated[
        date,
        Meta(
            N_("Ordered on"),
            aliases=("订单日期", "下单日期", "购买日期", "成交日期"),
            filter="ordered",
        ),
    ]
    product_id: ProductId = None
    contract_id: Annotated[
        int | None,
        Meta(N_("Contract"), picker="contract", aliases=("合同编号", "合同"), filter="contract"),
    ] = None
    quantity: Annotated[int, Field(ge=1), Meta(N_("Quantity"), aliases=("数量",))] = 1
    credit_note: Annotated[
        bool,
        Meta(
            N_("Credit note"),
            N_("Money given back; its amount is below zero"),
            aliases=("是否退货", "退货", "红字发票"),
            filter="credit",
        ),
    ] = False
    credited_order_id: Annotated[
        int | None,
        Meta(N_("Order it credits"), picker="order", aliases=("原订单编号", "原订单")),
    ] = None
    amount_fen: Annotated[
        int,
        Meta(N_("Amount"), unit="CNY", aliases=("金额", "成交金额", "订单金额"), filter="amount"),
    ]
    cost_fen: Annotated[
        int | None,
        Meta(N_("Cost"), N_("Empty where unknown"), unit="CNY", aliases=("成本",)),
    ] = None
    remark: Remark = ""

    @model_validator(mode="after")
    def _credit_notes_are_below_zero(self) -> Self:
        if self.credit_note and self.amount_fen > 0:
            raise Problem(
                msg("The amount of a credit note is not above zero"),
                code="credit_above_zero",
                field="amount_fen",
            )
        if not self.credit_note and self.amount_fen < 0:
            raise Problem(
                msg("The amount is below zero; money given back is a credit note"),
                code="amount_below_zero",
                field="amount_fen",
            )
        return self


class Contract(Record):
    """An agreement with a promised delivery date (R-015, R-132)."""

    number: Annotated[
        str,
        Field(max_length=60),
        Meta(
            N_("Contract number"),
            N_("Empty: the next one"),
            aliases=("合同编号", "合同号"),
            searchable=True,
            filter="number",
            immutable=True,
        ),
    ] = ""
    customer_id: CustomerId
    name: Annotated[
        str,
        Field(max_length=200),
        Meta(N_("Contract name"), aliases=("合同名称",), searchable=True, filter="name"),
    ] = ""
    amount_fen: AmountFen = 0
    start_on: Annotated[
        date, Meta(N_("Start"), aliases=("开始日期", "生效日期", "签约日期"), filter="start")
    ]
    end_on: Annotated[
        date, Meta(N_("End"), aliases=("结束日期", "到期日期", "合同到期"), filter="end")
    ]
    status: Annotated[
        ContractStatus, Meta(N_("Status"), aliases=("合同状态", "状态"), filter="status")
    ] = ContractStatus.ACTIVE
    promised_delivery_on: Annotated[
        date | None,
        Meta(
            N_("Promised delivery"),
            aliases=("承诺交付日期", "约定交付日期", "交付日期"),
            filter="delivery",
        ),
    ] = None
    solution_confirmed_at: Annotated[
        datetime | None,
        Meta(
            N_("Solution confirmed by the customer"),
            N_("Delivery starts no sooner"),
            aliases=("客户确认时间",),
        ),
    ] = None
    delivered_at: Annotated[
        datetime | None, Meta(N_("Delivered"), aliases=("实际交付时间",), filter="delivered")
    ] = None
    followed_up_at: Annotated[
        datetime | None,
        Meta(
            N_("Followed up"),
            N_("Return visit within three days after delivery"),
            aliases=("回访时间",),
        ),
    ] = None
    follow_up_note: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Result of the return visit"), picker="multiline", aliases=("回访结果",)),
    ] = ""
    owner_id: OwnerId = None
    remark: Remark = ""

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end_on < self.start_on:
            raise Problem(
                msg(
                    "The end {end} is before the start {start}",
                    end=self.end_on,
                    start=self.start_on,
                ),
                code="end_before_start",
                field="end_on",
            )
        return self


KINDS = (
    Kind(
        name="product",
        title=N_("Product or service"),
        plural=N_("Products"),
        model=Product,
        columns=("name", "code", "category", "unit_price_fen", "is_service"),
        sort=("name",),
        group_fields=("category",),
        register=True,
        write_role="lead",
    ),
    Kind(
        name="order",
        title=N_("Order"),
        plural=N_("Orders"),
        model=Order,
        columns=(
            "number",
            "ordered_on",
            "customer_id",
            "product_id",
            "quantity",
            "amount_fen",
            "credit_note",
        ),
        sort=("-ordered_on",),
        number="DD{year}{seq:03d}",
        parent="customer_id",
        register=True,
        title_field="number",
    ),
    Kind(
        name="contract",
        title=N_("Contract"),
        plural=N_("Contracts"),
        model=Contract,
        columns=("number", "name", "customer_id", "amount_fen", "start_on", "end_on", "status"),
        sort=("end_on",),
        number="HT{year}{seq:03d}",
        state_field="status",
        owner_fields=("owner_id",),
        parent="customer_id",
        group_fields=("status",),
        register=True,
        title_field="number",
    ),
)
