"""What the background does for goals: reviews that are due, figures measured once a day (R-181, R-190).

Both happen once a key, whoever ticks and however often; the figures are computed before anything is
locked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, or_, select

from crm_tui.db.queries.background import fired_times
from crm_tui.db.schema.system import fired
from crm_tui.domain.msg import msg
from crm_tui.domain.records.enums import GoalState
from crm_tui.domain.text import display
from crm_tui.services.delivery import local_day
from crm_tui.services.unit import Unit

if TYPE_CHECKING:
    from crm_tui.services.goals import GoalService

REVIEW: Final = "goal_review"
MEASURED: Final = "goal_measured"
OPEN: Final = (GoalState.DRAFT.value, GoalState.ACTIVE.value)

Step = Callable[[Callable[[Unit, Any], bool]], object]
"""Does work in a transaction under the lease."""


@dataclass(frozen=True, slots=True)
class Due:
    """Goals to be reviewed and goals to be measured today, with the keys of both."""

    reviews: tuple[tuple[int, str], ...]
    figures: tuple[tuple[int, str], ...]
    day: date

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.reviews or self.figures)


def look(unit: Unit) -> Due:
    """What is due and has not happened yet; reads only."""
    from crm_tui.services.goal_points import tables
    from crm_tui.services.goal_rules import figure_of

    goals, _ = tables()
    today = local_day(unit, unit.now)
    listed = goals.c.archived.is_(False), goals.c.state.in_(OPEN)
    computed = (goals.c.state == GoalState.ACTIVE.value) & (goals.c.metric_source == "")
    query = select(goals).where(*listed, or_(goals.c.review_on <= today, computed))
    reviews: dict[str, int] = {}
    figures: dict[str, int] = {}
    for row in unit.conn.execute(query.order_by(goals.c.id)).mappings():
        if row["review_on"] is not None and row["review_on"] <= today:
            reviews[f"{REVIEW}:{row['id']}:{row['review_on'].isoformat()}"] = row["id"]
        if row["state"] == GoalState.ACTIVE and figure_of(row) is not None:
            figures[f"{MEASURED}:{row['id']}:{today.isoformat()}"] = row["id"]
    known = fired_times(unit.conn, [*reviews, *figures])
    return Due(
        tuple((i, key) for key, i in reviews.items() if key not in known),
        tuple((i, key) for key, i in figures.items() if key not in known),
        today,
    )


def work_off(due: Due, service: "GoalService", step: Step) -> None:
    """Tell of reviews, and keep the day's value of every running goal that a figure measures."""
    values = service.figures([goal_id for goal_id, _ in due.figures])

    def work(unit: Unit, done: Any) -> bool:
        _remind(unit, done, due)
        _measure(unit, due, values)
        return False

    step(work)


def _remind(unit: Unit, done: Any, due: Due) -> None:
    from crm_tui.services.goal_points import tables

    goals, _ = tables()
    for goal_id, key in _new(unit, due.reviews):
        row = unit.row(goals, goal_id)
        unit.notify(
            [row["owner_id"] or row["created_by"]],
            REVIEW,
            msg(
                "Review of the goal {goal} is due since {day}",
                goal=display(row["objective"]),
                day=row["review_on"],
            ),
            subject=("goal", goal_id),
            key=key,
        )
        done.reminded += 1


def _measure(unit: Unit, due: Due, values: "dict[int, Decimal]") -> None:
    from crm_tui.services import goal_points as points

    goals, _ = points.tables()
    for goal_id, _ in _new(unit, due.figures):
        value, known = values.get(goal_id), points.last_of_day(unit, goal_id, due.day)
        if value is None or known is not None:
            continue
        row = unit.row(goals, goal_id)
        diff = points.add(unit, row, value, day=due.day, origin=points.KPI, source=row["metric"])
        unit.log("goal", goal_id, "measured", changes=diff)


def _new(unit: Unit, keys: tuple[tuple[int, str], ...]) -> list[tuple[int, str]]:
    """Those that have not happened meanwhile; they count as happened from now on."""
    known = fired_times(unit.conn, [key for _, key in keys])
    new = [(goal_id, key) for goal_id, key in keys if key not in known]
    if new:
        unit.conn.execute(
            insert(fired), [{"key": key, "at": unit.now, "times": 1} for _, key in new]
        )
    return new
