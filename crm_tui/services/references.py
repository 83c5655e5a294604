"""Ids of other records from what people write, and back into what they read."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Table, select

from crm_tui.domain.errors import DomainError, NotFound, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.base import REFERENCES, FieldSpec, fields
from crm_tui.domain.records.registry import REGISTRY, kind
from crm_tui.domain.text import display
from crm_tui.services.org import department_id, staff_id
from crm_tui.services.unit import Unit

_LIST = re.compile(r"[+、,，;；\n]+")
_TICKET = re.compile(r"(?:T-?)?(\d{1,9})", re.IGNORECASE)


def resolved(unit: Unit, specs: Mapping[str, FieldSpec], data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` with ids in all reference fields; `ValidationError` names the field that fails.

    Text is looked up: customers by number or name, staff by login or name (``@me`` is the actor),
    departments by code or name, products by name or code, orders and contracts by number,
    tickets by number. An id must exist.
    """
    found = dict(data)
    for name, value in data.items():
        spec = specs.get(name)
        if spec is None or spec.picker not in REFERENCES or value in (None, "", []):
            continue
        try:
            if spec.many:
                items = _LIST.split(value) if isinstance(value, str) else value
                items = items if isinstance(items, list | tuple) else [items]
                wanted = [i for i in items if not (isinstance(i, str) and not i.strip())]
                found[name] = [_id(unit, spec.picker, item) for item in wanted]
            else:
                found[name] = _id(unit, spec.picker, value)
        except DomainError as error:
            raise ValidationError(error.message, field=name, code="unknown_reference") from None
    return found


def reference_id(unit: Unit, spec: FieldSpec, text: str) -> int:
    """The id that a filter names; raises `NotFound` or, where several are meant, `ValidationError`."""
    word = text.strip()
    if spec.picker == "staff" and word != "@me":
        word = word.removeprefix("@")
    if spec.picker == "department" and word == "@mine":
        if unit.actor.department_id is None:
            raise NotFound(msg("You belong to no department"), field="department")
        return unit.actor.department_id
    return _LOOKUPS[spec.picker](unit, word)


def _id(unit: Unit, picker: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    table = _table(picker)
    if isinstance(value, int):
        known = (
            abs(value) < 2**31
            and unit.conn.execute(select(table.c.id).where(table.c.id == value)).first()
        )
        if not known:
            raise NotFound(msg("There is no {what} {id}", what=Msg(picker_title(picker)), id=value))
        return value
    return _LOOKUPS[picker](unit, value.strip())


def _table(picker: str) -> Table:
    from crm_tui.db.schema import customers, org, registers, tickets

    tables: dict[str, Table] = {
        "customer": customers.customer,
        "contact": customers.contact,
        "staff": org.staff,
        "department": org.department,
        "ticket": tickets.ticket,
        **registers.TABLES,
    }
    return tables[picker]


def picker_title(picker: str) -> str:
    """The msgid of the kind a picker picks from."""
    return kind(picker).title


def _one(unit: Unit, picker: str, text: str, columns: Sequence[str]) -> int:
    """The only record that one of the columns calls ``text``; the earlier column wins."""
    table = _table(picker)
    for column in columns:
        query = select(table.c.id).where(table.c[column] == text, table.c.archived.is_(False))
        found = unit.conn.execute(query.limit(2)).scalars().all()
        if len(found) > 1:
            raise ValidationError(
                msg("Several are called {text}; give the number", text=text), code="ambiguous"
            )
        if found:
            return int(found[0])
    raise NotFound(
        msg("There is no {what} {id}", what=Msg(picker_title(picker)), id=text), field=picker
    )


def _customer(unit: Unit, text: str) -> int:
    by_number = text.upper()
    if by_number != text or by_number[:1] == "C":
        table = _table("customer")
        query = select(table.c.id).where(table.c.customer_no == by_number)
        if (found := unit.conn.execute(query).scalar_one_or_none()) is not None:
            return int(found)
    return _one(unit, "customer", text, ("name",))


def _staff(unit: Unit, text: str) -> int:
    if text == "@me" and unit.actor.staff_id:
        return unit.actor.staff_id
    return staff_id(unit, text)


def _ticket(unit: Unit, text: str) -> int:
    table = _table("ticket")
    number = _TICKET.fullmatch(text)
    if number is not None:
        query = select(table.c.id).where(table.c.number == int(number[1]))
        if (found := unit.conn.execute(query).scalar_one_or_none()) is not None:
            return int(found)
    raise NotFound(msg("There is no {what} {id}", what=Msg(picker_title("ticket")), id=text))


_LOOKUPS: dict[str, Callable[[Unit, str], int]] = {
    "customer": _customer,
    "contact": lambda unit, text: _one(unit, "contact", text, ("name",)),
    "staff": _staff,
    "department": department_id,
    "product": lambda unit, text: _one(unit, "product", text, ("name", "code")),
    "order": lambda unit, text: _one(unit, "order", text, ("number",)),
    "contract": lambda unit, text: _one(unit, "contract", text, ("number",)),
    "ticket": _ticket,
    "task": lambda unit, text: _one(unit, "task", text.upper(), ("number",)),
    "goal": lambda unit, text: _one(unit, "goal", text, ("objective",)),
}

_NAMES: dict[str, tuple[str, ...]] = {
    "customer": ("customer_no", "name"),
    "contact": ("name",),
    "staff": ("name",),
    "department": ("code",),
    "product": ("name",),
    "order": ("number",),
    "contract": ("number",),
    "ticket": ("number",),
    "task": ("number",),
    "goal": ("objective",),
}
"""Columns that name a record, by picker."""


def names_of(
    unit: Unit, specs: Mapping[str, FieldSpec], rows: Sequence[RowMapping]
) -> dict[int, dict[str, str]]:
    """What each row refers to, by row id and field; one query per kind of target."""
    wanted: dict[str, set[int]] = {}
    references = [(name, spec) for name, spec in specs.items() if spec.picker in _NAMES]
    for row in rows:
        for name, spec in references:
            wanted.setdefault(spec.picker, set()).update(_as_ids(row[name]))
    names: dict[str, dict[int, str]] = {}
    for picker, ids in wanted.items():
        if ids:
            names[picker] = _names(unit, picker, ids)
    return {
        row["id"]: {
            name: ", ".join(names[spec.picker].get(i, f"#{i}") for i in _as_ids(row[name]))
            for name, spec in references
            if _as_ids(row[name])
        }
        for row in rows
    }


_BESIDE_FIELDS = {
    "parent_id": "ticket",
    "merged_into_id": "ticket",
    "proposer_id": "staff",
    "head_id": "staff",
}
"""Pickers of columns that no form has."""


def named_changes(
    unit: Unit, entries: Sequence[tuple[str, Mapping[str, Any] | None]]
) -> list[dict[str, Any]]:
    """Old and new values of log entries, given with their kind, with names in place of ids.

    What the log has is the id; whoever reads it is told who or what that is. One query per kind of
    target.
    """
    pickers: dict[str, dict[str, str]] = {}
    wanted: dict[str, set[int]] = {}
    for name, changes in entries:
        if name not in pickers:
            specs = fields(REGISTRY[name]) if name in REGISTRY else {}
            found = {n: s.picker for n, s in specs.items() if s.picker in _NAMES}
            pickers[name] = _BESIDE_FIELDS | found
        for field, pair in (changes or {}).items():
            if (picker := pickers[name].get(field)) is not None:
                for value in pair:
                    wanted.setdefault(picker, set()).update(_as_ids(value))
    names = {picker: _names(unit, picker, ids) for picker, ids in wanted.items() if ids}

    def shown(picker: str | None, value: Any) -> Any:
        if picker is None or value is None:
            return display(value) if isinstance(value, str) else value
        told = [names.get(picker, {}).get(i, f"#{i}") for i in _as_ids(value)]
        return told if isinstance(value, list) or not told else told[0]

    return [
        {
            field: tuple(shown(pickers[name].get(field), value) for value in pair)
            for field, pair in (changes or {}).items()
        }
        for name, changes in entries
    ]


def _names(unit: Unit, picker: str, ids: set[int]) -> dict[int, str]:
    table = _table(picker)
    columns = _NAMES[picker]
    query = select(table.c.id, *[table.c[c] for c in columns]).where(table.c.id.in_(ids))
    return {
        row["id"]: ("T-" if picker == "ticket" else "")
        + display(" ".join(str(row[c]) for c in columns))
        for row in unit.conn.execute(query).mappings()
    }


def _as_ids(value: Any) -> list[int]:
    """The ids among what a reference field or its log entry holds."""
    found = value if isinstance(value, list) else [value]
    return [i for i in found if isinstance(i, int)]
