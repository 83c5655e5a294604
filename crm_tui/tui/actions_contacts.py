"""Actions on contacts with customers: written down from anywhere, followed up by a task."""

from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.tui.action import Action
from crm_tui.tui.action import action as _a

ACTIONS: Final[tuple[Action, ...]] = (
    _a(
        "talk",
        "ctrl+n",
        N_("log contact"),
        N_("Write down a contact with a customer, from any screen"),
        danger="undoable",
    ),
    _a(
        "task",
        "b",
        N_("task"),
        N_("Make a task from the follow-up action of the interaction"),
        ("register",),
        danger="undoable",
    ),
)
