"""The filter language on any register, its keys taken from the description of the kind (ux.md 3.5)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Table, Text, and_, cast, false, func, not_, or_

from crm_tui.domain import dates
from crm_tui.domain.errors import DomainError
from crm_tui.domain.filters import FilterError, Key, KeyKind, Term, Value, complete, parse
from crm_tui.domain.records.base import FieldSpec, Kind, fields
from crm_tui.domain.records.derive import KeyType, filter_keys, key_type
from crm_tui.domain.records.words import WORDS
from crm_tui.services.references import reference_id
from crm_tui.services.register_hooks import NONE, Condition
from crm_tui.services.unit import Unit

_KINDS: Final[Mapping[KeyType, KeyKind]] = {
    "text": KeyKind.TEXT,
    "enum": KeyKind.ENUM,
    "person": KeyKind.TEXT,
    "department": KeyKind.TEXT,
    "date": KeyKind.DATE,
    "number": KeyKind.NUMBER,
    "money": KeyKind.NUMBER,
    "bool": KeyKind.BOOL,
    "id": KeyKind.TEXT,
}


def keys_of(kind: Kind) -> dict[str, Key]:
    """The filter keys of a kind; values also in the words of the sources and of both languages."""
    found: dict[str, Key] = {}
    specs = fields(kind)
    for name, spec in filter_keys(kind).items():
        values: dict[str, tuple[str, ...]] = {}
        enum = specs[spec.field].enum
        if enum is not None:
            values = {m.value: _spellings(enum, m) for m in enum}
        found[name] = Key(name, _KINDS[spec.type], values, specs[spec.field].aliases[:1])
    return found


def _spellings(enum: type[StrEnum], member: StrEnum) -> tuple[str, ...]:
    words = WORDS.get(enum.__name__, {}).get(member.value, ())
    label = getattr(member, "label", None)
    # The label's msgid is the English word.
    return (*words, label()) if label is not None else tuple(words)


def completions(kind: Kind, text: str) -> list[str]:
    """What the last word of a filter could become."""
    return complete(text, keys_of(kind))


def compiled(unit: Unit, kind: Kind, table: Table, text: str) -> list[Condition]:
    """The conditions of a filter; raises `FilterError` with the column at fault."""
    return conditions(unit, kind, table, parse(text, keys_of(kind)).terms)


def conditions(unit: Unit, kind: Kind, table: Table, terms: Sequence[Term]) -> list[Condition]:
    """The conditions of terms whose keys are fields of the kind."""
    found: list[Condition] = []
    for term in terms:
        try:
            found.append(_term(unit, kind, table, term))
        except DomainError as error:
            raise FilterError(error.message, term.column, len(term.key) + 1) from None
    return found


def _term(unit: Unit, kind: Kind, table: Table, term: Term) -> Condition:
    if not term.key:
        whole = or_(*(_word(kind, table, v.text) for v in term.values))
    else:
        field = fields(kind)[filter_keys(kind)[term.key].field]
        whole = or_(*(_value(unit, field, table, v, term) for v in term.values))
    return not_(func.coalesce(whole, false())) if term.negated else whole


def _word(kind: Kind, table: Table, text: str) -> Condition:
    """A bare word stands anywhere in the texts that are searched."""
    specs = fields(kind)
    names = [n for n, s in specs.items() if s.searchable or n == kind.title_field]
    plain = [n for n in names if specs[n].base is str and specs[n].sensitivity != "personal"]
    found = [table.c[n].icontains(text, autoescape=True) for n in plain]
    return or_(*found) if found else false()


def _value(unit: Unit, spec: FieldSpec, table: Table, value: Value, term: Term) -> Condition:
    column = table.c[spec.name]
    if (own := _own_condition(unit, spec, table, value)) is not None:
        return own
    if value.text == "none" and value.op == "=":
        return column.is_(None) if not spec.many else cast(column, Text) == "[]"
    kind = key_type(spec)
    if kind in ("person", "department", "id"):
        wanted = reference_id(unit, spec, value.text)
        if spec.many:
            # Lists are stored as JSON: an id stands between brackets, commas and blanks.
            text = cast(column, Text)
            return or_(*(text.like(f"%{left}{wanted}{right}%") for left in "[ ," for right in ",]"))
        return column == wanted
    if kind == "bool":
        return column.is_(value.text == "yes")
    if kind == "date":
        return _date(unit, spec, column, value, term)
    if kind in ("number", "money"):
        factor = 100 if kind == "money" else 1
        low = int(value.text) * factor if value.text else None
        high = int(value.to) * factor if value.to else None
        return _range(column, value.op, low, high)
    if value.op == "*":
        return column.istartswith(value.text, autoescape=True)
    if kind == "enum":
        return column == value.text
    return column.icontains(value.text, autoescape=True)


def _own_condition(unit: Unit, spec: FieldSpec, table: Table, value: Value) -> Condition | None:
    """The kind's own way to find this field, where it is found otherwise than stored."""
    named = unit.core.hooks.get(table.name, NONE).conditions or {}
    own = named.get(spec.name)
    if own is None or (spec.enum is not None and (value.op == "*" or value.text == "none")):
        return None
    return own(unit, table, value.text)


def _date(unit: Unit, spec: FieldSpec, column: Any, value: Value, term: Term) -> Condition:
    low = _day(unit, value.text, term) if value.text else None
    high = _day(unit, value.to, term) if value.to else None
    if spec.base is date:
        return _range(column, value.op, low, high)
    zone = ZoneInfo(unit.core.rules.zone)

    def start(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    step = timedelta(days=1)
    if value.op == "=":
        assert low is not None
        return and_(column >= start(low), column < start(low + step))
    if value.op == ">":
        assert low is not None
        return column >= start(low + step)  # type: ignore[no-any-return]  # a column of any type
    if value.op == "<":
        assert low is not None
        return column < start(low)  # type: ignore[no-any-return]  # a column of any type
    parts: list[Condition] = []
    if low is not None:
        parts.append(column >= start(low))
    if high is not None:
        parts.append(column < start(high + step))
    return and_(*parts)


def _day(unit: Unit, text: str, term: Term) -> date:
    zone = unit.core.rules.zone
    found = dates.day_of(text, unit.now.astimezone(ZoneInfo(zone)).date())
    if found is None:
        found = dates.resolve(text, unit.now, zone).astimezone(ZoneInfo(zone)).date()
    return found


def _range(column: Any, op: str, low: Any, high: Any) -> Condition:
    if op == "<":
        return column < low  # type: ignore[no-any-return]  # a column of any type
    if op == ">":
        return column > low  # type: ignore[no-any-return]  # a column of any type
    if op == "..":
        parts = [column >= low] if low is not None else []
        parts += [column <= high] if high is not None else []
        return and_(*parts)
    return column == low  # type: ignore[no-any-return]  # a column of any type
