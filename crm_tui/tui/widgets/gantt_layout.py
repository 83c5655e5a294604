"""Where things stand on the timeline: days and columns, bars and dependency lines (R-205, R-206).

Pure: dates go in, characters with their roles come out. Columns count from the left edge of the chart;
those of a `Scale` are fixed to the calendar, so that a bar is as long wherever it is looked at from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from crm_tui.domain.text import clusters

LAST_DAY: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Zoom:
    """So many columns for so many days; ``unit`` days are what a bar moves by, ``pan`` what one looks on by."""

    name: str
    columns: int
    days: int
    unit: int
    pan: int


ZOOMS: Final = (
    Zoom("day", 3, 1, 1, 7),
    Zoom("week", 1, 1, 7, 7),
    Zoom("month", 1, 3, 30, 30),
    Zoom("quarter", 1, 7, 91, 91),
)
"""From near to far; a week has 7 columns, a month 10, a quarter 13."""
NAMES: Final = tuple(z.name for z in ZOOMS)


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of the calendar on ``width`` columns; ``offset`` is the calendar's column at the left edge."""

    zoom: Zoom
    offset: int
    width: int

    @classmethod
    def of(cls, name: str, left: date, width: int) -> "Scale":
        """The scale of a zoom with the column of ``left`` at its left edge."""
        zoom = ZOOMS[NAMES.index(name)]
        return cls(zoom, _first(zoom, left.toordinal()), width)

    def first(self, day: date) -> int:
        """The first column of a day; outside the chart where the day is not in sight."""
        return _first(self.zoom, day.toordinal()) - self.offset

    def last(self, day: date) -> int:
        """The last column of a day."""
        return _last(self.zoom, day.toordinal()) - self.offset

    def day(self, column: int) -> date:
        """The first day that a column stands for, within the calendar."""
        number = (self.offset + column) * self.zoom.days // self.zoom.columns + 1
        return date.fromordinal(max(1, min(number, LAST_DAY)))

    def moved(self, columns: int) -> "Scale":
        """Looking so many columns further, as far as the calendar goes."""
        end = _last(self.zoom, LAST_DAY) - self.width + 1
        return replace(self, offset=max(0, min(self.offset + columns, end)))

    def panned(self, steps: int) -> "Scale":
        """Looking so many steps of the zoom further."""
        return self.moved(steps * self.zoom.pan * self.zoom.columns // self.zoom.days)

    def about(self, day: date, column: int) -> "Scale":
        """The same zoom with a day at a column."""
        return self.moved(self.first(day) - column)

    def zoomed(self, step: int, keep: date) -> "Scale":
        """Nearer or further; a day stays at its column, or comes to the middle if it was out of sight."""
        place = max(0, min(NAMES.index(self.zoom.name) + step, len(ZOOMS) - 1))
        column = self.first(keep)
        if not 0 <= column < self.width:
            column = self.width // 2
        return Scale.of(NAMES[place], keep, self.width).moved(-column)

    def resized(self, width: int) -> "Scale":
        """The same left edge on another width."""
        return replace(self, width=width).moved(0)


def _first(zoom: Zoom, number: int) -> int:
    # Day 1 of the calendar is a Monday: columns of seven days are weeks.
    return (number - 1) * zoom.columns // zoom.days


def _last(zoom: Zoom, number: int) -> int:
    return ((number - 1) * zoom.columns + zoom.columns - 1) // zoom.days


# Signs


@dataclass(frozen=True, slots=True)
class Signs:
    """What bars and lines are drawn with."""

    done: str
    rest: str
    critical: str
    milestone: str
    baseline: str
    today: str
    left: str
    right: str
    up: str
    down: str
    lines: str
    """Of lines, by the directions they go: 1 up, 2 down, 4 left, 8 right."""
    chain: str
    """In front of a task of the critical path."""
    rule: str


BLOCKS: Final = Signs(
    "█", "░", "▒", "◆", "▔", "┃", "◀", "▶", "▲", "▼", " ││││┘┐┤│└┌├─┴┬┼", "‖", "│"
)
ASCII: Final = Signs("#", "=", "%", "*", "~", "|", "<", ">", "^", "v", " ||||+++|+++-+++", "$", "|")
"""Where only ASCII may be drawn; done and rest must differ there too."""
BROKEN: Final = "x"
"""The head of a dependency whose successor starts before its predecessor ends."""
UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

Piece = tuple[str, str]
"""Text and role."""


class Cells:
    """A line of the chart, a character and a role a column."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.signs = [" "] * width
        self.roles = [""] * width

    def put(self, column: int, sign: str, role: str) -> None:
        """Draw in a column; what is outside is not seen."""
        if 0 <= column < self.width:
            self.signs[column], self.roles[column] = sign, role

    def fill(self, first: int, last: int, sign: str, role: str) -> None:
        """Draw from column to column, as far as they are in sight."""
        for column in range(max(first, 0), min(last, self.width - 1) + 1):
            self.signs[column], self.roles[column] = sign, role

    def write(self, column: int, text: str, role: str) -> None:
        """Write from a column on; a wide character has its second column empty."""
        for sign, size in clusters(text):
            if column + size <= self.width:
                self.put(column, sign, role)
                for rest in range(column + 1, column + size):
                    self.put(rest, "", role)
            column += size

    def pieces(self) -> list[Piece]:
        """The line as runs of one role."""
        found: list[Piece] = []
        start = 0
        for column in range(1, self.width + 1):
            if column == self.width or self.roles[column] != self.roles[start]:
                found.append(("".join(self.signs[start:column]), self.roles[start]))
                start = column
        return found


# Bars


@dataclass(frozen=True, slots=True)
class Bar:
    """The columns of a task, both ends included and not clipped; ``done`` of them are done."""

    first: int
    last: int
    done: int
    milestone: bool = False


def bar(
    scale: Scale, start: date | None, due: date | None, progress: int, *, milestone: bool = False
) -> Bar | None:
    """Where a task stands; with one date only it takes that day, without dates there is no bar."""
    days = sorted(d for d in (start, due) if d is not None)
    if not days:
        return None
    if milestone:
        # A milestone is a moment: the middle of the day it is due.
        day = due or days[0]
        column = (scale.first(day) + scale.last(day)) // 2
        return Bar(column, column, 0, True)
    first, last = scale.first(days[0]), scale.last(days[-1])
    done = (last - first + 1) * max(0, min(progress, 100)) // 100
    return Bar(first, last, done)


def draw_bar(cells: Cells, bar: Bar, signs: Signs, role: str, *, critical: bool = False) -> None:
    """Draw a bar; arrows at the edges tell that it goes on there, or where it is."""
    right = cells.width - 1
    if bar.last < 0:
        cells.put(0, signs.left, role)
        return
    if bar.first > right:
        cells.put(right, signs.right, role)
        return
    if bar.milestone:
        cells.put(bar.first, signs.milestone, role)
        return
    rest = signs.critical if critical else signs.rest
    cells.fill(bar.first, bar.first + bar.done - 1, signs.done, role)
    cells.fill(bar.first + bar.done, bar.last, rest, role)
    if bar.first < 0:
        cells.put(0, signs.left, role)
    if bar.last > right:
        cells.put(right, signs.right, role)


# Dependencies


@dataclass(frozen=True, slots=True)
class Elbow:
    """A dependency between two lines of the chart: from behind one bar to the front of another."""

    start_line: int
    start: Bar
    end_line: int
    end: Bar
    broken: bool


Drawn = tuple[str, bool]
"""A sign of a line and whether it is the head of a broken dependency."""


def route(
    elbows: Iterable[Elbow], signs: Signs, lines: range, width: int
) -> dict[int, dict[int, Drawn]]:
    """The dependency lines by line and column, as far as they are within ``lines`` and ``width``.

    A line leaves behind its predecessor, goes up or down there and then to its successor; where lines
    meet they join. A broken one ends in `BROKEN`.
    """
    ways: dict[tuple[int, int], int] = {}
    heads: dict[tuple[int, int], str] = {}
    for elbow in elbows:
        cells, head, sign = _way(elbow, signs, lines, width)
        for place, way in cells:
            if place[0] in lines and 0 <= place[1] < width:
                ways[place] = ways.get(place, 0) | way
        in_sight = head[0] in lines and 0 <= head[1] < width
        # A broken one must be seen, whatever else ends there.
        if sign and in_sight and heads.get(head) != BROKEN:
            heads[head] = sign
    found: dict[int, dict[int, Drawn]] = {}
    for (line, column), way in ways.items():
        found.setdefault(line, {})[column] = (signs.lines[way], False)
    for (line, column), sign in heads.items():
        found.setdefault(line, {})[column] = (sign, sign == BROKEN)
    return found


def _way(
    elbow: Elbow, signs: Signs, lines: range, width: int
) -> tuple[list[tuple[tuple[int, int], int]], tuple[int, int], str]:
    """The cells of a dependency with the directions they go, and its head."""
    trunk = elbow.start.last + 1
    down = elbow.end_line > elbow.start_line
    ahead, back = (DOWN, UP) if down else (UP, DOWN)
    step = 1 if down else -1
    cells = [((elbow.start_line, trunk), LEFT | ahead)]
    low, high = sorted((elbow.start_line, elbow.end_line))
    if 0 <= trunk < width:
        between = range(max(low + 1, lines.start), min(high, lines.stop))
        cells += [((line, trunk), UP | DOWN) for line in between]
    end, bar = elbow.end_line, elbow.end
    if bar.first > trunk:
        cells.append(((end, trunk), back | RIGHT))
        run = range(max(trunk + 1, 0), min(bar.first, width))
        cells += [((end, column), LEFT | RIGHT) for column in run]
        head, sign = (end, bar.first - 1), signs.right if bar.first - 1 > trunk else ""
    elif bar.last < trunk:
        cells.append(((end, trunk), back | LEFT))
        run = range(max(bar.last + 1, 0), min(trunk, width))
        cells += [((end, column), LEFT | RIGHT) for column in run]
        head, sign = (end, bar.last + 1), signs.left if bar.last + 1 < trunk else ""
    else:
        # The bar lies across: its line ends there.
        head, sign = (end - step, trunk), signs.down if down else signs.up
        if head[0] == elbow.start_line:
            sign = ""
    return cells, head, BROKEN if elbow.broken else sign
