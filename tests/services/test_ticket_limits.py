"""Acceptance checks of limits, deliveries, warnings and alarms (R-127 to R-140) on both engines."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from crm_tui.db.schema.customers import customer as customers
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.domain import tiering
from crm_tui.domain.errors import PermissionDenied
from crm_tui.services.actor import SYSTEM
from tests.services.conftest import Desk
from tests.services.test_loop import code
from tests.services.ticking import contract

HOUR = timedelta(hours=1)


def stored(desk: Desk, ticket_id: int) -> Any:
    """The row itself."""
    with desk.core.engine.connect() as conn:
        return conn.execute(select(ticket).where(ticket.c.id == ticket_id)).mappings().one()


@pytest.mark.req("R-127")
@pytest.mark.parametrize(
    ("yuan", "hours"), [(1_000_000, 4), (999_999, 8), (500_000, 8), (499_999, 24)]
)
def test_first_response_by_tier(desk: Desk, yuan: int, hours: int) -> None:
    customer = desk.customer()
    facts = {
        "annual_amount_fen": yuan * 100,
        "potential_class": "ordinary",
        "key_account_level": "ordinary",
    }
    with desk.core.write(SYSTEM) as unit:
        values = {"annual_amount_fen": yuan * 100, **tiering.tier_fields(facts)}
        unit.conn.execute(update(customers).where(customers.c.id == customer).values(**values))
    made = desk.ticket(customer_id=customer)
    tier = desk.field(made, "tier")
    due = desk.clock(made, "first_response").due_at - desk.now
    assert (tier, due) == ({4: "A", 8: "B", 24: "C"}[hours], hours * HOUR)


@pytest.mark.req("R-128")
def test_after_sales_takes_the_stricter_limit(desk: Desk) -> None:
    strategic = desk.customer(key_account_level="strategic")
    made = desk.ticket(kind="after_sales", customer_id=strategic)
    assert desk.clock(made, "first_response").due_at - desk.now == 4 * HOUR
    unknown = desk.ticket(kind="after_sales")
    assert desk.clock(unknown, "first_response").due_at - desk.now == 24 * HOUR


@pytest.mark.req("R-129", "R-130")
def test_contact_and_first_solution_count_from_registration(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.messages.reply([made], "We call you", actor=ana).one()
    start = stored(desk, made)["registered_at"]
    assert desk.clock(made, "clarify").due_at == start + 24 * HOUR
    assert desk.clock(made, "solution").due_at == start + 48 * HOUR
    desk.later(hours=20)
    services.tickets.clarify([made], "details settled", actor=ana).one()
    desk.later(hours=20)
    assert desk.clock(made, "solution").due_at == start + 48 * HOUR
    services.closing.propose([made], "Mend it", actor=ana).one()
    assert desk.clock(made, "solution").state == "met"
    assert desk.clock(made, "clarify").state == "met"


@pytest.mark.req("R-131")
def test_progress_at_seventy_hours_meets_and_arms_again(desk: Desk) -> None:
    made = desk.accepted(kind="after_sales")
    desk.later(hours=70)
    desk.services.messages.reply(
        [made], "The part arrives on Friday", actor=desk.actor("ana"), progress=True
    ).one()
    assert desk.clock(made, "progress", 1).state == "met"
    assert desk.clock(made, "progress", 2).due_at == desk.now + 72 * HOUR
    assert desk.field(made, "category") == "open"


@pytest.mark.req("R-132")
def test_delivery_a_day_late_is_a_breach_and_a_warning(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    made = contract(desk, promised_delivery_on="2024-06-03")
    assert services.ticker.tick("one").breached == 0
    desk.later(days=1)
    assert services.ticker.tick("one").breached == 1
    assert services.ticker.tick("one").breached == 0
    entries = services.audit.entries(actor=root, kind="contract", subject_id=made)
    assert any(e.verb == "breached" for e in entries)
    warnings = [
        n for n in services.notifications.inbox(actor=desk.actor("lee")) if n.kind == "overdue"
    ]
    assert [n.text.params["count"] for n in warnings] == [1]


@pytest.mark.req("R-133")
def test_delivery_waits_for_the_customers_word(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    made = contract(desk)
    refused = registers.change("contract", made, {"delivered_at": desk.now}, actor=ana)
    assert code(refused) == "customer_confirmation_needed"
    early = {"delivered_at": desk.now, "solution_confirmed_at": desk.now + HOUR}
    assert code(registers.change("contract", made, early, actor=ana)) == (
        "customer_confirmation_needed"
    )
    visited = {"followed_up_at": desk.now}
    assert code(registers.change("contract", made, visited, actor=ana)) == "not_delivered"


@pytest.mark.req("R-134")
def test_return_visit_is_a_task_of_the_manager_by_the_third_day(desk: Desk) -> None:
    registers, ana, lee = desk.services.registers, desk.actor("ana"), desk.actor("lee")
    made = contract(desk)
    given = {"solution_confirmed_at": desk.now - HOUR, "delivered_at": desk.now}
    registers.change("contract", made, given, actor=ana).one()
    (task,) = registers.page("task", actor=ana).rows
    zone = ZoneInfo("Asia/Shanghai")
    assert f"{desk.now.astimezone(zone):%Y-%m-%d}" == "2024-06-03"
    assert (str(task.values["due_on"]), task.values["owner_id"]) == ("2024-06-06", lee.staff_id)
    assert any(n.kind == "follow_up" for n in desk.services.notifications.inbox(actor=lee))
    registers.change("contract", made, {"remark": "x"}, actor=ana).one()
    assert len(registers.page("task", actor=ana).rows) == 1
    desk.later(days=1)
    registers.change("contract", made, {"followed_up_at": desk.now}, actor=ana).one()
    (task,) = registers.page("task", actor=ana).rows
    assert (task.values["status"], task.values["progress"]) == ("done", 100)
    assert str(task.values["done_on"]) == "2024-06-04"


@pytest.mark.req("R-134")
def test_return_visit_without_a_manager_is_for_whoever_delivered(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    given = {
        "customer_id": desk.customer(),
        "name": "Line 4",
        "start_on": "2024-01-01",
        "end_on": "2024-12-31",
        "solution_confirmed_at": desk.now - HOUR,
        "delivered_at": desk.now,
    }
    registers.create("contract", given, actor=ana)
    (task,) = registers.page("task", actor=ana).rows
    assert task.values["owner_id"] == ana.staff_id
    # The administrator belongs to no department; the call is then the sales department's.
    root = desk.actor("root")
    registers.create("contract", {**given, "name": "Line 5"}, actor=root)
    tasks = registers.page("task", actor=ana).rows
    assert {t.values["owner_id"] for t in tasks} == {ana.staff_id, root.staff_id}


@pytest.mark.req("R-135")
def test_result_told_after_twenty_five_hours_is_a_breach(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.closing.propose([made], "Mend it", actor=ana, solution_type="repair").one()
    services.closing.decide([made], True, actor=desk.actor("head")).one()
    assert desk.clock(made, "result_feedback").due_at == desk.now + 24 * HOUR
    desk.later(hours=25)
    services.messages.note([made], "still at it", actor=ana, progress=True).one()
    services.closing.feedback([made], "Mended", "warranty 4.1", actor=ana).one()
    clock = desk.clock(made, "result_feedback")
    assert (clock.state, clock.late_s) == ("missed", 3600)


@pytest.mark.req("R-136")
def test_each_channel_has_an_editable_policy_row(desk: Desk) -> None:
    policies, root = desk.services.policies, desk.actor("root")
    customer = desk.customer()
    mail = desk.ticket(channel="email", customer_id=customer)
    assert desk.clock(mail, "first_response").due_at - desk.now == 24 * HOUR
    policies.change_line("first_response_email", {"amount": 2 * 3600}, actor=root, reason="pilot")
    data = policies.current(actor=root).to_data()
    data["lines"].append(
        {
            "id": "phone_answer",
            "clock": "first_response",
            "basis": "elapsed",
            "amount": 1800,
            "channels": ["phone"],
        }
    )
    policies.replace(data, actor=root, reason="telephone answered at once")
    mail, phone = desk.ticket(channel="email"), desk.ticket(channel="phone")
    assert desk.clock(mail, "first_response").due_at - desk.now == 2 * HOUR
    assert desk.clock(phone, "first_response").due_at - desk.now == HOUR / 2
    with pytest.raises(PermissionDenied):
        policies.change_line("first_response_email", {"amount": 60}, actor=desk.actor("ana"))


@pytest.mark.req("R-137")
def test_a_stopped_clock_keeps_its_figures(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    desk.later(hours=25)
    services.messages.reply([made], "hello", actor=ana, progress=True).one()
    before = desk.clock(made, "first_response")
    assert (before.state, before.late_s, before.used_s) == ("missed", HOUR.seconds, 25 * 3600)
    desk.later(days=3)
    services.messages.reply([made], "again", actor=ana, progress=True).one()
    services.tickets.urgency([made], "low", actor=ana).one()
    after = desk.clock(made, "first_response")
    assert (after.stopped_at, after.late_s, after.used_s, after.stored_due_at) == (
        before.stopped_at,
        before.late_s,
        before.used_s,
        before.stored_due_at,
    )
    with desk.core.engine.connect() as conn:
        row = (
            conn.execute(
                select(ticket_clock).where(
                    ticket_clock.c.ticket_id == made, ticket_clock.c.kind == "first_response"
                )
            )
            .mappings()
            .one()
        )
    assert (row["started_at"], row["target_s"], row["late_s"], row["state"]) == (
        before.started_at,
        24 * 3600,
        3600,
        "missed",
    )


@pytest.mark.req("R-138")
def test_warning_at_three_quarters_and_alarm_at_the_limit(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    clock = desk.clock(made, "first_response")
    assert clock.warn_at - clock.started_at == 18 * HOUR
    desk.later(hours=17, minutes=59)

    def warned() -> list[str]:
        inbox = services.notifications.inbox(actor=ana)
        return [
            str(getattr(n.text.params["clock"], "msgid", "")) for n in inbox if n.kind == "warning"
        ]

    services.ticker.tick("one")
    assert warned() == []
    desk.later(minutes=1)
    services.ticker.tick("one")
    services.ticker.tick("one")
    assert sorted(warned()) == ["clarify", "first_response"]
    desk.later(hours=6)
    services.ticker.tick("one")
    row = services.views.rows([made], actor=ana)[0]
    assert row.breached
    assert any(
        n.kind == "overdue" and n.subject_id == made
        for n in services.notifications.inbox(actor=ana)
    )


@pytest.mark.req("R-139")
def test_after_sales_alarm_repeats_daily_until_resolved(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted(kind="after_sales")

    def alarms() -> int:
        inbox = services.notifications.inbox(actor=ana)
        return sum(1 for n in inbox if n.kind == "alarm" and n.subject_id == made)

    desk.later(hours=72)
    services.ticker.tick("one")
    assert alarms() == 1
    desk.later(hours=12)
    services.ticker.tick("one")
    assert alarms() == 1
    desk.later(hours=12)
    services.ticker.tick("one")
    assert alarms() == 2
    services.messages.reply([made], "We take it back", actor=ana, progress=True).one()
    services.closing.cancel([made], "sold", actor=ana).one()
    desk.later(days=3)
    services.ticker.tick("one")
    assert alarms() == 2


@pytest.mark.req("R-140")
def test_an_overdue_ticket_holds_back_edits_but_not_help(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    desk.later(hours=25)
    assert code(services.tickets.edit(made, {"subject": "x"}, actor=ana)) == "progress_note_needed"
    held = services.tickets.wait([made], actor=ana, reason="serial number")
    assert code(held) == "progress_note_needed"
    for free in (
        services.tickets.take([made], actor=ana),
        services.tickets.assign([made], ana.staff_id, actor=desk.actor("lee")),
        services.tickets.escalate([made], "help", actor=ana),
        services.messages.note([made], "internal", actor=ana),
    ):
        assert not free.refused
    services.messages.reply([made], "It takes until Friday", actor=ana, progress=True).one()
    services.tickets.edit(made, {"subject": "x"}, actor=ana).one()
    colleague = desk.accepted()
    desk.later(hours=25)
    services.tickets.edit(colleague, {"subject": "x"}, actor=desk.actor("lee")).one()
