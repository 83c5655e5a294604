"""Periods of figures and values that follow from sums (R-251, R-252, D-43)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.domain import kpi, periods
from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.kpi.spec import Sums, length, numerator, small, value
from crm_tui.domain.periods import DAY, Period

TODAY = date(2024, 6, 3)
DAYS = st.dates(date(1901, 1, 1), date(2199, 12, 31))


@pytest.mark.req("R-251")
@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("week", date(2024, 6, 3), date(2024, 6, 9)),
        ("month", date(2024, 6, 1), date(2024, 6, 30)),
        ("Quarter", date(2024, 4, 1), date(2024, 6, 30)),
        ("year", date(2024, 1, 1), date(2024, 12, 31)),
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024Q3", date(2024, 7, 1), date(2024, 9, 30)),
        ("2024-q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024W1", date(2024, 1, 1), date(2024, 1, 7)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("30d", date(2024, 5, 5), TODAY),
        ("12m", date(2023, 6, 4), TODAY),
        (" 1m ", date(2024, 5, 4), TODAY),
    ],
)
def test_periods_are_named_in_words(text: str, start: date, end: date) -> None:
    found = periods.parse(text, TODAY)
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fortnight",
        "2024-13",
        "2024W60",
        "2023W53",
        "0d",
        "0m",
        "2024Q5",
        "1e3",
        "9999",
        "0000",
        "9998",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        periods.parse(text, TODAY)


def test_a_refusal_repeats_what_was_typed() -> None:
    with pytest.raises(ValidationError, match="2023W53"):
        periods.parse("2023W53", TODAY)


def test_nothing_is_counted_up_to_the_end_of_time() -> None:
    for text in ("12m", "30d", "400d"):
        with pytest.raises(ValidationError, match="outside"):
            periods.parse(text, date(9999, 12, 31))
    with pytest.raises(ValidationError, match="outside"):
        periods.default(date(9999, 12, 31))


def test_the_ends_of_time_are_refused() -> None:
    for kind in ("week", "month", "custom"):
        with pytest.raises(ValidationError):
            periods.around(kind, date(9999, 12, 31))
    with pytest.raises(ValidationError):
        periods.around("custom", TODAY)
    with pytest.raises(ValidationError):
        periods.rolling_days(9000, date(20, 1, 1))
    with pytest.raises(ValidationError):
        periods.shifted(periods.custom(date(2, 1, 1), date(3000, 1, 1)), -1)
    with pytest.raises(ValidationError):
        periods.shifted(periods.around("week", date(2, 1, 1)), -200)
    early = periods.around("year", date(4, 1, 1))
    assert [p.start.year for p in periods.series(early, 12)] == [2, 3, 4]


@pytest.mark.req("R-251")
def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValidationError, match="before it starts"):
        periods.custom(date(2024, 5, 2), date(2024, 5, 1))
    assert periods.custom(TODAY, TODAY).days == 1


@given(
    day=DAYS, kind=st.sampled_from(["week", "month", "quarter", "year"]), count=st.integers(-9, 9)
)
def test_periods_of_the_calendar_stand_side_by_side(day: date, kind: str, count: int) -> None:
    found = periods.around(kind, day)
    assert found.start <= day <= found.end
    assert periods.previous(found).end + DAY == found.start
    assert periods.shifted(periods.shifted(found, count), -count) == found
    assert periods.shifted(found, 0) is found


@given(day=DAYS, count=st.integers(1, 400))
def test_rolling_days_touch_the_days_before_them(day: date, count: int) -> None:
    found = periods.rolling_days(count, day)
    assert found.days == count
    before = periods.previous(found)
    assert (before.days, before.end + DAY) == (count, found.start)


@given(day=DAYS, count=st.integers(1, 36))
def test_rolling_months_are_so_many_months(day: date, count: int) -> None:
    found = periods.rolling_months(count, day)
    assert found.months == count
    assert abs(found.days - count * 30.44) < 4
    assert abs((found.start - periods.previous(found).end).days - 1) <= 3


def test_a_period_is_cut_at_the_present() -> None:
    month = periods.around("month", TODAY)
    assert periods.clamped(month, TODAY) == Period("month", date(2024, 6, 1), TODAY)
    assert periods.clamped(month, date(2024, 5, 31)) is None
    assert periods.default(TODAY) == periods.rolling_months(12, TODAY)


YEAR = periods.around("year", TODAY)


@pytest.mark.req("R-252")
def test_a_value_needs_a_denominator() -> None:
    assert value(kpi.spec("timeliness"), Sums(), YEAR) is None
    assert value(kpi.spec("arrivals"), Sums(), YEAR) == 0
    assert value(kpi.spec("timeliness"), Sums(3, 8, 8), YEAR) == Decimal("37.5")
    assert value(kpi.spec("nps"), Sums(1, 10, 10), YEAR) == 10
    assert value(kpi.spec("churn"), Sums(170, 200, 200), YEAR) == 15
    assert numerator(kpi.spec("churn"), Sums(170, 200, 200)) == 30
    assert value(kpi.spec("purchase_frequency"), Sums(3, 1, 1), YEAR) == 3
    half = periods.custom(date(2024, 1, 1), date(2024, 6, 30))
    assert value(kpi.spec("purchase_frequency"), Sums(3, 1, 1), half) == 6
    assert length(periods.around("quarter", TODAY), "month") == 3
    assert round(length(periods.rolling_days(73, TODAY), "year"), 2) == Decimal("0.20")
    assert small(kpi.spec("nps"), Sums(1, 9, 9))
    assert not small(kpi.spec("nps"), Sums(1, 10, 10))
    assert not small(kpi.spec("arrivals"), Sums())
    assert Sums(1, 2, 3) + Sums(1, 1, 1) - Sums(2, 2, 2) == Sums(0, 1, 2)


@pytest.mark.req("R-250")
def test_every_figure_says_what_it_is() -> None:
    for spec in kpi.FIGURES.values():
        assert spec.group in kpi.GROUPS
        assert spec.unit in kpi.UNITS
        assert spec.direction in kpi.DIRECTIONS
        assert set(spec.dimensions) <= set(kpi.DIMENSIONS)
        assert spec.references
        assert spec.formula
        assert spec.numerator
        assert all(b in kpi.FIGURES or b in kpi.BESIDE for b in spec.beside)
    with pytest.raises(NotFound, match="arrivals"):
        kpi.spec("nothing")


@pytest.mark.req("R-251")
@pytest.mark.parametrize(
    ("text", "today", "start", "end"),
    [
        ("2024-05", TODAY, date(2024, 4, 1), date(2024, 4, 30)),
        ("2024-06", TODAY, date(2024, 5, 1), date(2024, 5, 3)),
        ("2024-06", date(2024, 6, 30), date(2024, 5, 1), date(2024, 5, 31)),
        ("2024-03", date(2024, 3, 30), date(2024, 2, 1), date(2024, 2, 29)),
        ("2024Q2", TODAY, date(2024, 1, 1), date(2024, 3, 3)),
        ("2024", TODAY, date(2023, 1, 1), date(2023, 6, 3)),
        ("2024", date(2024, 2, 29), date(2023, 1, 1), date(2023, 2, 28)),
        ("2024W23", date(2024, 6, 5), date(2024, 5, 27), date(2024, 5, 29)),
        ("2024-07", TODAY, date(2024, 6, 1), date(2024, 6, 30)),
        ("12m", TODAY, date(2022, 6, 4), date(2023, 6, 3)),
    ],
)
def test_a_period_is_compared_up_to_the_same_point(
    text: str, today: date, start: date, end: date
) -> None:
    found = periods.compared(periods.parse(text, today), today)
    assert (found.start, found.end) == (start, end)


@pytest.mark.req("R-251")
def test_rolling_and_chosen_days_are_compared_up_to_the_same_point() -> None:
    seen_from = date(2024, 3, 13)
    year = periods.compared(periods.rolling_months(12, TODAY), seen_from)
    assert (year.start, year.end) == (date(2022, 6, 4), date(2023, 3, 13))
    days = periods.custom(date(2024, 6, 1), date(2024, 6, 10))
    found = periods.compared(days, TODAY)
    assert (found.start, found.end) == (date(2024, 5, 22), date(2024, 5, 24))
    month = periods.around("month", TODAY)
    other = periods.around("month", date(2023, 2, 1))
    assert periods.compared(month, TODAY, other).end == date(2023, 2, 3)
    quarter = periods.around("quarter", date(2023, 2, 1))
    assert periods.compared(month, TODAY, quarter) == quarter


@given(day=DAYS, kind=st.sampled_from(["week", "month", "quarter", "year"]))
def test_what_is_compared_is_never_longer_than_its_period(day: date, kind: str) -> None:
    period = periods.around(kind, day)
    found, whole = periods.compared(period, day), periods.previous(period)
    assert whole.start == found.start <= found.end <= whole.end
