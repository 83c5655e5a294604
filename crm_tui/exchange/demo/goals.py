"""What hangs on the goals of the demo: points, key actions, and one that a figure measures (R-187, R-190)."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

from crm_tui.domain.errors import RuleViolation
from crm_tui.exchange.demo.desk import Desk

SMART: Final = {
    "specific": "全体签约客户的服务与售后体验",
    "measurable": "按季调研与台账统计，口径不变",
    "achievable": "诊断结论：培训与回访不足，两项均可在一个季度内补齐",
    "relevant": "支撑“以客户为中心”的年度战略",
    "time_bound": "复查日期即截止日期",
    "strategic_objective": "提升客户终身价值",
}
OF_TEMPLATES: Final = (
    (
        "客户满意度",
        {"metric_source": "客户满意度调研", "owner_id": "he", "plan_year": 2024},
        (("2024-01-31", "75"), ("2024-02-29", "77"), ("2024-03-31", "80"), ("2024-04-30", "84")),
    ),
    (
        "客户流失率",
        {"metric_source": "客户台账", "owner_id": "qin", "plan_year": 2024},
        (("2024-02-29", "20"), ("2024-03-31", "19.2"), ("2024-04-30", "18")),
    ),
)
"""Goals of the template rows: what their files leave out, and what was measured before."""
KEY_ACTIONS: Final = (
    ("客户定期回访机制", "每位客户每月回访一次", "回访计划与记录", "2024-05-06", "2024-06-28", 60),
    (
        "完善客户需求反馈渠道",
        "反馈渠道开通并有专人处理",
        "反馈渠道说明",
        "2024-05-20",
        "2024-07-15",
        20,
    ),
)
"""Two of the satisfaction goal's three; the third is a row of the template."""
SET_ON: Final = date(2024, 5, 20)
"""When the goals of the templates began to run: before the deadlines that they print."""
FASTER: Final = "首次响应时间缩短两成"


def make_goals(desk: Desk) -> None:
    """Let the template goals run with their key actions, and set one that is computed."""
    with desk.ago(days=(desk.now.date() - SET_ON).days):
        _run_templates(desk)
    _measured(desk)


def _run_templates(desk: Desk) -> None:
    services, admin = desk.services, desk.admin
    known = {g.objective: g.id for g in services.goals.list(actor=admin)}
    for objective, fields, points in OF_TEMPLATES:
        goal = known[objective]
        services.registers.change("goal", goal, {**SMART, **fields}, actor=admin).one()
        for day, value in points:
            when = date.fromisoformat(day)
            services.goals.measure(goal, value, day=when, actor=admin).one()
        services.goals.activate(goal, actor=admin).one()
    satisfaction, churn = (known[name] for name, _, _ in OF_TEMPLATES)
    for number, goal in (("XZ2024001", churn), ("XZ2024002", satisfaction)):
        task = services.registers.find_number("task", number)
        assert task is not None
        services.registers.change("task", task, {"goal_id": goal}, actor=admin).one()
    for title, standard, deliverable, start, due, progress in KEY_ACTIONS:
        data: dict[str, Any] = {
            "description": title,
            "completion_standard": standard,
            "deliverable": deliverable,
            "department_ids": ["服务部"],
            "owner_id": "he",
            "goal_id": satisfaction,
            "start_on": start,
            "due_on": due,
            "status": "in_progress",
            "progress": progress,
        }
        services.registers.create("task", data, actor=admin)


def _measured(desk: Desk) -> None:
    """A goal by the desk's own figures, as they stood in the last weeks."""
    services, admin, today = desk.services, desk.admin, desk.now.date()
    data = {
        **SMART,
        "objective": FASTER,
        "metric": "first_response",
        "mode": "change_percent",
        "baseline": "10",
        "change": "-20",
        "target": "8",
        "unit": "h",
        "owner_id": "he",
        "start_on": today - timedelta(days=60),
        "review_on": today + timedelta(days=7),
        "deadline_on": today + timedelta(days=60),
        "plan_year": today.year,
    }
    goal = services.registers.create("goal", data, actor=admin)
    services.goals.activate(goal, actor=admin).one()
    for weeks in range(8, 0, -1):
        # A day before which nothing was answered has no value.
        with suppress(RuleViolation):
            services.goals.measure(goal, day=today - timedelta(weeks=weeks), actor=admin).one()
