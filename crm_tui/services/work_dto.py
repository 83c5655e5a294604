"""Tasks as board, timeline and lists show them; texts are display-safe (design.md 4.12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crm_tui.domain.msg import Msg


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task; ``shown`` is its status with the delay derived (D-17)."""

    id: int
    version: int
    number: str
    title: str
    """The first line of the description."""
    status: str
    shown: str
    priority: str
    departments: tuple[tuple[int, str], ...]
    owner_id: int
    owner: str
    helpers: tuple[str, ...]
    goal_id: int | None
    goal: str
    customer_id: int | None
    customer: str
    ticket_id: int | None
    ticket_number: int | None
    start_on: date | None
    due_on: date | None
    original_due_on: date | None
    baseline_start_on: date | None
    baseline_due_on: date | None
    done_on: date | None
    progress: int
    progress_at: datetime | None
    milestone: bool
    plan_action: bool
    delivered: bool
    late_days: int
    """Days past due: until today while open, until it was done otherwise."""
    warning: str
    """Why it needs a look: behind, near_due, overdue, standstill, or empty (R-207, R-208)."""
    risk_open: bool
    rank: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """The cards of the board in the order of their columns."""

    cards: tuple[TaskCard, ...]
    limits: Mapping[tuple[str, int], int]
    """How many cards a column may hold, by shown status and department (0: of all)."""
    more: bool
    """Whether more matched than a board holds."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The bars of the timeline with what ties them together (R-205, R-206)."""

    cards: tuple[TaskCard, ...]
    links: tuple[tuple[int, int], ...]
    """Predecessor and successor, finish to start."""
    critical: frozenset[int]
    broken: frozenset[tuple[int, int]]
    """Links whose successor starts before its predecessor ends."""
    days: Mapping[date, str]
    """Days that are not plain working days: weekend, holiday or makeup."""
    more: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A move that a delay asks for; dates stay until it is accepted (R-206)."""

    card: TaskCard
    start_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Choice:
    """A status a task may go to; ``refusal`` says why not."""

    status: str
    refusal: Msg | None
    asks: tuple[str, ...]
    """What must be given with it: standard (confirmed by name), delivered, due_on, reason."""


@dataclass(frozen=True, slots=True)
class ProgressEntry:
    """Something that counted as progress of a task (D-18)."""

    at: datetime
    by: str
    verb: str
    """What was done, as the log calls it."""
    progress: int | None
    """The percentage then, where it changed."""
    note: str
    status: str = ""
    """The status that it was moved to; empty where it stayed."""


@dataclass(frozen=True, slots=True)
class TaskPreview:
    """What a change in bulk would do to one task (R-218)."""

    id: int
    number: str
    title: str
    changes: Mapping[str, tuple[object, object]]
    """Old and new values by field, references by name."""
    refusal: Msg | None


@dataclass(frozen=True, slots=True)
class RiskView:
    """A risk case of a task (R-209)."""

    id: int
    version: int
    task_id: int
    cause: str
    response_measure: str
    owner: str
    due_on: date | None
    state: str
    result: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Everything of one task: its card with the long texts and what hangs on it."""

    card: TaskCard
    description: str
    completion_standard: str
    standard_met_by: str
    """Who confirmed the standard (R-201)."""
    resources: str
    deliverable: str
    sop: str
    delay_reason: str
    remark: str
    checklist_item: str
    """The item of a ticket that it was made from, in words; empty where there is none."""
    interaction: str
    """The contact that it follows from, by its day and topic."""
    waits_for: tuple[TaskCard, ...]
    waited_for_by: tuple[TaskCard, ...]
    progress: tuple[ProgressEntry, ...]
    risks: tuple[RiskView, ...]
    """Open ones first."""
