"""The timeline of a ticket or customer: wrapped for cells, told apart by word and indent (ux.md 3.7)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.domain.text import cell_width, char_width, cut
from crm_tui.i18n import tr
from crm_tui.tui import theme
from crm_tui.tui.labels import change_text, verb_label

Line = tuple[str, str]


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most ``cells``; breaks at blanks where there are some, else between characters."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        paragraph = paragraph.replace("\t", "  ")
        line, width, blank = "", 0, -1
        for char in paragraph:
            size = char_width(char)
            if width + size > cells:
                if blank > 0 and char != " ":
                    lines.append(line[:blank])
                    line = line[blank + 1 :]
                else:
                    lines.append(line)
                    line = ""
                width, blank = cell_width(line), line.rfind(" ")
            if char == " ":
                blank = len(line)
            line += char
            width += size
        lines.append(line)
    return lines


class Timeline(Widget, can_focus=True):
    """Entries oldest first, newest in view; moves by line, page, start and end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_lines(1)", show=False),
        Binding("k,up", "scroll_lines(-1)", show=False),
        Binding("ctrl+d,pagedown", "scroll_pages(1)", show=False),
        Binding("ctrl+u,pageup", "scroll_pages(-1)", show=False),
        Binding("g,home", "start", show=False),
        Binding("G,end", "finish", show=False),
    ]

    def __init__(
        self,
        theme_name: str,
        local: Callable[[datetime], datetime],
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.theme_name = theme_name
        self.local = local
        self.entries: Sequence[Any] = ()
        self.lines: list[Line] = []
        self.top = 0
        self._width = 0

    def show(self, entries: Sequence[Any], *, stay: bool = False) -> None:
        """Draw these entries; ``stay`` keeps the place instead of going to the newest."""
        self.entries = entries
        self._width = 0
        self._layout()
        if not stay:
            self.top = max(0, len(self.lines) - self.size.height)
        self.refresh()

    def _layout(self) -> None:
        width = self.size.width
        if width == self._width or not width:
            return
        self._width = width
        self.lines = []
        for entry in self.entries:
            self._entry(entry, width)

    def _entry(self, entry: Any, width: int) -> None:
        when = self.local(entry.at).strftime("%m-%d %H:%M")
        if entry.kind == "event":
            text = (
                f"   · {when} {entry.author + ' ' if entry.author else ''}{verb_label(entry.verb)}"
            )
            detail = change_text(entry.changes, self.local)
            whole = "  ".join(t for t in (text, detail, entry.reason, entry.text) if t)
            if entry.source == "import":
                whole += "  " + tr("(imported)")
            for index, line in enumerate(wrap(whole, max(width - 1, 10))):
                self.lines.append((line if index == 0 else "     " + cut(line, width - 6), "event"))
            return
        word, role = {
            ("public", "in"): (tr("Customer"), "ok"),
            ("public", "out"): (tr("Reply"), "public"),
        }.get((entry.kind, entry.direction), (tr("Internal note"), "note"))
        if entry.verb == "progress":
            word = tr("Progress to the customer")
        if entry.state == "queued":
            word += " " + tr("(sending, u recalls)")
        number = f"T-{entry.ticket_number} " if entry.ticket_number else ""
        self.lines.append((cut(f"{word} {number}{when} {entry.author}", width - 1), "head"))
        indent = "    " if entry.kind == "note" else "  "
        for line in wrap(entry.text, max(width - len(indent) - 1, 10)):
            self.lines.append((indent + line, role))
        self.lines.append(("", ""))

    def on_resize(self) -> None:
        """Wrap again for the new width."""
        at_end = self.top >= len(self.lines) - self.size.height - 1
        self._layout()
        if at_end:
            self.top = max(0, len(self.lines) - self.size.height)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One wrapped line."""
        width = self.size.width
        index = self.top + y
        if index >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        text, role = self.lines[index]
        style = self.rich_style + theme.style(self.theme_name, role)
        return Strip([Segment(text, style)]).adjust_cell_length(width, self.rich_style)

    def _to(self, top: int) -> None:
        top = max(0, min(top, len(self.lines) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    def action_scroll_lines(self, step: int) -> None:
        """A few lines."""
        self._to(self.top + step * 2)

    def action_scroll_pages(self, step: int) -> None:
        """A page."""
        self._to(self.top + step * max(self.size.height - 1, 1))

    def action_start(self) -> None:
        """To the oldest entry."""
        self._to(0)

    def action_finish(self) -> None:
        """To the newest entry."""
        self._to(len(self.lines))
