"""The ten rows that source A prints, word for word (R-312, requirements.md A.4)."""

from datetime import date
from typing import Any, Final

from crm_tui.exchange.demo.desk import Desk

CUSTOMERS: Final[tuple[dict[str, Any], ...]] = (
    {
        "customer_no": "C2024001",
        "name": "A公司",
        "industry": "制造业",
        "segment": "high_value",
        "opening_balance_fen": 500_000_000,
        # D-03: the total over the two years that it was earned in.
        "annual_amount_fen": 250_000_000,
        "first_cooperation_on": date(2022, 5, 20),
        "last_cooperation_on": date(2024, 5, 20),
        "tags": ["降本增效", "供应链优化"],
        "contacts": [{"name": "*总", "job_title": "采购总监", "is_decision_maker": True}],
    },
    {
        "customer_no": "C2024002",
        "name": "B企业",
        "industry": "IT服务",
        "segment": "potential",
        "opening_balance_fen": 80_000_000,
        "annual_amount_fen": 80_000_000,
        "first_cooperation_on": date(2023, 11, 15),
        "last_cooperation_on": date(2024, 5, 15),
        "tags": ["系统稳定性", "售后支持"],
        "contacts": [
            {
                "name": "*经理",
                "job_title": "技术负责人",
                "phone": "139XXXX",
                "is_decision_maker": True,
            }
        ],
    },
)
REGISTERS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "requirement",
        {
            "customer_id": "C2024001",
            "type": "product",
            "description": "采购智能仓储系统",
            "priority": "high",
            "expected_resolution_on": "2024-06-30",
            "customer_feedback": "confirmed",
            "feedback_note": "需补充成本明细",
        },
    ),
    (
        "requirement",
        {
            "customer_id": "C2024002",
            "type": "service",
            "description": "优化售后响应速度（48小时→24小时）",
            "priority": "medium",
            "expected_resolution_on": "2024-06-15",
            "customer_feedback": "to_follow_up",
            "feedback_note": "需确认具体场景",
        },
    ),
    (
        "interaction",
        {
            "customer_id": "C2024001",
            "occurred_on": "2024-05-10",
            "channel": "visit",
            "topic": "Q2业务回顾",
            "follow_up_action": "安排6月产品培训",
            "completion_state": "in_progress",
        },
    ),
    (
        "interaction",
        {
            "customer_id": "C2024002",
            "occurred_on": "2024-05-12",
            "channel": "phone",
            "topic": "售后问题跟进",
            "follow_up_action": "技术48小时内排查",
            "completion_state": "done",
        },
    ),
    (
        "goal",
        {
            "objective": "客户满意度",
            "metric": "满意度",
            "baseline": "75",
            "target": "90",
            "current": "87",
            "reported_attainment": "97",
            "direction": "higher",
            "gap_analysis": "培训支持未完全落地",
            "improvement_measure": "增加6月培训频次至2次",
            "review_on": "2024-07-01",
            "unit": "分",
        },
    ),
    (
        "goal",
        {
            "objective": "客户流失率",
            "metric": "流失率",
            "baseline": "20",
            "target": "15",
            "current": "17",
            "reported_attainment": "85",
            "direction": "lower",
            "gap_analysis": "潜力客户识别滞后",
            "review_on": "2024-06-30",
            "unit": "%",
        },
    ),
    (
        "task",
        {
            "number": "XZ2024001",
            "description": "制定客户分层运营手册",
            "department_ids": ["销售部", "服务部"],
            "owner_id": "qin",
            "due_on": "2024-06-30",
            "status": "in_progress",
        },
    ),
    (
        "task",
        {
            "number": "XZ2024002",
            "description": "优化售后响应流程",
            "department_ids": ["服务部", "技术部"],
            "owner_id": "he",
            "due_on": "2024-06-15",
            "status": "done",
        },
    ),
)


def make_templates(desk: Desk) -> None:
    """Two rows of each of the five templates."""
    services, admin = desk.services, desk.admin
    services.imports.write_customers(
        [(f"template:{row['customer_no']}", "template", row) for row in CUSTOMERS], actor=admin
    )
    for kind, data in REGISTERS:
        services.registers.create(kind, data, actor=admin, source="template")
