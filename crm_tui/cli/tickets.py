"""`crm-tui ticket`: list, show, new and the reading verbs; the acts are in `ticket_acts`."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crm_tui.cli import documents, refs, ticket_text
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.output import sentence
from crm_tui.cli.parser import EVERYTHING, Parser, add_limit
from crm_tui.cli.ticket_acts import ACTS
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import limit_label, word
from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.numbers import format_ticket_no
from crm_tui.exchange.lists import ticket_object
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.dto import TicketRow
    from crm_tui.services.intake import Preview

PAGE = 500
SORTS = (
    "due",
    "number",
    "received",
    "updated",
    "urgency",
    "tier",
    "state",
    "subject",
    "kind",
    "department",
    "owner",
    "escalation",
)
"""Orders of the list, as the queries have them; written here so that help needs no database."""
EXTRA = ("reason", "department", "departments", "first_responsible", "first_responsible_id")
"""What registering takes beside the fields of the form."""


def list_arguments(parser: Parser) -> None:
    """Options of `ticket list`."""
    parser.add_argument(
        "filter",
        nargs="*",
        metavar="FILTER",
        help=tr(N_("terms such as status:open urgency:urgent agent:@me dept:after_sales sla:<30m")),
    )
    parser.add_argument(
        "--filter",
        dest="more",
        metavar="FILTER",
        help=tr(N_("the same, for a filter that begins with a minus: --filter=-tag:vip")),
    )
    parser.add_argument("--sort", choices=SORTS, default="due", help=tr(N_("order")))
    parser.add_argument("--desc", action="store_true", help=tr(N_("largest or latest first")))
    add_limit(parser)
    parser.add_argument("--count", action="store_true", help=tr(N_("only how many there are")))
    parser.add_argument(
        "--untracked",
        action="store_true",
        help=tr(N_("only open tickets of your department without a note today")),
    )


def filter_text(args: Namespace) -> str:
    """The filter as one line; a word with blanks came in quotes of the shell and keeps them."""
    words = [*args.filter, *([args.more] if args.more else [])]
    return " ".join(words)


def rows(
    ctx: "Context", text: str, *, sort: str = "due", descending: bool = False, limit: int = 0
) -> "Iterator[TicketRow]":
    """Rows of the list page by page; all of them where ``limit`` is 0."""
    after: tuple[Any, ...] | None = None
    left = limit
    while True:
        page = ctx.services.views.page(
            text,
            actor=ctx.actor,
            sort=sort,
            descending=descending,
            after=after,
            limit=min(PAGE, left) if limit else PAGE,
        )
        yield from page.rows
        left -= len(page.rows)
        if not page.after or (limit and left <= 0) or not page.rows:
            return
        after = page.rows[-1].sort_key


def run_list(ctx: "Context", args: Namespace) -> int:
    """Print tickets that match."""
    text = filter_text(args)
    if args.untracked and (text or args.count):
        raise UsageError(msg("--untracked stands alone, without a filter and --count"))
    if args.count:
        count = ctx.services.views.count(text, actor=ctx.actor)
        if ctx.out.as_json:
            ctx.out.json({"count": count})
        else:
            ctx.out.line(str(count))
        return 0
    if args.untracked:
        found = ctx.services.views.untracked_today(actor=ctx.actor)
    else:
        found = list(rows(ctx, text, sort=args.sort, descending=args.desc, limit=args.limit))
    if ctx.out.as_json:
        ctx.out.json([ticket_object(r) for r in found])
    elif found:
        ctx.out.table(ticket_text.LIST, [ticket_text.row_cells(r) for r in found])
    else:
        ctx.out.warn(msg("No ticket matches"))
    return 0


def number_argument(parser: Parser) -> None:
    """One ticket number."""
    parser.add_argument("number", metavar="T-N", help=tr(N_("ticket number, with or without T-")))


def show_arguments(parser: Parser) -> None:
    """Options of `ticket show`."""
    number_argument(parser)
    parser.add_argument("--history", action="store_true", help=tr(N_("with messages and events")))


def show_ticket(ctx: "Context", ticket_id: int, *, history: bool = False) -> None:
    """Print one ticket."""
    view = ctx.services.views.view(ticket_id, actor=ctx.actor)
    entries = ctx.services.views.timeline(ticket_id, actor=ctx.actor) if history else []
    if ctx.out.as_json:
        found = ticket_text.view_object(view)
        if history:
            found["history"] = [ticket_text.entry_object(e) for e in entries]
        ctx.out.json(found)
        return
    ticket_text.print_view(ctx.out, view)
    if history:
        ctx.out.line()
        ticket_text.print_entries(ctx.out, entries, own=view.row.number)


def run_show(ctx: "Context", args: Namespace) -> int:
    """Print one ticket."""
    show_ticket(ctx, refs.ticket_id(ctx, args.number), history=args.history)
    return 0


def history_arguments(parser: Parser) -> None:
    """Options of `ticket history`."""
    number_argument(parser)
    parser.add_argument("--messages", action="store_true", help=tr(N_("messages only, no events")))
    add_limit(parser, 2000)


def run_history(ctx: "Context", args: Namespace) -> int:
    """Print messages and events of a ticket, oldest first."""
    ticket = refs.ticket_id(ctx, args.number)
    entries = ctx.services.views.timeline(
        ticket,
        actor=ctx.actor,
        limit=args.limit or EVERYTHING,
        messages_only=args.messages,
    )
    if ctx.out.as_json:
        ctx.out.json([ticket_text.entry_object(e) for e in entries])
    else:
        own = ctx.services.intake.number(ticket, actor=ctx.actor)
        ticket_text.print_entries(ctx.out, entries, own=own)
    return 0


def run_explain(ctx: "Context", args: Namespace) -> int:
    """Print why each limit is due when it is (sla.md 2.14)."""
    ticket = refs.ticket_id(ctx, args.number)
    clocks = ctx.services.views.explain(ticket, actor=ctx.actor)
    if ctx.out.as_json:
        number = ctx.services.intake.number(ticket, actor=ctx.actor)
        ctx.out.json(
            {
                "number": format_ticket_no(number),
                "clocks": [ticket_text.clock_object(c, segments=True) for c in clocks],
            }
        )
        return 0
    ctx.out.table(ticket_text.CLOCKS, [ticket_text.clock_cells(c) for c in clocks])
    for clock in clocks:
        ctx.out.line()
        ctx.out.line(f"{limit_label(clock.kind)} {clock.cycle}:")
        for part in clock.explanation:
            ctx.out.line(f"    {sentence(part)}")
    return 0


def new_arguments(parser: Parser) -> None:
    """Options of `ticket new`: the fields of the form, and what registering asks beside."""
    add_record_flags(parser, "ticket", without=("department_id",))
    parser.add_argument(
        "--department",
        metavar="DEPARTMENT",
        help=tr(N_("department that handles it; else as the kind is routed")),
    )
    parser.add_argument(
        "--also-department",
        dest="departments",
        action="append",
        metavar="DEPARTMENT",
        help=tr(N_("a further department that takes part; needs --first-responsible")),
    )
    parser.add_argument(
        "--first-responsible",
        metavar="LOGIN",
        help=tr(N_("the one person first responsible")),
    )
    parser.add_argument("--reason", help=tr(N_("why it goes to another department than proposed")))
    parser.add_argument(
        "--preview",
        action="store_true",
        help=tr(N_("only say what urgency, department and limits it would get")),
    )
    documents.add_json_in(parser, several=True)


def run_new(ctx: "Context", args: Namespace) -> int:
    """Register a ticket from options, or one or several from JSON (R-316)."""
    given: dict[str, Any] = given_fields(args, "ticket")
    for name in ("department", "departments", "reason", "first_responsible"):
        if getattr(args, name) is not None:
            given[name] = getattr(args, name)
    if args.preview:
        return documents.create(
            ctx,
            args,
            given,
            lambda data: ctx.services.intake.preview(ticket_data(ctx, data), actor=ctx.actor),
            lambda found: show_preview(ctx, found),
            ticket_text.preview_object,
        )
    return documents.create(
        ctx,
        args,
        given,
        lambda data: register(ctx, data),
        lambda number: show_registered(ctx, number),
        lambda number: {"number": number},
    )


def register(ctx: "Context", given: Mapping[str, Any]) -> str:
    """Register a ticket; its number."""
    ticket = ctx.services.intake.create(ticket_data(ctx, given), actor=ctx.actor)
    return format_ticket_no(ctx.services.intake.number(ticket, actor=ctx.actor))


def ticket_data(ctx: "Context", given: Mapping[str, Any]) -> dict[str, Any]:
    """What the service takes: ids for references, times as given or local."""
    kind = record_kind("ticket")
    named = documents.by_field(kind, given, also=EXTRA)
    data = refs.resolved(ctx, kind, {k: v for k, v in named.items() if k not in EXTRA})
    received = data.get("received_at")
    if isinstance(received, str) and received.strip():
        data["received_at"] = ctx.meant(received, "--received-at", past=True)
    extra = {
        "department": documents.text(named, "department"),
        "departments": documents.texts(named, "departments"),
        "reason": documents.text(named, "reason"),
        "first_responsible_id": first_responsible(ctx, named),
    }
    return {**data, **{k: v for k, v in extra.items() if v is not None}}


def first_responsible(ctx: "Context", given: Mapping[str, Any]) -> Any:
    """The one person first responsible, by login or id; a second one is refused by the service."""
    found = given.get("first_responsible", given.get("first_responsible_id"))
    return refs.staff_id(ctx, found) if isinstance(found, str) else found


def show_preview(ctx: "Context", found: "Preview") -> None:
    """Print what registering would mean."""
    if ctx.out.as_json:
        ctx.out.json(ticket_text.preview_object(found))
    else:
        ticket_text.print_preview(ctx.out, found)


def show_registered(ctx: "Context", number: str) -> None:
    """Print a ticket that was just registered."""
    ticket = refs.ticket_id(ctx, number)
    if ctx.out.as_json:
        show_ticket(ctx, ticket)
        return
    view = ctx.services.views.view(ticket, actor=ctx.actor)
    ctx.out.line(msg("{number} registered", number=number))
    if view.clocks:
        ctx.out.table(ticket_text.CLOCKS, [ticket_text.clock_cells(c) for c in view.clocks])


def run_counts(ctx: "Context", args: Namespace) -> int:
    """Print tickets by state; their sum is all tickets (R-151)."""
    from crm_tui.domain.terms import TicketState

    counts = ctx.services.views.counts(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(counts)
        return 0
    for state in TicketState:
        if counts.get(state):
            ctx.out.line(f"{counts[state]:>8}  {word(TicketState, state)}")
    return 0


def kinds_arguments(parser: Parser) -> None:
    """Options of `kinds`."""
    parser.add_argument("--set", metavar="KINDS", help=tr(N_("kinds, by commas")))


def run_kinds(ctx: "Context", args: Namespace) -> int:
    """Print or choose the kinds of ticket that the desk takes (R-122)."""
    from crm_tui.domain.terms import TicketKind

    kinds = ctx.services.kinds
    if args.set is not None:
        kinds.set([k.strip() for k in args.set.split(",") if k.strip()], actor=ctx.actor)
    there = kinds.enabled(actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(list(there))
        return 0
    for kind in there:
        ctx.out.line(f"{kind:<14} {word(TicketKind, kind)}")
    return 0


VERBS = (
    Verb("kinds", N_("kinds of ticket this desk takes"), run_kinds, kinds_arguments),
    Verb("list", N_("tickets that match a filter"), run_list, list_arguments),
    Verb("show", N_("one ticket"), run_show, show_arguments),
    Verb("new", N_("register a ticket, or preview what it would get"), run_new, new_arguments),
    Verb("history", N_("messages and events"), run_history, history_arguments),
    Verb("explain", N_("why each limit is due when it is"), run_explain, number_argument),
    Verb("counts", N_("how many tickets are in each state"), run_counts),
    *ACTS,
)
