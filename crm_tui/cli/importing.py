"""`crm-tui import [--profile NAME] FILE`."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.cli.exporting import add_force
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

PHASES = {"read": N_("Checking the file: {percent} %"), "write": N_("Writing: {percent} %")}


def arguments(parser: Parser) -> None:
    """Options of `import`."""
    from crm_tui.exchange import profiles

    parser.add_argument("file", metavar="FILE", help=tr(N_("the file to read")))
    parser.add_argument(
        "--profile",
        choices=profiles.NAMES,
        help=tr(N_("what is in it; default: found out by the names of its columns")),
    )
    parser.add_argument(
        "--errors", metavar="FILE", help=tr(N_("where refused rows go; default: beside the file"))
    )
    add_force(parser)
    parser.add_argument("--encoding", metavar="NAME", help=tr(N_("instead of finding it out")))
    parser.add_argument("--delimiter", metavar="CHAR", help=tr(N_("instead of finding it out")))
    parser.add_argument("--sheet", metavar="NAME", help=tr(N_("sheet of a workbook")))


def run(ctx: "Context", args: Namespace) -> int:
    """Import a file; status 1 where rows were refused."""
    from crm_tui.exchange.importing import recognise, run_import
    from crm_tui.exchange.writers import refuse_existing

    shown = ""

    def progress(phase: str, done: int, total: int) -> None:
        nonlocal shown
        if not sys.stderr.isatty() or not total:
            return
        text = render(msg(PHASES[phase], percent=100 * done // total))
        if text != shown:
            shown = text
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    path = Path(args.file).expanduser()
    errors_to = Path(args.errors).expanduser() if args.errors else None
    if errors_to is not None:
        if errors_to.resolve() == path.resolve():
            raise UsageError(msg("Refused rows cannot go into the file that is read"))
        refuse_existing(errors_to, force=args.force)
    read = {"encoding": args.encoding, "delimiter": args.delimiter, "sheet": args.sheet}
    tally = run_import(
        ctx.services,
        args.profile or recognise(path, **read),
        path,
        actor=ctx.actor,
        render=render,
        errors_to=errors_to,
        progress=progress,
        **read,
    )
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if ctx.out.as_json:
        ctx.out.json(tally.as_dict())
    else:
        for line in tally.sentences():
            ctx.out.line(line)
    return 1 if tally.refused else 0


VERBS = (
    Verb("", N_("read tickets, customers, orders or other records from a file"), run, arguments),
)
