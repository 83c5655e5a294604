"""Goals as tests make them, and figures as tests say them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm_tui.domain.errors import DomainError
from crm_tui.services.actor import Actor
from crm_tui.services.result import Result
from tests.services.conftest import Desk

SATISFACTION = {
    "优化目标": "客户满意度",
    "核心指标": "满意度",
    "优化前值": "75",
    "目标值": "90",
    "当前值": "87",
    "达成率": "97%",
    "复查时间": "2024-07-01",
}
CHURN = {
    "优化目标": "客户流失率",
    "核心指标": "流失率",
    "优化前值": "20%",
    "目标值": "15%",
    "当前值": "17%",
    "达成率": "85%",
    "复查时间": "2024-06-30",
}
FIELDS = {
    "优化目标": "objective",
    "核心指标": "metric",
    "优化前值": "baseline",
    "目标值": "target",
    "当前值": "current",
    "达成率": "reported_attainment",
    "复查时间": "review_on",
}
MANUAL = {
    "objective": "Answer faster",
    "metric": "Hours to the first answer",
    "metric_source": "telephone log",
    "baseline": "20",
    "target": "10",
    "deadline_on": "2024-12-31",
}
SMART = {
    "specific": "Answers of the after-sales desk",
    "measurable": "The telephone log has every call",
    "achievable": "Diagnosis 2024-05: the night shift is short of people",
    "relevant": "Service that customers stay for",
    "time_bound": "By the end of the year",
    "strategic_objective": "Customers stay",
}
D = Decimal


def fixture(desk: Desk, row: dict[str, str]) -> int:
    """A row of template 4, read from a file."""
    data = {FIELDS[head]: value for head, value in row.items()}
    return desk.services.registers.create("goal", data, actor=desk.actor("lee"), source="template")


def goal(desk: Desk, **data: Any) -> int:
    """A goal whose values are typed, with all five marks."""
    fields = {**MANUAL, **SMART, **data}
    return desk.services.registers.create("goal", fields, actor=desk.actor("lee"))


def running(desk: Desk, **data: Any) -> int:
    """A goal that has been activated."""
    made = goal(desk, **data)
    desk.services.goals.activate(made, actor=desk.actor("lee")).one()
    return made


def view(desk: Desk, goal_id: int) -> Any:
    return desk.services.goals.show(goal_id, actor=desk.actor("vic")).view


def refused(code: str, act: Callable[[], Any]) -> DomainError:
    def done() -> None:
        answer = act()
        if isinstance(answer, Result):
            answer.one()

    with pytest.raises(DomainError) as caught:
        done()
    assert caught.value.code == code, caught.value.message
    return caught.value


class Figures:
    """Figures that a test says."""

    def __init__(self, value: Decimal | None) -> None:
        self.value = value
        self.asked: list[tuple[str, date, str | None]] = []

    def __call__(
        self, figure_id: str, *, as_of: date, segment: str | None, actor: Actor
    ) -> Decimal | None:
        self.asked.append((figure_id, as_of, segment))
        return self.value


def with_figures(desk: Desk, value: Decimal | None) -> Figures:
    """Let the desk compute ``value`` whatever is asked."""
    figures = Figures(value)
    desk.services.goals._value = figures
    return figures
