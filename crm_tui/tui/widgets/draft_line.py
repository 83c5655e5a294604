"""A line that is written to a ticket from a list: kept as it is typed, found again later (ux.md 3.7)."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from crm_tui.tui.widgets import composer
from crm_tui.tui.widgets.dialogs import Prompt


class DraftLine(Prompt):
    """A required line; ``keep`` gets its text every few seconds and when it is left unsent.

    ``keep_now`` gets it when the line to the terminal is cut.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "send", show=False)]

    def __init__(
        self,
        label: str,
        text: str,
        keep: Callable[[str], object],
        keep_now: Callable[[str], object],
    ) -> None:
        super().__init__(label, text, required=True)
        self._keep = keep
        self._keep_now = keep_now
        self._kept = text

    def on_mount(self) -> None:
        """Keep what is written as the composer does."""
        self.set_interval(composer.KEPT_EVERY_S, self.keep)

    @property
    def written(self) -> str:
        """The text as it stands."""
        return self.query_one(Input).value

    def keep(self) -> None:
        """Save the draft when it has changed."""
        if self.is_attached and self.written != self._kept:
            self._kept = self.written
            self._keep(self._kept)

    def line_cut(self) -> None:
        """Nobody is there any more: keep the text before the program ends."""
        if self.written.strip():
            self._keep_now(self.written)

    def action_leave(self) -> None:
        """Leave; the draft stays."""
        self.keep()
        super().action_leave()

    async def action_send(self) -> None:
        """Send, by the composer's key too."""
        await self.query_one(Input).action_submit()
