"""What the registry says of taking back, on board, timeline, goals, figures and contacts (ux.md 7.7)."""

from collections.abc import Mapping

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui import (
    actions,
    actions_board,
    actions_contacts,
    actions_desk,
    actions_everywhere,
    actions_figures,
    actions_goals,
    actions_timeline,
)
from tests.tui.desks import active, goal, goal_and_tasks, linked, of_a_ticket, talked, tasks
from tests.tui.taking_back import Way, prove_asked, prove_harmless, prove_undone

MODULES = (actions_board, actions_timeline, actions_goals, actions_figures, actions_contacts)
OWN = {a.id: a for module in MODULES for a in module.ACTIONS}


UNDONE: Mapping[str, Way] = {
    "board.task": Way(("b", "<ctrl+s>"), first=("m",)),
    "board.left": Way(("H",), "lin", tasks, ("3", "L")),
    "board.right": Way(("L",), "lin", tasks, ("3",)),
    "board.down": Way(("J",), "lin", tasks, ("3gJK",)),
    "board.up": Way(("K",), "lin", tasks, ("3gJ",)),
    "board.status": Way(("su",), "lin", tasks, ("3",)),
    "board.departments": Way(("d", "<space>", "\r"), "lin", tasks, ("3",)),
    "board.assign": Way(("aAna\r",), "lin", tasks, ("3",)),
    "board.priority": Way(("pl",), "lin", tasks, ("3",)),
    "board.progress": Way(("%30 begun\r",), "lin", tasks, ("3",)),
    "board.goal": Way(("f\r",), "lin", goal_and_tasks, ("3",)),
    "board.take": Way(("m",), "root", tasks, ("3",)),
    "board.limit": Way(("w24\r",), "root", tasks, ("3",)),
    "timeline.earlier": Way(("H",), "lin", tasks, ("4",)),
    "timeline.later": Way(("L",), "lin", tasks, ("4",)),
    "timeline.shorter": Way(("(",), "lin", tasks, ("4<",)),
    "timeline.longer": Way((")",), "lin", tasks, ("4",)),
    "timeline.proposals": Way(("!y",), "lin", linked, ("4",)),
    "timeline.link": Way(("+\r",), "lin", tasks, ("4",)),
    "timeline.unlink": Way(("X\r",), "lin", linked, ("4",)),
    "timeline.progress": Way(("%30 begun\r",), "lin", tasks, ("4",)),
    "timeline.keep": Way(("b",), "lin", tasks, ("4",)),
    "goal.measure": Way(("m15", "<ctrl+s>"), "lin", active, ("7",)),
    "goal.activate": Way(("A",), "lin", goal, ("7",)),
    "goal.review": Way(("R", "<ctrl+s>"), "lin", active, ("7",)),
    "goal.close": Way(("xcgone\r",), "lin", active, ("7",)),
    "goal.action": Way(("b1sales", "<ctrl+s>"), "lin", active, ("7",)),
    "figures.target": Way(("T7", "<ctrl+s>"), "lin", None, ("5",)),
    "talk": Way(("<ctrl+n>", "Delivery", "<ctrl+s>"), "ana", None, ("\r",)),
    "task": Way(("b", "<ctrl+s>"), "ana", talked, ("9i",)),
}
"""For each action every key of it. The first card that is put somewhere by hand numbers its column in
the order that it has, which nobody takes back."""
ASKED: Mapping[str, Way] = {
    "board.change": Way(("V", "E", "<ctrl+s>"), "lin", tasks, ("3",)),
}
"""The keys up to the one that would write."""


def declared(danger: str) -> set[str]:
    return {a.id for a in OWN.values() if a.danger == danger}


def test_the_whole_registry_is_proved_here_or_there() -> None:
    proved = {a.id for m in (actions_everywhere, actions_desk) for a in m.ACTIONS} | set(OWN)
    assert proved == {a.id for a in actions.ACTIONS}
    assert declared("undoable") == set(UNDONE)
    assert declared("confirmed") == set(ASKED)
    assert not declared("recallable")


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", UNDONE)
async def test_what_is_undoable_goes_back_to_what_it_was(opened: Opened, name: str) -> None:
    await prove_undone(opened, UNDONE[name])


@pytest.mark.req("R-317")
@pytest.mark.parametrize("name", ASKED)
async def test_what_stays_on_record_is_asked_for_first(opened: Opened, name: str) -> None:
    await prove_asked(opened, ASKED[name])


WAYS = {
    "queue": ("1",),
    "board": ("3",),
    "timeline": ("4",),
    "figures": ("5",),
    "figure_rows": ("5", "\r"),
    "goals": ("7",),
}


@pytest.mark.req("R-317")
@pytest.mark.parametrize("scope", WAYS)
async def test_what_is_harmless_writes_nothing_whatever_is_answered(
    opened: Opened, scope: str
) -> None:
    active(opened)
    linked(opened)
    of_a_ticket(opened)
    names = [
        a.id for a in OWN.values() if a.danger == "harmless" and scope in (a.scopes or ("queue",))
    ]
    assert names
    for name in names:
        await prove_harmless(opened, name, scope, WAYS[scope], login="lin")
