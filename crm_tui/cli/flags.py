"""Options made from the description of a kind of record (design.md 3)."""

import re
from argparse import SUPPRESS, Namespace
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from crm_tui.cli.parser import Parser
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    from crm_tui.domain.records.base import FieldSpec, Kind


_PERSONS: Final = re.compile(r"[,，、;；]")
"""What stands between persons: one field names one (R-198)."""


def record_kind(name: str) -> "Kind":
    """The description called ``name``."""
    from crm_tui.domain.records.registry import kind

    return kind(name)


def add_record_flags(parser: Parser, name: str, *, without: Collection[str] = ()) -> None:
    """One option per field that people type; what is required is said by the services' sentence."""
    from crm_tui.domain.records.derive import cli_flags

    group = parser.add_argument_group(tr(N_("fields")))
    for flag in cli_flags(record_kind(name)):
        if flag.field in without:
            continue
        metavar = flag.metavar
        if flag.values:
            metavar = "|".join(flag.values)
        words = render(flag.help).replace("%", "%%")
        if flag.switch:
            group.add_argument(
                flag.option,
                dest=flag.field,
                nargs="?",
                const="true",
                default=SUPPRESS,
                metavar="true|false",
                help=words,
            )
            group.add_argument(
                f"--no-{flag.option[2:]}",
                dest=flag.field,
                action="store_const",
                const="false",
                default=SUPPRESS,
                help=SUPPRESS,
            )
        elif flag.repeatable:
            group.add_argument(
                flag.option,
                dest=flag.field,
                action="append",
                default=SUPPRESS,
                metavar=metavar,
                help=words,
            )
        else:
            group.add_argument(
                flag.option, dest=flag.field, default=SUPPRESS, metavar=metavar, help=words
            )


def refuse_several(spec: "FieldSpec", value: Any) -> None:
    """Refuse two persons where a field names one (R-198), in one text or as a list."""
    if spec.picker != "staff" or spec.many:
        return
    several = len(_PERSONS.split(value)) > 1 if isinstance(value, str) else isinstance(value, list)
    if several:
        raise ValidationError(
            msg("{column} names several persons; name the one", column=spec.word),
            code="several_persons",
            field=spec.name,
        )


def given_fields(args: Namespace, name: str) -> dict[str, Any]:
    """The fields that were given, as written; one list option given once may hold several by commas."""
    from crm_tui.domain.records.base import editable

    found: dict[str, Any] = {}
    for field, spec in editable(record_kind(name)).items():
        if hasattr(args, field):
            value = getattr(args, field)
            if spec.many and isinstance(value, list) and len(value) == 1:
                value = value[0]
            refuse_several(spec, value)
            found[field] = value
    return found
