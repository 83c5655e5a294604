"""Where replies and notes are written: below the timeline, kept every 3 seconds (ux.md 3.7)."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from crm_tui.domain.msg import N_
from crm_tui.i18n import tr
from crm_tui.tui.widgets.bars import Bar

KEPT_EVERY_S: Final = 3.0
KINDS: Final = {
    "public": N_("Reply to the customer"),
    "note": N_("Internal note, the customer does not see it"),
    "progress": N_("Progress to the customer"),
    "result": N_("Result to the customer"),
    "said": N_("What the customer said"),
}
SWITCHED: Final = {"public": "note", "note": "public"}
FOR_CUSTOMERS: Final = frozenset({"public", "progress", "result"})
"""The kinds that customers read (R-302)."""
HINTS: Final = [
    ("ctrl+s", N_("send")),
    ("esc", N_("keep draft")),
    ("ctrl+e", N_("editor")),
    ("ctrl+t", N_("canned")),
]
SWITCH_HINT: Final = ("ctrl+o", N_("public/internal"))


class Composer(Vertical):
    """A text with a kind; hidden while nothing is written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", show=False, priority=True),
        Binding("ctrl+o", "switch", show=False, priority=True),
        Binding("ctrl+t", "canned", show=False, priority=True),
        Binding("ctrl+e", "editor", show=False, priority=True),
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

    class Canned(Message):
        """A canned text is wanted."""

    class Editor(Message):
        """The text is to be edited in the user's own editor."""

    def __init__(self, theme_name: str, keep: Callable[[str, str], None]) -> None:
        super().__init__(id="composer")
        self.theme_name = theme_name
        self._keep = keep
        self.kind = "public"
        self.sending = False
        self._kept = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """A head that says who will read it, and the text."""
        yield Bar(self.theme_name, id="composer-head")
        area = TextArea("", id="composer-text", compact=True)
        area.cursor_blink = False
        yield area

    @property
    def area(self) -> TextArea:
        """The text."""
        return self.query_one("#composer-text", TextArea)

    @property
    def public(self) -> bool:
        """Whether the customer will read it."""
        return self.kind in FOR_CUSTOMERS

    @property
    def unsent(self) -> bool:
        """Whether something is written that nobody was sent."""
        return bool(self.display and self.area.text.strip())

    def hints(self) -> list[tuple[str, str]]:
        """The keys that work in here."""
        return [*HINTS, SWITCH_HINT] if self.kind in SWITCHED else HINTS

    def open(self, kind: str, text: str) -> None:
        """Start writing with a kept draft; what was being written is kept first."""
        self.keep()
        self.kind = kind
        self.sending = False
        self._kept = text
        self.display = True
        self.area.text = text
        self.area.move_cursor(self.area.document.end)
        self._head(tr("draft found") if text else "")
        self.area.focus()
        if self._timer is None:
            self._timer = self.set_interval(KEPT_EVERY_S, self.keep)

    def _head(self, state: str = "") -> None:
        note = self.kind == "note"
        left = [(f" {tr(KINDS[self.kind])} ", "note" if note else "tab")]
        self.query_one("#composer-head", Bar).show(left, [(f" {state} ", "bar")] if state else [])
        self.set_class(note, "-note")

    def kept(self, text: str, state: str) -> None:
        """Say that this text is kept, unless another one stands here by now."""
        if self.display and text == self._kept:
            self._head(state)

    def keep(self) -> None:
        """Save the draft when it has changed."""
        if self.display and not self.sending and self.area.text != self._kept:
            self._kept = self.area.text
            self._keep(self.kind, self._kept)

    def close(self) -> None:
        """Hide, with nothing left in it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.area.text = ""
        self._kept = ""
        self.sending = False
        self.display = False

    def refused(self) -> None:
        """What was to be sent was not: it stays here and may be sent again."""
        self.sending = False

    def action_send(self) -> None:
        """Send the text once; the composer stays open until the services took it."""
        if not self.sending:
            self.sending = True
            self.post_message(self.Sent(self.kind, self.area.text))

    def action_switch(self) -> None:
        """Public or internal."""
        if self.kind in SWITCHED and not self.sending:
            self._keep(self.kind, "")
            self.kind = SWITCHED[self.kind]
            self._kept = ""
            self.keep()
            self._head()

    def action_canned(self) -> None:
        """Choose a canned text."""
        if not self.sending:
            self.post_message(self.Canned())

    def action_editor(self) -> None:
        """Go on in the user's own editor."""
        if not self.sending:
            self.post_message(self.Editor())

    def insert(self, text: str) -> None:
        """Put a text in where the cursor is, in place of what is selected."""
        self.area.replace(text, *self.area.selection)
        self.keep()

    def put(self, text: str) -> None:
        """Another text, as it came back from the editor."""
        self.area.text = text
        self.area.move_cursor(self.area.document.end)
        self.keep()

    def action_leave(self) -> None:
        """Leave, keeping the draft."""
        self.keep()
        self.close()
        self.post_message(self.Left())
