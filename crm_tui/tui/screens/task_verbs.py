"""The verbs on tasks, on the board and on a task's own page: one or many (ux.md 3.7)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import Conflict
from crm_tui.domain.terms import LABELS, RequirementPriority
from crm_tui.i18n import render, tr
from crm_tui.services.work_dto import Choice, TaskCard
from crm_tui.tui.actions import BY_ID
from crm_tui.tui.keymap import shown
from crm_tui.tui.labels import department_label
from crm_tui.tui.screens.task_asking import Asking, preview, progress_of
from crm_tui.tui.screens.ticket_ways import BULK_ASKS, TicketWays
from crm_tui.tui.widgets.board_layout import COLUMNS, column_label
from crm_tui.tui.widgets.dialogs import Finder, Option
from crm_tui.tui.widgets.ticks import Ticks

if TYPE_CHECKING:
    from crm_tui.services.result import Result
    from crm_tui.services.tasks import TaskService

COLUMN_KEYS: Final = dict(zip(COLUMNS, "nudl", strict=True))
PRIORITY_KEYS: Final = {"high": "h", "medium": "m", "low": "l"}
MOST_ASKED: Final = 50
"""Cards of a move that are asked what they need; the services ask all."""
FOUND: Final = 12
Need = Callable[..., object]
"""A question of the services that refuses what would be refused of all ids."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wanted a card to be, and how a card says what it is instead."""

    text: str
    of: Callable[[TaskCard], str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom a verb is for, with their versions: as they were when its key was pressed."""

    ids: Sequence[int]
    seen: Mapping[int, int]


class TaskVerbs(TicketWays):
    """Mixed into screens of tasks; targets are tasks here."""

    @property
    def held(self) -> Mapping[int, TaskCard]:
        """The tasks that are shown, by id."""
        return {}

    @property
    def tasks(self) -> "TaskService":
        """The services of tasks."""
        return self.gateway.services.tasks

    def version_of(self, ticket_id: int) -> int | None:
        """The version that is shown."""
        card = self.held.get(ticket_id)
        return card.version if card is not None else None

    def number_of(self, item: int) -> str:
        """The number that is shown."""
        card = self.held.get(item)
        return card.number if card is not None else ""

    def key_of(self, action: str) -> str:
        """The first key of an action, or its command."""
        keys = self.crm.keys[action]
        return shown(keys[0]) if keys else f":{BY_ID[action].command}"

    # Doing

    def chosen(self) -> Chosen:
        """The targets as they are shown now."""
        ids = list(self.targets())
        return Chosen(ids, self.versions(ids))

    def allowed(self, need: Need, then: Callable[[Chosen], object]) -> None:
        """Go on unless the services would refuse all targets: then say so before anything is asked."""
        whom, actor = self.chosen(), self.gateway.actor
        if whom.ids:
            self.gateway.run(lambda: need(whom.ids, actor=actor), lambda _: then(whom))
        else:
            self.crm.say(tr("No task here"))

    def again(self, verb: str, *given: Any, whom: Chosen | None = None) -> None:
        """Do a verb of this class, which `repeat` does once more, on others or on newer versions."""
        self.crm.repeatable_task = (verb, given)
        getattr(self, verb)(*given, whom=whom)

    def do_repeat(self) -> None:
        """Do the last change again on what is chosen now."""
        if self.crm.repeatable_task is None:
            self.crm.say(tr("Nothing to repeat yet"))
            return
        verb, given = self.crm.repeatable_task
        getattr(self, verb)(*given)

    def change_cards(
        self,
        work: "Callable[[Sequence[int], Mapping[int, int]], Result]",
        whom: Chosen | None,
        *,
        changes: Mapping[str, Any],
        wanted: Wanted | None = None,
    ) -> None:
        """Change the targets; of many it shows first what would become of each (R-218)."""
        meant = whom or self.chosen()
        if not meant.ids:
            self.crm.say(tr("No task here"))
            return

        def go() -> None:
            self.gateway.run(lambda: work(meant.ids, meant.seen), done)

        def done(result: "Result") -> None:
            self._performed(result)
            if wanted is not None:
                self._compare(result, wanted)

        if len(meant.ids) <= BULK_ASKS:
            go()
        else:
            preview(self, meant.ids, changes, go)

    def _compare(self, result: "Result", wanted: Wanted) -> None:
        """Where somebody else was first, say what stands now beside what was wanted."""
        lost = [o for o in result.refused if isinstance(o.error, Conflict)]
        if len(result.outcomes) != 1 or not lost:
            return
        key, actor, sentence = lost[0].id, self.gateway.actor, self.crm.said[-1]

        def then(card: TaskCard) -> None:
            both = tr("theirs: {theirs}   yours: {yours}   {key} repeats yours").format(
                theirs=wanted.of(card), yours=wanted.text, key=self.key_of("repeat")
            )
            self.crm.say(f"{sentence}\n{both}", "warning")

        self.gateway.run(lambda: self.tasks.card(key, actor=actor), then)

    # Moving

    def do_board_status(self) -> None:
        """Choose a column; illegal ones say their rule."""
        whom, actor = self.chosen(), self.gateway.actor
        if not whom.ids:
            self.crm.say(tr("No task here"))
            return

        def choices() -> Sequence[Choice]:
            self.tasks.need_change(whom.ids, actor=actor)
            return self.tasks.choices(whom.ids[0], actor=actor)

        def show(choices: Sequence[Choice]) -> None:
            options = [
                Option(
                    c.status,
                    column_label(COLUMNS.index(c.status)),
                    COLUMN_KEYS[c.status],
                    refusal=render(c.refusal) if c.refusal is not None else "",
                )
                for c in choices
            ]
            self.menu(tr("Status"), options, lambda to: self.again("move_cards", to, whom=whom))

        self.gateway.run(choices, show)

    def move_cards(self, to: str, *, whom: Chosen | None = None) -> None:
        """Ask what the move needs, then move."""
        meant, actor = whom or self.chosen(), self.gateway.actor
        label = column_label(COLUMNS.index(to))

        def look() -> list[Choice]:
            found = [self.tasks.choices(i, actor=actor) for i in meant.ids[:MOST_ASKED]]
            return [c for choices in found for c in choices if c.status == to]

        def show(choices: Sequence[Choice]) -> None:
            # What is refused anyway is not asked about: the services give the reason, and before it
            # that somebody else was first.
            asked = {word for c in choices if c.refusal is None for word in c.asks}
            Asking(self, meant.ids, to, asked).then(move)

        def move(given: Mapping[str, Any]) -> None:
            self.change_cards(
                lambda ids, seen: self.tasks.move(ids, to, actor=actor, expected=seen, **given),
                meant,
                changes={"status": to},
                wanted=Wanted(label, lambda card: column_label(COLUMNS.index(card.shown))),
            )

        if meant.ids:
            self.gateway.run(look, show)
        else:
            self.crm.say(tr("No task here"))

    # Changing

    def do_board_assign(self) -> None:
        """Choose the first responsible person; their load is shown."""

        def ask(whom: Chosen) -> None:
            title = tr("Assign to")
            self.find_staff(title, lambda who: self.again("assign_cards", who, whom=whom))

        self.allowed(self.tasks.need_change, ask)

    def assign_cards(self, who: int | None, *, whom: Chosen | None = None) -> None:
        """Name the first responsible person (R-198)."""
        actor = self.gateway.actor
        if who is None:
            self.crm.say(tr("A task has exactly one first responsible person"), "warning")
            return

        def change(people: Sequence[Any]) -> None:
            name = next((p.name for p in people if p.id == who), "")
            self.change_cards(
                lambda ids, seen: self.tasks.assign(ids, who, actor=actor, expected=seen),
                whom,
                changes={"owner_id": who},
                wanted=Wanted(name, lambda card: card.owner),
            )

        self.gateway.run(self.gateway.services.org.staff_list, change)

    def do_board_departments(self) -> None:
        """Tick the departments that the work goes to."""

        def ask(whom: Chosen) -> None:
            self.gateway.run(self.gateway.services.org.departments, lambda all_: show(all_, whom))

        def show(departments: Sequence[Any], whom: Chosen) -> None:
            options = [Option(d.id, department_label(d.code), detail=d.head) for d in departments]

            def ticked(ids: Sequence[int] | None) -> None:
                if ids:
                    self.again("hand_over", tuple(ids), whom=whom)

            dialog = Ticks(tr("Hand over to"), options, self.crm.terminal.theme)
            self.app.push_screen(dialog, ticked)

        self.allowed(self.tasks.need_change, ask)

    def hand_over(self, departments: Sequence[int], *, whom: Chosen | None = None) -> None:
        """Set the departments (R-197)."""
        actor = self.gateway.actor

        def change(known: Sequence[Any]) -> None:
            codes = [d.code for d in known if d.id in departments]
            self.change_cards(
                lambda ids, seen: self.tasks.hand_over(
                    ids, departments, actor=actor, expected=seen
                ),
                whom,
                changes={"department_ids": list(departments)},
                wanted=Wanted(
                    _labels(codes), lambda card: _labels([code for _, code in card.departments])
                ),
            )

        self.gateway.run(self.gateway.services.org.departments, change)

    def do_board_priority(self) -> None:
        """Choose the priority."""
        labels = LABELS[RequirementPriority]
        options = [Option(value, tr(text), PRIORITY_KEYS[value]) for value, text in labels.items()]

        def ask(whom: Chosen) -> None:
            title = tr("Priority")
            self.menu(title, options, lambda value: self.again("set_priority", value, whom=whom))

        self.allowed(self.tasks.need_change, ask)

    def set_priority(self, value: str, *, whom: Chosen | None = None) -> None:
        """Set the priority."""
        actor = self.gateway.actor
        labels = LABELS[RequirementPriority]
        self.change_cards(
            lambda ids, seen: self.tasks.priority(ids, value, actor=actor, expected=seen),
            whom,
            changes={"priority": value},
            wanted=Wanted(tr(labels[value]), lambda card: tr(labels[card.priority])),
        )

    def do_board_progress(self) -> None:
        """A percentage, a note, or both."""
        label = tr("Progress: 60, or 60 and what was done, or words alone")

        def ask(whom: Chosen) -> None:
            self.ask(label, lambda text: self.again("note_progress", text, whom=whom))

        self.allowed(self.tasks.need_progress, ask)

    def note_progress(self, text: str, *, whom: Chosen | None = None) -> None:
        """Note progress; a number in front is the percentage."""
        actor = self.gateway.actor
        percent, note = progress_of(text)
        self.change_cards(
            lambda ids, seen: self.tasks.progress(ids, percent, note, actor=actor, expected=seen),
            whom,
            changes={} if percent is None else {"progress": percent},
            wanted=Wanted(text, lambda card: f"{card.progress}%"),
        )

    def do_board_goal(self) -> None:
        """Choose a goal, or none."""
        registers, actor = self.gateway.services.registers, self.gateway.actor

        def search(text: str) -> list[Option]:
            page = registers.page("goal", actor=actor, filter_text=_quoted(text), limit=FOUND - 1)
            return [*(Option(r.id, r.title) for r in page.rows), Option(-1, tr("no goal"))]

        def ask(whom: Chosen) -> None:
            def chosen(value: int | None) -> None:
                if value is not None:
                    self.again("set_goal", None if value == -1 else value, whom=whom)

            theme = self.crm.terminal.theme
            self.app.push_screen(Finder(tr("Goal"), theme, search, self.gateway.run), chosen)

        self.allowed(self.tasks.need_change, ask)

    def set_goal(self, goal: int | None, *, whom: Chosen | None = None) -> None:
        """Make them key actions of a goal, or of none."""
        registers, actor = self.gateway.services.registers, self.gateway.actor

        def title() -> str:
            if goal is None:
                return tr("no goal")
            return registers.get("goal", goal, actor=actor).title

        def change(name: str) -> None:
            self.change_cards(
                lambda ids, seen: self.tasks.goal(ids, goal, actor=actor, expected=seen),
                whom,
                changes={"goal_id": goal},
                wanted=Wanted(name, lambda card: card.goal or tr("no goal")),
            )

        self.gateway.run(title, change)

    # The ticket behind a card

    def do_board_take(self) -> None:
        """Take the tickets behind the cards; tasks without one become mine."""
        services, actor = self.gateway.services, self.gateway.actor
        cards = [self.held[i] for i in self.targets() if i in self.held]
        if not cards:
            self.crm.say(tr("No task here"))
        tickets = [c.ticket_id for c in cards if c.ticket_id is not None]
        alone = [c.id for c in cards if c.ticket_id is None]
        if tickets:
            self.gateway.run(lambda: services.tickets.take(tickets, actor=actor), self._performed)
        if alone:
            self.change_cards(
                lambda ids, seen: self.tasks.assign(
                    ids, actor.staff_id, actor=actor, expected=seen
                ),
                Chosen(alone, self.versions(alone)),
                changes={"owner_id": actor.staff_id},
                wanted=Wanted(actor.name, lambda card: card.owner),
            )

    def open_ticket_of(self, card: TaskCard | None, others: Iterable[TaskCard | None] = ()) -> None:
        """Open the ticket behind a task; its neighbours are those behind ``others``."""
        if card is None:
            self.crm.say(tr("No task here"))
        elif card.ticket_id is None:
            self.crm.say(tr("There is no ticket behind this card"))
        else:
            tickets = [c.ticket_id for c in others if c is not None and c.ticket_id is not None]
            self.crm.open_ticket(card.ticket_id, list(dict.fromkeys(tickets)))

    def day_now(self) -> date:
        """The date at the desk."""
        return self.local(self.now).date()


def _labels(codes: Iterable[str]) -> str:
    return ", ".join(map(department_label, codes))


def _quoted(text: str) -> str:
    """What was typed as words of a filter."""
    return " ".join('"' + word.replace('"', "") + '"' for word in text.split())
