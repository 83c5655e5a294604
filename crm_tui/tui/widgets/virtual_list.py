"""A list of any length: it holds one window of rows, turns pages, and redraws only what changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

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

KEEP = 600
"""Rows held at most; further away they are read again."""
PAGE = 120
SLOW_S = 0.4
"""After this a list says that it is reading."""
WIDE = 100
"""Columns from which a list has room to spare (ux.md 3.8)."""


class Row(Protocol):
    """What a list needs of a row."""

    @property
    def id(self) -> int: ...
    @property
    def sort_key(self) -> tuple[Any, ...]: ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Window(Generic[R]):
    """Rows in order and whether there are more on either side."""

    rows: Sequence[R]
    before: bool
    after: bool


Fetch = Callable[[str, "tuple[Any, ...] | None", int], Window[R]]
"""Reads rows in a thread: ``first``, ``last``, ``after`` or ``before`` a key, at most so many."""


def _round(fetch: Fetch[R], key: tuple[Any, ...], count: int) -> tuple[Window[R], Window[R] | None]:
    """Rows from a key on and a page before it, whatever became of the row that had the key."""
    ahead = fetch("before", key, PAGE)
    if not ahead.rows:
        return fetch("first", None, count), None
    return fetch("after", ahead.rows[-1].sort_key, count), ahead


class Run(Protocol):
    """Runs work off the loop and hands its answer back (`Gateway.read`)."""

    def __call__(
        self, work: Callable[[], Any], then: Callable[[Any], object], *, wait: bool = False
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: ``render`` gives text and role; ``width`` 0 takes what is left.

    ``least`` is the screen width from which it is shown, ``wide`` its width from 100 columns on, and
    ``most`` how far it grows with what stands in it.
    """

    title: str
    width: int
    render: Callable[[R], tuple[str, str]]
    least: int = 0
    right: bool = False
    wide: int = 0
    most: int = 0


class VirtualList(Widget, Generic[R], can_focus=True):
    """Rows by key, cursor and marks by id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("ctrl+d", "half(1)", show=False),
        Binding("ctrl+u", "half(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("g,home", "first", show=False),
        Binding("G,end", "last", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

    class Opened(Message):
        """Enter was pressed on the cursor's row."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        theme_name: str,
        empty: str,
        id: str | None = None,  # noqa: A002  # Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.theme_name = theme_name
        self.empty = empty
        self.rows: list[R] = []
        self.before = self.after = False
        self.top = 0
        self.at = 0
        self.marks: set[int] = set()
        self._anchor: int | None = None
        self._apart: frozenset[int] = frozenset()
        self.fresh = 0
        """Rows that came in above what is shown since the list was at its top."""
        self.state = "loading"
        self._fetch: Fetch[R] | None = None
        self._run: Run | None = None
        self._busy = False
        self._grown: dict[str, int] = {}
        self._turn = self._answered = 0
        self._again = False
        self.slow = False

    # Reading

    def source(self, fetch: Fetch[R], run: Run, at: R | None = None) -> None:
        """Read from ``fetch`` from now on, starting at the top or with the cursor on a row."""
        self._fetch, self._run = fetch, run
        if at is None:
            self.go("first")
        else:
            self.jump(at)

    def put_columns(self, columns: Sequence[Column[R]]) -> None:
        """Draw other columns."""
        self.columns = columns
        self._measure()
        self.refresh()

    def jump(self, row: R) -> None:
        """Read round a row and put the cursor on it."""
        if self._fetch is None:
            return
        fetch, key, count = self._fetch, row.sort_key, max(PAGE, 3 * self.height)

        def then(answer: tuple[Window[R], Window[R] | None]) -> None:
            behind, ahead = answer
            above = ahead.rows if ahead is not None else ()
            self.rows = [*above, *behind.rows]
            self.before = ahead.before if ahead is not None else False
            self.after = behind.after
            self.at = next((i for i, r in enumerate(self.rows) if r.id == row.id), 0)
            self.top = max(0, self.at - self.height // 2)
            self.fresh = 0
            self._came()

        self._read(lambda: _round(fetch, key, count), then, wait=True)

    def fold(self) -> None:
        """Read again and show what came in above; the cursor keeps its row if it is still near."""
        row = self.current
        if row is None or self.before:
            self.fresh = 0
            self.reload()
        else:
            self.go("first", keep=row.id, screen_row=self.height - 1)

    def go(self, where: str, *, keep: int | None = None, screen_row: int = 0) -> None:
        """Read the first or last page; ``keep`` is the id the cursor should stand on again."""
        if self._fetch is None:
            return
        fetch = self._fetch
        count = max(PAGE, 3 * self.height)

        def then(window: Window[R]) -> None:
            self.rows = list(window.rows)
            self.before, self.after = window.before, window.after
            self.at = 0 if where == "first" else max(len(self.rows) - 1, 0)
            if keep is not None:
                self.at = next((i for i, r in enumerate(self.rows) if r.id == keep), self.at)
            self.top = 0 if self.at < self.height else max(0, self.at - screen_row)
            self.fresh = 0
            self._came()

        # The next key means a row of the list that was asked for.
        self._read(lambda: fetch(where, None, count), then, wait=True)

    def reload(self) -> None:
        """Read the same place again; the cursor keeps its row by id and its place on the screen."""
        if self._turn != self._answered:
            # On a slow store a question must not be put aside for the next one again and again.
            self._again = True
            return
        if self._fetch is None or not self.rows:
            self.go("first")
            return
        fetch, top_row = self._fetch, self.rows[self.top]
        count = max(PAGE, 3 * self.height)
        before_top = self.top > 0 or self.before

        def read() -> tuple[Window[R], Window[R] | None]:
            if not before_top:
                return fetch("first", None, count), None
            return _round(fetch, top_row.sort_key, count)

        def then(answer: tuple[Window[R], Window[R] | None]) -> None:
            behind, ahead = answer
            # The cursor may have moved while this was read.
            old, at, screen_row = self.rows, self.at, self.at - self.top
            ids, was_cut = self._ids(), self.before
            self.rows = [*(ahead.rows if ahead is not None else ()), *behind.rows]
            self.before = ahead.before if ahead is not None else False
            self.after = behind.after
            places = {r.id: i for i, r in enumerate(self.rows)}
            # A row that has left the list gives its place on the screen to the next one (ux.md 3.7).
            self.at = next(
                (places[r.id] for r in old[at:] if r.id in places),
                min(at, max(len(self.rows) - 1, 0)),
            )
            self.top = max(0, self.at - screen_row)
            # Where the list went on above what was held, unknown rows up there are not new ones.
            known = (i for i, r in enumerate(self.rows) if r.id in ids)
            since = next(known, self.top) if was_cut else 0
            self.fresh += sum(1 for r in self.rows[since : self.top] if r.id not in ids)
            self._came()

        self._read(read, then)

    def _read(
        self, work: Callable[[], Any], then: Callable[[Any], object], *, wait: bool = False
    ) -> None:
        """Read in a thread; the answer to an older question is dropped."""
        assert self._run is not None
        self._turn += 1
        turn = self._turn
        self._busy = True
        self.set_timer(SLOW_S, lambda: self._late(turn))

        def read() -> Any:
            try:
                return work()
            except BaseException:
                self._answered = max(turn, self._answered)
                self._busy = self.slow = False
                raise

        def answered(answer: Any) -> None:
            if turn == self._turn:
                self._answered = turn
                self._busy = self.slow = False
                then(answer)
                if self._again:
                    self._again = False
                    self.reload()

        self._run(read, answered, wait=wait)

    def _late(self, turn: int) -> None:
        if turn == self._turn and self._answered != turn:
            self.slow = True
            self.refresh(Region(0, 0, self.size.width, 1))

    def _came(self) -> None:
        """Other rows are held: draw them."""
        self.state = "empty" if not self.rows else ""
        self._settle()
        self._measure()
        self.refresh()
        self.post_message(self.Moved())

    def _ids(self) -> set[int]:
        return {r.id for r in self.rows}

    def patch(self, rows: Sequence[R], gone: Sequence[int] = ()) -> None:
        """Put newer versions of rows in place by id; the cursor and the screen stay where they are."""
        newer = {r.id: r for r in rows}
        left = set(gone)
        current = self.current
        for index, row in enumerate(self.rows):
            if row.id in newer:
                self.rows[index] = newer[row.id]
                self._line(index)
        if left & {r.id for r in self.rows}:
            screen_row = self.at - self.top
            self.rows = [r for r in self.rows if r.id not in left]
            if current is not None and current.id not in left:
                self.at = next(i for i, r in enumerate(self.rows) if r.id == current.id)
            self.at = min(self.at, max(len(self.rows) - 1, 0))
            self.top = max(0, self.at - screen_row)
            self.state = "empty" if not self.rows else ""
            self._settle()
            self.refresh()
            self._more()

    def _more(self) -> None:
        """Read on where the cursor comes near an edge of what is held."""
        if self._busy or self._fetch is None or self._run is None or not self.rows:
            return
        fetch = self._fetch
        margin = 2 * self.height
        if self.after and self.at + margin >= len(self.rows):
            key, where = self.rows[-1].sort_key, "after"
        elif self.before and self.at - margin < 0:
            key, where = self.rows[0].sort_key, "before"
        else:
            return
        self._busy = True
        turn = self._turn

        def read() -> Window[R]:
            try:
                return fetch(where, key, PAGE)
            except BaseException:
                self._busy = False
                raise

        def then(window: Window[R]) -> None:
            if turn != self._turn:
                return
            self._busy = False
            if where == "after":
                self.rows.extend(window.rows)
                self.after = window.after
                if len(self.rows) > KEEP and self.top > KEEP // 3:
                    drop = self.top - KEEP // 3
                    del self.rows[:drop]
                    self.at -= drop
                    self.top -= drop
                    self.before = True
            else:
                self.rows[:0] = window.rows
                self.before = window.before
                self.at += len(window.rows)
                self.top += len(window.rows)
                if len(self.rows) > KEEP:
                    del self.rows[max(KEEP, self.at + self.height) :]
                    self.after = True
            self._measure()
            self.refresh()

        self._run(read, then)

    # Cursor

    @property
    def height(self) -> int:
        """Lines for rows, below the head."""
        return max(self.size.height - 1, 1)

    @property
    def active_line(self) -> int:
        """The line of the widget on which the cursor's row stands."""
        return self.at - self.top + 1 if self.rows else 1

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.rows[self.at] if 0 <= self.at < len(self.rows) else None

    @property
    def targets(self) -> list[int]:
        """The marked ids if any, else the cursor's (ux.md 1.2)."""
        if self.marks:
            return sorted(self.marks)
        return [self.current.id] if self.current is not None else []

    def _settle(self) -> None:
        """Keep the cursor on the screen by turning pages, never by scrolling a line."""
        if self.at < self.top or self.at >= self.top + self.height:
            self.top = max(0, (self.at // self.height) * self.height)
            if self.at >= self.top + self.height:
                self.top = self.at
        self.top = max(0, min(self.top, max(len(self.rows) - 1, 0)))

    def move_to(self, index: int) -> None:
        """Put the cursor on a row; two lines change unless the page turns."""
        index = max(0, min(index, len(self.rows) - 1))
        if index == self.at or not self.rows:
            return
        old, top = self.at, self.top
        self.at = index
        ranged = self._extend(old)
        if index >= self.top + self.height:
            self.top = index if index - old <= 1 else min(index, self.top + (index - old))
        elif index < self.top:
            self.top = max(0, index - self.height + 1) if old - index <= 1 else index
        if self.top == top and not ranged:
            self._line(old)
            self._line(index)
        else:
            self.refresh()
        if self.top == 0 and not self.before:
            self.fresh = 0
        self._more()
        self.post_message(self.Moved())

    def _line(self, index: int) -> None:
        y = index - self.top + 1
        if 1 <= y <= self.height:
            self.refresh(Region(0, y, self.size.width, 1))

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
        """To the top of the whole list."""
        if self.before:
            self.go("first")
        else:
            self.move_to(0)

    def action_last(self) -> None:
        """To the end of the whole list."""
        if self.after:
            self.go("last", screen_row=self.height - 1)
        else:
            self.move_to(len(self.rows) - 1)

    def toggle_mark(self) -> None:
        """Mark or unmark the cursor's row and go down."""
        if self.current is None:
            return
        self.marks ^= {self.current.id}
        self._line(self.at)
        self.move_to(self.at + 1)

    @property
    def ranging(self) -> bool:
        """Whether moving marks."""
        return self._anchor is not None

    def start_range(self) -> None:
        """Mark from the cursor on while it moves."""
        if self.current is not None:
            self._anchor, self._apart = self.current.id, frozenset(self.marks)
            self._extend(self.at)
            self.refresh()

    def end_range(self) -> None:
        """Moving no longer marks; what is marked stays."""
        self._anchor = None

    def _extend(self, old: int) -> bool:
        """Let the marks reach from where the range began to the cursor."""
        if self._anchor is None:
            return False
        start = next((i for i, r in enumerate(self.rows) if r.id == self._anchor), None)
        apart = self._apart
        if start is None:
            # It began in rows that are no longer held: those marks stay, the new ones are added.
            start, apart = old, frozenset(self.marks)
        low, high = sorted((start, self.at))
        self.marks = {*apart, *(r.id for r in self.rows[low : high + 1])}
        return True

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click opens it."""
        index = self.top + event.y - 1
        if event.y >= 1 and index < len(self.rows):
            if index == self.at and event.chain > 1:
                self.post_message(self.Opened())
            self.move_to(index)

    def on_resize(self) -> None:
        """Keep the cursor in view at the new size, with as many rows about it as there is room for."""
        self.top = max(0, min(self.top, self.at), self.at - self.height + 1)
        if not self.after:
            self.top = max(0, min(self.top, len(self.rows) - self.height))
        self._settle()
        self.refresh()
        self._more()

    # Drawing

    def _widths(self) -> list[tuple[Column[R], int]]:
        width = self.size.width
        seen = [(c, self._width(c)) for c in self.columns if width >= c.least]
        fixed = sum(size + 1 for _, size in seen if size) + 1
        flexible = sum(1 for _, size in seen if not size)
        share = max((width - fixed) // max(flexible, 1) - 1, 4)
        return [(c, size or share) for c, size in seen]

    def _width(self, column: Column[R]) -> int:
        size = column.wide if column.wide and self.size.width >= WIDE else column.width
        return max(size, min(self._grown.get(column.title, 0), column.most))

    def _measure(self) -> None:
        """How wide what is held of the columns that grow is."""
        self._grown = {
            c.title: max((cell_width(c.render(r)[0]) for r in self.rows), default=0)
            for c in self.columns
            if c.most
        }

    def render_line(self, y: int) -> Strip:
        """The head, a row, or the reason why there is none."""
        width = self.size.width
        if y == 0:
            return self._head(width)
        index = self.top + y - 1
        if index < len(self.rows):
            return self._row(self.rows[index], index == self.at, width)
        if y == 2 and not self.rows and self.state:
            text = tr("loading") if self.state == "loading" else self.empty
            return Strip(
                [Segment("  " + cut(text, width - 2), self._style("dim"))]
            ).adjust_cell_length(width, self._base)
        return Strip.blank(width, self._base)

    @property
    def _base(self) -> Style:
        return self.rich_style

    def _style(self, role: str) -> Style:
        return self._base + theme.style(self.theme_name, role)

    def _head(self, width: int) -> Strip:
        cells = [" "]
        for column, size in self._widths():
            cells.append(pad(tr(column.title), size, right=column.right) + " ")
        text = cut("".join(cells), width)
        style, segments = self._style("columns"), []
        note = tr("loading") if self.slow else ""
        if self.fresh:
            note = tr("+{count} new").format(count=self.fresh)
        if note:
            note = f" {note} "
            text = pad(text, width - cell_width(note))
            segments = [Segment(note, self._style("tab"))]
        return Strip([Segment(text, style), *segments]).adjust_cell_length(width, style)

    def _row(self, row: R, is_cursor: bool, width: int) -> Strip:
        marked = row.id in self.marks
        segments = [Segment("*" if marked else ">" if is_cursor else " ", self._style("mark"))]
        for column, size in self._widths():
            text, role = column.render(row)
            style = self._style(role)
            segments.append(Segment(pad(text, size, right=column.right) + " ", style))
        if is_cursor:
            # Over the cells' own styles: they keep their colours, the line is seen as one.
            over = theme.style(self.theme_name, "row" if self.has_focus else "rest")
            segments = list(Segment.apply_style(segments, post_style=over))
            return Strip(segments).adjust_cell_length(width, self._base + over)
        return Strip(segments).adjust_cell_length(width, self._base)

    def on_focus(self) -> None:
        """Draw the cursor as active."""
        self._line(self.at)

    def on_blur(self) -> None:
        """Draw the cursor as resting."""
        self._line(self.at)
