"""Acceptance checks of single ticket requirements (R-102 to R-161) on both engines."""

import threading
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from crm_tui.db.schema.customers import customer as customers
from crm_tui.db.schema.tickets import handover, ticket, ticket_clock
from crm_tui.domain import tiering
from crm_tui.domain.checklist import Activity, skipped
from crm_tui.domain.errors import PermissionDenied, RuleViolation, ValidationError
from crm_tui.domain.process import PROCESS, STAGES
from crm_tui.i18n import tr, use
from crm_tui.services.actor import SYSTEM
from tests.services.conftest import Desk
from tests.services.test_loop import code

HOUR = timedelta(hours=1)


def stored(desk: Desk, ticket_id: int) -> Any:
    """The row itself."""
    with desk.core.engine.connect() as conn:
        return conn.execute(select(ticket).where(ticket.c.id == ticket_id)).mappings().one()


def close_complaint(desk: Desk, cause: str) -> Any:
    """A complaint taken to its closing; answers the result of the closing."""
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.accepted()
    services.closing.propose([made], "Mend it", actor=ana, solution_type="repair").one()
    services.closing.decide([made], True, actor=head).one()
    services.closing.feedback([made], "Mended", "warranty 4.1", actor=ana).one()
    services.closing.satisfy(made, True, actor=ana).one()
    return services.closing.close([made], actor=ana, cause_category=cause)


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


def contract(desk: Desk, **data: Any) -> int:
    """A contract of a customer that lee looks after."""
    customer = desk.customer()
    root, lee = desk.actor("root"), desk.actor("lee")
    desk.services.customers.change(customer, {"manager_id": lee.staff_id}, actor=root).one()
    fields = {
        "customer_id": customer,
        "name": "Line 3",
        "start_on": "2024-01-01",
        "end_on": "2024-12-31",
        **data,
    }
    return desk.services.registers.create("contract", fields, actor=desk.actor("ana"))


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


@pytest.mark.req("R-143")
def test_the_five_stages_are_those_of_the_source(desk: Desk) -> None:
    use("zh")
    assert [tr(s) for s in STAGES] == ["需求接收", "需求分析", "服务执行", "售后跟进", "关系维护"]
    assert list(dict.fromkeys(n.stage for n in PROCESS)) == list(STAGES)
    limits = {tr(n.node): tr(n.limit) for n in PROCESS}
    assert limits["需求对接"] == "24小时内" and limits["初步解决方案"] == "48小时内"
    actions = " ".join(tr(n.action) for n in PROCESS)
    for words in (
        "1小时内通过CRM系统录入客户信息、问题描述、紧急程度",
        "客户经理24小时内对接客户明确需求细节",
        "产品部48小时内输出初步解决方案",
        "交付后3日内客户经理回访收集反馈",
        "售后问题24小时内响应",
        "72小时内解决或给出进展",
    ):
        assert words in actions
    kinds = {
        line.clock.value for line in desk.services.policies.current(actor=desk.actor("root")).lines
    }
    assert {n.clock for n in PROCESS if n.clock} <= kinds


@pytest.mark.req("R-147")
@pytest.mark.parametrize("kind", ["answer", "repair", "exchange", "alternative", "other"])
def test_solution_types_with_free_text(desk: Desk, kind: str) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.closing.propose([made], "in words", actor=ana, solution_type=kind).one()
    row = stored(desk, made)
    assert (row["solution_type"], row["solution"]) == (kind, "in words")
    with pytest.raises(ValidationError):
        services.closing.propose([made], " ", actor=ana, solution_type=kind)


@pytest.mark.req("R-148")
def test_approval_is_the_heads_never_the_proposers_and_kept(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.accepted()
    services.closing.propose([made], "Mend it", actor=ana).one()
    assert code(services.tickets.status([made], "executing", actor=ana)) == "approval_needed"
    for login in ("ana", "lee", "pat"):
        assert services.closing.decide([made], True, actor=desk.actor(login)).refused
    services.closing.decide([made], False, actor=head, reason="too dear").one()
    assert desk.field(made, "state") == "accepted"
    services.closing.propose([made], "Mend it cheaply", actor=head).one()
    assert code(services.closing.decide([made], True, actor=head)) == "approver_is_proposer"
    kept = services.views.view(made, actor=ana).approvals
    assert sorted((a.text, a.state, a.reason) for a in kept) == [
        ("Mend it", "rejected", "too dear"),
        ("Mend it cheaply", "pending", ""),
    ]


@pytest.mark.req("R-148")
def test_urgent_may_execute_first_and_a_rejection_takes_it_back(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    calm = desk.accepted()
    refused = services.closing.propose([calm], "x", actor=ana, execute_first=True)
    assert code(refused) == "execute_first_urgent_only"
    made = desk.accepted(safety_risk=True)
    services.closing.propose([made], "Cut the power", actor=ana, execute_first=True).one()
    assert desk.field(made, "state") == "executing"
    assert desk.clock(made, "approval").due_at - desk.now == 4 * HOUR
    with pytest.raises(ValidationError):
        services.closing.decide([made], False, actor=head)
    services.closing.decide([made], False, actor=head, reason="wrong").one()
    assert desk.field(made, "state") == "accepted"


@pytest.mark.req("R-148")
def test_approval_during_execution_is_kept(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.accepted(safety_risk=True)
    services.closing.propose([made], "Cut the power", actor=ana, execute_first=True).one()
    services.closing.decide([made], True, actor=head).one()
    row = stored(desk, made)
    assert (row["state"], row["approval"]) == ("executing", "approved")


@pytest.mark.req("R-149", "R-150")
def test_answers_are_checked_and_a_second_one_needs_a_reason(desk: Desk) -> None:
    closing, ana = desk.services.closing, desk.actor("ana")
    made = desk.accepted(kind="consultation")
    assert code(closing.satisfy(made, True, actor=ana)) == "not_fed_back"
    closing.feedback([made], "So", "manual", actor=ana).one()
    with pytest.raises(ValidationError):
        closing.satisfy(made, True, actor=ana, score=6)
    closing.satisfy(made, True, actor=ana, score=4).one()
    assert code(closing.satisfy(made, True, actor=ana, score=5)) == "answer_exists"
    closing.satisfy(made, True, actor=ana, score=5, reason="called again").one()
    assert desk.field(made, "state") == "resolved"
    closing.satisfy(made, False, actor=ana, reason="changed their mind").one()
    assert desk.field(made, "state") == "accepted"


@pytest.mark.req("R-151")
def test_nothing_can_be_deleted(desk: Desk) -> None:
    made = desk.ticket()
    assert not [n for n in dir(desk.services.tickets) if "delete" in n or "remove" in n]
    assert not [n for n in dir(desk.services.intake) if "delete" in n or "remove" in n]
    with pytest.raises(ValidationError):
        desk.services.closing.cancel([made], " ", actor=desk.actor("ana"))
    assert (
        code(desk.services.closing.cancel([made], "double", actor=desk.actor("vic")))
        == "role_needed"
    )
    rows = desk.services.views.page("is:open", actor=desk.actor("ana"), sort="received").rows
    assert [r.id for r in rows] == [made]


@pytest.mark.req("R-153")
def test_level_two_adds_the_four_heads(desk: Desk) -> None:
    org, root = desk.services.org, desk.actor("root")
    for department in ("sales", "service", "product", "technology"):
        org.add_staff(
            f"h_{department}",
            f"Head {department}",
            role="manager",
            department=department,
            actor=root,
        )
        org.set_head(department, f"h_{department}", actor=root)
    made = desk.accepted()
    desk.services.tickets.escalate([made], "stuck", actor=desk.actor("ana"), level=2).one()
    people = desk.services.views.view(made, actor=root).collaborators
    assert set(people) >= {
        "Head sales",
        "Head service",
        "Head product",
        "Head technology",
    }


@pytest.mark.req("R-154")
def test_customers_manager_is_first_responsible(desk: Desk) -> None:
    customer = desk.customer()
    lee = desk.actor("lee")
    desk.services.customers.change(
        customer, {"manager_id": lee.staff_id}, actor=desk.actor("root")
    ).one()
    made = desk.ticket(customer_id=customer)
    assert stored(desk, made)["first_responsible_id"] == lee.staff_id
    bob = desk.actor("bob").staff_id
    desk.services.tickets.set_first_responsible([made], bob, actor=lee).one()
    assert stored(desk, made)["first_responsible_id"] == bob


@pytest.mark.req("R-156")
def test_a_cause_that_comes_thrice_proposes_an_improvement(desk: Desk) -> None:
    registers, root = desk.services.registers, desk.actor("root")
    assert close_complaint(desk, "tool_lacking").outcomes[0].notice is None
    desk.later(days=1)
    close_complaint(desk, "duty_vague")
    assert close_complaint(desk, "tool_lacking").outcomes[0].notice is None
    assert registers.page("improvement_item", actor=root).rows == ()
    desk.later(days=1)
    third = close_complaint(desk, "tool_lacking")
    assert third.outcomes[0].notice is not None
    (item,) = registers.page("improvement_item", actor=root).rows
    assert (item.values["cause_category"], item.values["state"]) == ("tool_lacking", "proposed")
    assert len(item.values["ticket_ids"]) == 3
    head = desk.services.notifications.inbox(actor=desk.actor("head"))
    assert any(n.kind == "improvement" for n in head)
    close_complaint(desk, "tool_lacking")
    (item,) = registers.page("improvement_item", actor=root).rows
    assert len(item.values["ticket_ids"]) == 4


@pytest.mark.req("R-156")
def test_complaints_of_long_ago_do_not_count(desk: Desk) -> None:
    close_complaint(desk, "tool_lacking")
    close_complaint(desk, "tool_lacking")
    desk.later(days=31)
    close_complaint(desk, "tool_lacking")
    assert desk.services.registers.page("improvement_item", actor=desk.actor("root")).rows == ()


@pytest.mark.req("R-155", "R-160")
def test_handovers_carry_reason_and_both_times(desk: Desk) -> None:
    tickets, root = desk.services.tickets, desk.actor("root")
    made = desk.accepted()
    asked = desk.now
    tickets.transfer([made], "product", "a matter of the product", actor=root).one()
    desk.later(hours=3)
    pat = desk.actor("pat")
    tickets.accept_handover([made], actor=pat).one()
    with desk.core.engine.connect() as conn:
        row = conn.execute(select(handover)).mappings().one()
    assert (row["reason"], row["at"], row["accepted_at"], row["accepted_by"]) == (
        "a matter of the product",
        asked,
        desk.now,
        pat.staff_id,
    )


@pytest.mark.req("R-161")
@pytest.mark.parametrize(("days", "flag"), [(7, True), (8, False)])
def test_reopening_within_seven_days_flips_the_flag(desk: Desk, days: int, flag: bool) -> None:
    closing, ana = desk.services.closing, desk.actor("ana")
    made = desk.fed_back()
    closing.satisfy(made, True, actor=ana).one()
    closing.close([made], actor=ana).one()
    assert stored(desk, made)["reopened_within_days"] is False
    desk.later(days=days)
    desk.services.tickets.reopen([made], "broken again", actor=ana).one()
    assert stored(desk, made)["reopened_within_days"] is flag
