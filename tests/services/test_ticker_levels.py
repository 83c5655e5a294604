"""The ticker escalates: urgent tickets, breaches and limits that were passed twice (D-24)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_tui.db.schema.log import activity
from tests.services.conftest import Desk
from tests.services.ticking import levels

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.req("D-24")
def test_urgent_and_unacknowledged_for_an_hour_or_unresolved_for_a_day(desk: Desk) -> None:
    services = desk.services
    made = desk.accepted(batch_problem=True)
    desk.later(minutes=59, seconds=59)
    services.ticker.tick("one")
    assert levels(desk, made) == []
    desk.later(seconds=1)
    services.ticker.tick("one")
    assert levels(desk, made) == [(2, "unacknowledged")]
    seen = desk.accepted(batch_problem=True)
    services.tickets.acknowledge([seen], actor=desk.actor("head")).one()
    services.tickets.clarify([seen], "clear", actor=desk.actor("ana")).one()
    services.messages.reply([seen], "hello", actor=desk.actor("ana")).one()
    services.closing.propose([seen], "new one", actor=desk.actor("ana")).one()
    services.closing.decide([seen], True, actor=desk.actor("head")).one()
    services.closing.feedback([seen], "done", "manual", actor=desk.actor("ana"))
    desk.later(hours=23, minutes=59)
    services.ticker.tick("one")
    assert levels(desk, seen) == []
    desk.later(minutes=1)
    services.ticker.tick("one")
    assert levels(desk, seen) == [(3, "urgent_unresolved")]


@pytest.mark.req("D-24")
def test_urgent_later_counts_from_then(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.messages.reply([made], "hello", actor=ana).one()
    services.tickets.clarify([made], "clear", actor=ana).one()
    services.closing.propose([made], "new one", actor=ana).one()
    desk.later(hours=30)
    services.tickets.edit(made, {"safety_risk": True}, actor=ana).one()
    services.tickets.acknowledge([made], actor=desk.actor("head")).one()
    services.closing.decide([made], True, actor=desk.actor("head")).one()
    services.ticker.tick("one")
    assert levels(desk, made) == []
    desk.later(hours=24)
    services.ticker.tick("one")
    assert (3, "urgent_unresolved") in levels(desk, made)


@pytest.mark.req("D-24")
def test_urgent_for_the_second_time_counts_from_the_second(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.accepted()
    services.messages.reply([made], "hello", actor=ana).one()
    services.tickets.clarify([made], "clear", actor=ana).one()
    services.closing.propose([made], "new one", actor=ana).one()
    services.closing.decide([made], True, actor=head).one()
    for urgency in ("urgent", "normal", "urgent"):
        services.tickets.urgency([made], urgency, actor=head).one()
        assert desk.field(made, "urgency") == urgency
        if urgency == "urgent":
            services.tickets.acknowledge([made], actor=head).one()
        desk.later(hours=10)
    services.ticker.tick("one")
    assert (3, "urgent_unresolved") not in levels(desk, made)
    desk.later(hours=14)
    services.ticker.tick("one")
    assert (3, "urgent_unresolved") in levels(desk, made)


@pytest.mark.req("D-24", "R-152")
def test_a_breach_is_level_two_and_twice_the_limit_level_three(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.tickets.clarify([made], "clear", actor=ana).one()
    services.closing.propose([made], "new one", actor=ana).one()
    desk.later(hours=24)
    services.ticker.tick("one")
    assert levels(desk, made) == [(2, "breach_first_response")]
    desk.later(hours=23, minutes=59)
    services.ticker.tick("one")
    assert len(levels(desk, made)) == 1
    desk.later(minutes=1)
    done = services.ticker.tick("one")
    assert (done.escalated, levels(desk, made)[1]) == (1, (3, "double_first_response"))
    kinds = [n.kind for n in services.notifications.inbox(actor=desk.actor("exec"))]
    assert "escalated" in kinds


def test_twice_a_limit_in_days_is_never_reckoned_without_a_target(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    data = services.policies.current(actor=root).to_data()
    data["lines"] = [
        {"id": "r", "clock": "resolution", "basis": "working", "amount": 0, "calendar": "default"}
    ]
    services.policies.replace(data, actor=root, reason="test")
    made = desk.ticket()
    services.ticker.tick("one")
    assert levels(desk, made) == [(2, "breach_resolution")]


def test_a_policy_that_makes_it_late_is_a_breach_at_the_change(desk: Desk) -> None:
    services, root, ana = desk.services, desk.actor("root"), desk.actor("ana")
    made = desk.accepted()
    services.tickets.clarify([made], "clear", actor=ana).one()
    services.closing.propose([made], "new one", actor=ana).one()
    desk.later(hours=5)
    services.policies.change_line("first_response_c", {"amount": 4 * 3600}, actor=root)
    assert services.ticker.tick("one").breached == 0
    services.tickets.urgency([made], "low", actor=ana).one()
    clock = desk.clock(made, "first_response")
    assert (clock.cause, clock.breached) == ("policy_change", True)
    assert services.ticker.tick("one").breached == 1
    with desk.core.engine.connect() as conn:
        query = select(activity.c.at).where(activity.c.verb == "breached")
        assert conn.execute(query).scalar_one() == desk.now


@pytest.mark.req("D-24")
def test_a_policy_that_makes_it_twice_too_late_goes_up_level_by_level(desk: Desk) -> None:
    services, root, ana = desk.services, desk.actor("root"), desk.actor("ana")
    made = desk.accepted()
    services.tickets.clarify([made], "clear", actor=ana).one()
    services.closing.propose([made], "new one", actor=ana).one()
    desk.later(hours=9)
    services.policies.change_line("first_response_c", {"amount": 4 * 3600}, actor=root)
    services.tickets.urgency([made], "low", actor=ana).one()
    services.ticker.tick("one")
    assert levels(desk, made) == [(2, "breach_first_response"), (3, "double_first_response")]
