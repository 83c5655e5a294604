"""How a task may move between its statuses, and how it stands against its dates (R-193 to R-208).

Delayed is mostly derived: an open task past its due date is shown so without anybody's doing (D-17).
Dates are days of the desk; a standstill counts exact hours (D-18).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import Msg, msg

NOT_STARTED: Final = "not_started"
IN_PROGRESS: Final = "in_progress"
DONE: Final = "done"
DELAYED: Final = "delayed"
COLUMNS: Final = (NOT_STARTED, IN_PROGRESS, DONE, DELAYED)
"""Columns of the board in their order (R-204)."""

BEHIND_POINTS: Final = 20
"""Points by which progress may lag the time that has passed (R-207)."""
NEAR_DAYS: Final = 2
"""A task is near due from so many days before its due date on (R-217)."""
STANDSTILL: Final = timedelta(days=14)
"""Without progress for so long, a risk case is opened (D-18)."""

PLAN_FIELDS: Final = ("owner_id", "start_on", "due_on", "resources", "deliverable")
"""What a plan action must have before it starts (R-193)."""

Task = Mapping[Any, Any]
"""The fields of a task by name."""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody said with a move."""

    standard_met: bool = False
    delivered: bool = False
    due_on: date | None = None
    reason: str = ""
    by_file: bool = False
    """A file tells what happened elsewhere: no rule stands against it, and nobody confirms it."""


NOTHING: Final = Given()
BY_FILE: Final = Given(by_file=True)


# How it stands


def shown(status: str, due_on: date | None, today: date) -> str:
    """The status as people see it: an open task past due is delayed (R-202, D-17)."""
    if status in (DONE, DELAYED) or due_on is None:
        return status
    return DELAYED if due_on < today else status


def is_overdue(task: Task, today: date) -> bool:
    """Whether it is open and its due date has passed."""
    due: date | None = task["due_on"]
    return task["status"] != DONE and due is not None and due < today


def late_days(status: str, due_on: date | None, done_on: date | None, today: date) -> int:
    """Days past due: until today while open, until it was done otherwise."""
    until = done_on if status == DONE else today
    if due_on is None or until is None or until <= due_on:
        return 0
    return (until - due_on).days


def behind_on(start: date, due: date | None, progress: int) -> date | None:
    """The first day on which progress lags the time passed by too much; None for never (R-207)."""
    if due is None or progress + BEHIND_POINTS >= 100:
        return None
    whole = (due - start).days
    if whole <= 0:
        return due
    return start + timedelta(days=(progress + BEHIND_POINTS) * whole // 100 + 1)


def stands_since(
    progress_at: datetime | None, planned_start: datetime, told_since: datetime | None
) -> datetime:
    """Since when nothing has moved: the last progress, not before the planned start (D-18).

    ``told_since`` is when a task of a file came to this desk; what it did before is not known.
    """
    since = planned_start
    for later in (progress_at, told_since):
        if later is not None and later > since:
            since = later
    return since


def warning(
    status: str,
    due_on: date | None,
    progress: int,
    *,
    start: date,
    since: datetime,
    now: datetime,
    today: date,
) -> str:
    """The most pressing reason to look at an open task, or nothing."""
    if status == DONE:
        return ""
    if now - since >= STANDSTILL:
        return "standstill"
    if due_on is None:
        return ""
    if due_on < today:
        return "overdue"
    behind = behind_on(start, due_on, progress)
    if behind is not None and behind <= today:
        return "behind"
    return "near_due" if (due_on - today).days <= NEAR_DAYS else ""


# How it moves


def asks(task: Task, to: str, today: date) -> tuple[str, ...]:
    """What a move to ``to`` must be told: standard, delivered, due_on, reason."""
    if to == DONE:
        wanted = ["standard"] if task["completion_standard"] else []
        return (*wanted, "delivered") if _undelivered(task) else tuple(wanted)
    if to == DELAYED:
        return ("due_on", "reason")
    return ("due_on",) if _only_late(task, to, today) else ()


def all_given(task: Task, to: str, today: date) -> Given:
    """The answers that no rule would object to, to find what else stands against a move."""
    latest = max(d for d in (task["due_on"], task["start_on"], today) if d is not None)
    later = latest + timedelta(days=1) if latest < date.max else latest
    asked = to == DELAYED or _only_late(task, to, today)
    return Given(True, True, later if asked else None, "-")


def step(
    task: Task, to: str, given: Given, *, by: int | None, now: datetime, today: date
) -> dict[str, Any]:
    """The values that a move to ``to`` sets; `RuleViolation` with a stable code where it may not."""
    if to == DELAYED:
        return _delay(task, given, now, today)
    if to == task["status"]:
        return _same(task, to, given, now, today)
    if to != NOT_STARTED:
        need_plan(task)
    values: dict[str, Any] = {"status": to, "progress_at": now, "rank": None}
    if given.due_on is not None and to != DONE:
        values |= _new_due(task, to, given.due_on, today)
    return values | _finish(task, given, by, today) if to == DONE else values


def taken_up(task: Task, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a task that is done no more gets back: all that its completion had set.

    ``before`` is what its completion changed, as it was until then; None where that is not known, and
    then no progress is known either.
    """
    had = {"progress": 0} if before is None else before
    return {
        "done_on": None,
        "standard_met_by_id": None,
        "progress": had.get("progress", task["progress"]),
        "delivered": had.get("delivered", task["delivered"]),
    }


def due_kept(task: Task, due_on: date | None) -> dict[str, Any]:
    """The first due date, kept when another comes later (D-17)."""
    old: date | None = task["due_on"]
    if task["original_due_on"] is None and old is not None and due_on is not None and due_on > old:
        return {"original_due_on": old}
    return {}


def told_done(task: Task, today: date) -> dict[str, Any]:
    """What is meant by a file that calls a task done and no more: all of it, by its due date."""
    due: date | None = task["due_on"]
    values: dict[str, Any] = {"done_on": due if due is not None and due <= today else today}
    return values if task["progress"] else {**values, "progress": 100}


def done_already() -> RuleViolation:
    """The refusal of what only an open task can have."""
    return RuleViolation(msg("It is done; take it up again first"), code="task_done")


def need_plan(task: Task) -> None:
    """Refuse work on a plan action that lacks one of its five fields (R-193)."""
    if not task["plan_action"]:
        return
    missing = [name for name in PLAN_FIELDS if task[name] in (None, "")]
    if missing:
        from crm_tui.domain.records.base import label
        from crm_tui.domain.records.registry import kind

        names = [label(kind("task"), name) for name in missing]
        listed = names[-1]
        for one in reversed(names[:-1]):
            listed = msg("{first}, {rest}", first=one, rest=listed)
        raise RuleViolation(
            msg("A plan action starts with all of its plan; missing: {fields}", fields=listed),
            code="plan_incomplete",
            field=missing[0],
        )


def _undelivered(task: Task) -> bool:
    return bool(task["plan_action"] or task["deliverable"]) and not task["delivered"]


def _only_late(task: Task, to: str, today: date) -> bool:
    """Whether it has this status already and only its due date makes it delayed."""
    return bool(task["status"] == to) and is_overdue(task, today)


def _same(task: Task, to: str, given: Given, now: datetime, today: date) -> dict[str, Any]:
    if not _only_late(task, to, today):
        raise RuleViolation(msg("It is there already"), code="same_status")
    if given.due_on is None:
        raise RuleViolation(
            msg("It is past its due date; give it a new one to take it back"),
            code="past_due",
            field="due_on",
        )
    return {"progress_at": now, "rank": None, **_new_due(task, to, given.due_on, today)}


def need_due(task: Task, to: str, due_on: date, today: date) -> None:
    """Refuse a new due date that a move to ``to`` cannot take."""
    old: date | None = task["due_on"]
    if to == DELAYED and old is not None and due_on <= old:
        raise RuleViolation(
            msg("A delay moves the due date to after {day}", day=old),
            code="not_later",
            field="due_on",
        )
    if due_on < today:
        raise RuleViolation(
            msg("The new due date {day} has passed already", day=due_on),
            code="due_past",
            field="due_on",
        )


def _new_due(task: Task, to: str, due_on: date, today: date) -> dict[str, Any]:
    need_due(task, to, due_on, today)
    return {"due_on": due_on, **due_kept(task, due_on)}


def _delay(task: Task, given: Given, now: datetime, today: date) -> dict[str, Any]:
    if task["status"] == DONE:
        raise done_already()
    if given.due_on is None:
        raise RuleViolation(
            msg("A delay needs a new due date"), code="delay_needs_date", field="due_on"
        )
    need_due(task, DELAYED, given.due_on, today)
    if not given.reason.strip():
        raise RuleViolation(
            msg("A delay needs its reason"), code="delay_needs_reason", field="reason"
        )
    return {
        "status": DELAYED,
        "delay_reason": given.reason.strip()[:400],
        "progress_at": now,
        "rank": None,
        **_new_due(task, DELAYED, given.due_on, today),
    }


def _finish(task: Task, given: Given, by: int | None, today: date) -> dict[str, Any]:
    if _undelivered(task) and not given.delivered:
        raise RuleViolation(
            msg(
                "Mark the deliverable “{name}” as delivered first",
                name=task["deliverable"] or Msg("Deliverable"),
            ),
            code="not_delivered",
            field="delivered",
        )
    if task["completion_standard"] and not given.standard_met:
        raise RuleViolation(
            msg("Confirm that the completion standard is met"),
            code="standard_not_confirmed",
            field="completion_standard",
        )
    values: dict[str, Any] = {"progress": 100, "done_on": today}
    if given.standard_met:
        values["standard_met_by_id"] = by
    if _undelivered(task):
        values["delivered"] = True
    return values
