"""Acts that say something about a ticket: to the customer, to colleagues, or by a file."""

import shutil
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.cli import refs
from crm_tui.cli.outcomes import on_one, on_tickets
from crm_tui.cli.parser import Parser
from crm_tui.cli.ticket_options import body, choice, numbers, one, text_of
from crm_tui.domain.errors import Unavailable, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.terms import Channel
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


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


def attachment_arguments(parser: Parser) -> None:
    """Options of `attachment`."""
    parser.add_argument(
        "id", type=int, metavar="ID", help=tr(N_("attachment id, see ticket show --json"))
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        required=True,
        help=tr(N_("the file to write; a new one")),
    )


def attachment(ctx: "Context", args: Namespace) -> int:
    """Write a stored file to a new place, after proving that it is what was stored."""
    stored = ctx.services.messages.attachment_path(args.id, actor=ctx.actor)
    try:
        with stored.open("rb") as source, args.to.open("xb") as target:
            shutil.copyfileobj(source, target)
    except FileExistsError:
        raise ValidationError(
            msg("{file} is there already; choose another name", file=str(args.to)),
            code="file_exists",
            field="to",
        ) from None
    except OSError:
        args.to.unlink(missing_ok=True)
        raise Unavailable(
            msg("{file} cannot be written; check the folder and its space", file=str(args.to)),
            code="cannot_write",
            field="to",
        ) from None
    if ctx.out.as_json:
        ctx.out.json({"attachment": args.id, "file": str(args.to)})
    else:
        ctx.out.line(str(args.to))
    return 0


def clarify(ctx: "Context", args: Namespace) -> int:
    """The need is clear (R-129)."""
    text = text_of(args)
    return on_tickets(
        ctx, args.numbers, lambda i: ctx.services.tickets.clarify(i, text, actor=ctx.actor)
    )
