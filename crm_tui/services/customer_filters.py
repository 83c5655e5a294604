"""Filters on customers (R-003, R-009, R-010, R-018)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, false, not_, or_, select

from crm_tui.db import search
from crm_tui.db.schema.customers import customer, customer_tag, tag
from crm_tui.db.schema.org import staff
from crm_tui.domain.filters import (
    FilterError,
    Key,
    KeyKind,
    Query,
    Term,
    Value,
    complete,
    parse,
    to_text,
)
from crm_tui.domain.msg import msg
from crm_tui.domain.records.registry import kind
from crm_tui.services.register_filters import compiled, keys_of
from crm_tui.services.unit import Unit

PLAIN: Final[Mapping[str, Any]] = {
    "tier": customer.c.service_tier,
    "segment": customer.c.segment,
    "stage": customer.c.lifecycle_stage,
    "industry": customer.c.industry,
    "region": customer.c.region,
    "source": customer.c.source_channel,
}
"""Keys that are compared as they stand, so that an index answers; ``*`` asks for what begins so."""
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "tier": ("层级",),
    "industry": ("行业",),
    "region": ("地域", "地区"),
    "tag": ("标签", "需求"),
    "source": ("来源",),
    "stage": ("阶段",),
}
"""Shorter words than those of the templates' headers."""
MOST_TAGS: Final = 500


def customer_keys() -> dict[str, Key]:
    """The keys of the kind's description, and how else they are called."""
    return {
        name: Key(
            name,
            KeyKind.PERSON if name == "manager" else key.kind,
            key.values,
            tuple(dict.fromkeys((*key.aliases, *ALIASES.get(name, ())))),
        )
        for name, key in keys_of(kind("customer")).items()
    }


def complete_customer_filter(text: str) -> list[str]:
    """What the last word of a filter could become."""
    return complete(text, customer_keys())


def compile_customer_filter(unit: Unit, text: str) -> list[ColumnElement[bool]]:
    """The conditions of a filter; raises `FilterError`."""
    if not text.strip():
        return []
    return [_term(unit, term) for term in parse(text, customer_keys()).terms]


def _term(unit: Unit, term: Term) -> ColumnElement[bool]:
    if term.key and term.key not in PLAIN and term.key not in ("tag", "manager"):
        # The rest is what any register can do.
        try:
            whole, *_ = compiled(unit, kind("customer"), customer, to_text(Query((term,))))
        except FilterError as error:
            raise FilterError(error.message, term.column, error.length) from None
        return whole
    if term.key == "tag":
        condition = _tagged(unit, term)
    else:
        conditions = [_condition(unit, term, value) for value in term.values]
        condition = conditions[0] if len(conditions) == 1 else or_(*conditions)
    return not_(condition) if term.negated else condition


def _tagged(unit: Unit, term: Term) -> ColumnElement[bool]:
    """Whether a customer has any of the tags; which tags are meant is looked up first.

    The planner then knows how many customers carry them, and a tag that nobody has reads no customer.
    """
    names = [
        tag.c.name.startswith(v.text, autoescape=True) if v.op == "*" else tag.c.name == v.text
        for v in term.values
    ]
    wanted = unit.conn.execute(select(tag.c.id).where(or_(*names)).limit(MOST_TAGS)).scalars().all()
    if not wanted:
        return false()
    carries = select(customer_tag.c.customer_id).where(customer_tag.c.tag_id.in_(wanted))
    return customer.c.id.in_(carries)


def _condition(unit: Unit, term: Term, value: Value) -> ColumnElement[bool]:
    if term.key == "":
        found = search.ids_matching(unit.conn, "customer", value.text).subquery()
        return customer.c.id.in_(select(found.c.id))
    if term.key == "manager":
        return _managed(unit, term, value)
    column = PLAIN[term.key]
    if value.op == "*":
        return column.startswith(value.text, autoescape=True)  # type: ignore[no-any-return]
    return column == value.text  # type: ignore[no-any-return]  # a column of any type


def _managed(unit: Unit, term: Term, value: Value) -> ColumnElement[bool]:
    if value.text == "none":
        return customer.c.manager_id.is_(None)
    if value.text == "@me":
        return customer.c.manager_id == unit.actor.staff_id
    name = value.text.removeprefix("@")
    query = select(staff.c.id).where((staff.c.login == name) | (staff.c.name == name))
    found = unit.conn.execute(query).scalars().all()
    if not found:
        raise FilterError(
            msg("There is nobody called {name}", name=name), term.column, len(term.key) + 1
        )
    return customer.c.manager_id.in_(found)
