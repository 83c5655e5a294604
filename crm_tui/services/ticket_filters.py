"""Filters on tickets: the tree of the language as conditions on indexed columns (ux.md 3.5)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal_column, not_, or_, select, text, true
from sqlalchemy.sql.elements import TextClause

from crm_tui.db import search
from crm_tui.db.queries.tickets import VALUES
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import department, staff
from crm_tui.db.schema.tickets import OPEN, approval, ticket, ticket_tag
from crm_tui.domain.business_time import wall_instant
from crm_tui.domain.dates import day_of, duration, refuse_date, resolve
from crm_tui.domain.errors import DomainError
from crm_tui.domain.filters import FilterError, Key, KeyKind, Query, Term, Value, parse
from crm_tui.domain.msg import msg
from crm_tui.domain.records.words import WORDS
from crm_tui.domain.terms import Channel, TicketKind, TicketState, Urgency
from crm_tui.domain.workflow import CATEGORIES
from crm_tui.services import ticket_base as base
from crm_tui.services.unit import Unit

Condition = ColumnElement[bool]
LAST: Final = "\U0010ffff"
"""No text goes on with a greater character."""
OPEN_CATEGORIES = ("new", "open", "waiting")
STATES: dict[str, tuple[str, ...]] = {str(s): () for s in TicketState} | {
    "new": ("新",),
    "open": ("未结", "处理"),
    "waiting": ("等待",),
}
ZH_STATES: dict[str, tuple[str, ...]] = {
    "registered": ("已登记",),
    "dispatched": ("已分派",),
    "accepted": ("处理中",),
    "solution_proposed": ("方案待批",),
    "approved": ("方案已批",),
    "executing": ("执行中",),
    "waiting_customer": ("待客户",),
    "waiting_third_party": ("待第三方",),
    "result_fed_back": ("已反馈待确认",),
    "resolved": ("已解决",),
    "closed": ("已关闭",),
    "cancelled": ("已取消",),
    "merged": ("已合并",),
}
K = KeyKind
TICKET_KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("status", K.ENUM, STATES | ZH_STATES, ("state", "状态")),
        Key("is", K.ENUM, {"open": ("未结",), "closed": ("已结",), "late": ("超时",)}),
        Key(
            "urgency",
            K.ENUM,
            {str(u): (u.letter.lower(),) for u in Urgency}
            | {"urgent": ("u", "紧急"), "normal": ("n", "普通"), "low": ("l", "低优")},
            ("priority", "紧急程度"),
        ),
        Key(
            "kind",
            K.ENUM,
            {str(k): () for k in TicketKind}
            | {
                "consultation": ("咨询",),
                "complaint": ("投诉",),
                "suggestion": ("建议",),
                "praise": ("表扬",),
                "after_sales": ("售后", "after-sales"),
                "rescue": ("救援",),
            },
            ("类型",),
        ),
        Key("tier", K.ENUM, {"A": ("a",), "B": ("b",), "C": ("c",)}, ("层级",)),
        Key("channel", K.ENUM, {str(c): WORDS["Channel"][c] for c in Channel}, ("渠道",)),
        Key("agent", K.PERSON, aliases=("owner", "负责人")),
        Key("dept", K.DEPARTMENT, aliases=("department", "部门")),
        Key("customer", K.TEXT, aliases=("客户",)),
        Key("product", K.TEXT, aliases=("产品", "产品/服务")),
        Key("tag", K.TEXT, aliases=("标签",)),
        Key("source", K.TEXT, aliases=("来源",)),
        Key("sla", K.DURATION, aliases=("时效",)),
        Key("due", K.DATE, aliases=("到期",)),
        Key("received", K.DATE, aliases=("created", "反馈时间")),
        Key("updated", K.DATE, aliases=("更新",)),
        Key("resolved", K.DATE, aliases=("解决",)),
        Key("number", K.NUMBER, aliases=("id", "编号")),
        Key("level", K.NUMBER, aliases=("escalation", "升级")),
        Key("breached", K.BOOL, aliases=("late", "超时")),
        Key("paused", K.BOOL, aliases=("暂停",)),
        Key("reopened", K.BOOL, aliases=("重开",)),
        Key("untracked", K.BOOL, aliases=("未跟踪",)),
        Key(
            "approval",
            K.ENUM,
            {
                "pending": ("待批",),
                "approved": ("已批", "已批准"),
                "rejected": ("驳回", "已驳回"),
            },
            ("审批",),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A compiled filter; ``facets`` is what it leaves of the values of columns that have few."""

    where: tuple[Condition | TextClause, ...]
    query: Query
    facets: Mapping[str, frozenset[str]]


def compile_filter(unit: Unit, text: str) -> ListQuery:
    """The conditions of a filter; raises `FilterError` with the column at fault."""
    query = parse(text, TICKET_KEYS)
    where: list[Condition | TextClause] = []
    for term in query.terms:
        where += _term(unit, term)
    return ListQuery(tuple(where), query, _facets(query))


def _facets(query: Query) -> dict[str, frozenset[str]]:
    """What the terms on columns of few values leave of them."""
    found: dict[str, frozenset[str]] = {}
    for term in query.terms:
        name = "state" if term.key in ("is", "status") else term.key
        if name not in VALUES:
            continue
        named = frozenset(v for value in term.values for v in _named(term.key, value.text))
        if term.negated:
            # Whatever is not late may be in any state.
            if term.key == "is" and any(value.text == "late" for value in term.values):
                continue
            named = frozenset(VALUES[name]) - named
        found[name] = found.get(name, named) & named
    return found


def _named(key: str, value: str) -> Iterable[str]:
    """The values of the column that a value of the language stands for."""
    if key == "is":
        is_open = value != "closed"
        return (s for s, c in CATEGORIES.items() if (c in OPEN_CATEGORIES) == is_open)
    if key == "status" and value in OPEN_CATEGORIES:
        return (s for s, c in CATEGORIES.items() if c == value)
    return (value,)


def known_values(unit: Unit, key: Key, start: str, limit: int = 12) -> list[str]:
    """Values of a key that begin with ``start``: logins, department codes, tags and customers."""
    columns: dict[str, tuple[Any, Any]] = {
        "agent": (staff.c.login, staff.c.active),
        "dept": (department.c.code, department.c.active),
        "tag": (ticket_tag.c.name, None),
        "customer": (customer.c.name, customer.c.archived.is_(False)),
    }
    if key.name not in columns or (key.name == "customer" and not start):
        return []
    column, there = columns[key.name]
    query = select(column).where(column.startswith(start, autoescape=True)).distinct()
    if there is not None:
        query = query.where(there)
    return [str(r[0]) for r in unit.conn.execute(query.order_by(column).limit(limit))]


def _term(unit: Unit, term: Term) -> list[Condition | TextClause]:
    if not term.negated and _only_open(term):
        found: list[Condition | TextClause] = [OPEN]
        values = [v.text for v in term.values]
        if term.key == "status":
            found.append(_any([_status(v) for v in values]))
        return found
    try:
        conditions = [_condition(unit, term.key, value) for value in term.values]
    except DomainError as error:
        # Whoever refused the value does not know where in the filter it stands.
        raise FilterError(error.message, term.column, len(term.key) + 1) from None
    whole = _any(conditions)
    return [not_(func.coalesce(whole, False)) if term.negated else whole]


def _any(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else or_(*conditions)


def _only_open(term: Term) -> bool:
    """Whether the term implies the partial indexes of open tickets."""
    values = {v.text for v in term.values}
    if term.key == "is":
        return values == {"open"}
    ended = {"resolved", "closed", "cancelled", "merged"}
    return term.key == "status" and not values & ended


def _status(value: str) -> Condition:
    if value in OPEN_CATEGORIES:
        return ticket.c.category == value
    return ticket.c.state == value


def _condition(unit: Unit, key: str, value: Value) -> Condition:
    return _HANDLERS[key](unit, value)


def _is(unit: Unit, value: Value) -> Condition:
    if value.text == "late":
        return and_(ticket.c.category.in_(OPEN_CATEGORIES), ticket.c.due_sort <= unit.now)
    is_open = ticket.c.category.in_(OPEN_CATEGORIES)
    return is_open if value.text == "open" else not_(is_open)


def _word(unit: Unit, value: Value) -> Condition:
    """A bare word: a ticket number, else words of subject or customer by the search index."""
    found = select(search.ids_matching(unit.conn, "ticket", value.text).subquery().c.id)
    names = search.ids_matching(unit.conn, "customer", value.text).subquery()
    condition = or_(ticket.c.id.in_(found), ticket.c.customer_id.in_(select(names.c.id)))
    digits = value.text.upper().removeprefix("T").lstrip("-")
    if digits.isdigit() and len(digits) < 10:
        return or_(ticket.c.number == int(digits), condition)
    return condition


def _person(unit: Unit, value: Value) -> Condition:
    if value.text in ("none", "nobody", "无"):
        return ticket.c.owner_id.is_(None)
    if value.text == "@me":
        return ticket.c.owner_id == unit.actor.staff_id
    name = value.text.removeprefix("@")
    query = select(staff.c.id)
    if value.op == "*":
        query = query.where(
            staff.c.login.startswith(name, autoescape=True)
            | staff.c.name.startswith(name, autoescape=True)
        )
    else:
        query = query.where((staff.c.login == name) | (staff.c.name == name))
    ids = [int(r.id) for r in unit.conn.execute(query)]
    if not ids:
        raise FilterError(msg("There is nobody called {name}", name=name), 0, 1)
    return ticket.c.owner_id == ids[0] if len(ids) == 1 else ticket.c.owner_id.in_(ids)


def _department(unit: Unit, value: Value) -> Condition:
    if value.text in ("none", "无"):
        return ticket.c.department_id.is_(None)
    if value.text == "@mine":
        return ticket.c.department_id == (unit.actor.department_id or -1)
    wanted = value.text.casefold()
    for row in unit.conn.execute(select(department)).mappings():
        if wanted in (row["code"], row["name_zh"].casefold(), row["name_en"].casefold()):
            return ticket.c.department_id == int(row["id"])
    raise FilterError(msg("There is no department {name}", name=value.text), 0, 1)


def _customer(unit: Unit, value: Value) -> Condition:
    if value.text == "none":
        return ticket.c.customer_id.is_(None)
    if value.text.isdigit():
        return ticket.c.customer_id == int(value.text)
    query = select(customer.c.id)
    if value.op == "*":
        query = query.where(
            customer.c.name.startswith(value.text, autoescape=True),
            *_range_of(unit, customer.c.name, value.text),
        )
    else:
        query = query.where(
            (customer.c.customer_no == value.text.upper()) | (customer.c.name == value.text)
        )
    return ticket.c.customer_id.in_(query)


def _range_of(unit: Unit, column: Any, start: str) -> list[Condition]:
    """Where texts that begin so stand in an index: SQLite finds no range for a pattern by itself."""
    alike = "".join(takewhile(lambda c: c.upper() == c.lower(), start))
    if unit.conn.dialect.name != "sqlite" or not alike:
        return []
    return [column >= alike, column < alike + LAST]


def _product(unit: Unit, value: Value) -> Condition:
    """Tickets name a product as text: by its name or its code (R-014)."""
    if value.text == "none":
        return ticket.c.product == ""
    # What the partial index of those that name one asks for.
    named = ticket.c.product != literal_column("''")
    if value.op == "*":
        return and_(named, ticket.c.product.istartswith(value.text, autoescape=True))
    query = text(
        "SELECT name FROM product WHERE code = :code AND code <> '' "
        "UNION SELECT code FROM product WHERE name = :code AND code <> ''"
    )
    called = unit.conn.execute(query, {"code": value.text}).scalars()
    return and_(named, ticket.c.product.in_([value.text, *called]))


def _tag(unit: Unit, value: Value) -> Condition:
    name = ticket_tag.c.name
    match: Condition = name == value.text
    if value.op == "*":
        match = name.startswith(value.text, autoescape=True)
    return ticket.c.id.in_(select(ticket_tag.c.ticket_id).where(match))


def _sla(unit: Unit, value: Value) -> Condition:
    """Time to the next due: ``<30m`` is due within it, late ones among them."""
    if value.text == "none":
        return ticket.c.next_due_at.is_(None)

    def at(text: str) -> datetime:
        step = duration(text.removeprefix("-"))
        return unit.now - step if text.startswith("-") else unit.now + step

    due = ticket.c.next_due_at
    if value.op == "..":
        return _between(
            due, at(value.text) if value.text else None, at(value.to) if value.to else None
        )
    if value.op == ">":
        return due > at(value.text)
    # The same of what the list is sorted by, which has an index.
    return and_(due <= at(value.text), ticket.c.due_sort <= at(value.text))


def _between(column: Any, low: datetime | None, high: datetime | None) -> Condition:
    parts = []
    if low is not None:
        parts.append(column >= low)
    if high is not None:
        parts.append(column < high)
    return and_(true(), *parts)


def _date(column: Any) -> Callable[[Unit, Value], Condition]:
    """Days are local; ``>2d`` is more than two days ago, ``<2d`` less."""

    def handle(unit: Unit, value: Value) -> Condition:
        zone = ZoneInfo(unit.core.rules.zone)
        today = unit.now.astimezone(zone).date()

        def start(day: date) -> datetime:
            return wall_instant(datetime.combine(day, time(0)), zone)

        def bounds(text: str) -> tuple[datetime, datetime]:
            day = day_of(text, today)
            if day is not None:
                return start(day), start(day + timedelta(days=1))
            at = resolve(text, unit.now, unit.core.rules.zone).astimezone(UTC)
            return at, at + timedelta(minutes=1)

        if value.text == "none":
            return column.is_(None)  # type: ignore[no-any-return]  # a column of any type
        if value.op == "..":
            low = bounds(value.text)[0] if value.text else None
            high = bounds(value.to)[1] if value.to else None
            return _between(column, low, high)
        if value.op in ("<", ">"):
            try:
                then = unit.now - duration(value.text)
                older = value.op == ">"
            except DomainError:
                low_, high_ = bounds(value.text)
                then, older = (low_, True) if value.op == "<" else (high_, False)
            return column < then if older else column >= then  # type: ignore[no-any-return]
        if not value.text:
            raise refuse_date(value.text)
        low_, high_ = bounds(value.text)
        return _between(column, low_, high_)

    return handle


def _due(unit: Unit, value: Value) -> Condition:
    """The same of what the list is sorted by, which has an index: a due, or the end of time."""
    condition = _date(ticket.c.next_due_at)(unit, value)
    if value.text == "none":
        return condition
    return and_(condition, _date(ticket.c.due_sort)(unit, value))


def _number(column: Any) -> Callable[[Unit, Value], Condition]:
    def handle(unit: Unit, value: Value) -> Condition:
        def number(text: str) -> int:
            return int("".join(c for c in text if c.isdigit()))

        if value.op == "..":
            parts = [column >= number(value.text)] if value.text else []
            parts += [column <= number(value.to)] if value.to else []
            return and_(true(), *parts)
        at = number(value.text)
        if value.op == "<":
            return column < at  # type: ignore[no-any-return]  # a column of any type
        return column > at if value.op == ">" else column == at  # type: ignore[no-any-return]

    return handle


def _level(unit: Unit, value: Value) -> Condition:
    """Levels above the first are what the partial index of the few is asked for."""
    condition = _number(ticket.c.escalation_level)(unit, value)
    lowest = "".join(c for c in value.text if c.isdigit())
    if value.op in ("=", "..", ">") and lowest and int(lowest) + (value.op == ">") > 1:
        return and_(ticket.c.escalation_level > literal_column("1"), condition)
    return condition


def _truth(when: Callable[[Unit], Condition]) -> Callable[[Unit, Value], Condition]:
    def handle(unit: Unit, value: Value) -> Condition:
        condition = when(unit)
        return condition if value.text == "yes" else not_(func.coalesce(condition, False))

    return handle


def _late(unit: Unit) -> Condition:
    """Something is overdue now, or was missed."""
    return or_(ticket.c.breached.is_(True), ticket.c.next_due_at <= unit.now)


def _untracked(unit: Unit) -> Condition:
    return and_(ticket.c.category.in_(OPEN_CATEGORIES), base.untracked(unit))


def _approval(unit: Unit, value: Value) -> Condition:
    found = select(approval.c.ticket_id).where(approval.c.state == value.text)
    return ticket.c.id.in_(found)


_HANDLERS: dict[str, Callable[[Unit, Value], Condition]] = {
    "": _word,
    "status": lambda unit, value: _status(value.text),
    "is": _is,
    "urgency": lambda unit, value: ticket.c.urgency == value.text,
    "kind": lambda unit, value: ticket.c.kind == value.text,
    "tier": lambda unit, value: ticket.c.tier == value.text,
    "channel": lambda unit, value: ticket.c.channel == value.text,
    "agent": _person,
    "dept": _department,
    "customer": _customer,
    "product": _product,
    "tag": _tag,
    # As a range: one value in many, says SQLite of a column with few, and reads the whole table.
    "source": lambda unit, value: ticket.c.source.between(value.text, value.text),
    "sla": _sla,
    "due": _due,
    "received": _date(ticket.c.received_at),
    "updated": _date(ticket.c.updated_at),
    "resolved": _date(ticket.c.resolved_at),
    "number": _number(ticket.c.number),
    "level": _level,
    "breached": _truth(_late),
    "paused": _truth(lambda unit: ticket.c.paused.is_(True)),
    "reopened": _truth(lambda unit: ticket.c.reopen_count > 0),
    "untracked": _truth(_untracked),
    "approval": _approval,
}
