"""References as people write them on a command line, turned into ids."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_tui.cli import streams
from crm_tui.domain.errors import DomainError, NotFound, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import current, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.domain.records.base import FieldSpec, Kind


def ticket_id(ctx: "Context", text: str) -> int:
    """The id of ``T-12`` or ``12``."""
    from crm_tui.domain.numbers import parse_ticket_no

    return ctx.services.views.by_number(parse_ticket_no(text), actor=ctx.actor)


def ticket_ids(ctx: "Context", texts: list[str]) -> list[tuple[str, int | DomainError]]:
    """Each number as ``T-12`` with its id, or with the error that it has none."""
    from crm_tui.domain.numbers import format_ticket_no, parse_ticket_no

    found: list[tuple[str, int | DomainError]] = []
    seen: set[str] = set()
    for text in texts:
        label = text
        try:
            number = parse_ticket_no(text)
            label = format_ticket_no(number)
            if label not in seen:
                found.append((label, ctx.services.views.by_number(number, actor=ctx.actor)))
        except DomainError as error:
            found.append((label, error))
        seen.add(label)
    return found


def customer_id(ctx: "Context", text: str) -> int:
    """A customer by number, exact name or telephone number; `NotFound` or ``ambiguous``."""
    wanted = text.strip()
    found = ctx.services.customers.find_by_no(wanted)
    if found is not None:
        return found
    hits = [
        f for f in ctx.services.find.find(wanted, actor=ctx.actor, limit=50) if f.kind == "customer"
    ]
    exact = [f for f in hits if f.title == wanted]
    if len(exact) == 1:
        return exact[0].id
    if len(exact) > 1 or len(hits) > 1:
        raise ValidationError(
            msg("Several customers match “{text}”; give the customer number", text=wanted),
            field="customer",
            code="ambiguous",
        )
    if hits and wanted.isascii() and not any(c.isalpha() for c in wanted):
        # A telephone number, which one customer alone has.
        return hits[0].id
    if hits:
        raise NotFound(
            msg(
                "There is no customer “{text}”; “{near}” is near, give the whole name or the number",
                text=wanted,
                near=hits[0].title,
            ),
            field="customer",
        )
    raise NotFound(msg("There is no customer “{text}”", text=wanted), field="customer")


def staff_id(ctx: "Context", text: str) -> int:
    """A staff member by login, else by exact name; ``@me`` is oneself."""
    wanted = text.strip().removeprefix("@")
    if wanted == "me":
        return ctx.actor.staff_id
    everyone = ctx.services.org.staff_list(include_inactive=True)
    for person in everyone:
        if person.login == wanted:
            return person.id
    named = [p for p in everyone if p.name == wanted]
    if len(named) == 1:
        return named[0].id
    raise NotFound(
        msg("There is no active staff member {login}; see the staff list", login=wanted),
        field="staff",
    )


def department_id(ctx: "Context", text: str) -> int:
    """A department by code or by either name."""
    wanted = text.strip().lower()
    known = ctx.services.org.departments()
    for one in known:
        if wanted in (one.code, one.name_zh.lower(), one.name_en.lower()):
            return one.id
    raise NotFound(
        msg(
            "There is no department {code}; known are {known}",
            code=text,
            known=", ".join(d.name_zh if current() == "zh" else d.code for d in known),
        ),
        field="department",
    )


def record_id(ctx: "Context", spec: "FieldSpec", text: str) -> int:
    """A reference of any field: by the number or name its kind is known by, else by id."""
    if spec.picker == "customer":
        return customer_id(ctx, text)
    if spec.picker == "staff":
        return staff_id(ctx, text)
    if spec.picker == "department":
        return department_id(ctx, text)
    if spec.picker == "ticket":
        return ticket_id(ctx, text)
    if text.strip().isdecimal() and len(text.strip()) < 18:
        return int(text)
    raise ValidationError(
        msg("{option} takes the id of the record, a number", option=spec.flag), field=spec.name
    )


def resolved(ctx: "Context", kind: "Kind", given: Mapping[str, Any]) -> dict[str, Any]:
    """``given`` with references as ids; keys may be field names or their short words."""
    from crm_tui.domain.records.base import REFERENCES, fields

    specs = fields(kind)
    words = {spec.word: name for name, spec in specs.items()}
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = key if key in specs else words.get(key, key)
        spec = specs.get(name)
        if spec is None or spec.picker not in REFERENCES or value is None:
            found[name] = value
        elif spec.many:
            many = value if isinstance(value, list | tuple) else str(value).split(",")
            found[name] = [_one(ctx, spec, v) for v in many]
        else:
            found[name] = _one(ctx, spec, value)
    return found


def _one(ctx: "Context", spec: "FieldSpec", value: Any) -> Any:
    # What is neither text nor an id is refused by the services, in the words of the field.
    if not isinstance(value, str):
        return value
    return record_id(ctx, spec, value) if value.strip() else None


def read_text(place: str) -> str:
    """The text of a file, of standard input for ``-``."""
    try:
        content = streams.read_all() if place == "-" else Path(place).read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, ValueError):
        shown = tr(N_("standard input")) if place == "-" else Path(place).name
        raise NotFound(
            msg("The file {name} cannot be read as UTF-8 text", name=shown),
            field="file",
            code="cannot_read",
        ) from None


def read_json(place: str) -> Any:
    """A JSON document from a file or standard input."""
    try:
        return json.loads(read_text(place), parse_constant=_no_number, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise ValidationError(
            msg(
                "This is not JSON, see line {line}; an object looks like {example}",
                line=getattr(error, "lineno", 1),
                example='{"name": "…"}',
            ),
            code="not_json",
            field="json",
        ) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that stands in it twice would lose one of its values without a word."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValidationError(
                msg("The field {name} is given twice", name=name), code="given_twice", field=name
            )
        found[name] = value
    return found


def _no_number(name: str) -> Any:
    """NaN and Infinity are no JSON, though Python reads them."""
    raise ValueError(name)


def body_of(given: str | None, place: str | None) -> str:
    """A text given on the command line, or read from a file or standard input."""
    return read_text(place) if place is not None else (given or "")
