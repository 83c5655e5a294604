"""Moving bars and noting progress on the timeline; every change of dates can be undone (ux.md 3.7)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from crm_tui.domain.errors import Conflict
from crm_tui.i18n import render, tr
from crm_tui.services.work_dto import Schedule, TaskCard
from crm_tui.tui.keymap import shown
from crm_tui.tui.screens.named_views import NamedViews
from crm_tui.tui.screens.records import record_form
from crm_tui.tui.screens.task_asking import progress_of
from crm_tui.tui.screens.task_forms import edit_task, taken_off
from crm_tui.tui.screens.task_words import days
from crm_tui.tui.widgets.dialogs import Question
from crm_tui.tui.widgets.gantt_canvas import GanttCanvas

ASKED_FROM: Final = 11
"""As many tasks at once are changed after a question (ux.md 3.6)."""
PATCHED: Final = 30
"""Changed tasks that are drawn before the whole schedule is read again."""
Versions = Mapping[int, int]
Work = Callable[[Sequence[int], Versions], Any]


class TimelineEdits(NamedViews):
    """What is done with the marked tasks, else with the one under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self._last: Work | None = None

    @property
    def canvas(self) -> GanttCanvas:
        """The chart."""
        return self.query_one("#chart", GanttCanvas)

    def reload(self, then: Callable[[Schedule], object] | None = None) -> None:
        """Read the schedule again."""

    def perform(self, work: Work, seen: Versions | None = None) -> None:
        """Do something with the targets; then draw them, and say what it has broken.

        ``seen`` are the versions when something was asked first; else those on the screen count.
        """
        ids = self.canvas.targets
        if not ids:
            self.crm.say(tr("No task here"))
            return
        self._last = work
        versions = self.versions() if seen is None else seen

        def answered(yes: bool | None) -> None:
            if yes:
                self._perform(ids, versions, work)

        if len(ids) >= ASKED_FROM:
            question = Question(tr("Change {count} tasks?").format(count=len(ids)))
            self.app.push_screen(question, answered)
        else:
            self._perform(ids, versions, work)

    def versions(self) -> Versions:
        """The versions of the targets as they are shown now."""
        ids = set(self.canvas.targets)
        return {c.id: c.version for c in self.canvas.chart.schedule.cards if c.id in ids}

    def _perform(self, ids: Sequence[int], versions: Versions, work: Work) -> None:
        tasks, actor = self.gateway.services.tasks, self.gateway.actor

        def job() -> tuple[Any, list[Any]]:
            result = work(ids, versions)
            lost = [o.id for o in result.refused if isinstance(o.error, Conflict)]
            return result, [tasks.card(i, actor=actor) for i in (*result.done, *lost)[:PATCHED]]

        def then(answer: tuple[Any, list[Any]]) -> None:
            result, cards = answer
            broken = self.canvas.chart.schedule.broken
            self.tell(result)
            if len(ids) == 1 and cards and not result.done:
                self._compare(cards[0])
            self.canvas.patch(cards)
            if len(result.done) > PATCHED or any(map(self.canvas.chart.links_of, result.done)):
                self.reload(lambda schedule: self._say_broken(result, schedule.broken - broken))

        self.gateway.run(job, then)

    def _compare(self, theirs: TaskCard) -> None:
        """Where somebody else was first, say what was seen and what stands now, to decide anew."""
        seen = next((c for c in self.canvas.chart.schedule.cards if c.id == theirs.id), theirs)
        text = tr("seen: {seen}   now: {now}   {key} does yours on that").format(
            seen=f"{days(seen)} {seen.progress}%",
            now=f"{days(theirs)} {theirs.progress}%",
            key=shown(self.crm.keys["repeat"][0]) if self.crm.keys["repeat"] else ":repeat",
        )
        self.crm.say(f"{self.crm.said[-1]}\n{text}", "warning")

    def _say_broken(self, result: Any, broken: "frozenset[tuple[int, int]]") -> None:
        """A delay moves nothing by itself: say what now starts too early, and where it is mended.

        Reasons of refusals stay on the screen instead; the foot counts what is broken.
        """
        if not broken or result.refused:
            return
        text = tr("Broken dependencies: {count}; ! proposes new dates").format(count=len(broken))
        way_back = tr("u undo") if result.undo_id is not None else ""
        self.crm.say(f"{render(result.label)}. {text}   {way_back}".rstrip(), "warning")

    def _shift(self, start: int, end: int) -> None:
        """Move both ends of the bars by so many units of the zoom."""
        tasks, actor = self.gateway.services.tasks, self.gateway.actor
        unit = self.canvas.scale.zoom.unit
        self.perform(
            lambda ids, versions: tasks.reschedule(
                ids,
                start_days=start * unit,
                end_days=end * unit,
                actor=actor,
                expected=versions,
            )
        )

    def do_timeline_earlier(self) -> None:
        """A unit of the zoom earlier."""
        self._shift(-1, -1)

    def do_timeline_later(self) -> None:
        """A unit of the zoom later."""
        self._shift(1, 1)

    def do_timeline_shorter(self) -> None:
        """End a unit earlier."""
        self._shift(0, -1)

    def do_timeline_longer(self) -> None:
        """End a unit later."""
        self._shift(0, 1)

    def do_timeline_keep(self) -> None:
        """Keep the present dates as those that were planned."""
        tasks, actor = self.gateway.services.tasks, self.gateway.actor
        self.perform(lambda ids, _: tasks.set_baseline(ids, actor=actor))

    def do_timeline_progress(self) -> None:
        """Note progress: a percentage, or what was done, or both."""
        ids = list(self.canvas.targets)
        if not ids:
            self.crm.say(tr("No task here"))
            return
        tasks, actor, seen = self.gateway.services.tasks, self.gateway.actor, self.versions()

        def ask() -> None:
            label = tr("Progress: a percentage, what was done, or both")
            self.ask(label, lambda text: self.note_progress(text, seen))

        self.gateway.run(lambda: tasks.need_progress(ids, actor=actor), lambda _: ask())

    def note_progress(self, text: str, seen: Versions | None = None) -> None:
        """Note what a line says of progress."""
        tasks, actor = self.gateway.services.tasks, self.gateway.actor
        percent, note = progress_of(text)
        self.perform(
            lambda ids, versions: tasks.progress(
                ids, percent, note, actor=actor, expected=versions
            ),
            seen,
        )

    def do_repeat(self) -> None:
        """Do the last of these again with what is marked or under the cursor now."""
        if self._last is None:
            self.crm.say(tr("Nothing to repeat yet"))
        else:
            self.perform(self._last)

    def do_new(self) -> None:
        """A new task that starts today."""
        today = self.local(self.now).date()
        record_form(self, "task", preset={"start_on": today})

    def do_edit(self) -> None:
        """Every field of the task under the cursor."""
        if (card := self.canvas.current) is not None:
            edit_task(self, card.id)

    def delete(self, number: str) -> Callable[[], object]:
        """Take the task under the cursor off the lists."""
        return taken_off(self, self.canvas.current, number)
