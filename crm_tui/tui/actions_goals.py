"""Actions on goals (screen 7)."""

from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.tui.action import Action
from crm_tui.tui.action import action as _a

GOALS: Final = ("goals",)
ACTIONS: Final[tuple[Action, ...]] = (
    _a("go.goals", "7", N_("goals"), N_("Go to the goals"), command="goals"),
    _a(
        "goal.measure",
        "m",
        N_("measure"),
        N_("Write down a value, or have it computed"),
        GOALS,
        danger="undoable",
        hint=4,
    ),
    _a(
        "goal.activate",
        "A",
        N_("activate"),
        N_("Let the goal run; SMART must be five of five"),
        GOALS,
        danger="undoable",
        hint=11,
    ),
    _a(
        "goal.review",
        "R",
        N_("review"),
        N_("Review the goal: where the gap comes from, and when to look again"),
        GOALS,
        danger="undoable",
        hint=5,
    ),
    _a(
        "goal.close",
        "x",
        N_("close goal"),
        N_("Close the goal as reached, missed or cancelled"),
        GOALS,
        command="finish",
        danger="undoable",
        hint=13,
    ),
    _a(
        "goal.actions",
        "a",
        N_("key actions"),
        N_("Go to a key action of the goal"),
        GOALS,
        hint=6,
    ),
    _a(
        "goal.action",
        "b",
        N_("new action"),
        N_("Break the goal down: a new key action, from a template or blank"),
        GOALS,
        danger="undoable",
    ),
)
