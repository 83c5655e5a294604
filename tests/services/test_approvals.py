"""Who decides on a solution or a lower urgency, and on what (R-113, R-118, R-148, D-25)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_tui.db.schema.org import staff
from crm_tui.db.schema.system import notification
from crm_tui.db.schema.tickets import approval
from crm_tui.domain.errors import DomainError, NotFound, ValidationError
from crm_tui.services.result import Result
from tests.services.conftest import Desk
from tests.services.test_loop import code
from tests.services.ticking import levels, row, told

HOUR = timedelta(hours=1)


def approvals(desk: Desk, ticket_id: int) -> list[tuple[str, str]]:
    """Text and state of every proposal in order."""
    query = select(approval).where(approval.c.ticket_id == ticket_id).order_by(approval.c.id)
    with desk.core.engine.connect() as conn:
        return [(r["text"], r["state"]) for r in conn.execute(query).mappings()]


def proposed(desk: Desk, **data: Any) -> int:
    """A complaint whose solution waits for the head."""
    made = desk.accepted(**data)
    desk.services.closing.propose([made], "Mend it", actor=desk.actor("ana")).one()
    return made


def away(desk: Desk, *logins: str) -> None:
    """People who are gone while they still head something: as an older database may have it."""
    ids = [desk.actor(login).staff_id for login in logins]
    with desk.core.engine.begin() as conn:
        conn.execute(update(staff).where(staff.c.id.in_(ids)).values(active=False))


def decide(desk: Desk, ticket_id: int, login: str, **more: Any) -> Result:
    """A yes."""
    return desk.services.closing.decide([ticket_id], True, actor=desk.actor(login), **more)


@pytest.mark.req("R-148", "D-25")
@pytest.mark.parametrize(
    ("data", "needed"),
    [
        ({"kind": "complaint"}, True),
        ({"kind": "after_sales"}, True),
        ({"kind": "consultation", "public_opinion": True}, True),
        ({"kind": "consultation"}, False),
        ({"kind": "suggestion"}, False),
        ({"kind": "praise"}, False),
    ],
)
def test_which_solutions_need_the_head(desk: Desk, data: dict[str, Any], needed: bool) -> None:
    services, ana = desk.services, desk.actor("ana")
    data = {"department": "after_sales", "reason": "about a repair", **data}
    made = desk.ticket(**data)
    services.tickets.take([made], actor=ana).one()
    services.tickets.status([made], "accepted", actor=ana, values={"verified_note": "ok"}).one()
    services.closing.propose([made], "So", actor=ana).one()
    assert desk.field(made, "state") == ("solution_proposed" if needed else "accepted")
    assert len(services.notifications.approvals(actor=desk.actor("head"))) == needed
    result = services.closing.feedback([made], "So", "manual", actor=ana)
    refused = "transition_unknown" if needed else ""
    assert code(result) == refused


@pytest.mark.req("D-25")
def test_a_setting_puts_every_solution_to_the_head(desk: Desk) -> None:
    object.__setattr__(desk.core.rules, "approval_for_all", True)
    made = desk.accepted(kind="consultation")
    desk.services.closing.propose([made], "So", actor=desk.actor("ana")).one()
    assert desk.field(made, "state") == "solution_proposed"


@pytest.mark.req("R-148")
def test_only_the_head_of_the_tickets_department_or_an_executive_decides(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    services.org.set_head("product", "pat", actor=root)
    made = proposed(desk)
    for login in ("lee", "pat", "root", "vic", "ana"):
        assert decide(desk, made, login).refused
    decide(desk, made, "exec").one()
    kept = services.views.view(made, actor=root).approvals[0]
    assert (kept.state, kept.decided_by, kept.decided_at) == ("approved", "Exec", desk.now)


@pytest.mark.req("R-148")
def test_where_the_head_proposes_or_is_away_the_executives_are_asked(desk: Desk) -> None:
    services, root, head = desk.services, desk.actor("root"), desk.actor("head")
    own = desk.accepted()
    services.closing.propose([own], "Mine", actor=head).one()
    assert code(decide(desk, own, "head")) == "approver_is_proposer"
    executive = desk.actor("exec").staff_id
    assert [n["staff_id"] for n in told(desk, "approval")] == [executive]
    away(desk, "head")
    proposed(desk)
    assert [n["staff_id"] for n in told(desk, "approval")] == [executive, executive]
    decide(desk, own, "exec").one()
    away(desk, "exec")
    nobody = desk.accepted()
    result = services.closing.propose([nobody], "So", actor=desk.actor("ana"))
    assert result.done and result.outcomes[0].notice is not None
    services.org.set_head("after_sales", "lee", actor=root)
    decide(desk, nobody, "lee").one()


@pytest.mark.req("R-148", "R-155")
def test_what_waits_goes_with_the_ticket_to_the_other_department(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    services.org.set_head("product", "pat", actor=root)
    made = proposed(desk, safety_risk=True)
    services.tickets.transfer([made], "product", "a matter of the product", actor=root).one()
    assert services.notifications.approvals(actor=desk.actor("head")) == []
    assert [a.ticket_id for a in services.notifications.approvals(actor=desk.actor("pat"))] == [
        made
    ]
    asked = {n["kind"] for n in told(desk) if n["staff_id"] == desk.actor("pat").staff_id}
    assert asked == {"handover", "approval", "urgent"}
    assert code(decide(desk, made, "head")) == "head_needed"
    decide(desk, made, "pat").one()


@pytest.mark.req("R-148")
def test_a_newer_proposal_replaces_the_one_that_waits(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = proposed(desk)
    services.tickets.status([made], "accepted", actor=ana).one()
    assert approvals(desk, made) == [("Mend it", "withdrawn")]
    assert desk.field(made, "approval") == "none"
    with pytest.raises(NotFound):
        decide(desk, made, "head").one()
    services.closing.propose([made], "Change it", actor=ana).one()
    decide(desk, made, "head").one()
    assert approvals(desk, made) == [("Mend it", "withdrawn"), ("Change it", "approved")]
    waiting = proposed(desk)
    services.tickets.wait([waiting], actor=ana, reason="photo").one()
    services.tickets.status([waiting], "accepted", actor=ana).one()
    services.closing.propose([waiting], "Change it", actor=ana).one()
    assert approvals(desk, waiting) == [("Mend it", "withdrawn"), ("Change it", "pending")]


@pytest.mark.req("R-148")
def test_a_wait_keeps_the_proposal(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = proposed(desk)
    services.tickets.wait([made], actor=ana, reason="photo").one()
    services.messages.customer_message(made, "here", actor=ana)
    decide(desk, made, "head").one()
    services.closing.resolve([made], actor=ana).one()
    assert desk.field(made, "state") == "executing"


@pytest.mark.req("R-148")
@pytest.mark.parametrize("decided", [False, True])
def test_a_solution_is_not_changed_under_its_approval(desk: Desk, decided: bool) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = proposed(desk)
    if decided:
        decide(desk, made, "head").one()
    other = {"solution": "Something dear"}
    assert code(services.tickets.edit(made, other, actor=ana)) == "propose_again"
    assert code(services.tickets.status([made], "accepted", actor=ana, values=other)) == (
        "propose_again"
    )
    assert code(services.closing.resolve([made], actor=ana, values=other)) == "propose_again"
    services.tickets.edit(made, {"solution": "Mend it", "subject": "x"}, actor=ana).one()


@pytest.mark.req("R-148")
def test_no_verb_smuggles_an_approval_or_an_answer_in(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted(safety_risk=True)
    for values in ({"executes_first": True}, {"approval": "approved"}):
        given = {"solution": "So", **values}
        refused = services.tickets.status([made], "executing", actor=ana, values=given)
        assert code(refused) == "approval_needed"
    services.closing.resolve([made], actor=ana, values={"solution": "So", **values}).one()
    assert (desk.field(made, "state"), approvals(desk, made)) == (
        "solution_proposed",
        [("So", "pending")],
    )
    assert code(services.closing.resolve([made], actor=ana, values=values)) == "approval_needed"
    decide(desk, made, "head").one()
    services.closing.resolve([made], actor=ana).one()
    told_by_step = services.closing.resolve([made], actor=ana, values={"handling_basis": "law"})
    assert code(told_by_step) == "feedback_needed"
    services.closing.feedback([made], "Done", "law", actor=ana).one()
    answered = services.closing.resolve([made], actor=ana, values={"satisfaction": "satisfied"})
    assert code(answered) == "satisfaction_needed"


@pytest.mark.req("R-148", "D-25")
def test_urgent_executed_first_is_flagged_and_late_approval_is_a_breach(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted(safety_risk=True)
    services.tickets.acknowledge([made], actor=desk.actor("head")).one()
    services.closing.propose([made], "Cut the power", actor=ana, execute_first=True).one()
    view = services.views.view(made, actor=ana)
    assert (view.row.state, view.fields["executes_first"]) == ("executing", True)
    refused = services.closing.feedback([made], "Done", "law", actor=ana)
    assert code(refused) == "approval_needed"
    desk.later(hours=4)
    services.ticker.tick("one")
    assert (2, "breach_approval") in levels(desk, made)
    desk.later(minutes=1)
    decide(desk, made, "head").one()
    clock = desk.clock(made, "approval")
    assert (clock.state, clock.late_s) == ("missed", 60)
    assert desk.clock(made, "result_feedback").due_at == desk.now + 24 * HOUR
    services.closing.feedback([made], "Done", "law", actor=ana).one()


@pytest.mark.req("R-148")
def test_redo_of_a_proposal_puts_it_to_the_head_again(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = proposed(desk)
    services.undo.undo(actor=ana)
    assert approvals(desk, made) == [("Mend it", "withdrawn")]
    services.undo.redo(actor=ana)
    assert (desk.field(made, "state"), approvals(desk, made)) == (
        "solution_proposed",
        [("Mend it", "pending")],
    )
    decide(desk, made, "head").one()
    with pytest.raises(DomainError):
        services.undo.undo(actor=ana)


@pytest.mark.req("R-147")
def test_an_unknown_type_of_solution_is_refused(desk: Desk) -> None:
    made = desk.accepted()
    with pytest.raises(ValidationError) as refused:
        desk.services.closing.propose([made], "x", actor=desk.actor("ana"), solution_type="magic")
    assert (refused.value.field, refused.value.code) == ("solution_type", "unknown_value")


@pytest.mark.req("R-113")
def test_a_lower_urgency_waits_for_the_head_whoever_asks(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.ticket(batch_problem=True)
    for login in ("ana", "lee", "root"):
        services.tickets.urgency([made], "normal", actor=desk.actor(login), reason="calm").one()
        assert desk.field(made, "urgency") == "urgent"
    assert approvals(desk, made) == [("calm", "pending")]
    services.tickets.urgency([made], "low", actor=ana, reason="very calm").one()
    assert approvals(desk, made)[-1] == ("very calm", "pending")
    assert code(decide(desk, made, "lee")) == "head_needed"
    assert code(decide(desk, made, "ana")) == "approver_is_proposer"
    decide(desk, made, "head").one()
    assert desk.field(made, "urgency") == "low"
    assert desk.clock(made, "acknowledge").state == "cancelled"
    own = desk.ticket(batch_problem=True)
    services.tickets.urgency([own], "normal", actor=desk.actor("head"), reason="seen").one()
    assert (desk.field(own, "urgency"), desk.field(own, "urgency_forced")) == ("normal", False)


@pytest.mark.req("R-113")
def test_where_nobody_can_lower_it_the_asker_is_told(desk: Desk) -> None:
    services = desk.services
    away(desk, "head", "exec")
    made = desk.ticket(batch_problem=True)
    result = services.tickets.urgency([made], "normal", actor=desk.actor("ana"), reason="calm")
    notice = result.outcomes[0].notice
    assert notice is not None and "head" in str(notice) and told(desk, "approval") == []


@pytest.mark.req("R-113", "R-148")
def test_where_both_wait_each_is_decided_by_name(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = proposed(desk, safety_risk=True)
    services.tickets.urgency([made], "normal", actor=ana, reason="calm").one()
    decide(desk, made, "head", purpose="downgrade").one()
    assert (desk.field(made, "urgency"), desk.field(made, "state")) == (
        "normal",
        "solution_proposed",
    )
    with pytest.raises(NotFound):
        decide(desk, made, "head", purpose="downgrade").one()
    decide(desk, made, "head").one()
    assert desk.field(made, "state") == "approved"


@pytest.mark.req("R-113")
def test_what_waits_ends_with_the_ticket(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.ticket(safety_risk=True)
    services.tickets.urgency([made], "normal", actor=ana, reason="calm").one()
    services.closing.cancel([made], "double", actor=ana).one()
    assert services.notifications.approvals(actor=desk.actor("head")) == []
    services.undo.undo(actor=ana)
    assert len(services.notifications.approvals(actor=desk.actor("head"))) == 1


@pytest.mark.req("R-113", "R-118")
def test_a_criterion_found_later_makes_it_urgent_and_tells_the_head(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.ticket()
    desk.later(hours=2)
    services.tickets.edit(made, {"public_opinion": True}, actor=ana).one()
    assert (desk.field(made, "urgency"), desk.field(made, "urgency_forced")) == ("urgent", True)
    clock = desk.clock(made, "acknowledge")
    assert (clock.started_at, clock.due_at) == (desk.now, desk.now + HOUR)
    assert [n.kind for n in services.notifications.inbox(actor=head)] == ["urgent"]
    services.tickets.edit(made, {"public_opinion": False}, actor=ana).one()
    assert desk.field(made, "urgency") == "urgent"
    calm = desk.ticket()
    services.tickets.urgency([calm], "urgent", actor=ana).one()
    services.tickets.edit(calm, {"safety_risk": True}, actor=ana).one()
    assert row(desk, calm)["urgency_forced"] is True


@pytest.mark.req("R-118", "D-13")
@pytest.mark.parametrize("way", ["inbox", "ticket"])
def test_the_head_acknowledges_and_the_time_is_kept(desk: Desk, way: str) -> None:
    services, head = desk.services, desk.actor("head")
    made = desk.ticket(safety_risk=True)
    assert desk.clock(made, "acknowledge").due_at == desk.now + HOUR
    assert desk.clock(made, "dispatch").due_at == desk.now + 4 * HOUR
    for login in ("ana", "lee", "pat"):
        refused = services.tickets.acknowledge([made], actor=desk.actor(login))
        assert code(refused) == "head_needed"
    desk.later(minutes=40)
    (entry,) = services.notifications.inbox(actor=head)
    if way == "inbox":
        services.notifications.acknowledge([entry.id], actor=head).one()
    else:
        services.tickets.acknowledge([made], actor=head).one()
    clock = desk.clock(made, "acknowledge")
    assert (clock.state, clock.stopped_at) == ("met", desk.now)
    with desk.core.engine.connect() as conn:
        query = select(notification).where(notification.c.id == entry.id)
        kept = conn.execute(query).mappings().one()
    assert (kept["acknowledged_at"], kept["read_at"]) == (desk.now, desk.now)
    again = services.tickets.acknowledge([made], actor=head)
    assert code(again) == "nothing_to_acknowledge"


@pytest.mark.req("R-118")
def test_each_time_it_becomes_urgent_the_head_who_has_it_then_is_asked(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.ticket()
    for urgency in ("urgent", "normal", "urgent"):
        services.tickets.urgency([made], urgency, actor=ana).one()
    assert len([n for n in services.notifications.inbox(actor=head) if n.kind == "urgent"]) == 2
    services.org.set_head("product", "pat", actor=desk.actor("root"))
    services.tickets.transfer([made], "product", "theirs", actor=ana).one()
    old = services.notifications.inbox(actor=head)[0]
    services.notifications.acknowledge([old.id], actor=head).one()
    assert desk.clock(made, "acknowledge").state == "running"
    new = next(
        n for n in services.notifications.inbox(actor=desk.actor("pat")) if n.kind == "urgent"
    )
    services.notifications.acknowledge([new.id], actor=desk.actor("pat")).one()
    assert desk.clock(made, "acknowledge").state == "met"
    other = desk.ticket(safety_risk=True)
    services.tickets.acknowledge([other], actor=desk.actor("exec")).one()
    assert desk.clock(other, "acknowledge").state == "met"
