"""Dependencies on the timeline: adding, removing, and what a delay proposes (R-206)."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual.binding import Binding, BindingType

from crm_tui.domain.text import fold
from crm_tui.i18n import tr
from crm_tui.services.work_dto import Proposal, Schedule
from crm_tui.tui.screens.timeline_edits import TimelineEdits
from crm_tui.tui.screens.timeline_words import days, named
from crm_tui.tui.widgets.dialogs import Finder, Option, Page
from crm_tui.tui.widgets.lines import Layout, Line, wrap

LISTED: Final = 50
"""Tasks that a finder lists at once; typing narrows."""


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
        tasks, actor = self.gateway.services.tasks, self.gateway.actor
        card = self.canvas.current
        if card is None:
            self.crm.say(tr("No task here"))
            return

        # Whatever the filter shows, any task may be what this one waits for.
        def search(text: str) -> list[Option]:
            hits = tasks.find(text, actor=actor, limit=LISTED)
            return [
                Option(c.id, f"{c.number} {c.title}", detail=days(c))
                for c in hits
                if c.id != card.id
            ]

        def chosen(before: int | None) -> None:
            if before is not None:
                self._link(lambda: tasks.link(before, card.id, actor=actor))

        title = tr("{task} waits for").format(task=card.number)
        finder = Finder(title, self.crm.terminal.theme, search, self.gateway.run)
        self.app.push_screen(finder, chosen)

    def do_timeline_unlink(self) -> None:
        """Take a dependency of the task under the cursor away."""
        tasks, actor = self.gateway.services.tasks, self.gateway.actor
        card, chart = self.canvas.current, self.canvas.chart
        links = chart.links_of(card.id) if card is not None else ()
        if card is None or not links:
            self.crm.say(tr("This task has no dependencies here"))
            return
        cards = {c.id: c for c in chart.schedule.cards}
        options = []
        for before, after in links:
            other = cards[before if after == card.id else after]
            way = tr("{task} waits for").format(task=cards[after].number)
            options.append(
                Option((before, after), f"{way} {cards[before].number}", "", other.title)
            )

        def search(text: str) -> list[Option]:
            return [o for o in options if fold(text) in fold(f"{o.label} {o.detail}")]

        def chosen(link: tuple[int, int] | None) -> None:
            if link is not None:
                self._link(lambda: tasks.unlink(*link, actor=actor))

        title = tr("Which dependency is removed?")
        self.app.push_screen(Finder(title, self.crm.terminal.theme, search), chosen)

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
