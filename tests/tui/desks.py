"""How the small desk has to be before an act: its first ticket at each step of the loop, and more."""

from datetime import date, timedelta
from typing import Any

from crm_tui.bootstrap import Opened
from tests.services.goal_desk import MANUAL, SMART

TODAY = date(2024, 6, 3)
"""Of the desk of these tests."""


def taken(opened: Opened) -> None:
    opened.services.tickets.take([1], actor=opened.actor).one()


def accepted(opened: Opened) -> None:
    taken(opened)
    values = {"verified_note": "seen"}
    opened.services.tickets.status([1], "accepted", actor=opened.actor, values=values).one()


def proposed(opened: Opened) -> None:
    accepted(opened)
    opened.services.closing.propose([1], "new one", actor=opened.actor).one()


def approved(opened: Opened) -> None:
    proposed(opened)
    lin = opened.services.org.login("lin")
    opened.services.closing.decide([1], True, actor=lin).one()


def confirmed(opened: Opened) -> None:
    approved(opened)
    opened.services.closing.confirm_solution([1], actor=opened.actor).one()


def executing(opened: Opened) -> None:
    confirmed(opened)
    opened.services.closing.resolve([1], actor=opened.actor).one()


def resolved(opened: Opened) -> None:
    executing(opened)
    closing, ana = opened.services.closing, opened.actor
    closing.feedback([1], "done", "warranty", actor=ana).one()
    closing.satisfy(1, True, actor=ana).one()


def cancelled(opened: Opened) -> None:
    opened.services.closing.cancel([1], "double", actor=opened.actor).one()


def answered(opened: Opened) -> None:
    opened.services.messages.customer_message(1, "also the fuse", actor=opened.actor)


def with_macro(opened: Opened) -> None:
    macro = {"name": "vendor", "steps": "take\ntag +vendor", "shared": True, "after": "stay"}
    root = opened.services.org.login("root")
    opened.services.registers.create("macro", macro, actor=root)


def with_product(opened: Opened) -> None:
    root = opened.services.org.login("root")
    opened.services.registers.create("product", {"name": "Pump"}, actor=root)


def with_contact(opened: Opened) -> None:
    contact = {"name": "李", "phone": "13800000000"}
    opened.services.contacts.add(1, contact, actor=opened.actor)


def told(opened: Opened) -> None:
    """The head has a row in the inbox that asks for acknowledgement."""
    opened.services.tickets.urgency([1], "urgent", actor=opened.actor).one()
    opened.services.ticker.tick("test")


def task(opened: Opened, title: str, start: int, days: int = 5, **values: Any) -> int:
    lin = opened.services.org.login("lin")
    data = {
        "description": title,
        "owner_id": lin.staff_id,
        "department_ids": ["after_sales"],
        "start_on": TODAY + timedelta(start),
        "due_on": TODAY + timedelta(start + days - 1),
        **values,
    }
    return opened.services.tasks.new(data, actor=lin).one()


def tasks(opened: Opened) -> None:
    for number, title in enumerate(("first", "second", "third")):
        task(opened, title, number)


def linked(opened: Opened) -> None:
    """The second task waits for the first, and begins too soon."""
    lin = opened.services.org.login("lin")
    first, second = task(opened, "first", 0), task(opened, "second", 2)
    opened.services.tasks.link(first, second, actor=lin).one()


def of_a_ticket(opened: Opened) -> None:
    task(opened, "first", 0, ticket_id=1)


def goal(opened: Opened) -> None:
    lin = opened.services.org.login("lin")
    fields = {**MANUAL, **SMART}
    opened.services.registers.create("goal", fields, actor=lin)


def goal_and_tasks(opened: Opened) -> None:
    goal(opened)
    tasks(opened)


def active(opened: Opened) -> None:
    goal(opened)
    lin = opened.services.org.login("lin")
    opened.services.goals.activate(1, actor=lin).one()


def talked(opened: Opened) -> None:
    customer = opened.services.customers.find_by_no("C2024001")
    data = {
        "customer_id": customer,
        "occurred_on": "2024-06-03",
        "channel": "phone",
        "topic": "Delivery",
        "follow_up_action": "Send the offer",
    }
    opened.services.registers.create("interaction", data, actor=opened.actor)
