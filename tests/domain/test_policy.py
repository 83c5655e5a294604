"""Policies as data: read, checked, and changed line by line into a new version (R-136, R-142)."""

from typing import Any

import pytest

from crm_tui.domain.business_time import Calendar
from crm_tui.domain.clock_math import Measure, Reckoning
from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.policy import (
    Basis,
    ClockKind,
    Facts,
    PolicyBook,
    PolicyLine,
    Switches,
    default_policy_book,
)
from tests.domain.test_edges import OFFICE, local

BOOK = default_policy_book()
PHONE: dict[str, Any] = {
    "id": "phone",
    "clock": "first_response",
    "basis": "elapsed",
    "amount": 20,
    "channels": ["phone"],
}


def test_what_is_written_is_read_again() -> None:
    assert PolicyBook.from_data(BOOK.to_data()) == BOOK
    odd = BOOK.with_line({**PHONE, "warn_before_s": 5, "end_of_day": True, "tiers": "A"})
    assert PolicyBook.from_data(odd.to_data()) == odd
    assert odd.line("phone").tiers == {"A"}


@pytest.mark.req("R-136", "R-142")
def test_lines_are_changed_added_and_taken_away_in_a_new_book() -> None:
    changed = BOOK.changed("first_response_email", {"amount": 7200, "channels": ["email", "sms"]})
    assert [line.id for line in changed.lines] == [line.id for line in BOOK.lines]
    assert changed.choose(Facts(channel="sms"))[ClockKind.FIRST_RESPONSE].amount == 7200
    assert BOOK.line("first_response_email").amount == 24 * 3600
    added = BOOK.with_line(PHONE)
    assert added.choose(Facts(channel="phone"))[ClockKind.FIRST_RESPONSE].id == "phone"
    assert added.without("phone") == BOOK
    for act in (BOOK.line, BOOK.without, lambda name: BOOK.changed(name, {})):
        with pytest.raises(NotFound):
            act("moon")


@pytest.mark.parametrize(
    "change",
    [
        {"id": " "},
        {"clock": "lunch"},
        {"basis": "sometimes"},
        {"kinds": ["lunch"]},
        {"tiers": ["D"]},
        {"urgencies": ["later"]},
        {"channels": ["pigeon"]},
        {"channels": 5},
        {"amount": float("nan")},
        {"amount": float("inf")},
        {"amount": 10**400},
        {"amount": None},
        {"end_of_day": "no"},
        {"warn_percent": float("nan")},
        {"warn_before_s": -1},
        {"warn_before_s": "soon"},
        {"basis": "working"},
        {"basis": "months", "amount": 1},
        {"id": "registration"},
    ],
)
def test_lines_that_would_never_do_what_they_say_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BOOK.with_line({**PHONE, **change})


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"lines": 5, "version": 1},
        {"lines": [5], "version": 1},
        {"lines": [], "version": float("inf")},
        {"lines": [], "version": 1, "switches": 5},
        {"lines": [], "version": 1, "switches": {"magic": True}},
        {"lines": [], "version": 1, "switches": {"start": "later"}},
        {"lines": [], "version": 1, "switches": {"first_response_pauses": "no"}},
    ],
)
def test_what_is_no_policy_is_refused(data: Any) -> None:
    with pytest.raises(ValidationError):
        PolicyBook.from_data(data)


def test_switches_that_are_null_have_their_defaults() -> None:
    assert Switches.from_data({"start": None, "next_response_pauses": None}) == Switches()
    assert Switches.from_data({"start": "attached"}).start == "attached"


def reckoned(basis: Basis, count: int, *cuts: tuple[str, str | None], end: str) -> Reckoning:
    """A limit of days from Monday 09:00 with these pauses."""
    line = PolicyLine("x", ClockKind.RESOLUTION, basis, count, calendar="x")
    pauses = [(local(a), None if b is None else local(b)) for a, b in cuts]
    return Reckoning(Measure(line, OFFICE), local("2024-06-03T09:00"), pauses, local(end))


@pytest.mark.req("R-124")
def test_limits_in_days_give_back_what_was_paused() -> None:
    plain = reckoned(Basis.WORKING_DAYS, 2, end="2024-06-03T10:00")
    assert plain.due() == local("2024-06-05T09:00")
    pause = ("2024-06-03T10:00", "2024-06-03T15:00")
    paused = reckoned(Basis.WORKING_DAYS, 2, pause, end="2024-06-03T16:00")
    assert paused.due() == local("2024-06-05T14:00")
    assert paused.target_s() == plain.target_s() == 18 * 3600
    assert paused.warn(local("2024-06-05T14:00")) == local("2024-06-05T09:30")
    days = reckoned(Basis.CALENDAR_DAYS, 1, pause, end="2024-06-03T16:00")
    assert days.due() == local("2024-06-04T14:00")
    months = reckoned(Basis.MONTHS, 1, pause, end="2024-06-03T16:00")
    assert months.due() == local("2024-07-03T14:00")
    held = reckoned(Basis.WORKING_DAYS, 2, ("2024-06-03T10:00", None), end="2024-06-03T16:00")
    assert held.due() is None and held.paused_now()
    later = reckoned(Basis.WORKING_DAYS, 2, ("2024-06-05T10:00", None), end="2024-06-05T16:00")
    assert later.due() == local("2024-06-05T09:00")


def test_a_pause_outside_hours_moves_no_limit_in_days() -> None:
    line = PolicyLine("x", ClockKind.RESOLUTION, Basis.WORKING_DAYS, 1, calendar="x")
    night = [(local("2024-06-03T19:30"), local("2024-06-03T20:30"))]
    start, due = local("2024-06-03T19:00"), local("2024-06-04T19:00")
    found = Reckoning(Measure(line, OFFICE), start, night, local("2024-06-03T21:00"))
    assert found.due() == due


def test_a_limit_of_no_days_warns_when_it_is_due() -> None:
    found = reckoned(Basis.WORKING_DAYS, 0, end="2024-06-03T10:00")
    assert found.due() == found.warn(local("2024-06-03T09:00")) == local("2024-06-03T09:00")


def test_a_calendar_object_needs_no_version() -> None:
    data = {"hours": {"mon": [["09:00", "10:00"]]}, "version": "new"}
    assert Calendar.from_data(data).version == 1
