"""Edges of the rules: every branch against values worked out by hand (sla.md 1 to 3)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_tui.domain import dates, filters, money, routing
from crm_tui.domain.business_time import (
    Calendar,
    add_days,
    add_months,
    day_from,
    frames_from,
    local_instant,
)
from crm_tui.domain.clock_words import explain
from crm_tui.domain.clocks import Event, evaluate
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.filters import FilterError, Key, KeyKind
from crm_tui.domain.policy import (
    Basis,
    ClockKind,
    Facts,
    PolicyBook,
    PolicyLine,
    Switches,
    default_policy_book,
)
from crm_tui.domain.sla_json import compute_line, evaluate_line
from crm_tui.domain.text import cell_width, cut
from crm_tui.domain.workflow import CATEGORIES

SHANGHAI = ZoneInfo("Asia/Shanghai")
T0 = datetime(2024, 6, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = Calendar.from_data({"timezone": "Asia/Shanghai", "hours": WEEK})


def local(text: str) -> datetime:
    """A wall-clock time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def code(error: pytest.ExceptionInfo[DomainError]) -> str:
    """The code of what was raised."""
    return error.value.code


class TestBusinessTime:
    def test_a_frame_bound_in_a_short_gap_is_the_instant_of_the_change(self) -> None:
        # Lord Howe Island leaps by half an hour, from 02:00 to 02:30.
        zone = ZoneInfo("Australia/Lord_Howe")
        found = local_instant(date(2024, 10, 6), 2 * 60 + 10, zone)
        assert found == datetime(2024, 10, 5, 15, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "data",
        [
            [],
            {"hours": WEEK, "holidays": "2024-06-10"},
            {"hours": WEEK, "holidays": {"2024-06-10": 1}},
            {"hours": WEEK, "overrides": ["2024-06-10"]},
            {"hours": {"mon": "09:00"}},
            {"hours": {"mon": ["09:00"]}},
            {"hours": {"mon": [["09:00", "10:00", "11:00"]]}},
            {"hours": WEEK, "timezone": 8},
        ],
    )
    def test_shapes_that_are_no_calendar(self, data: Any) -> None:
        with pytest.raises(ValidationError):
            Calendar.from_data(data)

    def test_frames_that_meet_in_a_clock_change_are_one(self) -> None:
        # On the day the clocks go forward 02:00 and 03:00 are the same instant.
        berlin = Calendar.from_data(
            {
                "timezone": "Europe/Berlin",
                "hours": {"sun": [["00:00", "02:00"], ["03:00", "04:00"]]},
            }
        )
        spans = berlin.spans(date(2024, 3, 31))
        assert spans == (
            (datetime(2024, 3, 30, 23, tzinfo=UTC), datetime(2024, 3, 31, 2, tzinfo=UTC)),
        )

    def test_a_frame_inside_a_clock_change_is_none(self) -> None:
        # On 2024-03-31 there is no time between 02:00 and 03:00 in Berlin.
        berlin = Calendar.from_data(
            {
                "timezone": "Europe/Berlin",
                "hours": {"sun": [["02:10", "02:50"], ["08:00", "09:00"]]},
            }
        )
        assert len(berlin.spans(date(2024, 3, 31))) == 1
        assert len(berlin.spans(date(2024, 4, 7))) == 2

    def test_times_of_day(self) -> None:
        for wrong in ("9", "09:60", "25:00", "09:00:30", "٠٩:٠٠", 9):
            with pytest.raises(ValidationError):
                Calendar.from_data({"hours": {"mon": [[wrong, "24:00"]]}})
        assert Calendar.from_data({"hours": {"mon": [["09:00:00", "24:00"]]}}).is_working_day(
            date(2024, 6, 3)
        )

    def test_next_open(self) -> None:
        assert OFFICE.next_open(local("2024-06-08T12:00")) == local("2024-06-10T09:00")
        assert OFFICE.next_open(local("2024-06-07T12:00")) == local("2024-06-07T12:00")
        assert Calendar.always().next_open(T0) == T0
        assert OFFICE.add(local("2024-06-07T19:00"), timedelta(0)) == local("2024-06-10T09:00")

    def test_backwards_is_the_negative(self) -> None:
        early, late = local("2024-06-07T17:00"), local("2024-06-10T10:00")
        assert OFFICE.between(late, early) == -2 * HOUR == -OFFICE.between(early, late)

    @pytest.mark.parametrize("calendar", [OFFICE, Calendar.always()])
    def test_no_time_beyond_the_calendar(self, calendar: Calendar) -> None:
        year = timedelta(days=400)
        for start, amount in (
            (T0, timedelta(days=4_000_000)),
            (datetime(9999, 12, 1, tzinfo=UTC), year),
            (datetime(1, 2, 1, tzinfo=UTC), -year),
        ):
            with pytest.raises(ValidationError) as refused:
                calendar.add(start, amount)
            assert code(refused) == "out_of_range"

    def test_spans_and_days_at_the_edge_of_time(self) -> None:
        edge = datetime(1, 1, 1, tzinfo=UTC)
        for end in (T0, edge + HOUR):
            with pytest.raises(ValidationError) as refused:
                list(OFFICE.open_intervals(edge, end))
            assert code(refused) == "out_of_range"
        for days in (10_000_000, -10_000_000):
            with pytest.raises(ValidationError) as refused:
                OFFICE.add_working_days(T0, days)
            assert code(refused) == "out_of_range"
        with pytest.raises(ValidationError) as refused:
            OFFICE.add_working_days(datetime(9999, 12, 20, tzinfo=UTC), 30)
        assert code(refused) == "out_of_range"
        with pytest.raises(ValidationError) as refused:
            add_days(datetime(9999, 12, 20, tzinfo=UTC), 30, SHANGHAI)
        assert code(refused) == "out_of_range"

    def test_a_calendar_of_one_day_ends(self) -> None:
        once = Calendar.from_data(
            {"timezone": "UTC", "hours": {}, "overrides": {"2024-06-03": [["01:00", "02:00"]]}}
        )
        assert once.add(T0, HOUR) == T0 + HOUR
        for amount in (2 * HOUR, -HOUR):
            with pytest.raises(DomainError) as refused:
                once.add(T0, amount)
            assert code(refused) == "no_working_time"
        with pytest.raises(DomainError) as refused:
            once.add_working_days(T0, 1)
        assert code(refused) == "no_working_time"

    def test_many_days_are_not_all_kept(self) -> None:
        calendar = Calendar.from_data({"timezone": "UTC", "hours": WEEK})
        total = calendar.between(datetime(1960, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
        assert total > timedelta(0)
        assert len(calendar._spans) <= 20_001

    def test_working_days_keep_the_time_or_take_the_closing(self) -> None:
        start = local("2024-06-07T15:00")
        assert OFFICE.add_working_days(start, 2) == local("2024-06-11T15:00")
        assert OFFICE.add_working_days(start, -1) == local("2024-06-06T15:00")
        assert OFFICE.add_working_days(local("2024-06-08T15:00"), 0) == local("2024-06-10T15:00")
        assert OFFICE.add_working_days(start, 2, end_of_day=True) == local("2024-06-11T18:00")

    def test_days_and_frames_as_objects(self) -> None:
        assert day_from(date(2024, 6, 3), "holidays") == date(2024, 6, 3)
        assert frames_from(None, "hours") == []

    def test_months_keep_the_day_or_clamp_to_the_end(self) -> None:
        assert add_months(local("2024-01-31T10:00"), 1, SHANGHAI) == local("2024-02-29T10:00")
        assert add_months(local("2024-03-31T10:00"), -1, SHANGHAI) == local("2024-02-29T10:00")
        assert add_months(local("2024-11-15T10:00"), 3, SHANGHAI) == local("2025-02-15T10:00")
        with pytest.raises(ValidationError):
            add_months(T0, 100_000, SHANGHAI)
        assert add_days(local("2024-02-28T10:00"), 2, SHANGHAI) == local("2024-03-01T10:00")


def board(
    events: list[Event],
    now: datetime,
    *lines: PolicyLine,
    switches: Switches | None = None,
    later: PolicyBook | None = None,
) -> Any:
    """The clocks of a log under a policy of these lines."""
    first = PolicyBook(1, lines, switches or Switches())
    books = {1: first, 2: later or first}
    return evaluate(
        events,
        books=lambda version: books[version],
        calendars=lambda name, at: OFFICE,
        categories={str(s): str(c) for s, c in CATEGORIES.items()},
        now=now,
    )


def line(clock: ClockKind, hours: float, **more: Any) -> PolicyLine:
    """A limit in hours of the clock's own time."""
    return PolicyLine(str(clock), clock, more.pop("basis", Basis.ELAPSED), hours * 3600, **more)


def made(**more: Any) -> Event:
    """The creation of a ticket."""
    given = {"facts": Facts(tier="C", kind="complaint"), "policy_version": 1, **more}
    return Event(T0, 0, "created", **given)


K = ClockKind


class TestClocks:
    def test_next_due_is_the_earliest_of_the_running(self) -> None:
        found = board([made()], T0, line(K.FIRST_RESPONSE, 4), line(K.RESOLUTION, 2))
        assert found.next_due.kind is K.RESOLUTION
        assert (found.next_due.remaining_s, found.next_due.line_id) == (7200, "resolution")
        assert board([made()], T0).next_due is None

    def test_a_pinned_due_does_not_move(self) -> None:
        pinned = T0 + 9 * HOUR
        events = [
            made(),
            Event(T0 + HOUR, 1, "due_pinned", clock="resolution", due=pinned),
            Event(T0 + HOUR, 2, "due_pinned", clock="approval", due=pinned),
            Event(T0 + HOUR, 3, "due_pinned"),
            Event(T0 + 2 * HOUR, 4, "state", to="waiting_customer"),
            Event(T0 + 5 * HOUR, 5, "state", to="accepted"),
        ]
        cycle = board(events, T0 + 6 * HOUR, line(K.RESOLUTION, 4)).clocks[K.RESOLUTION][-1]
        assert (cycle.due_at, cycle.pinned, cycle.target_s) == (pinned, True, 9 * 3600)
        assert any("pinned" in s.msgid for s in explain(cycle))
        assert "chosen for Tier C, Complaint, Normal, -" in map(str, explain(cycle))

    def test_limits_in_months_and_calendar_days(self) -> None:
        months = PolicyLine("m", K.RESOLUTION, Basis.MONTHS, 1, calendar="x")
        days = PolicyLine("d", K.FIRST_RESPONSE, Basis.CALENDAR_DAYS, 3, end_of_day=True)
        clocks = board([made()], T0, months, days).clocks
        assert clocks[K.RESOLUTION][0].due_at == local("2024-07-03T09:00")
        # Without a calendar of its own the day ends in UTC.
        assert clocks[K.FIRST_RESPONSE][0].due_at == datetime(2024, 6, 6, 23, 59, tzinfo=UTC)
        assert clocks[K.RESOLUTION][0].warn_at is not None

    def test_a_warning_counts_back_in_the_clocks_own_time(self) -> None:
        working = line(
            K.RESOLUTION, 10, basis=Basis.WORKING, calendar="x", warn_before_s=2 * 3600.0
        )
        found = board([made()], T0, working).clocks[K.RESOLUTION][0]
        # Monday 09:00 and ten working hours: Tuesday 10:00; two hours before it is Monday 17:00.
        assert found.due_at == local("2024-06-04T10:00")
        assert found.warn_at == local("2024-06-03T17:00")
        long = line(K.RESOLUTION, 1, warn_before_s=7 * 3600.0)
        assert board([made()], T0, long).clocks[K.RESOLUTION][0].warn_at == T0
        at_once = line(K.RESOLUTION, 1, warn_before_s=0.0)
        assert board([made()], T0, at_once).clocks[K.RESOLUTION][0].warn_at == T0 + HOUR

    def test_a_warning_counts_back_over_a_pause(self) -> None:
        events = [
            made(),
            Event(T0 + HOUR, 1, "state", to="waiting_customer"),
            Event(T0 + 5 * HOUR, 2, "state", to="accepted"),
        ]
        limit = line(K.RESOLUTION, 2, warn_before_s=1.5 * 3600)
        found = board(events, T0 + 5 * HOUR, limit).clocks[K.RESOLUTION][0]
        assert found.due_at == T0 + 6 * HOUR
        assert found.warn_at == T0 + HOUR / 2

    def test_while_paused_there_is_neither_due_nor_warning(self) -> None:
        events = [made(), Event(T0 + HOUR, 1, "state", to="waiting_customer")]
        found = board(events, T0 + 3 * HOUR, line(K.RESOLUTION, 2)).clocks[K.RESOLUTION][0]
        assert (found.state, found.due_at, found.warn_at) == ("paused", None, None)
        assert found.used_s == 3600

    def test_a_limit_of_nothing_is_due_when_it_first_counts(self) -> None:
        events = [
            made(),
            Event(T0, 1, "state", to="waiting_customer"),
            Event(T0 + HOUR, 2, "state", to="accepted"),
        ]
        found = board(events, T0 + HOUR, line(K.RESOLUTION, 0)).clocks[K.RESOLUTION][0]
        assert found.stored_due_at == T0 + HOUR

    def test_a_limit_of_nothing_is_due_at_the_start(self) -> None:
        events = [
            made(),
            Event(T0 + HOUR, 1, "state", to="waiting_customer"),
            Event(T0 + 2 * HOUR, 2, "state", to="accepted"),
        ]
        found = board(events, T0 + 3 * HOUR, line(K.RESOLUTION, 0)).clocks[K.RESOLUTION][0]
        assert (found.stored_due_at, found.late_s) == (T0, 2 * 3600)

    def test_a_pause_after_the_due_does_not_move_the_warning(self) -> None:
        events = [
            made(),
            Event(T0 + 2 * HOUR, 1, "state", to="waiting_customer"),
            Event(T0 + 3 * HOUR, 2, "state", to="accepted"),
        ]
        limit = line(K.RESOLUTION, 1, warn_before_s=1800.0)
        found = board(events, T0 + 3 * HOUR, limit).clocks[K.RESOLUTION][0]
        assert (found.due_at, found.warn_at) == (T0 + HOUR, T0 + HOUR / 2)

    def test_a_limit_of_nothing_waits_for_the_opening(self) -> None:
        start = local("2024-06-08T10:00")
        events = [
            Event(start, 0, "created", facts=Facts(tier="C"), policy_version=1),
            Event(start + HOUR, 1, "state", to="waiting_customer"),
            Event(start + 2 * HOUR, 2, "state", to="accepted"),
        ]
        zero = line(K.RESOLUTION, 0, basis=Basis.WORKING, calendar="x")
        found = board(events, start + 3 * HOUR, zero).clocks[K.RESOLUTION][0]
        assert found.stored_due_at == local("2024-06-10T09:00")

    def test_explanations_of_paused_and_reopened_clocks(self) -> None:
        events = [
            made(),
            Event(T0, 1, "registered"),
            Event(T0 + HOUR, 2, "state", to="resolved"),
            Event(T0 + 2 * HOUR, 3, "state", to="accepted"),
        ]
        found = board(events, T0 + 3 * HOUR, line(K.PROGRESS, 72), line(K.RESOLUTION, 4)).clocks
        assert [c.started_at for c in found[K.PROGRESS]] == [T0, T0 + 2 * HOUR]
        assert found[K.RESOLUTION][0].used_s == 2 * 3600
        # Without a limit for the resolution the reopening has only the progress to start again.
        bare = board(events, T0 + 3 * HOUR, line(K.FIRST_RESPONSE, 4)).clocks
        assert K.PROGRESS not in bare or not bare[K.PROGRESS]
        months = PolicyLine("m", K.RESOLUTION, Basis.MONTHS, 1, calendar="x")
        paused = [made(), Event(T0 + HOUR, 1, "state", to="waiting_customer")]
        waiting = line(K.RESOLUTION, 0)
        cycle = board(
            [made(), Event(T0, 1, "state", to="waiting_customer")], T0 + HOUR, waiting
        ).clocks[K.RESOLUTION][0]
        assert explain(cycle)
        assert explain(board(paused, T0 + 2 * HOUR, months).clocks[K.RESOLUTION][0])

    def test_a_log_may_say_nothing_of_facts_and_policy(self) -> None:
        found = board([Event(T0, 0, "created")], T0, line(K.RESOLUTION, 4))
        assert found.clocks[K.RESOLUTION][0].due_at == T0 + 4 * HOUR

    def test_a_limit_taken_away_cancels_the_clock(self) -> None:
        urgent = line(K.RESOLUTION, 4, urgencies=frozenset({"urgent"}))
        events = [
            made(facts=Facts(tier="C", urgency="urgent")),
            Event(T0 + HOUR, 1, "facts", facts=Facts(tier="C", urgency="low"), policy_version=1),
        ]
        found = board(events, T0 + 2 * HOUR, urgent).clocks[K.RESOLUTION][0]
        assert (found.state, found.stopped_at, found.due_at) == ("cancelled", T0 + HOUR, None)
        assert "no limit" in explain(found)[0].msgid

    def test_a_tighter_policy_breaches_at_the_change(self) -> None:
        events = [
            made(),
            Event(T0 + 3 * HOUR, 1, "facts", facts=Facts(tier="A"), policy_version=2),
        ]
        tight = PolicyBook(2, (line(K.RESOLUTION, 1),), Switches())
        found = board(events, T0 + 4 * HOUR, line(K.RESOLUTION, 9), later=tight)
        cycle = found.clocks[K.RESOLUTION][0]
        assert (cycle.cause, cycle.breached_at) == ("policy_change", T0 + 3 * HOUR)
        assert any("chosen again" in s.msgid for s in explain(cycle))

    def test_becoming_urgent_starts_the_acknowledgement(self) -> None:
        urgent = line(K.ACKNOWLEDGE, 1, urgencies=frozenset({"urgent"}))
        events = [
            made(),
            Event(T0, 1, "registered"),
            Event(T0 + HOUR, 2, "facts", facts=Facts(urgency="urgent"), policy_version=1),
            Event(T0 + HOUR, 3, "facts", facts=Facts(urgency="urgent"), policy_version=1),
        ]
        cycles = board(events, T0 + HOUR, urgent).clocks[K.ACKNOWLEDGE]
        assert [c.due_at for c in cycles] == [T0 + 2 * HOUR]

    def test_clocks_may_begin_when_the_policy_is_attached(self) -> None:
        lines = (line(K.FIRST_RESPONSE, 4), line(K.REGISTRATION, 1), line(K.DISPATCH, 2))
        late = Switches(start="attached")
        events = [made(), Event(T0 + HOUR, 1, "registered")]
        assert not board(events, T0 + HOUR, *lines, switches=late).clocks
        events += [Event(T0 + 2 * HOUR, 2, "attached"), Event(T0 + 3 * HOUR, 3, "attached")]
        clocks = board(events, T0 + 3 * HOUR, *lines, switches=late).clocks
        assert clocks[K.FIRST_RESPONSE][0].due_at == T0 + 6 * HOUR
        assert clocks[K.DISPATCH][0].due_at == T0 + 4 * HOUR
        assert clocks[K.REGISTRATION][0].state == "met"

    def test_reopening_before_the_attaching_starts_nothing(self) -> None:
        events = [
            made(),
            Event(T0 + HOUR, 1, "state", to="resolved"),
            Event(T0 + 2 * HOUR, 2, "state", to="accepted"),
        ]
        lines = (line(K.RESOLUTION, 4), line(K.PROGRESS, 72))
        found = board(events, T0 + 3 * HOUR, *lines, switches=Switches(start="attached"))
        assert not any(found.clocks.values())

    def test_an_answer_before_the_attaching_needs_no_first_response(self) -> None:
        events = [
            made(),
            Event(T0 + HOUR, 1, "staff_reply"),
            Event(T0 + 2 * HOUR, 2, "attached"),
        ]
        clocks = board(
            events, T0 + 3 * HOUR, line(K.FIRST_RESPONSE, 4), switches=Switches(start="attached")
        ).clocks
        assert not clocks.get(K.FIRST_RESPONSE)

    def test_the_opening_may_count_as_an_unanswered_message(self) -> None:
        counts = Switches(next_response_counts_opening=True)
        found = board([made()], T0, line(K.NEXT_RESPONSE, 2), switches=counts)
        assert found.clocks[K.NEXT_RESPONSE][0].due_at == T0 + 2 * HOUR
        assert not board([made()], T0, line(K.NEXT_RESPONSE, 2)).clocks.get(K.NEXT_RESPONSE)

    def test_automatic_messages_of_a_customer_start_nothing(self) -> None:
        events = [
            made(),
            Event(T0 + HOUR, 1, "staff_reply"),
            Event(T0 + 2 * HOUR, 2, "customer_message", automatic=True),
        ]
        found = board(events, T0 + 3 * HOUR, line(K.NEXT_RESPONSE, 2))
        assert not found.clocks.get(K.NEXT_RESPONSE)

    @pytest.mark.parametrize("end", ["merged", "cancelled"])
    def test_what_has_gone_counts_no_longer(self, end: str) -> None:
        for event in (Event(T0 + HOUR, 1, end), Event(T0 + HOUR, 1, "state", to=end)):
            events = [made(), event, Event(T0 + 2 * HOUR, 2, "staff_reply")]
            cycle = board(events, T0 + 9 * HOUR, line(K.FIRST_RESPONSE, 4)).clocks[
                K.FIRST_RESPONSE
            ][0]
            assert (cycle.state, cycle.stopped_at) == ("cancelled", T0 + HOUR)

    @pytest.mark.req("R-134")
    def test_delivery_after_the_end_still_owes_its_call(self) -> None:
        call = PolicyLine("f", K.FOLLOW_UP, Basis.CALENDAR_DAYS, 3, end_of_day=True, calendar="x")
        events = [
            made(nodes=True),
            Event(T0 + HOUR, 1, "state", to="closed"),
            Event(T0 + 2 * HOUR, 2, "delivered"),
            Event(T0 + 3 * HOUR, 3, "delivered"),
        ]
        cycles = board(events, T0 + 4 * HOUR, call).clocks[K.FOLLOW_UP]
        assert [c.due_at for c in cycles] == [local("2024-06-06T23:59")]

    def test_a_breach_by_a_change_keeps_its_moment(self) -> None:
        tiers = (
            line(K.RESOLUTION, 9, tiers=frozenset("C")),
            PolicyLine("a", K.RESOLUTION, Basis.ELAPSED, 2 * 3600, tiers=frozenset("A")),
        )
        events = [
            made(),
            Event(T0 + 3 * HOUR, 1, "facts", facts=Facts(tier="A", kind="complaint")),
            Event(T0 + 5 * HOUR, 2, "facts", facts=Facts(tier="A", kind="praise")),
            Event(T0 + 6 * HOUR, 3, "facts", facts=Facts(tier="C", kind="praise")),
        ]

        def seen(count: int, hours: int) -> tuple[Any, str]:
            found = board(events[:count], T0 + hours * HOUR, *tiers).clocks[K.RESOLUTION][0]
            return found.breached_at, found.cause

        assert seen(2, 4) == (T0 + 3 * HOUR, "policy_change")
        # A further change of something else does not breach it again.
        assert seen(3, 6) == (T0 + 3 * HOUR, "policy_change")
        # A longer limit takes the breach back; running out of that one is nobody's change.
        assert seen(4, 7) == (None, "")
        assert seen(4, 10) == (T0 + 9 * HOUR, "")

    def test_a_change_while_paused_breaches_nothing_that_has_time_left(self) -> None:
        events = [
            made(),
            Event(T0 + HOUR, 1, "state", to="waiting_customer"),
            Event(T0 + 5 * HOUR, 2, "facts", facts=Facts(tier="A")),
            Event(T0 + 6 * HOUR, 3, "state", to="accepted"),
        ]
        cycle = board(events, T0 + 9 * HOUR, line(K.RESOLUTION, 3)).clocks[K.RESOLUTION][0]
        assert (cycle.due_at, cycle.breached_at, cycle.cause) == (T0 + 8 * HOUR, T0 + 8 * HOUR, "")

    def test_a_clock_that_ran_out_while_waiting_is_late_by_its_own_time(self) -> None:
        events = [
            made(),
            Event(T0 + 3 * HOUR, 1, "state", to="waiting_customer"),
            Event(T0 + 6 * HOUR, 2, "state", to="accepted"),
            Event(T0 + 7 * HOUR, 3, "state", to="resolved"),
        ]
        cycle = board(events, T0 + 8 * HOUR, line(K.RESOLUTION, 2)).clocks[K.RESOLUTION][0]
        assert (cycle.state, cycle.late_s, cycle.used_s) == ("missed", 2 * 3600, 4 * 3600)


class TestPolicy:
    def test_limits_in_words(self) -> None:
        days = PolicyLine("a", K.FOLLOW_UP, Basis.CALENDAR_DAYS, 3)
        months = PolicyLine("b", K.FOLLOW_UP, Basis.MONTHS, 3)
        assert days.limit().msgid == "{count} days"
        assert line(K.PROGRESS, 1.5).limit().params == {"count": 90}
        working = PolicyLine("c", K.PROGRESS, Basis.WORKING, 5400, calendar="x")
        assert working.limit().msgid == "{count} working minutes"
        assert PolicyLine("d", K.DISPATCH, Basis.WORKING_DAYS, 2).limit().params == {"count": 2}
        assert months.limit().msgid == "{count} months to the day"

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": -1},
            {"amount": 1e12},
            {"basis": "calendar_days", "amount": 1.5},
            {"warn_percent": 0},
            {"warn_percent": 101},
            {"basis": "sometimes"},
            {"amount": "soon"},
        ],
    )
    def test_bad_lines_are_refused(self, change: dict[str, Any]) -> None:
        data = default_policy_book().to_data()
        data["lines"][0] |= change
        with pytest.raises(ValidationError):
            PolicyBook.from_data(data)

    def test_two_lines_of_a_name_and_no_version_are_refused(self) -> None:
        data = default_policy_book().to_data()
        data["lines"].append(dict(data["lines"][0]))
        with pytest.raises(ValidationError):
            PolicyBook.from_data(data)
        with pytest.raises(ValidationError):
            PolicyBook.from_data({"lines": []})


def named(name: str) -> Calendar:
    """The calendars that JSON lines may name."""
    return OFFICE


COMPUTE: dict[str, Any] = {
    "hours": WEEK,
    "timezone": "Asia/Shanghai",
    "start": "2024-06-03T09:00:00+08:00",
    "op": "add_business_minutes",
    "amount": 60,
}
EVALUATE: dict[str, Any] = {
    "targets": {"resolution": 120},
    "events": [{"at": "2024-06-03T09:00:00+08:00", "type": "created"}],
    "now": "2024-06-03T10:00:00+08:00",
}
LATER = "2024-06-03T09:30:00+08:00"


class TestJsonLines:
    @pytest.mark.parametrize(
        ("change", "wanted"),
        [
            ({"start": "2024-06-03"}, "bad_time"),
            ({"start": "soon"}, "bad_time"),
            ({"start": "0001-01-01T00:00:00+00:00"}, "out_of_range"),
            ({"amount": "many"}, "bad_number"),
            ({"amount": True}, "bad_number"),
            ({"amount": float("inf")}, "bad_number"),
            ({"amount": 1e15}, "out_of_range"),
            ({"amount_s": 1e15}, "out_of_range"),
            ({"op": "add_business_days", "amount": 1.5}, "bad_number"),
            ({"op": "add_business_days", "amount": 1, "end_of_day": 1}, "invalid"),
            ({"op": "fly"}, "unknown_op"),
        ],
    )
    def test_compute_refuses(self, change: dict[str, Any], wanted: str) -> None:
        with pytest.raises(DomainError) as refused:
            compute_line({**COMPUTE, **change}, named)
        assert code(refused) == wanted

    @pytest.mark.parametrize(
        "change",
        [
            {"switches": {"magic": True}},
            {"switches": {"start": "later"}},
            {"switches": {"next_response_counts_opening": "yes"}},
            {"targets": {"lunch": 5}},
            {"warn_before": {"lunch": 5}},
            {"warn_before": -5},
            {"basis": "sometimes"},
            {"basis": "working"},
            {"events": [{"at": LATER, "type": "staff_reply"}]},
            {"events": [{"at": LATER, "type": "created", "by": "robot"}]},
            {"events": [*EVALUATE["events"], {"at": LATER, "type": "state"}]},
            {"events": [*EVALUATE["events"], {"at": LATER, "type": "sneeze"}]},
            {"events": []},
            {"events": "none"},
            {"targets": []},
        ],
    )
    def test_evaluate_refuses(self, change: dict[str, Any]) -> None:
        with pytest.raises(DomainError):
            evaluate_line({**EVALUATE, **change}, named)

    def clocks(self, **change: Any) -> Any:
        """The clocks of the changed line."""
        return evaluate_line({**EVALUATE, **change}, named)["clocks"]

    def test_warnings_for_all_clocks_or_for_one(self) -> None:
        due = datetime.fromisoformat("2024-06-03T11:00:00+08:00")
        for warn in (30, {"resolution": 30, "first_response": None}):
            found = self.clocks(warn_before=warn)["resolution"]
            assert datetime.fromisoformat(found["warn_at"]) == due - timedelta(minutes=30)

    def test_basis_may_be_elapsed_in_spite_of_a_calendar(self) -> None:
        given = {"hours": WEEK, "timezone": "Asia/Shanghai"}
        start = [{"at": "2024-06-08T09:00:00+08:00", "type": "created"}]
        elapsed = self.clocks(calendar=given, basis="elapsed", events=start, now=start[0]["at"])
        assert elapsed["resolution"]["due"] == "2024-06-08T11:00:00+08:00"
        working = self.clocks(calendar=given, events=start, now=start[0]["at"])
        assert working["resolution"]["due"] == "2024-06-10T11:00:00+08:00"

    def test_a_target_of_null_is_no_clock(self) -> None:
        assert "first_response" not in self.clocks(
            targets={"resolution": 60, "first_response": None}
        )

    def test_a_policy_event_changes_targets_and_calendar(self) -> None:
        change = {
            "at": LATER,
            "type": "policy",
            "targets": {"resolution": 600},
            "calendar": {"hours": WEEK, "timezone": "Asia/Shanghai"},
        }
        found = self.clocks(events=[*EVALUATE["events"], change])["resolution"]
        # Ten working hours from Monday 09:00 end on Tuesday at 10:00.
        assert found["due"] == "2024-06-04T10:00:00+08:00"
        plain = {"at": LATER, "type": "policy"}
        kept = self.clocks(events=[*EVALUATE["events"], plain])["resolution"]
        assert kept["due"] == "2024-06-03T11:00:00+08:00"
        elapsed = self.clocks(events=[*EVALUATE["events"], change], basis="elapsed")["resolution"]
        assert elapsed["due"] == "2024-06-03T19:00:00+08:00"

    def test_progress_and_ends_are_events(self) -> None:
        gone = [*EVALUATE["events"], {"at": LATER, "type": "cancelled"}]
        assert self.clocks(events=gone)["resolution"]["state"] == "cancelled"
        told = [*EVALUATE["events"], {"at": LATER, "type": "progress"}]
        assert self.clocks(events=told)["resolution"]["state"] == "running"

    def test_automatic_replies_tell_nothing(self) -> None:
        events = [*EVALUATE["events"], {"at": LATER, "type": "staff_reply", "automatic": True}]
        found = self.clocks(events=events, targets={"first_response": 60})["first_response"]
        assert found["state"] == "running"

    def test_events_may_come_in_any_order(self) -> None:
        events = [{"at": LATER, "type": "staff_reply"}, *EVALUATE["events"]]
        found = self.clocks(events=events, targets={"first_response": 60})["first_response"]
        assert (found["state"], found["used_minutes"]) == ("met", 30)


NOW = local("2024-06-03T10:00")


class TestDates:
    @pytest.mark.parametrize(
        ("typed", "wanted"),
        [
            ("eod", time(18, 0)),
            ("下班", time(18, 0)),
            ("十点", time(10, 0)),
            ("十一点半", time(11, 30)),
            ("两点十分", None),
            ("12am", time(0, 0)),
            ("12pm", time(12, 0)),
            ("晚上8点", time(20, 0)),
            ("25:00", None),
            ("9:61", None),
            ("二十五点", None),
            ("9", None),
        ],
    )
    def test_times(self, typed: str, wanted: time | None) -> None:
        assert dates.time_of(typed) == wanted

    def test_bare_times_and_working_days(self) -> None:
        zone = "Asia/Shanghai"
        assert dates.resolve("14:00", NOW, zone) == local("2024-06-03T14:00")
        assert dates.resolve("14:00", NOW, zone, past=True) == local("2024-06-02T14:00")
        assert dates.resolve("9:00", NOW, zone, past=True) == local("2024-06-03T09:00")
        assert dates.resolve("+3bd", NOW, zone, OFFICE) == local("2024-06-06T10:00")
        with pytest.raises(ValidationError):
            dates.resolve("+3bd", NOW, zone)
        assert dates.resolve("2024-06-05 14:00", NOW, zone) == local("2024-06-05T14:00")
        assert dates.resolve("2024-06-05T14:00+00:00", NOW, zone) == datetime(
            2024, 6, 5, 14, tzinfo=UTC
        )
        assert dates.resolve("2024-06-05", NOW, zone) == local("2024-06-05T18:00")
        with pytest.raises(ValidationError):
            dates.resolve("tomorrow 99:99", NOW, zone)
        with pytest.raises(ValidationError):
            dates.resolve("+99999999d", NOW, zone)


KEYS = {
    k.name: k
    for k in (
        Key("n", KeyKind.NUMBER),
        Key("b", KeyKind.BOOL),
        Key("t", KeyKind.TEXT),
        Key("d", KeyKind.DATE),
        Key("s", KeyKind.DURATION),
        Key("e", KeyKind.ENUM, {"a": ()}),
    )
}


class TestFilters:
    @pytest.mark.parametrize(
        "typed",
        [
            "x" * 2001,
            " ".join(["x"] * 51),
            "t:",
            "t:,",
            't:""',
            "b:maybe",
            "n:many",
            "n:..",
            "d:..",
            "s:soon",
            "e:z",
            'n:""',
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place(self, typed: str) -> None:
        with pytest.raises(FilterError) as refused:
            filters.parse(typed, KEYS)
        assert refused.value.length >= 1

    def test_truths_in_both_languages(self) -> None:
        for word, truth in (("是", "yes"), ("no", "no"), ("0", "no"), ("Yes", "yes")):
            assert filters.parse(f"b:{word}", KEYS).terms[0].values[0].text == truth

    def test_completion_of_nothing_known(self) -> None:
        assert filters.complete("zz:x", KEYS) == []
        assert filters.complete("b:", KEYS) == ["b:yes", "b:no"]
        assert filters.complete("-e:", KEYS) == ["-e:a"]


class TestText:
    def test_widths_and_cuts(self) -> None:
        assert cell_width("a\u200bb") == 2
        assert cell_width("e\u0301") == 1
        assert cut("anything", 0) == ""
        assert cut("anything", 1, end="...") == ""
        assert cut("打印机", 5) == "打印…"
        assert cut("打印机", 4) == "打…"

    def test_money_of_one_sign(self) -> None:
        assert money.parse_fen("-¥12.34") == -1234
        with pytest.raises(ValidationError):
            money.parse_fen("-+1")

    def test_rescue_is_urgent(self) -> None:
        assert str(routing.triage(kind="rescue").urgency) == "urgent"
