"""What the registry says of taking back is so: undone, recalled, asked first, or not written (ux.md 7.7)."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui import actions_desk, actions_everywhere
from tests.tui.desks import (
    accepted,
    answered,
    approved,
    cancelled,
    confirmed,
    executing,
    proposed,
    resolved,
    taken,
    told,
    with_contact,
    with_macro,
    with_product,
)
from tests.tui.driving import press, running
from tests.tui.taking_back import Way, do, prove_asked, prove_harmless, prove_undone

OWN = {a.id: a for a in (*actions_everywhere.ACTIONS, *actions_desk.ACTIONS)}
"""The rest of the registry is proved in test_danger_work."""


UNDONE: Mapping[str, Way] = {
    "take": Way(("m",)),
    "assign": Way(("aAna\r",)),
    "status": Way(("saseen\r",), prepare=taken),
    "urgency": Way(("pu",)),
    "resolve": Way(("x",), prepare=confirmed),
    "reopen": Way((":queue number:1\r", "Xmistake\r"), prepare=cancelled),
    "wait": Way(("wcphoto\r",), prepare=accepted),
    "transfer": Way(("d1theirs\r",), prepare=taken),
    "tags": Way(("tvip\r",)),
    "edit": Way(("e\t!\x13",)),
    "follow": Way(("ff",)),
    "propose": Way(("\r", "Ponew fuse\r"), prepare=accepted),
    "confirm": Way(("\r", "Y"), prepare=approved),
    "end": Way((":go T-1\r", "Q1"), prepare=resolved),
    "macro": Way(("<ctrl+k>", "\r"), prepare=with_macro),
    "due": Way(("D1+3bd\rholiday\r",), "lin"),
    "parent": Way(("^p2\r",)),
    "duplicate": Way(("+",)),
    "split": Way(("\r", "% \rFuse\r"), prepare=answered),
    "time": Way(("\r", "H15 call\r")),
    "todo": Way(("\r", "Tring back\r")),
    "repeat": Way(("j.",), first=("m",)),
    "archive": Way(("9pZ",), "root", prepare=with_product),
    "delete": Way(("9p:delete 1\r",), "root", prepare=with_product),
    "view": Way((":view save late ones\r",)),
    "contacts": Way(("2", "<at>", "<enter>", "Li", "<ctrl+s>")),
    "call": Way(("2", "lPrinter", "<ctrl+s>")),
    "inbox.snooze": Way(("6zton a call\r",), "lin", prepare=told),
    "inbox.dismiss": Way(("xseen\r",), "lin", prepare=told, first=("6", "ay")),
}
"""For each action every key of it."""
ASKED: Mapping[str, Way] = {
    "note": Way(("c",)),
    "merge": Way(("M2\r",)),
    "escalate": Way(("E",)),
    "approve": Way((":go T-1\r", "A"), "lin", prepare=proposed),
    "feedback": Way((":go T-1\r", "Rwarranty\r"), prepare=executing),
    "satisfy": Way((":go T-1\r", "Sy"), prepare=executing),
    "attempt": Way((":go T-1\r", "N"), prepare=executing),
    "customer_message": Way(("\r", "C")),
    "clarify": Way(("W",), prepare=accepted),
    "reveal": Way(("2v\r",), "root", prepare=with_contact),
    "copy.contact": Way(("2Y",), prepare=with_contact),
    "inbox.acknowledge": Way(("6a",), "lin", prepare=told),
    "new": Way(("n\r", "Fuse")),
    "ticket.new": Way(("2", "T", "Fuse")),
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
    await prove_undone(opened, UNDONE[name])


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", ASKED)
async def test_what_stays_on_record_is_asked_for_first(opened: Opened, name: str) -> None:
    await prove_asked(opened, ASKED[name])


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
    "queue": ("1",),
    "ticket": ("1", "<enter>"),
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
        await prove_harmless(opened, name, scope, WAYS[scope])
