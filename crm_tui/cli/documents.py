"""Records that come in as JSON, from other systems or from a file (R-316).

An object holds the fields of the form by their names or by the words of the options; options given
beside it overrule it. Where an array is taken, each object is a record of its own: written or
refused alone, and answered with one outcome in its place.
"""

from argparse import Namespace
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from crm_tui.cli import refs
from crm_tui.cli.flags import refuse_several
from crm_tui.cli.output import error_object
from crm_tui.cli.parser import Parser
from crm_tui.domain.errors import DomainError, Unavailable, UsageError, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.domain.records.base import Kind

Given = Mapping[str, Any]
Made = TypeVar("Made")


def add_json_in(parser: Parser, *, several: bool = False) -> None:
    """The option that names the JSON document."""
    words = (
        N_("read the fields from a JSON object or array; - is standard input")
        if several
        else N_("fields from a JSON object; - is standard input")
    )
    parser.add_argument("--json-in", metavar="FILE", help=tr(words))


def an_object(document: Any) -> dict[str, Any]:
    """A JSON object, else `ValidationError`."""
    if not isinstance(document, dict):
        raise ValidationError(
            msg("A record is a JSON object with the fields of the form"), code="not_an_object"
        )
    return document


def one_object(args: Namespace, given: Given) -> dict[str, Any]:
    """The fields of one record: what was given as options over what the document says."""
    below = an_object(refs.read_json(args.json_in)) if args.json_in else {}
    return {**below, **given}


def something(given: Given) -> Given:
    """What is to be changed, else `UsageError`: a change of nothing is a mistake of the caller."""
    if not given:
        raise UsageError(msg("Say which fields to change; --help lists them"))
    return given


def by_field(kind: "Kind", given: Given, *, also: Collection[str] = ()) -> dict[str, Any]:
    """``given`` by field names, where words of the options stand for them; no unknown name passes."""
    from crm_tui.domain.records.base import editable

    specs = editable(kind)
    words = {spec.word: name for name, spec in specs.items()}
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = key if key in specs or key in also else words.get(key)
        if name is None:
            raise ValidationError(
                msg("There is no field {name}", name=key), code="unknown_field", field=key
            )
        if name in found:
            raise ValidationError(
                msg("The field {name} is given twice", name=key), code="given_twice", field=name
            )
        if name in specs:
            refuse_several(specs[name], value)
        found[name] = value
    return found


def text(given: Given, name: str) -> str | None:
    """A field that is a text or nothing."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise ValidationError(
            msg("{field} must be a text", field=name), code="not_text", field=name
        )
    return value


def texts(given: Given, name: str) -> list[str] | None:
    """A field that is an array of texts, or one text with commas, or nothing."""
    value = given.get(name)
    if value is None:
        return None
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(i, str) for i in items):
        raise ValidationError(
            msg("{field} must be an array of texts", field=name), code="not_texts", field=name
        )
    return [i.strip() for i in items if i.strip()]


def objects(given: Given, name: str) -> list[dict[str, Any]]:
    """A field that is an array of objects; empty where it is not given."""
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(i, dict) for i in value):
        raise ValidationError(
            msg("{field} must be an array of objects", field=name), code="not_objects", field=name
        )
    return value


def create(
    ctx: "Context",
    args: Namespace,
    given: Given,
    make: Callable[[dict[str, Any]], Made],
    show: Callable[[Made], None],
    as_object: Callable[[Made], dict[str, Any]],
) -> int:
    """Make one record and ``show`` it, or several with an outcome each: ``as_object`` or the error."""
    document = refs.read_json(args.json_in) if args.json_in else {}
    if not isinstance(document, list):
        show(make({**an_object(document), **given}))
        return 0
    outcomes: list[dict[str, Any]] = [
        {"ok": False, "error": error_object(made)}
        if isinstance(made, DomainError)
        else {"ok": True, **as_object(made)}
        for made in _each(document, given, make)
    ]
    if ctx.out.as_json:
        ctx.out.json(outcomes)
    else:
        for place, outcome in enumerate(outcomes, 1):
            if outcome["ok"]:
                ctx.out.line("  ".join(str(v) for k, v in outcome.items() if k != "ok"))
            else:
                ctx.out.warn(f"{place}: {outcome['error']['message']}")
    return 0 if all(o["ok"] for o in outcomes) else 1


def _each(
    documents: list[Any], given: Given, make: Callable[[dict[str, Any]], Made]
) -> Iterator[Made | DomainError]:
    away: Unavailable | None = None
    for document in documents:
        if away is not None:
            # A store that is away is not asked again for each record that is left.
            yield away
            continue
        try:
            yield make({**an_object(document), **given})
        except DomainError as error:
            away = error if isinstance(error, Unavailable) else None
            yield error
