"""Acts on tickets: each takes several numbers, prints one outcome each, fails if any was refused."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli import documents, refs
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.outcomes import on_tickets
from crm_tui.cli.parser import Parser, add_version
from crm_tui.cli.ticket_links import (
    duplicate,
    link,
    link_arguments,
    macro,
    macro_arguments,
    merge,
    merge_arguments,
    parent,
    parent_arguments,
    split,
    split_arguments,
    unlink,
)
from crm_tui.cli.ticket_options import (
    choice,
    numbers,
    one,
    progress_note,
    reason,
    reasoned,
    seen,
    status_values,
    until,
    versioned,
)
from crm_tui.cli.ticket_solving import (
    approve,
    approve_arguments,
    attempt,
    attempt_arguments,
    cancel,
    close,
    close_arguments,
    confirm,
    feedback,
    feedback_arguments,
    propose,
    propose_arguments,
    reject,
    reject_arguments,
    resolve,
    resolve_arguments,
    satisfy,
    satisfy_arguments,
)
from crm_tui.cli.ticket_writing import (
    attach,
    attach_arguments,
    attachment,
    attachment_arguments,
    clarify,
    heard,
    heard_arguments,
    note,
    note_arguments,
    progress,
    progress_arguments,
    reply,
    reply_arguments,
)
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_
from crm_tui.domain.terms import CauseCategory, SolutionType, TicketState, Urgency
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

# Whose it is


def take(ctx: "Context", args: Namespace) -> int:
    """Make tickets one's own."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.take(i, actor=ctx.actor, expected=seen(args, i)),
    )


def assign_arguments(parser: Parser) -> None:
    """Options of `assign`."""
    versioned(parser)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--to", metavar="LOGIN", help=tr(N_("who gets them; @me is you")))
    group.add_argument("--nobody", action="store_true", help=tr(N_("take them from their owner")))
    reason(parser)


def assign(ctx: "Context", args: Namespace) -> int:
    """Give tickets to a staff member or to nobody."""
    to = None if args.nobody else refs.staff_id(ctx, args.to)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.assign(
            i, to, actor=ctx.actor, reason=args.reason or None, expected=seen(args, i)
        ),
    )


def transfer_arguments(parser: Parser) -> None:
    """Options of `transfer`."""
    versioned(parser)
    parser.add_argument("--to", metavar="DEPARTMENT", required=True, help=tr(N_("department")))
    reason(parser, required=True)


def transfer(ctx: "Context", args: Namespace) -> int:
    """Hand tickets to another department (R-155)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.transfer(
            i, args.to, args.reason, actor=ctx.actor, expected=seen(args, i)
        ),
    )


def accept(ctx: "Context", args: Namespace) -> int:
    """Accept what another department handed over."""
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.accept_handover(i, actor=ctx.actor)
    )


# State


def status_arguments(parser: Parser) -> None:
    """Options of `status`: the state, and what its guard asks for."""
    versioned(parser)
    choice(parser, "--to", TicketState, N_("the state to reach"), required=True)
    reason(parser)
    progress_note(parser)
    parser.add_argument(
        "--until", metavar="TIME", help=tr(N_("when a waiting ticket comes back by itself"))
    )
    parser.add_argument("--verified-note", metavar="TEXT", help=tr(N_("Verified details")))
    parser.add_argument("--solution", metavar="TEXT", help=tr(N_("Solution")))
    choice(parser, "--solution-type", SolutionType, N_("Type of solution"))
    parser.add_argument("--basis", metavar="TEXT", help=tr(N_("Handling basis")))
    choice(parser, "--cause", CauseCategory, N_("Cause category"))


def status(ctx: "Context", args: Namespace) -> int:
    """Take tickets to a state."""
    values = status_values(ctx, args)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.status(
            i,
            args.to,
            actor=ctx.actor,
            values=values,
            reason=args.reason or None,
            progress_note=args.progress,
            expected=seen(args, i),
        ),
    )


def wait_arguments(parser: Parser) -> None:
    """Options of `wait`."""
    versioned(parser)
    parser.add_argument(
        "--on", choices=("customer", "third_party"), default="customer", help=tr(N_("whom for"))
    )
    reason(parser, required=True)
    progress_note(parser)
    parser.add_argument(
        "--until", metavar="TIME", help=tr(N_("when a waiting ticket comes back by itself"))
    )


def wait(ctx: "Context", args: Namespace) -> int:
    """Let tickets wait."""
    back = until(ctx, args)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.wait(
            i,
            actor=ctx.actor,
            on=args.on,
            reason=args.reason,
            until=back,
            progress_note=args.progress,
            expected=seen(args, i),
        ),
    )


def priority_arguments(parser: Parser) -> None:
    """Options of `priority`."""
    versioned(parser)
    choice(parser, "--to", Urgency, N_("Urgency"), required=True)
    reason(parser)


def priority(ctx: "Context", args: Namespace) -> int:
    """Change urgency (R-113)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.urgency(
            i, args.to, actor=ctx.actor, reason=args.reason, expected=seen(args, i)
        ),
    )


def reopen(ctx: "Context", args: Namespace) -> int:
    """Open tickets again."""
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.reopen(i, args.reason, actor=ctx.actor)
    )


def escalate_arguments(parser: Parser) -> None:
    """Options of `escalate`."""
    reasoned(parser)
    parser.add_argument("--level", type=int, choices=(2, 3), help=tr(N_("the level; else one up")))


def escalate(ctx: "Context", args: Namespace) -> int:
    """Escalate by hand (R-152)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.escalate(i, args.reason, actor=ctx.actor, level=args.level),
    )


def acknowledge(ctx: "Context", args: Namespace) -> int:
    """The head has seen urgent tickets."""
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.acknowledge(i, actor=ctx.actor)
    )


def due_arguments(parser: Parser) -> None:
    """Options of `due`."""
    numbers(parser)
    parser.add_argument("--limit", dest="clock", required=True, help=tr(N_("which limit")))
    parser.add_argument("--at", metavar="TIME", required=True, help=tr(N_("the due time")))
    reason(parser, required=True)


def due(ctx: "Context", args: Namespace) -> int:
    """Set a due time by hand (sla.md 2.6)."""
    at = ctx.meant(args.at, "--at")
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.set_due(i, args.clock, at, args.reason, actor=ctx.actor),
    )


# Content


def edit_arguments(parser: Parser) -> None:
    """Options of `edit`: the fields of the form."""
    one(parser)
    add_record_flags(parser, "ticket", without=("department_id", "urgency", "tags", "received_at"))
    documents.add_json_in(parser)
    add_version(parser)
    reason(parser)
    progress_note(parser)


def edit(ctx: "Context", args: Namespace) -> int:
    """Change form fields."""
    kind = record_kind("ticket")
    given = documents.something(documents.one_object(args, given_fields(args, "ticket")))
    data = refs.resolved(ctx, kind, documents.by_field(kind, given))
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.tickets.edit(
            i[0],
            data,
            actor=ctx.actor,
            expected=args.version,
            reason=args.reason or None,
            progress_note=args.progress,
        ),
    )


def responsible_arguments(parser: Parser) -> None:
    """Options of `responsible`."""
    numbers(parser)
    parser.add_argument(
        "--to", metavar="LOGIN", required=True, help=tr(N_("the one person first responsible"))
    )


def responsible(ctx: "Context", args: Namespace) -> int:
    """Name the one person first responsible (R-154)."""
    who = refs.staff_id(ctx, args.to)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.set_first_responsible(i, who, actor=ctx.actor),
    )


def tag_arguments(parser: Parser) -> None:
    """Options of `tag`."""
    numbers(parser)
    parser.add_argument("--add", action="append", default=[], metavar="TAG", help=tr(N_("add")))
    parser.add_argument(
        "--remove", action="append", default=[], metavar="TAG", help=tr(N_("take away"))
    )


def tag(ctx: "Context", args: Namespace) -> int:
    """Add and remove tags."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.tag(i, actor=ctx.actor, add=args.add, remove=args.remove),
    )


def watch_arguments(parser: Parser) -> None:
    """Options of `watch`."""
    numbers(parser)
    parser.add_argument("--off", action="store_true", help=tr(N_("no longer")))


def watch(ctx: "Context", args: Namespace) -> int:
    """Follow tickets or no longer."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.watch(i, actor=ctx.actor, on=not args.off),
    )


ACTS = (
    Verb("take", N_("make tickets yours"), take, versioned),
    Verb("assign", N_("give tickets to somebody"), assign, assign_arguments),
    Verb("transfer", N_("hand tickets to another department"), transfer, transfer_arguments),
    Verb("accept", N_("accept tickets handed over"), accept, numbers),
    Verb(
        "responsible",
        N_("name the one person first responsible"),
        responsible,
        responsible_arguments,
    ),
    Verb("status", N_("take tickets to a state"), status, status_arguments),
    Verb("wait", N_("let tickets wait for somebody"), wait, wait_arguments),
    Verb("priority", N_("change the urgency"), priority, priority_arguments),
    Verb("edit", N_("change fields of a ticket"), edit, edit_arguments),
    Verb("tag", N_("add and remove tags"), tag, tag_arguments),
    Verb("reply", N_("reply to the customer"), reply, reply_arguments),
    Verb("note", N_("write an internal note"), note, note_arguments),
    Verb("progress", N_("tell the customer how it stands"), progress, progress_arguments),
    Verb("heard", N_("record what the customer wrote or said"), heard, heard_arguments),
    Verb("attach", N_("store a file"), attach, attach_arguments),
    Verb("attachment", N_("write a stored file to a place"), attachment, attachment_arguments),
    Verb("clarify", N_("the customer was reached and the need is clear"), clarify, note_arguments),
    Verb("propose", N_("propose a solution"), propose, propose_arguments),
    Verb("approve", N_("approve what waits"), approve, approve_arguments),
    Verb("reject", N_("reject what waits"), reject, reject_arguments),
    Verb("confirm", N_("the customer confirmed the solution"), confirm, numbers),
    Verb("feedback", N_("tell the customer the result"), feedback, feedback_arguments),
    Verb("satisfy", N_("record whether the customer is satisfied"), satisfy, satisfy_arguments),
    Verb("attempt", N_("record that the customer was not reached"), attempt, attempt_arguments),
    Verb("resolve", N_("take the next step towards resolved"), resolve, resolve_arguments),
    Verb("close", N_("close tickets"), close, close_arguments),
    Verb("cancel", N_("cancel tickets that should not be"), cancel, reasoned),
    Verb("reopen", N_("open tickets again"), reopen, reasoned),
    Verb("escalate", N_("escalate by hand"), escalate, escalate_arguments),
    Verb("acknowledge", N_("say that urgent tickets were seen"), acknowledge, numbers),
    Verb("due", N_("set a due time by hand"), due, due_arguments),
    Verb("watch", N_("follow tickets"), watch, watch_arguments),
    Verb("merge", N_("merge tickets into another"), merge, merge_arguments),
    Verb("link", N_("link two tickets"), link, link_arguments),
    Verb("unlink", N_("take a link away"), unlink, link_arguments),
    Verb("parent", N_("put tickets under another"), parent, parent_arguments),
    Verb("split", N_("move messages into a new ticket"), split, split_arguments),
    Verb("duplicate", N_("make another ticket like this one"), duplicate, one),
    Verb("macro", N_("run a macro on tickets"), macro, macro_arguments),
)
