"""What profile and inbox read and write, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from crm_tui.domain.errors import PermissionDenied
from crm_tui.domain.msg import msg
from tests.services.conftest import Desk


def test_pages_of_the_inbox_meet_without_gap_on_both_engines(desk: Desk) -> None:
    notifications, head = desk.services.notifications, desk.actor("head")
    with desk.core.write(desk.actor("ana")) as unit:
        for number in range(5):
            unit.notify(
                [head.staff_id],
                "warning" if number % 2 else "escalated",
                msg("Look at {what}", what=str(number)),
                subject=("ticket", 1),
                key=str(number),
            )

    def page(**more: Any) -> tuple[list[int], bool, bool]:
        found = notifications.page(actor=head, limit=2, **more)
        return [int(str(r.text.params["what"])) for r in found.rows], found.before, found.after

    ids = [n.id for n in notifications.inbox(actor=head)]
    assert page() == ([4, 3], False, True)
    assert page(after=ids[1]) == ([2, 1], True, True)
    assert page(after=ids[3]) == ([0], True, False)
    assert page(last=True) == ([1, 0], True, False)
    assert page(before=ids[4]) == ([2, 1], True, True)
    assert page(before=ids[2]) == ([4, 3], False, True)
    assert page(kinds=["warning"]) == ([3, 1], False, False)
    assert page(kinds=[]) == ([], False, False)
    notifications.snooze([ids[0]], desk.now + timedelta(hours=1), "later", actor=head).one()
    assert page() == ([3, 2], False, True)
    desk.services.undo.undo(actor=head)
    assert page() == ([4, 3], False, True)


@pytest.mark.req("R-017")
def test_complaints_come_newest_first_by_key_with_what_became_of_them(desk: Desk) -> None:
    profiles, ana = desk.services.profiles, desk.actor("ana")
    made = desk.customer()
    desk.ticket(customer_id=made, kind="praise")
    ids = []
    for _ in range(5):
        desk.later(minutes=1)
        ids.append(desk.ticket(customer_id=made))
    desk.services.tickets.take([ids[0]], actor=ana).one()
    desk.services.tickets.status(
        [ids[0]], "accepted", actor=ana, values={"verified_note": "checked"}
    ).one()
    desk.services.closing.propose([ids[0]], "A new printer", actor=ana).one()
    seen: list[int] = []
    page = profiles.complaints(made, actor=ana, limit=2)
    while True:
        seen += [r.id for r in page.rows]
        if not page.after:
            break
        page = profiles.complaints(made, actor=ana, after=page.rows[-1].sort_key, limit=2)
    assert seen == ids[::-1]
    assert (page.rows[-1].result, page.rows[-1].state) == ("A new printer", "solution_proposed")
    back = profiles.complaints(made, actor=ana, before=page.rows[0].sort_key, limit=9)
    assert [r.id for r in back.rows] == seen[: -len(page.rows)]
    assert (back.before, back.after) == (False, True)


@pytest.mark.req("R-024", "R-306")
def test_timeline_and_trail_name_tickets_records_and_people(desk: Desk) -> None:
    profiles, root = desk.services.profiles, desk.actor("root")
    made = desk.customer()
    desk.later(minutes=1)
    ticket = desk.ticket(customer_id=made)
    bob = desk.actor("bob").staff_id
    desk.services.tickets.assign([ticket], bob, actor=root).one()
    desk.services.customers.change(
        made, {"manager_id": bob, "segment": "high_value"}, actor=root, reason="takes over"
    ).one()
    entries = profiles.timeline(made, actor=desk.actor("ana"))
    assert [e.at for e in entries] == sorted(e.at for e in entries)
    about = {(e.subject, e.ticket_number, e.verb) for e in entries}
    assert {("customer", None, "created"), ("contact", None, "created")} <= about
    assert ("ticket", 1, "created") in about
    owners = [e.changes["owner_id"] for e in entries if "owner_id" in e.changes]
    assert owners[-1][1] == "Bob"
    row = profiles.trail("customer", made, actor=desk.actor("vic"))[0]
    assert (row.actor, row.reason, row.changes["manager_id"]) == (
        "Root",
        "takes over",
        (None, "Bob"),
    )


@pytest.mark.req("R-300")
def test_only_who_sees_a_value_takes_it_and_the_log_keeps_no_value(desk: Desk) -> None:
    services = desk.services
    made = desk.customer()
    desk.ticket(customer_id=made)
    key = services.contacts.ids_of(made, actor=desk.actor("ana"))[0]
    assert services.profiles.take(key, "phone", actor=desk.actor("ana")) == "13912340001"
    for login, field in (("vic", "phone"), ("pat", "email"), ("ana", "birthday")):
        with pytest.raises(PermissionDenied):
            services.profiles.take(key, field, actor=desk.actor(login))
    entries = services.audit.entries(actor=desk.actor("head"), kind="contact", subject_id=key)
    assert [e.verb for e in entries] == ["copied", "created"]
    assert "1391234" not in str(entries)


@pytest.mark.req("R-301")
def test_what_would_be_refused_is_refused_before_anything_is_typed(desk: Desk) -> None:
    profiles = desk.services.profiles
    for login, verb, allowed in (
        ("vic", "customer", False),
        ("ana", "contact", True),
        ("ana", "reveal", False),
        ("head", "reveal", True),
        ("ana", "interaction", True),
    ):
        if allowed:
            profiles.need(verb, actor=desk.actor(login))
        else:
            with pytest.raises(PermissionDenied):
                profiles.need(verb, actor=desk.actor(login))


@pytest.mark.req("R-127")
def test_the_plan_follows_the_tier(desk: Desk) -> None:
    profiles, ana = desk.services.profiles, desk.actor("ana")
    made = desk.customer()

    def hours() -> set[Any]:
        return {p.limits["first_response"].params["count"] for p in profiles.plan(made, actor=ana)}

    assert hours() == {24}
    desk.services.customers.change(made, {"key_account_level": "strategic"}, actor=ana).one()
    assert hours() == {4}


@pytest.mark.req("R-300")
def test_who_sees_a_value_masked_may_add_a_missing_one_but_change_none(desk: Desk) -> None:
    contacts, pat = desk.services.contacts, desk.actor("pat")
    made = desk.customer()
    key = contacts.ids_of(made, actor=pat)[0]
    contacts.change(key, {"wechat": "wang-1"}, actor=pat).one()
    refused = contacts.change(key, {"phone": "13912340009"}, actor=pat).outcomes[0].error
    assert refused is not None and refused.field == "phone"
    assert contacts.change(key, {"wechat": "wang-2"}, actor=pat).refused
    seen = desk.services.customers.view(made, actor=desk.actor("root")).contacts[0]
    assert (seen.phone, seen.wechat) == ("13912340001", "wang-1")
