"""Goals in words, bars and lines: what list and pane say of one (R-176 to R-191, D-01)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from crm_tui.domain import kpi
from crm_tui.domain.attainment import STANDING_LABELS, Standing, percent
from crm_tui.domain.msg import N_
from crm_tui.domain.records.enums import GoalMode, GoalState
from crm_tui.domain.terms import LABELS, Segment, TaskStatus
from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import render, tr
from crm_tui.tui.widgets.lines import Line, Piece, labelled, wrap
from crm_tui.tui.widgets.virtual_list import Column

BAR: Final = 5
"""Cells of the bar in a list; with eighths they show 40 steps."""
SCALE: Final = 999
"""Percent up to which a list says a share exactly; the goal's page always does."""
SHARE: Final = len(f"<-{SCALE}%")
"""Cells of the longest share in a list."""
EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
HEIGHTS: Final = "▁▂▃▄▅▆▇█"
ROLES: Final[Mapping[Standing, str]] = {
    Standing.REACHED: "ok",
    Standing.AT_RISK: "warn",
    Standing.OFF_TRACK: "late",
    Standing.UNKNOWN: "dim",
}
ORIGINS: Final = {
    "kpi": N_("computed"),
    "manual": N_("typed"),
    "import": N_("from a file"),
}
SIGNS: Final = {"kpi": " ", "manual": "*", "import": "+"}
"""Marks before points that the program did not compute."""
MOST_POINTS: Final = 12
BRIEF: Final = 8
LARGE: Final = (
    (Decimal(10**12), "T"),
    (Decimal(10**9), "G"),
    (Decimal(10**6), "M"),
    (Decimal(10**3), "k"),
)
"""What a large figure is counted in, where there is no room for all of it."""


def number(value: Decimal | None) -> str:
    """A figure as short as it can be said; n/a where it has no meaning."""
    if value is None:
        return tr("n/a")
    exact = f"{value.normalize():f}"
    return exact if len(exact) <= 8 else f"{value:.3g}" if abs(value) < 1 else f"{value:,.2f}"


def brief(value: Decimal | None) -> str:
    """A figure as a list has room for: a large one in k, M or G, its digits never cut."""
    if value is not None and len(number(value)) > BRIEF:
        for size, sign in LARGE:
            if abs(value) >= size:
                return f"{value / size:,.4g}{sign}"
    return number(value)


def with_unit(value: Decimal | None, unit: str) -> str:
    """A figure with its unit: the percent sign stands close in Chinese and English alike."""
    return number(value) if value is None or not unit else f"{number(value)}{_gap(unit)}{unit}"


def _gap(unit: str) -> str:
    return " " if unit.isascii() and unit.isalpha() else ""


def share(value: Decimal | None) -> str:
    """A share as whole percent (D-01)."""
    found = percent(value)
    return tr("n/a") if found is None else f"{found}%"


def bounded(value: Decimal | None) -> str:
    """A share as a list has room for: one off the scale is named by its bound, never cut (D-01)."""
    found = percent(value)
    if found is None or abs(found) <= SCALE:
        return share(value)
    return f">{SCALE}%" if found > 0 else f"<-{SCALE}%"


def bar(value: Decimal | None, cells: int = BAR) -> str:
    """A bar in brackets, full at 100 % and empty below nothing; seen without colours."""
    steps = 0 if value is None else int(min(max(value, Decimal(0)), Decimal(1)) * cells * 8)
    whole, rest = divmod(steps, 8)
    filled = EIGHTHS[8] * whole + (EIGHTHS[rest] if rest else "")
    return f"[{filled:<{cells}}]"


def spark(values: Sequence[Decimal], cells: int) -> str:
    """The last values as a line of heights, lowest to highest of themselves."""
    last = values[-cells:]
    if not last:
        return ""
    low, high = min(last), max(last)
    if low == high:
        return HEIGHTS[3] * len(last)
    return "".join(HEIGHTS[int((v - low) * 7 / (high - low))] for v in last)


def standing(goal: Any) -> tuple[str, str]:
    """Where it stands, in a word; of a closed goal how it ended."""
    if goal.ended:
        return tr(GoalState(goal.state).label()), ROLES.get(goal.standing, "")
    return tr(STANDING_LABELS[goal.standing]), ROLES.get(goal.standing, "")


def aim(goal: Any) -> str:
    """From where to where."""
    return f"{brief(goal.baseline)}→{brief(goal.target)}{_percent(goal.unit)}"


def _percent(unit: str) -> str:
    return "%" if unit == "%" else ""


def metric(goal: Any) -> str:
    """The metric as it was written; a figure that was named by its id, by its name."""
    named = kpi.FIGURES.get(goal.metric)
    return goal.metric if named is None else tr(named.name)


def columns(today: Callable[[], date]) -> list[Column[Any]]:
    """The list's columns, by the width of the list itself."""
    return [
        Column(N_("Objective"), 0, lambda g: (g.objective, "")),
        Column(N_("Metric"), 14, lambda g: (metric(g), "dim"), least=96),
        Column(N_("Aim"), 9, lambda g: (aim(g), ""), most=18),
        Column(N_("Now"), 5, lambda g: (brief(g.current), ""), right=True, most=9),
        Column(N_("Attained"), 8, _attained, right=True),
        Column(N_("Progress"), BAR + 2 + SHARE, _progress),
        Column(N_("Standing"), 9, _standing, most=10),
        Column(N_("Review"), 8, lambda g: _review(g, today()), most=11),
        Column(N_("Owner"), 8, lambda g: (g.owner or "-", ""), least=108, most=14),
        Column(N_("Actions"), 7, _actions, least=124, right=True),
        Column(N_("State"), 11, _state, least=136),
        Column(N_("Deadline"), 10, lambda g: (_day(g.deadline_on), ""), least=150),
    ]


def _standing(goal: Any) -> tuple[str, str]:
    return ("-", "dim") if goal.standing is Standing.UNKNOWN and not goal.ended else standing(goal)


def _review(goal: Any, today: date) -> tuple[str, str]:
    """The day of the next review, short; one that is due stands out."""
    day = goal.review_on
    if day is None or goal.ended:
        return "-", "dim"
    due = "!" if day <= today else ""
    text = f"{day:%m-%d}" if day.year == today.year else _day(day)
    return f"{text}{due}", "warn" if due else ""


def _attained(goal: Any) -> tuple[str, str]:
    """The mark says that a file reports another figure."""
    flag = "!" if goal.mismatch else ""
    return f"{bounded(goal.attainment)}{flag}", "warn" if flag else ""


def _progress(goal: Any) -> tuple[str, str]:
    figure = pad(bounded(goal.progress), SHARE, right=True)
    return f"{bar(goal.progress)}{figure}", ROLES.get(goal.standing, "")


def _actions(goal: Any) -> tuple[str, str]:
    return (f"{goal.actions_done}/{goal.actions}" if goal.actions else "-"), "dim"


def _state(goal: Any) -> tuple[str, str]:
    return tr(GoalState(goal.state).label()), "dim"


def _day(day: Any) -> str:
    return day.isoformat() if day is not None else "-"


# The pane


def pane(detail: Any, width: int) -> list[Line]:
    """Everything about a goal, laid out for so many cells."""
    goal = detail.view
    lines: list[Line] = [[(part, "title")] for part in wrap(goal.objective, width)]
    lines += labelled(_figures(goal, width), width)
    if goal.mismatch:
        said = tr("source says {percent} %").format(percent=number(goal.reported))
        lines += [[(part, "warn")] for part in wrap(f"! {said}", width)]
    lines += _points(detail, width)
    lines += _key_actions(detail.actions, width)
    lines += _smart(goal, width)
    for label, text in (
        (N_("Gap analysis"), goal.gap_analysis),
        (N_("Improvement measure"), goal.improvement_measure),
    ):
        if text:
            lines += [[], [(tr(label), "head")], *([(part, "")] for part in wrap(text, width))]
    return lines


def _figures(goal: Any, width: int) -> list[tuple[str, Line | str]]:
    word, role = standing(goal)
    better = N_("higher is better") if goal.direction == "higher" else N_("lower is better")
    source = goal.metric_source or (tr("computed") if goal.figure_id else "")
    target = with_unit(goal.target, goal.unit)
    if goal.mode != GoalMode.REACH and goal.change is not None:
        how = "%" if goal.mode == GoalMode.CHANGE_PERCENT else f" {tr('points')}"
        target = f"{target} ({goal.change.normalize():+f}{how})"
    measured = f"  {goal.measured_on}" if goal.measured_on is not None else ""
    cells = max(min(width - 34, 20), BAR)
    rows: list[tuple[str, Line | str]] = [
        (tr("Standing"), [(word, role), (f"  {tr(GoalState(goal.state).label())}", "dim")]),
        (tr("Metric"), f"{metric(goal)}, {tr(better)}"),
        (tr("Source"), source),
        (tr("Baseline"), with_unit(goal.baseline, goal.unit)),
        (tr("Target"), target),
        (tr("Current value"), [(with_unit(goal.current, goal.unit), ""), (measured, "dim")]),
        (tr("Attainment"), share(goal.attainment)),
        (tr("Progress"), [(f"{bar(goal.progress, cells)} {share(goal.progress)}", role)]),
        (tr("Time passed"), f"{bar(goal.elapsed, cells)} {share(goal.elapsed)}"),
        (tr("Review on"), _day(goal.review_on)),
        (tr("Deadline"), _day(goal.deadline_on)),
        (tr("Owner"), goal.owner or "-"),
        (tr("Segment"), tr(LABELS[Segment][goal.segment]) if goal.segment else ""),
        (tr("Serves"), goal.strategic_objective),
    ]
    return [row for row in rows if row[1]]


def _points(detail: Any, width: int) -> list[Line]:
    points = detail.points
    if not points:
        return [[], [(tr("Not measured yet; m measures"), "dim")]]
    lines: list[Line] = [
        [],
        [(f"{tr('Measured values')}  ", "head"), (spark(detail.view.values, width - 20), "")],
    ]
    for point in points[::-1][:MOST_POINTS]:
        role = "off" if point.corrected else ""
        text = f"{SIGNS[point.origin]}{point.day} {number(point.value):>8} "
        parts = [tr(ORIGINS[point.origin])]
        parts += [point.source] if point.origin != "kpi" and point.source else []
        parts += [tr("corrected")] if point.corrected else []
        parts += [point.reason] if point.reason else []
        lines.append(
            [(text, role), (cut(", ".join(parts), max(width - cell_width(text), 4)), "dim")]
        )
    if len(points) > MOST_POINTS:
        lines.append([(tr("{count} older ones").format(count=len(points) - MOST_POINTS), "dim")])
    return lines


STATUS_ROLES: Final = {"done": "ok", "delayed": "late", "in_progress": "", "not_started": "dim"}


def action_status(action: Any) -> str:
    """The status of a key action in a word."""
    return tr(LABELS[TaskStatus][action.shown])


def _key_actions(actions: Sequence[Any], width: int) -> list[Line]:
    lines: list[Line] = [[], [(tr("Key actions"), "head")]]
    if not actions:
        return [*lines, [(tr("none; b makes one"), "dim")]]
    word = max(cell_width(action_status(a)) for a in actions)
    for action in actions:
        head: list[Piece] = [
            (pad(action_status(action), word) + " ", STATUS_ROLES.get(action.shown, "")),
            (f"{action.progress:>3}% ", ""),
        ]
        due = f"  {_day(action.due_on)[5:]}" if action.due_on is not None else ""
        room = max(width - word - 6 - cell_width(due), 6)
        lines.append([*head, (pad(cut(action.title, room), room), ""), (due, "dim")])
    return lines


def _smart(goal: Any, width: int) -> list[Line]:
    met = sum(item.lack is None for item in goal.smart)
    lines: list[Line] = [[], [(f"SMART {met}/{len(goal.smart)}", "head")]]
    rows: list[tuple[str, Line | str]] = []
    for item in goal.smart:
        sign = "[x]" if item.lack is None else "[ ]"
        text = item.evidence or tr("no evidence yet")
        if item.evidence and item.lack is not None:
            text += f" ({render(item.lack)})"
        rows.append((f"{sign} {tr(item.label)}", text))
    return [*lines, *labelled(rows, width, most=22)]
