"""The lines of the timeline: tasks in lanes with their baselines, and what is drawn on each (R-205, R-206)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import tr
from crm_tui.services.work_dto import Schedule, TaskCard
from crm_tui.tui.labels import department_label
from crm_tui.tui.widgets import gantt_calendar as calendar
from crm_tui.tui.widgets import gantt_layout as layout
from crm_tui.tui.widgets.gantt_layout import Bar, Cells, Drawn, Elbow, Piece, Scale, Signs

LANES: Final = ("", "goal", "department")
"""What the lines are grouped by; nothing at first."""
ROLES: Final[Mapping[str, str]] = {
    "not_started": "low",
    "in_progress": "ok",
    "done": "dim",
    "delayed": "late",
}
"""How a bar looks, by the status that is shown."""
LATE: Final[Mapping[str, str]] = {"delayed": "!"}
"""The sign of what is late, by the status that is shown."""
WARNINGS: Final[Mapping[str, str]] = {"standstill": "z", "behind": "-", "near_due": "d"}
"""The sign of a warning that lateness does not say already."""
QUIET: Final = "dim"
"""All that stands behind the bars has one look: each change of colours costs as much as many signs."""
RISK: Final = "R"
MARKS: Final = 5
"""Columns in front of the number: cursor or mark, critical path, late, warning, a blank."""
WIDE: Final = 44
"""Cells of the label pane from which it has room for percent and owner."""


@dataclass(frozen=True, slots=True)
class Row:
    """A task in a lane; one of several departments stands in each of their lanes."""

    card: TaskCard
    lane: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the chart holds: a lane's title, or a row with its bar or its baseline."""

    row: int
    title: str = ""
    baseline: bool = False


class Chart:
    """A schedule laid out in lines; all look-ups cost what is in sight, not what there is."""

    def __init__(self, schedule: Schedule, lane: str = "", *, baselines: bool = False) -> None:
        self.schedule = schedule
        self.rows: list[Row] = []
        self.lines: list[Line] = []
        self.line_of: list[int] = []
        """The line of each row."""
        self._places: dict[int, list[int]] = {}
        self._links: dict[int, list[tuple[int, int]]] = {}
        for number, (title, cards) in enumerate(_lanes(schedule.cards, lane)):
            if lane:
                self.lines.append(Line(-1, f"{title}  ({len(cards)})"))
            for card in cards:
                self._places.setdefault(card.id, []).append(len(self.rows))
                self.line_of.append(len(self.lines))
                self.lines.append(Line(len(self.rows)))
                if baselines:
                    self.lines.append(Line(len(self.rows), baseline=True))
                self.rows.append(Row(card, number))
        for link in schedule.links:
            for end in link:
                self._links.setdefault(end, []).append(link)
        self.number_cells = min(max((cell_width(c.number) for c in schedule.cards), default=0), 12)

    def place(self, task_id: int, lane: int | None = None) -> int | None:
        """The row of a task, in a lane if it stands there too."""
        places = self._places.get(task_id)
        if not places:
            return None
        return next((p for p in places if self.rows[p].lane == lane), places[0])

    def patch(self, cards: Sequence[TaskCard]) -> None:
        """Put newer versions of tasks in their places; lanes stay until the schedule is read."""
        newer = {c.id: c for c in cards}
        known = tuple(newer.get(c.id, c) for c in self.schedule.cards)
        self.schedule = replace(self.schedule, cards=known)
        for card in cards:
            for place in self._places.get(card.id, ()):
                self.rows[place] = replace(self.rows[place], card=card)

    def links_of(self, task_id: int) -> Sequence[tuple[int, int]]:
        """The dependencies that begin or end at a task."""
        return self._links.get(task_id, ())

    # Drawing

    def bar(self, row: int, scale: Scale) -> Bar | None:
        """Where a row's task stands."""
        card = self.rows[row].card
        return layout.bar(
            scale, card.start_on, card.due_on, card.progress, milestone=card.milestone
        )

    def elbows(self, lines: range, scale: Scale) -> Iterator[Elbow]:
        """The dependencies that begin or end in the lines in sight."""
        known: set[tuple[int, int]] = set()
        for line in self.lines[lines.start : lines.stop]:
            if line.row >= 0:
                known.update(self.links_of(self.rows[line.row].card.id))
        for before, after in sorted(known):
            start, end = self.place(before), self.place(after)
            if start is None or end is None:
                continue
            bars = self.bar(start, scale), self.bar(end, scale)
            if bars[0] is not None and bars[1] is not None:
                broken = (before, after) in self.schedule.broken
                yield Elbow(self.line_of[start], bars[0], self.line_of[end], bars[1], broken)

    def draw(
        self, index: int, scale: Scale, drawn: Mapping[int, Drawn], today: date, signs: Signs
    ) -> Cells:
        """A line of the chart: days off, today, dependencies, and over them the bar."""
        cells = Cells(scale.width)
        calendar.shade(cells, scale, self.schedule.days, QUIET)
        cells.put((scale.first(today) + scale.last(today)) // 2, signs.today, QUIET)
        for column, (sign, broken) in drawn.items():
            cells.put(column, sign, "late" if broken else QUIET)
        line = self.lines[index] if index < len(self.lines) else None
        if line is None or line.row < 0:
            return cells
        card = self.rows[line.row].card
        if line.baseline:
            old = layout.bar(scale, card.baseline_start_on, card.baseline_due_on, 0)
            if old is not None:
                cells.fill(old.first, old.last, signs.baseline, "note")
            return cells
        bar = self.bar(line.row, scale)
        if bar is None:
            cells.write(1, tr("no dates"), "dim")
            return cells
        role = ROLES.get(card.shown, "")
        layout.draw_bar(cells, bar, signs, role, critical=card.id in self.schedule.critical)
        sign = LATE.get(card.shown) or (RISK if card.risk_open else "") or _warning(card)
        if sign and bar.last < scale.width:
            cells.put(bar.last + 1, sign, "late")
        return cells

    def label(
        self,
        index: int,
        width: int,
        *,
        cursor: bool,
        marks: frozenset[int] | set[int],
        signs: Signs,
    ) -> list[Piece]:
        """What stands left of a line, in exactly ``width`` cells."""
        line = self.lines[index] if index < len(self.lines) else None
        if line is None or line.baseline:
            return [(" " * width, "")]
        if line.row < 0:
            return [(pad(f" {line.title}", width), "title")]
        card = self.rows[line.row].card
        pieces: list[Piece] = [
            ("*" if card.id in marks else ">" if cursor else " ", "mark"),
            (signs.chain if card.id in self.schedule.critical else " ", "head"),
            (LATE.get(card.shown, " "), "late"),
            (f"{(RISK if card.risk_open else _warning(card)) or ' '} ", "warn"),
            (pad(card.number, self.number_cells) + " ", _title(card)),
        ]
        room = width - MARKS - self.number_cells - 2
        tail = ""
        if width >= WIDE:
            tail = f" {card.progress:>3}% {pad(card.owner, 8)}"
            room -= cell_width(tail)
        pieces.append((pad(card.title, max(room, 0)), _title(card)))
        pieces.append((tail + " ", _title(card)))
        return pieces

    def caption(self, width: int) -> str:
        """What the columns of the label pane are called."""
        text = " " * MARKS + pad(tr("No."), self.number_cells) + " "
        tail = f"    % {pad(tr('Owner'), 8)} " if width >= WIDE else " "
        room = max(width - cell_width(text) - cell_width(tail), 0)
        return pad(cut(text + pad(tr("Task"), room) + tail, width), width)


def in_place(old: Sequence[TaskCard], new: Sequence[TaskCard]) -> tuple[TaskCard, ...]:
    """Newer cards in the order in which they were shown; one that is new follows the one before it."""
    newer = {c.id: c for c in new}
    known = {c.id for c in old}
    following: dict[int, list[TaskCard]] = {}
    last = 0
    for card in new:
        if card.id in known:
            last = card.id
        else:
            following.setdefault(last, []).append(card)
    found = following.get(0, [])
    for card in old:
        if card.id in newer:
            found.append(newer[card.id])
        found += following.get(card.id, ())
    return tuple(found)


def _warning(card: TaskCard) -> str:
    return WARNINGS.get(card.warning, "")


def _title(card: TaskCard) -> str:
    return "dim" if ROLES.get(card.shown) == "dim" else ""


def _lanes(cards: Sequence[TaskCard], lane: str) -> list[tuple[str, list[TaskCard]]]:
    """Cards by what they are grouped by, lanes in the order in which they are met."""
    found: dict[tuple[int | None, str], list[TaskCard]] = {}
    for card in cards:
        keys: Sequence[tuple[int | None, str]] = [(None, "")]
        if lane == "goal" and card.goal_id is not None:
            keys = [(card.goal_id, card.goal)]
        elif lane == "department" and card.departments:
            keys = [(key, department_label(code)) for key, code in card.departments]
        for key in keys:
            found.setdefault(key, []).append(card)
    none = {"goal": tr("no goal"), "department": tr("no department")}.get(lane, "")
    # What belongs to none of them stands last.
    ordered = sorted(found.items(), key=lambda item: item[0][0] is None)
    return [(title or none, group) for (_, title), group in ordered]
