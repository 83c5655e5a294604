"""The JSON lines as strangers write them: what is left out, null, odd or broken (sla.md 3)."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from crm_tui.domain.business_time import Calendar
from crm_tui.domain.errors import DomainError
from crm_tui.domain.json_lines import run_lines
from crm_tui.domain.sla_json import compute_line, evaluate_line

HOURS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
DESK: dict[str, Any] = {"timezone": "Asia/Shanghai", "hours": HOURS}


def no_calendar(name: str) -> Calendar:
    """Lines that name none do not ask."""
    raise AssertionError(name)


def at(hour: int, minute: int = 0, *, day: int = 3) -> str:
    """A time in June 2024 in Shanghai; the third is a Monday."""
    return f"2024-06-{day:02d}T{hour:02d}:{minute:02d}:00+08:00"


def created(hour: int = 9, **more: Any) -> dict[str, Any]:
    """The creation of the ticket."""
    return {"at": at(hour), "type": "created", **more}


def state(to: str, hour: int, minute: int = 0, *, day: int = 3) -> dict[str, Any]:
    """A change of state."""
    return {"at": at(hour, minute, day=day), "type": "state", "to": to}


def clocks(*events: dict[str, Any], **line: Any) -> Any:
    """The clocks of a log, by default with a resolution of four elapsed hours."""
    return evaluate_line({"targets": {"resolution": 240}, **line, "events": events}, no_calendar)[
        "clocks"
    ]


def computed(**line: Any) -> Any:
    """The result of a computation."""
    return compute_line({**DESK, "id": 1, "start": at(9), **line}, no_calendar)


def code(line: str, handler: Any) -> str:
    """The code of the error that a line brings."""
    ((text, good),) = run_lines([line], lambda obj: handler(obj, no_calendar))
    assert not good
    answer = json.loads(text)
    assert set(answer) == {"id", "error"} and set(answer["error"]) == {"code", "message"}
    return str(answer["error"]["code"])


class TestCompute:
    def test_every_operation_answers_as_described(self) -> None:
        assert computed(op="add_business_minutes", amount=480) == {"id": 1, "result": at(17)}
        assert computed(op="add_business_minutes", amount=480.5)["result"] == (
            "2024-06-04T09:00:30+08:00"
        )
        assert computed(op="add_business_minutes", amount=-30)["result"] == (
            "2024-05-31T16:30:00+08:00"
        )
        assert computed(op="add_business_minutes", amount=0, start=at(18))["result"] == at(9, day=4)
        between = computed(op="business_minutes_between", start=at(10, day=4), end=at(16, 45))
        assert between == {"id": 1, "result": -75, "result_s": -4500}
        assert computed(op="add_business_days", amount=1, end_of_day=True)["result"] == at(
            17, day=4
        )

    def test_an_amount_in_seconds_that_is_null_is_left_out(self) -> None:
        found = computed(op="add_business_minutes", amount=60, amount_s=None)
        assert found["result"] == at(10)

    def test_days_that_move_nowhere_keep_the_second_of_two_equal_hours(self) -> None:
        night = {"timezone": "America/New_York", "hours": {"sun": [["00:00", "06:00"]]}}
        start = "2024-11-03T01:30:00-05:00"
        line = {**night, "op": "add_business_days", "amount": 0, "start": start}
        assert compute_line(line, no_calendar)["result"] == start

    def test_a_day_whose_only_frame_lies_in_a_gap_is_no_working_day(self) -> None:
        line = {
            "timezone": "America/New_York",
            "hours": {"sun": [["02:15", "02:45"]], "tue": [["09:00", "10:00"]]},
            "op": "add_business_days",
            "amount": 1,
            "end_of_day": True,
            "start": "2024-03-08T12:00:00-05:00",
        }
        assert compute_line(line, no_calendar)["result"] == "2024-03-12T10:00:00-04:00"

    def test_a_time_inside_a_gap_is_its_end_to_the_second(self) -> None:
        line = {
            "timezone": "America/New_York",
            "hours": {"sun": [["00:00", "24:00"]], "sat": [["00:00", "24:00"]]},
            "op": "add_business_days",
            "amount": 1,
            "start": "2024-03-09T02:00:00.2-05:00",
        }
        assert compute_line(line, no_calendar)["result"] == "2024-03-10T03:00:00-04:00"

    def test_years_without_work_are_refused(self) -> None:
        mondays = [(date(2024, 1, 1) + timedelta(weeks=n)).isoformat() for n in range(60)]
        weekly = json.dumps({"hours": {"mon": [["09:00", "10:00"]]}, "holidays": mondays})
        assert code(weekly, compute_line) == "no_working_time"
        # The same days off leave the other days of an office, to the end of time.
        office = json.dumps({"hours": HOURS, "holidays": [*mondays, "9999-12-31"]})
        assert code(office, compute_line) == "missing"

    @pytest.mark.parametrize(
        ("line", "wanted"),
        [
            ("{", "bad_json"),
            ("nonsense", "bad_json"),
            ("[]", "invalid"),
            ("null", "invalid"),
            (json.dumps({**DESK, "start": 5}), "bad_time"),
            pytest.param("[" * 100_000, "bad_json", id="never closed"),
            pytest.param('{"start": ' + "[" * 100_000 + "]" * 100_000 + "}", "bad_json", id="deep"),
            (json.dumps({**DESK, "op": "add_business_minutes", "amount": 1}), "missing"),
            (json.dumps({**DESK, "start": at(9), "op": "business_minutes_between"}), "missing"),
            (json.dumps({**DESK, "start": at(9), "op": "add_business_minutes"}), "missing"),
            pytest.param(
                '{"hours": {"mon": [["09:00", "17:00"]]}, "start": "2024-06-03T09:00:00Z",'
                f' "op": "add_business_minutes", "amount": 1{"0" * 400}}}',
                "out_of_range",
                id="beyond floats",
            ),
            (
                json.dumps(
                    {
                        **DESK,
                        "start": "0100-01-01T00:00:00Z",
                        "end": "9000-01-01T00:00:00Z",
                        "op": "business_minutes_between",
                    }
                ),
                "out_of_range",
            ),
        ],
    )
    def test_bad_lines_have_a_code(self, line: str, wanted: str) -> None:
        assert code(line, compute_line) == wanted

    def test_odd_names_of_lines_break_nothing(self) -> None:
        good = {**DESK, "start": at(9), "op": "add_business_minutes", "amount": 1}
        text = json.dumps(good)[1:]
        lines = [
            '{"id": NaN, ' + text,
            '{"id": 1e999, ' + text,
            '{"id": "\\ud800", ' + text,
            '{"id": ' + "[" * 90_000 + "]" * 90_000 + ", " + text,
            '{"id": {"a": [1]}, "version": "new", "name": 5, ' + text,
            "  \n",
            '{"id": "last", "calendar": 5}',
        ]
        answers = list(run_lines(lines, lambda obj: compute_line(obj, no_calendar)))
        names = [json.loads(t)["id"] for t, _ in answers]
        assert names == [None, None, "?", None, {"a": [1]}, "last"]
        assert [good for _, good in answers] == [True, True, True, False, True, False]
        for answer, _ in answers:
            answer.encode("utf-8")

    def test_a_line_nested_too_deeply_to_be_shown_keeps_its_name(self) -> None:
        def handler(obj: Any) -> dict[str, Any]:
            raise RecursionError

        ((text, good),) = run_lines(['{"id": 7}'], handler)
        assert not good
        assert (json.loads(text)["id"], json.loads(text)["error"]["code"]) == (7, "bad_json")


class TestEvaluate:
    def test_due_and_warning_are_null_unless_running(self) -> None:
        events = [created(), state("waiting_customer", 10), state("open", 12)]
        paused = clocks(*events[:2], now=at(11))["resolution"]
        assert (paused["state"], paused["due"], paused["warn_at"]) == ("paused", None, None)
        assert (paused["used_minutes"], paused["paused_minutes"]) == (60, 60)
        running = clocks(*events)["resolution"]
        assert (running["due"], running["warn_at"]) == (at(15), at(14))
        met = clocks(*events, state("closed", 13))["resolution"]
        assert (met["state"], met["due"], met["stopped_at"]) == ("met", None, at(13))

    def test_past_its_due_an_open_clock_runs_on_late(self) -> None:
        late = clocks(created(), now=at(14))["resolution"]
        assert (late["state"], late["due"], late["late_minutes"]) == ("running", at(13), 60)

    def test_met_at_the_due_and_missed_a_second_after(self) -> None:
        after = {"at": "2024-06-03T13:00:01+08:00", "type": "state", "to": "resolved"}
        assert clocks(created(), state("resolved", 13))["resolution"]["state"] == "met"
        missed = clocks(created(), after)["resolution"]
        assert (missed["state"], missed["late_minutes"]) == ("missed", 0.016667)

    def test_the_resolved_time_is_cut_out_after_a_reopen(self) -> None:
        events = [created(), state("resolved", 10), state("open", 15)]
        found = clocks(*events)["resolution"]
        assert (found["state"], found["due"], found["paused_minutes"]) == ("running", at(18), 300)
        kinds = [(s["kind"], s["minutes"]) for s in found["segments"]]
        assert kinds == [("counted", 60), ("paused", 300)]

    def test_a_customers_message_takes_a_ticket_back_to_work(self) -> None:
        message = {"at": at(12), "type": "customer_message"}
        waiting = clocks(created(), state("waiting_customer", 10), message)["resolution"]
        assert (waiting["state"], waiting["due"]) == ("running", at(15))
        targets = {"resolution": 240, "next_response": 60}
        reopened = clocks(created(), state("resolved", 10), message, targets=targets)
        assert (reopened["resolution"]["state"], reopened["resolution"]["due"]) == (
            "running",
            at(15),
        )
        assert reopened["next_response"]["due"] == at(13)
        automatic = {**message, "automatic": True}
        assert clocks(created(), state("resolved", 10), automatic)["resolution"]["state"] == "met"

    def test_a_message_after_a_week_is_for_a_new_ticket(self) -> None:
        targets = {"resolution": 240, "next_response": 60}
        for day, wanted in ((10, "running"), (11, "met")):
            message = {"at": at(10, day=day), "type": "customer_message"}
            found = clocks(created(), state("resolved", 10), message, targets=targets)
            assert found["resolution"]["state"] == wanted
            assert (found["next_response"]["cycles"] == []) == (wanted == "met")

    def test_null_for_a_priority_is_no_clock_for_it(self) -> None:
        none = {"urgent": {"resolution": None}}
        quiet = clocks(created(), priority_targets=none)["resolution"]
        assert quiet["state"] == "running"
        gone = clocks(
            created(), {"at": at(10), "type": "priority", "to": "urgent"}, priority_targets=none
        )["resolution"]
        assert (gone["state"], gone["stopped_at"]) == ("cancelled", at(10))

    def test_a_cancelled_clock_keeps_its_hour_and_comes_back_whole(self) -> None:
        to = [{"at": at(h), "type": "priority", "to": p} for h, p in ((10, "low"), (14, "vip"))]
        reply = {"at": at(12), "type": "staff_reply"}
        only = {"applies_to_priorities": ["vip"], "targets": {"resolution": 600}}
        start = created(priority="vip")
        gone = clocks(start, to[0], reply, **only, now=at(13))["resolution"]
        assert (gone["state"], gone["stopped_at"]) == ("cancelled", at(10))
        back = clocks(start, to[0], reply, to[1], **only)["resolution"]
        assert (back["state"], back["due"]) == ("running", at(19))
        shut = clocks(start, to[0], state("closed", 11), **only)["resolution"]
        assert (shut["state"], shut["stopped_at"]) == ("cancelled", at(10))
        reopened = clocks(start, to[0], state("closed", 11), state("open", 12), **only)
        assert reopened["resolution"]["stopped_at"] == at(10)

    def test_a_policy_does_not_judge_what_had_stopped_without_it(self) -> None:
        policy = {"at": at(12), "type": "policy", "targets": {"first_response": 30}}
        reply = {"at": at(11), "type": "staff_reply"}
        found = clocks(created(), reply, policy, targets={"first_response": None})
        assert found["first_response"]["cycles"] == []

    def test_switches_left_out_or_null_have_their_defaults(self) -> None:
        events = [created(), state("waiting_customer", 10)]
        for given in (None, {}, {"resolution_pauses": None}):
            assert clocks(*events, switches=given)["resolution"]["state"] == "paused"
        runs_on = clocks(*events, switches={"resolution_pauses": False})["resolution"]
        assert runs_on["state"] == "running"

    def test_clocks_of_an_internal_agreement_count_from_its_attachment(self) -> None:
        targets = {"first_response": 60, "resolution": 240, "next_response": 30}
        message = {"at": at(10), "type": "customer_message"}
        attached = {"at": at(11), "type": "attached"}
        inner = {"switches": {"start": "attached"}, "targets": targets}
        assert clocks(created(), message, **inner)["resolution"]["state"] == "not_applicable"
        found = clocks(created(), message, attached, **inner)
        assert found["resolution"]["due"] == at(15)
        assert found["first_response"]["due"] == at(12)
        # Before the first response a message starts no cycle.
        assert found["next_response"]["cycles"] == []
        shut = clocks(created(), state("closed", 10), attached, **inner)
        assert {c["state"] for c in shut.values()} == {"met", "not_applicable"}

    def test_a_ticket_created_closed_has_no_running_clock(self) -> None:
        targets = dict.fromkeys(("first_response", "progress", "resolution"), 60)
        found = clocks(created(state="resolved"), targets=targets, now=at(12))
        assert [c["state"] for c in found.values()] == ["not_applicable", "met", "met"]
        again = clocks(created(state="resolved"), state("open", 11), targets=targets)
        assert [c["state"] for c in again.values()] == ["not_applicable", "running", "running"]

    def test_closed_states_may_have_any_name(self) -> None:
        found = clocks(created(), state("cancelled", 10), closed_states=["cancelled"])
        assert found["resolution"]["state"] == "met"
        waits = clocks(created(), state("merged", 10), pause_states=["merged"])
        assert waits["resolution"]["state"] == "paused"
        assert clocks(created(), pause_states=["open"])["resolution"]["state"] == "paused"

    def test_now_and_priority_may_be_null(self) -> None:
        found = clocks(created(priority=None), now=None, applies_to_priorities=[""])
        assert found["resolution"]["state"] == "running"

    def test_what_comes_after_now_is_not_known_yet(self) -> None:
        found = clocks(created(), state("closed", 12), now=at(10))["resolution"]
        assert (found["state"], found["used_minutes"]) == ("running", 60)

    def test_a_ticket_is_created_once(self) -> None:
        with pytest.raises(DomainError) as refused:
            clocks(created(), created(10))
        assert refused.value.code == "created_twice"

    def test_a_pause_closes_with_the_stop_and_a_reply_counts_before_the_wait(self) -> None:
        both = [state("waiting_customer", 10), state("resolved", 12)]
        found = clocks(created(), *both)["resolution"]
        assert (found["state"], found["used_minutes"], found["paused_minutes"]) == ("met", 60, 120)
        reply = {"at": at(10), "type": "staff_reply"}
        for events in ([reply, both[0]], [both[0], reply]):
            answered = clocks(
                created(),
                *events,
                targets={"first_response": 60},
                switches={"first_response_pauses": True},
            )["first_response"]
            assert (answered["state"], answered["used_minutes"]) == ("met", 60)
