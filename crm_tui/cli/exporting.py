"""`crm-tui export`: tickets or customers as CSV, JSON or XLSX."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, msg
from crm_tui.exchange.lists import FORMATS
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def arguments(parser: Parser) -> None:
    """Options of `export`."""
    parser.add_argument("what", choices=("tickets", "customers"), help=tr(N_("what to write")))
    parser.add_argument(
        "file",
        metavar="FILE",
        help=tr(N_("where to; the ending says csv, json or xlsx; - is standard output")),
    )
    parser.add_argument("filter", nargs="*", metavar="FILTER", help=tr(N_("only what matches")))
    parser.add_argument("--format", choices=FORMATS, help=tr(N_("instead of by the ending")))
    add_force(parser)


def add_force(parser: Parser) -> None:
    """Whether a file that is there may be written over."""
    parser.add_argument(
        "--force", action="store_true", help=tr(N_("write over a file that is there"))
    )


def export(ctx: "Context", args: Namespace) -> int:
    """Write what the actor may see; formulas are neutralised."""
    from crm_tui.exchange import lists, writers

    path = Path(args.file).expanduser()
    form = format_of(args)
    read = {"tickets": lists.tickets, "customers": lists.customers}[args.what]
    items = read(ctx.services, " ".join(args.filter), actor=ctx.actor)
    if args.file == "-":
        columns, rows = lists.table(items)
        if form == "csv":
            writers.dump_csv(sys.stdout, columns, rows, ctx.zone)
        else:
            ctx.out.json([dict(zip(columns, row, strict=True)) for row in rows])
        return 0
    writers.refuse_existing(path, force=args.force)
    count = lists.write(path, items, ctx.zone, form)
    if ctx.out.as_json:
        ctx.out.json({"file": str(path), "rows": count})
    else:
        ctx.out.line(msg("{count} rows written to {file}", count=count, file=str(path)))
    return 0


def format_of(args: Namespace) -> str:
    """The format asked for, or that of the file's ending; standard output takes no workbook."""
    if args.file == "-":
        form = args.format or ("json" if args.json else "csv")
        if form == "xlsx":
            raise UsageError(msg("A workbook needs a file; name one that ends in .xlsx"))
        return str(form)
    form = args.format or Path(args.file).suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise UsageError(
            msg("Let the file end in .csv, .json or .xlsx, or say --format"), field="file"
        )
    return str(form)


VERBS = (Verb("", N_("write tickets or customers to a file"), export, arguments),)
