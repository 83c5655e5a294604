"""Values of records in the reader's words: enumerations, amounts, changes of the log."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm_tui.cli.output import plain_value, when
from crm_tui.domain.acts import COLUMNS, act_label
from crm_tui.domain.errors import NotFound
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.domain.policy import CLOCK_LABELS, ClockKind
from crm_tui.domain.terms import Category, Department, TaskStatus, TicketKind, TicketState
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.domain.records.base import FieldSpec

DASH = "-"
LINKS = {
    "related": N_("related"),
    "duplicate": N_("duplicate of"),
    "blocks": N_("blocks"),
    "blocked_by": N_("blocked by"),
    "follows": N_("follows"),
    "followed_by": N_("followed by"),
    "parent": N_("below"),
    "child": N_("above"),
    "merged_into": N_("merged into"),
    "merged_from": N_("took in"),
}
PURPOSES = {"solution": N_("Solution"), "downgrade": N_("Lower urgency")}
DECISIONS = {
    "pending": N_("waits for a decision"),
    "approved": N_("approved"),
    "rejected": N_("rejected"),
    "withdrawn": N_("withdrawn"),
}
UNDESCRIBED = {
    "board": N_("Board limit"),
    "figure_target": N_("Figure target"),
    "import": N_("Import"),
    "policy": N_("SLA policy"),
    "setting": N_("Setting"),
}
"""What the log knows beside the kinds of record."""
OF_FIGURES = {
    "figure_id": N_("Figure"),
    "target": N_("Target"),
    "baseline": N_("Baseline"),
    "baseline_name": N_("Baseline name"),
}
"""Columns of a figure's target, which is no kind of record."""
BESIDE: Mapping[str, Callable[[str], str]] = {
    "category": lambda value: word(Category, value),
    "clock": lambda value: limit_label(value),
    "kind": lambda value: word(TicketKind, value),
    "state": lambda value: word(TicketState, value),
    "department": lambda value: departments(value),
}
"""How the log's own columns, which no form has, are said; what is no word of theirs stays."""


def word(enum: Any, value: str) -> str:
    """The label of an enumeration's value; an unknown value stands for itself."""
    try:
        return tr(enum(value).label())
    except (AttributeError, ValueError):
        return value


def field_value(spec: "FieldSpec | None", value: Any) -> str:
    """A value of a field; nothing is the empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(field_value(spec, v) for v in value)
    if spec is not None and spec.picker == "department" and isinstance(value, str):
        return departments(value)
    if spec is not None and spec.enum is not None:
        return word(spec.enum, str(value))
    if spec is not None and spec.picker == "money" and isinstance(value, int):
        return display_fen(value)
    if isinstance(value, str) and value[:4].isdecimal() and "T" in value:
        with suppress(ValueError):
            return when(datetime.fromisoformat(value))
    return plain_value(value)


def limit_label(kind: str) -> str:
    """What a clock is called; a kind that no policy knows stands for itself."""
    return tr(CLOCK_LABELS[ClockKind(kind)]) if kind in set(ClockKind) else kind


def departments(codes: str) -> str:
    """Departments by name, of their codes with commas between them."""
    return ", ".join(word(Department, code.strip()) for code in codes.split(",") if code.strip())


def fields_of(kind: str) -> "Mapping[str, FieldSpec]":
    """The fields of a kind by name; none where the log knows it but no form does."""
    from crm_tui.domain.records.base import fields
    from crm_tui.domain.records.registry import kind as described

    try:
        return fields(described(kind))
    except NotFound:
        return {}


def label(labels: Mapping[str, str], value: str) -> str:
    """A label by value; an unknown value stands for itself."""
    return tr(labels.get(value, value))


def kind_title(kind: str) -> str:
    """What a kind of record is called; what no form describes by the log's word for it."""
    from crm_tui.domain.records.registry import kind as described

    try:
        return tr(described(kind).title)
    except NotFound:
        return label(UNDESCRIBED, kind)


def act(kind: str, verb: str) -> str:
    """What was done, in words; only tickets are received, everything else is made here."""
    return tr(act_label(kind, verb))


def changes(kinds: Sequence[str], pairs: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, old and new value of each changed field, by the first of ``kinds`` that has it."""
    described = [fields_of(kind) for kind in kinds]
    found = []
    for name, pair in pairs.items():
        spec = next((specs[name] for specs in described if name in specs), None)
        beside = COLUMNS.get(name) or OF_FIGURES.get(name) or word(TaskStatus, name)
        say = BESIDE.get(name) if spec is None else None
        old, new = (
            (say(v) if say and isinstance(v, str) else field_value(spec, v)) or DASH for v in pair
        )
        found.append((tr(spec.label if spec is not None else beside), old, new))
    return found
