"""`crm-tui kpi`: the figures, the rows behind them, their definitions and targets (R-250 to R-255)."""

import sys
import threading
from argparse import Namespace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from crm_tui.cli import figure_tables
from crm_tui.cli.exporting import add_force
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser, add_limit
from crm_tui.cli.verbs import Verb
from crm_tui.domain import kpi, periods
from crm_tui.domain.errors import UsageError, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.periods import Period
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.figures_dto import Figure, FigureRow, Panel

EVERY_S: Final = 60
"""How often a wallboard looks again."""
TURN_S: Final = 10
"""How long each of its screens stands."""
WALL_CELLS: Final = 120
"""How wide it is where nobody says."""
PAGE: Final = 500
NONE: Final = "none"


def period_arguments(parser: Parser) -> None:
    """Which days, and as of when."""
    parser.add_argument(
        "--period",
        metavar="PERIOD",
        help=tr(N_("week, month, quarter, year, 2024-05, 2024Q2, 2024W18, 30d, 12m")),
    )
    parser.add_argument("--from", dest="start", metavar="DAY", help=tr(N_("first day")))
    parser.add_argument("--to", dest="end", metavar="DAY", help=tr(N_("last day")))
    parser.add_argument(
        "--as-of", metavar="TIME", help=tr(N_("as it stood then; a day means its end"))
    )


def show_arguments(parser: Parser) -> None:
    """Options of `kpi show`."""
    parser.add_argument("figure", nargs="?", metavar="ID", help=tr(N_("only this figure")))
    period_arguments(parser)
    parser.add_argument(
        "--compare", metavar="PERIOD", help=tr(N_("compare with this period, not the one before"))
    )
    parser.add_argument("--by", metavar="DIMENSION", help=tr(N_("split by a dimension")))
    parser.add_argument(
        "--table",
        choices=tuple(kpi.GRIDS),
        help=tr(N_("a table of figures instead of the panel")),
    )
    for form in figure_tables.FILES:
        words = (
            N_("write it to a file")
            if form == "xlsx"
            else N_("write it to a file; - is standard output")
        )
        parser.add_argument(f"--{form}", metavar="FILE", help=tr(words))
    add_force(parser)
    parser.add_argument(
        "--watch",
        action="store_true",
        help=tr(N_("draw it again every minute until interrupted; once where it is no terminal")),
    )


def rows_arguments(parser: Parser) -> None:
    """Options of `kpi rows`."""
    parser.add_argument("figure", metavar="ID", help=tr(N_("a figure or a table of figures")))
    period_arguments(parser)
    parser.add_argument("--by", metavar="DIMENSION", help=tr(N_("of one part: its dimension")))
    parser.add_argument("--key", metavar="KEY", help=tr(N_("of one part: its key")))
    parser.add_argument(
        "--cell", nargs=2, metavar=("ROW", "COLUMN"), help=tr(N_("of one cell of a table"))
    )
    add_limit(parser)


def target_arguments(parser: Parser) -> None:
    """Options of `kpi target`."""
    parser.add_argument("figure", metavar="ID", help=tr(N_("the figure")))
    parser.add_argument(
        "target", metavar="VALUE", help=tr(N_("what it is held against; none takes it away"))
    )
    parser.add_argument("--baseline", metavar="VALUE", help=tr(N_("where it started")))
    parser.add_argument(
        "--baseline-name", default="", metavar="TEXT", help=tr(N_("what the start is called"))
    )


# What was asked for


def today_of(ctx: "Context") -> date:
    """The local day of now, or of ``--as-of``."""
    moment = as_of(ctx)
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return moment
    return (moment or ctx.services.core.clock()).astimezone(ctx.zone).date()


def as_of(ctx: "Context") -> datetime | date | None:
    """The moment of ``--as-of``; a day alone means its end."""
    given = ctx.args.as_of
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        return ctx.moment(given, "--as-of")


def period_of(ctx: "Context") -> Period:
    """The period asked for; the last twelve months where nobody says."""
    args, today = ctx.args, today_of(ctx)
    if args.period is not None and (args.start or args.end):
        raise UsageError(msg("Say --period, or --from and --to, not both"))
    if args.period is not None:
        return periods.parse(args.period, today)
    if args.start is None and args.end is None:
        # A moment in the past moves no period that nobody named: of what came later nothing is known.
        return periods.default(ctx.services.core.clock().astimezone(ctx.zone).date())
    end = day(args.end, "--to") if args.end else today
    if args.start is None:
        raise UsageError(msg("Say --from as well"))
    return periods.custom(day(args.start, "--from"), end)


def day(text: str, option: str) -> date:
    """A day of an option."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValidationError(
            msg("“{text}” of {option} is no day like 2024-06-03", text=text[:40], option=option),
            code="bad_date",
            field=option,
        ) from None


def number(text: str) -> Decimal | None:
    """A number, or None for `none`."""
    if text == NONE:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValidationError(
            msg("“{text}” is no number", text=text[:40]), code="bad_number", field="target"
        ) from None


# Showing


def show(ctx: "Context", args: Namespace) -> int:
    """The panel, one figure, its parts, or a table."""
    if args.watch:
        return watch(ctx)
    figure_tables.refuse_files(args)
    period, figures = period_of(ctx), ctx.services.figures
    actor, moment = ctx.actor, as_of(ctx)
    if args.by is not None and args.figure is None:
        raise UsageError(msg("Name the figure that --by splits"))
    answer: Any
    if args.table is not None:
        answer = figures.grid(args.table, period, actor=actor, as_of=moment)
    elif args.by is not None:
        answer = figures.breakdown(args.figure, args.by, period, actor=actor, as_of=moment)
    elif args.figure is not None:
        answer = _panel_of(figures.value(args.figure, period, actor=actor, as_of=moment))
    else:
        answer = figures.panel(period, actor=actor, as_of=moment)
    if args.compare is not None:
        answer = _compared(ctx, answer)
    if figure_tables.written(ctx, answer):
        return 0
    if ctx.out.as_json:
        ctx.out.json(_object(answer))
    else:
        figure_tables.printed(ctx, answer)
    return 0


def _panel_of(figure: "Figure") -> "Panel":
    from crm_tui.services.figures_dto import Panel

    return Panel(figure.period, figure.as_of, (figure,), ())


def _compared(ctx: "Context", answer: Any) -> Any:
    """The same panel with another period in the place of the one before."""
    from dataclasses import replace

    from crm_tui.services.figures_dto import Panel

    if not isinstance(answer, Panel):
        raise UsageError(msg("Only the panel and single figures are compared"))
    named = periods.parse(ctx.args.compare, today_of(ctx))
    other = periods.compared(answer.period, today_of(ctx), named)
    before = ctx.services.figures.panel(other, actor=ctx.actor, as_of=as_of(ctx))
    values = {f.id: f.value for f in before.figures}
    figures = tuple(
        replace(
            f,
            previous=values.get(f.id),
            compared=other,
            to_date=f.to_date and other.kind == f.period.kind,
        )
        for f in answer.figures
    )
    return replace(answer, figures=figures)


def _object(answer: Any) -> dict[str, Any]:
    """An answer for programs: numbers as text, so that none is rounded."""
    from crm_tui.services.figures_dto import Breakdown, Grid

    if isinstance(answer, Breakdown):
        return {
            "figure": figure_object(answer.figure),
            "dimension": answer.dimension,
            "parts": list(answer.parts),
        }
    if isinstance(answer, Grid):
        return {
            "id": answer.id,
            "title": answer.title,
            "unit": answer.unit,
            "cells": [
                {
                    "row": row,
                    "column": column,
                    "value": part.value,
                    "numerator": part.numerator,
                    "denominator": part.denominator,
                    "rows": part.rows,
                }
                for (row, column), part in sorted(answer.cells.items())
            ],
            "yet_to_come": [list(place) for place in sorted(answer.yet_to_come)],
        }
    return {
        "period": answer.period,
        "as_of": answer.as_of,
        "figures": [figure_object(f) for f in answer.figures],
        "tables": [_object(g) for g in answer.grids],
    }


def figure_object(figure: "Figure") -> dict[str, Any]:
    """A figure for programs."""
    names = (
        *("id", "group", "unit", "direction", "value", "numerator", "denominator", "rows"),
        *("period", "as_of", "computed_at", "target", "previous", "baseline", "baseline_name"),
        *("small", "estimated", "spark", "compared", "to_date"),
    )
    found = {name: getattr(figure, name) for name in names}
    beside = [{"name": label, "value": v, "unit": u} for label, v, u in figure.beside]
    return {**found, "name": tr(figure.name), "beside": beside}


def watch(ctx: "Context") -> int:
    """A wallboard: tiles as text, each minute anew, without input; screens in turn where it is long."""
    import shutil

    from crm_tui.exchange.figures_text import screens, wall

    terminal = sys.stdout.isatty()
    pause = threading.Event()
    for _ in count():
        panel = ctx.services.figures.panel(period_of(ctx), actor=ctx.actor, as_of=as_of(ctx))
        if not terminal:
            for text in wall(panel, WALL_CELLS, ctx.zone):
                ctx.out.line(text)
            return 0
        for turn in range(EVERY_S // TURN_S):
            size = shutil.get_terminal_size((WALL_CELLS, 24))
            pages = screens(wall(panel, size.columns, ctx.zone), size.lines)
            # Home, each line over the one before, and what is left of an older screen is cleared.
            body = "\r\n".join(f"{text}\x1b[K" for text in pages[turn % len(pages)])
            sys.stdout.write(f"\x1b[H{body}\x1b[J")
            sys.stdout.flush()
            pause.wait(TURN_S)
    return 0  # pragma: no cover  # ends by ctrl+c


# Rows, definitions, targets


def rows(ctx: "Context", args: Namespace) -> int:
    """Print the rows behind a figure, a part of it or a cell."""
    if (args.by is None) != (args.key is None):
        raise UsageError(msg("A part is named by --by and --key together"))
    period = period_of(ctx)
    found: list[FigureRow] = []
    after: tuple[Any, ...] | None = None
    while True:
        page = ctx.services.figures.rows(
            args.figure,
            period,
            actor=ctx.actor,
            as_of=as_of(ctx),
            dimension=args.by,
            key=args.key,
            cell=tuple(args.cell) if args.cell else None,
            limit=min(PAGE, args.limit - len(found)) if args.limit else PAGE,
            after=after,
        )
        found += page.rows
        if not page.after or (args.limit and len(found) >= args.limit):
            break
        after = found[-1].key
    if ctx.out.as_json:
        ctx.out.json({"count": page.count, "rows": [row_object(r) for r in found]})
        return 0
    figure_tables.print_rows(ctx, found)
    ctx.out.line(msg("{shown} of {count} rows", shown=len(found), count=page.count))
    return 0


def row_object(row: "FigureRow") -> dict[str, Any]:
    """A row for programs."""
    names = ("kind", "id", "subject_kind", "subject_id", "day", "numerator", "denominator")
    return {**{n: getattr(row, n) for n in names}, "cells": dict(row.cells)}


def definitions(ctx: "Context", args: Namespace) -> int:
    """Print what each figure is."""
    found = ctx.services.figures.definitions(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(
            [
                {
                    "id": s.id,
                    "name": tr(s.name),
                    "group": s.group,
                    "unit": s.unit,
                    "direction": s.direction,
                    "formula": tr(s.formula),
                    "numerator": tr(s.numerator),
                    "denominator": tr(s.denominator) if s.denominator else None,
                    "dimensions": list(s.dimensions),
                    "requirements": list(s.references),
                }
                for s in found
            ]
        )
        return 0
    ctx.out.table(
        [Column(N_("Code")), Column(N_("Figure")), Column(N_("Unit")), Column(N_("Formula"))],
        [(s.id, tr(s.name), tr(kpi.UNITS[s.unit]), tr(s.formula)) for s in found],
    )
    return 0


def target(ctx: "Context", args: Namespace) -> int:
    """Set what a figure is held against."""
    ctx.services.figures.set_target(
        args.figure,
        number(args.target),
        number(args.baseline) if args.baseline is not None else None,
        args.baseline_name,
        actor=ctx.actor,
    )
    ctx.out.line(msg("Target of a figure set"))
    return 0


VERBS = (
    Verb("show", N_("the figures of a period, to the screen or a file"), show, show_arguments),
    Verb("rows", N_("the rows behind a figure"), rows, rows_arguments),
    Verb("list", N_("what the figures are"), definitions),
    Verb("target", N_("hold a figure against a number"), target, target_arguments),
)
