"""Where replies and notes are written: below the timeline, kept every 3 seconds (ux.md 3.7)."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

KINDS = {
    "public": N_("Reply to the customer"),
    "note": N_("Internal note, the customer does not see it"),
    "result": N_("Result to the customer"),
    "said": N_("What the customer said"),
}


class Composer(Vertical):
    """A text with a kind; hidden while nothing is written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", show=False, priority=True),
        Binding("ctrl+o", "switch", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]

    class Sent(Message):
        """The text is to be sent."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind = kind
            self.text = text

    class Left(Message):
        """The composer was left; the draft is kept."""

    def __init__(self, keep: Callable[[str, str], None]) -> None:
        super().__init__(id="composer")
        self._keep = keep
        self.kind = "public"
        self._kept = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """A head that says who will read it, and the text."""
        yield Static("", id="composer-head", markup=False)
        area = TextArea("", id="composer-text", compact=True)
        area.cursor_blink = False
        yield area

    @property
    def area(self) -> TextArea:
        """The text."""
        return self.query_one("#composer-text", TextArea)

    def open(self, kind: str, text: str) -> None:
        """Start writing with a kept draft."""
        self.kind = kind
        self._kept = text
        self.display = True
        self.area.text = text
        self.area.move_cursor(self.area.document.end)
        self._head()
        self.area.focus()
        if self._timer is None:
            self._timer = self.set_interval(3.0, self.keep)

    def _head(self) -> None:
        keys = tr("ctrl+s send  esc keep draft")
        if self.kind in ("public", "note"):
            keys += "  " + tr("ctrl+o public/internal")
        self.query_one("#composer-head", Static).update(f"{tr(KINDS[self.kind])}   {keys}")
        self.set_class(self.kind == "note", "-note")

    def keep(self) -> None:
        """Save the draft when it has changed."""
        if self.display and self.area.text != self._kept:
            self._kept = self.area.text
            self._keep(self.kind, self._kept)

    def close(self) -> None:
        """Hide, with nothing left in it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.area.text = ""
        self._kept = ""
        self.display = False

    def action_send(self) -> None:
        """Send the text; the composer stays open until the services took it."""
        self.post_message(self.Sent(self.kind, self.area.text))

    def action_switch(self) -> None:
        """Public or internal."""
        if self.kind in ("public", "note"):
            self._keep(self.kind, "")
            self.kind = "note" if self.kind == "public" else "public"
            self._kept = ""
            self.keep()
            self._head()

    def action_leave(self) -> None:
        """Leave, keeping the draft."""
        self.keep()
        self.close()
        self.post_message(self.Left())
