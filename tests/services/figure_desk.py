"""Customers, orders and answers in bulk, and figures as an administrator sees them."""

from datetime import date
from typing import Any

from sqlalchemy import insert, select

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.domain import periods
from crm_tui.services.figures_dto import Figure
from tests.services.conftest import Desk

YEAR = periods.custom(date(2023, 6, 4), date(2024, 6, 3))
MAY = periods.around("month", date(2024, 5, 1))
JUNE = periods.around("month", date(2024, 6, 1))


def value(desk: Desk, figure: str, period: periods.Period, **more: Any) -> Figure:
    """A figure as an administrator sees it."""
    return desk.services.figures.value(figure, period, actor=desk.actor("root"), **more)


def row(*values: Any) -> tuple[Any, ...]:
    """Numbers beside each other, whatever their types."""
    return values


def parts(desk: Desk, figure: str, dimension: str, period: periods.Period) -> dict[str, Any]:
    """Values by part."""
    found = desk.services.figures.breakdown(figure, dimension, period, actor=desk.actor("root"))
    return {p.key: p.value for p in found.parts}


def customers(desk: Desk, count: int, **more: Any) -> list[int]:
    """Customers in bulk."""
    rows = [
        {
            "customer_no": f"X{number:05d}",
            "no_year": 2024,
            "no_seq": 50_000 + number,
            "name": f"Firm {number}",
            "created_at": desk.now,
            "updated_at": desk.now,
            **more,
        }
        for number in range(more.pop("first", 0), count)
    ]
    with desk.core.engine.begin() as conn:
        conn.execute(insert(customer), rows)
        query = select(customer.c.id).where(customer.c.customer_no.like("X%")).order_by("id")
        return list(conn.execute(query).scalars())


def orders(desk: Desk, *rows: tuple[int, date, int, int | None]) -> None:
    """Purchases in bulk: customer, day, amount and cost in fen."""
    common = {"quantity": 1, "remark": "", "created_at": desk.now, "updated_at": desk.now}
    values = [
        {
            "number": f"N{customer_id}-{day}-{place}-{amount}",
            "customer_id": customer_id,
            "ordered_on": day,
            "amount_fen": amount,
            "cost_fen": cost,
            "credit_note": amount < 0,
            **common,
        }
        for place, (customer_id, day, amount, cost) in enumerate(rows)
    ]
    with desk.core.engine.begin() as conn:
        conn.execute(insert(TABLES["order"]), values)


def answers(desk: Desk, survey: str, high: int, *given: int, **more: Any) -> list[int]:
    """Answers to a survey, now."""
    root = desk.actor("root")
    low = 0 if survey == "nps" else 1
    return [
        desk.services.registers.create(
            "survey_answer",
            {
                "survey": survey,
                "respondent": "W",
                "channel": "phone",
                "answered_at": desk.now,
                "scale_low": low,
                "scale_high": high,
                "answer": answer,
                "evidence": "form",
                **more,
            },
            actor=root,
        )
        for answer in given
    ]
