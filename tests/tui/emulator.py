"""A small strict terminal for exactly what crm_tui.tui.wire sends; anything else is a failure.

Written from the standards (ECMA-48, xterm's control sequences), not from the wire. Where terminals
differ it takes the worst: half of an overwritten wide character is undefined until written again, and
takes the cell after it along when it is a first half; after the last column only an absolute move or a
carriage return knows where it is.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

VISIBLE_ON_BLANKS = frozenset({4, 7, 9, 21, 51, 52, 53})
_ATTRIBUTES = frozenset({*range(1, 10), 21, 51, 52, 53})
_ENDS = {
    22: {1, 2},
    23: {3},
    24: {4, 21},
    25: {5, 6},
    27: {7},
    28: {8},
    29: {9},
    54: {51, 52},
    55: {53},
}
_TOKEN = re.compile(r"\x1b\[(?P<args>[\d;?]*)(?P<final>[A-Za-z])|(?P<control>[\x00-\x1f\x7f-\x9f])")
_LINKS = re.compile(r"\x1b\]8;[^\x1b]*\x1b\\")
JOINER, SELECTOR = "\u200d", "\ufe0f"


class Cell(NamedTuple):
    """What one sees in a cell; the rest of a wide character holds "", an undefined cell ``None``."""

    text: str | None = " "
    foreground: str = ""
    background: str = ""
    attributes: frozenset[int] = frozenset()

    @property
    def look(self) -> "Cell":
        """Without what does not show on a blank."""
        if self.text == " " and not self.attributes & VISIBLE_ON_BLANKS:
            return Cell(" ", "", self.background)
        return self


class Measure(NamedTuple):
    """How a terminal measures: a character, and whether joiners and selectors change widths."""

    width: Callable[[str], int]
    joins: bool = True


def _east_asian(char: str) -> int:
    wide = unicodedata.east_asian_width(char) == "A" and get_character_cell_size(char)
    return 2 if wide else get_character_cell_size(char)


def _naive(char: str) -> int:
    return get_character_cell_size(char) or 1


AS_TEXTUAL = Measure(get_character_cell_size)
EAST_ASIAN = Measure(_east_asian)
"""Ambiguous letters and signs take two cells."""
NAIVE = Measure(_naive, joins=False)
"""Nothing joins: accents, joiners and selectors take a cell of their own."""


class Emulator:
    """The screen; ``fills`` says whether erasing fills with the background colour."""

    def __init__(
        self, width: int, height: int, *, measure: Measure = AS_TEXTUAL, fills: bool = True
    ) -> None:
        self.measure, self.fills = measure, fills
        self.foreground = self.background = ""
        self.attributes: frozenset[int] = frozenset()
        self.synchronized = False
        self.shows_cursor = False
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Another size: what terminals then show differs, so that nothing is defined."""
        self.width, self.height = width, height
        self.x = self.y = 0
        self.scribble()

    def scribble(self) -> None:
        """Another program was here."""
        self.rows = [[Cell(None)] * self.width for _ in range(self.height)]
        self.beyond = True
        self._halves: set[tuple[int, int]] = set()

    # Reading

    def feed(self, data: str) -> None:
        """Take what a program sends."""
        assert not re.search("[\ud800-\udfff]", data), "not to be encoded"
        position = 0
        for token in _TOKEN.finditer(data):
            self._print(data[position : token.start()])
            position = token.end()
            if token["control"]:
                self._control(token["control"], data, token.start())
            else:
                self._order(token["args"], token["final"])
        self._print(data[position:])

    def feed_textual(self, data: str) -> None:
        """Take what Textual sends: it resets after every piece, and marks links, which are no look."""
        self.feed(_LINKS.sub("", data))

    def _control(self, char: str, data: str, at: int) -> None:
        if char == "\r":
            self.x, self.beyond = 0, False
        elif char == "\v":
            # Not LF: a terminal's device makes CR LF of it, a channel does not.
            assert not self.beyond
            self._to(self.x, self.y + 1)
        elif char == "\b":
            assert not self.beyond
            self._to(self.x - 1, self.y)
        else:
            raise AssertionError(f"control character {char!r}")

    def _order(self, args: str, final: str) -> None:
        if args.startswith("?"):
            assert args in ("?2026", "?25") and final in "hl", f"unknown mode {args}{final}"
            if args == "?25":
                self.shows_cursor = final == "h"
                return
            assert self.synchronized == (final == "l"), "marks do not nest"
            self.synchronized = final == "h"
            return
        numbers = [int(n) if n else 0 for n in args.split(";")]
        if final == "m":
            self._render(numbers)
            return
        first = numbers[0] or 1
        if final == "H":
            assert len(numbers) <= 2
            self._to((numbers[1] or 1) - 1 if len(numbers) > 1 else 0, first - 1)
            return
        assert len(numbers) == 1, f"arguments {args}{final}"
        if final == "G":
            self._to(first - 1, self.y)
        elif final == "J":
            assert not args and (self.x, self.y) == (0, 0) and not self.beyond
            self.rows = [[self._erased()] * self.width for _ in range(self.height)]
            self._halves.clear()
        elif final == "r":
            assert not args
            self._to(0, 0)
        else:
            assert not self.beyond, f"{final} from a column that is not certain"
            if final == "C":
                self._to(self.x + first, self.y)
            elif final == "D":
                self._to(self.x - first, self.y)
            elif final == "B":
                self._to(self.x, self.y + first)
            elif final == "K":
                assert not args
                self._erase(self.width - self.x)
            elif final == "X":
                self._erase(first)
            else:
                raise AssertionError(f"unknown sequence {args}{final}")

    def _to(self, x: int, y: int) -> None:
        assert 0 <= x < self.width and 0 <= y < self.height, f"out of the screen: {x}, {y}"
        self.x, self.y, self.beyond = x, y, False

    # Pens

    def _render(self, numbers: list[int]) -> None:
        rest = list(numbers)
        while rest:
            code = rest.pop(0)
            if code == 0:
                self.foreground = self.background = ""
                self.attributes = frozenset()
            elif code in _ATTRIBUTES:
                self.attributes |= {code}
            elif code in _ENDS:
                self.attributes -= _ENDS[code]
            elif code in (38, 48):
                count = {2: 4, 5: 2}[rest[0]]
                taken, rest = rest[:count], rest[count:]
                assert len(taken) == count and all(0 <= n < 256 for n in taken)
                self._colour(code == 38, ";".join(map(str, (code, *taken))))
            elif code in (39, 49):
                self._colour(code == 39, "")
            else:
                assert code // 10 in (3, 4, 9, 10) and code % 10 < 8, f"unknown rendition {code}"
                self._colour(code // 10 in (3, 9), str(code))

    def _colour(self, foreground: bool, code: str) -> None:
        if foreground:
            self.foreground = code
        else:
            self.background = code

    # Cells

    def _erased(self) -> Cell:
        assert not self.attributes & VISIBLE_ON_BLANKS, "terminals differ in erasing with these"
        return Cell(" ", "", self.background if self.fills else "")

    def _erase(self, count: int) -> None:
        assert self.x + count <= self.width
        self._break(self.x, self.x + count)
        self.rows[self.y][self.x : self.x + count] = [self._erased()] * count

    def _break(self, start: int, end: int) -> None:
        """Halves of wide characters that stay at either side are undefined."""
        row = self.rows[self.y]
        if row[start].text == "":
            left = start - 1
            while row[left].text == "":
                row[left] = Cell(None)
                left -= 1
            row[left] = Cell(None)
            self._halves.add((self.y, left))
        while end < self.width and row[end].text == "":
            row[end] = Cell(None)
            end += 1
        for x in range(start, end):
            if (self.y, x) in self._halves:
                self._halves.discard((self.y, x))
                if self.measure is AS_TEXTUAL and x + 1 == end < self.width:
                    row[end] = Cell(None)

    def _print(self, text: str) -> None:
        joined = False
        last: tuple[int, int] | None = None
        for char in text:
            sticks = self.measure.joins and (joined or char in (JOINER, SELECTOR))
            width = self.measure.width(char)
            if last is not None and (sticks or not width):
                last = self._stick(last, char)
            elif width:
                last = self._put(char, width)
            else:
                raise AssertionError(f"{char!r} sticks to nothing that was written with it")
            joined = char == JOINER and self.measure.joins

    def _put(self, char: str, width: int) -> tuple[int, int]:
        if self.measure is AS_TEXTUAL:
            assert not self.beyond, f"{char!r} written from a column that is not certain"
            assert self.x + width <= self.width, f"{char!r} does not fit"
        start = min(self.x, self.width - 1)
        width = min(width, self.width - start)
        self._break(start, start + width)
        cell = Cell(char, self.foreground, self.background, self.attributes)
        self.rows[self.y][start : start + width] = [cell, *[cell._replace(text="")] * (width - 1)]
        self._advance(start + width)
        return start, width

    def _stick(self, last: tuple[int, int], char: str) -> tuple[int, int]:
        start, width = last
        cell = self.rows[self.y][start]
        assert cell.text
        cell = cell._replace(text=cell.text + char)
        self.rows[self.y][start] = cell
        if self.measure.joins and char == SELECTOR and cell_len(str(cell.text)) > width:
            room = start + width < self.width
            assert room or self.measure is not AS_TEXTUAL
            if room:
                self._break(start + width, start + width + 1)
                self.rows[self.y][start + width] = cell._replace(text="")
                self._advance(start + width + 1)
                return start, width + 1
        return last

    def _advance(self, x: int) -> None:
        self.beyond = x >= self.width
        self.x = min(x, self.width - 1)

    # Looking

    def looks(self) -> list[list[Cell]]:
        """Every cell as one sees it."""
        return [[cell.look for cell in row] for row in self.rows]

    def text(self) -> str:
        """The screen as text."""
        return "\n".join("".join(cell.text or "" for cell in row) for row in self.rows)
