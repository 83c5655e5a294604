"""Generated customers, each with a decision maker."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_tui.domain.msg import msg
from crm_tui.exchange.demo.desk import BATCH, Desk
from crm_tui.exchange.demo.people import ACCOUNT_MANAGERS
from crm_tui.exchange.demo.purchases import Purchase, purchases
from crm_tui.exchange.demo.words import (
    COMPANIES,
    LANGUAGES,
    NEEDS,
    PEOPLE,
    PREFERENCES,
    REGIONS,
    TITLES,
)

ZONE: Final = ZoneInfo("Asia/Shanghai")
SEGMENTS: Final = ("high_value", "potential", "ordinary", "ordinary", "churn_risk")


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as tickets and orders name it: source key, language, and what it bought."""

    key: str
    language: str
    bought: tuple[Purchase, ...]


def make_customers(desk: Desk, count: int) -> list[Known]:
    """So many customers, written as an import writes them."""
    managers = [desk.services.org.login(login).staff_id for login in ACCOUNT_MANAGERS]
    names = _companies(desk)
    known: list[Known] = []
    rows: list[tuple[str, str, dict[str, Any]]] = []
    for index in range(count):
        name, industry, language = next(names)
        row = _customer(desk, index, name, industry, language)
        bought = purchases(index, row, desk.now.astimezone(ZONE).date())
        # The orders of the last months are a part of what it has bought in all.
        row["opening_balance_fen"] -= sum(one.amount_fen for one in bought)
        known.append(Known(f"demo:{index}", language, bought))
        row["manager_id"] = managers[index % len(managers)]
        rows.append((known[-1].key, "1", row))
    for start in range(0, count, BATCH):
        desk.say(msg("Demo: customers {done} of {total}", done=start, total=count))
        desk.services.imports.write_customers(rows[start : start + BATCH], actor=desk.admin)
    return known


def _companies(desk: Desk) -> Iterator[tuple[str, str, str]]:
    """Company names, industries and languages in a dealt order, all different; then with numbers."""
    deck: list[tuple[str, str, str]] = []
    for language in LANGUAGES:
        between = "" if language == "zh" else " "
        for place, (trade, industry), form in product(*COMPANIES[language]):
            deck.append((between.join((place, trade, form)), industry, language))
    desk.rng.shuffle(deck)
    yield from deck
    number = 2
    while True:
        for name, industry, language in deck:
            yield f"{name} {number}", industry, language
        number += 1


def _customer(desk: Desk, index: int, name: str, industry: str, language: str) -> dict[str, Any]:
    rng = desk.rng
    annual = int(10 ** rng.uniform(4.2, 6.6)) * 100
    years = rng.randint(0, 6)
    last = desk.now.astimezone(ZONE).date() - timedelta(days=rng.randint(1, 300))
    first, second = (rng.choice(part) for part in PEOPLE[language])
    return {
        "name": name,
        "industry": industry,
        "region": rng.choice(REGIONS) if language == "zh" else "海外",
        "segment": rng.choice(SEGMENTS),
        "lifecycle_stage": "prospect" if rng.random() < 0.06 else "customer",
        "potential_class": "key" if rng.random() < 0.05 else "ordinary",
        "opening_balance_fen": annual * max(years, 1),
        "annual_amount_fen": annual,
        "first_cooperation_on": last - timedelta(days=365 * years + 20),
        "last_cooperation_on": last,
        "preferences": PREFERENCES[language] if rng.random() < 0.4 else "",
        "tags": rng.sample(NEEDS, 2),
        "contacts": [
            {
                "name": f"{first}{second}" if language == "zh" else f"{first} {second}",
                "job_title": rng.choice(TITLES[language]),
                # 199 0000 numbers and example.com belong to nobody.
                "phone": f"199{index:08d}",
                "email": f"contact{index}@example.com",
                "is_decision_maker": True,
            }
        ],
    }
