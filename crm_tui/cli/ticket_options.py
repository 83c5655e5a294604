"""Options that many acts on tickets share."""

from argparse import Namespace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs
from crm_tui.cli.parser import Parser, add_version
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def numbers(parser: Parser) -> None:
    """The tickets to act on."""
    parser.add_argument(
        "numbers", nargs="+", metavar="T-N", help=tr(N_("ticket numbers, with or without T-"))
    )


def versioned(parser: Parser) -> None:
    """The tickets to act on, and the version that the caller has seen of them."""
    numbers(parser)
    add_version(parser)


def seen(args: Namespace, ids: list[int]) -> dict[int, int] | None:
    """The version of ``--version`` for each ticket; None where none was given."""
    return None if args.version is None else dict.fromkeys(ids, args.version)


def one(parser: Parser) -> None:
    """The ticket to act on."""
    parser.add_argument("number", metavar="T-N", help=tr(N_("ticket number, with or without T-")))


def reason(parser: Parser, *, required: bool = False) -> None:
    """Why."""
    parser.add_argument("--reason", default="", required=required, help=tr(N_("why")))


def progress_note(parser: Parser) -> None:
    """A note to the customer that is saved with the act (R-140)."""
    parser.add_argument(
        "--progress", default="", metavar="TEXT", help=tr(N_("tell the customer how it stands"))
    )


def choice(parser: Parser, option: str, enum: Any, words: str, **more: Any) -> None:
    """An option whose values are those of an enumeration."""
    parser.add_argument(option, choices=[str(m) for m in enum], help=tr(words), **more)


def body(parser: Parser, words: str) -> None:
    """A text, on the command line or from a file."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--text", help=tr(words))
    group.add_argument(
        "--file",
        dest="text_file",
        metavar="FILE",
        help=tr(N_("read it from a file; - is standard input")),
    )


def text_of(args: Namespace) -> str:
    """The text of `body`."""
    return refs.body_of(args.text, args.text_file)


def reasoned(parser: Parser) -> None:
    """Tickets and a reason that must be given."""
    numbers(parser)
    reason(parser, required=True)


def status_values(ctx: "Context", args: Namespace) -> dict[str, Any]:
    """What was given for the guard of a state."""
    given = {
        "verified_note": args.verified_note,
        "solution": args.solution,
        "solution_type": args.solution_type,
        "handling_basis": args.basis,
        "cause_category": args.cause,
        "pending_until": until(ctx, args),
    }
    return {k: v for k, v in given.items() if v is not None}


def until(ctx: "Context", args: Namespace) -> datetime | None:
    """The time of ``--until``."""
    return None if args.until is None else ctx.meant(args.until, "--until")
