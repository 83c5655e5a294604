"""The closed loop from registration to closing (requirements B.6 to B.8)."""

from datetime import timedelta

import pytest

from crm_tui.domain.errors import DomainError, PermissionDenied, RuleViolation, ValidationError
from crm_tui.services.result import Result
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)


def code(result: Result) -> str:
    """The reason code of a refused outcome."""
    error = result.outcomes[0].error
    return "" if error is None else error.code


@pytest.mark.req("R-123", "R-146", "R-147", "R-148", "R-149", "R-135", "R-156")
def test_complaint_goes_round_the_whole_loop(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    ticket = desk.accepted(customer_id=desk.customer())
    services.messages.reply([ticket], "We look into it", actor=ana).one()
    assert code(services.tickets.status([ticket], "executing", actor=ana)) == "solution_needed"
    services.closing.propose([ticket], "New printer", actor=ana, solution_type="exchange").one()
    assert code(services.tickets.status([ticket], "executing", actor=ana)) == "approval_needed"
    assert code(services.closing.decide([ticket], True, actor=ana)) in (
        "approver_is_proposer",
        "head_needed",
    )
    services.closing.decide([ticket], True, actor=head).one()
    assert desk.field(ticket, "state") == "approved"
    refused = services.tickets.status([ticket], "executing", actor=ana)
    assert code(refused) == "customer_confirmation_needed"
    services.closing.confirm_solution([ticket], actor=ana).one()
    services.tickets.status([ticket], "executing", actor=ana).one()
    with pytest.raises(ValidationError, match="basis"):
        services.closing.feedback([ticket], "Done", " ", actor=ana)
    services.closing.feedback([ticket], "Done", "warranty 4.1", actor=ana).one()
    assert code(services.closing.close([ticket], actor=ana)) == "satisfaction_needed"
    services.closing.satisfy(ticket, True, actor=ana, score=5).one()
    assert desk.field(ticket, "state") == "resolved"
    assert code(services.closing.close([ticket], actor=ana)) == "cause_category_needed"
    services.closing.close([ticket], actor=ana, cause_category="tool_lacking").one()
    assert desk.field(ticket, "state") == "closed"
    assert services.audit.verify(actor=head).ok


@pytest.mark.req("R-146")
def test_accepting_needs_a_verified_note(desk: Desk) -> None:
    ticket = desk.ticket()
    ana = desk.actor("ana")
    desk.services.tickets.take([ticket], actor=ana).one()
    assert code(desk.services.tickets.status([ticket], "accepted", actor=ana)) == (
        "verified_note_needed"
    )


@pytest.mark.req("R-149")
def test_unreachable_customer_needs_three_attempts(desk: Desk) -> None:
    closing, ana = desk.services.closing, desk.actor("ana")
    ticket = desk.fed_back()
    reason = "customer_unreachable"
    for _ in range(2):
        closing.attempt(ticket, "phone", "no answer", actor=ana).one()
        assert code(closing.close([ticket], actor=ana, reason=reason)) == "attempts_needed"
    closing.attempt(ticket, "phone", "no answer", actor=ana).one()
    closing.close([ticket], actor=ana, reason=reason).one()
    assert desk.field(ticket, "state") == "closed"


@pytest.mark.req("R-150", "R-152", "R-153")
def test_unsatisfied_customer_escalates_and_opens_again(desk: Desk) -> None:
    closing, ana, root = desk.services.closing, desk.actor("ana"), desk.actor("root")
    desk.services.org.add_to_team("rapid_response", "pat", actor=root)
    ticket = desk.fed_back()
    closing.satisfy(ticket, False, actor=ana, comment="still broken").one()
    assert desk.field(ticket, "state") == "accepted"
    assert desk.field(ticket, "escalation_level") == 2
    assert "Pat" in desk.services.views.view(ticket, actor=root).collaborators
    closing.feedback([ticket], "Again", "manual", actor=ana).one()
    closing.satisfy(ticket, False, actor=ana, comment="no", reason="asked again").one()
    assert desk.field(ticket, "escalation_level") == 3
    executive = desk.services.notifications.inbox(actor=desk.actor("exec"))
    assert any(n.kind == "escalated" for n in executive)


@pytest.mark.req("R-149", "R-150")
def test_a_new_result_asks_anew_and_needs_its_own_approval_and_attempts(desk: Desk) -> None:
    closing, ana, head = desk.services.closing, desk.actor("ana"), desk.actor("head")
    ticket = desk.accepted()
    closing.propose([ticket], "Repair", actor=ana).one()
    closing.decide([ticket], True, actor=head).one()
    closing.feedback([ticket], "Repaired", "warranty", actor=ana).one()
    for _ in range(3):
        closing.attempt(ticket, "phone", "no answer", actor=ana).one()
    closing.satisfy(ticket, False, actor=ana).one()
    assert desk.field(ticket, "approval") == "none"
    again = closing.feedback([ticket], "Exchanged", "warranty", actor=ana)
    assert code(again) == "solution_needed"
    closing.propose([ticket], "Exchange", actor=ana).one()
    assert code(closing.feedback([ticket], "Exchanged", "warranty", actor=ana)) != ""
    closing.decide([ticket], True, actor=head).one()
    closing.feedback([ticket], "Exchanged", "warranty", actor=ana).one()
    # The answer about the first result says nothing about the second.
    assert desk.field(ticket, "satisfaction") == "none"
    close = closing.close([ticket], actor=ana, reason="customer_unreachable")
    assert code(close) == "attempts_needed"


@pytest.mark.req("R-152")
def test_a_level_is_reached_once(desk: Desk) -> None:
    closing, ana = desk.services.closing, desk.actor("ana")
    ticket = desk.fed_back()
    for count in range(1, 4):
        closing.satisfy(ticket, False, actor=ana, reason="asked again").one()
        if count < 3:
            closing.feedback([ticket], "Again", "manual", actor=ana).one()
    view = desk.services.views.timeline(ticket, actor=ana)
    raised = [e.reason for e in view if e.verb == "escalated"]
    assert raised == ["unsatisfied", "second_unsatisfied"]


@pytest.mark.req("R-152")
def test_escalation_only_goes_up(desk: Desk) -> None:
    tickets, ana = desk.services.tickets, desk.actor("ana")
    ticket = desk.accepted()
    tickets.escalate([ticket], "urgent customer", actor=ana, level=3).one()
    assert code(tickets.escalate([ticket], "again", actor=ana, level=2)) == "level_not_up"


@pytest.mark.req("R-155", "R-160")
def test_third_transfer_escalates_and_acceptance_is_noted(desk: Desk) -> None:
    tickets, root = desk.services.tickets, desk.actor("root")
    ticket = desk.accepted()
    with pytest.raises(ValidationError):
        tickets.transfer([ticket], "product", " ", actor=root)
    for department in ("product", "technology", "service"):
        assert desk.field(ticket, "escalation_level") == 1
        tickets.transfer([ticket], department, "not ours", actor=root).one()
    assert desk.field(ticket, "transfer_count") == 3
    assert desk.field(ticket, "escalation_level") == 2
    tickets.accept_handover([ticket], actor=root).one()
    assert code(tickets.accept_handover([ticket], actor=root)) == "no_handover"


@pytest.mark.req("R-113", "R-118")
def test_criteria_force_urgent_and_lowering_asks_the_head(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    with pytest.raises(RuleViolation):
        desk.ticket(safety_risk=True, urgency="low")
    ticket = desk.ticket(safety_risk=True)
    assert desk.field(ticket, "urgency") == "urgent"
    urgent = [n for n in services.notifications.inbox(actor=head) if n.kind == "urgent"]
    assert urgent and urgent[0].needs_acknowledgement
    services.notifications.acknowledge([urgent[0].id], actor=head)
    assert desk.clock(ticket, "acknowledge").state == "met"
    services.tickets.urgency([ticket], "normal", actor=ana, reason="no risk").one()
    assert desk.field(ticket, "urgency") == "urgent"
    services.closing.decide([ticket], True, actor=head).one()
    assert desk.field(ticket, "urgency") == "normal"


@pytest.mark.req("R-104", "R-105", "R-111", "R-112")
def test_bad_registrations_are_refused_by_field(desk: Desk) -> None:
    with pytest.raises(ValidationError) as late:
        desk.ticket(received_at=desk.now + HOUR)
    assert late.value.code == "received_after_registered"
    with pytest.raises(ValidationError) as blank:
        desk.ticket(description="  ")
    assert blank.value.field == "description"
    with pytest.raises(ValidationError):
        desk.ticket(kind="rant")
    assert desk.services.views.counts(actor=desk.actor("root")) == {}


@pytest.mark.req("R-109")
def test_registration_after_an_hour_is_late_by_the_rest(desk: Desk) -> None:
    received = desk.now
    desk.later(minutes=61)
    ticket = desk.ticket(received_at=received)
    clock = desk.clock(ticket, "registration")
    assert (clock.state, clock.late_s) == ("missed", 60)


@pytest.mark.req("R-110", "R-158")
def test_customer_manager_hears_of_a_registration(desk: Desk) -> None:
    customer = desk.customer()
    root, lee = desk.actor("root"), desk.actor("lee")
    desk.services.customers.change(
        customer, {"manager_id": lee.staff_id}, actor=root, reason="customer request"
    ).one()
    desk.ticket(customer_id=customer)
    kinds = [n.kind for n in desk.services.notifications.inbox(actor=lee)]
    assert kinds == ["registered"]
    reasons = [
        e.reason
        for e in desk.services.audit.entries(actor=root, kind="customer", subject_id=customer)
    ]
    assert "customer request" in reasons


@pytest.mark.req("R-115", "R-116", "R-117")
@pytest.mark.parametrize(
    ("kind", "department"),
    [
        ("consultation", "product"),
        ("complaint", "after_sales"),
        ("suggestion", "product"),
        ("praise", "marketing"),
    ],
)
def test_kind_proposes_department(desk: Desk, kind: str, department: str) -> None:
    assert desk.field(desk.ticket(kind=kind), "department") == department


@pytest.mark.req("R-115")
def test_another_department_needs_a_reason(desk: Desk) -> None:
    with pytest.raises(ValidationError) as refused:
        desk.ticket(kind="consultation", department="delivery")
    assert refused.value.code == "routing_reason_needed"
    ticket = desk.ticket(kind="consultation", department="delivery", reason="about a delivery")
    assert desk.field(ticket, "department") == "delivery"


@pytest.mark.req("R-154")
def test_several_departments_need_one_first_responsible(desk: Desk) -> None:
    with pytest.raises(RuleViolation) as refused:
        desk.ticket(departments=["product"])
    assert refused.value.code == "first_responsible_needed"
    with pytest.raises(RuleViolation):
        desk.ticket(departments=["product"], first_responsible_id=[1, 2])
    lee = desk.actor("lee").staff_id
    assert desk.ticket(departments=["product"], first_responsible_id=lee)


@pytest.mark.req("R-145")
def test_preview_equals_what_is_stored(desk: Desk) -> None:
    data = {"kind": "after_sales", "channel": "email", "subject": "s", "description": "d"}
    preview = desk.services.intake.preview(data, actor=desk.actor("ana"))
    ticket = desk.ticket(**data)
    stored = {
        c.kind: c.stored_due_at
        for c in desk.services.views.explain(ticket, actor=desk.actor("ana"))
    }
    assert stored == {c.kind: c.stored_due_at for c in preview.clocks}


@pytest.mark.req("R-127", "R-128", "R-039")
def test_first_response_follows_the_service_tier(desk: Desk) -> None:
    root = desk.actor("root")
    hours = {}
    for level, potential in (("ordinary", "key"), ("ordinary", "ordinary")):
        customer = desk.customer(name=potential, key_account_level=level, potential_class=potential)
        ticket = desk.ticket(customer_id=customer)
        clock = desk.clock(ticket, "first_response")
        hours[potential] = (clock.due_at - desk.now) / HOUR
    assert hours == {"key": 4, "ordinary": 24}
    unknown = desk.ticket(kind="after_sales")
    assert (desk.clock(unknown, "first_response").due_at - desk.now) / HOUR == 24
    assert root.role == "admin"


@pytest.mark.req("R-124")
def test_waiting_pauses_progress_but_not_first_response(desk: Desk) -> None:
    tickets, ana = desk.services.tickets, desk.actor("ana")
    ticket = desk.accepted(kind="after_sales")
    first, progress = (desk.clock(ticket, k).due_at for k in ("first_response", "progress"))
    with pytest.raises(DomainError):
        tickets.wait([ticket], actor=ana, reason="").one()
    tickets.wait([ticket], actor=ana, reason="serial number").one()
    assert desk.clock(ticket, "progress").state == "paused"
    desk.later(hours=5)
    tickets.status([ticket], "accepted", actor=ana).one()
    assert desk.clock(ticket, "first_response").due_at == first
    assert desk.clock(ticket, "progress").due_at == progress + 5 * HOUR


@pytest.mark.req("R-131", "R-139", "R-140", "R-138")
def test_overdue_after_sales_holds_the_owner_until_the_customer_is_told(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    ticket = desk.accepted(kind="after_sales")
    services.messages.reply([ticket], "hello", actor=ana).one()
    desk.later(hours=73)
    ticked = services.ticker.tick("one")
    assert ticked.breached and services.ticker.tick("one").breached == 0
    assert code(services.closing.resolve([ticket], actor=ana)) == "progress_note_needed"
    assert services.tickets.take([ticket], actor=ana).one() == ticket
    services.messages.note([ticket], "Part arrives Friday", actor=ana, progress=True).one()
    progress = desk.clock(ticket, "progress")
    assert (progress.cycle, progress.due_at - desk.now) == (2, 72 * HOUR)
    assert code(services.closing.resolve([ticket], actor=ana)) != "progress_note_needed"
    alarms = [n for n in services.notifications.inbox(actor=ana) if n.kind == "alarm"]
    assert len(alarms) == 1


@pytest.mark.req("R-141")
def test_open_tickets_without_a_note_today_are_listed(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    quiet, noted = desk.accepted(), desk.accepted()
    services.messages.note([noted], "called", actor=ana).one()
    desk.later(hours=9, minutes=30)
    assert [r.id for r in services.views.untracked_today(actor=ana)] == [quiet]
    services.ticker.tick("one")
    kinds = [n.kind for n in services.notifications.inbox(actor=ana)]
    assert kinds.count("untracked") == 1


@pytest.mark.req("R-151", "R-102")
def test_states_sum_to_all_tickets_and_numbers_differ(desk: Desk) -> None:
    made = [desk.ticket() for _ in range(5)]
    desk.services.tickets.take(made[:2], actor=desk.actor("ana"))
    desk.services.closing.cancel([made[4]], "double entry", actor=desk.actor("ana")).one()
    counts = desk.services.views.counts(actor=desk.actor("root"))
    assert counts == {"dispatched": 2, "registered": 2, "cancelled": 1}
    rows = desk.services.views.page("", actor=desk.actor("root")).rows
    assert len({r.number for r in rows}) == 5


@pytest.mark.req("R-125")
def test_merge_keeps_both_numbers_and_undo_restores(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    kept, gone = desk.ticket(), desk.ticket()
    services.messages.reply([gone], "first words", actor=ana).one()
    assert code(services.links.merge([kept], kept, actor=ana)) == "merge_itself"
    services.links.merge([gone], kept, actor=ana).one()
    number = desk.field(gone, "number")
    assert services.views.by_number(number, actor=ana) == gone
    assert desk.field(gone, "state") == "merged"
    assert any(e.text == "first words" for e in services.views.timeline(kept, actor=ana))
    assert all(c.state != "running" for c in services.views.explain(gone, actor=ana))
    services.undo.undo(actor=ana)
    assert desk.field(gone, "state") == "registered"
    assert any(e.text == "first words" for e in services.views.timeline(gone, actor=ana))
    assert desk.clock(gone, "dispatch").state == "running"


@pytest.mark.req("R-137", "R-161")
def test_reopening_resumes_resolution_and_counts(desk: Desk) -> None:
    services, ana, root = desk.services, desk.actor("ana"), desk.actor("root")
    data = services.policies.current(actor=root).to_data()
    data["lines"].append(
        {"id": "resolution", "clock": "resolution", "basis": "elapsed", "amount": 36_000}
    )
    services.policies.replace(data, actor=root, reason="pilot")
    ticket = desk.accepted(kind="consultation")
    desk.later(hours=1)
    services.closing.feedback([ticket], "This is how", "manual", actor=ana).one()
    services.closing.satisfy(ticket, True, actor=ana).one()
    assert desk.clock(ticket, "resolution").state == "met"
    desk.later(hours=3)
    target, _ = services.messages.customer_message(ticket, "broken again", actor=ana)
    assert target == ticket
    clock = desk.clock(ticket, "resolution")
    assert (clock.state, clock.used_s, clock.paused_s) == ("running", 3600, 3 * 3600)
    assert desk.field(ticket, "reopen_count") == 1


def test_message_after_the_limit_makes_a_linked_ticket(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    ticket = desk.fed_back()
    services.closing.satisfy(ticket, True, actor=ana).one()
    services.closing.close([ticket], actor=ana).one()
    desk.later(days=8)
    target, _ = services.messages.customer_message(ticket, "one more thing", actor=ana)
    assert target != ticket
    links = services.views.view(target, actor=ana).links
    assert [(x.kind, x.ticket_id) for x in links] == [("follows", ticket)]


@pytest.mark.req("R-142")
def test_policy_change_leaves_running_clocks(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    ticket = desk.ticket()
    due = desk.clock(ticket, "first_response").due_at
    services.policies.change_line("first_response_c", {"amount": 7200}, actor=root)
    services.tickets.take([ticket], actor=desk.actor("ana"))
    assert desk.clock(ticket, "first_response").due_at == due
    later = desk.ticket()
    assert desk.clock(later, "first_response").due_at - desk.now == 2 * HOUR


@pytest.mark.req("R-108")
def test_another_reply_channel_warns(desk: Desk) -> None:
    ticket = desk.accepted(preferred_reply_channel="email")
    result = desk.services.messages.reply([ticket], "hi", actor=desk.actor("ana"), channel="phone")
    assert result.outcomes[0].notice is not None


@pytest.mark.req("R-121")
def test_complex_ticket_adds_the_special_team(desk: Desk) -> None:
    desk.services.org.add_to_team("special_service", "pat", actor=desk.actor("root"))
    ticket = desk.ticket(complex=True)
    assert "Pat" in desk.services.views.view(ticket, actor=desk.actor("pat")).collaborators
    assert desk.services.messages.note([ticket], "helping", actor=desk.actor("pat")).done


@pytest.mark.req("R-144", "R-129", "R-130")
def test_clarify_and_solution_count_from_registration(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    ticket = desk.ticket(kind="after_sales")
    start = desk.now
    assert desk.clock(ticket, "solution").due_at - start == 48 * HOUR
    desk.later(hours=2)
    services.tickets.clarify([ticket], "customer reached", actor=ana).one()
    assert desk.clock(ticket, "clarify").state == "met"


def test_recall_takes_a_reply_back_before_it_counted(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    object.__setattr__(desk.core.rules, "reply_delay_s", 20)
    ticket = desk.accepted()
    services.messages.reply([ticket], "oops", actor=ana).one()
    assert desk.clock(ticket, "first_response").state == "sending"
    services.undo.undo(actor=ana)
    assert desk.clock(ticket, "first_response").state == "running"
    assert services.messages.draft(ticket, "public", actor=ana) == "oops"
    services.messages.reply([ticket], "right", actor=ana).one()
    written = desk.now
    desk.later(minutes=2)
    services.ticker.tick("one")
    assert desk.clock(ticket, "first_response").stopped_at == written
    with pytest.raises(RuleViolation):
        services.undo.undo(actor=ana)


def test_stale_version_names_who_changed_what(desk: Desk) -> None:
    services, ana, lee = desk.services, desk.actor("ana"), desk.actor("lee")
    ticket = desk.accepted()
    seen = desk.field(ticket, "version")
    services.tickets.edit(ticket, {"subject": "Other"}, actor=lee).one()
    result = services.tickets.edit(ticket, {"subject": "Mine"}, actor=ana, expected=seen)
    error = result.outcomes[0].error
    assert error is not None and error.code == "conflict"
    assert error.message.params["who"] == "Lee"


def test_undo_and_redo_of_an_edit_round_trip(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    ticket = desk.accepted()
    services.tickets.urgency([ticket], "low", actor=ana).one()
    due = desk.clock(ticket, "dispatch").stored_due_at
    services.undo.undo(actor=ana)
    assert desk.field(ticket, "urgency") == "normal"
    services.undo.redo(actor=ana)
    assert desk.field(ticket, "urgency") == "low"
    assert desk.clock(ticket, "dispatch").stored_due_at == due


def test_undo_refuses_after_a_colleagues_change(desk: Desk) -> None:
    services, ana, lee = desk.services, desk.actor("ana"), desk.actor("lee")
    ticket = desk.accepted()
    services.tickets.urgency([ticket], "low", actor=ana).one()
    services.tickets.edit(ticket, {"subject": "Other"}, actor=lee).one()
    with pytest.raises(DomainError) as refused:
        services.undo.undo(actor=ana)
    assert refused.value.code == "conflict"


@pytest.mark.req("R-300", "R-301")
def test_rights_by_role_and_department(desk: Desk) -> None:
    services = desk.services
    ticket = desk.accepted()
    for login, wanted in (("vic", "role_needed"), ("pat", "other_department")):
        assert code(services.messages.note([ticket], "x", actor=desk.actor(login))) == wanted
    assert (
        code(services.tickets.assign([ticket], None, actor=desk.actor("bob")))
        == "assign_needs_lead"
    )
    assert services.tickets.assign([ticket], None, actor=desk.actor("lee")).done
    with pytest.raises(PermissionDenied) as unknown:
        services.org.login("nobody")
    assert unknown.value.code == "unknown_login"
    with pytest.raises(PermissionDenied):
        services.org.login("ana", acting_as="root")
    assert services.org.login("root", acting_as="ana").behind_id is not None


@pytest.mark.req("R-120", "R-119")
def test_dispatch_limit_skips_holidays_and_counts_makeup_days(desk: Desk) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Shanghai")
    for day, due in (
        (datetime(2024, 6, 7, 15), "2024-06-12"),
        (datetime(2024, 5, 10, 15), "2024-05-13"),
    ):
        desk.now = day.replace(tzinfo=zone)
        clock = desk.clock(desk.ticket(), "dispatch")
        assert f"{clock.due_at.astimezone(zone):%Y-%m-%d %H:%M}" == f"{due} 18:00"


@pytest.mark.req("R-306")
def test_log_cannot_be_changed_and_a_break_is_found(desk: Desk) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    desk.ticket()
    root = desk.actor("root")
    with pytest.raises(DBAPIError), desk.core.engine.begin() as conn:
        conn.execute(text("UPDATE activity SET verb = 'x' WHERE seq = 1"))
    with desk.core.engine.begin() as conn:
        conn.execute(text("UPDATE chain_head SET hash = 'x'"))
    assert not desk.services.audit.verify(actor=root).ok


@pytest.mark.req("R-017", "R-022")
def test_profile_lists_complaints_and_changes_are_fed(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer()
    seq = services.audit.last_seq()
    ticket = desk.ticket(customer_id=customer)
    rows = services.views.page(f"customer:{customer} kind:complaint", actor=ana).rows
    assert [r.id for r in rows] == [ticket]
    assert ("ticket", ticket) in {(c.kind, c.id) for c in services.audit.changes(seq)}


def test_policy_reclocks_after_calendar_edit(desk: Desk) -> None:
    from datetime import date

    ticket = desk.ticket()
    before = desk.clock(ticket, "dispatch").due_at
    desk.services.policies.set_day(
        "default", date(2024, 6, 4), [], actor=desk.actor("root"), label="closed"
    ).one()
    assert desk.clock(ticket, "dispatch").due_at == before + timedelta(days=1)


def test_attachment_is_stored_by_content_and_checked(desk: Desk, tmp_path: "object") -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "log.txt").write_text("it smoked")
    messages, ana = desk.services.messages, desk.actor("ana")
    ticket = desk.accepted()
    made = messages.attach(ticket, folder / "log.txt", actor=ana)
    stored = messages.attachment_path(made, actor=ana)
    assert stored.read_text() == "it smoked"
    stored.write_text("tampered")
    with pytest.raises(DomainError) as refused:
        messages.attachment_path(made, actor=ana)
    assert refused.value.code == "file_changed"
    object.__setattr__(desk.core.rules, "max_attachment_bytes", 3)
    with pytest.raises(ValidationError) as large:
        messages.attach(ticket, folder / "log.txt", actor=ana)
    assert large.value.code == "file_too_large"
