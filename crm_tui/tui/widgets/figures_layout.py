"""The figures laid out in lines of exact cells: tiles, bars, heat maps (ux.md 3.7).

A `Picture` is what a canvas draws: lines, and the spots among them that the cursor goes over. Which
spot is beside which is told by the rows of spots, so that a table may have more of them than fit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from typing import Final

from crm_tui.domain.kpi import DIMENSIONS, GROUPS
from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.exchange.figures_text import (
    PLAIN_SHADES,
    SHADES,
    Line,
    Piece,
    bar,
    change_of,
    columns_in,
    compact,
    computed_words,
    grouped,
    marks,
    number,
    period_name,
    period_words,
    ratio,
    shade,
    side_by_side,
    tile,
)
from crm_tui.i18n import render, tr
from crm_tui.services.figures_dto import Breakdown, Figure, Grid, Panel, Part

Key = tuple[str, ...]
"""What a spot stands for: ``(figure, id)``, ``(part, key)``, ``(cell, row, column)`` or ``(grid, id)``."""

INDENT: Final = 2
"""Cells before a tile; the cursor's sign stands there."""
NARROW_CELL: Final = 3
"""The least a cell of a heat map takes, its shade included."""
MOST_CELL: Final = 14
ROOMY_CELL: Final = 10
PRECISE_CELLS: Final = 5
"""Cells that a rate needs to be shown with its decimal."""
MOST_BAR: Final = 60
MOST_LABEL: Final = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a spot is drawn: its first line, its cells there, and how many lines belong to it."""

    y: int
    x: int
    width: int
    height: int = 1
    signed: bool = True
    """Whether there is a margin before it for the cursor's sign."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines with the first ``fixed`` of them always in view."""

    lines: Sequence[Line] = ()
    spots: Mapping[Key, Spot] = field(default_factory=dict)
    rows: Sequence[Sequence[Key]] = ()
    """The spots as the cursor goes over them, drawn or not."""
    groups: Sequence[tuple[str, Key]] = ()
    """Names of groups with their first spot."""
    fixed: int = 0
    notes: Mapping[Key, str] = field(default_factory=dict)
    """What the last line says of a spot, where its cells cannot say it."""


Layout = Callable[[int, Key | None], Picture]
"""Lays out for a width, with a spot that must be in view."""


def head(title: str, width: int, *rights: str) -> Line:
    """A title, and at the right edge the first of ``rights`` that there is room for."""
    for right in rights:
        room = width - cell_width(right) - 1
        if room > cell_width(title) + 2:
            return [(pad(f" {title}", room), "title"), (f"{right} ", "dim")]
    return [(pad(f" {title}", width), "title")]


def heading(text: str, width: int) -> Line:
    """The name of a group, underlined to the edge."""
    name = cut(f" {text} ", width)
    return [(name, "tab"), (" " * (width - cell_width(name)), "columns")]


# The panel


def panel_picture(
    panel: Panel, width: int, zone: tzinfo, *, refusal: str = "", plain: bool = False
) -> Picture:
    """All groups of figures as tiles, and the tables by name; ``refusal`` says why the team is missing."""
    computed = computed_words(panel, zone)
    title = period_words(panel.period)
    if cell_width(title) + cell_width(computed) + 3 > width:
        # The days follow from the name; when it was computed does not.
        title = period_name(panel.period)
    lines: list[Line] = [head(title, width, computed)]
    fixed = len(lines)
    spots: dict[Key, Spot] = {}
    rows: list[list[Key]] = []
    groups: list[tuple[str, Key]] = []
    for name, figures in grouped(panel.figures).items():
        lines.append(heading(tr(GROUPS.get(name, name)), width))
        groups.append((name, ("figure", figures[0].id)))
        rows += _tiles(figures, width, lines, spots, plain=plain)
    if refusal:
        lines += [
            heading(tr(GROUPS["team"]), width),
            [(pad("  " + cut(refusal, width - 2), width), "off")],
            [],
        ]
    if panel.grids:
        lines.append(heading(tr("Tables"), width))
        groups.append(("tables", ("grid", panel.grids[0].id)))
    for grid in panel.grids:
        key = ("grid", grid.id)
        text = pad(render(grid.title), width - INDENT - 1)
        spots[key] = Spot(len(lines), INDENT, width - INDENT - 1)
        rows.append([key])
        lines.append([(" " * INDENT, ""), (text, "head")])
    return Picture(lines, spots, rows, groups, fixed)


def _tiles(
    figures: Sequence[Figure],
    width: int,
    lines: list[Line],
    spots: dict[Key, Spot],
    *,
    plain: bool,
) -> list[list[Key]]:
    columns = columns_in(width)
    each = width // columns
    inner = each - INDENT - 1
    rows: list[list[Key]] = []
    for start in range(0, len(figures), columns):
        beside = figures[start : start + columns]
        tiles = [tile(f, inner, plain=plain) for f in beside]
        height = max(len(t) for t in tiles)
        for place, figure in enumerate(beside):
            x = INDENT + place * each
            spots["figure", figure.id] = Spot(len(lines), x, inner, height)
        rows.append([("figure", f.id) for f in beside])
        joined = side_by_side(tiles, [inner] * len(tiles), INDENT + 1)
        lines += [[(" " * INDENT, ""), *line] for line in joined]
        lines.append([])
    return rows


# A figure by a dimension


def breakdown_picture(split: Breakdown, width: int, *, plain: bool = False) -> Picture:
    """A bar and the numbers of each part, the whole on top."""
    figure = split.figure
    divided = tr(DIMENSIONS.get(split.dimension, split.dimension))
    title = f"{tr(figure.name)}  {divided}"
    lines: list[Line] = [
        head(title, width, period_words(figure.period), period_name(figure.period)),
        _whole(figure, width),
    ]
    labels = [render(p.label) for p in split.parts]
    values = [number(p.value, figure.unit) for p in split.parts]
    # A sum is its own numerator.
    divides = figure.denominator is not None
    ratios = [ratio(p, figure.unit) if divides else "" for p in split.parts]
    counts = [f"{p.rows:,}" for p in split.parts]
    titles = (divided, tr("Value"), tr("Counted") if divides else "", tr("Rows"))
    sizes = [
        max(map(cell_width, (head_text, *texts)))
        for head_text, texts in zip(titles, (labels, values, ratios, counts), strict=True)
    ]
    inner = width - INDENT - 1
    sizes[0] = min(sizes[0], max(inner // 3, 8), MOST_LABEL)
    for place in (2, 3):
        # What explains the value goes first where there is no room for a bar.
        if sum(sizes) + 2 * 4 + 8 > inner:
            sizes[5 - place] = 0
    used = sum(s + 2 for s in sizes if s)
    room = min(max(inner - used, 0), MOST_BAR)

    def row(texts: Sequence[str], drawn: str, role: str) -> list[Piece]:
        pieces: list[Piece] = [(pad(texts[0], sizes[0]) + "  ", role)]
        pieces.append((pad(texts[1], sizes[1], right=True) + "  ", role or "title"))
        pieces.append((pad(drawn, room), "ok"))
        for place in (2, 3):
            if sizes[place]:
                pieces.append(("  " + pad(texts[place], sizes[place], right=True), role or "dim"))
        return pieces

    lines.append([(" " * INDENT, ""), *row(titles, "", "dim")])
    fixed = len(lines)
    most = max((p.value for p in split.parts if p.value is not None), default=Decimal(0))
    spots: dict[Key, Spot] = {}
    for place, part in enumerate(split.parts):
        texts = (labels[place], values[place], ratios[place], counts[place])
        drawn = bar(part.value, most, room, plain=plain)
        spots["part", part.key] = Spot(len(lines), INDENT, sizes[0])
        lines.append([(" " * INDENT, ""), *row(texts, drawn, "")])
    if not split.parts:
        lines.append([("  " + cut(tr("nothing to divide in this period"), width - 2), "dim")])
    keys: list[Key] = [("part", p.key) for p in split.parts]
    return Picture(lines, spots, [[key] for key in keys], fixed=fixed)


def _whole(figure: Figure, width: int) -> Line:
    """The figure that the parts are of, in a line."""
    compared, role = change_of(figure)
    pieces: list[Piece] = [("  ", ""), (number(figure.value, figure.unit), "title")]
    for text, said in (
        (ratio(figure, figure.unit) if figure.denominator is not None else "", "dim"),
        (tr("{count} in all").format(count=f"{figure.rows:,}"), "dim"),
        (compared, role),
        (marks(figure), "note"),
    ):
        room = width - sum(cell_width(t) for t, _ in pieces) - 3
        if text and cell_width(text) <= room:
            pieces.append((f"   {text}", said))
    return pieces


# Tables


def grid_picture(
    grid: Grid, period: str, width: int, at: Key | None, *, plain: bool = False
) -> Picture:
    """A table of shades and numbers; of more columns than fit those round the cursor are drawn."""
    labels = [render(label) for _, label in grid.rows]
    label = min(max(map(cell_width, labels), default=0), max(width // 3, 8))
    room = width - INDENT - label - 1
    size, two_lines = _cell_size(grid, room)
    fit = max(room // size, 1)
    names = [key for key, _ in grid.columns]
    here = names.index(at[2]) if at is not None and at[0] == "cell" and at[2] in names else 0
    first = max(0, min(here - fit // 2, len(names) - fit))
    shown = grid.columns[first : first + fit]
    left = "<" if first else " "
    right = ">" if first + fit < len(names) else ""
    columns = "".join(pad(cut(render(text), size - 1), size, right=True) for _, text in shown)
    lines: list[Line] = [
        head(f"{render(grid.title)}", width, period),
        [(pad(f" {left}{' ' * label}{columns}{right}", width), "dim")],
    ]
    fixed = len(lines)
    known = [c.value for c in grid.cells.values() if c.value is not None]
    # Counts are dense from nothing on, rates from their least: that is where they differ.
    low = Decimal(0) if grid.unit == "count" else min(known, default=Decimal(0))
    high = max(known, default=Decimal(0))
    spots: dict[Key, Spot] = {}
    notes: dict[Key, str] = {}
    for (row_key, _), text in zip(grid.rows, labels, strict=True):
        pieces: list[Piece] = [(" " * INDENT, ""), (pad(text, label), "")]
        below: list[Piece] = [(" " * (INDENT + label), "")]
        for place, (column_key, _) in enumerate(shown):
            part = grid.cells.get((row_key, column_key))
            empty = _EMPTY[(row_key, column_key) in grid.yet_to_come]
            spots["cell", row_key, column_key] = Spot(
                len(lines),
                INDENT + label + place * size + 1,
                size - 1,
                2 if two_lines else 1,
                False,
            )
            sign = _sign(part, low, high, plain=plain)
            if two_lines:
                pieces.append(_number_cell(part, grid.unit, size, "", empty))
                below.append((" " + sign * (size - 1), "ok"))
            else:
                pieces.append(_number_cell(part, grid.unit, size, sign, empty))
        lines += [pieces, below] if two_lines else [pieces]
        for column_key, column in grid.columns:
            part = grid.cells.get((row_key, column_key))
            place_name = f"{text}, {render(column)}"
            if (row_key, column_key) in grid.yet_to_come:
                note = tr("{place}: yet to come").format(place=place_name)
            else:
                note = _cell_note(place_name, part, grid.unit)
            notes["cell", row_key, column_key] = note
    if not grid.rows or not grid.columns:
        lines.append([("  " + cut(tr("nothing in this period"), width - 2), "dim")])
    lines += [[], _legend(low, high, grid.unit, width, plain=plain)]
    if grid.yet_to_come:
        lines.append([(cut("  " + _signs(), width), "dim")])
    rows: list[list[Key]] = [[("cell", r, c) for c in names] for r, _ in grid.rows] if names else []
    return Picture(lines, spots, rows, fixed=fixed, notes=notes)


def _cell_size(grid: Grid, room: int) -> tuple[int, bool]:
    """Cells a column takes, and whether its shades stand in a line of their own below the numbers."""
    digits = max((cell_width(_digits(c, grid.unit)) for c in grid.cells.values()), default=1)
    heads = max((cell_width(render(text)) + 1 for _, text in grid.columns), default=0)
    wanted = max(NARROW_CELL, digits + 2, min(heads, MOST_CELL))
    even = room // max(len(grid.columns), 1)
    if even >= wanted:
        return min(even, max(wanted, ROOMY_CELL)), False
    return max(NARROW_CELL, min(digits + 1, even)), True


def _digits(part: Part, unit: str) -> str:
    if part.value is None:
        return tr("n/a")
    return compact(part.value, 6) if unit == "count" else f"{part.value:.0f}"


def _sign(part: Part | None, low: Decimal, high: Decimal, *, plain: bool) -> str:
    return shade(part.value if part is not None else None, low, high, plain=plain)


_EMPTY: Final = {False: ".", True: "-"}
"""Cells without a number, by whether their days are yet to come."""


def _signs() -> str:
    """What cells without a number mean."""
    parts = ((_EMPTY[False], tr("nothing to count")), (_EMPTY[True], tr("yet to come")))
    return "   ".join(f"{sign} {words}" for sign, words in parts)


def _number_cell(part: Part | None, unit: str, size: int, sign: str, empty: str) -> Piece:
    """A blank, the shade, and the number; where that does not fit the shade alone tells."""
    if part is None:
        return pad(empty, size, right=True), "off"
    room = size - 1 - len(sign)
    if part.value is None:
        return pad(cut(tr("n/a"), size - 1, end=""), size, right=True), "dim"
    if unit == "count":
        text = compact(part.value, room)
    else:
        text = f"{part.value:.1f}" if room >= PRECISE_CELLS else f"{part.value:.0f}"
    role = "" if part.value else "off"
    return " " + sign + pad(cut(text, room, end=""), room, right=True), role


def _cell_note(place: str, part: Part | None, unit: str) -> str:
    if part is None:
        return tr("{place}: nothing").format(place=place)
    text = f"{place}: {number(part.value, unit)}"
    if part.denominator is not None:
        text += f" ({ratio(part, unit)})"
    return text


def _legend(low: Decimal, high: Decimal, unit: str, width: int, *, plain: bool) -> Line:
    """What the shades mean."""
    if high <= 0:
        return []
    steps = len(SHADES) - 1
    span = high - low
    told: dict[str, str] = {}
    for step in range(1, steps + 1) if span > 0 else (steps,):
        # Where few whole numbers are told apart, the last shade that means one says it.
        told[number(low + span * step / steps, unit)] = (PLAIN_SHADES if plain else SHADES)[step]
    parts = [tr("{sign} to {value}").format(sign=s * 2, value=v) for v, s in told.items()]
    return [(cut("  " + "   ".join(parts), width), "dim")]
