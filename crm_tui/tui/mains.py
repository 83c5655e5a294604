"""The main screens by their keys: one line makes a screen known to head line, keys and `go`."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from crm_tui.domain.msg import N_

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen


@dataclass(frozen=True, slots=True)
class Main:
    """A main screen; its module is loaded when somebody goes there."""

    key: str
    word: str
    """msgid of its name in the head line"""
    short: str
    """msgid of its name where there are fewer than 100 columns (ux.md 3.8)"""
    scope: str
    module: str
    screen: str

    def make(self) -> "BaseScreen":
        """A new screen."""
        module = import_module(f"crm_tui.tui.screens.{self.module}")
        return cast("BaseScreen", getattr(module, self.screen)())


MAINS: Final[tuple[Main, ...]] = (
    Main("1", N_("Queue"), N_("Queue"), "queue", "queue", "QueueScreen"),
    Main("2", N_("Customers"), N_("Cust."), "customers", "customers", "CustomersScreen"),
    Main("3", N_("Board"), N_("Board"), "board", "board", "BoardScreen"),
    Main("4", N_("Timeline"), N_("Gantt"), "timeline", "timeline_screen", "TimelineScreen"),
    Main("5", N_("KPI"), N_("KPI"), "figures", "figures", "FiguresScreen"),
    Main("6", N_("Inbox"), N_("Inbox"), "inbox", "inbox", "InboxScreen"),
    Main("7", N_("Goals"), N_("Goals"), "goals", "goals", "GoalsScreen"),
)
"""In the order of their keys."""

BY_SCOPE: Final = {m.scope: m for m in MAINS}
