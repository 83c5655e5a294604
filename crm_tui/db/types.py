"""Column types that mean the same on SQLite and PostgreSQL.

Sealed personal data has no type of its own: it is ``LargeBinary`` holding what `KeyRing.seal` gave,
so that the key is always passed in and never found in a global.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly (floats would lose the last digits)."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The aware UTC moment ``count`` microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=count)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, given back in UTC, exact to the microsecond.

    BIGINT on SQLite (microseconds since 1970), timestamptz on PostgreSQL. A naive value is
    refused with `ValueError`: it would mean another moment on another machine.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this engine."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What the driver is given."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return to_microseconds(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the caller gets."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return from_microseconds(value)
        moment: datetime = value
        return moment.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """Any JSON value as compact text, never queried inside; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Compact JSON; NaN and infinities are refused with `ValueError`."""
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value that was stored, with tuples as lists."""
        return None if value is None else json.loads(value)

    def compare_values(self, x: Any, y: Any) -> bool:
        """Equal as JSON values."""
        return bool(x == y)


class Fen(TypeDecorator[int]):
    """Money in integer fen; a float or Decimal is refused with `TypeError` instead of rounded."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """What the driver is given."""
        if value is not None and type(value) is not int:
            raise TypeError(f"money is integer fen, not {type(value).__name__}")
        return value

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """A factor such as 0.5 in an expression keeps its own type."""
        return (
            self if isinstance(value, int) else self.impl_instance.coerce_compared_value(op, value)
        )

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], int | None] | None:
        """PostgreSQL sums BIGINT as NUMERIC; a sum of fen is an integer on both engines."""
        if dialect.name == "sqlite":
            return None
        return lambda value: None if value is None else int(value)
