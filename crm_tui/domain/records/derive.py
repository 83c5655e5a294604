"""What follows from a description: schema, filter keys, flags, data dictionary (design.md 3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.base import REFERENCES, FieldSpec, Kind, editable, fields

KeyType = Literal["text", "enum", "person", "department", "date", "number", "money", "bool", "id"]


@dataclass(frozen=True, slots=True)
class FilterSpec:
    """A key of the filter language for one field, neutral of the language's own types."""

    name: str
    field: str
    type: KeyType
    values: tuple[str, ...] = ()
    """Codes of an enumeration."""
    label: str = ""
    """msgid"""
    many: bool = False
    """The field holds several values; the term matches any of them."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A command-line option for one field."""

    option: str
    field: str
    help: Msg
    metavar: str
    values: tuple[str, ...] = ()
    repeatable: bool = False
    switch: bool = False
    """Also understands ``--no-…``."""
    required: bool = False


def key_type(spec: FieldSpec) -> KeyType:
    """How values of a field are written in a filter."""
    if spec.enum is not None:
        return "enum"
    if spec.picker == "staff":
        return "person"
    if spec.picker == "department":
        return "department"
    if spec.picker in REFERENCES:
        return "id"
    if spec.picker in ("date", "datetime"):
        return "date"
    if spec.picker in ("number", "money", "bool"):
        return spec.picker
    return "text"


def filter_keys(kind: Kind) -> dict[str, FilterSpec]:
    """Filter keys of a list by name; personal and secret fields never are (D-34)."""
    found: dict[str, FilterSpec] = {}
    for spec in fields(kind).values():
        if spec.filter and spec.sensitivity in ("public", "internal"):
            found[spec.filter] = FilterSpec(
                name=spec.filter,
                field=spec.name,
                type=key_type(spec),
                values=tuple(m.value for m in spec.enum) if spec.enum is not None else (),
                label=spec.label,
                many=spec.many,
            )
    return found


_METAVARS = {
    "date": "DATE",
    "datetime": "TIME",
    "money": "YUAN",
    "number": "N",
    "staff": "LOGIN",
    "department": "DEPARTMENT",
    "customer": "CUSTOMER",
    "contact": "CONTACT",
    "product": "PRODUCT",
    "order": "ORDER",
    "contract": "CONTRACT",
    "ticket": "TICKET",
    "task": "TASK",
    "goal": "GOAL",
}


def cli_flags(kind: Kind) -> list[Flag]:
    """One option per field that people type, in form order."""
    return [
        Flag(
            option=spec.flag,
            field=name,
            help=msg("{label}: {help}", label=Msg(spec.label), help=Msg(spec.help))
            if spec.help
            else Msg(spec.label),
            metavar=_METAVARS.get(spec.picker, "TEXT"),
            values=tuple(m.value for m in spec.enum) if spec.enum is not None else (),
            repeatable=spec.many,
            switch=spec.picker == "bool",
            required=spec.required,
        )
        for name, spec in editable(kind).items()
    ]


def json_schema(kind: Kind) -> dict[str, Any]:
    """The JSON schema (2020-12) of what `validate` accepts and services answer.

    Beside the usual keys: ``title`` is the English label; ``x-picker``, ``x-unit``,
    ``x-sensitivity`` and ``readOnly`` say what the description says.
    """
    schema = kind.model.model_json_schema()
    schema["title"] = kind.name
    schema["description"] = kind.title
    for name, spec in fields(kind).items():
        part = schema["properties"][name]
        part["title"] = spec.label
        part["x-picker"] = spec.picker
        part["x-sensitivity"] = spec.sensitivity
        for key, value in (("description", spec.help), ("x-unit", spec.unit)):
            if value:
                part[key] = value
        if spec.computed:
            part["readOnly"] = True
    return schema


def data_dictionary(kinds: Iterable[Kind], translate: Callable[[str], str]) -> str:
    """The data dictionary as Markdown: a heading and a table per kind, labels by ``translate``."""
    parts = [line for kind in kinds for line in _dictionary_of(kind, translate)]
    return "\n".join(parts).rstrip() + "\n"


def _dictionary_of(kind: Kind, translate: Callable[[str], str]) -> Iterable[str]:
    heads = (msg("Field"), msg("Label"), msg("Type"), msg("Rules"), msg("Meaning"))
    yield f"## {translate(kind.title)} (`{kind.name}`)"
    yield ""
    yield "| " + " | ".join(translate(h.msgid) for h in heads) + " |"
    yield "|" + "---|" * len(heads)
    for name, spec in fields(kind).items():
        cells = (f"`{name}`", translate(spec.label), _type_of(spec), _rules(spec, translate))
        yield "| " + " | ".join((*cells, _cell(translate(spec.help)))) + " |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _type_of(spec: FieldSpec) -> str:
    if spec.enum is not None:
        return ", ".join(f"`{m.value}`" for m in spec.enum)
    return f"{spec.picker}{' *' if spec.many else ''}{f' ({spec.unit})' if spec.unit else ''}"


def _rules(spec: FieldSpec, translate: Callable[[str], str]) -> str:
    words: list[str] = []
    if spec.required:
        words.append(translate(msg("required").msgid))
    if spec.computed:
        words.append(translate(msg("computed").msgid))
    if spec.immutable:
        words.append(translate(msg("never changes").msgid))
    if spec.max_length is not None:
        words.append(f"≤ {spec.max_length}")
    if spec.sensitivity == "personal":
        words.append(translate(msg("personal").msgid))
    if spec.sensitivity == "secret":
        words.append(translate(msg("secret").msgid))
    return ", ".join(words)
