"""Dependencies on the timeline: adding, removing, and what a delay proposes (R-206)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from crm_tui.i18n import tr
from crm_tui.services.work_dto import Proposal, Schedule
from crm_tui.tui.screens.task_waiting import wait_for, wait_no_more
from crm_tui.tui.screens.task_words import days, named
from crm_tui.tui.screens.timeline_edits import TimelineEdits
from crm_tui.tui.widgets.dialogs import Page
from crm_tui.tui.widgets.lines import Layout, Line, wrap


class Proposals(Page):
    """Broken dependencies and the dates that would mend them; they stay until they are accepted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]

    def foot(self, *parts: str) -> None:
        """Say which keys answer, before those of every page."""
        super().foot(tr("y accepts the dates"), tr("n leaves them as they are"), *parts)

    def action_answer(self, answer: bool) -> None:
        """Accept or decline."""
        self.dismiss(answer)


class TimelineLinks(TimelineEdits):
    """What waits for what."""

    def do_timeline_link(self) -> None:
        """Let the task under the cursor wait for another one."""
        if (card := self.canvas.current) is None:
            self.crm.say(tr("No task here"))
        else:
            wait_for(self, card, self._link)

    def do_timeline_unlink(self) -> None:
        """Take a dependency of the task under the cursor away."""
        card, chart = self.canvas.current, self.canvas.chart
        if card is None:
            self.crm.say(tr("No task here"))
        else:
            cards = {c.id: c for c in chart.schedule.cards}
            wait_no_more(self, card, chart.links_of(card.id), cards, self._link)

    def _link(self, work: Any) -> None:
        def then(result: Any) -> None:
            broken = self.canvas.chart.schedule.broken
            self.tell(result)
            self.reload(lambda schedule: self._say_broken(result, schedule.broken - broken))

        self.gateway.run(work, then)

    # Proposals

    def do_timeline_proposals(self) -> None:
        """Broken dependencies and the dates that would mend them, of the marked tasks or of all."""
        tasks, actor = self.gateway.services.tasks, self.gateway.actor
        marks = set(self.canvas.marks)

        def work() -> tuple[Schedule, list[Proposal]]:
            moves = tasks.proposals(actor=actor)
            wanted = [m for m in moves if not marks or m.card.id in marks]
            return tasks.schedule("", actor=actor), wanted

        def show(answer: tuple[Schedule, list[Proposal]]) -> None:
            schedule, moves = answer
            if not schedule.broken and not moves:
                self.crm.say(tr("No dependency is broken"))
                return

            def answered(yes: bool | None) -> None:
                if yes and moves:
                    self._link(lambda: tasks.accept(moves, actor=actor))

            title = tr("Broken dependencies: {count}").format(count=len(schedule.broken))
            page = Proposals(title, self.crm.terminal.theme, _listed(schedule, moves))
            self.app.push_screen(page, answered)

        self.gateway.run(work, show)


def _listed(schedule: Schedule, moves: Sequence[Proposal]) -> Layout:
    """The broken dependencies, then the dates proposed."""
    cards = {c.id: c for c in schedule.cards}

    def layout(width: int) -> list[Line]:
        lines: list[Line] = []
        for before, after in sorted(schedule.broken):
            first, then = cards[before], cards[after]
            text = tr("{after} starts before {before} has ended").format(
                after=named(then), before=named(first)
            )
            lines += [[(part, "late")] for part in wrap(text, width)]
            lines.append(
                [(f"  {first.number}  {days(first)}   {then.number}  {days(then)}", "dim")]
            )
        lines.append([])
        lines.append([(tr("Proposed dates") if moves else tr("No dates to propose"), "head")])
        for move in moves:
            lines += [[(part, "")] for part in wrap(named(move.card), width)]
            new = days(move.card, move.start_on, move.due_on)
            lines.append([(f"  {days(move.card)}  >  ", "dim"), (new, "title")])
        return lines

    return layout
