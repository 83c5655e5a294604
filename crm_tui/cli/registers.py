"""The registers: orders, contracts, goals, tasks and others; what agents keep at hand."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from crm_tui.cli import documents, refs
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser, add_limit, add_version
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import departments, field_value
from crm_tui.domain.errors import NotFound
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.domain.records.base import FieldSpec
    from crm_tui.services.registers import RegisterRow
    from crm_tui.services.result import Result

Prepare = Callable[[dict[str, Any]], dict[str, Any]]
PAGE = 500
KINDS = {
    "improvement": "improvement_item",
    "risk": "risk_case",
    "survey": "survey_answer",
    "churn": "churn_record",
    "view": "saved_view",
    "canned": "canned_text",
    "time": "time_entry",
    "checklist": "checklist_item",
}
"""Kinds of record by the nouns that are not called the same."""


def row_object(row: "RegisterRow") -> dict[str, Any]:
    """A record for programs."""
    return {"id": row.id, "version": row.version, **row.read}


def list_arguments(kind: str, parser: Parser) -> None:
    """Options of `list`."""
    from crm_tui.domain.records.base import fields

    if "customer_id" in fields(record_kind(kind)):
        parser.add_argument(
            "--customer", metavar="CUSTOMER", help=tr(N_("customer number or exact name"))
        )
    else:
        parser.set_defaults(customer=None)
    parser.add_argument("--filter", default="", metavar="FILTER", help=tr(N_("only what matches")))
    parser.add_argument("--sort", metavar="FIELD", help=tr(N_("order")))
    parser.add_argument("--desc", action="store_true", help=tr(N_("largest or latest first")))
    add_limit(parser)
    parser.add_argument("--archived", action="store_true", help=tr(N_("those taken off the list")))
    parser.add_argument("--count", action="store_true", help=tr(N_("only how many there are")))


def listed(
    kind: str, ctx: "Context", args: Namespace, customer: int | None
) -> "Iterator[RegisterRow]":
    """Rows page by page; all of them where the limit is 0."""
    after: tuple[Any, ...] | None = None
    left: int = args.limit
    while True:
        page = ctx.services.registers.page(
            kind,
            actor=ctx.actor,
            filter_text=args.filter,
            customer_id=customer,
            archived=args.archived,
            sort=args.sort,
            descending=args.desc,
            after=after,
            limit=min(PAGE, left) if args.limit else PAGE,
        )
        yield from page.rows
        left -= len(page.rows)
        if not page.after or (args.limit and left <= 0):
            return
        after = page.rows[-1].key


def list_records(kind: str, ctx: "Context", args: Namespace) -> int:
    """Print a register."""
    from crm_tui.domain.records.base import fields

    customer = refs.customer_id(ctx, args.customer) if args.customer else None
    if args.count:
        count = ctx.services.registers.count(
            kind,
            actor=ctx.actor,
            filter_text=args.filter,
            customer_id=customer,
            archived=args.archived,
        )
        if ctx.out.as_json:
            ctx.out.json({"count": count})
        else:
            ctx.out.line(str(count))
        return 0
    rows = list(listed(kind, ctx, args, customer))
    if ctx.out.as_json:
        ctx.out.json([row_object(r) for r in rows])
        return 0
    described = record_kind(kind)
    specs = fields(described)
    names = [n for n in described.columns if n in specs]
    ctx.out.table(
        [Column(N_("Id")), *(Column(specs[n].label) for n in names)],
        [(r.id, *(shown(r, specs[n]) for n in names)) for r in rows],
    )
    return 0


def one(parser: Parser) -> None:
    """The record meant."""
    parser.add_argument("id", type=int, metavar="ID", help=tr(N_("id of the list")))


def one_of(kind: str, parser: Parser) -> None:
    """The record meant; one of a numbered kind by its number as well."""
    if record_kind(kind).number is None:
        one(parser)
    else:
        parser.add_argument("id", metavar="ID", help=tr(N_("id of the list, or number")))


def record_id(kind: str, ctx: "Context", given: int | str) -> int:
    """The id of the record meant; digits alone are an id, for numbers of orders may be digits too."""
    if isinstance(given, int):
        return given
    text = given.strip()
    if text.isascii() and text.isdecimal():
        return int(text)
    find = ctx.services.registers.find_number
    found = find(kind, text) or find(kind, text.upper())
    if found is None:
        raise NotFound(msg("There is no record {number}", number=given), field="id")
    return found


def show(kind: str, ctx: "Context", args: Namespace) -> int:
    """Print one record."""
    from crm_tui.domain.records.base import fields

    row = ctx.services.registers.get(kind, record_id(kind, ctx, args.id), actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(row_object(row))
        return 0
    specs = fields(record_kind(kind))
    ctx.out.pairs([(s.label, shown(row, s)) for s in specs.values()])
    return 0


def shown(row: "RegisterRow", spec: "FieldSpec") -> str:
    """A field of a record in words, references by the names of what they refer to."""
    named = row.names.get(spec.name)
    if named and spec.picker == "department":
        return departments(named)
    return named or field_value(spec, row.read.get(spec.name))


def new_arguments(kind: str, parser: Parser) -> None:
    """Options of `new`."""
    add_record_flags(parser, kind)
    documents.add_json_in(parser, several=True)


def new(kind: str, ctx: "Context", args: Namespace, prepare: Prepare = dict) -> int:
    """Create a record, or several from JSON; ``prepare`` adds what follows from what was given."""
    described = record_kind(kind)

    def make(fields: dict[str, Any]) -> "RegisterRow":
        data = prepare(documents.by_field(described, fields))
        made = ctx.services.registers.create(kind, data, actor=ctx.actor)
        return ctx.services.registers.get(kind, made, actor=ctx.actor)

    def show_new(row: "RegisterRow") -> None:
        if ctx.out.as_json:
            ctx.out.json(row_object(row))
        else:
            ctx.out.line(str(row.values.get("number") or row.id))

    return documents.create(ctx, args, given_fields(args, kind), make, show_new, row_object)


def change_arguments(kind: str, parser: Parser) -> None:
    """Options of `change`."""
    one_of(kind, parser)
    add_record_flags(parser, kind)
    documents.add_json_in(parser)
    add_version(parser)
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def changed(kind: str, ctx: "Context", args: Namespace, prepare: Prepare = dict) -> "Result":
    """Change the fields that were given, and what ``prepare`` adds to them."""
    fields = documents.something(documents.one_object(args, given_fields(args, kind)))
    return ctx.services.registers.change(
        kind,
        record_id(kind, ctx, args.id),
        prepare(documents.by_field(record_kind(kind), fields)),
        actor=ctx.actor,
        expected=args.version,
        reason=args.reason or None,
    )


def change(kind: str, ctx: "Context", args: Namespace) -> int:
    """Change fields of a record."""
    return on_one(ctx, str(args.id), changed(kind, ctx, args))


def archive_arguments(kind: str, parser: Parser) -> None:
    """Options of `archive`."""
    one_of(kind, parser)
    parser.add_argument("--restore", action="store_true", help=tr(N_("bring it back")))


def archive(kind: str, ctx: "Context", args: Namespace) -> int:
    """Take a record off the lists, or bring it back."""
    meant = record_id(kind, ctx, args.id)
    result = ctx.services.registers.archive(kind, [meant], actor=ctx.actor, restore=args.restore)
    return on_one(ctx, str(args.id), result)


def verbs(noun: str) -> tuple[Verb, ...]:
    """The same verbs for each register."""
    kind = KINDS.get(noun, noun)
    return (
        Verb(
            "list", N_("the register"), partial(list_records, kind), partial(list_arguments, kind)
        ),
        Verb("show", N_("one record"), partial(show, kind), partial(one_of, kind)),
        Verb("new", N_("create a record"), partial(new, kind), partial(new_arguments, kind)),
        Verb("change", N_("change fields"), partial(change, kind), partial(change_arguments, kind)),
        Verb(
            "archive",
            N_("take a record off the lists"),
            partial(archive, kind),
            partial(archive_arguments, kind),
        ),
    )
