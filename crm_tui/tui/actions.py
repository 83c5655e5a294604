"""The one registry of what keys, the command line, the palette and help can do (decision 15)."""

from typing import Final

from crm_tui.tui import (
    actions_board,
    actions_contacts,
    actions_desk,
    actions_everywhere,
    actions_figures,
    actions_goals,
    actions_timeline,
)
from crm_tui.tui.action import Action as Action

ACTIONS: Final[tuple[Action, ...]] = (
    *actions_everywhere.ACTIONS,
    *actions_desk.ACTIONS,
    *actions_board.ACTIONS,
    *actions_figures.ACTIONS,
    *actions_contacts.ACTIONS,
    *actions_timeline.ACTIONS,
    *actions_goals.ACTIONS,
)
"""Every action of the program."""

BY_ID: Final = {a.id: a for a in ACTIONS}


def for_scope(scope: str) -> list[Action]:
    """The actions of a screen: its own first, then those of everywhere."""
    own = [a for a in ACTIONS if scope in a.scopes]
    return own + [a for a in ACTIONS if not a.scopes]


def by_command(scope: str, word: str) -> Action | None:
    """The action that a command word names on a screen."""
    return next((a for a in for_scope(scope) if word in (a.command, a.id)), None)
