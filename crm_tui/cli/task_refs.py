"""Numbers of tasks and days as people type them, and outcomes by number."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
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
    from crm_tui.services.work_dto import Proposal


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


def on_tasks(
    ctx: "Context",
    given: list[str],
    act: Callable[[list[int]], "Result"],
    *,
    moves_dates: bool = False,
) -> int:
    """Do ``act`` to the tasks and say what became of each; 1 where any was refused.

    Where it ``moves_dates`` the dependencies that no longer hold are told as well.
    """
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
    if not moves_dates:
        return show(ctx, result.label, lines, result.undo_id)
    return show_dates(ctx, result, lines)


def show_dates(
    ctx: "Context", result: "Result", lines: list[tuple[str, DomainError | None, Msg | None]]
) -> int:
    """Print the outcomes of an act that may move dates, and the dependencies that do not hold."""
    broken, moves = _broken_by(ctx, set(result.done))
    links = [{"before": b, "after": a} for b, a in broken]
    status = show(ctx, result.label, lines, result.undo_id, broken=links, proposals=moves)
    if not ctx.out.as_json:
        _warn_broken(ctx, broken, moves)
    return status


def _broken_by(
    ctx: "Context", changed: AbstractSet[int]
) -> "tuple[list[tuple[str, str]], list[Proposal]]":
    """Dependencies of the changed tasks that do not hold, by number, and the moves that would mend them.

    A delay moves nothing by itself (R-206): whoever causes it is told what now starts too soon.
    """
    if not changed:
        return [], []
    schedule = ctx.services.tasks.schedule("", actor=ctx.actor)
    numbers = {card.id: card.number for card in schedule.cards}
    touched = sorted(pair for pair in schedule.broken if changed & set(pair))
    if not touched:
        return [], []
    pairs = [(numbers[before], numbers[after]) for before, after in touched]
    # What is pushed first may push others in its turn; the tasks at the front of a link push.
    pushing = {before for before, _ in touched}
    moves = {
        move.card.id: move
        for task in sorted(pushing)
        for move in ctx.services.tasks.proposals(task, actor=ctx.actor)
    }
    return pairs, list(moves.values())


def _warn_broken(
    ctx: "Context", broken: Sequence[tuple[str, str]], moves: "Sequence[Proposal]"
) -> None:
    """Say which tasks now start too soon, and that new dates are proposed."""
    for before, after in broken:
        ctx.out.warn(msg("{after} starts before {before} has ended", after=after, before=before))
    if moves:
        ctx.out.warn(
            msg(
                "New dates for {tasks} are proposed: `crm-tui task proposals` shows them, "
                "`crm-tui task accept` takes them",
                tasks=", ".join(move.card.number for move in moves),
            )
        )


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
