"""`crm-tui customer`: list, show, new, change, contacts."""

from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_tui.cli import documents, refs
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column, Output, plain_value
from crm_tui.cli.parser import EVERYTHING, Parser, add_limit, add_version
from crm_tui.cli.ticket_text import entry_object, print_entries
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import field_value, fields_of, word
from crm_tui.domain.errors import UsageError
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.terms import Segment
from crm_tui.exchange.lists import customer_object
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.dto import CustomerRow, CustomerView

RELATED = (
    "customer",
    "contact",
    "ticket",
    "order",
    "contract",
    "interaction",
    "requirement",
    "task",
)
"""Kinds that the history of a customer speaks of."""
SHOWN_ALREADY = frozenset({"customer_no", "name", "service_tier", "core_need_tags"})
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
    add_limit(parser)
    parser.add_argument("--count", action="store_true", help=tr(N_("only how many there are")))


def list_customers(ctx: "Context", args: Namespace) -> int:
    """Print the list."""
    text = " ".join(args.filter)
    if args.count:
        count = ctx.services.customers.count(text, actor=ctx.actor)
        if ctx.out.as_json:
            ctx.out.json({"count": count})
        else:
            ctx.out.line(str(count))
        return 0
    rows = listed(ctx, text, args.sort, args.desc, args.limit)
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
                word(Segment, r.segment),
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
    print_profile(ctx.out, view)
    return 0


def print_profile(out: Output, view: "CustomerView") -> None:
    """A profile as plain text: every field that has a value, then contacts and warnings."""
    from crm_tui.domain.records.base import REFERENCES

    specs = fields_of("customer")
    out.line(f"{view.row.customer_no} {view.row.name}")
    out.pairs(
        [
            (N_("Tier"), view.row.tier),
            (N_("Cooperation so far"), view.cooperation_duration),
            (N_("Core needs"), view.tags),
            (N_("Customer manager"), view.row.manager),
            *(
                (spec.label, field_value(spec, view.fields.get(name)))
                for name, spec in specs.items()
                if name not in SHOWN_ALREADY and spec.picker not in REFERENCES
            ),
            (N_("Open"), view.open_tickets),
        ]
    )
    for contact in view.contacts:
        parts = (
            f"{contact.id}:",
            contact.name,
            contact.job_title,
            contact.phone,
            contact.email,
            contact.wechat,
            contact.address,
        )
        out.line("  ".join(plain_value(v) for v in parts if v))
    for warning in view.warnings:
        out.line(warning)


def history_arguments(parser: Parser) -> None:
    """Options of `customer history`."""
    who(parser)
    add_limit(parser, 200)


def history(ctx: "Context", args: Namespace) -> int:
    """Print everything that happened with a customer, oldest first."""
    entries = ctx.services.views.customer_timeline(
        refs.customer_id(ctx, args.customer),
        actor=ctx.actor,
        limit=args.limit or EVERYTHING,
    )
    if ctx.out.as_json:
        ctx.out.json([entry_object(e) for e in entries])
    else:
        print_entries(ctx.out, entries, kinds=RELATED)
    return 0


def new_arguments(parser: Parser) -> None:
    """Options of `customer new`."""
    field_arguments(parser)
    documents.add_json_in(parser, several=True)


def field_arguments(parser: Parser) -> None:
    """The fields of the form."""
    add_record_flags(parser, "customer", without=("customer_no", "core_need_tags"))
    parser.add_argument(
        "--tag", dest="tags", action="append", help=tr(N_("a core need; may be repeated"))
    )


def given(args: Namespace) -> dict[str, Any]:
    """What was given as options."""
    found = given_fields(args, "customer")
    if args.tags is not None:
        found["tags"] = args.tags
    return found


def read(ctx: "Context", fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by name with ids for references, ``tags`` and ``contacts`` checked."""
    kind = record_kind("customer")
    named = documents.by_field(kind, fields, also=("tags", "contacts"))
    tags = documents.texts(named, "tags")
    if tags is None:
        tags = documents.texts(named, "core_need_tags")
    contacts = documents.objects(named, "contacts")
    beside = ("tags", "contacts", "core_need_tags")
    data = refs.resolved(ctx, kind, {k: v for k, v in named.items() if k not in beside})
    return {"data": data, "tags": tags, "contacts": contacts}


def create(ctx: "Context", fields: Mapping[str, Any]) -> "CustomerRow":
    """Write a customer with its contacts; its row."""
    found = read(ctx, fields)
    made = ctx.services.customers.create(
        found["data"], actor=ctx.actor, tags=found["tags"] or (), contacts=found["contacts"]
    )
    return ctx.services.customers.rows([made], actor=ctx.actor)[0]


def new(ctx: "Context", args: Namespace) -> int:
    """Create a customer and print its number, or several from JSON."""

    def show_new(row: "CustomerRow") -> None:
        if ctx.out.as_json:
            ctx.out.json(customer_object(row))
        else:
            ctx.out.line(row.customer_no)

    return documents.create(
        ctx,
        args,
        given(args),
        lambda fields: create(ctx, fields),
        show_new,
        lambda row: {"number": row.customer_no, "name": row.name},
    )


def change_arguments(parser: Parser) -> None:
    """Options of `customer change`."""
    who(parser)
    field_arguments(parser)
    documents.add_json_in(parser)
    add_version(parser)
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def change(ctx: "Context", args: Namespace) -> int:
    """Change fields of a customer."""
    key = refs.customer_id(ctx, args.customer)
    found = read(ctx, documents.something(documents.one_object(args, given(args))))
    if found["contacts"]:
        raise UsageError(
            msg("Contacts are changed by `crm-tui customer contact` and `customer contact-change`")
        )
    result = ctx.services.customers.change(
        key,
        found["data"],
        actor=ctx.actor,
        expected=args.version,
        tags=found["tags"],
        reason=args.reason or None,
    )
    return on_one(ctx, args.customer, result)


def contact_arguments(parser: Parser) -> None:
    """Options of `customer contact`."""
    who(parser)
    add_record_flags(parser, "contact")
    documents.add_json_in(parser)


def contact(ctx: "Context", args: Namespace) -> int:
    """Add a contact."""
    key = refs.customer_id(ctx, args.customer)
    data = documents.one_object(args, given_fields(args, "contact"))
    made = ctx.services.contacts.add(key, data, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"contact": made})
    else:
        ctx.out.line(msg("Contact added as {id}", id=made))
    return 0


def contact_change_arguments(parser: Parser) -> None:
    """Options of `customer contact-change`."""
    contact_id(parser)
    add_record_flags(parser, "contact")
    documents.add_json_in(parser)
    add_version(parser)


def contact_change(ctx: "Context", args: Namespace) -> int:
    """Change a contact; what is not given stays as it is."""
    data = documents.something(documents.one_object(args, given_fields(args, "contact")))
    result = ctx.services.contacts.change(
        args.contact, data, actor=ctx.actor, expected=args.version
    )
    return on_one(ctx, str(args.contact), result)


def contact_id(parser: Parser) -> None:
    """The contact meant."""
    parser.add_argument(
        "contact", type=int, metavar="ID", help=tr(N_("contact id, see customer show"))
    )


def reveal_arguments(parser: Parser) -> None:
    """Options of `customer reveal`."""
    contact_id(parser)
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
    Verb("contact-change", N_("change a contact"), contact_change, contact_change_arguments),
    Verb("history", N_("what happened with a customer"), history, history_arguments),
    Verb("reveal", N_("show a masked value; logged"), reveal, reveal_arguments),
)
