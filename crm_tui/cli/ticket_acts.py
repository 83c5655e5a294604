"""Acts on tickets: each takes several numbers, prints one outcome each, fails if any was refused."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.cli import refs
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.outcomes import on_one, on_tickets
from crm_tui.cli.parser import Parser
from crm_tui.cli.ticket_options import (
    body,
    choice,
    numbers,
    one,
    reason,
    reasoned,
    status_values,
    text_of,
    until,
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
    resolve,
    resolve_arguments,
    satisfy,
    satisfy_arguments,
)
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.terms import (
    CauseCategory,
    Channel,
    SolutionType,
    TicketState,
    Urgency,
)
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

LINKS = ("related", "duplicate", "blocks", "follows")


# Whose it is


def take(ctx: "Context", args: Namespace) -> int:
    """Make tickets one's own."""
    return on_tickets(ctx, args.numbers, lambda i: ctx.services.tickets.take(i, actor=ctx.actor))


def assign_arguments(parser: Parser) -> None:
    """Options of `assign`."""
    numbers(parser)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--to", metavar="LOGIN", help=tr(N_("who gets them; @me is you")))
    group.add_argument("--nobody", action="store_true", help=tr(N_("take them from their owner")))


def assign(ctx: "Context", args: Namespace) -> int:
    """Give tickets to a staff member or to nobody."""
    to = None if args.nobody else refs.staff_id(ctx, args.to)
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.assign(i, to, actor=ctx.actor)
    )


def transfer_arguments(parser: Parser) -> None:
    """Options of `transfer`."""
    numbers(parser)
    parser.add_argument("--to", metavar="DEPARTMENT", required=True, help=tr(N_("department")))
    reason(parser, required=True)


def transfer(ctx: "Context", args: Namespace) -> int:
    """Hand tickets to another department (R-155)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.transfer(i, args.to, args.reason, actor=ctx.actor),
    )


def accept(ctx: "Context", args: Namespace) -> int:
    """Accept what another department handed over."""
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.accept_handover(i, actor=ctx.actor)
    )


# State


def status_arguments(parser: Parser) -> None:
    """Options of `status`: the state, and what its guard asks for."""
    numbers(parser)
    choice(parser, "--to", TicketState, N_("the state to reach"), required=True)
    reason(parser)
    parser.add_argument(
        "--progress", default="", metavar="TEXT", help=tr(N_("tell the customer how it stands"))
    )
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
        ),
    )


def wait_arguments(parser: Parser) -> None:
    """Options of `wait`."""
    numbers(parser)
    parser.add_argument(
        "--on", choices=("customer", "third_party"), default="customer", help=tr(N_("whom for"))
    )
    reason(parser, required=True)
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
            i, actor=ctx.actor, on=args.on, reason=args.reason, until=back
        ),
    )


def priority_arguments(parser: Parser) -> None:
    """Options of `priority`."""
    numbers(parser)
    choice(parser, "--to", Urgency, N_("Urgency"), required=True)
    reason(parser)


def priority(ctx: "Context", args: Namespace) -> int:
    """Change urgency (R-113)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.tickets.urgency(i, args.to, actor=ctx.actor, reason=args.reason),
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
    parser.add_argument("--version", type=int, metavar="N", help=tr(N_("refuse if it has changed")))
    reason(parser)


def edit(ctx: "Context", args: Namespace) -> int:
    """Change form fields."""
    data = refs.resolved(ctx, record_kind("ticket"), given_fields(args, "ticket"))
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.tickets.edit(
            i[0], data, actor=ctx.actor, expected=args.version, reason=args.reason or None
        ),
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


def reply_arguments(parser: Parser) -> None:
    """Options of `reply`."""
    numbers(parser)
    body(parser, N_("what the customer reads"))
    choice(parser, "--channel", Channel, N_("by which channel; else as the customer wishes"))
    parser.add_argument(
        "--progress", action="store_true", help=tr(N_("it says how the matter stands"))
    )
    parser.add_argument("--at-once", action="store_true", help=tr(N_("do not wait in the outbox")))


def reply(ctx: "Context", args: Namespace) -> int:
    """Reply to the customer; the reply rests in the outbox first and can be recalled by `undo`."""
    text = text_of(args)
    status = on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.messages.reply(
            i,
            text,
            actor=ctx.actor,
            channel=args.channel or "",
            progress=args.progress,
            now=args.at_once,
        ),
    )
    delay = ctx.settings.rules.reply_delay_s
    if delay and not args.at_once and not ctx.out.as_json:
        ctx.out.warn(
            msg(
                "It rests {seconds} s in the outbox: `crm-tui undo` recalls it, an open screen, "
                "`crm-tui worker` or `crm-tui tick` sends it",
                seconds=delay,
            )
        )
    return status


def note_arguments(parser: Parser) -> None:
    """Options of `note`."""
    numbers(parser)
    body(parser, N_("what colleagues read"))


def note(ctx: "Context", args: Namespace) -> int:
    """Write an internal note."""
    text = text_of(args)
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.messages.note(i, text, actor=ctx.actor)
    )


def progress_arguments(parser: Parser) -> None:
    """Options of `progress`."""
    numbers(parser)
    body(parser, N_("what the customer reads"))


def progress(ctx: "Context", args: Namespace) -> int:
    """Tell the customer how it stands (R-140)."""
    text = text_of(args)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.messages.note(i, text, actor=ctx.actor, progress=True),
    )


def heard_arguments(parser: Parser) -> None:
    """Options of `heard`."""
    one(parser)
    body(parser, N_("what the customer wrote or said"))
    choice(parser, "--channel", Channel, N_("Channel"))
    parser.add_argument("--author", default="", help=tr(N_("who wrote or said it")))
    parser.add_argument(
        "--automatic", action="store_true", help=tr(N_("an automatic reply of the customer's"))
    )


def heard(ctx: "Context", args: Namespace) -> int:
    """Record what the customer wrote or said (sla.md 2.7)."""
    ticket = refs.ticket_id(ctx, args.number)
    landed, result = ctx.services.messages.customer_message(
        ticket,
        text_of(args),
        actor=ctx.actor,
        channel=args.channel or "",
        automatic=args.automatic,
        author_name=args.author,
    )
    number = ctx.services.intake.number(landed, actor=ctx.actor)
    return on_one(ctx, f"T-{number}", result)


def attach_arguments(parser: Parser) -> None:
    """Options of `attach`."""
    one(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help=tr(N_("the file to store")))


def attach(ctx: "Context", args: Namespace) -> int:
    """Store a file with a ticket."""
    new = ctx.services.messages.attach(refs.ticket_id(ctx, args.number), args.file, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"attachment": new})
    else:
        ctx.out.line(msg("Stored as attachment {id}", id=new))
    return 0


def clarify(ctx: "Context", args: Namespace) -> int:
    """The need is clear (R-129)."""
    text = text_of(args)
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.clarify(i, text, actor=ctx.actor)
    )


# Together


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


ACTS = (
    Verb("take", N_("make tickets yours"), take, numbers),
    Verb("assign", N_("give tickets to somebody"), assign, assign_arguments),
    Verb("transfer", N_("hand tickets to another department"), transfer, transfer_arguments),
    Verb("accept", N_("accept tickets handed over"), accept, numbers),
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
    Verb("clarify", N_("the customer was reached and the need is clear"), clarify, note_arguments),
    Verb("propose", N_("propose a solution"), propose, propose_arguments),
    Verb("approve", N_("approve what waits"), approve, approve_arguments),
    Verb("reject", N_("reject what waits"), reject, reasoned),
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
)
