"""Lists, filters, find, customers and masking on both engines."""

from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.queries.tickets import SORTS
from crm_tui.db.schema.customers import contact
from crm_tui.domain.errors import DomainError, PermissionDenied, ValidationError
from tests.services.conftest import Desk
from tests.services.test_loop import code


def numbers(desk: Desk, text: str, login: str = "root", **more: Any) -> list[int]:
    """Ticket numbers that match."""
    rows = desk.services.views.page(text, actor=desk.actor(login), **more).rows
    return sorted(r.number for r in rows)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("down", [False, True])
def test_pages_by_key_give_every_row_once_in_both_directions(
    desk: Desk, sort: str, down: bool
) -> None:
    root = desk.actor("root")
    made = [
        desk.ticket(subject=f"s{i % 3}", kind="praise" if i % 2 else "complaint") for i in range(7)
    ]
    desk.services.tickets.take(made[:3], actor=root)
    desk.services.closing.cancel(made[5:], "double", actor=root)
    seen: list[int] = []
    after = None
    while True:
        page = desk.services.views.page(
            "", actor=root, sort=sort, descending=down, after=after, limit=2
        )
        seen += [r.id for r in page.rows]
        if not page.after:
            break
        after = page.rows[-1].sort_key
    assert sorted(seen) == sorted(made)
    last = desk.services.views.rows([seen[-1]], actor=root)
    assert last
    key = page.rows[-1].sort_key
    back = desk.services.views.page(
        "", actor=root, sort=sort, descending=down, before=key, limit=10
    )
    assert [r.id for r in back.rows] == seen[:-1]


@pytest.mark.req("R-009", "R-003", "R-010", "R-018")
def test_customers_filter_by_industry_tags_region_and_segment(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    first = customers.create(
        {"name": "A公司", "industry": "制造业", "region": "华东", "segment": "high_value"},
        actor=ana,
        tags=["降本增效", "供应链优化"],
    )
    customers.create({"name": "B企业", "industry": "IT服务"}, actor=ana, tags=["供应链优化"])

    def found(text: str) -> list[str]:
        return [r.customer_no[-3:] for r in customers.page(text, actor=ana).rows]

    assert found("industry:制造业") == ["001"]
    assert found("tag:供应链优化") == ["001", "002"]
    assert found("tag:供应链优化 tag:降本增效") == ["001"]
    assert found("segment:高价值 region:华东") == ["001"]
    assert found("-tier:A") == ["001", "002"]
    assert customers.count("", actor=ana) == 2
    assert customers.view(first, actor=ana).tags == ("降本增效", "供应链优化")


@pytest.mark.req("R-001", "R-002", "R-004", "R-007", "R-036")
def test_customer_numbers_names_and_decision_makers(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    first, second = desk.customer(), desk.customer(name="B", first_cooperation_on="2022-06-03")
    views = [services.customers.view(c, actor=ana) for c in (first, second)]
    assert [v.row.customer_no for v in views] == ["C2024001", "C2024002"]
    assert views[0].row.decision_maker == "王总/采购总监"
    told = views[1].cooperation_duration
    assert told is not None
    assert told.params["years"] == 2
    changed = services.customers.change(first, {"customer_no": "C2024009"}, actor=ana)
    assert changed.outcomes[0].error is not None
    with pytest.raises(ValidationError) as blank:
        services.customers.create({"name": " "}, actor=ana)
    assert blank.value.field == "name"


@pytest.mark.req("R-005", "R-006", "R-299", "R-300")
def test_personal_data_is_sealed_masked_and_revealed_with_a_trace(desk: Desk) -> None:
    services, ana, vic, head = (
        desk.services,
        desk.actor("ana"),
        desk.actor("vic"),
        desk.actor("head"),
    )
    customer = desk.customer()
    desk.ticket(customer_id=customer)
    key = services.contacts.ids_of(customer, actor=ana)[0]
    services.contacts.change(key, {"id_document_no": "110101199003070011"}, actor=ana).one()
    with desk.core.engine.connect() as conn:
        row = conn.execute(select(contact)).mappings().one()
    assert b"13912340001" not in row["phone_sealed"]
    assert services.customers.view(customer, actor=ana).contacts[0].phone == "13912340001"
    masked = services.customers.view(customer, actor=vic).contacts[0]
    assert (masked.phone, masked.email) == ("139****0001", "w****@example.com")
    assert services.contacts.find_by_phone("139 1234 0001", actor=ana) == [customer]
    assert services.contacts.find_by_phone("0001", actor=ana) == [customer]
    assert services.contacts.find_by_document("110101199003070011", actor=ana) == [customer]
    with pytest.raises(PermissionDenied):
        services.contacts.reveal(key, "phone", actor=ana, reason="curious")
    assert services.contacts.reveal(
        key, "id_document_no", actor=head, reason="identity check"
    ).startswith("1101")
    verbs = [e.verb for e in services.audit.entries(actor=head, kind="contact", subject_id=key)]
    assert verbs[0] == "revealed"
    text = str(services.audit.entries(actor=head))
    assert "13912340001" not in text
    assert "11010119" not in text


def test_find_by_part_pinyin_phone_and_numbers(desk: Desk) -> None:
    find, ana = desk.services.find, desk.actor("ana")
    customer = desk.customer(name="上海曾伟强有限公司")
    ticket = desk.ticket(customer_id=customer)

    def hits(text: str) -> set[tuple[str, int]]:
        return {(f.kind, f.id) for f in find.find(text, actor=ana)}

    for text in ("伟强", "强", "zwq", "zengwei", "13912340001", "0001", "C2024001", "王总"):
        assert ("customer", customer) in hits(text), text
    assert hits("T-1") == {("ticket", ticket)}
    assert hits("伟弱") == set()
    assert hits("!!") == set()


def test_filters_on_tickets(desk: Desk) -> None:
    services, ana, root = desk.services, desk.actor("ana"), desk.actor("root")
    customer = desk.customer()
    desk.ticket(customer_id=customer, subject="打印机冒烟")
    desk.ticket(kind="praise", subject="Great work")
    third = desk.ticket(kind="after_sales", subject="Battery", safety_risk=True)
    services.tickets.take([third], actor=ana)
    services.tickets.tag([third], actor=root, add=["vip"])
    desk.later(hours=2)
    cases = {
        "kind:投诉": [1],
        "-kind:complaint": [2, 3],
        "urgency:u,l": [2, 3],
        "agent:@me": [3],
        "agent:ana": [3],
        "agent:none status:new": [1, 2],
        "dept:售后部": [1, 3],
        "customer:C2024001": [1],
        "customer:A*": [1],
        "tag:vi*": [3],
        "打印": [1],
        '"Great work"': [2],
        "A公司": [1],
        "T-2": [2],
        "number:2..": [2, 3],
        "sla:<3h": [3],
        "received:<3h": [1, 2, 3],
        "received:>3h": [],
        "received:2024-06-03": [1, 2, 3],
        "received:..2024-06-02": [],
        "due:today": [3],
        "breached:yes": [3],
        "is:open -is:late": [1, 2],
        "level:>1": [],
        "untracked:yes": [1, 2, 3],
        "is:closed": [],
        "status:resolved,dispatched": [3],
    }
    for text, wanted in cases.items():
        assert numbers(desk, text, "ana") == wanted, text
        assert services.views.count(text, actor=ana) == len(wanted), text
    for text in (
        "nokey:1",
        "kind:rant",
        "agent:nobody9",
        "dept:moon",
        "sla:soon",
        "due:someday",
        '"open',
    ):
        with pytest.raises(DomainError):
            services.views.page(text, actor=ana)
    assert services.views.complete("kin", actor=ana) == ["kind:"]


def test_ticker_warns_escalates_and_returns_what_waited(desk: Desk) -> None:
    from datetime import timedelta

    services, ana = desk.services, desk.actor("ana")
    urgent = desk.ticket(safety_risk=True)
    waiting = desk.accepted()
    services.tickets.wait(
        [waiting], actor=ana, reason="serial", until=desk.now + timedelta(hours=1)
    ).one()
    desk.later(hours=1, minutes=30)
    first = services.ticker.tick("a")
    assert first.returned == 1
    assert first.escalated >= 1
    assert desk.field(waiting, "state") == "accepted"
    assert desk.field(urgent, "escalation_level") == 2
    assert not services.ticker.tick("b").leader
    services.ticker.release("a")
    desk.later(hours=30)
    services.ticker.tick("b")
    assert desk.field(urgent, "escalation_level") == 3
    assert services.audit.verify(actor=desk.actor("root")).ok


def test_inbox_rows_are_read_snoozed_and_put_away(desk: Desk) -> None:
    from datetime import timedelta

    services, head = desk.services, desk.actor("head")
    desk.ticket(safety_risk=True)
    inbox = services.notifications
    row = inbox.inbox(actor=head)[0]
    assert inbox.unread(actor=head) == 1
    refused = inbox.dismiss([row.id], "seen", actor=head)
    assert refused.refused
    assert inbox.snooze([row.id], desk.now, "later", actor=head).refused
    inbox.snooze([row.id], desk.now + timedelta(hours=1), "later", actor=head).one()
    assert inbox.inbox(actor=head) == []
    desk.later(hours=2)
    inbox.mark_read([row.id], actor=head)
    assert inbox.inbox(actor=head, include_read=False) == []
    inbox.acknowledge([row.id], actor=head).one()
    inbox.dismiss([row.id], "done", actor=head).one()
    assert inbox.acknowledge([row.id], actor=desk.actor("ana")).refused


@pytest.mark.req("R-295", "R-296", "R-153")
def test_departments_and_teams_are_preloaded(desk: Desk) -> None:
    org, root = desk.services.org, desk.actor("root")
    assert len(org.departments()) == 9
    assert all(d.head_id for d in org.departments())
    assert {t.code for t in org.teams()} == {
        "rapid_response",
        "customer_relationship",
        "special_service",
    }
    for bad in ({"role": "boss"}, {"posts": ["king"]}, {"name": " "}, {"department": "moon"}):
        with pytest.raises(DomainError):
            org.change_staff(desk.actor("bob").staff_id, bad, actor=root).one()
    with pytest.raises(ValidationError):
        org.add_staff("bob", "Again", role="agent", actor=root)
    org.change_staff(desk.actor("bob").staff_id, {"active": False}, actor=root).one()
    with pytest.raises(PermissionDenied):
        org.login("bob")


def test_links_parents_and_sessions(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    parent, child = desk.accepted(kind="consultation"), desk.ticket()
    services.links.link(child, parent, "blocks", actor=ana).one()
    assert [x.kind for x in services.views.view(parent, actor=ana).links] == ["blocked_by"]
    services.links.unlink(child, parent, "blocks", actor=ana).one()
    services.undo.undo(actor=ana)
    assert services.views.view(parent, actor=ana).links
    services.links.set_parent([child], parent, actor=ana).one()
    assert services.links.set_parent([parent], child, actor=ana).refused
    below = desk.ticket()
    services.links.set_parent([below], child, actor=ana).one()
    assert code(services.links.set_parent([parent], below, actor=ana)) == "parent_ring"
    services.closing.feedback([parent], "done", "manual", actor=ana).one()
    refused = services.closing.satisfy(parent, True, actor=ana)
    assert refused.outcomes[0].error is not None
    assert refused.outcomes[0].error.code == "open_children"
    services.sessions.save({"view": "x"}, actor=ana)
    services.sessions.save({"view": "y"}, actor=ana)
    assert services.sessions.load(actor=ana) == {"view": "y"}
