"""`crm-tui sla`: the policy in force, and evaluation of JSON lines (sla.md 3.2)."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli import refs
from crm_tui.cli.calendars import answer_lines, file_argument
from crm_tui.cli.output import Column, sentence
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_
from crm_tui.domain.policy import CLOCK_LABELS
from crm_tui.domain.sla_json import evaluate_line
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def evaluate(ctx: "Context", args: Namespace) -> int:
    """Evaluate the clocks of each line's events."""
    return answer_lines(ctx, args.file, evaluate_line)


def policy_arguments(parser: Parser) -> None:
    """Options of `policy`."""
    parser.add_argument("--set", metavar="LINE", help=tr(N_("change this line in a new version")))
    parser.add_argument("--hours", type=float, metavar="N", help=tr(N_("its limit in hours")))
    parser.add_argument("--days", type=int, metavar="N", help=tr(N_("its limit in days")))
    parser.add_argument(
        "--replace", metavar="FILE", help=tr(N_("a whole policy as JSON, see --json"))
    )
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def policy(ctx: "Context", args: Namespace) -> int:
    """Print the policy in force, or put a new version in force."""
    policies = ctx.services.policies
    if args.set and (args.hours is not None or args.days is not None):
        amount = args.hours * 3600 if args.hours is not None else args.days
        policies.change_line(args.set, {"amount": amount}, actor=ctx.actor, reason=args.reason)
    elif args.replace:
        policies.replace(refs.read_json(args.replace), actor=ctx.actor, reason=args.reason)
    book = policies.current(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(book.to_data())
        return 0
    heads = (N_("Line"), N_("Clock"), N_("Limit"), N_("For"), N_("Source"))
    rows = []
    for line in book.lines:
        who = [
            *sorted(line.tiers),
            *sorted(line.kinds),
            *sorted(line.urgencies),
            *sorted(line.channels),
        ]
        rows.append(
            (line.id, tr(CLOCK_LABELS[line.clock]), sentence(line.limit()), who, line.source)
        )
    ctx.out.line(f"{tr(N_('Version'))} {book.version}")
    ctx.out.table([Column(h) for h in heads], rows)
    return 0


def process(ctx: "Context", args: Namespace) -> int:
    """Print the service process: stage, node, who, what, by when (R-143)."""
    from crm_tui.domain.process import PROCESS

    heads = (N_("Stage"), N_("Node"), N_("Responsible"), N_("What to do"), N_("Time limit"))
    rows = [tuple(map(tr, (n.stage, n.node, n.responsible, n.action, n.limit))) for n in PROCESS]
    if ctx.out.as_json:
        names = ("stage", "node", "responsible", "action", "limit")
        ctx.out.json([dict(zip(names, row, strict=True)) for row in rows])
        return 0
    ctx.out.table([Column(h) for h in heads], rows)
    return 0


VERBS = (
    Verb("process", N_("stages, who is responsible and by when"), process),
    Verb("evaluate", N_("clocks from JSON lines of events"), evaluate, file_argument),
    Verb("policy", N_("the policy in force, or a new version"), policy, policy_arguments),
)
