"""Figures out of the house: the panel, a breakdown or a table as CSV, JSON, Markdown or XLSX (R-255).

Each value stands twice: as the number that was computed, and in ``shown`` as the screen says it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.kpi import DIMENSIONS, GROUPS, UNITS
from crm_tui.domain.msg import N_, msg
from crm_tui.exchange import writers
from crm_tui.exchange.figures_text import beside_words, change, change_of, number
from crm_tui.exchange.writers import Cell
from crm_tui.i18n import render, tr
from crm_tui.services.figures_dto import Breakdown, Figure, Grid, Panel

FORMATS: Final = ("csv", "json", "markdown", "xlsx")
ENDINGS: Final = {"csv": "csv", "json": "json", "markdown": "md", "xlsx": "xlsx"}
_ESCAPED: Final = str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;", "`": "\\`", "[": "\\["})


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the names of their columns, and what they are called together."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


PANEL_COLUMNS: Final = (
    *("id", "name", "group", "unit", "value", "shown", "target", "previous", "change"),
    *("compared_from", "compared_to", "to_date"),
    *("baseline", "baseline_name", "since_baseline", "numerator", "denominator", "rows"),
    *("beside", "small", "estimated", "from", "to", "as_of", "computed_at"),
)


HEADS: Final = {
    **{key: key for key in (*PANEL_COLUMNS, "part")},
    "as_of": N_("as of"),
    "baseline": N_("baseline"),
    "baseline_name": N_("name of the baseline"),
    "beside": N_("beside it"),
    "column": N_("column"),
    "compared_from": N_("compared from"),
    "compared_to": N_("compared to"),
    "computed_at": N_("computed at"),
    "from": N_("first day"),
    "previous": N_("period before"),
    "row": N_("line"),
    "since_baseline": N_("since the baseline"),
    "target": N_("target"),
    "to": N_("last day"),
    "to_date": N_("up to the same point"),
}
"""What stands above a column where people read it; programs read the keys, in JSON."""
_WORDS: Final = (
    *(N_("id"), N_("group"), N_("unit"), N_("value"), N_("shown"), N_("change"), N_("part")),
    *(N_("numerator"), N_("denominator"), N_("rows"), N_("small"), N_("estimated"), N_("name")),
)
"""Columns that are called in English what they are called in JSON."""


def panel_table(panel: Panel) -> Table:
    """The figures of a panel, one a row."""
    return Table("KPI", PANEL_COLUMNS, tuple(_figure_row(f) for f in panel.figures))


def _figure_row(figure: Figure) -> tuple[Cell, ...]:
    since = figure.baseline
    change_since = (
        change(figure.value, since, figure.unit, figure.direction)[0] if since is not None else ""
    )
    other = figure.compared
    return (
        *(figure.id, tr(figure.name), figure.group, figure.unit),
        *(figure.value, number(figure.value, figure.unit)),
        *(figure.target, figure.previous),
        change_of(figure)[0] if figure.previous is not None else "",
        *((other.start, other.end) if other is not None else (None, None)),
        figure.to_date,
        *(figure.baseline, figure.baseline_name, change_since),
        *(figure.numerator, figure.denominator, figure.rows),
        *("; ".join(beside_words(figure)), figure.small, figure.estimated),
        *(figure.period.start, figure.period.end, figure.as_of, figure.computed_at),
    )


def breakdown_table(split: Breakdown) -> Table:
    """The parts of a figure, one a row."""
    figure = split.figure
    columns = ("part", "name", "value", "shown", "numerator", "denominator", "rows")
    rows = tuple(
        (
            *(p.key, render(p.label), p.value, number(p.value, figure.unit)),
            *(p.numerator, p.denominator, p.rows),
        )
        for p in split.parts
    )
    return Table(f"{tr(figure.name)} - {tr(DIMENSIONS[split.dimension])}", columns, rows)


def grid_table(grid: Grid) -> Table:
    """The cells of a table, one a row; empty ones are left out, those yet to come say so."""
    columns = ("row", "column", "value", "shown", "numerator", "denominator", "rows")
    rows: list[tuple[Cell, ...]] = []
    for row, row_label in grid.rows:
        for column, column_label in grid.columns:
            place = (render(row_label), render(column_label))
            if (part := grid.cells.get((row, column))) is not None:
                shown = (part.value, number(part.value, grid.unit))
                rows.append((*place, *shown, part.numerator, part.denominator, part.rows))
            elif (row, column) in grid.yet_to_come:
                rows.append((*place, None, tr("yet to come"), None, None, None))
    return Table(render(grid.title), columns, tuple(rows))


def heads(table: Table) -> tuple[str, ...]:
    """What stands above the columns in the reader's language."""
    return tuple(tr(HEADS[column]) for column in table.columns)


def told(table: Table) -> Iterator[Sequence[Cell]]:
    """The rows in the reader's language: groups and units by their labels."""
    labels = {"group": GROUPS, "unit": UNITS}
    for row in table.rows:
        yield [
            tr(labels[column][str(cell)]) if column in labels else cell
            for column, cell in zip(table.columns, row, strict=True)
        ]


def write(table: Table, form: str, path: Path, zone: tzinfo) -> int:
    """Write a table as one of `FORMATS`; the number of rows."""
    if form == "markdown":
        with writers.replacing(path) as part:
            part.write_text(markdown(table, zone), "utf-8")
        return len(table.rows)
    if form == "csv":
        return writers.write_csv(path, heads(table), told(table), zone)
    if form == "json":
        return writers.write_json(path, table.columns, _plain(table.rows), zone)
    if form == "xlsx":
        return writers.write_xlsx(path, heads(table), told(table), zone, sheet=table.title)
    raise ValidationError(
        msg("“{value}” is no format; there are {known}", value=form, known=", ".join(FORMATS)),
        code="bad_format",
    )


def _plain(rows: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    """Numbers as JSON has them: those of a figure are few digits, so that none is lost."""
    for row in rows:
        yield [_number(c) if isinstance(c, Decimal) else c for c in row]


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def markdown(table: Table, zone: tzinfo) -> str:
    """A table of Markdown under its title."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def text(cell: Cell) -> str:
        if isinstance(cell, str | datetime):
            return writers.clean(writers.text_of(cell, zone)).translate(_ESCAPED)
        return writers.text_of(cell, zone)

    lines = [f"# {writers.clean(table.title)}", "", line(heads(table))]
    lines.append(line("---" for _ in table.columns))
    lines += [line(map(text, row)) for row in told(table)]
    return "\n".join([*lines, ""])


def default_name(table: Table, period_start: str, period_end: str, form: str) -> str:
    """A name for the file that says what it holds."""
    word = "-".join(table.title.lower().split())
    safe = "".join(c for c in word if c.isalnum() or c in "-_") or "kpi"
    return f"{safe}-{period_start}-{period_end}.{ENDINGS[form]}"
