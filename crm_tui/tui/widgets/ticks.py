"""A list in which several lines are ticked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from crm_tui.i18n import tr
from crm_tui.tui.widgets.dialogs import Dialog, Option, OptionLines

MOST_LINES = 14


class Ticks(Dialog):
    """Space ticks and goes down, enter takes what is ticked, in the order of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,ctrl+n", "move(1)", show=False),
        Binding("up,k,ctrl+p", "move(-1)", show=False),
        Binding("space", "tick", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, title: str, options: Sequence[Option], theme_name: str) -> None:
        super().__init__()
        self._title = title
        self._given = list(options)
        self._ticked: set[int] = set()
        self._options = OptionLines(theme_name)

    def compose(self) -> ComposeResult:
        """A titled box."""
        with Vertical(id="dialog", classes="wide"):
            yield Static(self._title, id="title", markup=False)
            yield self._options

    def on_mount(self) -> None:
        """Show the options at their height."""
        self._options.styles.height = min(len(self._given), MOST_LINES)
        self._show(0)
        self.foot(tr("space ticks"), tr("enter chooses"), tr("esc leaves"))

    def _show(self, at: int) -> None:
        signs = {True: "[x]", False: "[ ]"}
        shown = [replace(o, key=signs[i in self._ticked]) for i, o in enumerate(self._given)]
        self._options.show(shown, at)

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._options.move(step)

    def action_tick(self) -> None:
        """Tick or untick, and go down."""
        at = self._options.at
        self._ticked ^= {at}
        self._show(min(at + 1, len(self._given) - 1))

    def action_choose(self) -> None:
        """Take what is ticked; nothing ticked takes nothing."""
        if self._ticked:
            found: list[Any] = [self._given[at].value for at in sorted(self._ticked)]
            self.dismiss(found)
