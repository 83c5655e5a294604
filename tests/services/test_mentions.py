"""Mentions in notes and replies, and placeholders that must not go out: on each engine."""

import pytest
from sqlalchemy import select

from crm_tui.db.schema.tickets import ticket_person
from crm_tui.services.mentions import mentioned
from tests.services.conftest import Desk
from tests.services.test_loop import code

LOGINS = ["ana", "ana.b", "bob", "张三"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana please", ["ana"]),
        ("请@ana看一下，@bob。", ["ana", "bob"]),
        ("@张三请看", ["张三"]),
        ("@ana.b, not ana", ["ana.b"]),
        ("@ana.", ["ana"]),
        ("@ANA @ana", ["ana"]),
        ("mail x@ana or @anabel or @nobody", []),
        ("@", []),
    ],
)
def test_a_mention_is_a_known_login_behind_an_at(text: str, names: list[str]) -> None:
    assert mentioned(text, LOGINS) == names


def kinds(desk: Desk, login: str) -> list[str]:
    return [n.kind for n in desk.services.notifications.inbox(actor=desk.actor(login))]


def test_who_is_mentioned_is_told_once_and_follows_the_ticket(desk: Desk) -> None:
    made = desk.accepted()
    services, ana = desk.services, desk.actor("ana")
    services.messages.note([made], "@pat @pat @ana @nobody", actor=ana).one()
    assert kinds(desk, "pat") == ["mention"]
    assert "mention" not in kinds(desk, "ana")
    services.messages.reply([made], "Our colleague @bob will call", actor=ana).one()
    assert "mention" in kinds(desk, "bob")
    row = services.notifications.inbox(actor=desk.actor("pat"))[0]
    assert (row.subject_kind, row.subject_id) == ("ticket", made)
    watchers = select(ticket_person.c.staff_id).where(
        ticket_person.c.ticket_id == made, ticket_person.c.part == "watcher"
    )
    with desk.core.read() as unit:
        found = {r.staff_id for r in unit.conn.execute(watchers)}
    assert {desk.actor("pat").staff_id, desk.actor("bob").staff_id} <= found
    assert ana.staff_id not in found


def test_a_refused_note_mentions_nobody(desk: Desk) -> None:
    made = desk.accepted()
    result = desk.services.messages.note([made], "@pat", actor=desk.actor("vic"))
    assert not result.done
    assert kinds(desk, "pat") == []


@pytest.mark.req("R-302")
@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("Dear {{customer.name}}", "unfilled_placeholder"),
        ("It costs {{ contract.amount }}", "internal_placeholder"),
        ("Hello {{客户 名称}}", "unfilled_placeholder"),
    ],
)
def test_a_public_text_with_a_placeholder_is_not_sent(desk: Desk, body: str, refusal: str) -> None:
    made = desk.accepted()
    services, ana = desk.services, desk.actor("ana")
    assert code(services.messages.reply([made], body, actor=ana)) == refusal
    assert code(services.messages.reply([made], body, actor=ana, progress=True)) == refusal
    # Staff may quote a template to each other.
    services.messages.note([made], body, actor=ana).one()


def test_a_recalled_reply_mentions_nobody(desk: Desk) -> None:
    made = desk.accepted()
    services, ana = desk.services, desk.actor("ana")
    object.__setattr__(services.core.rules, "reply_delay_s", 20)
    services.messages.note([made], "@pat look", actor=ana).one()
    services.messages.reply([made], "@bob and @pat will call", actor=ana).one()

    def watchers() -> set[int]:
        query = select(ticket_person.c.staff_id).where(
            ticket_person.c.ticket_id == made, ticket_person.c.part == "watcher"
        )
        with desk.core.read() as unit:
            return {r.staff_id for r in unit.conn.execute(query)}

    pat, bob = desk.actor("pat").staff_id, desk.actor("bob").staff_id
    assert {pat, bob} <= watchers()
    before = kinds(desk, "pat").count("mention")
    services.undo.undo(actor=ana)
    # The note still mentions Pat; Bob was mentioned by the reply alone.
    assert pat in watchers()
    assert bob not in watchers()
    assert "mention" not in kinds(desk, "bob")
    assert kinds(desk, "pat").count("mention") == before - 1
