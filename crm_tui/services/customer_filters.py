"""Filters on customers (R-003, R-009, R-010, R-018)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, not_, or_, select

from crm_tui.db import search
from crm_tui.db.schema.customers import customer, customer_tag, tag
from crm_tui.db.schema.org import staff
from crm_tui.domain.filters import FilterError, Key, KeyKind, Term, Value, parse
from crm_tui.domain.msg import msg
from crm_tui.domain.terms import LifecycleStage, Segment
from crm_tui.services.unit import Unit

K = KeyKind
CUSTOMER_KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("tier", K.ENUM, {"A": ("a",), "B": ("b",), "C": ("c",)}, ("层级",)),
        Key(
            "segment",
            K.ENUM,
            {str(s): () for s in Segment}
            | {
                "high_value": ("高价值", "高价值客户"),
                "potential": ("潜力", "潜力客户"),
                "ordinary": ("普通", "普通客户"),
                "churn_risk": ("流失风险", "流失风险客户"),
            },
            ("客户分层",),
        ),
        Key("stage", K.ENUM, {str(s): () for s in LifecycleStage}, ("阶段",)),
        Key("industry", K.TEXT, aliases=("行业",)),
        Key("region", K.TEXT, aliases=("地域",)),
        Key("tag", K.TEXT, aliases=("标签", "需求")),
        Key("manager", K.PERSON, aliases=("客户经理",)),
        Key("source", K.TEXT, aliases=("来源",)),
    )
}


def compile_customer_filter(unit: Unit, text: str) -> list[ColumnElement[bool]]:
    """The conditions of a filter; raises `FilterError`."""
    return [_term(unit, term) for term in parse(text, CUSTOMER_KEYS).terms]


def _term(unit: Unit, term: Term) -> ColumnElement[bool]:
    conditions = [_condition(unit, term.key, value) for value in term.values]
    whole = conditions[0] if len(conditions) == 1 else or_(*conditions)
    return not_(whole) if term.negated else whole


COLUMNS: Mapping[str, Any] = {
    "tier": customer.c.service_tier,
    "segment": customer.c.segment,
    "stage": customer.c.lifecycle_stage,
    "industry": customer.c.industry,
    "region": customer.c.region,
    "source": customer.c.source_channel,
}


def _condition(unit: Unit, key: str, value: Value) -> ColumnElement[bool]:
    if key == "":
        found = search.ids_matching(unit.conn, "customer", value.text).subquery()
        return customer.c.id.in_(select(found.c.id))
    if key == "tag":
        match = tag.c.name == value.text
        if value.op == "*":
            match = tag.c.name.startswith(value.text, autoescape=True)
        ids = select(customer_tag.c.customer_id).join(tag, tag.c.id == customer_tag.c.tag_id)
        return customer.c.id.in_(ids.where(match))
    if key == "manager":
        if value.text == "none":
            return customer.c.manager_id.is_(None)
        if value.text == "@me":
            return customer.c.manager_id == unit.actor.staff_id
        name = value.text.removeprefix("@")
        query = select(staff.c.id).where((staff.c.login == name) | (staff.c.name == name))
        ids_found = [int(r.id) for r in unit.conn.execute(query)]
        if not ids_found:
            raise FilterError(msg("There is nobody called {name}", name=name), 0, 1)
        return customer.c.manager_id.in_(ids_found)
    column = COLUMNS[key]
    if value.op == "*":
        return column.startswith(value.text, autoescape=True)  # type: ignore[no-any-return]
    return column == value.text  # type: ignore[no-any-return]  # a column of any type
