"""Figures as tables: printed for people, and written to files (R-250, R-251, R-255)."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crm_tui.cli.output import Column, plain_value
from crm_tui.cli.words import kind_title
from crm_tui.domain.errors import UsageError
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.figures_dto import Breakdown, Figure, FigureRow, Grid, Panel

FILES: Final = ("csv", "markdown", "xlsx")
"""What the figures are written to files as; JSON is what ``--json`` prints."""
KINDS: Final = {
    "clock": N_("Clock"),
    "credit_note": N_("Credit note"),
    "satisfaction": N_("Satisfaction"),
}
"""What a row behind a figure is, where it is no kind of record."""
CELLS: Final = {
    "number": N_("Number"),
    "title": N_("Subject"),
    "customer": N_("Customer"),
    "person": N_("Person"),
    "tier": N_("Tier"),
    "segment": N_("Segment"),
    "step": N_("State"),
    "clock": N_("Clock"),
    "kind": N_("Kind"),
    "channel": N_("Channel"),
    "cause": N_("Cause"),
    "received_at": N_("Received"),
    "due_at": N_("Due"),
    "stopped_at": N_("Stopped at"),
    "ordered_on": N_("Ordered on"),
    "amount_fen": N_("Amount"),
    "answer": N_("Answer"),
    "scale_low": N_("Lowest of the scale"),
    "scale_high": N_("Highest of the scale"),
    "score": N_("Score"),
}
"""What is told of a row behind a figure, in the order of the columns."""
ANSWERS: Final = {"satisfied": N_("satisfied"), "unsatisfied": N_("not satisfied")}
"""Answers that are words and no points of a scale."""

# Printed


def printed(ctx: "Context", answer: "Panel | Breakdown | Grid") -> None:
    """A panel, the parts of a figure, or a table, for people."""
    from crm_tui.services.figures_dto import Breakdown, Grid

    if isinstance(answer, Breakdown):
        _print_parts(ctx, answer)
    elif isinstance(answer, Grid):
        _print_grid(ctx, answer)
    else:
        _print_panel(ctx, answer)


def _print_panel(ctx: "Context", panel: "Panel") -> None:
    from crm_tui.exchange.figures_text import computed_words, number, period_words

    ctx.out.line(f"{period_words(panel.period)}  {computed_words(panel, ctx.zone)}")
    based = any(f.baseline is not None for f in panel.figures)
    columns = [
        Column(N_("Code")),
        Column(N_("Figure")),
        Column(N_("Value"), right=True),
        Column(N_("Target"), right=True),
        Column(N_("Change")),
        *((Column(N_("Since the baseline")),) if based else ()),
        Column(N_("Rows"), right=True),
        Column(N_("Notes")),
    ]
    rows = [
        (
            f.id,
            tr(f.name),
            number(f.value, f.unit),
            "" if f.target is None else number(f.target, f.unit),
            _changed(f),
            *((_since(f),) if based else ()),
            f"{f.rows:,}",
            _notes(f),
        )
        for f in panel.figures
    ]
    ctx.out.table(columns, rows)


def _changed(figure: "Figure") -> str:
    from crm_tui.exchange.figures_text import change_of

    return "" if figure.previous is None else change_of(figure)[0]


def _since(figure: "Figure") -> str:
    from crm_tui.exchange.figures_text import against_baseline

    told = against_baseline(figure)
    return "" if told is None else told[0]


def _notes(figure: "Figure") -> str:
    """What is printed with it, and what a reader must know before trusting it."""
    from crm_tui.exchange.figures_text import beside_words, marks

    return "; ".join(filter(None, (*beside_words(figure), marks(figure))))


def _print_parts(ctx: "Context", split: "Breakdown") -> None:
    from crm_tui.exchange.figures_text import number, period_words, ratio

    figure = split.figure
    ctx.out.line(f"{table_of(split).title}  {period_words(figure.period)}")
    columns = [
        Column(N_("Code")),
        Column(N_("Share")),
        Column(N_("Value"), right=True),
        Column(N_("Counts"), right=True),
        Column(N_("Rows"), right=True),
    ]
    ctx.out.table(
        columns,
        [
            (
                p.key,
                render(p.label),
                number(p.value, figure.unit),
                ratio(p, figure.unit),
                f"{p.rows:,}",
            )
            for p in split.parts
        ],
    )


def _print_grid(ctx: "Context", grid: "Grid") -> None:
    from crm_tui.exchange.figures_text import number

    ctx.out.line(render(grid.title))

    def cell(row: str, column: str) -> str:
        part = grid.cells.get((row, column))
        return "" if part is None else number(part.value, grid.unit)

    ctx.out.table(
        [Column(""), *(Column(render(label), right=True) for _, label in grid.columns)],
        [
            (render(label), *(cell(row, column) for column, _ in grid.columns))
            for row, label in grid.rows
        ],
    )


def print_rows(ctx: "Context", found: Sequence["FigureRow"]) -> None:
    """The rows behind a figure."""
    there = {name for row in found for name, value in row.cells.items() if value is not None}
    names = [n for n in CELLS if n in there]
    ratio = any(row.denominator is not None for row in found)
    columns = [
        Column(N_("What")),
        Column(N_("Id"), right=True),
        Column(N_("Day")),
        *(Column(CELLS[n]) for n in names),
        Column(N_("Numerator"), right=True),
        *((Column(N_("Denominator"), right=True),) if ratio else ()),
    ]
    ctx.out.table(
        columns,
        [
            (
                tr(KINDS[r.kind]) if r.kind in KINDS else kind_title(r.kind),
                r.id,
                r.day,
                *(_cell(n, r.cells.get(n)) for n in names),
                _plain(r.numerator),
                *((_plain(r.denominator),) if ratio else ()),
            )
            for r in found
        ],
    )


def _cell(name: str, value: Any) -> str:
    if name == "amount_fen" and value is not None:
        return display_fen(int(value))
    if name == "answer" and value in ANSWERS:
        return tr(ANSWERS[value])
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        value = value.quantize(Decimal("0.01")) if value % 1 else value.to_integral_value()
        return format(value, "f")
    return plain_value(value)


# Written


def table_of(answer: Any) -> Any:
    from crm_tui.exchange import figures_files
    from crm_tui.services.figures_dto import Breakdown, Grid

    if isinstance(answer, Breakdown):
        return figures_files.breakdown_table(answer)
    if isinstance(answer, Grid):
        return figures_files.grid_table(answer)
    return figures_files.panel_table(answer)


def written(ctx: "Context", answer: Any) -> bool:
    """Write the files asked for; whether there were any."""
    from crm_tui.exchange import figures_files, writers

    table = table_of(answer)
    files = [(f, given) for f in FILES if (given := getattr(ctx.args, f)) is not None]
    told: list[dict[str, Any]] = []
    for form, given in files:
        path = Path(given).expanduser()
        if given == "-" and form == "csv":
            writers.dump_csv(
                sys.stdout, figures_files.heads(table), figures_files.told(table), ctx.zone
            )
        elif given == "-":
            ctx.out.line(figures_files.markdown(table, ctx.zone).rstrip("\n"))
        else:
            rows = figures_files.write(table, form, path, ctx.zone)
            told.append({"file": str(path), "rows": rows})
    if ctx.out.as_json and told:
        ctx.out.json(told)
    elif not ctx.out.as_json:
        for one in told:
            ctx.out.line(msg("{count} rows written to {file}", count=one["rows"], file=one["file"]))
    return bool(files)


def refuse_files(args: Namespace) -> None:
    """Refuse what cannot be written before anything is worked out."""
    from crm_tui.exchange import writers

    given = [(f, getattr(args, f)) for f in FILES if getattr(args, f) is not None]
    if ("xlsx", "-") in given:
        raise UsageError(msg("A workbook needs a file; name one that ends in .xlsx"))
    if sum(path == "-" for _, path in given) > 1:
        raise UsageError(msg("Only one answer goes to standard output"))
    for _, path in given:
        if path != "-":
            writers.refuse_existing(Path(path).expanduser(), force=args.force)
