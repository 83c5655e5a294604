"""Lines of pieces that scroll: what a screen has to say, laid out for its width."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.domain.text import cell_width, clusters, cut, pad
from crm_tui.tui import theme

Piece = tuple[str, str]
"""Text and role."""
Line = Sequence[Piece]
Layout = Callable[[int], Sequence[Line]]
"""Lays lines out for so many cells."""


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most ``cells``; breaks at blanks where there are some, else between characters."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        paragraph = paragraph.replace("\t", "  ")
        line, width, blank = "", 0, -1
        for char, size in clusters(paragraph):
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


def labelled(rows: Sequence[tuple[str, Line | str]], width: int, *, most: int = 18) -> list[Line]:
    """Labels in a column of their own, values wrapped beside them."""
    column = min(max((cell_width(label) for label, _ in rows), default=0), most)
    room = max(width - column - 2, 8)
    lines: list[Line] = []
    for label, value in rows:
        head: Piece = (pad(label, column) + "  ", "dim")
        if not isinstance(value, str):
            lines.append([head, *value])
            continue
        for index, part in enumerate(wrap(value, room)):
            lines.append([head if index == 0 else (" " * (column + 2), ""), (part, "")])
    return lines


def flowing(pieces: Sequence[Line], width: int, *, indent: int = 0, gap: int = 2) -> list[Line]:
    """Groups of pieces one after the other, as many on a line as fit whole."""
    lines: list[Line] = []
    line: list[Piece] = []
    used = indent
    for group in pieces:
        size = sum(cell_width(t) for t, _ in group)
        if line and used + gap + size > width:
            lines.append([(" " * indent, ""), *line])
            line, used = [], indent
        if line:
            line.append((" " * gap, ""))
            used += gap
        line += group
        used += size
    return [*lines, [(" " * indent, ""), *line]] if line else lines


class Lines(Widget, can_focus=True):
    """Lines that move by line, page, start and end; a thumb at the right edge shows where one is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_lines(1)", show=False),
        Binding("k,up", "scroll_lines(-1)", show=False),
        Binding("ctrl+d,pagedown,space", "scroll_pages(1)", show=False),
        Binding("ctrl+u,pageup", "scroll_pages(-1)", show=False),
        Binding("g,home", "start", show=False),
        Binding("G,end", "finish", show=False),
    ]

    def __init__(
        self,
        theme_name: str,
        *,
        focus: bool = True,
        id: str | None = None,  # noqa: A002  # Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.theme_name = theme_name
        self.can_focus = focus
        self.lines: Sequence[Line] = ()
        self.top = 0
        self._lay: Layout = lambda _: ()
        self._width = 0

    def put(self, layout: Layout, *, stay: bool = False) -> None:
        """Draw other lines; ``stay`` keeps the place instead of going to the top."""
        self._lay = layout
        self.lay_out()
        self.top = self._within(self.top) if stay else 0
        self.refresh()

    def lay_out(self) -> None:
        """Lay the lines out for the present width."""
        # One cell is the thumb's, so that its coming and going moves nothing.
        self._width = self.size.width
        self.lines = self._lay(max(self._width - 1, 1)) if self._width else ()

    def on_resize(self) -> None:
        """Lay out again for the new width."""
        if self.size.width != self._width:
            self.lay_out()
        self.top = self._within(self.top)
        self.refresh()

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self.lines) - self.size.height))

    def _thumb(self, y: int) -> Piece:
        height, count = self.size.height, len(self.lines)
        if count <= height:
            return (" ", "")
        size = max(1, height * height // count)
        at = (height - size) * self.top // max(count - height, 1)
        return ("▐", "dim") if at <= y < at + size else (" ", "")

    def render_line(self, y: int) -> Strip:
        """One line, cut to its cells, and the thumb."""
        width = self.size.width
        base = self.rich_style
        index = self.top + y
        line = self.lines[index] if index < len(self.lines) else ()
        segments: list[Segment] = []
        room = width - 1
        for text, role in line:
            fitted = cut(text, room)
            segments.append(Segment(fitted, base + theme.style(self.theme_name, role)))
            room -= cell_width(fitted)
        segments.append(Segment(" " * max(room, 0), base))
        sign, role = self._thumb(y)
        segments.append(Segment(sign, base + theme.style(self.theme_name, role)))
        return Strip(segments).adjust_cell_length(width, base)

    def to(self, top: int) -> None:
        """Put a line at the top, as far as there are lines."""
        top = self._within(top)
        if top != self.top:
            self.top = top
            self.refresh()

    def action_scroll_lines(self, step: int) -> None:
        """A few lines."""
        self.to(self.top + step * 2)

    def action_scroll_pages(self, step: int) -> None:
        """A page."""
        self.to(self.top + step * max(self.size.height - 1, 1))

    def action_start(self) -> None:
        """To the first line."""
        self.to(0)

    def action_finish(self) -> None:
        """To the last line."""
        self.to(len(self.lines))
