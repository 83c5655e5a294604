"""Business time and clocks against plain reckoning (sla.md)."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.domain.business_time import Calendar
from crm_tui.domain.clocks import Event, evaluate
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.json_lines import run_lines
from crm_tui.domain.policy import Facts, PolicyBook, default_policy_book
from crm_tui.domain.sla_json import compute_line, evaluate_line
from crm_tui.domain.workflow import CATEGORIES

ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Australia/Sydney",
    "Asia/Tehran",
)
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
T0 = datetime(2024, 6, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

minutes = st.integers(0, 1440)
frames = st.lists(st.tuples(minutes, minutes).filter(lambda f: f[0] < f[1]), max_size=3)
weeks = st.fixed_dictionaries(dict.fromkeys(range(7), frames)).filter(lambda w: any(w.values()))
moments = st.integers(0, 400 * 1440).map(
    lambda m: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=m)
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any week in any zone, with some days off."""
    off = draw(st.lists(st.integers(0, 365), max_size=5))
    days = [date(2024, 1, 1) + timedelta(days=d) for d in off]
    return Calendar.make(draw(st.sampled_from(ZONES)), draw(weeks), holidays=days)


@given(calendars(), moments, st.integers(1, 4000))
@settings(max_examples=150, deadline=None)
def test_adding_and_measuring_agree_both_ways(
    calendar: Calendar, start: datetime, count: int
) -> None:
    amount = timedelta(minutes=count)
    due = calendar.add(start, amount)
    assert calendar.between(start, due) == amount
    assert calendar.between(start, due - timedelta(seconds=1)) < amount
    back = calendar.add(start, -amount)
    assert calendar.between(back, start) == amount
    half = calendar.add(start, amount / 2)
    assert calendar.add(half, amount / 2) == due


@given(calendars(), moments)
@settings(max_examples=60, deadline=None)
def test_two_days_equal_a_count_of_minutes(calendar: Calendar, start: datetime) -> None:
    end = start + timedelta(days=2)
    counted = sum(calendar.is_open(start + timedelta(minutes=m)) for m in range(2 * 1440))
    assert calendar.between(start, end) == timedelta(minutes=counted)


@pytest.mark.req("R-144")
@given(st.sampled_from(ZONES), moments, st.integers(1, 10_000))
@settings(max_examples=60, deadline=None)
def test_elapsed_limits_ignore_clock_changes(zone: str, start: datetime, count: int) -> None:
    calendar = Calendar.always(zone)
    assert calendar.add(start, timedelta(minutes=count)) - start == timedelta(minutes=count)


def test_a_frame_bound_in_a_gap_moves_to_its_end() -> None:
    calendar = Calendar.from_data(
        {"timezone": "Europe/Berlin", "hours": {"sun": [["02:30", "04:00"]]}}
    )
    opens, closes = calendar.spans(date(2024, 3, 31))[0]
    assert (opens.hour, closes.hour) == (1, 2)


@pytest.mark.parametrize(
    "data",
    [
        {"timezone": "Mars/Olympus", "hours": WEEK},
        {"timezone": "UTC", "hours": {"mon": [["18:00", "09:00"]]}},
        {"timezone": "UTC", "hours": {"mon": [["25:00", "26:00"]]}},
        {"timezone": "UTC", "hours": {"noday": [["09:00", "10:00"]]}},
        {"timezone": "UTC", "hours": {}},
        {"timezone": "UTC"},
        {"timezone": 5, "hours": WEEK},
        {"timezone": "UTC", "hours": WEEK, "holidays": ["2024-13-01"]},
    ],
)
def test_bad_calendars_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Calendar.from_data(data)


def default_calendar(name: str, at: datetime) -> Calendar:
    """The default week of the sources."""
    return Calendar.from_data({"timezone": "Asia/Shanghai", "hours": WEEK, "name": name})


def board(events: list[Event], now: datetime, book: PolicyBook | None = None) -> Any:
    """The clocks of a log."""
    used = book or default_policy_book()
    categories = {str(s): str(c) for s, c in CATEGORIES.items()}
    return evaluate(
        events, books=lambda _: used, calendars=default_calendar, categories=categories, now=now
    ).clocks


def opening(**facts: str) -> list[Event]:
    """Created and registered at T0."""
    return [
        Event(T0, 1, "created", by="customer", facts=Facts(**facts), policy_version=1),  # type: ignore[arg-type]
        Event(T0, 2, "registered"),
    ]


@pytest.mark.req("R-127", "R-128", "R-136")
@pytest.mark.parametrize(
    ("tier", "kind", "hours"),
    [("A", "complaint", 4), ("B", "complaint", 8), ("C", "complaint", 24), ("A", "after_sales", 4)],
)
def test_first_response_by_tier(tier: str, kind: str, hours: int) -> None:
    clock = board(opening(tier=tier, kind=kind), T0)["first_response"][0]
    assert clock.due_at == T0 + hours * HOUR
    assert clock.warn_at == T0 + hours * HOUR * 0.75


def test_notes_and_automatic_replies_stop_nothing_and_repeats_do_not_move_a_cycle() -> None:
    log = opening(tier="A")
    log.append(Event(T0 + HOUR, 3, "staff_reply", automatic=True))
    assert board(log, T0 + HOUR)["first_response"][0].state == "running"
    late = T0 + 5 * HOUR
    log.append(Event(late, 4, "staff_reply"))
    clock = board(log, late)["first_response"][0]
    assert (clock.state, clock.late_s) == ("missed", 3600)


def test_closing_without_reply_is_not_applicable_unless_late() -> None:
    log = opening(tier="A")
    soon = board([*log, Event(T0 + HOUR, 3, "state", to="closed")], T0 + HOUR)
    assert soon["first_response"][0].state == "not_applicable"
    late = board([*log, Event(T0 + 9 * HOUR, 3, "state", to="closed")], T0 + 9 * HOUR)
    assert late["first_response"][0].state == "missed"


def test_change_that_makes_a_due_past_is_a_breach_at_the_change() -> None:
    at = T0 + 6 * HOUR
    log = [*opening(tier="C"), Event(at, 3, "facts", facts=Facts(tier="A"))]
    clock = board(log, at)["first_response"][0]
    assert (clock.cause, clock.breached_at) == ("policy_change", at)


@pytest.mark.req("R-134")
def test_follow_up_is_due_at_the_end_of_the_third_day() -> None:
    log = [*opening(), Event(T0, 3, "delivered")]
    due = board(log, T0)["follow_up"][0].due_at.astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{due:%Y-%m-%d %H:%M}" == "2024-06-06 23:59"


TYPES = (
    "staff_reply",
    "customer_message",
    "progress",
    "state",
    "facts",
    "solution_confirmed",
    "result_fed_back",
)
STATES = ("accepted", "waiting_customer", "waiting_third_party", "resolved", "closed", "executing")
logs = st.lists(
    st.tuples(
        st.integers(0, 600), st.sampled_from(TYPES), st.sampled_from(STATES), st.sampled_from("ABC")
    ),
    max_size=12,
)


def events_of(entries: list[tuple[int, str, str, str]]) -> list[Event]:
    """A generated log in order of time."""
    found = opening(tier="B", kind="after_sales")
    at = T0
    for seq, (step, name, state, tier) in enumerate(entries, 3):
        at += timedelta(minutes=step)
        facts = Facts(kind="after_sales", tier=tier) if name == "facts" else None
        found.append(Event(at, seq, name, to=state if name == "state" else None, facts=facts))
    return found


@given(logs)
@settings(max_examples=150, deadline=None)
def test_every_prefix_tells_the_same_past(entries: list[tuple[int, str, str, str]]) -> None:
    log = events_of(entries)
    whole = board(log, log[-1].at)
    for end in range(2, len(log)):
        if log[end].at == log[end - 1].at:
            continue
        part = board(log[:end], log[end - 1].at)
        assert part == board(log, log[end - 1].at)
        for kind, cycles in part.items():
            for cycle in cycles:
                if cycle.stopped_at is not None and kind != "resolution":
                    assert whole[kind][cycle.cycle - 1] == cycle


@given(logs)
@settings(max_examples=150, deadline=None)
def test_ended_tickets_have_no_running_clock_and_sums_fit(
    entries: list[tuple[int, str, str, str]],
) -> None:
    log = events_of(entries)
    last = log[-1].at + HOUR
    clocks = board([*log, Event(last, 999, "state", to="closed")], last)
    assert not [c for kind in clocks.values() for c in kind if c.state in ("running", "paused")]
    for cycles in clocks.values():
        for cycle in cycles:
            counted = sum(s for *_, kind, s in cycle.segments if kind == "counted")
            assert counted == pytest.approx(cycle.used_s)
            if cycle.state == "met":
                assert cycle.stopped_at <= cycle.stored_due_at


# JSON lines


def named(name: str) -> Calendar:
    """No calendar is kept here."""
    raise ValidationError(__import__("crm_tui.domain.msg", fromlist=["msg"]).msg("none"))


def evaluated(obj: Mapping[str, Any]) -> Any:
    """The clocks of one line."""
    return evaluate_line(obj, named)["clocks"]


def at(hour: int, minute: int = 0, day: int = 3) -> str:
    """A time in June 2024 in Shanghai."""
    return f"2024-06-{day:02d}T{hour:02d}:{minute:02d}:00+08:00"


def test_compute_answers_in_the_calendars_offset() -> None:
    line = {"id": 7, "timezone": "Asia/Shanghai", "hours": WEEK, "start": at(15, day=7)}
    assert compute_line({**line, "op": "add_business_minutes", "amount": 300}, named) == {
        "id": 7,
        "result": at(11, day=10),
    }
    assert compute_line(
        {**line, "op": "business_minutes_between", "end": at(10, 30, 10)}, named
    ) == {
        "id": 7,
        "result": 270,
        "result_s": 16200,
    }
    assert compute_line({**line, "op": "add_business_minutes", "amount_s": -3600.5}, named)[
        "result"
    ].startswith("2024-06-07T13:59:59.5")
    days = {**line, "op": "add_business_days", "amount": 2, "end_of_day": True}
    assert compute_line(days, named)["result"] == at(18, day=11)


def test_evaluate_pauses_reopens_and_keeps_the_worst_cycle() -> None:
    line = {
        "id": 1,
        "calendar": {"timezone": "Asia/Shanghai", "hours": WEEK},
        "targets": {"first_response": 240, "next_response": 60, "resolution": 600},
        "events": [
            {"at": at(9), "type": "created", "state": "open"},
            {"at": at(10), "type": "staff_reply"},
            {"at": at(11), "type": "customer_message"},
            {"at": at(12), "type": "staff_reply"},
            {"at": at(13), "type": "customer_message"},
            {"at": at(13, 10), "type": "staff_reply"},
            {"at": at(14), "type": "state", "to": "waiting_customer"},
            {"at": at(16), "type": "state", "to": "resolved"},
            {"at": at(9, day=4), "type": "state", "to": "open"},
        ],
        "now": at(10, day=4),
    }
    clocks = evaluated(line)
    assert clocks["first_response"]["state"] == "met"
    assert clocks["next_response"]["used_minutes"] == 60
    assert [c["state"] for c in clocks["next_response"]["cycles"]] == ["met", "met"]
    resolution = clocks["resolution"]
    assert (resolution["used_minutes"], resolution["paused_minutes"]) == (360, 240)
    assert resolution["due"] == at(14, day=4)


def test_switches_and_priorities() -> None:
    events = [
        {"at": at(9), "type": "created", "priority": "low"},
        {"at": at(10), "type": "priority", "to": "urgent"},
        {"at": at(11), "type": "state", "to": "closed"},
    ]
    line: dict[str, Any] = {
        "targets": {"first_response": 600},
        "priority_targets": {"urgent": {"first_response": 30}},
        "events": events,
    }
    assert evaluated(line)["first_response"]["late_minutes"] == 90
    counts = {
        **line,
        "priority_targets": {},
        "switches": {"resolve_counts_as_first_response": True},
    }
    assert evaluated(counts)["first_response"]["state"] == "met"
    none = {**line, "applies_to_priorities": ["vip"]}
    assert evaluated(none)["first_response"]["state"] == "not_applicable"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "start",
                        "op",
                        "hours",
                        "timezone",
                        "events",
                        "at",
                        "type",
                        "targets",
                        "amount",
                        "calendar",
                        "switches",
                        "now",
                    ]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_line_gets_an_answer(value: Any) -> None:
    for handler in (compute_line, evaluate_line):
        lines = list(run_lines([json.dumps(value), "{", ""], lambda o, h=handler: h(o, named)))  # type: ignore[misc]
        assert len(lines) == 2
        assert all(isinstance(json.loads(text), dict) for text, _ in lines)


def test_error_lines_carry_code_and_id() -> None:
    ((text, good),) = run_lines(['{"id": 3, "op": "fly"}'], lambda o: compute_line(o, named))
    assert not good
    assert json.loads(text)["id"] == 3
    with pytest.raises(DomainError):
        evaluate_line({"targets": {"first_response": -5}, "events": []}, named)
