"""Dialogs: menus with hot keys, finders, one-line prompts, questions (ux.md 3.9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import tr
from crm_tui.tui import theme


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a menu or finder; a ``refusal`` dims it and says why."""

    value: Any
    label: str
    key: str = ""
    detail: str = ""
    refusal: str = ""


class OptionLines(Widget, can_focus=False):
    """Options one a line, cut to the cell."""

    def __init__(self, theme_name: str) -> None:
        super().__init__(id="options")
        self.theme_name = theme_name
        self.options: Sequence[Option] = ()
        self.at = 0

    def show(self, options: Sequence[Option], at: int = 0) -> None:
        """Draw other options."""
        self.options, self.at = options, max(0, min(at, len(options) - 1))
        self.refresh()

    def move(self, step: int) -> None:
        """Up or down, round the ends."""
        if self.options:
            self.at = (self.at + step) % len(self.options)
            self.refresh()

    @property
    def current(self) -> Option | None:
        """The option under the cursor."""
        return self.options[self.at] if 0 <= self.at < len(self.options) else None

    def render_line(self, y: int) -> Strip:
        """Key, label, detail or refusal."""
        width = self.size.width
        top = max(0, self.at - self.size.height + 1)
        index = top + y
        if index >= len(self.options):
            return Strip.blank(width, self.rich_style)
        option = self.options[index]
        key = f" {option.key} " if option.key else " "
        tail = option.refusal or option.detail
        left = f"{key} {option.label}"
        room = max(width - cell_width(left) - 2, 0)
        text = pad(left + ("  " + cut(tail, room) if tail and room > 3 else ""), width)
        role = "cursor" if index == self.at else "dim" if option.refusal else ""
        style = self.rich_style + theme.style(self.theme_name, role)
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)


class Dialog(ModalScreen[Any]):
    """What all dialogs share: escape leaves with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def action_leave(self) -> None:
        """Close without a choice."""
        self.dismiss(None)


class Menu(Dialog):
    """At most a dozen choices; a letter applies at once, an illegal one says its rule."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, title: str, options: Sequence[Option], theme_name: str, at: int = 0) -> None:
        super().__init__()
        self._title = title
        self._options = OptionLines(theme_name)
        self._given = list(options)
        self._at = at

    def compose(self) -> ComposeResult:
        """A titled box."""
        with Vertical(id="dialog"):
            yield Static(self._title, id="title", markup=False)
            yield self._options
            yield Static("", id="reason", markup=False)

    def on_mount(self) -> None:
        """Show the options at their height."""
        self._options.styles.height = len(self._given)
        self._options.show(self._given, self._at)

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._options.move(step)

    def on_key(self, event: events.Key) -> None:
        """A hot key applies its option; j and k move where they are nobody's hot key."""
        for option in self._given:
            if option.key and event.character == option.key:
                event.stop()
                self._take(option)
                return
        if event.character in ("j", "k"):
            self._options.move(1 if event.character == "j" else -1)

    def action_choose(self) -> None:
        """Take the option under the cursor."""
        if self._options.current is not None:
            self._take(self._options.current)

    def _take(self, option: Option) -> None:
        if option.refusal:
            self.query_one("#reason", Static).update(option.refusal)
        else:
            self.dismiss(option.value)


class Finder(Dialog):
    """Typing narrows; ``search`` answers off the loop through ``run``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        theme_name: str,
        search: Callable[[str], Sequence[Option]],
        run: Callable[..., None] | None = None,
        text: str = "",
    ) -> None:
        super().__init__()
        self._title = title
        self._search = search
        self._run = run
        self._text = text
        self._options = OptionLines(theme_name)

    def compose(self) -> ComposeResult:
        """A line to type in above the hits."""
        with Vertical(id="dialog", classes="wide"):
            yield Static(self._title, id="title", markup=False)
            yield Input(self._text, id="needle", compact=True)
            yield self._options

    def on_mount(self) -> None:
        """Start with what an empty needle finds."""
        self._options.styles.height = 12
        self.query_one(Input).cursor_blink = False
        self._look(self._text)

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        self._look(event.value)

    def _look(self, text: str) -> None:
        if self._run is None:
            self._options.show(self._search(text))
        else:
            self._run(lambda: self._search(text), self._options.show, group="find", exclusive=True)

    def action_move(self, step: int) -> None:
        """Up or down the hits."""
        self._options.move(step)

    @on(Input.Submitted)
    def _chosen(self, event: Input.Submitted) -> None:
        event.stop()
        option = self._options.current
        if option is not None and not option.refusal:
            self.dismiss(option.value)


class Prompt(Dialog):
    """One line at the bottom; the list above stays in view. ``check`` says what is wrong, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("up", "history(-1)", show=False),
        Binding("down", "history(1)", show=False),
    ]

    def __init__(
        self,
        label: str,
        text: str = "",
        *,
        check: Callable[[str], str | None] | None = None,
        complete: Callable[[str], Sequence[str]] | None = None,
        history: Sequence[str] = (),
        required: bool = False,
    ) -> None:
        super().__init__()
        self._label = label
        self._text = text
        self._check = check
        self._complete = complete
        self._history = [*history, text]
        self._place = len(self._history) - 1
        self._required = required

    def compose(self) -> ComposeResult:
        """The label, the line, and room for what is wrong."""
        with Vertical(id="prompt"):
            yield Static("", id="wrong", markup=False)
            yield Static(self._label, id="label", markup=False)
            yield Input(self._text, id="line", compact=True)

    def on_mount(self) -> None:
        """No blinking: it would be traffic."""
        self.query_one(Input).cursor_blink = False

    @on(Input.Submitted)
    def _done(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self._check(event.value) if self._check is not None else None
        if wrong is None and self._required and not event.value.strip():
            wrong = tr("Write something first")
        if wrong is not None:
            self.query_one("#wrong", Static).update(wrong)
        else:
            self.dismiss(event.value)

    def action_complete(self) -> None:
        """Complete the last word, or show what it could be."""
        line = self.query_one(Input)
        if self._complete is None:
            return
        found = list(self._complete(line.value))
        if len(found) == 1:
            line.value = found[0]
            line.cursor_position = len(line.value)
        elif found:
            self.query_one("#wrong", Static).update("  ".join(f.split(" ")[-1] for f in found[:12]))

    def action_history(self, step: int) -> None:
        """Older and newer lines."""
        self._place = max(0, min(self._place + step, len(self._history) - 1))
        line = self.query_one(Input)
        line.value = self._history[self._place]
        line.cursor_position = len(line.value)


class Question(Dialog):
    """Yes or no; no is what enter means (ux.md 3.6)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,enter", "answer(False)", show=False),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The question with its keys."""
        with Vertical(id="dialog"):
            yield Static(self._text, id="title", markup=False)
            yield Static(tr("y yes    n no (enter)"), markup=False)

    def action_answer(self, answer: bool) -> None:
        """Take the answer."""
        self.dismiss(answer)


class Page(Dialog):
    """Lines to read: help, messages."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "leave", show=False)]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """A titled box of lines."""
        with Vertical(id="dialog", classes="wide"):
            yield Static(self._title, id="title", markup=False)
            yield Static("\n".join(self._lines), markup=False)
