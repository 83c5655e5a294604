"""The board on one canvas: a cursor and marks by id, and only the lines redrawn that change (ux.md 3.7)."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from crm_tui.domain.text import cut
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui import theme
from crm_tui.tui.widgets.board_cards import card_line
from crm_tui.tui.widgets.board_layout import COLUMNS, BoardLayout, Place
from crm_tui.tui.widgets.lines import Piece

MOST_DRAWN: Final = 4_000
"""Lines of cards that are kept as they were drawn."""


class BoardCanvas(Widget, can_focus=True):
    """Cards in columns and lanes; moving the cursor redraws two of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("h,left", "side(-1)", show=False),
        Binding("l,right", "side(1)", show=False),
        Binding("ctrl+d", "page(0.5)", show=False),
        Binding("ctrl+u", "page(-0.5)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("g,home", "edge(False)", show=False),
        Binding("G,end", "edge(True)", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another card."""

    class Opened(Message):
        """A card was clicked twice."""

    def __init__(
        self,
        *,
        theme_name: str,
        empty: str,
        id: str | None = None,  # noqa: A002  # Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.theme_name = theme_name
        self.empty = empty
        self.board = BoardLayout()
        self.today = date.min
        self.at: Place | None = None
        self.top = self.begin = 0
        """The first line of the sheet and the first column that are seen."""
        self.marks: set[int] = set()
        self.state = "loading"
        self._anchor: int | None = None
        self._apart: frozenset[int] = frozenset()
        # A line of the screen crosses all columns, and most keys change the card of one.
        self._drawn: dict[tuple[int, int, int, str, Style, Style | None], list[Segment]] = {}

    # What is held

    def put(self, board: BoardLayout, today: date, *, cursor: int | None = None) -> None:
        """Draw other cards; the cursor keeps its card, or takes the one that came in its place.

        ``cursor`` is the id of the card that it shall stand on instead. The sheet stays where it is
        as long as the cursor is in view: the other columns must not jump because of one.
        """
        old, here = self.board, self.at
        board.fit(self.size.width, self.size.height)
        self.board, self.today = board, today
        self._drawn.clear()
        self.state = "" if board.cards else "empty"
        self.at = self._kept(old, here, cursor)
        self.top = board.aligned(self.top)
        self._settle()
        self.refresh()
        self.post_message(self.Moved())

    def _kept(self, old: BoardLayout, here: Place | None, cursor: int | None) -> Place | None:
        board = self.board
        if cursor is not None and board.places(cursor):
            return board.places(cursor)[0]
        if here is None:
            return board.first()
        column = old.column(here.column)
        begin = old.rank(here)
        # Whoever left gives its place to the next of its column, the last one to the one before.
        for place in (*column[begin:], *reversed(column[:begin])):
            card = old.card_at(place)
            found = self._place_in(card, old.lanes[place.lane].key) if card is not None else None
            if found is not None and (place == here or found.column == here.column):
                return found
        return board.first()

    def _place_in(self, card: TaskCard, lane: str) -> Place | None:
        """Where a card stands now: in the lane it was in, if it still does."""
        board = self.board
        places = board.places(card.id)
        same = (p for p in places if board.lanes[p.lane].key == lane)
        return next(same, places[0] if places else None)

    @property
    def current(self) -> TaskCard | None:
        """The card under the cursor."""
        return self.board.card_at(self.at) if self.at is not None else None

    @property
    def targets(self) -> list[int]:
        """The marked ids if any, else the cursor's (ux.md 1.2)."""
        if self.marks:
            return sorted(self.marks)
        return [self.current.id] if self.current is not None else []

    # Cursor

    def _settle(self) -> bool:
        """Bring the cursor into view, by pages and never by a line; tells whether anything moved."""
        before = self.top, self.begin
        board = self.board
        if self.at is not None:
            self.begin = max(min(self.begin, self.at.column), self.at.column - board.seen + 1)
            line = board.line_of(self.at)
            if line < self.top + board.head_lines:
                self.top = board.aligned(line + board.card_lines - board.room)
            elif line + board.card_lines > self.top + board.room:
                self.top = line - board.head_lines
            if self.at.row == 0 and self.at.lane == 0:
                self.top = 0
        else:
            self.top = 0
        self.begin = max(0, min(self.begin, len(COLUMNS) - board.seen))
        return before != (self.top, self.begin)

    def move_to(self, place: Place | None) -> None:
        """Put the cursor on a card; two cards are redrawn unless the page turns."""
        if place is None or place == self.at:
            return
        old = self.at
        self.at = place
        ranged = self._extend()
        if self._settle() or ranged or old is None:
            self.refresh()
        else:
            self._card(old)
            self._card(place)
            if old.column != place.column:
                self.refresh(Region(0, 0, self.size.width, 1))
        self.post_message(self.Moved())

    def _card(self, place: Place) -> None:
        """Draw a card again where it is in view."""
        board = self.board
        y = board.line_of(place) - self.top + 1
        column = place.column - self.begin
        if not 0 <= column < board.seen:
            return
        low, high = max(y, 1), min(y + board.card_lines, board.room + 1)
        if low < high:
            x = sum(board.widths[:column])
            self.refresh(Region(x, low, board.widths[column], high - low))

    def redraw_card(self, card_id: int) -> None:
        """Draw a card again in all its lanes."""
        for place in self.board.places(card_id):
            self._card(place)

    def action_move(self, by: int) -> None:
        """Down or up the column, through the lanes."""
        if self.at is not None:
            self.move_to(self.board.step(self.at, by))

    def action_side(self, by: int) -> None:
        """To the next column that has cards."""
        if self.at is not None:
            self.move_to(self.board.beside(self.at, by))

    def action_page(self, share: float) -> None:
        """A page or half of one."""
        cards = max(self.board.room // self.board.card_lines, 1)
        self.action_move(round(share * cards) or (1 if share > 0 else -1))

    def action_edge(self, last: bool) -> None:
        """To the first or last card of the column."""
        if self.at is not None:
            column = self.board.column(self.at.column)
            self.move_to(column[-1] if last else column[0])

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked card; a second click opens it."""
        place = self.place_at(event.x, event.y)
        if place is not None:
            if place == self.at and event.chain > 1:
                self.post_message(self.Opened())
            self.move_to(place)

    def place_at(self, x: int, y: int) -> Place | None:
        """The card that is drawn at a cell."""
        board = self.board
        if not 1 <= y <= board.room:
            return None
        lane, row, _ = board.spot(self.top, y)
        column, edge = self.begin, 0
        for width in board.widths:
            edge += width
            if x < edge:
                place = Place(lane, column, row)
                return place if board.card_at(place) is not None else None
            column += 1
        return None

    # Marks

    def toggle_mark(self) -> None:
        """Mark or unmark the cursor's card and go down."""
        card = self.current
        if card is not None:
            self.marks ^= {card.id}
            self.redraw_card(card.id)
            self.action_move(1)

    @property
    def ranging(self) -> bool:
        """Whether moving marks."""
        return self._anchor is not None

    def start_range(self) -> None:
        """Mark from the cursor on while it moves: the rectangle between here and there."""
        if self.current is not None:
            self._anchor, self._apart = self.current.id, frozenset(self.marks)
            self._extend()
            self.refresh()

    def end_range(self) -> None:
        """Moving no longer marks; what is marked stays."""
        self._anchor = None

    def _extend(self) -> bool:
        if self._anchor is None or self.at is None:
            return False
        start = self.board.places(self._anchor)
        if not start:
            self.end_range()
            return False
        begin = min(start, key=lambda place: place.lane != (self.at or place).lane)
        self.marks = {*self._apart, *self.board.between(begin, self.at)}
        return True

    # Drawing

    def on_resize(self) -> None:
        """Keep the cursor in view at the new size."""
        board = self.board
        board.fit(self.size.width, self.size.height)
        # A low screen has cards of fewer lines.
        self._drawn.clear()
        # As many cards about the cursor as there is room for, also at the end.
        last = board.line_of(self.at) + board.card_lines if self.at is not None else 0
        top = max(self.top, last - board.room)
        self.top = board.aligned(max(0, min(top, board.lines - board.room)))
        self._settle()
        self.refresh()

    def on_focus(self) -> None:
        """Draw the cursor as active."""
        if self.at is not None:
            self._card(self.at)

    def on_blur(self) -> None:
        """Draw the cursor as resting."""
        self.on_focus()

    @property
    def _base(self) -> Style:
        return self.rich_style

    def render_line(self, y: int) -> Strip:
        """The column heads, a line of the sheet, or the columns out of sight."""
        board, width = self.board, self.size.width
        if (width, self.size.height) != (board.width, board.height):
            return Strip.blank(width, self._base)
        if board.strip and y == self.size.height - 1:
            return self._strip(board.hidden(self.begin))
        if y == 0:
            return self._strip(piece for at in self._columns() for piece in self._head(at))
        if y == 2 and self.state:
            text = tr("loading") if self.state == "loading" else self.empty
            return self._strip([("  " + cut(text, width - 2), "dim")])
        lane, row, part = board.spot(self.top, y)
        if lane < 0 or y > board.room:
            return Strip.blank(width, self._base)
        if row < 0:
            heads = (
                board.lane_head(lane, at, board.widths[at - self.begin], first=at == self.begin)
                for at in self._columns()
            )
            return self._strip(piece for head in heads for piece in head)
        segments: list[Segment] = []
        for at in self._columns():
            segments += self._part(Place(lane, at, row), part, board.widths[at - self.begin])
        return Strip(segments).adjust_cell_length(width, self._base)

    def _columns(self) -> range:
        return range(self.begin, self.begin + self.board.seen)

    def _head(self, column: int) -> list[Piece]:
        here = self.at is not None and self.at.column == column
        return self.board.head(column, self.board.widths[column - self.begin], here=here)

    def _part(self, place: Place, part: int, cells: int) -> list[Segment]:
        """A line of the card at a place."""
        board, base = self.board, self._base
        card = board.card_at(place)
        if card is None:
            return [Segment(" " * cells, base)]
        here = place == self.at
        sign = "*" if card.id in self.marks else ">" if here else " "
        # Over the pieces' own styles: they keep their colours, the card is seen as one.
        over = theme.style(self.theme_name, "row" if self.has_focus else "rest") if here else None
        key = (card.id, part, cells, sign, base, over)
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) >= MOST_DRAWN:
                self._drawn.clear()
            pieces = card_line(card, part, cells, self.today, lines=board.card_lines, sign=sign)
            found = self._drawn[key] = list(self._inked(pieces, base, over))
        return found

    def _inked(self, pieces: list[Piece], base: Style, over: Style | None) -> Iterator[Segment]:
        for at, (text, role) in enumerate(pieces):
            style = base + theme.style(self.theme_name, role)
            if over is not None and at < len(pieces) - 1:
                style += over
            yield Segment(text, style)

    def _strip(self, pieces: "list[Piece] | Iterator[Piece]") -> Strip:
        return Strip(
            [Segment(t, self._base + theme.style(self.theme_name, role)) for t, role in pieces]
        ).adjust_cell_length(self.size.width, self._base)
