"""Orders, contacts, answers and contracts of the generated customers, written in bulk.

As many orders as tickets, over three years, most of them of few customers, as trade goes; a tenth of
them of unknown cost and some credit notes. The same size gives the same rows.
"""

import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

YEARS: Final = 3
SURVEYS: Final = (("csat", 1, 5), ("nps", 0, 10))
CHANNELS: Final = ("phone", "visit", "online", "email")
ASKED: Final = ("phone", "online", "email")
CAUSES: Final = ("price", "service", "competitor", "no_need")
DAY_US: Final = 86_400_000_000


def fill(raw: sqlite3.Connection, size: int, today: date) -> None:
    """Write them; ``size`` is how many orders."""
    _Trade(raw, size, today).run()


class _Trade:
    def __init__(self, raw: sqlite3.Connection, size: int, today: date) -> None:
        self.raw, self.size, self.today = raw, size, today
        self.dice = random.Random(20_240_603)
        self.customers = [int(r[0]) for r in raw.execute("SELECT id FROM customer ORDER BY id")]
        self.staff = [r[0] for r in raw.execute("SELECT id FROM staff ORDER BY id")]
        self.now = (today - date(1970, 1, 1)).days * DAY_US

    def run(self) -> None:
        """All of it, then what the customers' own columns say of it."""
        self._insert("order", self._orders())
        self._insert("interaction", self._interactions())
        self._insert("survey_answer", self._answers())
        self._insert("contract", self._contracts())
        self._insert("churn_record", self._churned())
        year = (self.today - timedelta(days=365)).isoformat()
        self.raw.execute(
            "UPDATE customer SET (total_amount_fen, annual_amount_fen) = (SELECT coalesce(sum("
            "amount_fen), 0), coalesce(sum(CASE WHEN ordered_on > ? THEN amount_fen END), 0)"
            ' FROM "order" o WHERE o.customer_id = customer.id)',
            (year,),
        )

    def _insert(self, table: str, rows: Iterator[dict[str, Any]]) -> None:
        common = {
            "source": "live",
            "archived": 0,
            "created_at": self.now,
            "updated_at": self.now,
            "row_version": 1,
        }
        first = next(rows, None)
        if first is None:
            return
        names = [*first, *common]
        tail = tuple(common.values())
        marks = ",".join("?" * len(names))
        statement = f'INSERT INTO "{table}" ({",".join(names)}) VALUES ({marks})'
        self.raw.execute(statement, (*first.values(), *tail))
        self.raw.executemany(statement, ((*r.values(), *tail) for r in rows))

    def _customer(self) -> int:
        """A few buy much, many little."""
        return self.customers[int(self.dice.random() ** 2 * len(self.customers))]

    def _day(self) -> date:
        return self.today - timedelta(days=int(self.dice.random() * 365 * YEARS))

    def _orders(self) -> Iterator[dict[str, Any]]:
        for number in range(self.size):
            amount = self.dice.randint(1_000, 5_000_000)
            credit = number % 50 == 49
            yield {
                "number": f"B{number:08d}",
                "customer_id": self._customer(),
                "ordered_on": self._day().isoformat(),
                "quantity": 1,
                "credit_note": int(credit),
                "amount_fen": -amount if credit else amount,
                "cost_fen": None if number % 10 == 0 else (-1 if credit else 1) * amount * 7 // 10,
                "remark": "",
            }

    def _interactions(self) -> Iterator[dict[str, Any]]:
        for number in range(self.size // 5):
            yield {
                "occurred_on": self._day().isoformat(),
                "customer_id": self._customer(),
                "channel": self.dice.choice(CHANNELS),
                "topic": "call",
                "purpose": "general",
                "participants": "",
                "participant_staff_ids": "[]",
                "participant_contact_ids": "[]",
                "customer_feedback": "",
                "follow_up_action": "",
                "owner_id": self.dice.choice(self.staff),
                "completion_state": "done",
                "automated": int(number % 10 == 0),
                "answered": 1,
                "requirement_clarified": 0,
            }

    def _answers(self) -> Iterator[dict[str, Any]]:
        for number in range(self.size // 20):
            survey, low, high = SURVEYS[number % 2]
            yield {
                "survey": survey,
                "customer_id": self._customer(),
                "respondent": f"respondent {number}",
                "channel": self.dice.choice(ASKED),
                "answered_at": self.now - int(self.dice.random() * 365 * YEARS * DAY_US),
                "scale_low": low,
                "scale_high": high,
                "answer": self.dice.randint(low, high),
                "market": "",
                "comment": "",
                "evidence": f"form {number}",
                "correction_reason": "",
                "version": 1,
                "replaced": 0,
            }

    def _contracts(self) -> Iterator[dict[str, Any]]:
        for number in range(self.size // 100):
            start = self._day()
            yield {
                "number": f"K{number:07d}",
                "customer_id": self._customer(),
                "name": "",
                "amount_fen": 1_000_000,
                "start_on": start.isoformat(),
                "end_on": (start + timedelta(days=365)).isoformat(),
                "status": "active",
                "follow_up_note": "",
                "remark": "",
            }

    def _churned(self) -> Iterator[dict[str, Any]]:
        for _ in range(self.size // 1000):
            yield {
                "customer_id": self._customer(),
                "churned_on": self._day().isoformat(),
                "cause": self.dice.choice(CAUSES),
                "note": "",
                "remark": "",
            }
