"""The wire: it remembers the cells on the terminal and sends only what differs (design.md 5).

A frame comes in as pieces of lines, as Textual composed them, and leaves as the shortest sequences
that turn the screen as it is into the screen as it should be: the shortest move, one change of pen
where the look changes, blanks by erasing, short equal gaps written over where that is cheaper than a
move. Nothing here is private to Textual; `private` feeds it.

What is sent, and nothing else (tests/tui/emulator.py refuses the rest): CUP, CHA, CUF, CUB, CR, VT, BS,
SGR, EL and ED to the end, ECH, and DECSTBM once at a reset. A line down is VT, one byte that keeps the
column: the terminal's device makes two of LF. Not sent: REP, which mosh and the Linux console lose. Line
wrap is off while Textual
runs; after the last column of a line only an absolute move or CR is trusted.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.color import ColorSystem
from textual.strip import Strip

from crm_tui.tui.cells import BLANK, ON_BLANKS, Pen, change, disputed, pen
from crm_tui.tui.lines import Line, cells_at, is_narrow_disputed, lay, runs

Piece = tuple[int, int, Strip]
"""Row, column and the strip that begins there."""
Run = tuple[int, list[int]]
"""A row and some of its columns."""

_GAP = 8
"""Equal cells that are looked at for writing over; a move costs 3 to 8 bytes."""
_WORTH_ERASING = 4
"""Blanks from which erasing can be shorter than writing them."""
_BLANKS = [BLANK] * (_WORTH_ERASING - 1)
_RESET = "\x1b[m\x1b[r"


class Wire:
    """The terminal as we left it.

    ``erases`` says that erasing fills with the background of the pen, as most terminals do; where one
    does not, blanks with a background are written out. ``ascii_only`` draws lines and signs in ASCII;
    texts in other scripts stay. No colours means none, whatever the theme.
    """

    def __init__(
        self,
        colours: ColorSystem | None = ColorSystem.TRUECOLOR,
        *,
        erases: bool = True,
        ascii_only: bool = False,
    ) -> None:
        self.colours = colours
        self.erases = erases
        self.ascii_only = ascii_only
        self.size = (0, 0)
        self._lines: list[Line] = []
        # What was drawn last in each place, so that the same strip is not looked at again.
        self._drawn: list[dict[int, Strip]] = []
        self._pen: Pen | None = None
        self._x: int | None = None
        self._y: int | None = None
        self._out: list[str] = []

    def forget(self) -> None:
        """Something else has written to the terminal, or it was resized: nothing is known of it."""
        self.size = (0, 0)

    def knows(self, size: tuple[int, int]) -> bool:
        """Whether a part of a frame of this size is enough."""
        return self.size == size

    def frame(self, size: tuple[int, int], pieces: Iterable[Piece], cursor: tuple[int, int]) -> str:
        """What to send so that the pieces and the cursor, as column and row, are on the screen.

        After `forget` and at another size the pieces must be those of the whole screen.
        """
        out = self._out = []
        if self.size == size:
            meant = self._meant(pieces)
        else:
            meant = self._begin(size, pieces)
        self._send(meant)
        self._move(*cursor)
        return "".join(out)

    # What is meant

    def _begin(self, size: tuple[int, int], pieces: Iterable[Piece]) -> dict[int, Line]:
        """Erase everything with the commonest background: what is on the screen is then known."""
        width, height = self.size = size
        plain = pen()
        self._lines = [([BLANK] * width, [plain] * width) for _ in range(height)]
        self._drawn = [{} for _ in range(height)]
        meant = self._meant(pieces)
        if self.erases:
            count = Counter(p for _, pens in meant.values() for p in pens if p.plain)
            plain = max(count, key=count.__getitem__, default=plain)
        self._pen = None
        self._out.append(f"{_RESET}{change(pen(), plain)}\x1b[H\x1b[J")
        self._pen, self._x, self._y = plain, 0, 0
        self._lines = [([BLANK] * width, [plain] * width) for _ in range(height)]
        return meant

    def _meant(self, pieces: Iterable[Piece]) -> dict[int, Line]:
        """The lines that pieces touch, as they should be."""
        width, height = self.size
        meant: dict[int, Line] = {}
        for y, x, strip in pieces:
            if not (0 <= y < height and 0 <= x < width):
                continue
            drawn = self._drawn[y]
            if drawn.get(x) is strip:
                continue
            end = min(x + strip.cell_length, width)
            for other, under in list(drawn.items()):
                if other < end and other + under.cell_length > x:
                    del drawn[other]
            drawn[x] = strip
            line = meant.get(y)
            if line is None:
                texts, pens = self._lines[y]
                line = meant[y] = (texts.copy(), pens.copy())
            lay(line, x, end, strip, self.colours, ascii_only=self.ascii_only)
        return meant

    # What is sent

    def _send(self, meant: dict[int, Line]) -> None:
        """Send lines pen by pen: in 24-bit colours a move is much shorter than a change of pen."""
        by_pen: dict[Pen, list[Run]] = {}
        blanks: list[Run] = []
        for y, line in sorted(meant.items()):
            old = self._lines[y]
            for ink, todo in runs(old, line):
                if ink is not None:
                    by_pen.setdefault(ink, []).append((y, todo))
                else:
                    blanks.append((y, todo))
        for y, todo in blanks:
            # Blanks go with any pen of their background.
            blank = meant[y][1][todo[0]]
            ink = next((p for p in by_pen if p.blank is blank), blank)
            insort(by_pen.setdefault(ink, []), (y, todo))
        while by_pen:
            old_pen = self._pen
            ink = min(by_pen, key=lambda p: len(change(old_pen, p)))
            for y, todo in by_pen.pop(ink):
                texts, pens = meant[y]
                self._row(y, texts, pens, todo)
        for y, line in meant.items():
            self._lines[y] = line

    def _row(self, y: int, texts: Sequence[str], pens: Sequence[Pen], todo: Sequence[int]) -> None:
        """Send the cells that ``todo`` names, from left to right."""
        width, out = len(texts), self._out
        at, count = 0, len(todo)
        while at < count:
            x = todo[at]
            self._reach(x, y, texts, pens)
            text = texts[x]
            if text == BLANK and pens[x].plain:
                done = self._erase(x, texts, pens, todo, at)
                if done > at:
                    at = done
                    continue
            ink = self._take(at, texts, pens, todo)
            if not text.isascii() and disputed(text):
                at = self._disputed(at, texts, pens, todo)
                continue
            start = x
            while True:
                x += 1
                at += 1
                if at == count or todo[at] != x:
                    break
                text = texts[x]
                if pens[x] is not ink and not (text == BLANK and pens[x] is ink.blank):
                    break
                if text == BLANK:
                    if texts[x - 1] != BLANK and texts[x + 1 : x + _WORTH_ERASING] == _BLANKS:
                        break
                elif not text.isascii() and disputed(text):
                    break
            out.append("".join(texts[start:x]))
            self._x = x if x < width else None

    def _disputed(
        self, at: int, texts: Sequence[str], pens: Sequence[Pen], todo: Sequence[int]
    ) -> int:
        """Send what terminals measure differently, and trust the column no more; the next in ``todo``.

        Narrow ones in a row go together: one new anchor for a border, and what a terminal draws too
        wide hides the end of its own run, not every other character of it.
        """
        x, count = todo[at], len(todo)
        start, width = x, cells_at(texts, x)
        if width > 1:
            # Where a terminal fills fewer cells, the rest must not show what was there.
            self._out.append(f"{BLANK * width}\x1b[{x + 1}G{texts[x]}")
            self._x = None
            return at + width
        while True:
            x += 1
            at += 1
            if at == count or todo[at] != x or pens[x] is not pens[start]:
                break
            if not is_narrow_disputed(texts, x):
                break
        self._out.append("".join(texts[start:x]))
        self._x = None
        return at

    def _take(self, at: int, texts: Sequence[str], pens: Sequence[Pen], todo: Sequence[int]) -> Pen:
        """Take up a pen that is right for the cell; for a blank, the one that serves longest."""
        x = todo[at]
        old, new = self._pen, pens[x]
        if texts[x] == BLANK:
            if old is not None and old.blank is new:
                return old
            for later in todo[at + 1 :]:
                ink = pens[later]
                if texts[later] != BLANK:
                    if ink.blank is new:
                        new = ink
                    break
                if ink is not new:
                    break
            if new is pens[x] and new.plain and old is not None:
                new = pen(old.foreground, new.background, old.attributes & ~ON_BLANKS)
        self._out.append(change(old, new))
        self._pen = new
        return new

    def _erase(
        self,
        x: int,
        texts: Sequence[str],
        pens: Sequence[Pen],
        todo: Sequence[int],
        at: int,
    ) -> int:
        """Erase the blanks from ``x`` on where that is shorter; the next in ``todo``, or ``at``."""
        blank, width = pens[x], len(texts)
        if blank.background and not self.erases:
            return at
        end = x + 1
        while end < width and texts[end] == BLANK and pens[end] is blank:
            end += 1
        following = bisect_left(todo, end, at)
        length = todo[following - 1] + 1 - x
        if length < _WORTH_ERASING:
            return at
        if end == width:
            order = "\x1b[K"
        else:
            order = f"\x1b[{length}X"
            gap = todo[following] - x if following < len(todo) else 0
            written = length + _forward(gap - length if gap else 0)
            if len(order) + _forward(gap) >= written:
                return at
        self._take(at, texts, pens, todo)
        self._out.append(order)
        return following

    def _reach(self, x: int, y: int, texts: Sequence[str], pens: Sequence[Pen]) -> None:
        """Bring the cursor to a cell, by writing over a short equal gap where that is shortest."""
        if self._y == y and self._x is not None and 0 < x - self._x <= _GAP:
            gap = range(self._x, x)
            ink = self._pen
            # The cursor may stand on the second half of a wide character.
            if (
                ink is not None
                and texts[self._x]
                and all(
                    (pens[i] is ink or (pens[i] is ink.blank and texts[i] == BLANK))
                    and not (not texts[i].isascii() and disputed(texts[i]))
                    for i in gap
                )
            ):
                over = "".join(texts[self._x : x])
                if len(over.encode()) <= _forward(len(gap)):
                    self._out.append(over)
                    self._x = x
                    return
        self._move(x, y)

    def _move(self, x: int, y: int) -> None:
        """The shortest move."""
        old_x, old_y = self._x, self._y
        if old_x == x and old_y == y:
            return
        ways = [f"\x1b[{y + 1 if y or x else ''}{f';{x + 1}' if x else ''}H"]
        if old_y is not None and y >= old_y:
            down = _down(y - old_y)
            ways.append("\r" + down + _right(x))
            if old_x is not None:
                ways.append(down + _along(x - old_x))
        if old_y == y:
            ways.append(f"\x1b[{x + 1}G")
        self._out.append(min(ways, key=len))
        self._x, self._y = x, y


def _order(count: int, letter: str) -> str:
    return f"\x1b[{count if count > 1 else ''}{letter}"


def _down(count: int) -> str:
    return min("\v" * count, _order(count, "B"), key=len)


def _right(count: int) -> str:
    return _order(count, "C") if count else ""


def _along(count: int) -> str:
    """Left or right in a line."""
    return _right(count) if count >= 0 else min("\b" * -count, _order(-count, "D"), key=len)


def _forward(count: int) -> int:
    """Bytes of a move to the right."""
    return len(_right(count))
