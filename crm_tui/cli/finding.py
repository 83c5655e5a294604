"""`crm-tui search`, `undo` and `redo`."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli.output import Column, sentence
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.dto import Found


def search_arguments(parser: Parser) -> None:
    """Options of `search`."""
    parser.add_argument(
        "text", nargs="+", help=tr(N_("name part, pinyin, phone, its last four, or a number"))
    )
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help=tr(N_("at most N rows; 0: all"))
    )


def detail(found: "Found") -> str:
    """What stands behind a hit: of a ticket its state in words."""
    from crm_tui.cli.ticket_text import word
    from crm_tui.domain.terms import TicketState

    state = word(TicketState, found.state) if found.state else ""
    return "  ".join(t for t in (state, found.detail) if t)


def search(ctx: "Context", args: Namespace) -> int:
    """Print what is found; status 1 when nothing is."""
    found = ctx.services.find.find(" ".join(args.text), actor=ctx.actor, limit=args.limit or 1000)
    if ctx.out.as_json:
        ctx.out.json(found)
    else:
        heads = (N_("Kind"), N_("What"), N_("Detail"))
        ctx.out.table([Column(h) for h in heads], [(f.kind, f.title, detail(f)) for f in found])
    return 0 if found else 1


def undo(ctx: "Context", args: Namespace) -> int:
    """Take back the last act."""
    label = ctx.services.undo.undo(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"undone": label})
    else:
        ctx.out.line(msg("Undone: {label}", label=sentence(label)))
    return 0


def redo(ctx: "Context", args: Namespace) -> int:
    """Do again what was undone last."""
    label = ctx.services.undo.redo(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"redone": label})
    else:
        ctx.out.line(msg("Done again: {label}", label=sentence(label)))
    return 0


def verbs(noun: str) -> tuple[Verb, ...]:
    """Each noun is an act itself."""
    return {
        "search": (Verb("", N_("find customers and tickets"), search, search_arguments),),
        "undo": (Verb("", N_("take back what you did last"), undo),),
        "redo": (Verb("", N_("do again what was undone last"), redo),),
    }[noun]
