"""`crm-tui goal`: goals with what is worked out of them, their values, and the steps of their life."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from crm_tui.cli import goal_aims, registers
from crm_tui.cli.flags import record_kind
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser, add_limit, add_version
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.goal_dto import GoalView

KIND: Final = goal_aims.KIND
WORKED_OUT: Final = (
    *("direction", "figure_id", "attainment", "progress", "standing", "elapsed", "reached"),
    *("mismatch", "actions", "actions_done"),
)
"""What a goal has beside its fields, by its name in JSON."""


def goal_object(view: "GoalView", values: Mapping[str, Any]) -> dict[str, Any]:
    """A goal for programs: its fields, and what is worked out of them."""
    from crm_tui.domain.attainment import percent

    return {
        "id": view.id,
        "version": view.version,
        **values,
        **{name: getattr(view, name) for name in WORKED_OUT},
        "attainment_percent": percent(view.attainment),
        "progress_percent": percent(view.progress),
    }


def share(value: Decimal | None) -> str:
    """A share as whole percent; n/a where it has no meaning (D-01)."""
    from crm_tui.domain.attainment import percent

    found = percent(value)
    return tr("n/a") if found is None else f"{found}%"


def attained(view: "GoalView") -> str:
    """The attainment, with what a file says otherwise."""
    if not view.mismatch:
        return share(view.attainment)
    said = tr("source says {percent} %").format(percent=goal_aims.plain(view.reported))
    return f"{share(view.attainment)} ({said})"


def standing(view: "GoalView") -> str:
    """Where it stands, in a word."""
    from crm_tui.domain.attainment import STANDING_LABELS
    from crm_tui.domain.records.enums import GoalState

    return tr(GoalState(view.state).label() if view.ended else STANDING_LABELS[view.standing])


# Reading


def list_arguments(parser: Parser) -> None:
    """Options of `list`."""
    from crm_tui.domain.attainment import ORDERS

    parser.add_argument("--filter", default="", metavar="FILTER", help=tr(N_("only what matches")))
    parser.add_argument("--sort", default="review", choices=ORDERS, help=tr(N_("order")))
    parser.add_argument("--desc", action="store_true", help=tr(N_("largest or latest first")))
    add_limit(parser)
    parser.add_argument("--archived", action="store_true", help=tr(N_("those taken off the list")))
    parser.add_argument("--count", action="store_true", help=tr(N_("only how many there are")))


def list_goals(ctx: "Context", args: Namespace) -> int:
    """Print goals with attainment, progress and standing."""
    goals = ctx.services.goals
    if args.count:
        count = goals.count(args.filter, actor=ctx.actor, archived=args.archived)
        if ctx.out.as_json:
            ctx.out.json({"count": count})
        else:
            ctx.out.line(str(count))
        return 0
    found = goals.list(
        args.filter,
        actor=ctx.actor,
        sort=args.sort,
        descending=args.desc,
        archived=args.archived,
        limit=args.limit,
    )
    if ctx.out.as_json:
        rows = ctx.services.registers.rows(KIND, [g.id for g in found], actor=ctx.actor)
        values = {r.id: r.values for r in rows}
        ctx.out.json([goal_object(g, values[g.id]) for g in found])
        return 0
    ctx.out.table(
        [
            Column(N_("Id")),
            Column(N_("Objective")),
            Column(N_("Metric")),
            Column(N_("Baseline"), right=True),
            Column(N_("Target"), right=True),
            Column(N_("Current value"), right=True),
            Column(N_("Attainment"), right=True),
            Column(N_("Progress"), right=True),
            Column(N_("Standing")),
            Column(N_("Review on")),
            Column(N_("Owner")),
        ],
        [
            (
                g.id,
                g.objective,
                g.metric,
                goal_aims.plain(g.baseline),
                goal_aims.plain(g.target),
                goal_aims.plain(g.current) or tr("n/a"),
                attained(g),
                share(g.progress),
                standing(g),
                g.review_on,
                g.owner,
            )
            for g in found
        ],
    )
    return 0


def show(ctx: "Context", args: Namespace) -> int:
    """Print a goal with its values and key actions."""
    from crm_tui.domain.records.base import fields

    detail = ctx.services.goals.show(args.id, actor=ctx.actor)
    row = ctx.services.registers.get(KIND, args.id, actor=ctx.actor)
    view = detail.view
    if ctx.out.as_json:
        ctx.out.json(
            {
                **goal_object(view, row.values),
                "smart": [
                    {"field": s.field, "evidence": s.evidence, "lack": s.lack} for s in view.smart
                ],
                "points": [asdict(p) for p in detail.points],
                "key_actions": [asdict(a) for a in detail.actions],
            }
        )
        return 0
    specs = fields(record_kind(KIND))
    pairs = [(s.label, registers.shown(row, s)) for s in specs.values()]
    pairs += [
        (N_("Attainment"), attained(view)),
        (N_("Progress"), share(view.progress)),
        (N_("Time passed"), share(view.elapsed)),
        (N_("Standing"), standing(view)),
    ]
    pairs += [
        (N_("Key action"), f"{a.number}  {_status(a.shown)} {a.progress}%  {a.title}")
        for a in detail.actions
    ]
    pairs += [(N_("Lacks"), render(s.lack)) for s in view.smart if s.lack is not None]
    ctx.out.pairs(pairs)
    return 0


def _status(status: str) -> str:
    from crm_tui.domain.terms import LABELS, TaskStatus

    return tr(LABELS[TaskStatus][status])


def points(ctx: "Context", args: Namespace) -> int:
    """Print the measured values with their sources."""
    found = ctx.services.goals.points(args.id, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json([asdict(p) for p in found])
        return 0
    origins = {"kpi": N_("computed"), "manual": N_("typed"), "import": N_("from a file")}
    ctx.out.table(
        [
            Column(N_("Day")),
            Column(N_("Value"), right=True),
            Column(N_("Origin")),
            Column(N_("Source")),
            Column(N_("Reason")),
            Column(N_("By")),
            Column(N_("Corrected")),
        ],
        [
            (
                p.day,
                goal_aims.plain(p.value),
                tr(origins[p.origin]),
                p.source,
                p.reason,
                p.by,
                tr("yes") if p.corrected else "",
            )
            for p in found
        ],
    )
    return 0


def templates(ctx: "Context", args: Namespace) -> int:
    """Print the key actions to begin with."""
    found = ctx.services.goals.templates()
    told = [(t.name, tr(t.title), tr(t.standard), tr(t.deliverable)) for t in found]
    if ctx.out.as_json:
        names = ("name", "title", "standard", "deliverable")
        ctx.out.json([dict(zip(names, row, strict=True)) for row in told])
        return 0
    heads = (N_("Template"), N_("Key action"), N_("Completion standard"), N_("Deliverable"))
    ctx.out.table([Column(h) for h in heads], told)
    return 0


# Steps


def _day(ctx: "Context", text: str | None, field: str) -> date | None:
    """A day of an option, also as words of both languages."""
    from crm_tui.domain.dates import day_of, refuse_date

    if text is None:
        return None
    zone = ZoneInfo(ctx.services.core.rules.zone)
    found = day_of(text, ctx.services.core.clock().astimezone(zone).date())
    if found is None:
        error = refuse_date(text)
        error.field = field
        raise error
    return found


def measure_arguments(parser: Parser) -> None:
    """Options of `measure`."""
    registers.one(parser)
    parser.add_argument(
        "value", nargs="?", metavar="VALUE", help=tr(N_("without it the program computes it"))
    )
    parser.add_argument("--day", metavar="DATE", help=tr(N_("of which day; today without it")))
    parser.add_argument("--source", default="", help=tr(N_("where a typed value comes from")))
    parser.add_argument("--reason", default="", help=tr(N_("why it corrects another of that day")))
    add_version(parser)


def measure(ctx: "Context", args: Namespace) -> int:
    """Write down a value, or have it computed."""
    result = ctx.services.goals.measure(
        args.id,
        args.value,
        day=_day(ctx, args.day, "day"),
        source=args.source,
        reason=args.reason,
        actor=ctx.actor,
        expected=args.version,
    )
    return on_one(ctx, str(args.id), result)


def activate_arguments(parser: Parser) -> None:
    """Options of `activate`."""
    registers.one(parser)
    add_version(parser)


def activate(ctx: "Context", args: Namespace) -> int:
    """Let a draft run."""
    result = ctx.services.goals.activate(args.id, actor=ctx.actor, expected=args.version)
    return on_one(ctx, str(args.id), result)


def review_arguments(parser: Parser) -> None:
    """Options of `review`."""
    registers.one(parser)
    parser.add_argument(
        "--next", metavar="DATE", help=tr(N_("the next review; at the deadline without it"))
    )
    parser.add_argument("--gap-analysis", metavar="TEXT", help=tr(N_("where the gap comes from")))
    parser.add_argument(
        "--improvement-measure", metavar="TEXT", help=tr(N_("what is done about it"))
    )
    parser.add_argument("--note", default="", metavar="TEXT", help=tr(N_("kept in the history")))
    add_version(parser)


def review(ctx: "Context", args: Namespace) -> int:
    """Review a running goal."""
    result = ctx.services.goals.review(
        args.id,
        next_on=_day(ctx, args.next, "next_on"),
        gap_analysis=args.gap_analysis,
        improvement_measure=args.improvement_measure,
        note=args.note,
        actor=ctx.actor,
        expected=args.version,
    )
    return on_one(ctx, str(args.id), result)


def close_arguments(parser: Parser) -> None:
    """Options of `close`."""
    registers.one(parser)
    parser.add_argument(
        "outcome", choices=["reached", "missed", "cancelled"], help=tr(N_("how it ended"))
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help=tr(N_("why")))
    add_version(parser)


def close(ctx: "Context", args: Namespace) -> int:
    """Close a goal."""
    result = ctx.services.goals.close(
        args.id, args.outcome, reason=args.reason, actor=ctx.actor, expected=args.version
    )
    return on_one(ctx, str(args.id), result)


def verbs(noun: str) -> tuple[Verb, ...]:
    """The verbs of a register, and those of goals."""
    own = {"new": goal_aims.new, "change": goal_aims.change}
    kept = [
        replace(v, run=own.get(v.name, v.run))
        for v in registers.verbs(noun)
        if v.name in ("new", "change", "archive")
    ]
    return (
        Verb(
            "list", N_("goals with attainment, progress and standing"), list_goals, list_arguments
        ),
        Verb("show", N_("a goal with its values and key actions"), show, registers.one),
        *kept,
        Verb(
            "preview",
            N_("the target that an aim means"),
            goal_aims.preview,
            goal_aims.preview_arguments,
        ),
        Verb("measure", N_("write down a value, or have it computed"), measure, measure_arguments),
        Verb("points", N_("the measured values and where they come from"), points, registers.one),
        Verb(
            "activate",
            N_("let a draft run; SMART must be five of five"),
            activate,
            activate_arguments,
        ),
        Verb("review", N_("review a running goal"), review, review_arguments),
        Verb("close", N_("close a goal as reached, missed or cancelled"), close, close_arguments),
        Verb("templates", N_("key actions to begin with"), templates),
    )
