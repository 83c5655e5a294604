"""The two chrome lines: where I am above, what I can do below (ux.md 3.8)."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.domain.text import cell_width, cut
from crm_tui.i18n import tr
from crm_tui.tui import theme


class Bar(Widget):
    """A line of pieces; each piece is text and role."""

    def __init__(self, theme_name: str, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.theme_name = theme_name
        self.left: list[tuple[str, str]] = []
        self.right: list[tuple[str, str]] = []

    def show(self, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]] = ()) -> None:
        """Draw other pieces; equal ones cost nothing."""
        if list(left) != self.left or list(right) != self.right:
            self.left, self.right = list(left), list(right)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Left pieces as they fit, right ones always."""
        width = self.size.width
        base = theme.style(self.theme_name, "bar")
        if y:
            return Strip.blank(width, base)
        tail = [(t, r) for t, r in self.right if t]
        room = width - sum(cell_width(t) for t, _ in tail)
        segments: list[Segment] = []
        used = 0
        for text, role in self.left:
            if used >= room:
                break
            text = cut(text, room - used)
            segments.append(Segment(text, theme.style(self.theme_name, role)))
            used += cell_width(text)
        segments.append(Segment(" " * max(room - used, 0), base))
        segments += [Segment(t, theme.style(self.theme_name, r)) for t, r in tail]
        return Strip(segments).adjust_cell_length(width, base)


def hints(pairs: Sequence[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    """Keys with their words, those that fit whole; the help comes first and stays longest."""
    pieces: list[tuple[str, str]] = []
    used = 0
    for key, title in pairs:
        gap, word = "  " if pieces else "", f" {tr(title)}"
        size = cell_width(gap) + cell_width(key) + cell_width(word)
        if used + size > room and pieces:
            break
        pieces += [(gap, "bar"), (key, "key"), (word, "bar")]
        used += size
    return pieces
