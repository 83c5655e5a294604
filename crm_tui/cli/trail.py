"""`crm-tui audit`: who did what when."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli import refs
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def arguments(parser: Parser) -> None:
    """Options of `audit list`."""
    parser.add_argument("--ticket", metavar="T-N", help=tr(N_("only this ticket")))
    parser.add_argument("--customer", metavar="CUSTOMER", help=tr(N_("only this customer")))
    parser.add_argument(
        "--limit", type=int, default=100, metavar="N", help=tr(N_("at most N rows; 0: all"))
    )


def entries(ctx: "Context", args: Namespace) -> int:
    """Print entries, newest first."""
    kind, key = None, None
    if args.ticket:
        kind, key = "ticket", refs.ticket_id(ctx, args.ticket)
    elif args.customer:
        kind, key = "customer", refs.customer_id(ctx, args.customer)
    found = ctx.services.audit.entries(
        actor=ctx.actor, kind=kind, subject_id=key, limit=args.limit or 10_000_000
    )
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    heads = (N_("No."), N_("When"), N_("Who"), N_("What"), N_("Act"), N_("Changes"))
    ctx.out.table(
        [Column(h) for h in heads],
        [
            (
                e.seq,
                e.at,
                f"{e.actor}({e.behind})" if e.behind else e.actor,
                f"{e.kind} {e.subject_id}",
                e.verb,
                "; ".join(f"{k}: {v[0]} > {v[1]}" for k, v in e.changes.items()),
            )
            for e in found
        ],
    )
    return 0


def verify(ctx: "Context", args: Namespace) -> int:
    """Prove that nobody touched the record."""
    verdict = ctx.services.audit.verify(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(verdict)
    elif verdict.ok:
        ctx.out.line(msg("{count} entries, unbroken", count=verdict.entries))
    else:
        ctx.out.line(msg("The record is broken at entry {seq}", seq=verdict.broken_at))
    return 0 if verdict.ok else 1


VERBS = (
    Verb("list", N_("entries, newest first"), entries, arguments),
    Verb("verify", N_("prove that nobody touched the record"), verify),
)
