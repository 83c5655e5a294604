"""Cards of tasks as the services hand them out, made by hand."""

from dataclasses import replace
from datetime import date
from typing import Any

from crm_tui.services.work_dto import TaskCard

TODAY = date(2024, 6, 3)
PLAIN = TaskCard(
    id=1,
    version=1,
    number="XZ2024001",
    title="打通销售与服务的信息传递",
    status="not_started",
    shown="not_started",
    priority="medium",
    departments=((1, "销售部"),),
    owner_id=1,
    owner="Ana",
    helpers=(),
    goal_id=None,
    goal="",
    customer_id=None,
    customer="",
    ticket_id=None,
    ticket_number=None,
    start_on=None,
    due_on=date(2024, 7, 1),
    original_due_on=None,
    baseline_start_on=None,
    baseline_due_on=None,
    done_on=None,
    progress=0,
    progress_at=None,
    milestone=False,
    plan_action=False,
    delivered=False,
    late_days=0,
    warning="",
    risk_open=False,
    rank=None,
)


def card(key: int, shown: str = "not_started", **values: Any) -> TaskCard:
    """A card with its number; ``values`` change the rest."""
    return replace(PLAIN, id=key, number=f"XZ2024{key:03}", shown=shown, **values)
