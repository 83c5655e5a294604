"""Acts on tasks: each takes several numbers, prints one outcome each, fails if any was refused."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs
from crm_tui.cli.flags import add_record_flags, given_fields
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.parser import Parser
from crm_tui.cli.task_refs import day, made, numbers, on_tasks, one, seen, task_id
from crm_tui.domain.msg import N_
from crm_tui.domain.terms import TaskStatus
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

# Columns


def _done_options(parser: Parser) -> None:
    parser.add_argument(
        "--standard-met",
        action="store_true",
        help=tr(N_("the completion standard is met; your name stands for it")),
    )
    parser.add_argument(
        "--delivered", action="store_true", help=tr(N_("the deliverable is delivered"))
    )


def move_arguments(parser: Parser) -> None:
    """Options of `move`."""
    numbers(parser)
    parser.add_argument(
        "--to", choices=[str(s) for s in TaskStatus], required=True, help=tr(N_("status"))
    )
    _done_options(parser)
    parser.add_argument("--due", metavar="DAY", help=tr(N_("new due date")))
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def _moved(ctx: "Context", args: Namespace, status: str, **said: Any) -> int:
    return on_tasks(
        ctx,
        args.numbers,
        lambda i: ctx.services.tasks.move(
            i, status, actor=ctx.actor, expected=seen(args, i), **said
        ),
        moves_dates=True,
    )


def move(ctx: "Context", args: Namespace) -> int:
    """Move tasks to another column (R-204)."""
    return _moved(
        ctx,
        args,
        args.to,
        standard_met=args.standard_met,
        delivered=args.delivered,
        due_on=day(ctx, args.due, "--due"),
        reason=args.reason,
    )


def start(ctx: "Context", args: Namespace) -> int:
    """Begin tasks."""
    return _moved(ctx, args, "in_progress")


def done_arguments(parser: Parser) -> None:
    """Options of `done`."""
    numbers(parser)
    _done_options(parser)


def done(ctx: "Context", args: Namespace) -> int:
    """Finish tasks (R-194, R-201)."""
    said = {"standard_met": args.standard_met, "delivered": args.delivered}
    return _moved(ctx, args, "done", **said)


def delay_arguments(parser: Parser) -> None:
    """Options of `delay`."""
    numbers(parser)
    parser.add_argument("--due", metavar="DAY", required=True, help=tr(N_("new due date")))
    parser.add_argument("--reason", required=True, help=tr(N_("why")))


def delay(ctx: "Context", args: Namespace) -> int:
    """Delay tasks to another day with a reason (D-17)."""
    due = day(ctx, args.due, "--due")
    return _moved(ctx, args, "delayed", due_on=due, reason=args.reason)


def progress_arguments(parser: Parser) -> None:
    """Options of `progress`."""
    numbers(parser)
    parser.add_argument("--percent", type=int, metavar="N", help=tr(N_("how much is done")))
    parser.add_argument("--note", default="", help=tr(N_("what was done")))


def progress(ctx: "Context", args: Namespace) -> int:
    """Note progress, in percent or in words (D-18)."""
    return on_tasks(
        ctx,
        args.numbers,
        lambda i: ctx.services.tasks.progress(
            i, args.percent, args.note, actor=ctx.actor, expected=seen(args, i)
        ),
    )


def order_arguments(parser: Parser) -> None:
    """Options of `order`."""
    one(parser)
    parser.add_argument("--below", metavar="TASK", help=tr(N_("the task directly above it")))
    parser.add_argument("--above", metavar="TASK", help=tr(N_("the task directly below it")))


def order(ctx: "Context", args: Namespace) -> int:
    """Put a card between others of its column."""
    above, below = (task_id(ctx, t) if t else None for t in (args.below, args.above))
    card = task_id(ctx, args.number)
    return on_one(
        ctx,
        args.number.upper(),
        ctx.services.tasks.reorder(card, above, below, actor=ctx.actor),
    )


# People and dates


def assign_arguments(parser: Parser) -> None:
    """Options of `assign`."""
    numbers(parser)
    parser.add_argument(
        "--to", metavar="LOGIN", required=True, help=tr(N_("who gets them; @me is you"))
    )


def assign(ctx: "Context", args: Namespace) -> int:
    """Name another first responsible person (R-198)."""
    to = refs.staff_id(ctx, args.to)
    return on_tasks(
        ctx,
        args.numbers,
        lambda i: ctx.services.tasks.assign(i, to, actor=ctx.actor, expected=seen(args, i)),
    )


def helpers_arguments(parser: Parser) -> None:
    """Options of `helpers`."""
    numbers(parser)
    parser.add_argument(
        "--with",
        dest="people",
        metavar="LOGIN",
        action="append",
        default=[],
        help=tr(N_("a helper; may be given several times, none takes all away")),
    )


def helpers(ctx: "Context", args: Namespace) -> int:
    """Set who helps (R-199)."""
    people = [refs.staff_id(ctx, p) for p in args.people]
    return on_tasks(
        ctx,
        args.numbers,
        lambda i: ctx.services.tasks.helpers(i, people, actor=ctx.actor, expected=seen(args, i)),
    )


def hand_over_arguments(parser: Parser) -> None:
    """Options of `hand-over`."""
    numbers(parser)
    parser.add_argument(
        "--to",
        metavar="DEPARTMENT",
        action="append",
        required=True,
        help=tr(N_("a department; may be given several times")),
    )


def hand_over(ctx: "Context", args: Namespace) -> int:
    """Set the departments that the work is of (R-197)."""
    departments = [refs.department_id(ctx, d) for d in args.to]
    return on_tasks(
        ctx,
        args.numbers,
        lambda i: ctx.services.tasks.hand_over(
            i, departments, actor=ctx.actor, expected=seen(args, i)
        ),
    )


def reschedule_arguments(parser: Parser) -> None:
    """Options of `reschedule`."""
    numbers(parser)
    parser.add_argument(
        "--shift", type=int, default=0, metavar="DAYS", help=tr(N_("move start and end by days"))
    )
    parser.add_argument(
        "--stretch", type=int, default=0, metavar="DAYS", help=tr(N_("move the end by days"))
    )
    parser.add_argument("--start", metavar="DAY", help=tr(N_("new start")))
    parser.add_argument("--due", metavar="DAY", help=tr(N_("new due date")))


def reschedule(ctx: "Context", args: Namespace) -> int:
    """Shift or stretch tasks, or set their dates (R-205)."""
    start_on, due_on = day(ctx, args.start, "--start"), day(ctx, args.due, "--due")
    return on_tasks(
        ctx,
        args.numbers,
        lambda i: ctx.services.tasks.reschedule(
            i,
            start_days=args.shift,
            end_days=args.shift + args.stretch,
            start_on=start_on,
            due_on=due_on,
            actor=ctx.actor,
            expected=seen(args, i),
        ),
        moves_dates=True,
    )


def baseline(ctx: "Context", args: Namespace) -> int:
    """Keep the present dates as those that were planned."""
    return on_tasks(
        ctx, args.numbers, lambda i: ctx.services.tasks.set_baseline(i, actor=ctx.actor)
    )


# Dependencies


def link_arguments(parser: Parser) -> None:
    """Options of `link` and `unlink`."""
    one(parser)
    parser.add_argument(
        "--after", metavar="TASK", required=True, help=tr(N_("the task that it waits for"))
    )


def link(ctx: "Context", args: Namespace) -> int:
    """Let a task wait for another (R-206)."""
    before = task_id(ctx, args.after)
    return on_tasks(
        ctx,
        [args.number],
        lambda i: ctx.services.tasks.link(before, i[0], actor=ctx.actor),
        moves_dates=True,
    )


def unlink(ctx: "Context", args: Namespace) -> int:
    """Let a task no longer wait for another."""
    before = task_id(ctx, args.after)
    return on_tasks(
        ctx, [args.number], lambda i: ctx.services.tasks.unlink(before, i[0], actor=ctx.actor)
    )


# Made from something else


def from_ticket_arguments(parser: Parser) -> None:
    """Options of `from-ticket`."""
    parser.add_argument("ticket", metavar="T-N", help=tr(N_("ticket number, with or without T-")))
    add_record_flags(parser, "task", without=("ticket_id",))


def from_ticket(ctx: "Context", args: Namespace) -> int:
    """Make the task that a ticket sets off."""
    ticket = refs.ticket_id(ctx, args.ticket)
    fields = given_fields(args, "task")
    return made(ctx, ctx.services.tasks.from_ticket(ticket, fields, actor=ctx.actor))


def from_record_arguments(parser: Parser) -> None:
    """Options of `from-interaction` and `from-item`."""
    parser.add_argument("id", type=int, metavar="ID", help=tr(N_("id of the list")))
    add_record_flags(parser, "task")


def from_interaction(ctx: "Context", args: Namespace) -> int:
    """Make the task of a follow-up action (R-093)."""
    fields = given_fields(args, "task")
    return made(ctx, ctx.services.tasks.from_interaction(args.id, fields, actor=ctx.actor))


def from_item(ctx: "Context", args: Namespace) -> int:
    """Make a task of a checklist item."""
    fields = given_fields(args, "task")
    return made(ctx, ctx.services.tasks.from_checklist_item(args.id, fields, actor=ctx.actor))
