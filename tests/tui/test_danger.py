"""What the registry says of taking back is so: undone, recalled, asked first, or not written (ux.md 7.7)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from textual.pilot import Pilot

from crm_tui.bootstrap import Opened
from crm_tui.db.schema import customers, desk, log, org, registers, system, tickets
from crm_tui.tui import actions_desk, actions_everywhere
from crm_tui.tui.action import Action
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.base import BaseScreen
from tests.tui.driving import burst, press, running, settle

OWN = {a.id: a for a in (*actions_everywhere.ACTIONS, *actions_desk.ACTIONS)}
"""Other modules of the registry have screens, and proofs, of their own."""
TOLD = {
    "activity",
    "chain_head",
    "counter",
    "figure_dirty",
    "fired",
    "notification",
    "outbox",
    "presence",
    "sequence",
    "session_state",
    "undo_entry",
    "undo_row",
}
"""Tables of what happened, and of what was told of it: undoing adds to them."""
REBUILT = {"ticket_clock"}
"""Tables that are made anew from the events; their ids mean nothing."""
TAKEN_BACK = {"approval": ("state", "withdrawn"), "handover": ("outcome", "undone")}
"""What says of a row that it was taken back; of other rows that they are archived."""
DESK = 3
"""Tickets that the desk has from the start; one that an act makes is cancelled when that is undone."""
MOVING = {"row_version", "version", "updated_at", "wake_at", "last_activity_at", "watched_at"}
"""Columns that tell when something was changed last, undoing included."""
MODULES = (customers, desk, log, org, registers, system, tickets)


def state(opened: Opened) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is kept of the desk's matters; what is archived is off the desk."""
    metadata = tickets.ticket.metadata
    found: dict[str, list[tuple[Any, ...]]] = {}
    with opened.services.core.engine.connect() as conn:
        undone = select(tickets.ticket.c.id).where(
            tickets.ticket.c.id > DESK, tickets.ticket.c.state == "cancelled"
        )
        gone = set(conn.execute(undone).scalars())
        for table in metadata.sorted_tables:
            if table.name in TOLD or table.name.startswith(("search", "undo")):
                continue
            left = MOVING | ({"id"} if table.name in REBUILT else set())
            rows = []
            for row in conn.execute(select(table)).mappings():
                column, value = TAKEN_BACK.get(table.name, ("archived", True))
                whose = row["id"] if table.name == "ticket" else row.get("ticket_id")
                if row.get(column) != value and whose not in gone:
                    rows.append(tuple(repr(v) for k, v in row.items() if k not in left))
            found[table.name] = sorted(rows)
    return {name: rows for name, rows in found.items() if rows}


def written(opened: Opened) -> int:
    """The place of the newest entry in the log."""
    return opened.services.audit.last_seq()


async def do(app: CrmApp, pilot: Pilot[None], *steps: str) -> None:
    """Type texts, and press keys that stand in angle brackets."""
    for step in steps:
        if step.startswith("<"):
            await press(app, pilot, step[1:-1])
        else:
            await burst(app, pilot, step)


# How the desk has to be before


def taken(opened: Opened) -> None:
    opened.services.tickets.take([1], actor=opened.actor).one()


def accepted(opened: Opened) -> None:
    taken(opened)
    values = {"verified_note": "seen"}
    opened.services.tickets.status([1], "accepted", actor=opened.actor, values=values).one()


def proposed(opened: Opened) -> None:
    accepted(opened)
    opened.services.closing.propose([1], "new one", actor=opened.actor).one()


def approved(opened: Opened) -> None:
    proposed(opened)
    lin = opened.services.org.login("lin")
    opened.services.closing.decide([1], True, actor=lin).one()


def confirmed(opened: Opened) -> None:
    approved(opened)
    opened.services.closing.confirm_solution([1], actor=opened.actor).one()


def executing(opened: Opened) -> None:
    confirmed(opened)
    opened.services.closing.resolve([1], actor=opened.actor).one()


def resolved(opened: Opened) -> None:
    executing(opened)
    closing, ana = opened.services.closing, opened.actor
    closing.feedback([1], "done", "warranty", actor=ana).one()
    closing.satisfy(1, True, actor=ana).one()


def cancelled(opened: Opened) -> None:
    opened.services.closing.cancel([1], "double", actor=opened.actor).one()


def answered(opened: Opened) -> None:
    opened.services.messages.customer_message(1, "also the fuse", actor=opened.actor)


def with_macro(opened: Opened) -> None:
    macro = {"name": "vendor", "steps": "take\ntag +vendor", "shared": True, "after": "stay"}
    root = opened.services.org.login("root")
    opened.services.registers.create("macro", macro, actor=root)


def with_product(opened: Opened) -> None:
    root = opened.services.org.login("root")
    opened.services.registers.create("product", {"name": "Pump"}, actor=root)


def with_contact(opened: Opened) -> None:
    contact = {"name": "李", "phone": "13800000000"}
    opened.services.contacts.add(1, contact, actor=opened.actor)


def told(opened: Opened) -> None:
    """The head has a row in the inbox that asks for acknowledgement."""
    opened.services.tickets.urgency([1], "urgent", actor=opened.actor).one()
    opened.services.ticker.tick("test")


Prepare = Callable[[Opened], None]
UNDONE: Mapping[str, tuple[Prepare | None, str, tuple[str, ...]]] = {
    "take": (None, "ana", ("m",)),
    "assign": (None, "ana", ("aAna\r",)),
    "status": (taken, "ana", ("saseen\r",)),
    "urgency": (None, "ana", ("pu",)),
    "resolve": (confirmed, "ana", ("x",)),
    "reopen": (cancelled, "ana", (":queue number:1\r", "Xmistake\r")),
    "wait": (accepted, "ana", ("wcphoto\r",)),
    "transfer": (taken, "ana", ("d1theirs\r",)),
    "tags": (None, "ana", ("tvip\r",)),
    "edit": (None, "ana", ("e\t!\x13",)),
    "follow": (None, "ana", ("ff",)),
    "propose": (accepted, "ana", ("\r", "Ponew fuse\r")),
    "confirm": (approved, "ana", ("\r", "Y")),
    "end": (resolved, "ana", (":go T-1\r", "Q1")),
    "macro": (with_macro, "ana", ("<ctrl+k>", "\r")),
    "due": (None, "lin", ("D1+3bd\rholiday\r",)),
    "parent": (None, "ana", ("^p2\r",)),
    "duplicate": (None, "ana", ("+",)),
    "split": (answered, "ana", ("\r", "% \rFuse\r")),
    "time": (None, "ana", ("\r", "H15 call\r")),
    "todo": (None, "ana", ("\r", "Tring back\r")),
    "repeat": (None, "ana", ("m", "j.")),
    "archive": (with_product, "root", ("9pZ",)),
    "delete": (with_product, "root", ("9p:delete 1\r",)),
    "view": (None, "ana", (":view save late ones\r",)),
    "contacts": (None, "ana", ("2", "<at>", "<enter>", "Li", "<ctrl+s>")),
    "call": (None, "ana", ("2", "lPrinter", "<ctrl+s>")),
    "inbox.snooze": (told, "lin", ("6zton a call\r",)),
    "inbox.dismiss": (told, "lin", ("6", "ay", "xseen\r")),
}
"""For each action: how the desk is before, who does it, and every key of it."""
ASKED: Mapping[str, tuple[Prepare | None, str, tuple[str, ...]]] = {
    "note": (None, "ana", ("c",)),
    "merge": (None, "ana", ("M2\r",)),
    "escalate": (None, "ana", ("E",)),
    "approve": (proposed, "lin", (":go T-1\r", "A")),
    "feedback": (executing, "ana", (":go T-1\r", "Rwarranty\r")),
    "satisfy": (executing, "ana", (":go T-1\r", "Sy")),
    "attempt": (executing, "ana", (":go T-1\r", "N")),
    "customer_message": (None, "ana", ("\r", "C")),
    "clarify": (accepted, "ana", ("W",)),
    "reveal": (with_contact, "root", ("2v\r",)),
    "copy.contact": (with_contact, "ana", ("2Y",)),
    "inbox.acknowledge": (told, "lin", ("6a",)),
    "new": (None, "ana", ("n\r", "Fuse")),
    "ticket.new": (None, "ana", ("2", "T", "Fuse")),
}
"""The keys up to the one that would write."""


def declared(danger: str) -> set[str]:
    return {a.id for a in OWN.values() if a.danger == danger}


def test_every_action_that_writes_has_its_proof() -> None:
    assert declared("undoable") == set(UNDONE)
    assert declared("confirmed") == set(ASKED)
    assert declared("recallable") == {"reply", "progress"}


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", UNDONE)
async def test_what_is_undoable_goes_back_to_what_it_was(opened: Opened, name: str) -> None:
    prepare, login, steps = UNDONE[name]
    if prepare is not None:
        prepare(opened)
    me = Opened(opened.services, opened.services.org.login(login), demo=True)
    async with running(me) as (app, pilot):
        before = state(opened)
        if name == "repeat":
            # What is taken back is the repeated act.
            await do(app, pilot, steps[0])
            before, steps = state(opened), steps[1:]
        if name == "inbox.dismiss":
            await do(app, pilot, *steps[:2])
            before, steps = state(opened), steps[2:]
        inbox = [n.id for n in opened.services.notifications.inbox(actor=me.actor)]
        await do(app, pilot, *steps)
        changed = state(opened) != before
        hidden = [n.id for n in opened.services.notifications.inbox(actor=me.actor)] != inbox
        assert changed or hidden, app.said
        while not isinstance(app.screen, BaseScreen):
            await press(app, pilot, "escape")
        opened.services.undo.undo(actor=me.actor)
        await settle(app, pilot)
    after = state(opened)
    differing = {t: (before.get(t), after.get(t)) for t in {*before, *after}}
    assert not {t: pair for t, pair in differing.items() if pair[0] != pair[1]}
    assert [n.id for n in opened.services.notifications.inbox(actor=me.actor)] == inbox


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", ASKED)
async def test_what_stays_on_record_is_asked_for_first(opened: Opened, name: str) -> None:
    prepare, login, steps = ASKED[name]
    if prepare is not None:
        prepare(opened)
    me = Opened(opened.services, opened.services.org.login(login), demo=True)
    async with running(me) as (app, pilot):
        seq = written(opened)
        await do(app, pilot, *steps)
        screen = app.screen
        writing = isinstance(screen, BaseScreen) and screen.query("#composer-text:focus")
        assert writing or not isinstance(screen, BaseScreen), app.said
        assert written(opened) == seq
        for _ in range(3):
            if isinstance(app.screen, BaseScreen):
                break
            await press(app, pilot, "escape")
        assert written(opened) == seq


@pytest.mark.req("R-317")
@pytest.mark.parametrize("key", ["r", "F"])
async def test_what_is_recallable_is_never_sent_once_recalled(opened: Opened, key: str) -> None:
    services, ana = opened.services, opened.actor
    object.__setattr__(services.core.rules, "reply_delay_s", 20)
    accepted(opened)
    async with running(opened) as (app, pilot):
        await do(app, pilot, ":go T-1\r", f"{key}We look into it\x13")
        sent = services.views.timeline(1, actor=ana, messages_only=True)
        assert [e.state for e in sent] == ["queued"]
        await press(app, pilot, "u")
    now = services.core.clock()
    services.core.clock = lambda: now + timedelta(minutes=1)
    services.ticker.tick("test")
    left = services.views.timeline(1, actor=ana, messages_only=True)
    assert "sent" not in [e.state for e in left]


def harmless() -> list[tuple[str, str]]:
    scopes = ("queue", "ticket", "customers", "profile", "inbox", "register")
    found = []
    for action in OWN.values():
        if action.danger == "harmless" and action.id not in ("undo", "redo", "quit"):
            found += [(action.id, s) for s in scopes if s in (action.scopes or ("queue",))]
    return found


WAYS = {
    "queue": (),
    "ticket": ("<enter>",),
    "customers": ("2",),
    "profile": ("2", "<enter>"),
    "inbox": ("6",),
    "register": ("9p",),
}


@pytest.mark.req("R-317")
async def test_what_is_harmless_writes_nothing_whatever_is_answered(opened: Opened) -> None:
    with_product(opened)
    with_contact(opened)
    for name, scope in harmless():
        action: Action = OWN[name]
        async with running(opened) as (app, pilot):
            await do(app, pilot, *WAYS[scope])
            seq = written(opened)
            screen = app.screen
            assert isinstance(screen, BaseScreen) and scope == screen.SCOPE
            screen.action_act(action.id)
            await settle(app, pilot)
            # Into whatever was opened: a word, enter, yes and save.
            for _ in range(2):
                if not isinstance(app.screen, BaseScreen):
                    await do(app, pilot, "x\r", "<ctrl+s>")
            assert written(opened) == seq, (name, scope)
