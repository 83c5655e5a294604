"""Goals: what an aim means, its measured values, activation, review and closing (R-176 to R-191).

Attainment, progress and standing are worked out on reading and never kept (R-177). A goal is written
through the register like any record; what holds for it stands in `crm_tui.services.goal_rules`.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from crm_tui.domain import attainment
from crm_tui.domain.attainment import Standing
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.key_actions import KEY_ACTIONS, KeyAction
from crm_tui.domain.kpi.spec import Spec
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.enums import GoalMode, GoalState
from crm_tui.services import goal_points as points
from crm_tui.services import goal_rules as rules
from crm_tui.services import goal_steps as steps
from crm_tui.services import goal_views as views
from crm_tui.services.actor import SYSTEM, Actor
from crm_tui.services.core import Core
from crm_tui.services.delivery import local_day
from crm_tui.services.goal_dto import GoalDetail, GoalPoint, GoalView, TargetPreview
from crm_tui.services.goal_metrics import find
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

SORT: Final = "review"
OUTCOMES: Final = (GoalState.REACHED, GoalState.MISSED, GoalState.CANCELLED)


class Value(Protocol):
    """Gives the value of a figure of the registry; None where it has no meaning."""

    def __call__(
        self, figure_id: str, *, as_of: date, segment: str | None, actor: Actor
    ) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class GoalPage:
    """A window of goals; ``before`` and ``after`` tell whether there is more on that side."""

    rows: tuple[GoalView, ...]
    before: bool
    after: bool


class GoalService:
    """Read, measure, activate, review and close goals."""

    def __init__(self, core: Core, value: Value) -> None:
        self._core = core
        self._value = value
        core.inverses["goal_point"] = points.strike

    # Reading

    def page(
        self,
        filter_text: str = "",
        *,
        actor: Actor,
        sort: str = SORT,
        descending: bool = False,
        archived: bool = False,
        after: tuple[Any, ...] | None = None,
        before: tuple[Any, ...] | None = None,
        last: bool = False,
        limit: int = 50,
    ) -> GoalPage:
        """A window of the goals; the filter is that of the register, with ``standing:`` beside it."""
        if sort not in views.ORDERS:
            raise ValidationError(
                msg(
                    "Goals are not ordered by {name}; they are by {known}",
                    name=sort,
                    known=", ".join(views.ORDERS),
                ),
                field="sort",
                code="unknown_sort",
            )
        with self._core.read(actor) as unit:
            found = views.matching(unit, filter_text, archived=archived)
            found = views.ordered(found, sort, descending=descending)
            start, end = 0, len(found)
            if after is not None:
                start = next(
                    (
                        place
                        for place, goal in enumerate(found)
                        if views.is_behind(goal.sort_key, after, descending=descending)
                    ),
                    end,
                )
            elif before is not None:
                end = next(
                    (
                        place
                        for place, goal in enumerate(found)
                        if not views.is_behind(before, goal.sort_key, descending=descending)
                    ),
                    end,
                )
            if last or before is not None:
                start = max(start, end - limit)
            else:
                end = min(end, start + limit)
            rows = views.completed(unit, found[start:end])
        return GoalPage(tuple(rows), start > 0, end < len(found))

    def list(
        self,
        filter_text: str = "",
        *,
        actor: Actor,
        sort: str = SORT,
        descending: bool = False,
        archived: bool = False,
        limit: int = 0,
    ) -> tuple[GoalView, ...]:
        """All goals that match, or the first ``limit`` of them."""
        with self._core.read(actor) as unit:
            found = views.matching(unit, filter_text, archived=archived)
            found = views.ordered(found, sort, descending=descending)
            return tuple(views.completed(unit, found[:limit] if limit else found))

    def count(self, filter_text: str = "", *, actor: Actor, archived: bool = False) -> int:
        """How many goals match."""
        with self._core.read(actor) as unit:
            return len(views.matching(unit, filter_text, archived=archived))

    def show(self, goal_id: int, *, actor: Actor) -> GoalDetail:
        """A goal with its points and key actions; `NotFound` where there is none."""
        with self._core.read(actor) as unit:
            row = steps.row_of(unit, goal_id)
            return GoalDetail(
                views.one(unit, row), points.of(unit, goal_id), views.actions_of(unit, goal_id)
            )

    def points(self, goal_id: int, *, actor: Actor) -> tuple[GoalPoint, ...]:
        """The measured values, oldest first, each with its source (R-190)."""
        with self._core.read(actor) as unit:
            steps.row_of(unit, goal_id)
            return points.of(unit, goal_id)

    @staticmethod
    def complete(text: str) -> Sequence[str]:
        """What the last word of a filter could become."""
        return views.completions(text)

    @staticmethod
    def templates() -> tuple[KeyAction, ...]:
        """Key actions to begin with (R-189)."""
        return KEY_ACTIONS

    @staticmethod
    def preview(mode: str, baseline: Any, amount: Any) -> TargetPreview:
        """The absolute target that an aim means, to be confirmed before it is kept (R-186, D-02).

        An aim in words, 「降低15%」, says its mode itself.
        """
        said = attainment.aim_in_words(amount) if isinstance(amount, str) else None
        if said is not None:
            mode, amount = said
        try:
            kind = GoalMode(mode or GoalMode.REACH)
        except ValueError:
            raise ValidationError(
                msg(
                    "There is no mode {name}; there are {known}",
                    name=str(mode),
                    known=", ".join(GoalMode),
                ),
                field="mode",
                code="unknown_mode",
            ) from None
        start, by = steps.number(baseline, "baseline"), steps.number(amount, "change")
        target = attainment.resolved_target(kind, start, by)
        return TargetPreview(
            kind.value, start, None if kind is GoalMode.REACH else by, steps.plain(target)
        )

    @staticmethod
    def metric(text: str) -> Spec | None:
        """The figure that a metric names; None where its values must be typed (R-183)."""
        return find(text)

    # Measured values

    def measure(
        self,
        goal_id: int,
        value: Any = None,
        *,
        actor: Actor,
        day: date | None = None,
        source: str = "",
        reason: str = "",
        expected: int | None = None,
    ) -> Result:
        """Keep a value of a day: computed where none is given, else typed with its source (R-190).

        A day that has a value already is corrected by another one, for which a reason is needed.

        A goal that is nobody's may be measured by every lead, as all that is nobody's may be written
        (R-022): a computed value is the same whoever has it computed, a typed one bears its source, and
        the log says whose it is.
        """
        computed = None if value is not None else self._computed(goal_id, day, actor)
        typed = None if value is None else steps.number(value, "value")

        def work(unit: Unit, item: int) -> Msg | None:
            row = steps.own_row(unit, item)
            steps.need_open(row)
            when = day or local_day(unit, unit.now)
            if when > local_day(unit, unit.now):
                raise ValidationError(
                    msg("{day} is yet to come; nothing has been measured on it", day=when),
                    field="day",
                    code="future_day",
                )
            said = source.strip() or row["metric_source"]
            if typed is not None and not said:
                raise ValidationError(
                    msg("A typed value needs its source"), field="source", code="source_needed"
                )
            known = points.last_of_day(unit, item, when)
            if known is not None and typed is None and known["value"] == computed:
                return msg("{value} as before", value=computed)
            if known is not None and typed is not None and not reason.strip():
                raise ValidationError(
                    msg(
                        "{day} has the value {value}; say why it is corrected",
                        day=when,
                        value=known["value"],
                    ),
                    field="reason",
                    code="reason_needed",
                )
            new = computed if typed is None else typed
            assert new is not None
            diff = points.add(
                unit,
                row,
                new,
                day=when,
                origin=points.KPI if typed is None else points.MANUAL,
                source=said if typed is not None else row["metric"],
                reason=reason.strip(),
                expected=expected,
            )
            unit.log(
                rules.KIND,
                item,
                "measured",
                changes=diff
                or {"current": [None, str(new)], "measured_on": [None, when.isoformat()]},
                reason=reason.strip() or None,
            )
            return None

        return self._core.each(actor, [goal_id], msg("Goal measured"), work)

    def _computed(self, goal_id: int, day: date | None, actor: Actor) -> Decimal:
        """The figure of the goal as it stood at the end of a day; computed before anything is locked."""
        with self._core.read(actor) as unit:
            row, today = steps.row_of(unit, goal_id), local_day(unit, unit.now)
        found = self.value_of(row, as_of=day or today, actor=actor)
        if found is None:
            raise RuleViolation(
                msg(
                    "{metric} cannot be computed for that day: nothing to count",
                    metric=row["metric"],
                ),
                code="no_value",
                field="value",
            )
        return found

    def value_of(self, row: Mapping[Any, Any], *, as_of: date, actor: Actor) -> Decimal | None:
        """The value of the figure that measures a goal; refused where its values are typed."""
        figure = rules.figure_of(row)
        if figure is None:
            raise ValidationError(
                msg("The program does not compute {metric}; type its value", metric=row["metric"]),
                field="value",
                code="value_needed",
            )
        found = self._value(figure.id, as_of=as_of, segment=row["segment"], actor=actor)
        return None if found is None else points.kept(found)

    def figures(self, goal_ids: Sequence[int]) -> dict[int, Decimal]:
        """The present values of goals that a figure measures; those without a meaning left out."""
        found: dict[int, Decimal] = {}
        for goal_id in goal_ids:
            with self._core.read(SYSTEM) as unit:
                row, today = steps.row_of(unit, goal_id), local_day(unit, unit.now)
            # A goal whose values have been typed since it was looked at must not stop the others.
            with suppress(ValidationError):
                if (value := self.value_of(row, as_of=today, actor=SYSTEM)) is not None:
                    found[goal_id] = value
        return found

    # Steps

    def activate(self, goal_id: int, *, actor: Actor, expected: int | None = None) -> Result:
        """Let a draft run: SMART must be five of five, the deadline ahead (R-182, R-184, R-188)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row, today = steps.own_row(unit, item), local_day(unit, unit.now)
            if row["state"] != GoalState.DRAFT:
                raise RuleViolation(
                    msg("Only a draft is activated; this goal is {state}", state=steps.word(row)),
                    code="not_a_draft",
                )
            rules.need_smart(row)
            if row["deadline_on"] < today:
                raise RuleViolation(
                    msg("The deadline {day} has passed; set another", day=row["deadline_on"]),
                    code="deadline_passed",
                    field="deadline_on",
                )
            values = {"state": GoalState.ACTIVE.value, "activated_on": today}
            steps.step(unit, row, values, "activated", expected=expected)
            return None

        return self._core.each(actor, [goal_id], msg("Goal activated"), work)

    def review(
        self,
        goal_id: int,
        *,
        actor: Actor,
        next_on: date | None = None,
        gap_analysis: str | None = None,
        improvement_measure: str | None = None,
        note: str = "",
        expected: int | None = None,
    ) -> Result:
        """Look at a running goal: off track it needs its gap analysed, and a day to look again (R-179)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row, today = steps.own_row(unit, item), local_day(unit, unit.now)
            steps.need_active(row)
            values: dict[str, Any] = {}
            if gap_analysis is not None:
                values["gap_analysis"] = gap_analysis.strip()
            if improvement_measure is not None:
                values["improvement_measure"] = improvement_measure.strip()
            goal = views.view(unit, row)
            gap = values.get("gap_analysis", row["gap_analysis"])
            if goal.standing is Standing.OFF_TRACK and not gap:
                raise ValidationError(
                    msg("The goal is off track: say where the gap comes from"),
                    field="gap_analysis",
                    code="gap_analysis_needed",
                )
            again = next_on or row["deadline_on"]
            if again <= today:
                raise ValidationError(
                    msg("The next review is on a day to come; or close the goal"),
                    field="next_on",
                    code="next_review_needed",
                )
            values["review_on"] = again
            steps.step(unit, row, values, "reviewed", note=note, expected=expected, goal=goal)
            return None

        return self._core.each(actor, [goal_id], msg("Goal reviewed"), work)

    def close(
        self,
        goal_id: int,
        outcome: str,
        *,
        actor: Actor,
        reason: str = "",
        expected: int | None = None,
    ) -> Result:
        """End a goal as reached, missed or cancelled; the figures say whether it may be (R-176)."""
        if outcome not in OUTCOMES:
            raise ValidationError(
                msg("A goal ends as {known}", known=", ".join(OUTCOMES)),
                field="outcome",
                code="unknown_outcome",
            )

        def work(unit: Unit, item: int) -> Msg | None:
            row = steps.own_row(unit, item)
            steps.need_open(row)
            if outcome != GoalState.CANCELLED:
                steps.need_active(row)
            goal = views.view(unit, row)
            steps.need_outcome(goal, outcome, reason, local_day(unit, unit.now))
            values = {"state": outcome}
            steps.step(unit, row, values, "closed", note=reason, expected=expected, goal=goal)
            return None

        return self._core.each(actor, [goal_id], msg("Goal closed"), work)
