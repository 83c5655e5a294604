"""Acceptance checks of stages, solutions, closing and reopening (R-143 to R-161) on both engines."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.tickets import handover, ticket
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.process import PROCESS, STAGES
from crm_tui.i18n import tr, use
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
