"""`crm-tui calendar`: work calendars, and business time from JSON lines (sla.md 3.1)."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final

from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.business_time import WEEKDAYS, Calendar, day_from
from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.json_lines import run_lines
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.sla_json import Calendars, compute_line
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

CLOSED: Final = "closed"


def file_argument(parser: Parser) -> None:
    """The file of JSON lines."""
    parser.add_argument("file", metavar="FILE", help=tr(N_("JSON lines; - is standard input")))


def lines_of(place: str) -> Iterator[str]:
    """The lines of a file or of standard input."""
    if place == "-":
        if isinstance(sys.stdin, TextIOWrapper):
            # Read like a file: no locale and no byte of it stops the run.
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
        yield from sys.stdin
        return
    try:
        with open(place, encoding="utf-8-sig", errors="replace") as file:
            yield from file
    except OSError as error:
        raise NotFound(
            msg("{file} cannot be read: {reason}", file=place, reason=error.strerror or ""),
            code="no_file",
        ) from None


def stored_calendars(ctx: "Context") -> Calendars:
    """Finds calendars in the database, opened only when a line names one."""

    def find(name: str) -> Calendar:
        ctx.need_database()
        return ctx.services.policies.calendar(name)

    return find


def answer_lines(
    ctx: "Context",
    place: str,
    handler: Callable[[Mapping[str, Any], Calendars], dict[str, Any]],
) -> int:
    """Answer each line; 1 where any was bad."""
    find = stored_calendars(ctx)
    status = 0
    for text, good in run_lines(lines_of(place), lambda obj: handler(obj, find), render):
        print(text)
        status = status if good else 1
    return status


def compute(ctx: "Context", args: Namespace) -> int:
    """Compute business time."""
    return answer_lines(ctx, args.file, compute_line)


def list_calendars(ctx: "Context", args: Namespace) -> int:
    """Print the calendars; years without known make-up days are named."""
    ctx.actor  # noqa: B018  # an unknown login is refused before anything is shown
    found = ctx.services.policies.calendars()
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    heads = (N_("Calendar"), N_("Time zone"), N_("Days"), N_("No make-up days yet"))
    rows = [(c.name, c.timezone, c.days, [str(y) for y in c.missing_years]) for c in found]
    ctx.out.table([Column(h) for h in heads], rows)
    return 0


def day_arguments(parser: Parser) -> None:
    """Options of `day`."""
    parser.add_argument("day", metavar="DATE", help=tr(N_("a date like 2024-06-10")))
    parser.add_argument("--calendar", default="default", help=tr(N_("calendar name")))
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--holiday", action="store_true", help=tr(N_("closed")))
    group.add_argument(
        "--open", metavar="09:00-18:00", nargs="+", help=tr(N_("open in these frames"))
    )
    group.add_argument("--ordinary", action="store_true", help=tr(N_("as its weekday")))


def day(ctx: "Context", args: Namespace) -> int:
    """Make a date a holiday, a working day, or ordinary again."""
    frames = None if args.ordinary else [f.split("-", 1) for f in args.open or ()]
    which = day_from(args.day, "day")
    ctx.services.policies.set_day(args.calendar, which, frames, actor=ctx.actor).one()
    return 0


def week_arguments(parser: Parser) -> None:
    """Options of `set`."""
    parser.add_argument("name", metavar="NAME", help=tr(N_("calendar name")))
    parser.add_argument("--timezone", metavar="ZONE", help=tr(N_("time zone like Asia/Shanghai")))
    parser.add_argument(
        "--open",
        action="append",
        default=[],
        metavar="mon-fri=09:00-12:00,13:00-18:00",
        help=tr(N_("opening frames of these weekdays, given again for more; closed for none")),
    )


def week_from(given: Sequence[str]) -> dict[str, list[list[str]]]:
    """Frames by weekday from words like ``mon-fri=09:00-18:00`` and ``sat,sun=closed``."""
    found: dict[str, list[list[str]]] = {}
    for text in given:
        days, _, frames = text.partition("=")
        pairs = [] if frames == CLOSED else [f.split("-", 1) for f in frames.split(",")]
        for day in days.lower().split(","):
            first, _, last = day.partition("-")
            if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
                raise ValidationError(
                    msg("“{day}” is not a weekday like mon", day=day[:60]), field="open"
                )
            start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            for place in range(start, end + 1):
                found[WEEKDAYS[place]] = pairs
    return found


def week(ctx: "Context", args: Namespace) -> int:
    """Add a calendar, or change its time zone or week; running clocks follow (sla.md 2.5)."""
    policies = ctx.services.policies
    old = next((c for c in policies.calendars() if c.name == args.name), None)
    zone = args.timezone or (old.timezone if old is not None else ctx.zone.key)
    hours = {**(old.hours if old is not None else {}), **week_from(args.open)}
    policies.save_calendar(args.name, {"timezone": zone, "hours": hours}, actor=ctx.actor).one()
    return 0


VERBS = (
    Verb("list", N_("work calendars"), list_calendars),
    Verb("compute", N_("business time from JSON lines"), compute, file_argument),
    Verb("set", N_("add a calendar, or change its week"), week, week_arguments),
    Verb("day", N_("holiday, other hours, or ordinary again"), day, day_arguments),
)
