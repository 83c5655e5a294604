"""The public JSON lines against the plain reckoning of `reference` (sla.md 1 to 3)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crm_tui.domain.business_time import Calendar
from crm_tui.domain.sla_json import compute_line, evaluate_line
from tests.domain.reference import (
    CLOCKS,
    WEEKDAYS,
    BeyondWindow,
    Desk,
    Ticket,
    minute_of,
    moment_of,
)

CHANGES = {
    "Asia/Shanghai": [date(2024, 6, 10)],
    "America/New_York": [date(2024, 3, 10), date(2024, 11, 3)],
    "Europe/London": [date(2024, 3, 31), date(2024, 10, 27)],
    "America/Havana": [date(2024, 3, 10), date(2024, 11, 3)],
    "Australia/Lord_Howe": [date(2024, 4, 7), date(2024, 10, 6)],
}
"""Days round which everything happens: the clocks change there, at midnight in Havana, by half an
hour on Lord Howe Island; Shanghai has a holiday."""
BEFORE, AFTER = 8 * 1440, 30 * 1440
NIGHT = {day: [["22:00", "24:00"], ["00:00", "06:00"]] for day in WEEKDAYS}
OFFICE = {day: [["09:00", "17:00"]] for day in WEEKDAYS[:5]}
ALWAYS = {day: [["00:00", "24:00"]] for day in WEEKDAYS}

times = st.one_of(
    st.sampled_from([0, 60, 90, 120, 135, 150, 180, 540, 1020, 1320, 1440]), st.integers(0, 1440)
)


def clock_face(minutes: int) -> str:
    """A time of day as it is written."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


frames = st.lists(
    st.tuples(times, times)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: [clock_face(min(pair)), clock_face(max(pair))]),
    max_size=3,
)
weeks = st.one_of(
    st.sampled_from([NIGHT, OFFICE, ALWAYS]),
    st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, frames)).filter(lambda w: any(w.values())),
)


def no_calendar(name: str) -> Calendar:
    """Lines that name none do not ask."""
    raise AssertionError(name)


@st.composite
def calendars(draw: st.DrawFn, zone: str | None = None) -> tuple[dict[str, Any], int]:
    """A calendar as JSON, and the minute round which it is interesting."""
    zone = zone or draw(st.sampled_from(sorted(CHANGES)))
    middle = draw(st.sampled_from(CHANGES[zone]))
    near = st.integers(-6, 6).map(lambda n: (middle + timedelta(days=n)).isoformat())
    data = {
        "timezone": zone,
        "hours": draw(weeks),
        "holidays": draw(st.lists(near, max_size=2)),
        "overrides": draw(st.dictionaries(near, frames, max_size=2)),
    }
    return data, minute_of(datetime(middle.year, middle.month, middle.day, tzinfo=UTC))


@pytest.mark.req("R-144")
@given(
    calendars(),
    st.integers(-4 * 1440, 3 * 1440),
    st.integers(-6000, 6000),
    st.integers(-3, 4),
    st.booleans(),
)
@settings(max_examples=150)
def test_business_time_is_what_counting_minutes_gives(
    given_calendar: tuple[dict[str, Any], int], offset: int, quarters: int, days: int, eod: bool
) -> None:
    data, middle = given_calendar
    desk = Desk(data, middle - BEFORE, middle + AFTER)
    start, end = middle + offset, middle + offset + quarters
    line = {**data, "id": 1, "start": moment_of(start, "Asia/Tokyo").isoformat()}

    def result(**more: Any) -> Any:
        return compute_line({**line, **more}, no_calendar)["result"]

    def instant(minute: float) -> str:
        return moment_of(minute, data["timezone"]).isoformat()

    try:
        added = desk.add(start, quarters / 4)
        measured = desk.between(start, end)
        day = desk.add_days(start, days, end_of_day=eod)
    except BeyondWindow:
        assume(False)
    assert result(op="add_business_minutes", amount=quarters / 4) == instant(added)
    assert result(op="add_business_minutes", amount_s=quarters * 15) == instant(added)
    assert result(op="business_minutes_between", end=moment_of(end).isoformat()) == measured
    assert result(op="add_business_days", amount=days, end_of_day=eod) == instant(day)


STATES = ("open", "accepted", "waiting_customer", "waiting_third_party", "resolved", "closed")
PRIORITIES = ("low", "normal", "urgent")
targets = st.dictionaries(
    st.sampled_from(CLOCKS),
    st.none() | st.sampled_from([0, 4, 60, 120, 240, 480, 960]) | st.integers(1, 500),
    min_size=1,
)
switches = st.fixed_dictionaries(
    {},
    optional={
        "first_response_pauses": st.booleans(),
        "next_response_pauses": st.booleans(),
        "resolution_pauses": st.booleans(),
        "next_response_counts_opening": st.booleans(),
        "resolve_counts_as_first_response": st.booleans(),
        "start": st.sampled_from(["created", "attached"]),
    },
)
warnings_before = st.integers(0, 90) | st.dictionaries(
    st.sampled_from(CLOCKS), st.none() | st.integers(0, 90)
)
settings_of_lines = st.fixed_dictionaries(
    {"targets": targets},
    optional={
        "basis": st.just("elapsed"),
        "priority_targets": st.dictionaries(st.sampled_from(PRIORITIES), targets, max_size=2),
        "applies_to_priorities": st.lists(st.sampled_from(["", *PRIORITIES]), max_size=3),
        "warn_before": warnings_before,
        "pause_states": st.just(["waiting_customer", "waiting_third_party"]),
        "closed_states": st.just(["closed"]),
        "switches": switches,
    },
)
creations = st.fixed_dictionaries(
    {"type": st.just("created")},
    optional={
        "by": st.sampled_from(["customer", "staff"]),
        "state": st.sampled_from(STATES),
        "priority": st.sampled_from(PRIORITIES),
    },
)
steps = st.sampled_from([0, 0, 1]) | st.integers(1, 600) | st.integers(600, 2000)


@st.composite
def happenings(draw: st.DrawFn, zone: str) -> dict[str, Any]:
    """An event after the creation, without its time."""
    name = draw(
        st.sampled_from(
            ["staff_reply"] * 3
            + ["customer_message"] * 3
            + ["state"] * 4
            + ["priority", "policy", "attached"]
        )
    )
    event: dict[str, Any] = {"type": name}
    if name == "state":
        event["to"] = draw(st.sampled_from(STATES))
    elif name == "priority":
        event["to"] = draw(st.sampled_from(PRIORITIES))
    elif name == "policy":
        if draw(st.booleans()):
            event["targets"] = draw(targets)
        if draw(st.booleans()):
            event["calendar"] = draw(calendars(zone))[0]
    return event


@st.composite
def lines(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    """A line of `sla evaluate` with times as minutes, and the minute it lies round."""
    data, middle = draw(calendars())
    line: dict[str, Any] = draw(settings_of_lines)
    if draw(st.integers(0, 4)):
        line["calendar"] = data
    at = middle + draw(st.integers(-3 * 1440, 1440))
    events: list[dict[str, Any]] = [{**draw(creations), "at": at}]
    for event in draw(st.lists(happenings(data["timezone"]), max_size=9)):
        at += draw(steps)
        events.append({**event, "at": at})
    line["events"] = events
    line["now"] = at + draw(st.just(0) | st.integers(0, 3000))
    return line, middle


def as_json(line: Mapping[str, Any]) -> dict[str, Any]:
    """The line with its times written out, in more than one zone."""
    events = [
        {**e, "at": moment_of(e["at"], ("UTC", "Asia/Tokyo")[n % 2]).isoformat()}
        for n, e in enumerate(line["events"])
    ]
    return {**line, "events": events, "now": moment_of(line["now"]).isoformat()}


def as_minutes(cycle: Mapping[str, Any]) -> dict[str, Any]:
    """A cycle of the answer with its times as minutes."""
    found = dict(cycle)
    for name in ("due", "warn_at", "started_at", "stopped_at"):
        if found[name] is not None:
            found[name] = datetime.fromisoformat(found[name]).timestamp() / 60
    return found


def expected(view: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer must say of a cycle; due and warning only while it runs."""
    found = {name: value for name, value in view.items() if name != "late"}
    if found["state"] not in ("running", "cancelled"):
        found |= {"due": None, "warn_at": None}
    return found


@pytest.mark.req("R-124", "R-137", "R-138")
@given(lines())
@settings(max_examples=300)
def test_clocks_are_what_living_through_the_minutes_gives(
    given_line: tuple[dict[str, Any], int],
) -> None:
    line, middle = given_line
    try:
        wanted = Ticket(line, middle - BEFORE, middle + AFTER).live(line["now"])
    except BeyondWindow:
        assume(False)
    found = evaluate_line(as_json(line), no_calendar)["clocks"]
    for clock in CLOCKS:
        answer = found.get(clock, {"cycles": []})
        cycles = [as_minutes(c) for c in answer["cycles"]]
        assert len(cycles) == len(wanted[clock]), clock
        for cycle, view in zip(cycles, map(expected, wanted[clock]), strict=True):
            assert {name: cycle[name] for name in view} == pytest.approx(view), clock
        if cycles:
            last = as_minutes(answer)
            worst = max(c["used_minutes"] for c in cycles)
            used = worst if clock == "next_response" else cycles[-1]["used_minutes"]
            assert (last["state"], last["used_minutes"]) == (cycles[-1]["state"], used)
            pieces = {
                kind: sum(s["minutes"] for s in answer["segments"] if s["kind"] == kind)
                for kind in ("counted", "closed", "paused")
            }
            if cycles[-1]["state"] != "cancelled":
                assert pieces["counted"] == pytest.approx(cycles[-1]["used_minutes"])
                assert pieces["paused"] == pytest.approx(cycles[-1]["paused_minutes"])
