"""Departments hand over with a reason, accept, and are measured (R-152 to R-155, R-158, R-160)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.tickets import escalation, handover
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.services.unit import Unit
from tests.services.conftest import Desk
from tests.services.test_loop import code
from tests.services.ticking import levels, row, told

HOUR = timedelta(hours=1)


def handovers(desk: Desk) -> list[Any]:
    """All of them in order."""
    with desk.core.engine.connect() as conn:
        return list(conn.execute(select(handover).order_by(handover.c.id)).mappings())


@pytest.mark.req("R-155")
def test_nothing_moves_until_the_other_department_has_accepted(desk: Desk) -> None:
    services, ana, pat = desk.services, desk.actor("ana"), desk.actor("pat")
    made = desk.accepted()
    services.tickets.transfer([made], "product", "theirs", actor=ana).one()
    assert desk.field(made, "owner") == ""
    for held in (
        services.tickets.status([made], "executing", actor=pat, values={"solution": "x"}),
        services.tickets.wait([made], actor=pat, reason="part"),
        services.closing.propose([made], "x", actor=pat),
        services.closing.resolve([made], actor=pat, values={"solution": "x"}),
        services.closing.feedback([made], "x", "y", actor=pat),
    ):
        assert code(held) == "handover_not_accepted"
    for free in (
        services.messages.note([made], "we look", actor=pat),
        services.messages.reply([made], "we look", actor=pat),
        services.tickets.escalate([made], "stuck", actor=pat),
    ):
        assert free.done
    services.tickets.take([made], actor=pat).one()
    services.closing.propose([made], "x", actor=pat).one()
    assert (handovers(desk)[0]["outcome"], handovers(desk)[0]["accepted_by"]) == (
        "accepted",
        pat.staff_id,
    )


@pytest.mark.req("R-155", "R-160")
def test_a_handover_passed_on_was_not_accepted_and_each_wait_is_measured(desk: Desk) -> None:
    services, ana, root = desk.services, desk.actor("ana"), desk.actor("root")
    made = desk.accepted()
    services.tickets.transfer([made], "product", "theirs", actor=ana).one()
    desk.later(hours=3)
    services.tickets.transfer([made], "technology", "theirs", actor=desk.actor("pat")).one()
    desk.later(hours=2)
    services.tickets.accept_handover([made], actor=root).one()
    first, second = handovers(desk)
    assert (first["outcome"], first["ended_at"] - first["at"], first["accepted_at"]) == (
        "passed_on",
        3 * HOUR,
        None,
    )
    assert (second["outcome"], second["ended_at"] - second["at"]) == ("accepted", 2 * HOUR)
    assert services.views.view(made, actor=root).fields["transfer_count"] == 2
    assert levels(desk, made) == []
    services.tickets.transfer([made], "service", "theirs", actor=root).one()
    assert levels(desk, made) == [(2, "third_transfer")]
    services.tickets.transfer([made], "product", "theirs", actor=root).one()
    assert levels(desk, made) == [(2, "third_transfer")]
    assert len(told(desk, "handover")) == 4


@pytest.mark.req("R-155")
def test_undone_it_waits_no_more_and_the_acceptance_can_be_undone_too(desk: Desk) -> None:
    services, ana, pat = desk.services, desk.actor("ana"), desk.actor("pat")
    made = desk.accepted()
    services.tickets.transfer([made], "product", "theirs", actor=ana).one()
    services.undo.undo(actor=ana)
    assert (handovers(desk)[0]["outcome"], row(desk, made)["owner_id"]) == ("undone", ana.staff_id)
    assert code(services.tickets.accept_handover([made], actor=ana)) == "no_handover"
    services.undo.redo(actor=ana)
    assert handovers(desk)[0]["outcome"] == ""
    services.tickets.take([made], actor=pat).one()
    services.undo.undo(actor=pat)
    assert (handovers(desk)[0]["outcome"], handovers(desk)[0]["accepted_at"]) == ("", None)
    services.tickets.accept_handover([made], actor=pat).one()
    assert handovers(desk)[0]["outcome"] == "accepted"


@pytest.mark.req("R-160")
def test_handover_escalation_and_notices_are_one_transaction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, root = desk.services, desk.actor("root")
    made = desk.accepted()
    for department in ("product", "technology"):
        services.tickets.transfer([made], department, "theirs", actor=root).one()
    notices = len(told(desk))
    real = Unit.notify

    def failing(unit: Unit, people: Any, kind: str, *rest: Any, **more: Any) -> None:
        real(unit, people, kind, *rest, **more)
        if kind == "escalated":
            raise RuntimeError

    monkeypatch.setattr(Unit, "notify", failing)
    with pytest.raises(RuntimeError):
        services.tickets.transfer([made], "service", "theirs", actor=root)
    monkeypatch.undo()
    assert (len(handovers(desk)), len(told(desk)), levels(desk, made)) == (2, notices, [])
    assert desk.field(made, "transfer_count") == 2
    services.tickets.transfer([made], "service", "theirs", actor=root).one()
    assert (len(handovers(desk)), len(levels(desk, made))) == (3, 1)
    assert services.audit.verify(actor=root).ok


@pytest.mark.req("R-152")
def test_each_level_says_who_why_and_when_and_the_third_reaches_the_executives(
    desk: Desk,
) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    with pytest.raises(ValidationError):
        services.tickets.escalate([made], " ", actor=ana)
    services.tickets.escalate([made], "no parts", actor=ana).one()
    executives = [n for n in told(desk) if n["staff_id"] == desk.actor("exec").staff_id]
    assert executives == []
    desk.later(hours=1)
    lee = desk.actor("lee")
    services.tickets.escalate([made], "still none", actor=lee).one()
    for level in (1, 2, 3, None):
        assert code(services.tickets.escalate([made], "x", actor=ana, level=level)) == (
            "level_not_up"
        )
    with desk.core.engine.connect() as conn:
        rows = conn.execute(select(escalation).order_by(escalation.c.id)).mappings().all()
    assert [(r["level"], r["reason"], r["by_id"], r["at"]) for r in rows] == [
        (2, "no parts", ana.staff_id, desk.now - HOUR),
        (3, "still none", lee.staff_id, desk.now),
    ]
    inbox = services.notifications.inbox(actor=desk.actor("exec"))
    assert [(n.kind, n.subject_id, n.read) for n in inbox] == [("escalated", made, False)]


@pytest.mark.req("R-150", "R-152")
def test_an_unsatisfied_answer_is_one_level_up_and_opens_the_solution_again(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.fed_back()
    services.tickets.escalate([made], "loud", actor=ana).one()
    services.closing.attempt(made, "phone", "busy", actor=ana).one()
    services.closing.satisfy(made, False, actor=ana, comment="no").one()
    assert levels(desk, made) == [(2, "manual"), (3, "unsatisfied")]
    found = row(desk, made)
    assert (found["state"], found["solution"], found["approval"]) == ("accepted", "", "none")
    assert found["unreachable_attempts"] == 0
    assert code(services.closing.close([made], actor=ana)) == "transition_unknown"


@pytest.mark.req("R-149")
def test_attempts_of_before_the_reopening_do_not_count(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.fed_back()
    for _ in range(3):
        services.closing.attempt(made, "phone", "busy", actor=ana).one()
    services.closing.close([made], actor=ana, reason="customer_unreachable").one()
    services.tickets.reopen([made], "wrote again", actor=ana).one()
    services.closing.feedback([made], "So", "manual", actor=ana).one()
    refused = services.closing.close([made], actor=ana, reason="customer_unreachable")
    assert code(refused) == "attempts_needed"
    object.__setattr__(desk.core.rules, "unreachable_attempts", 1)
    services.closing.attempt(made, "phone", "busy", actor=ana).one()
    services.closing.close([made], actor=ana, reason="customer_unreachable").one()


@pytest.mark.req("R-154", "D-37")
def test_the_first_responsible_is_one_person_who_is_there(desk: Desk) -> None:
    services, root, lee = desk.services, desk.actor("root"), desk.actor("lee")
    customer = desk.customer()
    services.customers.change(customer, {"manager_id": lee.staff_id}, actor=root).one()
    made = desk.ticket(customer_id=customer, departments=["product", "after_sales"])
    assert row(desk, made)["first_responsible_id"] == lee.staff_id
    assert row(desk, desk.ticket(departments=["after_sales"]))["first_responsible_id"] is None
    vic = desk.actor("vic").staff_id
    for wrong in (9999, vic):
        with pytest.raises(ValidationError) as refused:
            desk.ticket(departments=["product"], first_responsible_id=wrong)
        assert refused.value.field == "first_responsible_id"
        with pytest.raises(ValidationError):
            services.tickets.set_first_responsible([made], wrong, actor=root).one()
    # Whoever is first responsible works on it, of whichever department they are.
    pat, sold = desk.actor("pat"), desk.accepted()
    assert code(services.messages.note([sold], "seen", actor=pat)) == "other_department"
    services.tickets.set_first_responsible([sold], pat.staff_id, actor=root).one()
    services.messages.note([sold], "seen", actor=pat).one()
    with pytest.raises(RuleViolation) as several:
        desk.ticket(departments=["product"], first_responsible_id=[lee.staff_id, vic])
    assert several.value.code == "one_first_responsible"


@pytest.mark.req("R-158")
def test_a_change_of_owner_keeps_the_customers_request(desk: Desk) -> None:
    services, lee = desk.services, desk.actor("lee")
    made, fresh = desk.accepted(), desk.ticket()
    bob = desk.actor("bob").staff_id
    services.tickets.assign([made, fresh], bob, actor=lee, reason="customer request")
    for ticket_id in (made, fresh):
        entries = services.views.timeline(ticket_id, actor=lee)
        (kept,) = [e for e in entries if e.verb == "assigned" and e.reason]
        assert (kept.reason, kept.author) == ("customer request", "Lee")
        assert kept.changes["owner_id"][1] == "Bob"


@pytest.mark.req("R-121")
def test_what_turns_out_complex_brings_in_the_special_team_once(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    services.org.add_to_team("special_service", "pat", actor=desk.actor("root"))
    made = desk.accepted()
    pat = desk.actor("pat")
    assert code(services.messages.note([made], "x", actor=pat)) == "other_department"
    for value in (True, True, False, True):
        services.tickets.edit(made, {"complex": value}, actor=ana).one()
    assert services.views.view(made, actor=ana).collaborators == ("Pat",)
    assert [n["staff_id"] for n in told(desk, "collaborator")] == [pat.staff_id]
    services.messages.note([made], "I call them", actor=pat).one()
