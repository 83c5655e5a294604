"""Actions on the timeline (ux.md 3.7)."""

from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.tui.action import Action
from crm_tui.tui.action import action as _a

HERE: Final = ("timeline",)
WAITING: Final = ("timeline", "task")
"""Where one sees what a task waits for."""

ACTIONS: Final[tuple[Action, ...]] = (
    _a(
        "go.timeline",
        "4",
        N_("timeline"),
        N_("Go to the timeline of tasks"),
        command="timeline",
        argument="tasks",
    ),
    _a(
        "timeline.earlier",
        "H",
        N_("shift"),
        N_("Move the bar a unit of the zoom earlier"),
        HERE,
        danger="undoable",
        hint=2,
    ),
    _a(
        "timeline.later",
        "L",
        N_("later"),
        N_("Move the bar a unit of the zoom later"),
        HERE,
        danger="undoable",
    ),
    _a(
        "timeline.shorter",
        "left_parenthesis",
        N_("end"),
        N_("Let the bar end a unit earlier"),
        HERE,
        danger="undoable",
        hint=3,
    ),
    _a(
        "timeline.longer",
        "right_parenthesis",
        N_("longer"),
        N_("Let the bar end a unit later"),
        HERE,
        danger="undoable",
    ),
    _a(
        "timeline.in",
        "less_than_sign",
        N_("zoom"),
        N_("Zoom towards days"),
        HERE,
        hint=4,
    ),
    _a(
        "timeline.out",
        "greater_than_sign",
        N_("further"),
        N_("Zoom towards quarters"),
        HERE,
    ),
    _a("timeline.today", "t", N_("today"), N_("Go to the present day"), HERE, hint=5),
    _a(
        "timeline.reveal",
        "s",
        N_("its bar"),
        N_("Go to the days of the task under the cursor"),
        HERE,
        command="days",
    ),
    _a(
        "timeline.proposals",
        "exclamation_mark",
        N_("broken"),
        N_("Broken dependencies, and new dates to accept or decline"),
        HERE,
        danger="undoable",
        hint=9,
    ),
    _a(
        "timeline.link",
        "plus",
        N_("wait for"),
        N_("Let the task wait for another one"),
        WAITING,
        danger="undoable",
        hint=10,
    ),
    _a(
        "timeline.unlink",
        "X",
        N_("unlink"),
        N_("Remove a dependency of the task"),
        WAITING,
        danger="undoable",
    ),
    _a(
        "timeline.progress",
        "percent_sign",
        N_("percent"),
        N_("Note progress: a percentage, what was done, or both"),
        HERE,
        danger="undoable",
        hint=8,
        argument="text",
    ),
    _a(
        "timeline.keep",
        "b",
        N_("keep plan"),
        N_("Keep the present dates as the baseline"),
        WAITING,
        command="baseline",
        danger="undoable",
    ),
    _a("timeline.baselines", "B", N_("baseline"), N_("Show or hide the baselines"), HERE),
    _a("timeline.arrows", "D", N_("lines"), N_("Show or hide the dependency lines"), HERE),
    _a(
        "timeline.lanes",
        "W",
        N_("lanes"),
        N_("Lanes by goal, by department, or none"),
        HERE,
        hint=11,
    ),
)
