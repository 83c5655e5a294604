"""`crm-tui survey`: the verbs of every register, and corrections of what is never edited (D-35)."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli import documents, registers
from crm_tui.cli.flags import add_record_flags, given_fields, record_kind
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

KIND = "survey_answer"


def correct_arguments(parser: Parser) -> None:
    """Options of `survey correct`."""
    registers.one(parser)
    parser.add_argument("reason", help=tr(N_("why the answer is corrected")))
    add_record_flags(parser, KIND)
    documents.add_json_in(parser)


def correct(ctx: "Context", args: Namespace) -> int:
    """Put a new version in an answer's place, and print it."""
    fields = documents.something(documents.one_object(args, given_fields(args, KIND)))
    result = ctx.services.surveys.correct(
        args.id,
        documents.by_field(record_kind(KIND), fields),
        args.reason,
        actor=ctx.actor,
    )
    row = ctx.services.registers.get(KIND, result.outcomes[0].id, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json(registers.row_object(row))
    else:
        ctx.out.line(str(row.id))
    return 0


VERBS = (
    *registers.verbs("survey"),
    Verb("correct", N_("put a new version in the place of an answer"), correct, correct_arguments),
)
