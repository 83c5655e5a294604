"""Writing a record of a register inside a transaction: who may, what fits, which number."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, Table, select, true

from crm_tui.db.schema.org import staff
from crm_tui.domain.errors import NotFound, PermissionDenied, RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import Kind, fields, validate
from crm_tui.domain.task_flow import NOTHING, Given
from crm_tui.services.actor import SYSTEM
from crm_tui.services.permissions import has_role, need_role
from crm_tui.services.references import resolved
from crm_tui.services.register_hooks import NONE, Hooks
from crm_tui.services.unit import Unit, shown


def described(name: str) -> tuple[Kind, Table]:
    """A register kind and its table; `NotFound` for kinds that are stored elsewhere."""
    from crm_tui.db.schema.registers import TABLES

    found = registry.kind(name)
    if found.name not in TABLES:
        known = ", ".join(TABLES)
        raise NotFound(
            msg("{name} is not kept as a register; these are: {known}", name=name, known=known),
            field="kind",
        )
    return found, TABLES[found.name]


def insert_record(
    unit: Unit,
    name: str,
    data: Mapping[str, Any],
    *,
    source: str = "live",
    source_key: str | None = None,
) -> int:
    """Write a record inside a transaction; shared by form, command line, import and demo."""
    kind, table = described(name)
    values, source = accepted(unit, kind, data, source)
    hooks = _hooks(unit, name)
    if hooks.created is not None:
        values = hooks.created(unit, values, source)
    if kind.number is not None:
        values["number"] = _number(unit, kind, table, values["number"])
    new = unit.add(
        table,
        {
            **values,
            "source": source,
            "source_key": source_key,
            "created_by": unit.actor.staff_id or None,
        },
    )
    unit.made(table, new)
    unit.log(
        name,
        new,
        "created",
        changes={k: [None, shown(k, v)] for k, v in values.items() if v not in (None, "", [])},
        customer_id=values.get("customer_id"),
    )
    saved(unit, name, new)
    return new


def accepted(
    unit: Unit, kind: Kind, data: Mapping[str, Any], source: str = "live"
) -> tuple[dict[str, Any], str]:
    """The values of a new record and where they are from; raises what would refuse them."""
    need_role(unit.actor, kind.write_role)
    given = dict(data)
    hooks = _hooks(unit, kind.name)
    if hooks.given is not None:
        given, source = hooks.given(unit, given, source)
    values = _clean(unit, kind, given)
    _check(unit, kind, {**values, "source": source})
    return values, source


def saved(
    unit: Unit, name: str, record_id: int, changes: Mapping[str, list[Any]] | None = None
) -> None:
    """What follows from a record as it now stands; ``changes`` of one that was there before."""
    hooks = _hooks(unit, name)
    if hooks.saved is not None:
        hooks.saved(unit, record_id, changes)


def changed_values(
    unit: Unit,
    kind: Kind,
    row: RowMapping,
    data: Mapping[str, Any],
    *,
    given: Given = NOTHING,
    to: str | None = None,
) -> dict[str, Any]:
    """The columns that ``data`` changes, after validation of the whole record.

    ``given`` and ``to`` are what was said with the move of a task, and its new status.
    """
    specs = fields(kind)
    stored = {name: row[name] for name, spec in specs.items() if not spec.computed}
    values = _clean(unit, kind, {**stored, **_refs(unit, kind, data)})
    changed = {k: v for k, v in values.items() if v != row[k]}
    for name in changed:
        if specs[name].immutable:
            raise ValidationError(
                msg("{field} is given once and never changes", field=Msg(specs[name].label)),
                field=name,
                code="fixed",
            )
    _check(unit, kind, {**values, **{k: v for k, v in row.items() if k not in values}})
    hooks = _hooks(unit, kind.name)
    return changed if hooks.changed is None else hooks.changed(unit, row, changed, given, to)


def read_values(unit: Unit, name: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What people read in place of a record's stored values, by field."""
    hooks = _hooks(unit, name)
    return hooks.read(unit, row) if hooks.read is not None else {}


def need_record(unit: Unit, kind: Kind, row: Mapping[Any, Any]) -> None:
    """Refuse whoever has no part in the record: owner, department, maker, or nobody's (R-022)."""
    actor = unit.actor
    need_role(actor, kind.write_role)
    if actor is SYSTEM or has_role(actor, "admin") or actor.is_executive:
        return
    people = _ids(row, kind.owner_fields)
    departments = _ids(row, kind.department_fields)
    own = actor.headed_department_ids | ({actor.department_id} - {None})
    if (
        actor.staff_id in people
        or actor.staff_id == row["created_by"]
        or departments & own
        or not (people or departments)
        or _departments_of(unit, people) & own
    ):
        return
    raise PermissionDenied(
        msg("This belongs to somebody of another department; ask them to change it"),
        code="other_department",
    )


def need_archivable(unit: Unit, name: str) -> None:
    """Refuse to take off the lists, by hand, what is kept as it was said (D-35)."""
    hooks = _hooks(unit, name)
    if hooks.need_archivable is not None:
        hooks.need_archivable()


def refuse_referenced(unit: Unit, table: Table, record_id: int) -> None:
    """Refuse to archive what a listed record refers to (R-014)."""
    from crm_tui.db.schema.customers import contact
    from crm_tui.db.schema.registers import TABLES
    from crm_tui.db.schema.tickets import ticket

    hooks = _hooks(unit, table.name)
    if hooks.need_unnamed is not None:
        hooks.need_unnamed(unit, record_id)
    for other, theirs in {"ticket": ticket, "contact": contact, **TABLES}.items():
        listed = theirs.c.archived.is_(False) if "archived" in theirs.c else true()
        for column in theirs.c:
            if not any(key.column.table is table for key in column.foreign_keys):
                continue
            query = select(theirs.c.id).where(column == record_id, listed)
            if (found := unit.conn.execute(query.limit(1)).scalar_one_or_none()) is not None:
                raise RuleViolation(
                    msg(
                        "{kind} {id} refers to it; change that first",
                        kind=Msg(registry.kind(other).title),
                        id=found,
                    ),
                    code="referenced",
                )


def need_room(unit: Unit, name: str, row: Mapping[Any, Any]) -> None:
    """Refuse to bring a record back that fits no more."""
    hooks = _hooks(unit, name)
    if hooks.need_room is not None:
        hooks.need_room(unit, row)


def _refs(unit: Unit, kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` with references as ids; refused where it types what is computed."""
    specs = fields(kind)
    for name in data:
        if name in specs and specs[name].computed:
            raise ValidationError(
                msg("{field} is worked out, not typed", field=Msg(specs[name].label)),
                field=name,
                code="computed",
            )
    return resolved(unit, specs, data)


def _clean(unit: Unit, kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    clean = validate(kind, _refs(unit, kind, data)).model_dump()
    specs = fields(kind)
    return {
        name: value.value if isinstance(value, StrEnum) else value
        for name, value in clean.items()
        if not specs[name].computed
    }


def _check(unit: Unit, kind: Kind, values: Mapping[str, Any]) -> None:
    hooks = _hooks(unit, kind.name)
    if hooks.check is not None:
        hooks.check(unit, values)


def _hooks(unit: Unit, name: str) -> Hooks:
    return unit.core.hooks.get(name, NONE)


def _number(unit: Unit, kind: Kind, table: Table, given: str) -> str:
    """The number given, refused when taken; else the next free one of the year (D-33)."""

    def taken(number: str) -> bool:
        query = select(table.c.id).where(table.c.number == number)
        return unit.conn.execute(query).first() is not None

    if given:
        if taken(given):
            raise ValidationError(
                msg("The number {number} is taken", number=given),
                field="number",
                code="number_taken",
            )
        return given
    year = unit.now.astimezone(ZoneInfo(unit.core.rules.zone)).year
    while True:
        number = kind.format_number(year, unit.next_number(kind.name, year))
        assert number is not None
        if not taken(number):
            return number


def _ids(row: Mapping[Any, Any], names: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for name in names:
        value = row[name]
        found |= set(value) if isinstance(value, list) else {value} - {None}
    return found


def _departments_of(unit: Unit, people: set[int]) -> set[int]:
    if not people:
        return set()
    query = select(staff.c.department_id).where(staff.c.id.in_(people))
    return {int(r.department_id) for r in unit.conn.execute(query) if r.department_id is not None}
