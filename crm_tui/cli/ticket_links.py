"""Acts on tickets that belong together: merged, split, copied, linked, one below another."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli import refs
from crm_tui.cli.outcomes import on_tickets
from crm_tui.cli.parser import Parser
from crm_tui.cli.ticket_options import numbers, one
from crm_tui.domain.msg import N_
from crm_tui.i18n import current, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

LINKS = ("related", "duplicate", "blocks", "follows")


def merge_arguments(parser: Parser) -> None:
    """Options of `merge`."""
    numbers(parser)
    parser.add_argument("--into", metavar="T-N", required=True, help=tr(N_("where they go")))


def merge(ctx: "Context", args: Namespace) -> int:
    """Merge tickets into another (R-125)."""
    into = refs.ticket_id(ctx, args.into)
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.links.merge(i, into, actor=ctx.actor)
    )


def link_arguments(parser: Parser) -> None:
    """Options of `link` and `unlink`."""
    one(parser)
    parser.add_argument("--to", metavar="T-N", required=True, help=tr(N_("the other ticket")))
    parser.add_argument("--kind", choices=LINKS, default="related", help=tr(N_("kind of link")))


def link(ctx: "Context", args: Namespace) -> int:
    """Link two tickets."""
    other = refs.ticket_id(ctx, args.to)
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.links.link(i[0], other, args.kind, actor=ctx.actor),
    )


def unlink(ctx: "Context", args: Namespace) -> int:
    """Take a link away."""
    other = refs.ticket_id(ctx, args.to)
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.links.unlink(i[0], other, args.kind, actor=ctx.actor),
    )


def parent_arguments(parser: Parser) -> None:
    """Options of `parent`."""
    numbers(parser)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--to", metavar="T-N", help=tr(N_("the ticket above")))
    group.add_argument("--none", action="store_true", help=tr(N_("no ticket above any more")))


def parent(ctx: "Context", args: Namespace) -> int:
    """Put tickets under another."""
    above = None if args.none else refs.ticket_id(ctx, args.to)
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.links.set_parent(i, above, actor=ctx.actor)
    )


def split_arguments(parser: Parser) -> None:
    """Options of `split`."""
    one(parser)
    parser.add_argument(
        "--message",
        metavar="ID",
        type=int,
        action="append",
        required=True,
        help=tr(N_("id of a message that moves; may be given several times")),
    )
    parser.add_argument("--subject", required=True, help=tr(N_("of the new ticket")))


def split(ctx: "Context", args: Namespace) -> int:
    """Move messages into a new ticket."""
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.splits.split(i[0], args.message, args.subject, actor=ctx.actor)[1],
    )


def duplicate(ctx: "Context", args: Namespace) -> int:
    """Make another ticket like this one."""
    return on_tickets(
        ctx, [args.number], lambda i: ctx.services.splits.duplicate(i[0], actor=ctx.actor)[1]
    )


def macro_arguments(parser: Parser) -> None:
    """Options of `macro`."""
    numbers(parser)
    parser.add_argument("--name", required=True, help=tr(N_("name of the macro")))


def macro(ctx: "Context", args: Namespace) -> int:
    """Run a macro on tickets."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.macros.run(i, args.name, actor=ctx.actor, language=current())[0],
    )
