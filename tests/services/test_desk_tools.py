"""Canned texts, macros, saved views, presence, splitting: on each engine."""

import pytest

from crm_tui.domain.errors import DomainError, NotFound, RuleViolation
from crm_tui.domain.filters import FilterError
from crm_tui.domain.views import ViewSpec
from tests.services.conftest import Desk
from tests.services.test_loop import code


def canned(desk: Desk, name: str, body: str, login: str = "ana", **more: object) -> int:
    data = {"name": name, "body": body, "owner_id": login, **more}
    return desk.services.registers.create("canned_text", data, actor=desk.actor(login))


def macro(desk: Desk, name: str, steps: str, **more: object) -> int:
    data = {"name": name, "steps": steps, "owner_id": "ana", **more}
    return desk.services.registers.create("macro", data, actor=desk.actor("ana"))


def texts(desk: Desk, ticket_id: int) -> list[tuple[str, str]]:
    found = desk.services.views.timeline(ticket_id, actor=desk.actor("root"), messages_only=True)
    return [(e.kind, e.text) for e in found]


@pytest.mark.req("R-302")
def test_a_canned_text_is_filled_from_the_ticket(desk: Desk) -> None:
    who = desk.customer()
    made = desk.accepted(customer_id=who, product="LX-5")
    canned(desk, "sorry", "{{customer.name}} {{ticket.number}} {{ticket.product}}: {{agent.name}}")
    canned(desk, "done", "{{ticket.solution}}{{today}} {{department.name}}")
    canned(desk, "inside", "{{contract.amount}} {{customer.tier}}", audience="internal")
    services, ana = desk.services, desk.actor("ana")
    filled = services.texts.fill(made, "sorry", actor=ana, public=True)
    assert filled.text == f"A公司 T-{desk.field(made, 'number')} LX-5: Ana" and not filled.empty
    filled = services.texts.fill(made, "done", actor=ana, public=True, language="en")
    assert filled.text == "2024-06-03 After-sales" and filled.empty == ("ticket.solution",)
    contract = {"customer_id": who, "amount_fen": "500万", "start_on": "2024-01-01",
                "end_on": "2024-12-31"}  # fmt: skip
    services.registers.create("contract", contract, actor=ana)
    assert services.texts.fill(made, "inside", actor=ana, public=False).text == "500万 C"
    with pytest.raises(RuleViolation) as refused:
        services.texts.fill(made, "inside", actor=ana, public=True)
    assert refused.value.code == "internal_text"
    with pytest.raises(NotFound):
        services.texts.fill(made, "absent", actor=ana, public=True)


def test_texts_are_shared_by_department_and_ones_own_comes_first(desk: Desk) -> None:
    canned(desk, "hello", "from ana", shared=False)
    canned(desk, "hello", "from bob", "bob", department_id="after_sales")
    canned(desk, "for_product", "x", "bob", department_id="product")
    canned(desk, "notes", "x", "bob", audience="internal")
    services = desk.services
    names = [t.name for t in services.texts.canned(actor=desk.actor("ana"))]
    assert names == ["hello", "hello", "notes"]
    public = [t.name for t in services.texts.canned(actor=desk.actor("ana"), public=True)]
    assert public == ["hello", "hello"]
    assert [t.name for t in services.texts.canned(actor=desk.actor("pat"))] == [
        "for_product",
        "notes",
    ]
    made = desk.ticket()
    for login, body in (("ana", "from ana"), ("bob", "from bob")):
        filled = services.texts.fill(made, "hello", actor=desk.actor(login), public=True)
        assert filled.text == body


def test_a_macro_is_one_act_on_each_ticket(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    canned(desk, "sorry", "We are on it, {{ticket.number}}, due {{ticket.solution}}")
    macro(
        desk,
        "vendor",
        "take\nstatus accepted seen\ntag +vendor\nreply @sorry\nnote asked\n"
        "wait third_party the vendor answers",
        after="next",
    )
    first, second = desk.ticket(), desk.ticket()
    services.closing.cancel([second], "double", actor=ana).one()
    result, after = services.macros.run([first, second], "vendor", actor=ana)
    assert after == "next" and result.done == (first,) and len(result.refused) == 1
    assert desk.field(first, "state") == "waiting_third_party"
    number = desk.field(first, "number")
    assert ("public", f"We are on it, T-{number}, due ") in texts(desk, first)
    assert result.outcomes[0].notice is not None
    assert "ticket.solution" in str(result.outcomes[0].notice)
    assert texts(desk, second)[1:] == [] and desk.field(second, "state") == "cancelled"
    desk.services.undo.undo(actor=ana)
    assert desk.field(first, "state") == "registered"
    assert desk.field(first, "owner") == ""
    assert services.audit.verify(actor=desk.actor("root")).ok


def test_a_refused_step_leaves_nothing_of_the_macro(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    macro(desk, "wrong", "tag +x\nurgency urgent\nassign @me\nstatus resolved\ndepartment moon why")
    macro(desk, "give", "assign none\nurgency low\ndepartment product knows it")
    made = desk.accepted()
    before = desk.services.views.view(made, actor=ana)
    result, _ = services.macros.run([made], "wrong", actor=ana)
    assert result.refused and result.undo_id is None
    after = desk.services.views.view(made, actor=ana)
    assert (after.row.version, after.tags) == (before.row.version, before.tags)
    services.macros.run([made], "give", actor=ana)[0].one()
    assert (desk.field(made, "department"), desk.field(made, "urgency")) == ("product", "low")
    assert [m.name for m in services.macros.macros(actor=ana)] == ["give", "wrong"]
    with pytest.raises(NotFound):
        services.macros.run([made], "absent", actor=ana)


def test_views_are_saved_replaced_shared_counted_and_removed(desk: Desk) -> None:
    views, ana, bob, lee = (
        desk.services.saved_views,
        desk.actor("ana"),
        desk.actor("bob"),
        desk.actor("lee"),
    )
    desk.ticket()
    late = ViewSpec("queue", "is:open urgency:normal", "due", True, ("number", "subject"))
    views.save("late", late, actor=ana, pinned=True)
    views.save("late", ViewSpec("queue", "is:open"), actor=ana, pinned=True)
    views.save("people", ViewSpec("customers", "tier:A"), actor=ana)
    found = views.of("queue", actor=ana)
    assert [(v.name, v.spec.filter, v.pinned, v.mine) for v in found] == [
        ("late", "is:open", True, True)
    ]
    assert views.counts(found + views.of("customers", actor=ana), actor=ana) == {found[0].id: 1}
    assert views.of("queue", actor=bob) == []
    with pytest.raises(DomainError):
        views.save("ours", late, actor=ana, shared=True)
    views.save("ours", late, actor=lee, shared=True, department_id=lee.department_id)
    assert [v.name for v in views.of("queue", actor=bob)] == ["ours"]
    assert views.of("queue", actor=desk.actor("pat")) == []
    with pytest.raises(FilterError):
        views.save("bad", ViewSpec("queue", "status:happy"), actor=ana)
    assert code(views.remove("ours", actor=bob)) == "role_needed"
    views.remove("late", actor=ana).one()
    assert [v.name for v in views.of("queue", actor=ana)] == ["ours"]
    desk.services.undo.undo(actor=ana)
    assert [v.name for v in views.of("queue", actor=ana)] == ["late", "ours"]
    with pytest.raises(NotFound):
        views.remove("absent", actor=ana)


def test_others_are_seen_until_they_leave_or_fall_silent(desk: Desk) -> None:
    presence, ana, bob = desk.services.presence, desk.actor("ana"), desk.actor("bob")
    made, other = desk.ticket(), desk.ticket()
    presence.here("a", "ticket", made, actor=ana)
    presence.here("b", "ticket", made, actor=bob, mode="replying")
    assert presence.others("ticket", [], session="a") == {}
    seen = presence.others("ticket", [made, other], session="c")
    assert [(p.name, p.mode, p.initials) for p in seen[made]] == [
        ("Bob", "replying", "BO"),
        ("Ana", "viewing", "AN"),
    ]
    assert [p.name for p in presence.others("ticket", [made], session="a")[made]] == ["Bob"]
    desk.later(seconds=30)
    presence.here("b", "ticket", made, actor=bob, mode="replying")
    presence.here("a", "ticket", other, actor=ana)
    desk.later(seconds=40)
    assert [p.name for p in presence.others("ticket", [made, other], session="c")[made]] == ["Bob"]
    presence.gone("b")
    presence.gone("b")
    assert presence.others("ticket", [made], session="c") == {}
    desk.later(seconds=90)
    presence.here("d", "ticket", made, actor=bob)
    assert set(presence.others("ticket", [made, other], session="c")) == {made}


@pytest.mark.req("R-125")
def test_a_split_moves_messages_and_starts_new_clocks(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted(customer_id=desk.customer())
    services.tickets.tag([made], add=["vip"], actor=ana).one()
    desk.later(hours=2)
    services.messages.customer_message(made, "And the fan is loud", actor=ana)
    services.messages.note([made], "two things", actor=ana).one()
    loud = [
        e.id
        for e in services.views.timeline(made, actor=ana, messages_only=True)
        if e.text == "And the fan is loud"
    ]
    with pytest.raises(DomainError):
        services.splits.split(made, loud, " ", actor=ana)
    with pytest.raises(DomainError):
        services.splits.split(made, [*loud, 9999], "Fan", actor=ana)
    new, result = services.splits.split(made, loud, "Fan is loud", actor=ana)
    assert result.undo_id is not None
    assert ("public", "And the fan is loud") not in texts(desk, made)
    assert ("public", "And the fan is loud") in texts(desk, new)
    view = services.views.view(new, actor=ana)
    assert view.fields["received_at"] == desk.now and view.tags == ("vip",)
    assert [(one.kind, one.ticket_id) for one in view.links] == [("split", made)]
    assert desk.clock(new, "first_response").started_at == desk.now
    services.undo.undo(actor=ana)
    assert ("public", "And the fan is loud") in texts(desk, made)
    assert desk.field(new, "state") == "cancelled"


def test_a_split_that_was_worked_on_stays(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    new, _ = services.splits.duplicate(made, actor=ana)
    assert desk.field(new, "subject") == desk.field(made, "subject")
    services.tickets.take([new], actor=desk.actor("bob")).one()
    with pytest.raises(RuleViolation) as refused:
        services.undo.undo(actor=ana)
    assert refused.value.code == "worked_on"


@pytest.mark.req("R-125")
def test_the_preview_of_a_merge_says_what_merging_would_do(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    target, twin = desk.accepted(), desk.accepted()
    other = desk.ticket(customer_id=desk.customer())
    services.tickets.edit(target, {"customer_id": desk.customer(name="B企业")}, actor=ana).one()
    services.messages.note([twin], "again", actor=ana).one()
    lines = services.splits.merge_preview([twin, other, target], target, actor=ana)
    assert [line.refusal is None for line in lines] == [True, False, False]
    assert (lines[0].messages, lines[0].files) == (1, 0) and lines[0].clocks > 0
    result = services.links.merge([twin, other], target, actor=ana)
    assert result.done == (twin,)
