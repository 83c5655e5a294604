"""Undo and redo: inverse commands with a version check, on both engines (design decision 5)."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui import i18n
from crm_tui.db.engine import open_engine
from crm_tui.db.schema.base import metadata
from crm_tui.domain.errors import DomainError, NotFound, PermissionDenied
from crm_tui.services.core import Core
from crm_tui.services.facade import wire
from tests.services.conftest import Desk
from tests.services.test_loop import code

DERIVED = frozenset(
    {"row_version", "updated_at", "next_due_at", "due_sort", "warn_at", "wake_at", "last_note_at"}
)


def state(desk: Desk, *tables: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of these tables without versions, with sealed values opened."""
    ring = desk.core.keyring

    def plain(name: str, value: Any) -> Any:
        if name.endswith("_sealed") and value is not None:
            return ring.open(f"contact.{name.removesuffix('_sealed')}", value)
        return value

    found: dict[str, list[dict[str, Any]]] = {}
    with desk.core.engine.connect() as conn:
        for name in tables:
            query = select(metadata.tables[name])
            # Clocks are folded anew, their rows written again.
            hidden = DERIVED | {"id"} if name == "ticket_clock" else DERIVED
            rows = [
                {k: plain(k, v) for k, v in row.items() if k not in hidden}
                for row in conn.execute(query).mappings()
            ]
            found[name] = sorted(rows, key=repr)
    return found


def refused_undo(desk: Desk, login: str, **more: Any) -> DomainError:
    """Why the undo of somebody is refused."""
    with pytest.raises(DomainError) as refused:
        desk.services.undo.undo(actor=desk.actor(login), **more)
    return refused.value


def test_acts_on_one_record_are_undone_the_last_first_and_done_again_the_first_first(
    desk: Desk,
) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    subject = desk.field(made, "subject")
    due = desk.clock(made, "dispatch").stored_due_at
    acts: list[Callable[[], Any]] = [
        lambda: services.tickets.urgency([made], "low", actor=ana).one(),
        lambda: services.tickets.edit(made, {"subject": "B"}, actor=ana).one(),
        lambda: services.tickets.tag([made], add=["x"], actor=ana).one(),
        lambda: services.tickets.edit(made, {"subject": "C", "appeal": "now"}, actor=ana).one(),
    ]
    for act in acts:
        act()
    seen = []
    for _ in acts:
        services.undo.undo(actor=ana)
        seen.append((desk.field(made, "subject"), desk.field(made, "urgency")))
    assert seen == [("B", "low"), ("B", "low"), (subject, "low"), (subject, "normal")]
    assert services.views.view(made, actor=ana).tags == ()
    assert desk.clock(made, "dispatch").stored_due_at == due
    for _ in acts:
        services.undo.redo(actor=ana)
    assert (desk.field(made, "subject"), desk.field(made, "appeal")) == ("C", "now")
    assert desk.field(made, "urgency") == "low"
    assert services.views.view(made, actor=ana).tags == ("x",)
    with pytest.raises(NotFound) as nothing:
        services.undo.redo(actor=ana)
    assert nothing.value.code == "nothing_to_undo"
    services.undo.undo(actor=ana)
    assert desk.field(made, "subject") == "B"
    assert services.audit.verify(actor=desk.actor("root")).ok


def test_a_new_act_leaves_nothing_to_do_again(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.tickets.urgency([made], "low", actor=ana).one()
    services.undo.undo(actor=ana)
    services.tickets.edit(made, {"subject": "New"}, actor=ana).one()
    with pytest.raises(NotFound):
        services.undo.redo(actor=ana)
    services.undo.undo(actor=ana)
    services.undo.redo(actor=ana)
    # What was undone before the new act stays undone.
    with pytest.raises(NotFound):
        services.undo.redo(actor=ana)
    assert (desk.field(made, "subject"), desk.field(made, "urgency")) == ("New", "normal")


@pytest.mark.parametrize("seed", range(4))
def test_any_acts_undone_leave_nothing_behind_and_done_again_everything(
    desk: Desk, seed: int
) -> None:
    services, ana, lee = desk.services, desk.actor("ana"), desk.actor("lee")
    chance = random.Random(seed)
    customer = desk.customer()
    contact = services.contacts.ids_of(customer, actor=ana)[0]
    ticket = desk.accepted(customer_id=customer)
    product = services.registers.create("product", {"name": "P", "code": "P1"}, actor=lee)

    def word() -> str:
        return f"w{chance.randrange(10_000)}"

    acts: list[Callable[[], Any]] = [
        lambda: services.customers.change(customer, {"name": word()}, actor=lee),
        lambda: services.customers.change(customer, {}, tags=[word(), word()], actor=lee),
        lambda: services.customers.change(
            customer, {"region": word(), "core_need_tags": [word()]}, actor=lee
        ),
        lambda: services.contacts.change(contact, {"phone": f"138{word()}"}, actor=lee),
        lambda: services.contacts.add(
            customer, {"name": word(), "is_primary": True, "is_decision_maker": True}, actor=lee
        ),
        lambda: services.tickets.edit(ticket, {"subject": word()}, actor=lee),
        lambda: services.tickets.tag([ticket], add=[word()], actor=lee),
        lambda: services.tickets.urgency([ticket], chance.choice(["low", "normal"]), actor=lee),
        lambda: services.registers.change("product", product, {"name": word()}, actor=lee),
        lambda: services.registers.create("product", {"name": word()}, actor=lee),
    ]
    watched = ("customer", "customer_tag", "contact", "ticket", "ticket_tag", "ticket_clock")
    before = state(desk, *watched)
    first = services.undo.last(actor=lee)
    for _ in range(8):
        chance.choice(acts)()
    after = state(desk, *watched)
    done = 0
    while services.undo.last(actor=lee) != first:
        services.undo.undo(actor=lee)
        done += 1
    undone = state(desk, *watched)
    added = {c["id"] for c in after["contact"]} - {c["id"] for c in before["contact"]}
    undone["contact"] = [c for c in undone["contact"] if c["id"] not in added]
    assert undone == before
    assert services.customers.view(customer, actor=lee).contacts[0].id == contact
    for _ in range(done):
        services.undo.redo(actor=lee)
    assert state(desk, *watched) == after
    assert services.audit.verify(actor=desk.actor("root")).ok


def test_a_bulk_act_is_undone_whole_or_not_at_all(desk: Desk) -> None:
    services, ana, lee = desk.services, desk.actor("ana"), desk.actor("lee")
    made = [desk.accepted() for _ in range(12)]
    services.closing.cancel([made[0]], "double", actor=ana).one()
    result = services.tickets.assign(made, desk.actor("bob").staff_id, actor=lee)
    assert (len(result.done), [o.id for o in result.refused]) == (11, [made[0]])
    services.tickets.edit(made[5], {"product": "X", "appeal": "y"}, actor=ana).one()
    error = refused_undo(desk, "lee")
    assert error.code == "conflict"
    assert "(Product or service, Appeal)" in i18n.render(error.message)
    assert "诉求" in i18n.render(error.message, "zh")
    assert error.message.params["who"] == "Ana"
    assert {desk.field(m, "owner") for m in made[1:]} == {"Bob"}
    services.undo.undo(actor=ana)
    services.undo.undo(actor=lee)
    assert {desk.field(m, "owner") for m in made[1:]} == {"Ana"}
    services.undo.redo(actor=lee)
    assert {desk.field(m, "owner") for m in made[1:]} == {"Bob"}


def test_a_merge_is_undone_and_done_again_with_its_messages(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    kept, gone = desk.ticket(), [desk.ticket(), desk.ticket()]
    for one in gone:
        services.messages.reply([one], f"to {one}", actor=ana).one()

    def where(one: int) -> set[int]:
        """The tickets that show the message."""
        found = {t: services.views.timeline(t, actor=ana) for t in (kept, *gone)}
        return {t for t, entries in found.items() if f"to {one}" in {e.text for e in entries}}

    clocks = state(desk, "ticket_clock")
    services.links.merge(gone, kept, actor=ana)
    merged = state(desk, "ticket_clock")
    for step, states, home in (
        (services.undo.undo, ["registered", "registered"], None),
        (services.undo.redo, ["merged", "merged"], kept),
        (services.undo.undo, ["registered", "registered"], None),
    ):
        step(actor=ana)
        assert [desk.field(g, "state") for g in gone] == states
        assert [where(g) for g in gone] == [{home or g} for g in gone]
        assert state(desk, "ticket_clock") == (merged if home else clocks)


def test_a_proposal_is_done_again_with_its_request(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.accepted()
    services.closing.propose([made], "Mend it", actor=ana, solution_type="repair").one()
    services.undo.undo(actor=ana)
    assert desk.field(made, "state") == "accepted"
    assert services.notifications.approvals(actor=head) == []
    services.undo.redo(actor=ana)
    assert desk.field(made, "state") == "solution_proposed"
    (waiting,) = services.notifications.approvals(actor=head)
    assert waiting.text == "Mend it"
    services.closing.decide([made], True, actor=head).one()


def test_only_ones_own_acts(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    services.tickets.urgency([made], "low", actor=ana).one()
    entry = services.undo.last(actor=ana)
    assert entry is not None
    for login in ("lee", "head", "root", "vic"):
        with pytest.raises(PermissionDenied) as refused:
            services.undo.undo(entry.id, actor=desk.actor(login))
        assert refused.value.code == "not_yours"
    assert desk.field(made, "urgency") == "low"
    # Who acts as another keeps the right to take it back.
    behind = services.org.login("root", acting_as="ana")
    services.tickets.edit(made, {"subject": "as ana"}, actor=behind).one()
    services.undo.undo(actor=desk.actor("root"))
    assert desk.field(made, "subject") != "as ana"


def test_undo_after_a_restart(desk: Desk) -> None:
    ana = desk.actor("ana")
    product = desk.services.registers.create("product", {"name": "P"}, actor=desk.actor("lee"))
    made = desk.accepted()
    desk.services.tickets.urgency([made], "low", actor=ana).one()
    engine = open_engine(desk.core.engine.url)
    again = wire(Core(engine, desk.core.clock, desk.core.keyring, desk.core.files, desk.core.rules))
    again.undo.undo(actor=ana)
    again.undo.undo(actor=desk.actor("lee"))
    assert desk.field(made, "urgency") == "normal"
    assert again.registers.get("product", product, actor=ana).archived
    again.undo.redo(actor=ana)
    engine.dispose()
    assert desk.field(made, "urgency") == "low"


def test_an_added_customer_is_taken_off_the_lists_unless_referred_to(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer()
    services.undo.undo(actor=ana)
    assert services.customers.page("", actor=ana).rows == ()
    assert services.find.find("A公司", actor=ana) == []
    assert services.contacts.find_by_phone("13912340001", actor=ana) == []
    services.undo.redo(actor=ana)
    assert [r.id for r in services.customers.page("", actor=ana).rows] == [customer]
    assert services.contacts.find_by_phone("13912340001", actor=ana) == [customer]
    # The number is never given again.
    services.undo.undo(actor=ana)
    other = desk.customer()
    assert services.customers.rows([other], actor=ana)[0].customer_no == "C2024002"
    desk.ticket(login="bob", customer_id=other)
    error = refused_undo(desk, "ana")
    assert (error.code, "Ticket" in str(error)) == ("referenced", True)


def test_an_added_contact_gives_the_first_place_back(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer()
    services.contacts.add(
        customer,
        {"name": "李总", "job_title": "总经理", "is_decision_maker": True, "is_primary": True},
        actor=ana,
    )
    services.undo.undo(actor=ana)
    view = services.customers.view(customer, actor=ana)
    assert [(c.name, c.is_primary) for c in view.contacts] == [("王总", True)]
    assert view.row.decision_maker == "王总/采购总监"
    services.undo.redo(actor=ana)
    view = services.customers.view(customer, actor=ana)
    assert [(c.name, c.is_primary) for c in view.contacts] == [("李总", True), ("王总", False)]


def test_undo_keeps_search_lists_and_look_ups_in_step(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer()
    desk.ticket(customer_id=customer)
    contact = services.contacts.ids_of(customer, actor=ana)[0]
    services.customers.change(customer, {"name": "丙工厂"}, actor=ana).one()
    services.contacts.change(contact, {"phone": "13800000009", "name": "钱总"}, actor=ana).one()

    def found(text: str) -> bool:
        return customer in {f.id for f in services.find.find(text, actor=ana)}

    assert [found(t) for t in ("丙工厂", "钱总", "13800000009")] == [True, True, True]
    services.undo.undo(actor=ana)
    services.undo.undo(actor=ana)
    assert not any(map(found, ("丙工厂", "钱总", "13800000009", "0009")))
    assert all(map(found, ("A公司", "王总", "13912340001", "0001")))
    entries = services.views.customer_timeline(customer, actor=ana)
    assert [e.verb for e in entries][-2:] == ["undone", "undone"]


@pytest.mark.req("R-036", "R-037")
def test_undo_of_a_field_that_drives_the_tier_restores_the_tier(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    customer = desk.customer()
    customers.change(customer, {"key_account_level": "strategic"}, actor=ana).one()
    assert customers.view(customer, actor=ana).row.tier == "A"
    desk.services.undo.undo(actor=ana)
    assert customers.view(customer, actor=ana).row.tier == "C"


# Optimistic locking


def test_whoever_saves_over_an_unseen_change_is_told_who_and_what(desk: Desk) -> None:
    services, ana, lee, root = (
        desk.services,
        desk.actor("ana"),
        desk.actor("lee"),
        desk.actor("root"),
    )
    customer, ticket = desk.customer(), desk.accepted(kind="after_sales")
    contact = services.contacts.ids_of(customer, actor=ana)[0]
    product = services.registers.create("product", {"name": "P"}, actor=lee)
    bob = desk.actor("bob").staff_id
    saves: list[tuple[Callable[..., Any], dict[str, Any], Any, str, str]] = [
        (
            lambda data, **k: services.customers.change(customer, data, **k),
            {"region": "华东"},
            lee,
            "Region",
            "地域",
        ),
        (
            lambda data, **k: services.customers.change(customer, {}, tags=data["tags"], **k),
            {"tags": ["a"]},
            lee,
            "Core needs",
            "核心需求",
        ),
        (
            lambda data, **k: services.contacts.change(contact, data, **k),
            {"wechat": "wx"},
            root,
            "WeChat",
            "微信",
        ),
        (
            lambda data, **k: services.registers.change("product", product, data, **k),
            {"name": "Q"},
            lee,
            "Product name",
            "产品名称",
        ),
        (
            lambda data, **k: services.tickets.edit(ticket, data, **k),
            {"kind": "complaint"},
            lee,
            "Kind",
            "类型",
        ),
        (
            lambda data, **k: services.org.change_staff(bob, data, **k),
            {"name": "Robert"},
            root,
            "Name",
            "姓名",
        ),
    ]
    for save, data, first, english, chinese in saves:
        save(data, actor=first, expected=None).one()
        stale = save(data, actor=root, expected=-1)
        error = stale.outcomes[0].error
        assert code(stale) == "conflict", english
        assert error.message.params["who"] == first.name
        assert english in i18n.render(error.message, "en")
        assert chinese in i18n.render(error.message, "zh")
