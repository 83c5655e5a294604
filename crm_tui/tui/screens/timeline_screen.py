"""Screen 4: the timeline of tasks and plan actions (ux.md 3.7, R-205 to R-208)."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.msg import N_
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import tr
from crm_tui.services.work_dto import Schedule, TaskCard
from crm_tui.tui.actions import Action, for_scope
from crm_tui.tui.keymap import shown
from crm_tui.tui.screens.copying import offer_card
from crm_tui.tui.screens.named_views import View
from crm_tui.tui.screens.timeline_links import TimelineLinks
from crm_tui.tui.screens.timeline_words import described
from crm_tui.tui.widgets.gantt_canvas import GanttCanvas
from crm_tui.tui.widgets.gantt_layout import NAMES, Piece
from crm_tui.tui.widgets.gantt_rows import LANES, WIDE

KINDS: Final = frozenset({"task", "goal", "risk_case"})
"""What the log calls the things whose changes the timeline shows."""
PAIRS: Final = {
    "timeline.earlier": "timeline.later",
    "timeline.shorter": "timeline.longer",
    "timeline.in": "timeline.out",
}
"""Actions that the hint line names together."""
FIRST: Final = (
    "help",
    "timeline.earlier",
    "timeline.shorter",
    "timeline.in",
    "timeline.today",
    "open",
    "filter",
)
"""What the hint line names before the rest."""


class TimelineScreen(TimelineLinks):
    """When each task is done, what waits for what, and what is behind."""

    SCOPE = "timeline"
    ROOT = True
    PLACE: ClassVar[str] = "timeline"
    VIEWS: ClassVar[tuple[View, ...]] = tuple(
        View(name, ViewSpec("timeline", text))
        for name, text in (
            (N_("all tasks"), ""),
            (N_("my tasks"), "owner:@me"),
            (N_("delayed tasks"), "status:delayed"),
            (N_("plan actions"), "plan:yes"),
        )
    )

    def __init__(self) -> None:
        super().__init__()
        self.begun = False
        self.more = False
        self._turn = 0

    def body(self) -> ComposeResult:
        """The chart."""
        yield GanttCanvas(
            theme_name=self.crm.terminal.theme,
            ascii_only=self.crm.terminal.ascii,
            empty=tr("no task matches; \\ clears the filter, n makes a new one"),
            describe=self._describe,
            id="chart",
        )

    def on_mount(self) -> None:
        """Frame and focus first."""
        self.canvas.focus()

    def _describe(self, card: TaskCard) -> list[Piece]:
        canvas = self.canvas
        return described(card, canvas.chart, canvas.today, owner=canvas.label_width < WIDE)

    @property
    def today(self) -> date:
        """The date at the desk."""
        return self.local(self.now).date()

    # Reading

    def ready(self) -> None:
        """Show what was shown last; at first everything, by week and about today."""
        if self.begun:
            self.read()
            return
        self.begun = True
        self.canvas.begin(self.today)
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(rows: Sequence[Any]) -> None:
            self.put_views(rows)
            if not self.restore(self.crm.place_of(self.PLACE)):
                self.to_view(0)

        self.gateway.run(lambda: saved.of(self.PLACE, actor=actor), then, refused=self.crm.offline)

    def read(self, cursor: Any = None) -> None:
        """Read the schedule, with the cursor on a task."""
        self.canvas.end_range()
        self._read(lambda schedule: self.show(schedule, cursor), wait=True)

    def reload(self, then: Any = None) -> None:
        """Read again; everything stays where it is, and no key waits for it."""

        def came(schedule: Schedule) -> None:
            self.show(schedule, in_place=True)
            if then is not None:
                then(schedule)

        self._read(came, wait=False)

    def _read(self, then: Any, *, wait: bool) -> None:
        self._turn += 1
        turn = self._turn
        tasks, actor, text = self.gateway.services.tasks, self.gateway.actor, self.filter

        def answered(schedule: Schedule) -> None:
            # The answer to an older question is dropped.
            if turn == self._turn and self.is_attached:
                then(schedule)

        self.gateway.read(lambda: tasks.schedule(text, actor=actor), answered, wait=wait)

    def show(
        self, schedule: Schedule, cursor: int | None = None, *, in_place: bool = False
    ) -> None:
        """Draw a schedule."""
        self.more = schedule.more
        self.canvas.put(schedule, cursor=cursor, in_place=in_place)
        self.draw_status()

    def draw_status(self) -> None:
        """How many there are and how many of them are marked."""
        canvas, count = self.canvas, len(self.canvas.chart.schedule.cards)
        total = tr("the first {count}") if self.more else tr("{count} in all")
        broken = len(canvas.chart.schedule.broken)
        parts = [
            tr("range") if canvas.ranging else "",
            tr("{count} marked").format(count=len(canvas.marks)) if canvas.marks else "",
            tr("{count} broken").format(count=broken) if broken else "",
            total.format(count=count),
        ]
        self.status = "  ".join(p for p in parts if p)
        self.draw_bars()

    def changed(self, changes: Sequence[Any]) -> None:
        """Somebody changed a task: the cursor keeps its own."""
        if self.gateway.ready and (not changes or any(c.kind in KINDS for c in changes)):
            self.reload()

    def minute(self) -> None:
        """After midnight today is another column."""
        if self.canvas.today != self.today:
            self.canvas.today = self.today
            self.reload()

    def do_refresh(self) -> None:
        """Read everything again, in the order of the dates."""
        self.read()
        self.load_views()

    def hints(self) -> list[tuple[str, str]]:
        """Keys and words for the last line; a pair of opposites stands together."""
        keys = self.crm.keys
        wanted = sorted((a for a in for_scope(self.SCOPE) if a.hint), key=_hint)
        found = []
        for action in wanted:
            pair = [action.id, PAIRS[action.id]] if action.id in PAIRS else [action.id]
            firsts = [shown(keys[name][0]) for name in pair if keys[name]]
            if firsts:
                found.append(("/".join(firsts), action.title))
        return found

    # What a list that is shown by name needs

    @property
    def marked(self) -> set[int]:
        """The ids that are marked."""
        return self.canvas.marks

    @marked.setter
    def marked(self, ids: set[int]) -> None:
        self.canvas.mark(ids)

    def cursor_number(self) -> int | None:
        """The task under the cursor."""
        return self.canvas.current.id if self.canvas.current is not None else None

    def check_filter(self, text: str) -> object:
        """Raise where a filter cannot be read."""
        return self.gateway.services.tasks.schedule(text, actor=self.gateway.actor)

    def complete_filter(self, text: str) -> Sequence[str]:
        """What a filter could become."""
        return self.gateway.services.tasks.complete(text, actor=self.gateway.actor)

    def place_state(self) -> dict[str, Any]:
        """What is shown and how it is looked at; until it is read, what was kept."""
        canvas = self.canvas
        kept = self.crm.place_of(self.PLACE)
        if canvas.state == "loading" and isinstance(kept, dict):
            return kept
        return {
            **super().place_state(),
            "zoom": canvas.scale.zoom.name,
            "left": canvas.scale.day(0).isoformat(),
            "lane": canvas.lane,
            "baselines": canvas.baselines,
            "links": canvas.links,
        }

    def restore(self, state: Any) -> bool:
        """Look at what was looked at last, in the same way."""
        if isinstance(state, dict):
            zoom, lane = state.get("zoom"), state.get("lane")
            self.canvas.links = state.get("links") is not False
            self.canvas.group_by(
                lane=lane if lane in LANES else "", baselines=state.get("baselines") is True
            )
            if zoom in NAMES:
                self.canvas.begin(self.today, zoom=str(zoom), left=_day(state.get("left")))
        return super().restore(state)

    @on(GanttCanvas.Moved)
    def _moved(self) -> None:
        if self.canvas.ranging:
            self.draw_status()
        if self.begun and not self.canvas.state:
            self.remember()

    def line_cut(self) -> None:
        """Keep the place."""
        self.remember()

    def do_back(self) -> None:
        """The range first, then marks, then the filter."""
        if self.canvas.ranging:
            self.do_mark_range()
        elif self.canvas.marks:
            self.canvas.mark(())
            self.draw_status()
        elif self.view < 0:
            self.do_filter_clear()

    # Looking

    def do_timeline_in(self) -> None:
        """Nearer: towards days."""
        self.canvas.zoom(-1)

    def do_timeline_out(self) -> None:
        """Further: towards quarters."""
        self.canvas.zoom(1)

    def do_timeline_today(self) -> None:
        """To the present day."""
        self.canvas.to_today()

    def do_timeline_reveal(self) -> None:
        """To the bar of the task under the cursor."""
        self.canvas.reveal()

    def do_timeline_arrows(self) -> None:
        """Dependency lines on or off."""
        self.canvas.show_links(not self.canvas.links)
        self.remember()

    def do_timeline_baselines(self) -> None:
        """Baselines beside the bars, or not."""
        self.canvas.group_by(baselines=not self.canvas.baselines)

    def do_timeline_lanes(self) -> None:
        """Lanes by goal, by department, off."""
        self.canvas.group_by(lane=LANES[(LANES.index(self.canvas.lane) + 1) % len(LANES)])

    # Tasks

    @on(GanttCanvas.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Everything about the task under the cursor."""
        if (card := self.canvas.current) is not None:
            self.crm.open_task(card.id, [row.card.id for row in self.canvas.chart.rows])

    def do_copy(self) -> None:
        """Copy the number."""
        if (card := self.canvas.current) is not None:
            self.copy(card.number)

    def do_copy_menu(self) -> None:
        """Choose what of the task to copy."""
        if (card := self.canvas.current) is not None:
            offer_card(self, card)

    # Marks

    def do_mark(self) -> None:
        """Mark and go down."""
        self.canvas.toggle_mark()
        self._remarked()

    def do_mark_range(self) -> None:
        """Mark from here on while moving; again ends it."""
        if self.canvas.ranging:
            self.canvas.end_range()
        else:
            self.canvas.start_range()
        self._remarked()

    def do_mark_all(self) -> None:
        """Mark everything in the filter."""
        self.canvas.mark(c.id for c in self.canvas.chart.schedule.cards)
        self._remarked()

    def matching_ids(self, text: str) -> Sequence[int]:
        """The tasks that a filter has, for marking; runs off the loop."""
        tasks = self.gateway.services.tasks
        return [c.id for c in tasks.schedule(text, actor=self.gateway.actor).cards]

    def add_marks(self, ids: Sequence[int]) -> None:
        """Mark these besides what is marked."""
        self.canvas.mark(self.canvas.marks | set(ids))
        self._remarked()

    def _remarked(self) -> None:
        self.draw_status()
        self.remember()


def _hint(action: Action) -> tuple[int, int]:
    """The place of an action in the hint line (ux.md 3.10)."""
    first = FIRST.index(action.id) if action.id in FIRST else len(FIRST)
    return first, action.hint


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
