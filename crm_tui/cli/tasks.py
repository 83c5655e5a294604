"""`crm-tui task` and `crm-tui risk`: the board, what delays ask for, limits; the acts are in `task_acts`."""

from argparse import Namespace
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs, registers, task_acts
from crm_tui.cli.outcomes import show
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser
from crm_tui.cli.task_refs import numbers, one, show_dates, task_id
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import word
from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.terms import Department, RequirementPriority, TaskStatus
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.result import Result
    from crm_tui.services.work_dto import Proposal, TaskCard

WARNINGS = {
    "behind": N_("behind plan"),
    "near_due": N_("due soon"),
    "overdue": N_("overdue"),
    "standstill": N_("stands still"),
}
_HEADS = (
    Column(N_("Number")),
    Column(N_("Description")),
    Column(N_("Departments")),
    Column(N_("First responsible")),
    Column(N_("Due")),
    Column(N_("Progress"), right=True),
    Column(N_("Priority")),
    Column(N_("To note")),
)


def board_arguments(parser: Parser) -> None:
    """Options of `board`."""
    parser.add_argument("--filter", default="", metavar="FILTER", help=tr(N_("only what matches")))
    parser.add_argument(
        "--sort",
        default="",
        metavar="FIELD",
        help=tr(N_("order within a column; --sort=-FIELD turns it")),
    )


def board(ctx: "Context", args: Namespace) -> int:
    """Print the board column by column (R-204)."""
    found = ctx.services.tasks.board(args.filter, actor=ctx.actor, sort=args.sort)
    if ctx.out.as_json:
        limits = [
            {"status": status, "department_id": department or None, "most": most}
            for (status, department), most in found.limits.items()
        ]
        ctx.out.json({"cards": found.cards, "limits": limits, "more": found.more})
        return 0
    for status, group in groupby(found.cards, key=lambda card: card.shown):
        cards = list(group)
        most = found.limits.get((status, 0))
        count = str(len(cards)) if most is None else f"{len(cards)}/{most}"
        ctx.out.line(f"{word(TaskStatus, status)} ({count})")
        ctx.out.table(_HEADS, [_cells(card) for card in cards])
        ctx.out.line()
    if not found.cards:
        ctx.out.warn(msg("No task matches"))
    if found.more:
        ctx.out.warn(msg("There are more; narrow the filter"))
    return 0


def _cells(card: "TaskCard") -> tuple[Any, ...]:
    return (
        card.number,
        card.title,
        ", ".join(word(Department, code) for _, code in card.departments),
        card.owner,
        card.due_on,
        f"{card.progress} %",
        word(RequirementPriority, card.priority),
        tr(WARNINGS[card.warning]) if card.warning else "",
    )


# What delays ask for


def proposals_arguments(parser: Parser) -> None:
    """Options of `proposals` and `accept`."""
    parser.add_argument(
        "number",
        nargs="?",
        metavar="TASK",
        help=tr(N_("only what waits for this task")),
    )


def _proposed(ctx: "Context", args: Namespace) -> "tuple[Proposal, ...]":
    about = task_id(ctx, args.number) if args.number is not None else None
    return ctx.services.tasks.proposals(about, actor=ctx.actor)


def proposals(ctx: "Context", args: Namespace) -> int:
    """Print the moves that delays ask for; nothing is moved (R-206)."""
    found = _proposed(ctx, args)
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    if not found:
        ctx.out.warn(msg("No task needs to move"))
        return 0
    ctx.out.table(
        [Column(h) for h in (N_("Number"), N_("Description"), N_("From"), N_("To"))],
        [
            (
                p.card.number,
                p.card.title,
                f"{p.card.start_on or ''} – {p.card.due_on or ''}",
                f"{p.start_on} – {p.due_on}",
            )
            for p in found
        ],
    )
    return 0


def accept(ctx: "Context", args: Namespace) -> int:
    """Move the dates as proposed, as one act."""
    found = _proposed(ctx, args)
    numbers_of = {p.card.id: p.card.number for p in found}
    result = ctx.services.tasks.accept(found, actor=ctx.actor)
    lines = [(numbers_of[o.id], o.error, o.notice) for o in result.outcomes]
    if not lines and not ctx.out.as_json:
        ctx.out.warn(msg("No task needs to move"))
        return 0
    return show(ctx, result.label, lines, result.undo_id)


def change(ctx: "Context", args: Namespace) -> int:
    """Change fields of a task; new dates may break dependencies."""
    result = registers.changed("task", ctx, args)
    (one_done,) = result.outcomes
    line = (str(args.id), one_done.error, one_done.notice)
    return show_dates(ctx, result, [line])


# Limits


def limits_arguments(parser: Parser) -> None:
    """Options of `limits`."""
    parser.add_argument(
        "--status",
        choices=[str(s) for s in TaskStatus if s is not TaskStatus.DONE],
        help=tr(N_("the column to limit")),
    )
    parser.add_argument(
        "--department", metavar="DEPARTMENT", help=tr(N_("of this department; else of all"))
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--most", type=int, metavar="N", help=tr(N_("at most so many cards")))
    group.add_argument("--none", action="store_true", help=tr(N_("no limit any more")))


def limits(ctx: "Context", args: Namespace) -> int:
    """Print how many cards the columns may hold, or set it (R-204)."""
    setting = args.most is not None or args.none
    if setting != (args.status is not None) or (args.department and not setting):
        raise UsageError(msg("A limit is set with --status and --most N, or --none"))
    if setting:
        who = refs.department_id(ctx, args.department) if args.department else None
        result = ctx.services.tasks.set_limit(args.status, who, args.most, actor=ctx.actor)
        (outcome,) = result.outcomes
        line = (word(TaskStatus, args.status), outcome.error, outcome.notice)
        return show(ctx, result.label, [line], result.undo_id)
    codes = {d.id: d.code for d in ctx.services.org.departments()}
    rows = [
        (status, codes.get(department), most)
        for (status, department), most in sorted(ctx.services.tasks.limits(actor=ctx.actor).items())
    ]
    if ctx.out.as_json:
        ctx.out.json([dict(zip(("status", "department", "most"), r, strict=True)) for r in rows])
        return 0
    ctx.out.table(
        [Column(N_("Status")), Column(N_("Department")), Column(N_("At most"), right=True)],
        [
            (word(TaskStatus, s), word(Department, d) if d else tr(N_("all")), most)
            for s, d, most in rows
        ],
    )
    return 0


def log(ctx: "Context", args: Namespace) -> int:
    """Print what counted as progress of a task (D-18)."""
    found = ctx.services.tasks.progress_log(task_id(ctx, args.number), actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    from crm_tui.cli.words import act

    ctx.out.table(
        [
            Column(N_("When")),
            Column(N_("Who")),
            Column(N_("What")),
            Column(N_("Progress"), right=True),
            Column(N_("Note")),
        ],
        [
            (e.at, e.by, act("task", e.verb), "" if e.progress is None else e.progress, e.note)
            for e in found
        ],
    )
    return 0


# Risk cases


def risk_open_arguments(parser: Parser) -> None:
    """Options of `risk open`."""
    one(parser)
    parser.add_argument("--cause", required=True, help=tr(N_("what endangers the task")))
    parser.add_argument("--measure", default="", help=tr(N_("what is done about it")))


def risk_open(ctx: "Context", args: Namespace) -> int:
    """Open a risk case of a task (R-209)."""
    data = {"cause": args.cause, "response_measure": args.measure}
    case = ctx.services.risks.open(task_id(ctx, args.number), data, actor=ctx.actor).one()
    if ctx.out.as_json:
        ctx.out.json({"id": case})
    else:
        ctx.out.line(str(case))
    return 0


def risk_close_arguments(parser: Parser) -> None:
    """Options of `risk close`."""
    parser.add_argument("ids", nargs="+", type=int, metavar="ID", help=tr(N_("id of the list")))
    parser.add_argument("--result", required=True, help=tr(N_("what came of it")))


def risk_close(ctx: "Context", args: Namespace) -> int:
    """Close risk cases with their result (R-209)."""
    result: Result = ctx.services.risks.close(args.ids, args.result, actor=ctx.actor)
    lines = [(str(o.id), o.error, o.notice) for o in result.outcomes]
    return show(ctx, result.label, lines, result.undo_id)


_TASK = (
    Verb("board", N_("the board, column by column"), board, board_arguments),
    Verb("move", N_("move tasks to another column"), task_acts.move, task_acts.move_arguments),
    Verb("start", N_("begin tasks"), task_acts.start, numbers),
    Verb("done", N_("finish tasks"), task_acts.done, task_acts.done_arguments),
    Verb("delay", N_("delay tasks with a reason"), task_acts.delay, task_acts.delay_arguments),
    Verb("progress", N_("note progress"), task_acts.progress, task_acts.progress_arguments),
    Verb("log", N_("what counted as progress"), log, one),
    Verb("order", N_("put a card between others"), task_acts.order, task_acts.order_arguments),
    Verb(
        "assign",
        N_("name another first responsible person"),
        task_acts.assign,
        task_acts.assign_arguments,
    ),
    Verb("helpers", N_("set who helps"), task_acts.helpers, task_acts.helpers_arguments),
    Verb(
        "hand-over", N_("set the departments"), task_acts.hand_over, task_acts.hand_over_arguments
    ),
    Verb(
        "reschedule",
        N_("shift, stretch or date tasks"),
        task_acts.reschedule,
        task_acts.reschedule_arguments,
    ),
    Verb("baseline", N_("keep the present dates as planned"), task_acts.baseline, numbers),
    Verb("link", N_("let a task wait for another"), task_acts.link, task_acts.link_arguments),
    Verb("unlink", N_("let it wait no longer"), task_acts.unlink, task_acts.link_arguments),
    Verb("proposals", N_("the moves that delays ask for"), proposals, proposals_arguments),
    Verb("accept", N_("move the dates as proposed"), accept, proposals_arguments),
    Verb("limits", N_("how many cards a column may hold"), limits, limits_arguments),
    Verb(
        "from-ticket",
        N_("make the task that a ticket sets off"),
        task_acts.from_ticket,
        task_acts.from_ticket_arguments,
    ),
    Verb(
        "from-interaction",
        N_("make the task of a follow-up action"),
        task_acts.from_interaction,
        task_acts.from_record_arguments,
    ),
    Verb(
        "from-item",
        N_("make a task of a checklist item"),
        task_acts.from_item,
        task_acts.from_record_arguments,
    ),
)
_RISK = (
    Verb("open", N_("open a risk case of a task"), risk_open, risk_open_arguments),
    Verb("close", N_("close risk cases with their result"), risk_close, risk_close_arguments),
)


def verbs(noun: str) -> tuple[Verb, ...]:
    """The verbs of every register, and those of tasks or risk cases."""
    kept = registers.verbs(noun)
    if noun == "risk":
        return (*kept, *_RISK)
    return (*(replace(v, run=change) if v.name == "change" else v for v in kept), *_TASK)
