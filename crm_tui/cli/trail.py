"""`crm-tui audit`: who did what when."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli import refs
from crm_tui.cli.output import Column, sentence
from crm_tui.cli.parser import EVERYTHING, Parser, add_limit
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import act, changes, kind_title
from crm_tui.domain.acts import reason_words
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def arguments(parser: Parser) -> None:
    """Options of `audit list`."""
    parser.add_argument("--ticket", metavar="T-N", help=tr(N_("only this ticket")))
    parser.add_argument("--customer", metavar="CUSTOMER", help=tr(N_("only this customer")))
    add_limit(parser, 100)
    parser.add_argument(
        "--before", type=int, metavar="N", help=tr(N_("only entries before this number"))
    )


def entries(ctx: "Context", args: Namespace) -> int:
    """Print entries, newest first."""
    kind, key = None, None
    if args.ticket:
        kind, key = "ticket", refs.ticket_id(ctx, args.ticket)
    elif args.customer:
        kind, key = "customer", refs.customer_id(ctx, args.customer)
    found = ctx.services.audit.entries(
        actor=ctx.actor,
        kind=kind,
        subject_id=key,
        before=args.before,
        limit=args.limit or EVERYTHING,
    )
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    heads = (
        N_("No."),
        N_("When"),
        N_("Who"),
        N_("What"),
        N_("Act"),
        N_("Changes"),
        N_("Reason"),
    )
    ctx.out.table(
        [Column(h) for h in heads],
        [
            (
                e.seq,
                e.at,
                _who(e.actor, e.behind),
                f"{kind_title(e.kind)} {e.subject_id}",
                act(e.kind, e.verb),
                "; ".join(
                    f"{name}: {old} → {new}" for name, old, new in changes((e.kind,), e.changes)
                ),
                sentence(reason_words(e.verb, e.reason)),
            )
            for e in found
        ],
    )
    return 0


def _who(actor: str, behind: str) -> str:
    """The login of who acted, and of who acted for them; the program is no person."""
    name = tr(N_("system")) if actor == "system" else actor
    return f"{name} ({behind})" if behind else name


def verify(ctx: "Context", args: Namespace) -> int:
    """Prove that nobody touched the record."""
    ctx.need_database()
    verdict = ctx.services.audit.verify(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(verdict)
    elif verdict.ok:
        ctx.out.line(msg("{count} entries, unbroken", count=verdict.entries))
    else:
        ctx.out.line(
            msg(
                "The record is broken at entry {seq}: it was changed outside the program; "
                "compare it with a backup",
                seq=verdict.broken_at,
            )
        )
    return 0 if verdict.ok else 1


VERBS = (
    Verb("list", N_("entries, newest first"), entries, arguments),
    Verb("verify", N_("prove that nobody touched the record"), verify),
)
