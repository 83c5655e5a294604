"""Goals as lists, the screen and the command line show them; texts are display-safe (R-176 to R-191)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from crm_tui.domain.attainment import Standing
from crm_tui.domain.msg import Msg
from crm_tui.domain.records.enums import GoalState
from crm_tui.services.work_dto import TaskCard

CLOSED: Final = frozenset({GoalState.REACHED, GoalState.MISSED, GoalState.CANCELLED})


@dataclass(frozen=True, slots=True)
class GoalPoint:
    """A measured value; never changed, a later one of the same day corrects it (R-190)."""

    id: int
    day: date
    value: Decimal
    origin: str
    """kpi = computed by the program, manual = typed with its source, import = from a file."""
    source: str
    reason: str
    by: str
    at: datetime
    corrected: bool
    """Whether a later point of the same day stands in its place."""


@dataclass(frozen=True, slots=True)
class SmartItem:
    """One of the five marks of a goal with its evidence (R-182)."""

    field: str
    label: str
    """msgid"""
    evidence: str
    lack: Msg | None
    """What is missing before the goal can be activated, or None."""


@dataclass(frozen=True, slots=True)
class TargetPreview:
    """What an aim means before it is confirmed: 「降低15%」 from 20 is 17 (R-186, D-02)."""

    mode: str
    baseline: Decimal
    change: Decimal | None
    target: Decimal


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal with everything that is worked out of it; None is n/a, never zero (D-01)."""

    id: int
    version: int
    objective: str
    metric: str
    figure_id: str | None
    """The figure of the registry that measures it; None where its values are typed."""
    metric_source: str
    direction: str
    mode: str
    unit: str
    baseline: Decimal
    target: Decimal
    change: Decimal | None
    current: Decimal | None
    measured_on: date | None
    attainment: Decimal | None
    """A share: 1 is 100 %."""
    progress: Decimal | None
    reached: bool
    standing: Standing
    elapsed: Decimal
    reported: Decimal | None
    """In percent, as an imported file says."""
    mismatch: bool
    """Whether the reported attainment differs from the computed one."""
    state: str
    owner_id: int | None
    owner: str
    review_on: date | None
    start_on: date | None
    deadline_on: date
    activated_on: date | None
    segment: str | None
    strategic_objective: str
    plan_year: int | None
    gap_analysis: str
    improvement_measure: str
    smart: tuple[SmartItem, ...]
    values: tuple[Decimal, ...]
    """One value a measured day, oldest first."""
    actions: int
    actions_done: int
    archived: bool
    sort_key: tuple[Any, ...] = ()
    """Where a page after or before this goal begins."""

    @property
    def ended(self) -> bool:
        """Whether it is closed: its state then says how it stands."""
        return self.state in CLOSED

    @property
    def title(self) -> str:
        """What the goal is called."""
        return self.objective


@dataclass(frozen=True, slots=True)
class GoalDetail:
    """A goal with its points and key actions (R-187, R-190)."""

    view: GoalView
    points: tuple[GoalPoint, ...]
    actions: tuple[TaskCard, ...]
