"""Numbers of tasks and days as people type them, and outcomes by number."""

from argparse import Namespace
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from crm_tui.cli.outcomes import show
from crm_tui.cli.parser import Parser, add_version
from crm_tui.domain.errors import DomainError, NotFound
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.result import Result


def numbers(parser: Parser) -> None:
    """The tasks to act on, and the version that the caller has seen of them."""
    parser.add_argument(
        "numbers", nargs="+", metavar="TASK", help=tr(N_("task numbers such as XZ2024001"))
    )
    add_version(parser)


def one(parser: Parser) -> None:
    """The task to act on."""
    parser.add_argument("number", metavar="TASK", help=tr(N_("task number such as XZ2024001")))


def seen(args: Namespace, ids: list[int]) -> dict[int, int] | None:
    """The version of ``--version`` for each task; None where none was given."""
    return None if args.version is None else dict.fromkeys(ids, args.version)


def task_id(ctx: "Context", text: str) -> int:
    """The id of a task by its number."""
    found = ctx.services.registers.find_number("task", text.strip().upper())
    if found is None:
        raise NotFound(msg("There is no task {number}", number=text), field="task")
    return found


def on_tasks(ctx: "Context", given: list[str], act: Callable[[list[int]], "Result"]) -> int:
    """Do ``act`` to the tasks and say what became of each; 1 where any was refused."""
    ids: dict[str, int] = {}
    lines: list[tuple[str, DomainError | None, Msg | None]] = []
    for text in given:
        try:
            ids[text.strip().upper()] = task_id(ctx, text)
        except DomainError as error:
            lines.append((text, error, None))
    if not ids:
        return show(ctx, msg("Nothing was done"), lines, None)
    result = act(list(ids.values()))
    outcomes = {o.id: o for o in result.outcomes}
    lines += [(n, outcomes[i].error, outcomes[i].notice) for n, i in ids.items()]
    return show(ctx, result.label, lines, result.undo_id)


def made(ctx: "Context", result: "Result") -> int:
    """Print the number of a task that was made."""
    card = ctx.services.tasks.card(result.one(), actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(card)
    else:
        ctx.out.line(card.number)
    return 0


def day(ctx: "Context", text: str | None, option: str) -> date | None:
    """A day as people type it: ``2024-06-30``, ``+2d``, ``fri``, ``月底``."""
    if text is None:
        return None
    return ctx.meant(text, option).astimezone(ctx.zone).date()
