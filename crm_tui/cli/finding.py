"""`crm-tui search`, `undo` and `redo`."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli.output import Column, sentence
from crm_tui.cli.parser import Parser, add_limit
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import kind_title, word
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.terms import TicketState
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.dto import Found

MOST = 1_000
"""Hits of one search; whoever finds more asks too widely."""


def search_arguments(parser: Parser) -> None:
    """Options of `search`."""
    parser.add_argument(
        "text", nargs="+", help=tr(N_("name part, pinyin, phone, its last four, or a number"))
    )
    add_limit(parser, 20)


def detail(found: "Found") -> str:
    """What stands behind a hit: of a ticket its state in words."""
    state = word(TicketState, found.state) if found.state else ""
    return "  ".join(t for t in (state, found.detail) if t)


def search(ctx: "Context", args: Namespace) -> int:
    """Print what is found."""
    text = " ".join(args.text)
    found = ctx.services.find.find(text, actor=ctx.actor, limit=min(args.limit or MOST, MOST))
    if ctx.out.as_json:
        ctx.out.json(found)
    elif found:
        heads = (N_("Kind"), N_("What"), N_("Detail"))
        rows = [(kind_title(f.kind), f.title, detail(f)) for f in found]
        ctx.out.table([Column(h) for h in heads], rows)
    else:
        ctx.out.warn(msg("Nothing is found"))
    return 0


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
