"""Screen 5: the figures that judge the desk, and the rows behind each (ux.md 3.7, R-250 to R-252)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import DomainError, Unavailable
from crm_tui.domain.kpi import DIMENSIONS
from crm_tui.exchange.figures_text import number, period_name
from crm_tui.i18n import render, tr
from crm_tui.services.actor import Actor
from crm_tui.services.figures_dto import Breakdown, Figure, Grid, Panel, Part, Period
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


Asked = tuple[View, Period, datetime | date | None]
"""A view, the period and the moment that it is read for."""


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
        self._seq = -1
        """The last change that what is shown knows of."""
        self._panel_at: Key | None = None
        self._panel_of: tuple[Any, Any, int] | None = None
        """Period, moment and last change that the panel was read for."""
        self._of: Asked | None = None
        """What is shown; the figures under the cursor are of that, whatever is being read."""

    def body(self) -> ComposeResult:
        """The canvas."""
        yield FiguresCanvas(self.crm.terminal.theme, id="canvas")

    @property
    def canvas(self) -> FiguresCanvas:
        """The canvas widget."""
        return self.query_one("#canvas", FiguresCanvas)

    def on_mount(self) -> None:
        """Frame and focus first."""
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
        """Read what the canvas shows; keys wait for it."""
        self._read(known=-1)

    def read_again(self) -> None:
        """Read if anything has changed since; what is shown serves until then."""
        # What is being read now puts all right by itself.
        if not self._reading:
            self._read(known=self._seq)

    def _read(self, known: int) -> None:
        self._stale = False
        self._reading = known < 0
        services, actor = self.gateway.services, self.gateway.actor
        asked = (self.view, self.period_now(), self.as_of)

        def work() -> tuple[int, Any, str]:
            # Looked at first: what changes meanwhile is read the next time.
            seq = services.audit.last_seq()
            return (seq, None, "") if seq == known else (seq, *self._answer(asked, actor))

        def then(found: tuple[int, Any, str]) -> None:
            self._reading = False
            seq, shown, refusal = found
            if shown is not None and self.is_attached and asked[0] == self.view:
                self._seq, self._of = seq, asked
                self._came(shown, refusal)

        def refused(error: DomainError) -> None:
            self._reading = False
            # The store may be away, or what was asked may be wrong.
            away = isinstance(error, Unavailable)
            (self.crm.offline if away else self.crm.show_error)(error)
            if self.is_attached and self._of is not None:
                self.view, self.period, self.as_of = self._of
                self.draw_bars()

        self.gateway.run(
            work, then, group="figures", exclusive=True, refused=refused, apart=known >= 0
        )
        self.draw_bars()

    def _answer(self, asked: Asked, actor: Actor) -> tuple[Any, str]:
        """What a view shows of a period, and why the team is missing from it."""
        view, period, as_of = asked
        figures = self.gateway.services.figures
        if view.kind == "grid":
            return figures.grid(view.id, period, actor=actor, as_of=as_of), ""
        if view.kind == "breakdown":
            split = figures.breakdown(view.id, view.dimension, period, actor=actor, as_of=as_of)
            return split, ""
        panel = figures.panel(period, actor=actor, as_of=as_of)
        return panel, self.team_refusal(panel)

    def _came(self, answer: Any, refusal: str) -> None:
        if isinstance(answer, Panel):
            self.panel, self.refusal = answer, refusal
            self._panel_of = (self.period, self.as_of, self._seq)
        self.shown = answer
        self.canvas.put(self._layout(answer), self._wanted(answer))
        self.draw_bars()

    def _wanted(self, answer: Any) -> Key | None:
        """Where the cursor goes when another view comes; None leaves it where it is."""
        if isinstance(answer, Panel):
            wanted, self._panel_at = self._panel_at, None
            return wanted
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
            self.read_again()

    def _look_again(self) -> None:
        if self._stale and self.gateway.ready and self.app.screen is self:
            self.read_again()

    # Frame

    def crumb(self) -> str:
        """From when it is seen, if not from now; the period stands on top of what is shown."""
        parts = [f"{tr('as of')} {self.as_of_text()}"] if self.as_of is not None else []
        if self._reading:
            parts.append(tr("loading"))
        return "  ".join(parts)

    # Views

    def show_panel(self) -> None:
        """Back to the tiles."""
        self._to(View())

    def _to(self, view: View) -> None:
        if isinstance(self.shown, Panel):
            self._panel_at = self.canvas.current
        self.view = view
        known = self._known(view)
        if known is not None:
            self._of = (view, self.period_now(), self.as_of)
            self._came(known, self.refusal)
        else:
            self.read()

    def _known(self, view: View) -> Any:
        """The panel or a table of it, if it was read and nothing has changed since."""
        of = (self.period_now(), self.as_of, self._seq)
        if self._stale or self._reading or self.panel is None or self._panel_of != of:
            return None
        if view.kind == PANEL:
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
        if isinstance(self.shown, Panel) and self.canvas.current is not None:
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
        if current is None or self._of is None:
            return None
        _, period, as_of = self._of
        if isinstance(self.shown, Grid):
            if part is None:
                self.crm.say(tr("Nothing stands behind it"))
                return None
            title = self.canvas.picture.notes[current]
            return Behind(self.shown.id, title, period, as_of, cell=(current[1], current[2]))
        if figure is None:
            return None
        if part is not None and isinstance(self.shown, Breakdown):
            title = f"{tr(figure.name)}, {render(part.label)}"
            dimension = self.shown.dimension
            return Behind(figure.id, title, period, as_of, dimension, key=part.key)
        return Behind(figure.id, tr(figure.name), period, as_of)

    # The place

    def place_state(self) -> dict[str, Any]:
        """Period and cursor, as plain values; a past day to look from is not kept."""
        at = self.canvas.current if isinstance(self.shown, Panel) else self._panel_at
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
