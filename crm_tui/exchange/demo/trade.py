"""Products, orders, contracts, contacts and survey answers of the demo's customers."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from crm_tui.domain.msg import msg
from crm_tui.exchange.demo.customers import ZONE, Known
from crm_tui.exchange.demo.desk import SEED, Desk
from crm_tui.exchange.demo.live import done
from crm_tui.exchange.demo.people import ACCOUNT_MANAGERS
from crm_tui.exchange.demo.purchases import PRODUCTS
from crm_tui.exchange.demo.templates import CUSTOMERS as TEMPLATE_CUSTOMERS
from crm_tui.services.actor import Actor
from crm_tui.services.import_orders import OrderData

SOURCE: Final = "demo"
WEEKS: Final = 60
CONTRACTS: Final = 12
TALKS: Final = {
    "zh": (
        ("visit", "季度业务回顾", "对交付速度满意", "发送改进方案"),
        ("phone", "售后回访", "希望缩短响应时间", "与服务部确认时限"),
        ("online", "新产品介绍", "想看演示", "安排演示"),
        ("meeting", "续签沟通", "价格需要再议", ""),
    ),
    "en": (
        ("visit", "Quarterly review", "Content with the delivery", "Send the plan"),
        ("phone", "Follow-up call", "Wants faster answers", "Agree on the limit"),
        ("online", "New product", "Asks for a demonstration", "Set a date"),
        ("meeting", "Renewal", "The price is still open", ""),
    ),
}
"""Channel, topic, what the customer said, what follows."""


def make_trade(desk: Desk, known: Sequence[Known]) -> None:
    """Fourteen months of business; what the customers bought was reckoned with them."""
    desk.say(msg("Demo: orders, contacts and survey answers"))
    printed = {row["customer_no"] for row in TEMPLATE_CUSTOMERS}
    rows = desk.services.customers.page("", actor=desk.admin, limit=len(known) + len(printed)).rows
    ids = [row.id for row in rows if row.customer_no not in printed]
    _products(desk)
    _orders(desk, known)
    _credits(desk)
    _contracts(desk, ids)
    _talks(desk, list(zip(ids, known, strict=True)))


def _products(desk: Desk) -> None:
    for code, name, category, service in PRODUCTS:
        data = {"code": code, "name": name, "category": category, "is_service": service}
        desk.services.registers.create("product", data, actor=desk.admin)


def _orders(desk: Desk, known: Sequence[Known]) -> None:
    bought = [(one.on, customer, one) for customer in known for one in customer.bought]
    bought.sort(key=lambda found: (found[0], found[1].key, found[2].amount_fen))
    rows = [
        OrderData(
            source=SOURCE,
            source_key=f"demo:{place}",
            digest="1",
            number=f"D{on:%y}{place:05d}",
            customer_key=customer.key,
            customer_name=customer.key,
            region="",
            ordered_on=on,
            amount_fen=one.amount_fen,
            quantity=1 + place % 7,
            credit_note=one.amount_fen < 0,
            products=(one.product,),
            cost_fen=one.cost_fen,
            customer_source="customers",
        )
        for place, (on, customer, one) in enumerate(bought, 1)
    ]
    if rows:
        desk.services.imports.write_orders(rows, actor=desk.admin)


def _credits(desk: Desk) -> None:
    """Each credit note names the order of its customer, in the same twelve months, that it credits."""
    registers, admin = desk.services.registers, desk.admin
    since = desk.now.date() - timedelta(days=361)
    for note in registers.page("order", actor=admin, filter_text="credit:yes", limit=500).rows:
        own = registers.page(
            "order",
            actor=admin,
            customer_id=note.values["customer_id"],
            filter_text="credit:no",
            limit=20,
        ).rows
        fitting = [
            r
            for r in own
            if r.values["ordered_on"] >= since
            and r.values["amount_fen"] >= -note.values["amount_fen"]
        ]
        if fitting:
            credited = {"credited_order_id": fitting[-1].id}
            done(registers.change("order", note.id, credited, actor=admin))


def _contracts(desk: Desk, ids: Sequence[int]) -> None:
    """Contracts of the first customers; an order of each carries one out, so that none counts twice."""
    registers, admin = desk.services.registers, desk.admin
    for place, customer_id in enumerate(ids[:CONTRACTS]):
        orders = registers.page(
            "order", actor=admin, customer_id=customer_id, filter_text="credit:no", limit=1
        ).rows
        if not orders:
            continue
        order = orders[0]
        start: date = order.values["ordered_on"]
        data: dict[str, Any] = {
            "customer_id": customer_id,
            "name": f"{order.names.get('product_id', '')} {start.year}",
            "amount_fen": order.values["amount_fen"],
            "start_on": start,
            "end_on": start + timedelta(days=(20, 365, 720)[place % 3]),
            "owner_id": ACCOUNT_MANAGERS[place % len(ACCOUNT_MANAGERS)],
        }
        today = desk.now.astimezone(ZONE).date()
        if place % 3:
            data["promised_delivery_on"] = today + timedelta(days=10 + place)
        elif data["end_on"] < today:
            data["status"] = "closed"
        agreed = registers.create("contract", data, actor=admin)
        done(registers.change("order", order.id, {"contract_id": agreed}, actor=admin))


def _talks(desk: Desk, customers: Sequence[tuple[int, Known]]) -> None:
    """Week by week: whom the account managers spoke with, and what was answered to surveys."""
    rng = random.Random(SEED + 1)
    managers = [desk.services.org.login(login) for login in ACCOUNT_MANAGERS]
    each = max(1, len(customers) // 40)
    for week in range(WEEKS, 0, -1):
        with desk.ago(days=7 * week - 3), desk.services.core.together(desk.admin):
            for _ in range(min(each, len(customers))):
                customer_id, known = rng.choice(customers)
                _talk(desk, rng, managers[rng.randrange(len(managers))], customer_id, known)
                customer_id, known = rng.choice(customers)
                _answer(desk, rng, customer_id, known, week)


def _talk(desk: Desk, rng: random.Random, who: Actor, customer_id: int, known: Known) -> None:
    channel, topic, said, follows = rng.choice(TALKS[known.language])
    pending = bool(follows) and rng.random() < 0.15
    desk.services.registers.create(
        "interaction",
        {
            "customer_id": customer_id,
            "occurred_on": desk.services.core.clock().astimezone(ZONE).date(),
            "channel": channel,
            "topic": topic,
            "customer_feedback": said,
            "follow_up_action": follows,
            "completion_state": "pending" if pending else "done",
            "automated": channel == "online" and rng.random() < 0.3,
            "owner_id": who.staff_id,
        },
        actor=desk.admin,
    )


def _answer(desk: Desk, rng: random.Random, customer_id: int, known: Known, week: int) -> None:
    """An answer; the older ones are a little worse."""
    nps = rng.random() < 0.5
    low, high = (0, 10) if nps else (1, 5)
    happiness = min(max(rng.gauss(0.8 - week / 400, 0.22), 0), 1)
    at = desk.services.core.clock()
    desk.services.registers.create(
        "survey_answer",
        {
            "survey": "nps" if nps else "csat",
            "customer_id": customer_id,
            "respondent": known.key,
            "channel": rng.choice(("phone", "online", "email")),
            "answered_at": at,
            "scale_low": low,
            "scale_high": high,
            "answer": round(low + happiness * (high - low)),
            "evidence": f"demo {at:%Y-%m-%d}",
        },
        actor=desk.admin,
    )
