"""The registers: order, contract, product, interaction, requirement, goal, task, improvement."""

from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.registers import RegisterRow

KINDS = {"improvement": "improvement_item"}


def row_object(row: "RegisterRow") -> dict[str, Any]:
    """A record for programs."""
    return {"id": row.id, "version": row.version, **dict(row.values)}


def list_arguments(parser: Parser) -> None:
    """Options of `list`."""
    parser.add_argument(
        "--customer", metavar="CUSTOMER", help=tr(N_("customer number or exact name"))
    )
    parser.add_argument("--filter", default="", metavar="FILTER", help=tr(N_("only what matches")))
    parser.add_argument("--sort", metavar="FIELD", help=tr(N_("order")))
    parser.add_argument("--desc", action="store_true", help=tr(N_("largest or latest first")))
    parser.add_argument(
        "--limit", type=int, default=50, metavar="N", help=tr(N_("at most N rows; 0: all"))
    )


def list_records(kind: str, ctx: "Context", args: Namespace) -> int:
    """Print a register."""
    from crm_tui.domain.records.base import fields

    customer = refs.customer_id(ctx, args.customer) if args.customer else None
    page = ctx.services.registers.page(
        kind,
        actor=ctx.actor,
        filter_text=args.filter,
        customer_id=customer,
        sort=args.sort,
        descending=args.desc,
        limit=args.limit or 100_000,
    )
    if ctx.out.as_json:
        ctx.out.json([row_object(r) for r in page.rows])
        return 0
    described = record_kind(kind)
    specs = fields(described)
    names = [n for n in described.columns if n in specs]
    ctx.out.table(
        [Column(N_("Id")), *(Column(specs[n].label) for n in names)],
        [(r.id, *(r.names.get(n, r.values.get(n)) for n in names)) for r in page.rows],
    )
    return 0


def one(parser: Parser) -> None:
    """The record meant."""
    parser.add_argument("id", type=int, metavar="ID", help=tr(N_("id of the list")))


def show(kind: str, ctx: "Context", args: Namespace) -> int:
    """Print one record."""
    from crm_tui.domain.records.base import fields

    row = ctx.services.registers.get(kind, args.id, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(row_object(row))
        return 0
    specs = fields(record_kind(kind))
    ctx.out.pairs([(s.label, row.names.get(n, row.values.get(n))) for n, s in specs.items()])
    return 0


def new_arguments(kind: str, parser: Parser) -> None:
    """Options of `new`."""
    add_record_flags(parser, kind)
    parser.add_argument(
        "--json-in", metavar="FILE", help=tr(N_("fields from a JSON object; - is standard input"))
    )


def given(kind: str, args: Namespace) -> dict[str, Any]:
    """Fields from flags and, beneath them, from JSON."""
    below = dict(refs.read_json(args.json_in)) if args.json_in else {}
    return {**below, **given_fields(args, kind)}


def new(kind: str, ctx: "Context", args: Namespace) -> int:
    """Create a record."""
    made = ctx.services.registers.create(kind, given(kind, args), actor=ctx.actor)
    row = ctx.services.registers.get(kind, made, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(row_object(row))
    else:
        ctx.out.line(str(row.values.get("number") or made))
    return 0


def change_arguments(kind: str, parser: Parser) -> None:
    """Options of `change`."""
    one(parser)
    new_arguments(kind, parser)
    parser.add_argument("--reason", default="", help=tr(N_("why")))


def change(kind: str, ctx: "Context", args: Namespace) -> int:
    """Change fields of a record."""
    result = ctx.services.registers.change(
        kind, args.id, given(kind, args), actor=ctx.actor, reason=args.reason or None
    )
    return on_one(ctx, str(args.id), result)


def archive(kind: str, ctx: "Context", args: Namespace) -> int:
    """Take a record off the lists."""
    return on_one(
        ctx, str(args.id), ctx.services.registers.archive(kind, [args.id], actor=ctx.actor)
    )


def verbs(noun: str) -> tuple[Verb, ...]:
    """The same verbs for each register."""
    kind = KINDS.get(noun, noun)
    return (
        Verb("list", N_("the register"), partial(list_records, kind), list_arguments),
        Verb("show", N_("one record"), partial(show, kind), one),
        Verb("new", N_("create a record"), partial(new, kind), partial(new_arguments, kind)),
        Verb("change", N_("change fields"), partial(change, kind), partial(change_arguments, kind)),
        Verb("archive", N_("take a record off the lists"), partial(archive, kind), one),
    )
