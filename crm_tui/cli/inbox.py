"""`crm-tui notifications`: one's own inbox."""

from argparse import Namespace
from datetime import timedelta
from typing import TYPE_CHECKING

from crm_tui.cli.outcomes import show
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser, positive
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import PURPOSES, label
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.numbers import format_ticket_no
from crm_tui.domain.text import display
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.result import Result


def list_inbox(ctx: "Context", args: Namespace) -> int:
    """Print the inbox, newest first, and approvals that wait for me."""
    found = ctx.services.notifications.inbox(actor=ctx.actor)
    approvals = ctx.services.notifications.approvals(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"notifications": found, "approvals": approvals})
        return 0
    heads = (N_("Id"), N_("When"), N_("What"), N_("Read"))
    if found:
        ctx.out.table([Column(h) for h in heads], [(n.id, n.at, n.text, n.read) for n in found])
    elif not approvals:
        ctx.out.warn(msg("Nothing waits for you"))
    for a in approvals:
        number, purpose = format_ticket_no(a.ticket_number), label(PURPOSES, a.purpose)
        ctx.out.line(f"{number}  {purpose}  {display(a.text)}  ({a.proposer})")
    return 0


def ids(parser: Parser) -> None:
    """The rows meant."""
    parser.add_argument(
        "ids", nargs="+", type=int, metavar="ID", help=tr(N_("row ids of the list"))
    )


def told(ctx: "Context", result: "Result") -> int:
    """One outcome a row."""
    return show(
        ctx, result.label, [(str(o.id), o.error, o.notice) for o in result.outcomes], result.undo_id
    )


def read(ctx: "Context", args: Namespace) -> int:
    """Mark rows as read."""
    ctx.services.notifications.mark_read(args.ids, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"read": args.ids})
    else:
        ctx.out.line(msg("Marked as read"))
    return 0


def acknowledge(ctx: "Context", args: Namespace) -> int:
    """Acknowledge rows."""
    return told(ctx, ctx.services.notifications.acknowledge(args.ids, actor=ctx.actor))


def snooze_arguments(parser: Parser) -> None:
    """Options of `snooze`."""
    ids(parser)
    parser.add_argument(
        "--hours", type=positive, default=24, metavar="N", help=tr(N_("hide them so many hours"))
    )
    parser.add_argument("--reason", required=True, help=tr(N_("why")))


def snooze(ctx: "Context", args: Namespace) -> int:
    """Hide rows for a while."""
    until = ctx.clock() + timedelta(hours=args.hours)
    inbox = ctx.services.notifications
    return told(ctx, inbox.snooze(args.ids, until, args.reason, actor=ctx.actor))


def dismiss_arguments(parser: Parser) -> None:
    """Options of `dismiss`."""
    ids(parser)
    parser.add_argument("--reason", required=True, help=tr(N_("why")))


def dismiss(ctx: "Context", args: Namespace) -> int:
    """Put rows away."""
    return told(ctx, ctx.services.notifications.dismiss(args.ids, args.reason, actor=ctx.actor))


VERBS = (
    Verb("list", N_("what waits for you"), list_inbox),
    Verb("read", N_("mark rows as read"), read, ids),
    Verb("acknowledge", N_("acknowledge rows"), acknowledge, ids),
    Verb("snooze", N_("hide rows for a while with a reason"), snooze, snooze_arguments),
    Verb("dismiss", N_("put rows away with a reason"), dismiss, dismiss_arguments),
)
