"""One canvas for figures: a picture of lines, and a cursor that goes over its spots.

A move of the cursor redraws the first line of two spots, and the last line where it says something
of them; nothing is drawn while nothing happens (design.md 5).
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import tr
from crm_tui.tui import theme
from crm_tui.tui.widgets.figures_layout import INDENT, Key, Layout, Picture, Spot


class FiguresCanvas(Widget, can_focus=True):
    """Draws what a layout gives; the cursor keeps its spot by key when another picture comes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(0, 1)", show=False),
        Binding("k,up", "move(0, -1)", show=False),
        Binding("l,right", "move(1, 0)", show=False),
        Binding("h,left", "move(-1, 0)", show=False),
        Binding("ctrl+d,pagedown", "page(1)", show=False),
        Binding("ctrl+u,pageup", "page(-1)", show=False),
        Binding("g,home", "end(0)", show=False),
        Binding("G,end", "end(-1)", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another spot."""

    class Opened(Message):
        """A spot was clicked twice."""

    def __init__(self, theme_name: str, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.theme_name = theme_name
        self.at: Key | None = None
        self.top = 0
        self.picture = Picture()
        self.loading_words = ""
        self._layout: Layout | None = None
        self._width = 0
        self._column = 0

    # What is drawn

    def put(self, layout: Layout, at: Key | None = None, *, top: int | None = None) -> None:
        """Draw another picture; the cursor goes to ``at``, else keeps its spot if that is still there."""
        self._layout = layout
        if at is not None:
            self.at = at
        if top is not None:
            self.top = top
        self.lay_out()
        self.refresh()
        self.post_message(self.Moved())

    def lay_out(self) -> None:
        """Lay out for the present width and keep the cursor in view."""
        self._width = self.size.width
        if self._layout is None or not self._width:
            return
        self.picture = self._layout(self._width - 1, self.at)
        if self.at is None or not self._place(self.at):
            first = next((row[0] for row in self.picture.rows if row), None)
            self.at = first
        self._settle()

    @property
    def current(self) -> Key | None:
        """What the cursor stands on."""
        return self.at if self.at is not None and self._place(self.at) else None

    @property
    def group(self) -> str:
        """The group in which the cursor stands."""
        here = self._spot
        name = ""
        for group, key in self.picture.groups:
            first = self.picture.spots.get(key)
            if here is not None and first is not None and first.y <= here.y:
                name = group
        return name

    @property
    def _spot(self) -> Spot | None:
        return self.picture.spots.get(self.at) if self.at is not None else None

    def _place(self, key: Key) -> tuple[int, int] | None:
        """Row and column of a spot, as the cursor goes."""
        for y, row in enumerate(self.picture.rows):
            if key in row:
                return y, list(row).index(key)
        return None

    # The cursor

    def move_to(self, key: Key) -> None:
        """Put the cursor on a spot."""
        if key == self.at:
            return
        old, top = self._spot, self.top
        self.at = key
        if key not in self.picture.spots:
            # A column beside those that are drawn.
            self.lay_out()
            self.refresh()
        else:
            self._settle()
            if self.top == top:
                self._redraw(old)
                self._redraw(self._spot)
                self._redraw_note()
            else:
                self.refresh()
        self.post_message(self.Moved())

    def action_move(self, across: int, down: int) -> None:
        """To the spot beside, above or below."""
        place = self._place(self.at) if self.at is not None else None
        if place is None:
            return
        row, column = place
        if across:
            column = max(0, min(column + across, len(self.picture.rows[row]) - 1))
            self._column = column
            self.move_to(self.picture.rows[row][column])
        else:
            self._to_row(row + down)

    def _to_row(self, row: int) -> None:
        row = max(0, min(row, len(self.picture.rows) - 1))
        spots = self.picture.rows[row]
        # A short row does not make the cursor forget the column it came from.
        self.move_to(spots[min(self._column, len(spots) - 1)])

    def action_page(self, step: int) -> None:
        """As far as a page of lines goes."""
        here = self._spot
        place = self._place(self.at) if self.at is not None else None
        if here is None or place is None:
            return
        row, wanted = place[0], here.y + step * self.room
        while 0 <= row + step < len(self.picture.rows):
            row += step
            spot = self.picture.spots.get(self.picture.rows[row][0])
            if spot is None or (spot.y - wanted) * step >= 0:
                break
        self._to_row(row)

    def action_end(self, row: int) -> None:
        """To the first or last row of spots."""
        if self.picture.rows:
            self._to_row(row % len(self.picture.rows))

    def next_group(self) -> None:
        """To the first spot of the next group, round the end."""
        names = [name for name, _ in self.picture.groups]
        if not names:
            return
        here = names.index(self.group) if self.group in names else -1
        self._column = 0
        key = self.picture.groups[(here + 1) % len(names)][1]
        spot = self.picture.spots[key]
        # The group's own line comes to the top, so that it is seen which group it is.
        self.top = self._within(spot.y - 1 - self.picture.fixed)
        self.refresh()
        self.move_to(key)

    # The window

    @property
    def room(self) -> int:
        """Lines that scroll."""
        note = 1 if self.picture.notes else 0
        return max(self.size.height - self.picture.fixed - note, 1)

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self.picture.lines) - self.picture.fixed - self.room))

    def _settle(self) -> None:
        """Turn pages so that the cursor's spot is in view, whole if it can be."""
        self.top = self._within(self.top)
        spot = self._spot
        if spot is None:
            return
        y = spot.y - self.picture.fixed
        if y < self.top:
            first = bool(self.picture.rows) and self.at in self.picture.rows[0]
            self.top = 0 if first else self._within(y + spot.height - self.room)
        elif y + spot.height > self.top + self.room:
            # The line above names the group, if it is the first of one.
            self.top = self._within(min(y - 1, y + spot.height))

    def on_resize(self) -> None:
        """Lay out again for the new width."""
        if self.size.width != self._width:
            self.lay_out()
        self._settle()
        self.refresh()

    def _line_of(self, spot: Spot) -> int | None:
        """The line of the widget on which a spot begins."""
        y = spot.y - self.top
        return y if self.picture.fixed <= y < self.picture.fixed + self.room else None

    def _redraw(self, spot: Spot | None) -> None:
        y = self._line_of(spot) if spot is not None else None
        if y is not None:
            self.refresh(Region(0, y, self.size.width, 1))

    def _redraw_note(self) -> None:
        if self.picture.notes:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked spot; a second click opens it."""
        y = event.y if event.y < self.picture.fixed else event.y + self.top
        for key, spot in self.picture.spots.items():
            if spot.y <= y < spot.y + spot.height and spot.x <= event.x < spot.x + spot.width:
                if key == self.at and event.chain > 1:
                    self.post_message(self.Opened())
                self.move_to(key)
                return

    # Drawing

    def _style(self, role: str) -> Style:
        return self.rich_style + theme.style(self.theme_name, role)

    def render_line(self, y: int) -> Strip:
        """A line of the picture, the thumb, and the cursor over its spot."""
        width = self.size.width
        picture = self.picture
        if self._layout is None:
            text = tr("loading") if y == 1 else ""
            return Strip([Segment(pad(f"  {text}", width), self._style("dim"))])
        if picture.notes and y == self.size.height - 1:
            note = picture.notes.get(self.at, "") if self.at is not None else ""
            return Strip([Segment(pad(f" {note}", width), self._style("columns"))])
        index = y if y < picture.fixed else y + self.top
        line = picture.lines[index] if index < len(picture.lines) else ()
        strip = self._strip(line, width - 1)
        spot = self._spot
        if spot is not None and spot.y == index:
            strip = self._with_cursor(strip, spot, width - 1)
        sign, role = self._thumb(y)
        return Strip([*strip, Segment(sign, self._style(role))], width)

    def _strip(self, line: Sequence[tuple[str, str]], room: int) -> Strip:
        segments: list[Segment] = []
        left = room
        for text, role in line:
            fitted = cut(text, left)
            segments.append(Segment(fitted, self._style(role)))
            left -= cell_width(fitted)
        segments.append(Segment(" " * left, self.rich_style))
        return Strip(segments, room)

    def _with_cursor(self, strip: Strip, spot: Spot, room: int) -> Strip:
        """The cursor's cells seen as one, with a sign before them where there is a margin."""
        end = min(spot.x + spot.width, room)
        before, over, after = strip.divide([spot.x, end, room])
        look = theme.style(self.theme_name, "row" if self.has_focus else "rest")
        marked = list(Segment.apply_style(over, post_style=look))
        ahead = list(before)
        if spot.signed:
            ahead = [*before.crop(0, spot.x - INDENT), Segment("> ", self._style("mark"))]
        return Strip([*ahead, *marked, *after], room)

    def _thumb(self, y: int) -> tuple[str, str]:
        height, count = self.room, len(self.picture.lines) - self.picture.fixed
        y -= self.picture.fixed
        if count <= height or not 0 <= y < height:
            return " ", ""
        size = max(1, height * height // count)
        at = (height - size) * self.top // max(count - height, 1)
        return ("▐", "dim") if at <= y < at + size else (" ", "")

    def on_focus(self) -> None:
        """Draw the cursor as active."""
        self._redraw(self._spot)

    def on_blur(self) -> None:
        """Draw the cursor as resting."""
        self._redraw(self._spot)
