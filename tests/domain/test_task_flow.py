"""How a task stands against its dates (R-207, R-208, D-18)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_tui.domain.task_flow import DONE, IN_PROGRESS, STANDSTILL, warning

NOW = datetime(2024, 6, 3, 1, tzinfo=UTC)
TODAY = date(2024, 6, 3)


@pytest.mark.req("R-207", "R-208")
@pytest.mark.parametrize(
    ("status", "due_in", "progress", "rest", "told"),
    [
        (DONE, -5, 0, timedelta(days=99), ""),
        (IN_PROGRESS, None, 0, timedelta(days=1), ""),
        (IN_PROGRESS, None, 0, STANDSTILL, "standstill"),
        (IN_PROGRESS, None, 0, STANDSTILL - timedelta(days=1), ""),
        (IN_PROGRESS, -1, 90, timedelta(days=1), "overdue"),
        (IN_PROGRESS, 10, 30, timedelta(days=1), ""),
        (IN_PROGRESS, 10, 29, timedelta(days=1), "behind"),
        (IN_PROGRESS, 2, 90, timedelta(days=1), "near_due"),
    ],
)
def test_the_most_pressing_reason_to_look_at_a_task(
    status: str, due_in: int | None, progress: int, rest: timedelta, told: str
) -> None:
    due = None if due_in is None else TODAY + timedelta(days=due_in)
    found = warning(
        status,
        due,
        progress,
        start=TODAY - timedelta(days=10),
        since=NOW - rest,
        now=NOW,
        today=TODAY,
    )
    assert found == told
