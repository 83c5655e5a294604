"""`crm-tui sla`: the policy in force, and evaluation of JSON lines (sla.md 3.2)."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any, Final

from crm_tui.cli import refs
from crm_tui.cli.calendars import answer_lines, file_argument
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.policy import (
    CALENDAR_BASES,
    CLOCK_LABELS,
    HOUR,
    MINUTE,
    WHOM,
    Basis,
    ClockKind,
    PolicyBook,
    PolicyLine,
)
from crm_tui.domain.sla_json import evaluate_line
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

ALL: Final = "all"
"""Written for a set of values it takes them away: the line is for everybody."""
NONE: Final = "none"
DEFAULT_CALENDAR: Final = "default"
IN_SECONDS: Final = (Basis.WORKING, Basis.ELAPSED)
IN_DAYS: Final = (Basis.WORKING_DAYS, Basis.CALENDAR_DAYS)
IN_MONTHS: Final = (Basis.MONTHS, Basis.MONTHS)
BASES: Final = (IN_SECONDS, IN_DAYS, IN_MONTHS)
"""Pairs: in working time, and as time passes."""
UNITS: Final = {
    "minutes": (MINUTE, IN_SECONDS),
    "hours": (HOUR, IN_SECONDS),
    "days": (1, IN_DAYS),
    "months": (1, IN_MONTHS),
}
"""What an amount of each unit is stored as."""
OPTIONS: Final = {"kinds": "kind", "tiers": "tier", "urgencies": "urgency", "channels": "channel"}
"""The option of each set that says whom a line is for."""
HEADS: Final = (
    N_("Line"),
    N_("Clock"),
    N_("Limit"),
    N_("Calendar"),
    N_("Warning"),
    N_("For"),
    N_("Source"),
)


def evaluate(ctx: "Context", args: Namespace) -> int:
    """Evaluate the clocks of each line's events."""
    return answer_lines(ctx, args.file, evaluate_line)


def policy_arguments(parser: Parser) -> None:
    """Options of `policy`."""
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--set", metavar="LINE", help=tr(N_("change this line in a new version")))
    act.add_argument("--add", metavar="LINE", help=tr(N_("add a line in a new version")))
    act.add_argument("--remove", metavar="LINE", help=tr(N_("take a line away in a new version")))
    act.add_argument("--replace", metavar="FILE", help=tr(N_("a whole policy as JSON, see --json")))
    line = parser.add_argument_group(tr(N_("fields of the line")))
    line.add_argument("--clock", choices=[str(k) for k in ClockKind], help=tr(N_("which clock")))
    limit = line.add_mutually_exclusive_group()
    limit.add_argument("--minutes", type=float, metavar="N", help=tr(N_("its limit in minutes")))
    limit.add_argument("--hours", type=float, metavar="N", help=tr(N_("its limit in hours")))
    limit.add_argument("--days", type=int, metavar="N", help=tr(N_("its limit in days")))
    limit.add_argument("--months", type=int, metavar="N", help=tr(N_("its limit in months")))
    line.add_argument(
        "--calendar",
        metavar="NAME",
        help=tr(N_("count the working time of this calendar; none counts time as it passes")),
    )
    line.add_argument(
        "--end-of-day",
        choices=("yes", "no"),
        help=tr(N_("whether a limit in days runs to the end of the last one")),
    )
    for option in OPTIONS.values():
        line.add_argument(
            f"--{option}",
            action="append",
            metavar=tr(N_("VALUE")),
            help=tr(N_("only for this, given again for more; all is for everybody")),
        )
    warn = line.add_mutually_exclusive_group()
    warn.add_argument(
        "--warn", type=float, metavar="N", help=tr(N_("warn at this percent of the limit"))
    )
    warn.add_argument(
        "--warn-before", type=float, metavar="N", help=tr(N_("warn this many minutes before due"))
    )
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def line_changes(args: Namespace, old: PolicyLine | None) -> dict[str, Any]:
    """The fields that the options name; a limit and a calendar bring the basis that fits them."""
    found: dict[str, Any] = {}
    if args.clock is not None:
        found["clock"] = args.clock
    found |= _limit(args, old)
    if args.end_of_day is not None:
        found["end_of_day"] = args.end_of_day == "yes"
    for name, option in OPTIONS.items():
        values = getattr(args, option)
        if values is not None:
            found[name] = [] if ALL in values else values
    if args.warn is not None:
        found |= {"warn_percent": args.warn, "warn_before_s": None}
    if args.warn_before is not None:
        found["warn_before_s"] = args.warn_before * MINUTE
    return found


def _limit(args: Namespace, old: PolicyLine | None) -> dict[str, Any]:
    """Amount, basis and calendar; none where neither a limit nor a calendar is named."""
    found: dict[str, Any] = {}
    bases = next((pair for pair in BASES if old is not None and old.basis in pair), None)
    for unit, (factor, pair) in UNITS.items():
        amount = getattr(args, unit)
        if amount is not None:
            found["amount"] = amount * factor
            bases = pair
    if bases is None or (not found and args.calendar is None):
        return found
    kept = old.calendar if old is not None else None
    working = old is not None and old.basis in CALENDAR_BASES
    calendar = kept
    if args.calendar is not None:
        working = args.calendar != NONE
        calendar = args.calendar if working else None
    basis = bases[0] if working else bases[1]
    if calendar is None and basis is not Basis.ELAPSED:
        # Days begin and end in a time zone, which a calendar has.
        calendar = kept or DEFAULT_CALENDAR
    return found | {"basis": str(basis), "calendar": calendar}


def policy(ctx: "Context", args: Namespace) -> int:
    """Print the policy in force, or put a new version in force (R-136, R-142)."""
    policies = ctx.services.policies
    book = policies.current(actor=ctx.actor)
    fresh = _fresh(args, book)
    if fresh is not None:
        reason = args.reason or args.set or args.add or args.remove or ""
        policies.replace(fresh, actor=ctx.actor, reason=reason)
        book = policies.current(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(book.to_data())
        return 0
    ctx.out.line(f"{tr(N_('Version'))} {book.version}")
    ctx.out.table([Column(h) for h in HEADS], [_row(line) for line in book.lines])
    return 0


def _fresh(args: Namespace, book: PolicyBook) -> Any:
    """The policy that the options ask for as JSON; None where they only look."""
    if args.replace:
        return refs.read_json(args.replace)
    if args.remove:
        return book.without(args.remove).to_data()
    old = book.line(args.set) if args.set else None
    changes = line_changes(args, old)
    if args.add:
        if "clock" not in changes or "amount" not in changes:
            raise UsageError(msg("A new line needs --clock and a limit, like --hours 4"))
        return book.with_line({"id": args.add, **changes}).to_data()
    if args.set:
        if not changes:
            raise UsageError(msg("Say what to change, like --hours 4"))
        return book.changed(args.set, changes).to_data()
    if changes:
        raise UsageError(msg("Name the line with --set or --add"))
    return None


def _row(line: PolicyLine) -> tuple[Any, ...]:
    who = [tr(term(v).label()) for name, term in WHOM.items() for v in sorted(getattr(line, name))]
    before = line.warn_before_s
    warning = (
        msg("{count} %", count=f"{line.warn_percent:g}")
        if before is None
        else msg("{count} min before due", count=f"{before / MINUTE:g}")
    )
    return (
        line.id,
        tr(CLOCK_LABELS[line.clock]),
        line.limit(),
        line.calendar,
        warning,
        who,
        line.source,
    )


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
