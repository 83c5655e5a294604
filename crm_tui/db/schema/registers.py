"""Tables of the register kinds, derived from their descriptions (design.md 3).

The catalogue of tables is filled when this module is loaded; lists of tickets and customers do not
need it, so that start-up does not pay for it.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.types import TypeEngine

from crm_tui.db.schema.base import metadata
from crm_tui.db.types import Fen, JsonText, UtcDateTime
from crm_tui.domain.records.base import REFERENCES, FieldSpec, Kind, fields
from crm_tui.domain.records.registry import REGISTRY

SEALED: Final = frozenset({"personal", "secret"})


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal as text: SQLite has none, and a goal's figures must come back exactly."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Plain notation, never an exponent."""
        return None if value is None else format(Decimal(value), "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """The number that was stored."""
        return None if value is None else Decimal(value)


def _type(spec: FieldSpec) -> TypeEngine[Any]:
    if spec.many:
        return JsonText()
    if issubclass(spec.base, StrEnum):
        return String(30)
    if spec.base is str:
        long = spec.max_length is None or spec.max_length > 400
        return Text() if long else String(spec.max_length)
    if spec.name.endswith("_fen"):
        return Fen()
    for base, made in _TYPES:
        if issubclass(spec.base, base):
            return made()
    raise TypeError(f"no column type for {spec.name}")


_TYPES: Final[tuple[tuple[type[Any], type[TypeEngine[Any]]], ...]] = (
    (bool, Boolean),
    (datetime, UtcDateTime),
    (date, Date),
    (Decimal, DecimalText),
    (int, Integer),
)


def column_name(spec: FieldSpec) -> str:
    """The column of a field: sealed ones say so."""
    return f"{spec.name}_sealed" if spec.sensitivity in SEALED else spec.name


def _column(spec: FieldSpec) -> Column[Any]:
    if spec.sensitivity in SEALED:
        return Column(column_name(spec), LargeBinary)
    keys: list[ForeignKey] = []
    if spec.picker in REFERENCES and not spec.many:
        keys = [ForeignKey(f"{spec.picker}.id")]
    return Column(spec.name, _type(spec), *keys, nullable=spec.nullable, index=bool(keys))


PARTIAL: Final = {
    "contract": (("ix_contract_undelivered", "promised_delivery_on", "delivered_at IS NULL"),)
}
"""Indexes of what background work looks for, by kind: name, column and condition."""

EXTRA: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "order": (
        ("ix_order_customer_day", "customer_id", "ordered_on", "amount_fen"),
        ("ix_order_day_customer", "ordered_on", "customer_id", "amount_fen"),
        (
            "ix_order_customer_figures",
            "customer_id",
            "ordered_on",
            "credit_note",
            "archived",
            "amount_fen",
            "cost_fen",
        ),
    ),
    "interaction": (("ix_interaction_customer_day", "customer_id", "occurred_on"),),
    "survey_answer": (("ix_survey_answer_day", "survey", "answered_at"),),
    "task": (("ix_task_status_rank", "status", "rank", "id"),),
}
"""Indexes of what screens and figures ask for, by kind: name and columns."""


def register_table(kind: Kind) -> Table:
    """The table of a register kind: its fields and the columns every register has."""
    name = kind.name
    if name in metadata.tables:
        return metadata.tables[name]
    columns = [_column(spec) for spec in fields(kind).values()]
    extra: list[Any] = []
    if kind.number is not None:
        extra.append(Index(f"uq_{name}_number", "number", unique=True))
    for field in kind.sort:
        plain = field.removeprefix("-")
        if plain not in ("number",) and fields(kind)[plain].picker not in REFERENCES:
            extra.append(Index(f"ix_{name}_{plain}_id", plain, "id"))
    for index, column, condition in PARTIAL.get(name, ()):
        where = text(condition)
        extra.append(Index(index, column, sqlite_where=where, postgresql_where=where))
    extra += [Index(index, *columns_of) for index, *columns_of in EXTRA.get(name, ())]
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        *columns,
        Column("source", String(40), nullable=False, default="live"),
        Column("source_key", String(200)),
        Column("archived", Boolean, nullable=False, default=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("created_by", BigInteger),
        Column("updated_at", UtcDateTime, nullable=False),
        Column("row_version", Integer, nullable=False, default=1),
        Index(f"uq_{name}_source", "source", "source_key", unique=True),
        *extra,
    )


TABLES: Final[dict[str, Table]] = {
    kind.name: register_table(kind) for kind in REGISTRY.values() if kind.register
}
"""Tables of the register kinds by kind name."""
