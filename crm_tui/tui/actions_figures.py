"""Actions on the figures and on the rows behind them."""

from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.tui.action import Action
from crm_tui.tui.action import action as _a

PANEL: Final = ("figures",)
ROWS: Final = ("figure_rows",)

ACTIONS: Final[tuple[Action, ...]] = (
    _a("go.figures", "5", N_("KPI"), N_("Go to the figures of the desk"), command="kpi"),
    _a(
        "figures.previous",
        "left_square_bracket",
        N_("period before"),
        N_("The period before"),
        PANEL,
    ),
    _a(
        "figures.next",
        "right_square_bracket",
        N_("period after"),
        N_("The period after"),
        PANEL,
        hint=4,
    ),
    _a(
        "figures.period",
        "p",
        N_("period"),
        N_("Choose week, month, quarter, year, twelve months, or two days"),
        PANEL,
        hint=5,
        argument="period",
    ),
    _a(
        "figures.asof",
        "a",
        N_("as of"),
        N_("See the figures as of a moment of the past"),
        PANEL,
        hint=14,
        argument="moment",
    ),
    _a(
        "figures.breakdown",
        "b",
        N_("break down"),
        N_("Divide the figure by tier, department, person or what else it has"),
        PANEL,
        hint=6,
    ),
    _a(
        "figures.tables",
        "v",
        N_("tables"),
        N_("Arrivals by weekday and hour, limits kept, cohorts; or the panel"),
        PANEL,
        hint=7,
    ),
    _a("figures.group", "tab", N_("next group"), N_("Go to the next group of figures"), PANEL),
    _a(
        "figures.definition",
        "i",
        N_("definition"),
        N_("What the figure means, and the numbers it was made of"),
        PANEL,
        hint=8,
    ),
    _a(
        "figures.target",
        "T",
        N_("target"),
        N_("Set target and baseline of the figure"),
        PANEL,
        danger="undoable",
        hint=15,
    ),
    _a(
        "figures.export",
        "E",
        N_("export"),
        N_("Write what is shown to a file: CSV, JSON, Markdown or Excel"),
        PANEL,
        hint=13,
        argument="figure_file",
    ),
    _a("figures.copy", "y", N_("copy"), N_("Copy the value or the number"), (*PANEL, *ROWS)),
    _a(
        "figures.queue",
        "o",
        N_("in the queue"),
        N_("Show the same tickets in the queue"),
        ROWS,
        command="inqueue",
        hint=4,
    ),
)
