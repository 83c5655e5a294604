"""People named as ``@login`` in what staff write: they are told and follow the ticket (ux.md 3.9)."""

import re
from typing import Final

from sqlalchemy import RowMapping, delete, select, update

from crm_tui.db.schema.org import staff
from crm_tui.db.schema.system import notification
from crm_tui.db.schema.tickets import message, ticket_person
from crm_tui.domain.msg import msg
from crm_tui.services import ticket_base as base
from crm_tui.services.unit import Unit

_MENTION: Final = re.compile(r"(?<![A-Za-z0-9_.@-])@([^\s@]+)")
"""Behind a letter it is an e-mail address; Chinese is written without blanks."""
MENTIONED: Final = "mentioned"
"""Why somebody became a watcher."""


def mentioned(body: str, logins: list[str]) -> list[str]:
    """The logins that a text names, each once; the longest that fits, unknown words are plain text."""
    found: dict[str, None] = {}
    by_length = sorted(logins, key=len, reverse=True)
    for match in _MENTION.finditer(body):
        word = match.group(1).casefold()
        for login in by_length:
            after = word[len(login) : len(login) + 1]
            ends = not (after.isascii() and (after.isalnum() or after == "_"))
            if word.startswith(login.casefold()) and ends:
                found[login] = None
                break
    return list(found)


def tell_mentioned(unit: Unit, row: RowMapping, message_id: int, body: str) -> None:
    """Notify those whom a message mentions and make them watchers, in the message's transaction."""
    people = [p for p in _people(unit, body) if p != unit.actor.staff_id]
    if not people:
        return
    unit.notify(
        people,
        "mention",
        msg("{name} mentioned you on T-{number}", name=unit.actor.name, number=row["number"]),
        subject=("ticket", row["id"]),
        key=_key(message_id),
    )
    base.add_people(unit, row["id"], people, "watcher", MENTIONED)


def take_back(unit: Unit, ticket_id: int, message_id: int, body: str) -> None:
    """A recalled message mentions nobody: its notices go, and who only it made a watcher."""
    unit.conn.execute(
        update(notification)
        .where(notification.c.key == _key(message_id), notification.c.dismissed_at.is_(None))
        .values(dismissed_at=unit.now, dismiss_reason="")
    )
    query = select(message.c.body).where(
        message.c.ticket_id == ticket_id,
        message.c.id != message_id,
        message.c.state != "recalled",
        message.c.body.contains("@"),
    )
    still = {p for text in unit.conn.execute(query).scalars() for p in _people(unit, text)}
    gone = set(_people(unit, body)) - still
    unit.conn.execute(
        delete(ticket_person).where(
            ticket_person.c.ticket_id == ticket_id,
            ticket_person.c.part == "watcher",
            ticket_person.c.reason == MENTIONED,
            ticket_person.c.staff_id.in_(gone),
        )
    )


def _key(message_id: int) -> str:
    return f"mention:{message_id}"


def _people(unit: Unit, body: str) -> list[int]:
    if "@" not in body:
        return []
    query = select(staff.c.id, staff.c.login).where(staff.c.active.is_(True))
    ids = {str(r.login): int(r.id) for r in unit.conn.execute(query)}
    return [ids[login] for login in mentioned(body, list(ids))]
