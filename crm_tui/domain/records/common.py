"""Fields that many kinds share, described once."""

from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Meta

CustomerId = Annotated[
    int,
    Meta(
        N_("Customer"),
        N_("Number or name"),
        "customer",
        aliases=("客户编号", "客户", "客户名称"),
        filter="customer",
    ),
]
OwnerId = Annotated[
    int | None,
    Meta(N_("Owner"), picker="staff", aliases=("负责人", "责任人", "第一责任人"), filter="owner"),
]
ProductId = Annotated[
    int | None,
    Meta(
        N_("Product or service"),
        picker="product",
        aliases=("关联产品/服务", "产品/服务", "产品", "关联产品"),
        filter="product",
    ),
]
Remark = Annotated[
    str, Field(max_length=4000), Meta(N_("Remark"), picker="multiline", aliases=("备注",))
]
AmountFen = Annotated[
    int,
    Field(ge=0),
    Meta(N_("Amount"), unit="CNY", aliases=("金额", "成交金额", "合同金额"), filter="amount"),
]
