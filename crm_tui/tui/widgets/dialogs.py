"""Dialogs: menus with hot keys, finders, one-line prompts, questions (ux.md 3.9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from crm_tui.domain.errors import DomainError
from crm_tui.domain.filters import FilterError
from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import render, tr
from crm_tui.tui import theme
from crm_tui.tui.widgets.lines import Layout, Lines, wrap

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp

LEAST_WIDTH, LEAST_HEIGHT = 60, 16
PAGE_CELLS = 100
"""A line of text longer than this is tiring to read."""


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a menu or finder; a ``refusal`` dims it and says why."""

    value: Any
    label: str
    key: str = ""
    detail: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, and which part of it: so many characters from a column on."""

    text: str
    column: int
    length: int


def fault(error: DomainError, before: int = 0) -> "Fault | str":
    """A refusal for a prompt; ``before`` characters stand ahead of what was refused."""
    if isinstance(error, FilterError):
        return Fault(render(error.message), before + error.column, max(error.length, 1))
    return render(error.message)


class TooSmall(Static):
    """What is said where the terminal is too small to work in; laid over everything else."""

    def __init__(self) -> None:
        said = tr("60 columns and 16 lines are needed; nothing is lost, make the terminal larger")
        super().__init__(said, id="small", markup=False)


class OptionLines(Widget, can_focus=False):
    """Options one a line, cut to the cell: key, label and detail each in a column."""

    def __init__(self, theme_name: str, empty: str = "") -> None:
        super().__init__(id="options")
        self.theme_name = theme_name
        self.empty = empty
        self.options: Sequence[Option] = ()
        self.at = self.top = 0
        self._key = self._label = 0

    def show(self, options: Sequence[Option], at: int = 0) -> None:
        """Draw other options."""
        self.options, self.at, self.top = options, max(0, min(at, len(options) - 1)), 0
        self._key = max((cell_width(o.key) for o in options), default=0)
        self._label = max((cell_width(o.label) for o in options), default=0)
        self._settle()
        self.refresh()

    def move(self, step: int) -> None:
        """Up or down, round the ends."""
        if self.options:
            self.at = (self.at + step) % len(self.options)
            self._settle()
            self.refresh()

    def _settle(self) -> None:
        height = max(self.size.height, 1)
        top = min(max(self.top, self.at - height + 1), self.at)
        self.top = max(0, min(top, len(self.options) - height))

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._settle()
        self.refresh()

    @property
    def current(self) -> Option | None:
        """The option under the cursor."""
        return self.options[self.at] if 0 <= self.at < len(self.options) else None

    @property
    def active_line(self) -> int:
        """The line of the widget on which the cursor's option stands."""
        return self.at - self.top

    @property
    def place(self) -> str:
        """Which of how many."""
        return f"{self.at + 1}/{len(self.options)}" if self.options else ""

    def render_line(self, y: int) -> Strip:
        """Key, label, detail or refusal."""
        width = self.size.width
        index = self.top + y
        base = self.rich_style
        if index >= len(self.options):
            text = self.empty if y == 0 and not self.options else ""
            style = base + theme.style(self.theme_name, "dim")
            return Strip([Segment(cut(text, width), style)]).adjust_cell_length(width, base)
        option = self.options[index]
        role = "cursor" if index == self.at else "off" if option.refusal else ""
        style = base + theme.style(self.theme_name, role)
        quiet = "off" if option.refusal else "" if index == self.at else "dim"
        key = f" {pad(option.key, self._key)}  " if self._key else " "
        tail = option.refusal or option.detail
        label = option.label
        if any(o.detail or o.refusal for o in self.options):
            label = pad(label, min(self._label, max(width // 2, 12)))
        key_role = "off" if option.refusal else "head"
        segments = [
            Segment(key, style + theme.style(self.theme_name, key_role)),
            Segment(label, style),
        ]
        room = width - cell_width(key) - cell_width(label) - 2
        if tail and room > 3:
            tail_style = style + theme.style(self.theme_name, quiet)
            segments.append(Segment("  " + cut(tail, room), tail_style))
        return Strip(segments).adjust_cell_length(width, style)


class Dialog(ModalScreen[Any]):
    """What all dialogs share: escape leaves with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+l", "redraw", show=False),
    ]
    _was_at: Widget | None = None
    _ended: tuple[Any] | None = None
    # As on the main screens: a change of focus repaints what it changes, not everything.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def on_mount(self) -> None:
        """On a small terminal a sentence stands for the dialog, which stays as it is."""
        self.mount(TooSmall())
        self._measure()

    def on_resize(self) -> None:
        """Whether the terminal is large enough."""
        self._measure()

    def _measure(self) -> None:
        size = self.app.size
        tiny = size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT
        if tiny and not self.has_class("-tiny"):
            # What is hidden has no focus; where one was is where one goes on.
            self._was_at = self.focused
        self.set_class(tiny, "-tiny")
        if not tiny and self._was_at is not None:
            self.call_after_refresh(self.set_focus, self._was_at)
            self._was_at = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """What nobody can see chooses nothing and saves nothing."""
        return action == "redraw" or not self.has_class("-tiny")

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        cast("CrmApp", self.app).redraw()

    def action_leave(self) -> None:
        """Close without a choice."""
        self.dismiss(None)

    def line_cut(self) -> None:
        """The line to the terminal is cut: keep what must not be lost."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close once; under another dialog as soon as that is closed.

        Textual takes off whatever is on top: for a second key typed meanwhile that is another screen.
        """
        if self.is_active:
            return super().dismiss(result)
        self._ended = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """What ended under another dialog goes with it."""
        if self._ended is not None and self.is_active:
            (result,), self._ended = self._ended, None
            self.dismiss(result)

    def foot(self, *parts: str) -> None:
        """Say in the frame which keys work here; the words are ours, never data."""
        self.query_one("#dialog").border_subtitle = "  ".join(p for p in parts if p)


class Menu(Dialog):
    """At most a dozen choices; a letter applies at once, an illegal one says its rule."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(
        self, title: str, options: Sequence[Option], theme_name: str, at: int | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._options = OptionLines(theme_name)
        self._given = list(options)
        # Without a present value the cursor starts on what may be chosen.
        first = (i for i, o in enumerate(self._given) if not o.refusal)
        self._at = at if at is not None else next(first, 0)

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
        self.foot(tr("enter chooses"), tr("esc leaves"))
        self._why()

    def _why(self) -> None:
        """The whole rule of the option under the cursor; its line may be too short for it."""
        option = self._options.current
        reason = self.query_one("#reason", Static)
        reason.update(option.refusal if option is not None else "")
        reason.display = bool(option is not None and option.refusal)

    def action_move(self, step: int) -> None:
        """Up or down."""
        self._options.move(step)
        self._why()

    def on_key(self, event: events.Key) -> None:
        """A hot key applies its option; j and k move where they are nobody's hot key."""
        if self.has_class("-tiny"):
            return
        for index, option in enumerate(self._given):
            if option.key and event.character == option.key:
                event.stop()
                self.action_move(index - self._options.at)
                self._take(option)
                return
        if event.character in ("j", "k"):
            self.action_move(1 if event.character == "j" else -1)

    def action_choose(self) -> None:
        """Take the option under the cursor."""
        if self._options.current is not None:
            self._take(self._options.current)

    def _take(self, option: Option) -> None:
        if not option.refusal:
            self.dismiss(option.value)


class Finder(Dialog):
    """Typing narrows; ``search`` answers off the loop through ``run``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("pageup", "move(-10)", show=False),
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
        self._shown: str | None = None
        self._options = OptionLines(theme_name, tr("nothing found"))

    @property
    def hits(self) -> Sequence[Option]:
        """What is listed now."""
        return self._options.options

    def compose(self) -> ComposeResult:
        """A line to type in above the hits."""
        with Vertical(id="dialog", classes="wide"):
            yield Static(self._title, id="title", markup=False)
            yield Input(self._text, id="needle", compact=True, select_on_focus=False)
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
            self._hits(text, self._search(text))
        elif text != self._shown:
            self._run(
                lambda: self._search(text),
                lambda found: self._hits(text, found),
                group="find",
                exclusive=True,
            )

    def _hits(self, text: str, found: Sequence[Option]) -> None:
        if self.is_attached:
            self._shown = text
            self._options.show(found)
            self._place()

    def _place(self) -> None:
        self.foot(self._options.place, tr("enter chooses"), tr("esc leaves"))

    def action_move(self, step: int) -> None:
        """Up or down the hits."""
        self._options.move(step)
        self._place()

    @on(Input.Submitted)
    def _chosen(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value
        if text == self._shown or self._run is None:
            self._take()
            return

        # The hits of what was typed last are still being looked for: enter means one of those, and
        # the keys after it wait for the choice.
        def then(found: Sequence[Option]) -> None:
            self._hits(text, found)
            self._take()

        self._run(lambda: self._search(text), then)

    def _take(self) -> None:
        option = self._options.current
        if self.is_active and option is not None and not option.refusal:
            self.dismiss(option.value)


class Prompt(Dialog):
    """One line at the bottom; the list above stays in view.

    ``check`` says what is wrong, or None; what it says stands under the line with the part marked.
    With ``run`` it and ``complete`` look off the loop.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("ctrl+u", "clear", show=False, priority=True),
        Binding("up", "history(-1)", show=False),
        Binding("down", "history(1)", show=False),
    ]

    def __init__(
        self,
        label: str,
        text: str = "",
        *,
        check: Callable[[str], "Fault | str | None"] | None = None,
        complete: Callable[[str], Sequence[str]] | None = None,
        history: Sequence[str] = (),
        required: bool = False,
        run: Callable[..., None] | None = None,
    ) -> None:
        super().__init__()
        self._run = run
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
            yield Static(self._label, id="label", markup=False)
            yield Input(self._text, id="line", compact=True, select_on_focus=False)
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        """No blinking: it would be traffic."""
        self.query_one(Input).cursor_blink = False
        self._say("")

    def _say(self, wrong: "Fault | str") -> None:
        """Say under the line what is wrong with it, below a mark at the place."""
        said = self.query_one("#wrong", Static)
        text = wrong if isinstance(wrong, str) else wrong.text
        if isinstance(wrong, Fault):
            line = self.query_one(Input)
            line.cursor_position = min(wrong.column + wrong.length, len(line.value))
            start = cell_width(line.value[: wrong.column]) - round(line.scroll_x)
            part = line.value[wrong.column : wrong.column + wrong.length]
            mark = " " * max(start, 0) + "^" * max(cell_width(part), 1)
            text = f"{cut(mark, max(self.app.size.width - 1, 1))}\n{text}"
        said.update(text)
        said.display = bool(text)

    @on(Input.Submitted)
    def _done(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value
        check = self._check
        if self._required and not text.strip():
            self._answer(text, tr("Write something first"))
        elif check is None:
            self._answer(text, None)
        elif self._run is None:
            self._answer(text, check(text))
        else:
            self._run(lambda: check(text), lambda wrong: self._answer(text, wrong))

    def _answer(self, text: str, wrong: "Fault | str | None") -> None:
        if wrong is not None:
            if self.is_attached:
                self._say(wrong)
        elif self.is_active:
            self.dismiss(text)

    def action_complete(self) -> None:
        """Complete the last word, or show what it could be."""
        complete, text = self._complete, self.query_one(Input).value
        if complete is None:
            return
        if self._run is None:
            self._completed(text, complete(text))
        else:
            self._run(lambda: complete(text), lambda found: self._completed(text, found))

    def _completed(self, text: str, found: Sequence[str]) -> None:
        """Take the only one, or what all have in common, and show what there is."""
        if not self.is_attached:
            return
        line = self.query_one(Input)
        common = _common(found)
        if line.value == text and len(common) > len(text):
            line.value = common
            line.cursor_position = len(common)
        self._say("  ".join(f.split(" ")[-1] for f in found[:12]) if len(found) > 1 else "")

    def action_clear(self) -> None:
        """Begin the line anew, wherever in it one is."""
        self.query_one(Input).value = ""

    def action_history(self, step: int) -> None:
        """Older and newer lines."""
        self._place = max(0, min(self._place + step, len(self._history) - 1))
        line = self.query_one(Input)
        line.value = self._history[self._place]
        line.cursor_position = len(line.value)


def _common(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    low, high = min(texts, default=""), max(texts, default="")
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), None)
    return low[:same]


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
    """Lines to read: explanations, messages; longer ones scroll.

    A ``bare`` one has the whole screen and no frame.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "leave", show=False)]

    def __init__(self, title: str, theme_name: str, layout: Layout, *, bare: bool = False) -> None:
        super().__init__()
        self._title = title
        self._layout = layout
        self._bare = bare
        self._lines = Lines(theme_name, id="page")

    def compose(self) -> ComposeResult:
        """A titled box of lines."""
        with Vertical(id="dialog", classes="bare" if self._bare else "page"):
            if not self._bare:
                yield Static(self._title, id="title", markup=False)
            yield self._lines

    def on_mount(self) -> None:
        """As high as its lines, as far as the screen allows."""
        if self._bare:
            self._lines.put(self._layout)
            self._lines.focus()
            return
        width = min(self.app.size.width, PAGE_CELLS) - 5
        self._lines.styles.height = min(len(self._layout(width)), max(self.app.size.height - 5, 3))
        self._lines.put(self._layout)
        self._lines.focus()
        self.foot(tr("j k move"), tr("esc leaves"))


def paragraphs(texts: Sequence[str]) -> Layout:
    """Texts below each other, wrapped to the width."""
    return lambda width: [[(part, "")] for text in texts for part in wrap(text, width)]
