"""Customers that left (R-030, D-20)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import CustomerId, OwnerId, Remark
from crm_tui.domain.records.enums import ChurnCause


class ChurnRecord(Record):
    """A customer is counted as churned from this day on, with its cause."""

    customer_id: CustomerId
    churned_on: Annotated[date, Meta(N_("Left on"), aliases=("流失日期", "流失时间"), filter="on")]
    cause: Annotated[ChurnCause, Meta(N_("Cause"), aliases=("流失原因",), filter="cause")]
    note: Annotated[
        str,
        Field(max_length=4000),
        Meta(N_("Explanation"), picker="multiline", aliases=("说明", "原因说明")),
    ] = ""
    won_back_on: Annotated[
        date | None, Meta(N_("Won back on"), aliases=("挽回日期",), filter="back")
    ] = None
    owner_id: OwnerId = None
    remark: Remark = ""


KINDS = (
    Kind(
        name="churn_record",
        title=N_("Churn record"),
        plural=N_("Churn records"),
        model=ChurnRecord,
        columns=("churned_on", "customer_id", "cause", "owner_id", "won_back_on"),
        sort=("-churned_on",),
        owner_fields=("owner_id",),
        parent="customer_id",
        group_fields=("cause", "owner_id"),
        register=True,
        title_field="note",
    ),
)
