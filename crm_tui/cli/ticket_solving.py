"""Acts that lead a ticket from solution to its end."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli.outcomes import on_tickets
from crm_tui.cli.parser import Parser
from crm_tui.cli.ticket_options import (
    body,
    choice,
    numbers,
    one,
    reason,
    reasoned,
    seen,
    status_values,
    text_of,
    versioned,
)
from crm_tui.cli.words import PURPOSES
from crm_tui.domain.msg import N_
from crm_tui.domain.terms import CauseCategory, Channel, CloseReason, SolutionType
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


# Towards the end


def propose_arguments(parser: Parser) -> None:
    """Options of `propose`."""
    versioned(parser)
    body(parser, N_("the solution"))
    choice(parser, "--type", SolutionType, N_("Type of solution"), default="other")
    parser.add_argument(
        "--execute-first", action="store_true", help=tr(N_("carry it out before the feedback"))
    )


def propose(ctx: "Context", args: Namespace) -> int:
    """Put a solution to the head of the department."""
    text = text_of(args)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.closing.propose(
            i,
            text,
            actor=ctx.actor,
            solution_type=args.type,
            execute_first=args.execute_first,
            expected=seen(args, i),
        ),
    )


def approve_arguments(parser: Parser) -> None:
    """Options of `approve`."""
    numbers(parser)
    reason(parser)
    purpose(parser)


def reject_arguments(parser: Parser) -> None:
    """Options of `reject`."""
    reasoned(parser)
    purpose(parser)


def purpose(parser: Parser) -> None:
    """Which of two proposals is meant, where both wait."""
    parser.add_argument(
        "--purpose", choices=tuple(PURPOSES), help=tr(N_("what is decided, where both wait"))
    )


def approve(ctx: "Context", args: Namespace) -> int:
    """Approve what waits on tickets (R-148)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.closing.decide(
            i, True, actor=ctx.actor, reason=args.reason, purpose=args.purpose
        ),
    )


def reject(ctx: "Context", args: Namespace) -> int:
    """Reject what waits on tickets, with a reason."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.closing.decide(
            i, False, actor=ctx.actor, reason=args.reason, purpose=args.purpose
        ),
    )


def confirm(ctx: "Context", args: Namespace) -> int:
    """The customer has confirmed the solution (R-133)."""
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.closing.confirm_solution(i, actor=ctx.actor)
    )


def feedback_arguments(parser: Parser) -> None:
    """Options of `feedback`."""
    versioned(parser)
    body(parser, N_("the result, as the customer reads it"))
    parser.add_argument("--basis", required=True, metavar="TEXT", help=tr(N_("Handling basis")))
    choice(parser, "--channel", Channel, N_("by which channel; else as the customer wishes"))


def feedback(ctx: "Context", args: Namespace) -> int:
    """Tell the customer the result (R-135)."""
    text = text_of(args)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.closing.feedback(
            i,
            text,
            args.basis,
            actor=ctx.actor,
            channel=args.channel or "",
            expected=seen(args, i),
        ),
    )


def satisfy_arguments(parser: Parser) -> None:
    """Options of `satisfy`."""
    one(parser)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--yes", action="store_true", help=tr(N_("the customer is satisfied")))
    group.add_argument("--no", action="store_true", help=tr(N_("the customer is not satisfied")))
    parser.add_argument("--score", type=int, metavar="N", help=tr(N_("score")))
    parser.add_argument("--comment", default="", help=tr(N_("the customer's words")))
    choice(parser, "--channel", Channel, N_("Channel"))
    parser.add_argument("--respondent", default="", help=tr(N_("who answered")))
    parser.add_argument("--evidence", default="", help=tr(N_("where the answer is kept")))
    reason(parser)


def satisfy(ctx: "Context", args: Namespace) -> int:
    """Record whether the customer is satisfied (R-149, R-150)."""
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.closing.satisfy(
            i[0],
            args.yes,
            actor=ctx.actor,
            score=args.score,
            comment=args.comment,
            channel=args.channel or "",
            respondent=args.respondent,
            evidence=args.evidence,
            reason=args.reason,
        ),
    )


def attempt_arguments(parser: Parser) -> None:
    """Options of `attempt`."""
    one(parser)
    choice(parser, "--channel", Channel, N_("Channel"), required=True)
    parser.add_argument("--text", default="", help=tr(N_("what happened")))


def attempt(ctx: "Context", args: Namespace) -> int:
    """Record a failed attempt to reach the customer."""
    return on_tickets(
        ctx,
        [args.number],
        lambda i: ctx.services.closing.attempt(i[0], args.channel, args.text, actor=ctx.actor),
    )


def resolve_arguments(parser: Parser) -> None:
    """Options of `resolve`."""
    versioned(parser)
    parser.add_argument("--verified-note", metavar="TEXT", help=tr(N_("Verified details")))
    parser.add_argument("--solution", metavar="TEXT", help=tr(N_("Solution")))
    choice(parser, "--solution-type", SolutionType, N_("Type of solution"))
    parser.add_argument("--basis", metavar="TEXT", help=tr(N_("Handling basis")))
    choice(parser, "--cause", CauseCategory, N_("Cause category"))
    parser.set_defaults(until=None)


def resolve(ctx: "Context", args: Namespace) -> int:
    """Take the next step towards resolved, or say what is missing."""
    values = status_values(ctx, args)
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.closing.resolve(
            i, actor=ctx.actor, values=values, expected=seen(args, i)
        ),
    )


def close_arguments(parser: Parser) -> None:
    """Options of `close`."""
    versioned(parser)
    choice(parser, "--reason", CloseReason, N_("why there is no answer"), default="")
    choice(parser, "--cause", CauseCategory, N_("Cause category"), default="")


def close(ctx: "Context", args: Namespace) -> int:
    """Close tickets (R-149)."""
    return on_tickets(
        ctx,
        args.numbers,
        lambda i: ctx.services.closing.close(
            i,
            actor=ctx.actor,
            reason=args.reason,
            cause_category=args.cause,
            expected=seen(args, i),
        ),
    )


def cancel(ctx: "Context", args: Namespace) -> int:
    """Cancel tickets that should not be."""
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.closing.cancel(i, args.reason, actor=ctx.actor)
    )
