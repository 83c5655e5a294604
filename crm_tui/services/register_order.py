"""The order of a register's list, and where a page begins (design decision 14)."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, case, or_

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.records.base import Kind, fields


class Order:
    """A sort by one field, then by id; rows without the field's value come last."""

    def __init__(self, kind: Kind, table: Table, sort: str | None, descending: bool) -> None:
        self._field = sort
        self._table = table
        self._down = descending
        self._nullable = False
        self._expression: Any = None
        self._ranks: dict[str, int] = {}
        if sort is None or sort == "id":
            self._field = None
            return
        spec = fields(kind).get(sort)
        if sort in ("created_at", "updated_at"):
            self._expression = table.c[sort]
        elif spec is None or spec.many or spec.base is Decimal:
            raise ValidationError(
                msg("The list cannot be sorted by {field}", field=sort), field="sort"
            )
        elif spec.enum is not None:
            # In the order of the enumeration: high before low, not by the alphabet.
            self._ranks = {member.value: place for place, member in enumerate(spec.enum)}
            self._nullable = spec.nullable
            self._expression = case(self._ranks, value=table.c[sort])
        else:
            self._nullable = spec.nullable
            self._expression = table.c[sort]

    def key(self, row: RowMapping) -> tuple[Any, ...]:
        """The place of a row."""
        if self._field is None:
            return (row["id"],)
        value = row[self._field]
        return (self._ranks.get(value, value) if self._ranks else value, row["id"])

    def clauses(self, backwards: bool) -> list[Any]:
        """What to order by."""
        down = self._down != backwards
        parts: list[Any] = []
        if self._field is not None:
            if self._nullable:
                missing = self._expression.is_(None)
                parts.append(missing.desc() if backwards else missing.asc())
            parts.append(self._expression.desc() if down else self._expression.asc())
        last = self._table.c.id
        return [*parts, last.desc() if down else last.asc()]

    def beyond(self, mark: tuple[Any, ...], backwards: bool) -> ColumnElement[bool]:
        """The rows behind ``mark``, or ahead of it."""
        down = self._down != backwards
        last = self._table.c.id
        further: ColumnElement[bool] = last < mark[-1] if down else last > mark[-1]
        if self._field is None:
            return further
        value, expression = mark[0], self._expression
        if value is None:
            missing = and_(expression.is_(None), further)
            return or_(expression.is_not(None), missing) if backwards else missing
        past = expression < value if down else expression > value
        conditions = [past, and_(expression == value, further)]
        if self._nullable and not backwards:
            conditions.append(expression.is_(None))
        return or_(*conditions)
