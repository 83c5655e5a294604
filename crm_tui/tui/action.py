"""What an action of the registry is, and the groups of screens that share some."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TICKETS: Final = ("queue", "ticket", "profile")
PLANS: Final = ("board", "timeline")
"""The canvases of tasks."""
TASKS: Final = ("board", "task")
"""Where all verbs on tasks are: the board, and a task's own page."""
FIGURES: Final = ("figures", "figure_rows")
LISTS: Final = (
    *("queue", "customers", "inbox", "profile", "register", "goals"),
    *PLANS,
    *FIGURES,
)
ORDERED: Final = ("queue", "customers", "board", "register", "goals")
FILTERED: Final = (*ORDERED, "timeline")
VIEWED: Final = ("queue", "inbox", "profile", "register", "goals", *PLANS)
MARKED: Final = ("queue", *PLANS)
MADE: Final = ("queue", "customers", "profile", "register", "goals", *PLANS)
"""The lists whose rows are made by people and have numbers of their own."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do.

    ``danger`` is harmless, undoable, recallable, or confirmed: written only by a second, deliberate
    key, and on record from then on (ux.md 3.6; tests/tui/test_danger.py proves it). ``hint`` orders the hint
    line: lower numbers stay longer, 0 is never shown there. ``argument`` is the kind of what may stand
    behind the word on the command line (`crm_tui.tui.commands`).
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    scopes: tuple[str, ...] = ()
    command: str = ""
    danger: str = "harmless"
    hint: int = 0
    argument: str = ""

    @property
    def method(self) -> str:
        """The screen's method that does it."""
        return "do_" + self.id.replace(".", "_")


def action(
    name: str,
    keys: str,
    title: str,
    help_text: str,
    scopes: Iterable[str] = (),
    *,
    command: str = "",
    danger: str = "harmless",
    hint: int = 0,
    argument: str = "",
) -> Action:
    """An action; ``keys`` are separated by blanks, the command defaults to the last part of its name."""
    return Action(
        name,
        tuple(keys.split()),
        title,
        help_text,
        tuple(scopes),
        command or name.split(".")[-1],
        danger,
        hint,
        argument,
    )
