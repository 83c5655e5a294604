"""What a customer of the demo bought in the last fourteen months.

The amounts of twelve months are the customer's yearly figure to the fen, and the latest of them is of
its last cooperation: list and tier say the same with orders as without.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from crm_tui.exchange.demo.desk import SEED

PRODUCTS: Final = (
    ("P-100", "智能仓储系统", "software", False),
    ("P-200", "Flow sensor", "hardware", False),
    ("P-210", "Pressure sensor", "hardware", False),
    ("P-300", "工业打印机", "hardware", False),
    ("S-10", "年度维护服务", "service", True),
    ("S-20", "Training", "service", True),
)
"""Code, name, category and whether it is a service."""
MOST: Final = 6
RETURNED: Final = 0.05
"""How many customers gave something back."""
COSTED: Final = 0.9
"""How many orders have a known cost."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order, or a credit note where the amount is below zero."""

    on: date
    amount_fen: int
    cost_fen: int | None
    product: str


def purchases(index: int, row: Mapping[str, Any], today: date) -> tuple[Purchase, ...]:
    """The orders of the customer ``row``, by its place; the same for the same present."""
    # Dice of its own: the tickets are those that they were without orders.
    rng = random.Random(SEED * 1_000 + index)
    annual, last = row["annual_amount_fen"], row["last_cooperation_on"]
    start = today - timedelta(days=360)
    days = sorted(start + (last - start) * rng.random() for _ in range(rng.randint(0, MOST - 1)))
    found = _split(rng, annual, [*days, last])
    if rng.random() < RETURNED:
        back = max(annual // 50, 1)
        first = found[0]
        found[0] = Purchase(first.on, first.amount_fen + back, first.cost_fen, first.product)
        found.append(Purchase(last, -back, None, first.product))
    if row["opening_balance_fen"] > 2 * annual:
        # Customers of some years bought in the months before, too.
        before = [today - timedelta(days=rng.randint(368, 420)) for _ in range(rng.randint(1, 2))]
        found = [*_split(rng, annual // 6, sorted(before)), *found]
    return tuple(found)


def _split(rng: random.Random, amount_fen: int, days: list[date]) -> list[Purchase]:
    """The amount over the days, whole hundreds of yuan but for the last."""
    weights = [rng.uniform(1, 3) for _ in days]
    parts = [int(amount_fen * w / sum(weights)) // 10_000 * 10_000 for w in weights]
    parts[-1] = amount_fen - sum(parts[:-1])
    return [
        Purchase(
            on=day,
            amount_fen=part,
            cost_fen=int(part * rng.uniform(0.55, 0.8)) if rng.random() < COSTED else None,
            product=rng.choice(PRODUCTS)[0],
        )
        for day, part in zip(days, parts, strict=True)
    ]
