"""Values come back as they were stored, on both engines."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import StatementError

from crm_tui.db.types import Fen, JsonText, UtcDateTime, from_microseconds, to_microseconds

sample = Table(
    "type_sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("body", JsonText),
    Column("amount", Fen),
    prefixes=["TEMPORARY"],
)
moments = st.datetimes(
    min_value=datetime(1, 1, 3),
    max_value=datetime(9999, 12, 29),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-11))]),
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def stored(engine: Engine, **values: Any) -> Any:
    """The row as it comes back."""
    with engine.begin() as conn:
        sample.create(conn, checkfirst=False)
        conn.execute(insert(sample).values(id=1, **values))
        row = conn.execute(select(sample)).mappings().one()
        sample.drop(conn, checkfirst=False)
        return row


@given(moment=moments)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_moment_comes_back_exactly_and_in_utc(engine: Engine, moment: datetime) -> None:
    found = stored(engine, at=moment)["at"]
    assert found == moment
    assert found.tzinfo is UTC
    assert found.microsecond == moment.microsecond


def test_a_naive_moment_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="time zone"):
        stored(engine, at=datetime(2024, 6, 3, 9))


@given(value=json_values)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_comes_back_equal(engine: Engine, value: Any) -> None:
    assert stored(engine, body=value)["body"] == value


def test_json_refuses_what_is_not_json(engine: Engine) -> None:
    with pytest.raises(StatementError, match="float"):
        stored(engine, body=float("nan"))


def test_missing_values_are_null(engine: Engine) -> None:
    row = stored(engine)
    assert (row["at"], row["body"], row["amount"]) == (None, None, None)


@pytest.mark.parametrize("value", [1.5, True, "1"])
def test_money_is_integer_only(engine: Engine, value: Any) -> None:
    with pytest.raises(StatementError, match="fen"):
        stored(engine, amount=value)


def test_a_sum_of_money_is_an_integer(engine: Engine) -> None:
    with engine.begin() as conn:
        sample.create(conn, checkfirst=False)
        conn.execute(insert(sample), [{"amount": 2**40}, {"amount": 7}])
        total = conn.execute(select(func.sum(sample.c.amount))).scalar_one()
        half = conn.execute(select(sample.c.amount * 0.5).order_by(sample.c.id.desc())).scalars()
        assert float(half.first() or 0) == 3.5
        assert (total, type(total)) == (2**40 + 7, int)
        sample.drop(conn, checkfirst=False)


@given(moment=moments)
@settings(max_examples=200)
def test_microseconds_are_exact(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment
