"""A form from neutral field descriptions: errors under the field, nothing lost (ux.md 3.9)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from crm_tui.domain.errors import DomainError
from crm_tui.domain.text import cell_width
from crm_tui.i18n import render, tr
from crm_tui.tui.widgets.dialogs import Dialog, Menu, Option, Question
from crm_tui.tui.widgets.lines import Layout, Lines

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp

LABEL_CELLS = 26


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field: ``kind`` is text, lines, choice, bool or static; ``options`` are value and label."""

    name: str
    label: str
    kind: str = "text"
    value: Any = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    help: str = ""


class Choice(Static, can_focus=True):
    """A value out of a few: left and right step, a letter jumps, enter shows all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
        Binding("enter", "menu", show=False),
    ]

    class Changed(Message):
        """Another value was chosen."""

    def __init__(self, spec: FieldSpec, theme_name: str) -> None:
        super().__init__("", id=f"f-{spec.name}", markup=False)
        self.spec = spec
        self.theme_name = theme_name
        known = [v for v, _ in spec.options]
        self.at = known.index(spec.value) if spec.value in known else 0

    @property
    def value(self) -> str:
        """The chosen value."""
        return self.spec.options[self.at][0] if self.spec.options else ""

    def on_mount(self) -> None:
        """Show it."""
        self._draw()

    def _draw(self) -> None:
        label = self.spec.options[self.at][1] if self.spec.options else ""
        self.update(f"< {label} >")

    def _to(self, at: int) -> None:
        if self.spec.options and at % len(self.spec.options) != self.at:
            self.at = at % len(self.spec.options)
            self._draw()
            self.post_message(self.Changed())

    def put(self, value: Any) -> None:
        """Another value, where it is one of those to choose from."""
        known = [v for v, _ in self.spec.options]
        if value in known:
            self._to(known.index(value))

    def action_step(self, step: int) -> None:
        """The next or previous value."""
        self._to(self.at + step)

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next value that begins with it."""
        letter = (event.character or "").lower()
        if len(letter) == 1 and letter.isalnum():
            count = len(self.spec.options)
            for offset in range(1, count + 1):
                value, label = self.spec.options[(self.at + offset) % count]
                if value.lower().startswith(letter) or label.lower().startswith(letter):
                    event.stop()
                    self._to(self.at + offset)
                    return

    def action_menu(self) -> None:
        """All values to choose from."""
        options = [Option(i, label) for i, (_, label) in enumerate(self.spec.options)]

        def chosen(at: int | None) -> None:
            if at is not None:
                self._to(at)

        self.app.push_screen(Menu(tr(self.spec.label), options, self.theme_name, self.at), chosen)


class Form(Dialog):
    """Fields in order; ctrl+s hands the values to ``save``, which answers off the loop."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", show=False, priority=True),
        Binding("ctrl+y", "theirs", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        fields: Sequence[FieldSpec],
        theme_name: str,
        save: Callable[
            [dict[str, Any], Callable[[Any], None], Callable[[DomainError], None]], None
        ],
        *,
        preview: Callable[[dict[str, Any], Callable[[Layout], None]], None] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self.theme_name = theme_name
        self._save = save
        self._preview = preview
        self._start: dict[str, Any] = {}
        self._previewed: dict[str, Any] = {}
        self._saving = False
        self._other: dict[str, tuple[Any, bool]] = {}
        """Of fields that somebody else changed too: the value that does not stand here, and whether
        it is theirs."""

    def compose(self) -> ComposeResult:
        """Labels in a column, fields beside them, and room for errors under each."""
        cells = max((cell_width(_label(s)) for s in self._fields), default=0)
        column = min(cells, LABEL_CELLS) + 2
        with Vertical(id="form"):
            yield Static(self._title, id="title", markup=False)
            notice = Static("", id="notice", classes="error", markup=False)
            notice.display = False
            yield notice
            with VerticalScroll(id="fields", can_focus=False):
                for spec in self._fields:
                    label = Static(_label(spec), classes="label", markup=False)
                    label.styles.width = column
                    wrong = Static("", id=f"e-{spec.name}", classes="error", markup=False)
                    wrong.display = False
                    wrong.styles.margin = (0, 0, 0, column)
                    with Horizontal(classes="row"):
                        yield label
                        yield self._widget(spec)
                    yield wrong
            refusal = Static("", id="refusal", classes="error", markup=False)
            refusal.display = False
            yield refusal
            if self._preview is not None:
                yield Lines(self.theme_name, id="preview", focus=False)
            keys = tr("tab next field   ctrl+s save   esc leave   * needed")
            yield Static(keys, id="keys", markup=False)

    def _widget(self, spec: FieldSpec) -> Input | TextArea | Choice | Static:
        if spec.kind == "choice":
            return Choice(spec, self.theme_name)
        if spec.kind == "bool":
            options = (("", tr("no")), ("1", tr("yes")))
            return Choice(
                FieldSpec(
                    spec.name, spec.label, "choice", "1" if spec.value else "", options=options
                ),
                self.theme_name,
            )
        if spec.kind == "lines":
            area = TextArea(
                str(spec.value),
                id=f"f-{spec.name}",
                compact=True,
                tab_behavior="focus",
                placeholder=tr(spec.help),
            )
            area.cursor_blink = False
            return area
        if spec.kind == "static":
            return Static(str(spec.value), id=f"f-{spec.name}", markup=False)
        # A field that is entered is gone on with, not typed over.
        line = Input(
            str(spec.value),
            id=f"f-{spec.name}",
            compact=True,
            placeholder=tr(spec.help),
            select_on_focus=False,
        )
        line.cursor_blink = False
        return line

    def on_mount(self) -> None:
        """Start in the first field."""
        self._start = self.values()
        self.set_class(self.app.size.height < 30, "-low")
        for spec in self._fields:
            if spec.kind != "static":
                # What stands above the first field is seen too.
                self.query_one(f"#f-{spec.name}").focus(scroll_visible=False)
                break
        self._show_preview()
        fields = self.query_one("#fields", VerticalScroll)
        self.call_after_refresh(fields.scroll_home, animate=False)

    def values(self) -> dict[str, Any]:
        """What stands in the fields now."""
        found: dict[str, Any] = {}
        for spec in self._fields:
            widget = self.query_one(f"#f-{spec.name}")
            if isinstance(widget, Choice):
                found[spec.name] = bool(widget.value) if spec.kind == "bool" else widget.value
            elif isinstance(widget, Input):
                found[spec.name] = widget.value
            elif isinstance(widget, TextArea):
                found[spec.name] = widget.text
        return found

    @on(events.DescendantFocus)
    def _entered(self, event: events.DescendantFocus) -> None:
        # Textual does not restyle what stands beside the focus.
        self.query(".row.-on").remove_class("-on")
        row = event.widget.parent
        if row is not None and row.has_class("row"):
            row.add_class("-on")

    @on(Choice.Changed)
    @on(events.DescendantBlur)
    def _changed(self) -> None:
        self._show_preview()

    def _show_preview(self) -> None:
        values = self.values()
        if self._preview is not None and values != self._previewed:
            self._previewed = values
            self._preview(values, self._show_lines)

    def _show_lines(self, layout: Layout) -> None:
        if self.is_attached:
            self.query_one("#preview", Lines).put(layout)

    def action_save(self) -> None:
        """Hand the values on; what is refused stands under its field and nothing is lost."""
        if self._saving:
            return
        for spec in self._fields:
            if spec.kind != "static":
                self.query_one(f"#e-{spec.name}", Static).display = False
        self.query_one("#refusal", Static).display = False
        self._saving = True
        self._save(self.values(), self._saved, self._refused)

    def _saved(self, answer: Any) -> None:
        if self.is_attached:
            self.dismiss(answer if answer is not None else True)

    def _refused(self, error: DomainError) -> None:
        self._saving = False
        sentence = render(error.message)
        names = [s.name for s in self._fields]
        name = error.field if error.field in names else None
        wrong = self.query_one(f"#e-{name}" if name is not None else "#refusal", Static)
        wrong.update(sentence)
        wrong.display = True
        if name is None:
            cast("CrmApp", self.app).remember(sentence, "warning")
            return
        field = self.query_one(f"#f-{name}")
        field.focus()
        field.scroll_visible(animate=False)

    # What others change meanwhile

    def notice(self, text: str) -> None:
        """Say in a line above the fields what happened elsewhere."""
        line = self.query_one("#notice", Static)
        line.update(text)
        line.display = True

    def compare(self, theirs: Mapping[str, Any], *, mine: frozenset[str]) -> None:
        """Take over what only others changed; of what both changed show their value too."""
        self._other = {}
        now = self.values()
        for name, value in theirs.items():
            if name not in mine:
                self._put(name, value)
                self._start[name] = self.values()[name]
            elif value != now[name]:
                self._other[name] = (value, True)
        for name in self._other:
            self._show_other(name)

    def action_theirs(self) -> None:
        """Their value instead of mine in this field, or mine again."""
        name = (self.focused.id or "").removeprefix("f-") if self.focused is not None else ""
        if name in self._other:
            value, theirs = self._other[name]
            self._other[name] = (self.values()[name], not theirs)
            self._put(name, value)
            self._show_other(name)

    def _show_other(self, name: str) -> None:
        value, theirs = self._other[name]
        spec = next(s for s in self._fields if s.name == name)
        label = dict(spec.options).get(value, str(value)) if spec.kind == "choice" else str(value)
        text = (
            tr("theirs: {value}   ctrl+y takes it")
            if theirs
            else tr("yours: {value}   ctrl+y takes it back")
        )
        line = self.query_one(f"#e-{name}", Static)
        line.update(text.format(value=label or "-"))
        line.display = True

    def _put(self, name: str, value: Any) -> None:
        widget = self.query_one(f"#f-{name}")
        if isinstance(widget, Choice):
            widget.put(value)
        elif isinstance(widget, Input):
            widget.value = str(value)
        elif isinstance(widget, TextArea):
            widget.text = str(value)

    def action_leave(self) -> None:
        """Leave at once when nothing changed, else ask; what is being saved is waited for."""
        if self._saving or not self.is_active:
            # Keys that come faster than the screens that they open.
            return
        if self.values() == self._start:
            self.dismiss(None)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        self.app.push_screen(Question(tr("Leave without saving?")), answered)


def _label(spec: FieldSpec) -> str:
    return f"{tr(spec.label)} *" if spec.required else tr(spec.label)


def choices(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Values with their labels in the current language."""
    return [(value, tr(text)) for value, text in labels.items()]
