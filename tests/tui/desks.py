"""How the small desk has to be before an act: its first ticket at each step of the loop, and more."""

from crm_tui.bootstrap import Opened


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
