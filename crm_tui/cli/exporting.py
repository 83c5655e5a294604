"""`crm-tui export`: tickets or customers as CSV, JSON or XLSX."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_tui.cli.customers import customer_object, listed
from crm_tui.cli.parser import Parser
from crm_tui.cli.tickets import rows as ticket_rows
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def arguments(parser: Parser) -> None:
    """Options of `export`."""
    parser.add_argument("what", choices=("tickets", "customers"), help=tr(N_("what to write")))
    parser.add_argument(
        "file", metavar="FILE", help=tr(N_("where to; the ending says csv, json or xlsx"))
    )
    parser.add_argument("filter", nargs="*", metavar="FILTER", help=tr(N_("only what matches")))
    parser.add_argument(
        "--format", choices=("csv", "json", "xlsx"), help=tr(N_("instead of by the ending"))
    )


def export(ctx: "Context", args: Namespace) -> int:
    """Write what the actor may see; formulas are neutralised."""
    from crm_tui.cli.ticket_text import row_object
    from crm_tui.exchange import writers

    text = " ".join(args.filter)
    if args.what == "tickets":
        items: list[dict[str, Any]] = [row_object(r) for r in ticket_rows(ctx, text)]
    else:
        items = [customer_object(r) for r in listed(ctx, text, "number", False, 0)]
    path = Path(args.file)
    form = args.format or path.suffix.lstrip(".").lower()
    write = {"csv": writers.write_csv, "json": writers.write_json, "xlsx": writers.write_xlsx}.get(
        form, writers.write_csv
    )
    columns = list(items[0]) if items else ["number"]
    count = write(path, columns, [[item[c] for c in columns] for item in items], ctx.zone)
    if ctx.out.as_json:
        ctx.out.json({"file": str(path), "rows": count})
    else:
        ctx.out.line(msg("{count} rows written to {file}", count=count, file=str(path)))
    return 0


VERBS = (Verb("", N_("write tickets or customers to a file"), export, arguments),)
