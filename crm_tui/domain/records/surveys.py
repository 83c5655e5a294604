"""Answers to surveys with their provenance (R-232, R-233, R-262, R-267, D-19, D-35)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.enums import SurveyChannel, SurveyType
from crm_tui.domain.records.problem import Problem


class SurveyAnswer(Record):
    """One answer of one respondent on a scale; never edited, corrected by a new version (D-35)."""

    survey: Annotated[
        SurveyType, Meta(N_("Survey"), aliases=("调研类型", "问卷类型"), filter="survey")
    ]
    customer_id: Annotated[
        int | None,
        Meta(
            N_("Customer"),
            N_("Number or name; empty where the answer is anonymous"),
            "customer",
            aliases=("客户编号", "客户", "客户名称"),
            filter="customer",
        ),
    ] = None
    ticket_id: Annotated[
        int | None,
        Meta(N_("Ticket"), picker="ticket", aliases=("工单", "反馈编号"), filter="ticket"),
    ] = None
    respondent: Annotated[
        str,
        Field(min_length=1, max_length=200),
        Meta(N_("Respondent"), aliases=("受访者", "受访人"), filter="respondent"),
    ]
    channel: Annotated[
        SurveyChannel, Meta(N_("Channel"), aliases=("调研方式", "渠道"), filter="channel")
    ]
    collector_id: Annotated[
        int | None,
        Meta(
            N_("Collected by"),
            N_("Empty: whoever writes it down"),
            "staff",
            aliases=("收集人", "调研人"),
            filter="collector",
        ),
    ] = None
    answered_at: Annotated[
        datetime, Meta(N_("Answered at"), aliases=("调研时间", "回答时间"), filter="on")
    ]
    scale_low: Annotated[
        int, Field(ge=-1000, le=1000), Meta(N_("Lowest of the scale"), aliases=("量表最低分",))
    ] = 1
    scale_high: Annotated[
        int, Field(ge=-1000, le=1000), Meta(N_("Highest of the scale"), aliases=("量表最高分",))
    ] = 5
    answer: Annotated[
        int, Meta(N_("Answer"), N_("A point of the scale"), aliases=("得分", "评分", "打分"))
    ]
    market: Annotated[
        str,
        Field(max_length=80),
        Meta(N_("Market"), N_("Region or group asked"), aliases=("市场",), filter="market"),
    ] = ""
    comment: Annotated[
        str, Field(max_length=20_000), Meta(N_("Comment"), picker="multiline", aliases=("意见",))
    ] = ""
    evidence: Annotated[
        str,
        Field(min_length=1, max_length=400),
        Meta(
            N_("Evidence"),
            N_("Where the answer can be checked: recording, form, file"),
            aliases=("凭证", "证据"),
        ),
    ]
    correction_reason: Annotated[
        str,
        Field(max_length=400),
        Meta(N_("Reason of the correction"), N_("Given with a new version"), aliases=("更正原因",)),
    ] = ""
    version: Annotated[int | None, Meta(N_("Version"), computed=True)] = None
    replaces_id: Annotated[int | None, Meta(N_("Replaces answer"), computed=True)] = None
    replaced: Annotated[
        bool | None, Meta(N_("Replaced by a newer version"), computed=True, filter="replaced")
    ] = None

    @model_validator(mode="after")
    def _stands_on_its_scale(self) -> Self:
        if self.survey is SurveyType.NPS and (self.scale_low, self.scale_high) != (0, 10):
            raise Problem(
                msg("Recommendation is asked on a scale of 0 to 10"),
                code="nps_scale",
                field="scale_high",
            )
        if self.scale_high <= self.scale_low:
            raise Problem(
                msg("The scale ends where it begins, or before"),
                code="empty_scale",
                field="scale_high",
            )
        if not self.scale_low <= self.answer <= self.scale_high:
            raise Problem(
                msg(
                    "{answer} is off the scale of {low} to {high}",
                    answer=self.answer,
                    low=self.scale_low,
                    high=self.scale_high,
                ),
                code="off_scale",
                field="answer",
            )
        return self


def normalised(answer: int, low: int, high: int) -> Decimal:
    """A point of any scale as one of 0 to 100 (D-19)."""
    return Decimal(100 * (answer - low)) / (high - low)


KINDS = (
    Kind(
        name="survey_answer",
        title=N_("Survey answer"),
        plural=N_("Survey answers"),
        model=SurveyAnswer,
        columns=(
            "answered_at",
            "survey",
            "customer_id",
            "respondent",
            "channel",
            "answer",
            "scale_high",
            "replaced",
        ),
        sort=("-answered_at",),
        owner_fields=("collector_id",),
        parent="customer_id",
        group_fields=("survey", "channel", "market"),
        register=True,
        title_field="respondent",
    ),
)
