"""Measure 1: each verb on a ticket takes at most four keys, its picker included (ux.md 7.1)."""

from collections.abc import Mapping

import pytest
from textual.widgets import Input, TextArea

from crm_tui.bootstrap import Opened
from crm_tui.tui.actions import ACTIONS
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.form import Form
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
    with_macro,
)
from tests.tui.driving import press, running
from tests.tui.taking_back import Way, do, state, written

MOST_KEYS = 4
TEXTS: Mapping[str, Way] = {
    "reply": Way(("r",)),
    "progress": Way(("F",), prepare=accepted, first=("\r",)),
    "note": Way(("c",)),
    "new": Way(("n",)),
    "edit": Way(("e",)),
    "status": Way(("s", "a"), prepare=taken),
    "reopen": Way(("X",), prepare=cancelled, first=(":queue number:1\r",)),
    "wait": Way(("w", "c"), prepare=accepted),
    "transfer": Way(("d", "1"), prepare=taken),
    "merge": Way(("M",)),
    "propose": Way(("P", "o"), prepare=accepted, first=("\r",)),
    "feedback": Way(("R",), prepare=executing, first=("\r",)),
    "attempt": Way(("N",), prepare=executing, first=("\r",)),
    "customer_message": Way(("C",), first=("\r",)),
    "clarify": Way(("W",), prepare=accepted),
    "due": Way(("D", "1"), "lin"),
    "parent": Way(("circumflex_accent", "p")),
    "split": Way(("percent_sign", "space", "enter"), prepare=answered, first=("\r",)),
    "time": Way(("H",), first=("\r",)),
    "todo": Way(("T",), first=("\r",)),
    "escalate": Way(("E",)),
    "satisfy": Way(("S", "y"), prepare=executing, first=(":go T-1\r",)),
}
"""Verbs that are about something said: the keys to where one writes it."""
ACTS: Mapping[str, Way] = {
    "take": Way(("m",)),
    "assign": Way(("a", "l", "enter")),
    "urgency": Way(("p", "u")),
    "resolve": Way(("x",), prepare=confirmed),
    "tags": Way(("t", "v", "enter"), first=("tvip\r", "j")),
    "follow": Way(("f", "f")),
    "approve": Way(("A", "y"), "lin", proposed, (":go T-1\r",)),
    "confirm": Way(("Y",), prepare=approved, first=("\r",)),
    "end": Way(("Q", "1"), prepare=resolved, first=(":go T-1\r",)),
    "macro": Way(("ctrl+k", "enter"), prepare=with_macro),
    "duplicate": Way(("plus",)),
    "board.task": Way(("b", "ctrl+s")),
    "repeat": Way(("full_stop",), first=("m", "j")),
}
"""Verbs that are done when their keys are pressed."""
ELSEWHERE = {"view", "delete", "talk"}
"""On the command line, or of the customer."""


def test_every_verb_on_a_ticket_is_walked() -> None:
    verbs = {
        a.id
        for a in ACTIONS
        if a.danger != "harmless" and (not a.scopes or {"queue", "ticket"} & set(a.scopes))
    }
    assert verbs == {*TEXTS, *ACTS} | ELSEWHERE
    for way in (*TEXTS.values(), *ACTS.values()):
        assert len(way.steps) <= MOST_KEYS


def ready(opened: Opened, way: Way) -> Opened:
    if way.prepare is not None:
        way.prepare(opened)
    return Opened(opened.services, opened.services.org.login(way.login), demo=True)


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", ACTS)
async def test_a_verb_is_done_by_four_keys(opened: Opened, name: str) -> None:
    way = ACTS[name]
    async with running(ready(opened, way)) as (app, pilot):
        await do(app, pilot, *way.first)
        seq, before = written(opened), state(opened)
        await press(app, pilot, *way.steps)
        assert isinstance(app.screen, BaseScreen), app.screen
        assert written(opened) > seq and state(opened) != before, app.said


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", TEXTS)
async def test_a_verb_that_is_said_is_written_after_four_keys(opened: Opened, name: str) -> None:
    way = TEXTS[name]
    async with running(ready(opened, way)) as (app, pilot):
        await do(app, pilot, *way.first)
        seq = written(opened)
        await press(app, pilot, *way.steps)
        assert isinstance(app.focused, Input | TextArea) or isinstance(app.screen, Form), app.said
        assert written(opened) == seq
