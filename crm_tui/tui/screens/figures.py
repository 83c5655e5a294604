"""Screen 5: the figures that judge the desk, and the rows behind each (ux.md 3.7, R-250 to R-252)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.screen import ModalScreen

from crm_tui.domain.errors import DomainError, Unavailable
from crm_tui.domain.kpi import DIMENSIONS
from crm_tui.exchange.figures_text import number, period_name
from crm_tui.i18n import render, tr
from crm_tui.services.figures_dto import Breakdown, Figure, Grid, Panel, Part
from crm_tui.tui.screens.figures_acts import FigureActs
from crm_tui.tui.screens.figures_rows import Behind
from crm_tui.tui.widgets.dialogs import Menu, Option
from crm_tui.tui.widgets.figures_canvas import FiguresCanvas
from crm_tui.tui.widgets.figures_layout import (
    Key,
    Layout,
    breakdown_picture,
    grid_picture,
    panel_picture,
)

REFRESH_S: Final = 30.0
"""Seconds between looks whether the figures shown are of yesterday's news."""
PLACE: Final = "figures"
PANEL: Final = "panel"


@dataclass(frozen=True, slots=True)
class View:
    """What the canvas shows: the panel, one of its tables, or a figure by a dimension."""

    kind: str = PANEL
    id: str = ""
    dimension: str = ""


class FiguresScreen(FigureActs):
    """The panel, its tables and breakdowns on one canvas."""

    SCOPE = "figures"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.view = View()
        self.refusal = ""
        """Why the team is not shown, in the services' words."""
        self._begun = False
        self._stale = False
        self._reading = False
        self._panel_at: Key | None = None
        self._panel_of: tuple[Any, Any] | None = None
        """Period and moment that the panel was read for."""

    def body(self) -> ComposeResult:
        """The canvas."""
        yield FiguresCanvas(self.crm.terminal.theme, id="canvas")

    @property
    def canvas(self) -> FiguresCanvas:
        """The canvas widget."""
        return self.query_one("#canvas", FiguresCanvas)

    def on_mount(self) -> None:
        """Frame and focus first."""
        super().on_mount()
        self.canvas.focus()
        self.set_interval(REFRESH_S, self._look_again)

    def ready(self) -> None:
        """Read, the first time at the place that was left last."""
        if not self._begun:
            self._begun = True
            self._restore(self.crm.place_of(PLACE))
        self.read()

    # Reading

    def read(self) -> None:
        """Read what the canvas shows."""
        self._stale = False
        self._reading = True
        figures, actor = self.gateway.services.figures, self.gateway.actor
        period, as_of, view = self.period_now(), self.as_of, self.view

        def work() -> tuple[Any, str]:
            if view.kind == "grid":
                return figures.grid(view.id, period, actor=actor, as_of=as_of), ""
            if view.kind == "breakdown":
                split = figures.breakdown(view.id, view.dimension, period, actor=actor, as_of=as_of)
                return split, ""
            panel = figures.panel(period, actor=actor, as_of=as_of)
            return panel, self.team_refusal(panel)

        def then(answer: tuple[Any, str]) -> None:
            self._reading = False
            if self.is_attached and view == self.view:
                if view.kind == PANEL:
                    self._panel_of = (period, as_of)
                self._came(*answer)

        def refused(error: DomainError) -> None:
            self._reading = False
            # The store may be away, or what was asked may be wrong.
            away = isinstance(error, Unavailable)
            (self.crm.offline if away else self.crm.show_error)(error)
            if self.is_attached and view == self.view and view.kind != PANEL:
                self.show_panel()
            self.draw_bars()

        self.gateway.run(work, then, group="figures", exclusive=True, refused=refused)
        self.draw_bars()

    def _came(self, answer: Any, refusal: str) -> None:
        if isinstance(answer, Panel):
            self.panel, self.refusal = answer, refusal
        self.shown = answer
        self.canvas.put(self._layout(answer), self._wanted(answer))
        self._panel_at = self._panel_at if self.view.kind != PANEL else None
        self.draw_bars()

    def _wanted(self, answer: Any) -> Key | None:
        """Where the cursor goes when another view comes; None leaves it where it is."""
        if isinstance(answer, Panel):
            return self._panel_at
        current = self.canvas.current
        kind = "cell" if isinstance(answer, Grid) else "part"
        if current is not None and current[0] == kind:
            return None
        if isinstance(answer, Grid) and answer.rows and answer.columns:
            return ("cell", answer.rows[0][0], answer.columns[0][0])
        return None

    def _layout(self, answer: Any) -> Layout:
        plain, zone = self.crm.terminal.ascii, self.gateway.zone
        if isinstance(answer, Grid):
            words = period_name(self.period_now())
            return lambda width, at: grid_picture(answer, words, width, at, plain=plain)
        if isinstance(answer, Breakdown):
            return lambda width, _: breakdown_picture(answer, width, plain=plain)
        refusal = self.refusal
        return lambda width, _: panel_picture(answer, width, zone, refusal=refusal, plain=plain)

    def changed(self, changes: Sequence[Any]) -> None:
        """One's own change is shown at once, those of others with the next look."""
        if not self.gateway.ready:
            return
        if changes:
            self._stale = True
        else:
            self.read()

    def _look_again(self) -> None:
        if self._stale and self.gateway.ready and not isinstance(self.app.screen, ModalScreen):
            self.read()

    # Frame

    def crumb(self) -> str:
        """The period and what of it is shown."""
        parts = [period_name(self.period)] if self.period is not None else []
        if isinstance(self.shown, Breakdown):
            parts.append(tr(DIMENSIONS.get(self.shown.dimension, self.shown.dimension)))
        if self._reading:
            parts.append(tr("loading"))
        return "  ".join(parts)

    # Views

    def show_panel(self) -> None:
        """Back to the tiles."""
        self._to(View())

    def _to(self, view: View) -> None:
        if self.view.kind == PANEL:
            self._panel_at = self.canvas.current
        self.view = view
        known = self._known(view)
        if known is not None:
            self._came(known, self.refusal)
        else:
            self.read()

    def _known(self, view: View) -> Any:
        """The panel or a table of it, if it was read and nothing has changed since."""
        if self._stale or self._panel_of != (self.period_now(), self.as_of):
            return None
        if view.kind == PANEL or self.panel is None:
            return self.panel
        return next((g for g in self.panel.grids if view == View("grid", g.id)), None)

    def do_back(self) -> None:
        """From a table or breakdown to the panel."""
        if self.view.kind != PANEL:
            self.show_panel()

    def do_figures_tables(self) -> None:
        """Choose a table, or the panel."""
        if self.panel is None:
            return
        options = [Option(View(), tr("Panel"), "0")]
        options += [
            Option(View("grid", g.id), render(g.title), str(n))
            for n, g in enumerate(self.panel.grids, 1)
        ]

        def chosen(view: View | None) -> None:
            if view is not None and view != self.view:
                self._to(view)

        at = next((i for i, o in enumerate(options) if o.value == self.view), 0)
        self.app.push_screen(Menu(tr("Tables"), options, self.crm.terminal.theme, at), chosen)

    def do_figures_breakdown(self) -> None:
        """Choose a dimension and see the figure by it."""
        figure = self.figure
        if figure is None:
            self.crm.say(tr("Go to a figure first"), "warning")
            return
        names = self.dimensions(figure.id)
        if not names:
            self.crm.say(tr("This figure is not divided"), "warning")
            return
        options = [
            Option(name, tr(DIMENSIONS.get(name, name)), str(n)) for n, name in enumerate(names, 1)
        ]

        def chosen(dimension: str | None) -> None:
            if dimension is not None:
                self._to(View("breakdown", figure.id, dimension))

        self.app.push_screen(Menu(tr(figure.name), options, self.crm.terminal.theme), chosen)

    def do_figures_group(self) -> None:
        """To the next group of figures."""
        self.canvas.next_group()

    # What the cursor stands on

    @property
    def figure(self) -> Figure | None:
        """The figure under the cursor, or the one that is divided."""
        if isinstance(self.shown, Breakdown):
            return self.shown.figure
        current = self.canvas.current
        if not isinstance(self.shown, Panel) or current is None or current[0] != "figure":
            return None
        return next((f for f in self.shown.figures if f.id == current[1]), None)

    @property
    def part(self) -> Part | None:
        """The part or cell under the cursor."""
        current = self.canvas.current
        if current is None:
            return None
        if isinstance(self.shown, Breakdown):
            return next((p for p in self.shown.parts if p.key == current[1]), None)
        if isinstance(self.shown, Grid):
            return self.shown.cells.get((current[1], current[2]))
        return None

    def value_text(self) -> str:
        """The value under the cursor as it is shown."""
        figure, part = self.figure, self.part
        if part is not None:
            unit = (
                self.shown.unit if isinstance(self.shown, Grid) else figure.unit if figure else ""
            )
            return number(part.value, unit)
        return number(figure.value, figure.unit) if figure is not None else ""

    @on(FiguresCanvas.Opened)
    def _opened(self) -> None:
        self.do_open()

    @on(FiguresCanvas.Moved)
    def _moved(self) -> None:
        if self.view.kind == PANEL and self.canvas.current is not None:
            self.remember()

    def do_open(self) -> None:
        """The rows behind what the cursor stands on; a table opens."""
        current = self.canvas.current
        if current is not None and current[0] == "grid":
            self._to(View("grid", current[1]))
            return
        behind = self._behind()
        if behind is not None:
            self.crm.open_figure_rows(behind)

    def _behind(self) -> Behind | None:
        current, figure, part = self.canvas.current, self.figure, self.part
        if current is None:
            return None
        period = self.period_now()
        if isinstance(self.shown, Grid):
            if part is None:
                self.crm.say(tr("Nothing stands behind it"))
                return None
            title = self.canvas.picture.notes[current]
            return Behind(self.shown.id, title, period, self.as_of, cell=(current[1], current[2]))
        if figure is None:
            return None
        if part is not None and isinstance(self.shown, Breakdown):
            title = f"{tr(figure.name)}, {render(part.label)}"
            return Behind(figure.id, title, period, self.as_of, self.shown.dimension, key=part.key)
        return Behind(figure.id, tr(figure.name), period, self.as_of)

    # The place

    def place_state(self) -> dict[str, Any]:
        """Period and cursor, as plain values; a past day to look from is not kept."""
        at = self._panel_at if self.view.kind != PANEL else self.canvas.current
        kept = self.period_state()
        return {**kept, "cursor": list(at)} if at is not None else kept

    def remember(self) -> None:
        """Keep the place for the way back and for the next start."""
        self.crm.keep_place(PLACE, self.place_state())

    def _restore(self, state: Any) -> None:
        if not isinstance(state, dict):
            return
        self.put_period_state(state)
        cursor = state.get("cursor")
        if isinstance(cursor, list) and all(isinstance(part, str) for part in cursor):
            self._panel_at = tuple(cursor)
