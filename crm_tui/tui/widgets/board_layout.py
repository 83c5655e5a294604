"""Where each card of the board stands, and what heads and edges say; nothing here draws (ux.md 3.7).

Columns are the statuses as shown (R-204), lanes an optional grouping across them. Everything is
counted in lines of one long sheet: the canvas shows a part of it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final, NamedTuple

from crm_tui.domain.msg import N_
from crm_tui.domain.terms import LABELS, RequirementPriority, TaskStatus
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.labels import department_label
from crm_tui.tui.widgets.board_cards import CARD_LINES, ends
from crm_tui.tui.widgets.lines import Piece

COLUMNS: Final = tuple(str(s) for s in TaskStatus)
"""Not started, in progress, done, delayed."""
LANES: Final[Mapping[str, str]] = {
    "off": N_("no lanes"),
    "department": N_("Department"),
    "owner": N_("Owner"),
    "goal": N_("Goal"),
    "priority": N_("Priority"),
}
"""What the cards can be grouped by, in words."""
ALL: Final = 0
"""Stands for all departments in limits."""
WIDE, MIDDLE, NARROW = 100, 72, 40
"""Cells from which four, three and two columns are seen."""
LOW: Final = 18
"""Lines under which a card has two lines instead of three."""


class Place(NamedTuple):
    """Where a card stands."""

    lane: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Lane:
    """Cards that belong together, by column; ``key`` names it through every refresh."""

    key: str
    title: str
    columns: tuple[tuple[TaskCard, ...], ...]

    @property
    def rows(self) -> int:
        """Cards of its longest column."""
        return max(map(len, self.columns))


_Group = tuple[tuple[int, str], str, str]
"""What lanes are sorted by, key and title."""


def _departments(card: TaskCard) -> Sequence[_Group]:
    found = [((0, f"{key:09}"), str(key), department_label(code)) for key, code in card.departments]
    return found or [((1, ""), "", tr("no department"))]


def _owner(card: TaskCard) -> Sequence[_Group]:
    return [((0, card.owner), str(card.owner_id), card.owner)]


def _goal(card: TaskCard) -> Sequence[_Group]:
    if card.goal_id is None:
        return [((1, ""), "", tr("no goal"))]
    return [((0, card.goal), str(card.goal_id), card.goal)]


def _priority(card: TaskCard) -> Sequence[_Group]:
    order = list(LABELS[RequirementPriority])
    place = order.index(card.priority) if card.priority in order else len(order)
    return [((place, ""), card.priority, tr(LABELS[RequirementPriority].get(card.priority, "")))]


_GROUPS: Final[Mapping[str, Callable[[TaskCard], Sequence[_Group]]]] = {
    "department": _departments,
    "owner": _owner,
    "goal": _goal,
    "priority": _priority,
}


def lanes_of(cards: Sequence[TaskCard], by: str) -> list[Lane]:
    """The cards in lanes; one of two departments stands in the lanes of both (R-197)."""
    found: dict[_Group, list[list[TaskCard]]] = {}
    group = _GROUPS.get(by)
    for card in cards:
        for name in group(card) if group is not None else [((0, ""), "", "")]:
            columns = found.setdefault(name, [[] for _ in COLUMNS])
            columns[COLUMNS.index(card.shown)].append(card)
    return [
        Lane(key, title, tuple(tuple(column) for column in columns))
        for (_, key, title), columns in sorted(found.items(), key=lambda item: item[0])
    ]


class BoardLayout:
    """Cards in columns and lanes, laid out for a size."""

    def __init__(
        self,
        cards: Sequence[TaskCard] = (),
        limits: Mapping[tuple[str, int], int] | None = None,
        by: str = "off",
        *,
        more: bool = False,
    ) -> None:
        self.by = by
        self.more = more
        self.limits = dict(limits or {})
        self.cards = {card.id: card for card in cards}
        self.counts = Counter(card.shown for card in cards)
        self.lanes = lanes_of(cards, by)
        self._places: dict[int, list[Place]] = {}
        self._flat: list[list[Place]] = [[] for _ in COLUMNS]
        self._starts: list[list[int]] = [[] for _ in COLUMNS]
        for lane, each in enumerate(self.lanes):
            for column, held in enumerate(each.columns):
                self._starts[column].append(len(self._flat[column]))
                for row, card in enumerate(held):
                    place = Place(lane, column, row)
                    self._flat[column].append(place)
                    self._places.setdefault(card.id, []).append(place)
        self.width = self.height = 0
        self.fit(WIDE, LOW)

    def patched(self, newer: Sequence[TaskCard], gone: Collection[int] = ()) -> "BoardLayout":
        """The same board with newer cards and without some; columns stay in the order made by hand."""
        held = {card.id: card for card in newer}
        cards = [c for c in self.cards.values() if c.id not in held and c.id not in gone]
        for card in newer:
            column = [at for at, other in enumerate(cards) if other.shown == card.shown]
            behind = [at for at in column if by_hand(cards[at]) > by_hand(card)]
            cards.insert(behind[0] if behind else len(cards), card)
        return BoardLayout(cards, self.limits, self.by, more=self.more)

    # Size

    def fit(self, width: int, height: int) -> None:
        """Lay out for so many cells and lines."""
        self.width, self.height = width, height
        self.seen = 4 if width >= WIDE else 3 if width >= MIDDLE else 2 if width >= NARROW else 1
        self.card_lines = CARD_LINES if height >= LOW else CARD_LINES - 1
        self.head_lines = 0 if self.by == "off" else 1
        heights = [self.head_lines + lane.rows * self.card_lines for lane in self.lanes]
        self._tops = [0, *accumulate(heights)]
        share, rest = divmod(width, self.seen)
        self.widths = [share + (at < rest) for at in range(self.seen)]

    @property
    def lines(self) -> int:
        """How long the sheet is."""
        return self._tops[-1]

    @property
    def strip(self) -> bool:
        """Whether a line at the bottom counts the columns out of sight."""
        return self.seen < len(COLUMNS)

    @property
    def room(self) -> int:
        """Lines between the column heads and that line."""
        return max(self.height - 1 - self.strip, 1)

    # Places

    def card_at(self, place: Place) -> TaskCard | None:
        """The card that stands at a place."""
        if not 0 <= place.lane < len(self.lanes):
            return None
        held = self.lanes[place.lane].columns[place.column]
        return held[place.row] if 0 <= place.row < len(held) else None

    def places(self, card_id: int) -> Sequence[Place]:
        """Everywhere a card stands."""
        return self._places.get(card_id, ())

    def column(self, column: int) -> Sequence[Place]:
        """The places of a column from top to bottom, through all lanes."""
        return self._flat[column]

    def rank(self, place: Place) -> int:
        """Which of its column a place is."""
        return self._starts[place.column][place.lane] + place.row

    def step(self, place: Place, by: int) -> Place:
        """So many cards down its column, or up."""
        column = self._flat[place.column]
        return column[max(0, min(self.rank(place) + by, len(column) - 1))]

    def beside(self, place: Place, by: int) -> Place:
        """The nearest card of the next column in a direction that has some."""
        column = place.column + by
        while 0 <= column < len(COLUMNS):
            if self._flat[column]:
                return self._nearest(place, column)
            column += by
        return place

    def _nearest(self, place: Place, column: int) -> Place:
        held = [len(lane.columns[column]) for lane in self.lanes]
        lane = min((i for i, n in enumerate(held) if n), key=lambda i: abs(i - place.lane))
        row = place.row if lane == place.lane else 0 if lane > place.lane else held[lane]
        return Place(lane, column, min(row, held[lane] - 1))

    def first(self) -> Place | None:
        """The first card of the first column that has one."""
        return next((flat[0] for flat in self._flat if flat), None)

    def between(self, one: Place, other: Place) -> set[int]:
        """The cards of the rectangle between two."""
        columns = sorted((one.column, other.column))
        low, high = sorted((self.line_of(one), self.line_of(other)))
        return {
            self.lanes[place.lane].columns[place.column][place.row].id
            for column in range(columns[0], columns[1] + 1)
            for place in self._flat[column]
            if low <= self.line_of(place) <= high
        }

    # Lines

    def line_of(self, place: Place) -> int:
        """The line of the sheet where a card begins."""
        return self._tops[place.lane] + self.head_lines + place.row * self.card_lines

    def aligned(self, top: int) -> int:
        """The next line at or after ``top`` from which the sheet begins with a whole card."""
        first = top + self.head_lines
        if top <= 0 or first >= self.lines:
            return max(0, min(top, self.lines - 1))
        lane = bisect_right(self._tops, first) - 1
        inside = first - self._tops[lane]
        if inside < self.head_lines or top == self._tops[lane]:
            return self._tops[lane]
        over = (inside - self.head_lines) % self.card_lines
        return top if not over else min(top + self.card_lines - over, self._tops[lane + 1])

    def spot(self, top: int, y: int) -> tuple[int, int, int]:
        """What is at line ``y`` of the screen: lane, row and line of the card.

        Row -1 is a lane's head, which stays on the first line while its cards pass; lane -1 is below
        everything.
        """
        line = top + y - 1
        if not 0 <= line < self.lines:
            return -1, 0, 0
        lane = bisect_right(self._tops, line) - 1
        inside = line - self._tops[lane]
        if self.head_lines and (y == 1 or inside == 0):
            return lane, -1, 0
        row, part = divmod(inside - self.head_lines, self.card_lines)
        return lane, row, part

    # What the lines say

    def head(self, column: int, cells: int, *, here: bool) -> list[Piece]:
        """A column's name with its count and limit, such as ``In progress 4/5``."""
        text, over = self._count(COLUMNS[column], self.counts[COLUMNS[column]], ALL)
        return ends(
            [(">" if here else " ", "columns"), (column_label(column), "columns")],
            [(text, "alarm" if over else "columns")],
            cells,
            "columns",
        )

    def lane_head(self, lane: int, column: int, cells: int, *, first: bool) -> list[Piece]:
        """A lane's name in the first column seen, and its count in each."""
        each = self.lanes[lane]
        count, over = len(each.columns[column]), False
        text = str(count) if count else ""
        if (
            self.by == "department"
            and each.key
            and self.limits.get((COLUMNS[column], int(each.key)))
        ):
            text, over = self._count(COLUMNS[column], count, int(each.key))
        left: list[Piece] = [(" " + each.title, "bar")] if first else []
        return ends(left, [(text, "alarm" if over else "bar")], cells, "bar")

    def _count(self, status: str, count: int, department: int) -> tuple[str, bool]:
        limit = self.limits.get((status, department))
        text = str(count) + ("+" if self.more else "")
        if not limit:
            return text, False
        return (f"{text}/{limit}!", True) if count > limit else (f"{text}/{limit}", False)

    def hidden(self, begin: int) -> list[Piece]:
        """The columns out of sight with their counts, on either side."""
        names = [f"{column_label(at)} {self.counts[c]}" for at, c in enumerate(COLUMNS)]
        left = "  ".join(names[:begin])
        right = "  ".join(names[begin + self.seen :])
        return ends(
            [(f"< {left}", "dim")] if left else [],
            [(f"{right} >", "dim")] if right else [],
            self.width,
            "dim",
        )


def column_label(column: int) -> str:
    """A column in words."""
    return tr(LABELS[TaskStatus][COLUMNS[column]])


def by_hand(card: TaskCard) -> tuple[bool, int, bool, date, int]:
    """The place of a card in a column that nobody sorts, as the services order it."""
    due = card.due_on
    return card.rank is None, card.rank or 0, due is None, due or date.min, card.id
