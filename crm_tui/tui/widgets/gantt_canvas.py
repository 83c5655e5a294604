"""The timeline as one canvas: labels left, bars right; only lines that change are drawn again (R-205)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.domain.msg import N_
from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import tr
from crm_tui.services.work_dto import Schedule, TaskCard
from crm_tui.tui import theme
from crm_tui.tui.widgets import gantt_calendar as calendar
from crm_tui.tui.widgets import gantt_layout as layout
from crm_tui.tui.widgets import gantt_rows
from crm_tui.tui.widgets.gantt_layout import ASCII, BLOCKS, Drawn, Piece, Scale
from crm_tui.tui.widgets.gantt_rows import Chart

HEAD = 2
"""Lines above the chart."""
LEAST_LABEL, MOST_LABEL = 24, 72
"""Cells of the label pane."""
ZOOM_WORDS: Final = {
    "day": N_("by day"),
    "week": N_("by week"),
    "month": N_("by month"),
    "quarter": N_("by quarter"),
}
LANE_WORDS: Final = {"goal": N_("lanes by goal"), "department": N_("lanes by department")}
NOTHING = Schedule((), (), frozenset(), frozenset(), {}, False)

Describe = Callable[[TaskCard], Sequence[Piece]]
"""Says in words what the signs of a task say."""


class GanttCanvas(Widget, can_focus=True):
    """Bars of tasks on the calendar; cursor and marks by id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("h,left", "pan(-1)", show=False),
        Binding("l,right", "pan(1)", show=False),
        Binding("ctrl+d", "half(1)", show=False),
        Binding("ctrl+u", "half(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("g,home", "first", show=False),
        Binding("G,end", "last", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another task, or the chart shows other days."""

    class Opened(Message):
        """Somebody clicked twice on a task."""

    def __init__(
        self,
        *,
        theme_name: str,
        ascii_only: bool,
        empty: str,
        describe: Describe,
        id: str | None = None,  # noqa: A002  # Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.theme_name = theme_name
        self.signs = ASCII if ascii_only else BLOCKS
        self.empty = empty
        self.describe = describe
        self.today = date.today()
        self.chart = Chart(NOTHING)
        self.scale = Scale.of("week", self.today, 1)
        self.at = 0
        """The row under the cursor."""
        self.top = 0
        """The first line in sight."""
        self.marks: set[int] = set()
        self._anchor: int | None = None
        self._apart: frozenset[int] = frozenset()
        self.lane = ""
        self.baselines = False
        self.links = True
        self.state = "loading"
        self._unplaced = False
        self._drawn: list[list[Piece]] = []
        """The lines as they were drawn last."""
        self._lines: dict[int, dict[int, Drawn]] = {}
        """The dependency lines in sight."""

    # What is shown

    def begin(self, today: date, *, zoom: str = "week", left: date | None = None) -> None:
        """The present day, and which days are shown first: those about it, or from a day on."""
        self.today = today
        self.scale = Scale.of(zoom, left or today, self.chart_width)
        if left is None:
            self.scale = self.scale.about(today, self.chart_width // 3)
        # Before the first layout there is no width to put today into.
        self._unplaced = left is None and not self.size.width

    def put(self, schedule: Schedule, *, cursor: int | None = None, in_place: bool = False) -> None:
        """Show a schedule; the cursor keeps its task, its lane and its line on the screen.

        ``in_place`` keeps the tasks in their order, so that a bar that was moved stays where it is.
        """
        if in_place:
            cards = gantt_rows.in_place(self.chart.schedule.cards, schedule.cards)
            schedule = replace(schedule, cards=cards)
        row = self.chart.rows[self.at] if self.at < len(self.chart.rows) else None
        line = self._line_of_cursor() - self.top
        self.chart = Chart(schedule, self.lane, baselines=self.baselines)
        self.state = "" if self.chart.rows else "empty"
        wanted = cursor if cursor is not None else row.card.id if row is not None else None
        if wanted is not None:
            lane = row.lane if row is not None and cursor is None else None
            place = self.chart.place(wanted, lane)
            self.at = place if place is not None else self.at
        self.at = max(0, min(self.at, len(self.chart.rows) - 1))
        self.top = max(0, self._line_of_cursor() - line)
        self._settle()
        self._update()
        self.post_message(self.Moved())

    def patch(self, cards: Sequence[TaskCard]) -> None:
        """Put newer versions of tasks in place; the rest stays until the schedule is read again."""
        self.chart.patch(cards)
        self._update()

    def group_by(self, *, lane: str | None = None, baselines: bool | None = None) -> None:
        """Group by something else, or show the baselines or not."""
        self.lane = self.lane if lane is None else lane
        self.baselines = self.baselines if baselines is None else baselines
        self.put(self.chart.schedule)

    def show_links(self, on: bool) -> None:
        """Draw the dependencies or not."""
        self.links = on
        self._update()

    def look(self, scale: Scale) -> None:
        """Show other days, or the same at another zoom."""
        if scale != self.scale:
            self.scale = scale
            self._update()
            self.post_message(self.Moved())

    def to_today(self) -> None:
        """Bring the present day into sight."""
        self.look(self.scale.about(self.today, self.scale.width // 3))

    def zoom(self, step: int) -> None:
        """Nearer or further, keeping what the cursor's task begins with, or today, in its place."""
        card = self.current
        keep = (card.start_on or card.due_on) if card is not None else None
        if keep is None or not 0 <= self.scale.first(keep) < self.scale.width:
            keep = self.today
        self.look(self.scale.zoomed(step, keep))

    def reveal(self) -> None:
        """Bring the bar of the cursor's task into sight if none of it is."""
        bar = self.chart.bar(self.at, self.scale) if self.chart.rows else None
        if bar is not None and (bar.last < 0 or bar.first >= self.scale.width):
            self.look(self.scale.moved(bar.first - self.scale.width // 4))

    # Cursor and marks

    @property
    def current(self) -> TaskCard | None:
        """The task under the cursor."""
        rows = self.chart.rows
        return rows[self.at].card if self.at < len(rows) else None

    @property
    def targets(self) -> list[int]:
        """The marked ids if any, else the cursor's (ux.md 1.2)."""
        if self.marks:
            return sorted(self.marks)
        return [self.current.id] if self.current is not None else []

    @property
    def height(self) -> int:
        """Lines for tasks, between the head and the line that says what the cursor stands on."""
        return max(self.size.height - HEAD - 1, 1)

    def _line_of_cursor(self) -> int:
        return self.chart.line_of[self.at] if self.at < len(self.chart.line_of) else 0

    def _settle(self) -> None:
        """Keep the cursor in sight by turning pages, a lane's first task with the lane's title."""
        line = self._line_of_cursor()
        last = line + 1 if self.baselines and self.height > 1 else line
        if line < self.top:
            self.top = line
        elif last >= self.top + self.height:
            self.top = last - self.height + 1
        above = self.top - 1
        if self.top == line and above >= 0 and self.chart.lines[above].row < 0:
            self.top = above if self.height > 1 else self.top
        self.top = max(0, min(self.top, max(len(self.chart.lines) - 1, 0)))

    def move_to(self, row: int) -> None:
        """Put the cursor on a row; where it leaves the screen, the page turns."""
        row = max(0, min(row, len(self.chart.rows) - 1))
        if row == self.at or not self.chart.rows:
            return
        old, top = self.at, self.top
        self.at = row
        ranged = self._extend()
        line = self._line_of_cursor()
        if line >= self.top + self.height:
            self.top = line if row - old <= 1 else line - self.height + 1
        elif line < self.top:
            self.top = max(0, line - self.height + 1) if old - row <= 1 else line
        self._settle()
        if self.top == top and not ranged:
            lines = self.chart.line_of
            foot = self.size.height - 1
            self._update({lines[old] - top + HEAD, lines[row] - top + HEAD, foot})
        else:
            self._update()
        self.post_message(self.Moved())

    def action_move(self, step: int) -> None:
        """Up or down."""
        self.move_to(self.at + step)

    def action_half(self, step: int) -> None:
        """Half a page."""
        self.move_to(self.at + step * max(self.height // 2, 1))

    def action_page(self, step: int) -> None:
        """A page."""
        self.move_to(self.at + step * self.height)

    def action_first(self) -> None:
        """To the first task."""
        self.move_to(0)

    def action_last(self) -> None:
        """To the last task."""
        self.move_to(len(self.chart.rows) - 1)

    def action_pan(self, step: int) -> None:
        """Earlier or later days."""
        self.look(self.scale.panned(step))

    def toggle_mark(self) -> None:
        """Mark or unmark the cursor's task and go down."""
        if self.current is not None:
            self.marks ^= {self.current.id}
            self._update()
            self.move_to(self.at + 1)

    def mark(self, ids: Iterable[int]) -> None:
        """Mark exactly these."""
        self._anchor = None
        self.marks = set(ids)
        self._update()

    @property
    def ranging(self) -> bool:
        """Whether moving marks."""
        return self._anchor is not None

    def start_range(self) -> None:
        """Mark from the cursor on while it moves."""
        if self.current is not None:
            self._anchor, self._apart = self.current.id, frozenset(self.marks)
            self._extend()
            self._update()

    def end_range(self) -> None:
        """Moving no longer marks; what is marked stays."""
        self._anchor = None

    def _extend(self) -> bool:
        """Let the marks reach from where the range began to the cursor."""
        start = self.chart.place(self._anchor) if self._anchor is not None else None
        if start is None:
            return False
        low, high = sorted((start, self.at))
        self.marks = {*self._apart, *(r.card.id for r in self.chart.rows[low : high + 1])}
        return True

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked task; a second click opens it."""
        index = self.top + event.y - HEAD
        if event.y >= HEAD and index < len(self.chart.lines):
            row = self.chart.lines[index].row
            if row == self.at and event.chain > 1:
                self.post_message(self.Opened())
            elif row >= 0:
                self.move_to(row)

    # Drawing

    @property
    def label_width(self) -> int:
        """Cells of the label pane."""
        wanted = min(self.size.width * 2 // 5, MOST_LABEL)
        return max(min(wanted, self.size.width - 1), min(LEAST_LABEL, self.size.width - 1), 0)

    @property
    def chart_width(self) -> int:
        """Columns for bars, right of the rule."""
        return max(self.size.width - self.label_width - 1, 1)

    def on_resize(self) -> None:
        """The same days from the left edge on."""
        self.scale = self.scale.resized(self.chart_width)
        if self._unplaced and self.size.width:
            self._unplaced = False
            self.scale = self.scale.about(self.today, self.chart_width // 3)
        # As many tasks about the cursor as there is room for, also at the end.
        last = self._line_of_cursor() + (1 if self.baselines else 0)
        top = max(self.top, last - self.height + 1)
        self.top = max(0, min(top, len(self.chart.lines) - self.height))
        self._settle()
        self._drawn = []
        self._update()
        self.refresh()

    def on_focus(self) -> None:
        """Draw the cursor as active."""
        self._update()

    def on_blur(self) -> None:
        """Draw the cursor as resting."""
        self._update()

    def _update(self, only: set[int] | None = None) -> None:
        """Draw again what differs from what was drawn; ``only`` are the lines that may differ."""
        height = self.size.height
        if len(self._drawn) != height or self.scale.width != self.chart_width:
            self._drawn = [[] for _ in range(height)]
            only = None
        if only is None:
            lines = range(self.top, self.top + self.height)
            elbows = self.chart.elbows(lines, self.scale) if self.links else ()
            self._lines = layout.route(elbows, self.signs, lines, self.scale.width)
        heads = self._heads() if only is None else None
        for y in range(height) if only is None else sorted(only):
            if not 0 <= y < height:
                continue
            pieces = heads[y] if heads is not None and y < HEAD else self._body(y)
            if pieces != self._drawn[y]:
                self._drawn[y] = pieces
                self.refresh(Region(0, y, self.size.width, 1))

    def _heads(self) -> list[list[Piece]]:
        """The two lines above the chart."""
        width = self.label_width
        upper, lower = calendar.head(self.scale, self.chart.schedule.days, self.today)
        rule = (self.signs.rule, "rule")
        words = [tr(ZOOM_WORDS[self.scale.zoom.name])]
        if self.lane:
            words.append(tr(LANE_WORDS[self.lane]))
        if self.baselines:
            words.append(tr("baseline"))
        title = pad("  " + ", ".join(words), width)
        caption = self.chart.caption(width)
        return [[(title, "dim"), rule, *upper], [(caption, "columns"), rule, *lower]]

    def _body(self, y: int) -> list[Piece]:
        """A line below the head."""
        if y == self.size.height - 1:
            return self._foot()
        index = self.top + y - HEAD
        cursor = bool(self.chart.rows) and index == self._line_of_cursor()
        label = self.chart.label(
            index, self.label_width, cursor=cursor, marks=self.marks, signs=self.signs
        )
        if cursor:
            over = "row" if self.has_focus else "rest"
            label = [(text, f"{role} {over}") for text, role in label]
        elif not self.chart.rows and y == HEAD + 1 and self.state:
            text = tr("loading") if self.state == "loading" else self.empty
            return [(pad("  " + cut(text, self.size.width - 2), self.size.width), "dim")]
        drawn = self._lines.get(index, {})
        cells = self.chart.draw(index, self.scale, drawn, self.today, self.signs)
        return [*label, (self.signs.rule, "rule"), *cells.pieces()]

    def _foot(self) -> list[Piece]:
        """What the signs of the cursor's task say, in words."""
        card, room = self.current, self.size.width
        pieces: list[Piece] = []
        for text, role in self.describe(card) if card is not None else ():
            fitted = cut(text, room)
            pieces.append((fitted, role))
            room -= cell_width(fitted)
        return [*pieces, (" " * room, "")]

    def render_line(self, y: int) -> Strip:
        """A line as it was composed."""
        base = self.rich_style
        width = self.size.width
        if y >= len(self._drawn) or len(self._drawn) != self.size.height:
            return Strip.blank(width, base)
        segments = []
        for text, roles in self._drawn[y]:
            style = base
            for role in roles.split():
                style += theme.style(self.theme_name, role)
            segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(width, base)
