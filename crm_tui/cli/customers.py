"""`crm-tui customer`: list, show, new, change, contacts."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs
from crm_tui.cli.flags import add_record_flags, given_fields
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column, plain_value
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.dto import CustomerRow

PAGE = 500
COLUMNS = (
    Column(N_("No.")),
    Column(N_("T")),
    Column(N_("Customer")),
    Column(N_("Decision maker")),
    Column(N_("Segment")),
    Column(N_("Industry")),
    Column(N_("Amount"), right=True),
    Column(N_("Open"), right=True),
)


def listed(
    ctx: "Context", text: str, sort: str, descending: bool, limit: int
) -> "list[CustomerRow]":
    """Rows page by page; all of them where ``limit`` is 0."""
    found: list[CustomerRow] = []
    after: tuple[Any, ...] | None = None
    while True:
        size = min(PAGE, limit - len(found)) if limit else PAGE
        page = ctx.services.customers.page(
            text, actor=ctx.actor, sort=sort, descending=descending, after=after, limit=size
        )
        found += page.rows
        if not page.after or not page.rows or (limit and len(found) >= limit):
            return found
        after = page.rows[-1].sort_key


def customer_object(row: "CustomerRow") -> dict[str, Any]:
    """A list row for programs; money in fen."""
    return {
        "number": row.customer_no,
        "name": row.name,
        "tier": row.tier,
        "segment": row.segment,
        "industry": row.industry,
        "region": row.region,
        "decision_maker": row.decision_maker,
        "manager": row.manager,
        "total_amount_fen": row.total_amount_fen,
        "last_cooperation_on": row.last_cooperation_on,
        "open_tickets": row.open_tickets,
        "version": row.version,
    }


def list_arguments(parser: Parser) -> None:
    """Options of `customer list`."""
    parser.add_argument(
        "filter", nargs="*", metavar="FILTER", help=tr(N_("terms such as tier:A industry:制造业"))
    )
    parser.add_argument(
        "--sort",
        choices=("number", "name", "tier", "amount", "updated"),
        default="number",
        help=tr(N_("order")),
    )
    parser.add_argument("--desc", action="store_true", help=tr(N_("largest or latest first")))
    parser.add_argument(
        "--limit", type=int, default=50, metavar="N", help=tr(N_("at most N rows; 0: all"))
    )


def list_customers(ctx: "Context", args: Namespace) -> int:
    """Print the list."""
    rows = listed(ctx, " ".join(args.filter), args.sort, args.desc, args.limit)
    if ctx.out.as_json:
        ctx.out.json([customer_object(r) for r in rows])
        return 0
    ctx.out.table(
        COLUMNS,
        [
            (
                r.customer_no,
                r.tier,
                r.name,
                r.decision_maker,
                r.segment,
                r.industry,
                display_fen(r.total_amount_fen),
                r.open_tickets,
            )
            for r in rows
        ],
    )
    return 0


def who(parser: Parser) -> None:
    """The customer meant."""
    parser.add_argument(
        "customer", metavar="CUSTOMER", help=tr(N_("customer number or exact name"))
    )


def show(ctx: "Context", args: Namespace) -> int:
    """Print a profile; contact details as far as the reader may see them."""
    view = ctx.services.customers.view(refs.customer_id(ctx, args.customer), actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(
            {
                **customer_object(view.row),
                "fields": dict(view.fields),
                "tags": view.tags,
                "contacts": view.contacts,
                "open": view.open_tickets,
                "breached": view.breached_tickets,
                "cooperation": view.cooperation_duration,
                "warnings": view.warnings,
            }
        )
        return 0
    ctx.out.line(f"{view.row.customer_no} {view.row.name}")
    ctx.out.pairs(
        [
            (N_("Tier"), view.row.tier),
            (N_("Segment"), view.row.segment),
            (N_("Industry"), view.row.industry),
            (N_("Cooperation so far"), view.cooperation_duration),
            (N_("Cumulative amount"), display_fen(view.row.total_amount_fen)),
            (N_("Core needs"), view.tags),
            (N_("Preferences"), view.fields["preferences"]),
        ]
    )
    for contact in view.contacts:
        ctx.out.line(
            "  ".join(
                plain_value(v)
                for v in (
                    contact.name,
                    contact.job_title,
                    contact.phone,
                    contact.email,
                    contact.wechat,
                )
                if v
            )
        )
    for warning in view.warnings:
        ctx.out.line(warning)
    return 0


def new_arguments(parser: Parser) -> None:
    """Options of `customer new`."""
    add_record_flags(parser, "customer", without=("customer_no",))
    parser.add_argument(
        "--tag", action="append", default=[], help=tr(N_("a core need; may be repeated"))
    )
    parser.add_argument(
        "--json-in", metavar="FILE", help=tr(N_("fields from a JSON object; - is standard input"))
    )


def fields_of(args: Namespace) -> dict[str, Any]:
    """Fields from flags and, beneath them, from JSON."""
    given = dict(refs.read_json(args.json_in)) if getattr(args, "json_in", None) else {}
    return {**given, **given_fields(args, "customer")}


def new(ctx: "Context", args: Namespace) -> int:
    """Create a customer and print its number."""
    data = fields_of(args)
    contacts = data.pop("contacts", [])
    tags = [*data.pop("tags", []), *args.tag]
    made = ctx.services.customers.create(data, actor=ctx.actor, tags=tags, contacts=contacts)
    row = ctx.services.customers.rows([made], actor=ctx.actor)[0]
    if ctx.out.as_json:
        ctx.out.json(customer_object(row))
    else:
        ctx.out.line(row.customer_no)
    return 0


def change_arguments(parser: Parser) -> None:
    """Options of `customer change`."""
    who(parser)
    new_arguments(parser)
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def change(ctx: "Context", args: Namespace) -> int:
    """Change fields of a customer."""
    key = refs.customer_id(ctx, args.customer)
    result = ctx.services.customers.change(
        key, fields_of(args), actor=ctx.actor, tags=args.tag or None, reason=args.reason or None
    )
    return on_one(ctx, args.customer, result)


def contact_arguments(parser: Parser) -> None:
    """Options of `customer contact`."""
    who(parser)
    add_record_flags(parser, "contact")


def contact(ctx: "Context", args: Namespace) -> int:
    """Add a contact."""
    data = given_fields(args, "contact")
    made = ctx.services.contacts.add(refs.customer_id(ctx, args.customer), data, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"contact": made})
    else:
        ctx.out.line(tr(N_("Contact added")))
    return 0


def reveal_arguments(parser: Parser) -> None:
    """Options of `customer reveal`."""
    parser.add_argument(
        "contact", type=int, metavar="ID", help=tr(N_("contact id, see customer show --json"))
    )
    parser.add_argument(
        "field", help=tr(N_("phone, email, wechat, address, id_document_no or birthday"))
    )
    parser.add_argument("--reason", required=True, help=tr(N_("why")))


def reveal(ctx: "Context", args: Namespace) -> int:
    """Print a masked value; the act is logged."""
    value = ctx.services.contacts.reveal(
        args.contact, args.field, actor=ctx.actor, reason=args.reason
    )
    if ctx.out.as_json:
        ctx.out.json({args.field: value})
    else:
        ctx.out.line(value)
    return 0


VERBS = (
    Verb("list", N_("customers that match a filter"), list_customers, list_arguments),
    Verb("show", N_("a customer with contacts"), show, who),
    Verb("new", N_("create a customer"), new, new_arguments),
    Verb("change", N_("change fields"), change, change_arguments),
    Verb("contact", N_("add a contact"), contact, contact_arguments),
    Verb("reveal", N_("show a masked value; logged"), reveal, reveal_arguments),
)
