"""What a description of a kind of record is made of, and validation by it (design.md 3).

A kind is a pydantic model whose fields carry `Meta`. Everything else about the kind follows from
these: forms, columns, filter keys, command-line flags, import mapping, masking and the data
dictionary (`crm_tui.domain.records.derive` and `crm_tui.domain.records.headers`).
"""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic import ValidationError as PydanticError
from pydantic_core import ErrorDetails, PydanticUndefined

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.records.values import readable

Picker = Literal[
    "customer",
    "contact",
    "staff",
    "department",
    "product",
    "order",
    "contract",
    "ticket",
    "task",
    "goal",
    "enum",
    "date",
    "datetime",
    "money",
    "number",
    "text",
    "multiline",
    "tags",
    "bool",
]
"""How a form asks for the value."""

Sensitivity = Literal["public", "internal", "personal", "secret"]
"""public and internal are stored plain; personal is sealed and masked; secret is masked for all."""

REFERENCES: frozenset[str] = frozenset(
    {
        "customer",
        "contact",
        "staff",
        "department",
        "product",
        "order",
        "contract",
        "ticket",
        "task",
        "goal",
    }
)
"""Pickers whose value is the id of another record."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What a field is to people: given inside ``Annotated``."""

    label: str
    help: str = ""
    picker: Picker | None = None
    """None: taken from the type."""
    unit: str = ""
    sensitivity: Sensitivity = "internal"
    aliases: tuple[str, ...] = ()
    """Headers of templates and their variants, Chinese among them."""
    searchable: bool = False
    filter: str = ""
    """Name of the filter key; empty where the list cannot be narrowed by it."""
    computed: bool = False
    """Worked out by a service, shown, never typed."""
    immutable: bool = False
    """Given once; a later change is refused."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a kind, resolved from the model: the neutral form every surface reads."""

    name: str
    label: str
    help: str
    picker: Picker
    unit: str
    sensitivity: Sensitivity
    aliases: tuple[str, ...]
    searchable: bool
    filter: str
    computed: bool
    immutable: bool
    required: bool
    nullable: bool
    many: bool
    base: type[Any]
    """str, int, bool, Decimal, date, datetime or a StrEnum; of one item where ``many``."""
    max_length: int | None
    default: Any

    @property
    def enum(self) -> "type[StrEnum] | None":
        """The enumeration of an enum field."""
        return self.base if issubclass(self.base, StrEnum) else None

    @property
    def flag(self) -> str:
        """The name on the command line: ``owner_id`` is ``--owner``."""
        return "--" + self.word.replace("_", "-")

    @property
    def word(self) -> str:
        """The name without the suffix that tells the unit of storage."""
        for suffix, plural in (("_ids", "s"), ("_id", ""), ("_fen", "")):
            if self.name.endswith(suffix) and (self.picker in REFERENCES or suffix == "_fen"):
                return self.name.removesuffix(suffix) + plural
        return self.name


class Record(BaseModel):
    """Base of all record models: trimmed texts, no unknown fields, immutable once validated."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, frozen=True, hide_input_in_errors=True
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record."""

    name: str
    title: str
    """msgid"""
    plural: str
    """msgid"""
    model: type[Record]
    columns: tuple[str, ...]
    """Fields a list shows, in order."""
    sort: tuple[str, ...] = ()
    """Default order; ``-`` before a name means descending."""
    number: str | None = None
    """Format of the running number with ``{year}`` and ``{seq}`` (D-33); None: only the id."""
    state_field: str | None = None
    owner_fields: tuple[str, ...] = ()
    """Fields with staff ids whose people may change the record."""
    department_fields: tuple[str, ...] = ()
    """Fields with department ids whose people may change the record."""
    parent: str | None = None
    """Field with the id of the customer it belongs to."""
    group_fields: tuple[str, ...] = ()
    """Fields a list or board can be grouped by."""
    write_role: str = "agent"
    """The lowest role that may create, change or archive one."""
    register: bool = False
    """Stored in a table derived from this description (crm_tui/db/schema/registers.py)."""
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    """Completes or splits raw data before it is read; must accept anything and raise nothing."""
    title_field: str = "name"
    """The field that names a record in a list of mixed kinds."""

    def format_number(self, year: int, sequence: int) -> str | None:
        """The number of the record ``sequence`` of ``year``; wider after its digits (D-33)."""
        return self.number.format(year=year, seq=sequence) if self.number else None


class RecordInvalid(ValidationError):
    """Data that does not fit the description; the first problem, all of them in ``problems``."""

    def __init__(self, problems: Sequence[ValidationError]) -> None:
        first = problems[0]
        super().__init__(first.message, code=first.code, field=first.field)
        self.problems = tuple(problems)


def _core_type(annotation: Any) -> tuple[Any, bool, bool]:
    """The plain type of an annotation, whether it may be None, whether it is a list."""
    nullable = many = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            arguments = [a for a in get_args(annotation) if a is not type(None)]
            nullable = nullable or len(arguments) < len(get_args(annotation))
            annotation = arguments[0]
        elif origin in (list, tuple):
            many = True
            annotation = get_args(annotation)[0]
        else:
            return annotation, nullable, many


def _picker(kind_of: type[Any], name: str, many: bool) -> Picker:
    if issubclass(kind_of, StrEnum):
        return "enum"
    if many:
        return "tags"
    if name.endswith("_fen"):
        return "money"
    for base, picker in _PICKERS:
        if issubclass(kind_of, base):
            return picker
    return "text"


_PICKERS: tuple[tuple[type[Any], Picker], ...] = (
    (bool, "bool"),
    (datetime, "datetime"),
    (date, "date"),
    (int, "number"),
    (Decimal, "number"),
)


@cache
def fields_of(model: type[Record]) -> dict[str, FieldSpec]:
    """The fields of a model in form order; a field without `Meta` is a defect (`TypeError`)."""
    found: dict[str, FieldSpec] = {}
    for name, info in model.model_fields.items():
        meta = next((m for m in info.metadata if isinstance(m, Meta)), None)
        if meta is None:
            raise TypeError(f"{model.__name__}.{name} has no Meta")
        core, nullable, many = _core_type(info.annotation)
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        found[name] = FieldSpec(
            name=name,
            label=meta.label,
            help=meta.help,
            picker=meta.picker or _picker(core, name, many),
            unit=meta.unit,
            sensitivity=meta.sensitivity,
            aliases=meta.aliases,
            searchable=meta.searchable,
            filter=meta.filter,
            computed=meta.computed,
            immutable=meta.immutable,
            required=info.is_required(),
            nullable=nullable,
            many=many,
            base=core,
            max_length=next(
                (m.max_length for m in info.metadata if getattr(m, "max_length", None)), None
            ),
            default=None if default is PydanticUndefined else default,
        )
    return found


def fields(kind: Kind) -> dict[str, FieldSpec]:
    """All fields of a kind by name, in form order."""
    return fields_of(kind.model)


def editable(kind: Kind) -> dict[str, FieldSpec]:
    """The fields people type; the computed ones left out."""
    return {name: spec for name, spec in fields(kind).items() if not spec.computed}


def label(kind: Kind, name: str) -> Msg:
    """What people call a field; an unknown name stands for itself."""
    spec = fields(kind).get(name)
    return Msg(spec.label) if spec is not None else Msg("{name}", {"name": name})


def labels(kind: Kind) -> dict[str, Msg]:
    """What people call each field."""
    return {name: Msg(spec.label) for name, spec in fields(kind).items()}


def validate(kind: Kind, data: Mapping[str, Any]) -> Record:
    """The record that ``data`` describes.

    Texts are read as people write them (``高价值``, ``500万``, ``2024年6月30日``). None and the
    empty text mean "nothing": the default where there is one. Raises `RecordInvalid`.
    """
    specs = fields(kind)
    problems: list[ValidationError] = []
    given: dict[str, Any] = {}
    for name, value in (kind.prepare(data) if kind.prepare else data).items():
        spec = specs.get(name)
        if spec is None:
            problems.append(
                ValidationError(
                    msg("There is no field {name}", name=name), code="unknown_field", field=name
                )
            )
            continue
        try:
            clean = readable(
                value,
                spec.base,
                many=spec.many,
                lines=spec.picker == "multiline",
                name=name,
            )
        except Problem as problem:
            problems.append(_refusal(specs, name, problem))
            continue
        if clean is not None or spec.nullable:
            given[name] = clean
    refused = {p.field for p in problems}
    try:
        model = kind.model.model_validate(given)
    except PydanticError as error:
        found = [_sentence(kind, detail) for detail in error.errors(include_url=False)]
        problems += [p for p in found if p.field not in refused]
    else:
        if not problems:
            return model
    order = {name: place for place, name in enumerate(specs)}
    raise RecordInvalid(sorted(problems, key=lambda p: order.get(p.field or "", len(order))))


def _refusal(specs: Mapping[str, FieldSpec], name: str, problem: Problem) -> ValidationError:
    field = problem.field or name
    shown = Msg(specs[field].label) if field in specs else Msg("{name}", {"name": field})
    message = Msg(problem.message.msgid, {"field": shown, **problem.message.params})
    return ValidationError(message, code=problem.code, field=field or None)


def _sentence(kind: Kind, detail: ErrorDetails) -> ValidationError:
    """A pydantic error in words; the value itself never stands in it, it may be personal."""
    specs = fields(kind)
    name = str(detail["loc"][0]) if detail["loc"] else ""
    context = detail.get("ctx", {})
    problem = context.get("error")
    if isinstance(problem, Problem):
        return _refusal(specs, name, problem)
    shown = label(kind, name)
    code = detail["type"]
    if code == "missing":
        sentence = msg("{field} is required", field=shown)
    elif code in ("string_too_short", "too_short"):
        sentence = msg("{field} must not be blank", field=shown)
    elif code in ("string_too_long", "too_long"):
        sentence = msg(
            "{field} is too long: {limit} are allowed", field=shown, limit=context["max_length"]
        )
    elif code in ("greater_than_equal", "greater_than"):
        limit = context.get("ge", context.get("gt"))
        sentence = msg("{field} must be {limit} or more", field=shown, limit=limit)
    elif code in ("less_than_equal", "less_than"):
        limit = context.get("le", context.get("lt"))
        sentence = msg("{field} must be {limit} or less", field=shown, limit=limit)
    else:
        sentence = msg("{field} is not a value that can be used here", field=shown)
    return ValidationError(sentence, code=_CODES.get(code, "invalid"), field=name or None)


_CODES = {
    "missing": "required",
    "string_too_short": "required",
    "too_short": "required",
    "string_too_long": "too_long",
    "too_long": "too_long",
}
