"""Acceptance checks of registering tickets (R-102 to R-126) on both engines."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.checklist import Activity, skipped
from crm_tui.domain.errors import PermissionDenied, RuleViolation, ValidationError
from crm_tui.services.actor import SYSTEM
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)


def stored(desk: Desk, ticket_id: int) -> Any:
    """The row itself."""
    with desk.core.engine.connect() as conn:
        return conn.execute(select(ticket).where(ticket.c.id == ticket_id)).mappings().one()


@pytest.mark.req("R-102")
def test_fifty_at_once_get_fifty_numbers(desk: Desk) -> None:
    ana = desk.actor("ana")
    errors: list[BaseException] = []

    def register() -> None:
        try:
            for _ in range(5):
                desk.services.intake.create(
                    {"kind": "praise", "channel": "phone", "subject": "s", "description": "d"},
                    actor=ana,
                )
        except BaseException as error:  # told in the main thread
            errors.append(error)

    threads = [threading.Thread(target=register) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    with desk.core.engine.connect() as conn:
        numbers = [r.number for r in conn.execute(select(ticket.c.number))]
    assert len(numbers) == len(set(numbers)) == 50
    assert desk.services.audit.verify(actor=desk.actor("root")).ok


@pytest.mark.req("R-103")
def test_contact_is_prefilled_editable_and_sealed(desk: Desk) -> None:
    customer = desk.customer()
    view = desk.services.customers.view(customer, actor=desk.actor("root"))
    contact = view.contacts[0].id
    made = desk.ticket(customer_id=customer, contact_id=contact)
    assert desk.field(made, "contact_info") == "13912340001"
    other = desk.ticket(customer_id=customer, contact_id=contact, contact_info="13800000002")
    assert desk.field(other, "contact_info") == "13800000002"
    sealed = stored(desk, other)["contact_info_sealed"]
    assert b"13800000002" not in sealed
    shown = desk.services.views.view(other, actor=desk.actor("vic")).fields["contact_info"]
    assert "0000000" not in shown and shown != ""


@pytest.mark.req("R-104", "R-109")
def test_receipt_may_be_earlier_and_is_kept_beside_registration(desk: Desk) -> None:
    received = desk.now - HOUR
    row = stored(desk, desk.ticket(received_at=received))
    assert (row["received_at"], row["registered_at"]) == (received, desk.now)


@pytest.mark.req("R-105", "R-106")
def test_appeal_is_a_field_of_its_own(desk: Desk) -> None:
    made = desk.ticket(appeal="A new printer")
    row = stored(desk, made)
    assert (row["description"], row["appeal"]) == ("It smokes when it starts", "A new printer")
    desk.services.tickets.edit(made, {"appeal": "Money back"}, actor=desk.actor("ana")).one()
    assert desk.field(made, "appeal") == "Money back"


@pytest.mark.req("R-107")
@pytest.mark.parametrize("channel", ["phone", "chat", "email", "visit", "portal"])
def test_channels_and_their_filter(desk: Desk, channel: str) -> None:
    made = desk.ticket(channel=channel)
    desk.ticket(channel="phone" if channel != "phone" else "email")
    rows = desk.services.views.page(f"channel:{channel}", actor=desk.actor("ana")).rows
    assert [r.id for r in rows] == [made]


@pytest.mark.req("R-108")
def test_result_goes_by_the_channel_the_customer_chose(desk: Desk) -> None:
    closing, ana = desk.services.closing, desk.actor("ana")
    made = desk.accepted(kind="consultation", preferred_reply_channel="email")
    closing.feedback([made], "So", "manual", actor=ana).one()
    entries = desk.services.views.timeline(made, actor=ana, messages_only=True)
    assert [e.channel for e in entries] == ["email"]
    other = desk.accepted(kind="consultation", preferred_reply_channel="email")
    result = closing.feedback([other], "So", "manual", actor=ana, channel="phone")
    assert result.done and result.outcomes[0].notice is not None


@pytest.mark.req("R-111", "R-122")
def test_five_kinds_and_rescue_in_the_automotive_template(desk: Desk) -> None:
    kinds, root = desk.services.kinds, desk.actor("root")
    five = ("consultation", "complaint", "suggestion", "praise", "after_sales")
    assert kinds.enabled(actor=root) == five
    with pytest.raises(RuleViolation) as refused:
        desk.ticket(kind="rescue")
    assert refused.value.code == "kind_not_enabled"
    with pytest.raises(PermissionDenied):
        kinds.set([*five, "rescue"], actor=desk.actor("ana"))
    with pytest.raises(ValidationError):
        kinds.set(["rant"], actor=root)
    with pytest.raises(ValidationError):
        kinds.set([], actor=root)
    assert kinds.set(["rescue", *five], actor=root) == (*five, "rescue")
    made = desk.ticket(kind="rescue")
    assert (desk.field(made, "urgency"), desk.field(made, "department")) == ("urgent", "service")
    kinds.set(["complaint"], actor=root)
    with pytest.raises(RuleViolation):
        desk.ticket(kind="praise")
    assert desk.field(made, "kind") == "rescue"


@pytest.mark.req("R-122")
def test_automotive_template_takes_rescues(desk: Desk) -> None:
    from crm_tui.services import kinds

    with pytest.raises(ValidationError), desk.core.write(SYSTEM) as unit:
        kinds.preload(unit, "bakery")
    assert kinds.TEMPLATES["automotive"][-1] == "rescue"


@pytest.mark.req("R-114", "R-111")
@pytest.mark.parametrize(
    ("kind", "urgency"), [("complaint", "normal"), ("suggestion", "low"), ("praise", "low")]
)
def test_default_urgency_by_kind(desk: Desk, kind: str, urgency: str) -> None:
    assert desk.field(desk.ticket(kind=kind), "urgency") == urgency


@pytest.mark.req("R-113")
@pytest.mark.parametrize("criterion", ["safety_risk", "batch_problem", "public_opinion"])
def test_each_criterion_forces_urgent(desk: Desk, criterion: str) -> None:
    assert desk.field(desk.ticket("ana", **{criterion: True}), "urgency") == "urgent"


@pytest.mark.req("R-126")
def test_checklist_ticks_itself_and_shows_what_was_skipped(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")

    def states(made: int) -> list[str]:
        return [s.state for s in services.views.view(made, actor=ana).checklist]

    made = desk.accepted(kind="consultation")
    assert states(made) == ["done", "open", "open", "open", "open"]
    services.closing.feedback([made], "This is how", "manual", actor=ana).one()
    assert states(made) == ["done", "done", "done", "done", "open"]
    services.closing.satisfy(made, True, actor=ana).one()
    assert states(made) == ["done"] * 5
    gone = desk.accepted(kind="consultation")
    services.closing.cancel([gone], "double", actor=ana).one()
    assert skipped(services.views.view(gone, actor=ana).checklist) == ()
    steps = services.views.view(made, actor=ana).checklist
    assert [s.activity for s in steps] == list(Activity)


@pytest.mark.req("R-126")
def test_a_step_missing_at_the_closing_was_skipped(desk: Desk) -> None:
    from crm_tui.domain.checklist import checklist

    row = {
        "state": "closed",
        "registered_at": desk.now,
        "first_response_at": None,
        "last_note_at": desk.now,
    }
    steps = checklist(row, fed_back_at=desk.now, visited_at=None)
    assert skipped(steps) == (Activity.RESPOND, Activity.RETURN_VISIT)
