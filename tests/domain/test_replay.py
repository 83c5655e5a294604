"""Every prefix of some hundreds of seeded logs tells the same past (sla.md 2.1)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from crm_tui.domain.business_time import Calendar
from crm_tui.domain.clocks import ClockBoard, Event, evaluate
from crm_tui.domain.policy import Basis, ClockKind, Facts, default_policy_book
from crm_tui.domain.workflow import CATEGORIES, State

K = ClockKind
T0 = datetime(2024, 6, 3, 1, tzinfo=UTC)
OFFICE = Calendar.from_data(
    {
        "timezone": "Asia/Shanghai",
        "hours": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2024-06-10"],
        "overrides": {"2024-06-15": [["09:00", "12:00"]]},
    }
)
FIRST = default_policy_book()
SECOND = (
    FIRST.changed("first_response_c", {"amount": 2 * 3600})
    .with_line(
        {
            "id": "resolution",
            "clock": "resolution",
            "basis": "working",
            "amount": 16 * 3600,
            "calendar": "default",
            "kinds": ["complaint", "after_sales"],
        }
    )
    .with_line(
        {
            "id": "next_response",
            "clock": "next_response",
            "basis": str(Basis.WORKING_DAYS),
            "amount": 1,
            "calendar": "default",
        }
    )
)
THIRD = SECOND.without("progress_after_sales").without("clarify")
BOOKS = {1: FIRST, 2: SECOND, 3: THIRD}
NAMES = (
    "dispatched",
    "acknowledged",
    "clarified",
    "solution_proposed",
    "solution_confirmed",
    "approval_requested",
    "approval_decided",
    "staff_reply",
    "staff_reply",
    "customer_message",
    "customer_message",
    "progress",
    "state",
    "state",
    "state",
    "state",
    "facts",
    "result_fed_back",
    "delivered",
    "follow_up_done",
    "change_noted",
    "change_acknowledged",
    "due_pinned",
)
STATES = tuple(s for s in State if s not in (State.CANCELLED, State.MERGED))


def log_of(seed: int) -> list[Event]:
    """A log as tickets have them, and as they should not have them."""
    rng = random.Random(seed)

    def facts() -> Facts:
        return Facts(
            kind=rng.choice(("complaint", "after_sales", "consultation")),
            tier=rng.choice("ABC"),
            urgency=rng.choice(("urgent", "normal", "low")),
            channel=rng.choice(("phone", "email")),
        )

    version = rng.choice((1, 2, 3))
    log = [
        Event(T0, 1, "created", by="customer", facts=facts(), policy_version=version),
        Event(T0 + timedelta(minutes=rng.randint(0, 90)), 2, "registered"),
    ]
    at = log[-1].at
    for seq in range(3, 3 + rng.randint(1, 14)):
        at += timedelta(seconds=rng.choice((0, 1, rng.randint(1, 7200), rng.randint(1, 200_000))))
        name = rng.choice(NAMES)
        pinned = at + timedelta(hours=rng.randint(1, 99)) if name == "due_pinned" else None
        log.append(
            Event(
                at,
                seq,
                name,
                to=str(rng.choice(STATES)) if name == "state" else None,
                automatic=rng.random() < 0.1,
                facts=facts() if name == "facts" else None,
                policy_version=rng.choice((None, 2, 3)) if name == "facts" else None,
                clock="resolution" if name == "due_pinned" else None,
                due=pinned,
            )
        )
    if rng.random() < 0.2:
        log.append(Event(at, 99, rng.choice(("cancelled", "merged"))))
    return log


def board(log: list[Event], now: datetime) -> ClockBoard:
    """The clocks of a log."""
    return evaluate(
        log,
        books=BOOKS.__getitem__,
        calendars=lambda *_: OFFICE,
        categories={str(s): str(c) for s, c in CATEGORIES.items()},
        now=now,
    )


def is_over(log: list[Event]) -> bool:
    """Whether the ticket has ended with these events."""
    state = ""
    for event in log:
        if event.type in ("cancelled", "merged"):
            return True
        state = event.to or state
    return state in ("resolved", "closed")


@pytest.mark.req("R-137")
@pytest.mark.parametrize("block", range(6))
def test_every_prefix_tells_the_same_past(block: int) -> None:
    for seed in range(50 * block, 50 * block + 50):
        log = log_of(seed)
        final = board(log, log[-1].at)
        for end in range(1, len(log) + 1):
            now = log[end - 1].at
            if end < len(log) and log[end].at == now:
                continue
            prefix = log[:end]
            found = board(prefix, now)
            assert found == board(log, now), (seed, end)
            assert found == board(prefix[::-1], now), (seed, end)
            for kind, cycles in found.clocks.items():
                for cycle in cycles:
                    # Stopped clocks are frozen, except resolution, which reopening resumes.
                    if cycle.stopped_at is not None and cycle.line and kind is not K.RESOLUTION:
                        assert cycle in final.clocks[kind], (seed, end, kind)
                    if is_over(prefix) and kind is not K.FOLLOW_UP:
                        assert cycle.state not in ("running", "paused"), (seed, end, kind)
                    assert (cycle.due_at is not None) == (cycle.state == "running")
                    if cycle.state in ("met", "missed"):
                        assert cycle.stopped_at and cycle.stored_due_at
                        in_time = cycle.stopped_at <= cycle.stored_due_at
                        assert in_time == (cycle.state == "met") == (cycle.breached_at is None)
