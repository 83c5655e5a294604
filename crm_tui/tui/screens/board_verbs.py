"""The verbs on cards of the board: moving, handing over, assigning, one or many (ux.md 3.7)."""

from collections.abc import Callable, Mapping, Sequence
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
from crm_tui.tui.screens.board_asking import Asking, preview
from crm_tui.tui.screens.ticket_ways import BULK_ASKS, TicketWays
from crm_tui.tui.widgets.board_canvas import BoardCanvas
from crm_tui.tui.widgets.board_layout import COLUMNS, Place, column_label
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wanted a card to be, and how a card says what it is instead."""

    text: str
    of: Callable[[TaskCard], str]


class BoardVerbs(TicketWays):
    """Mixed into the board; targets are tasks here."""

    @property
    def canvas(self) -> BoardCanvas:
        """The cards."""
        return self.query_one(BoardCanvas)

    @property
    def tasks(self) -> "TaskService":
        """The services of tasks."""
        return self.gateway.services.tasks

    def targets(self) -> Sequence[int]:
        """Marks, else the cursor's card."""
        return self.canvas.targets

    def version_of(self, ticket_id: int) -> int | None:
        """The version on the board."""
        card = self.canvas.board.cards.get(ticket_id)
        return card.version if card is not None else None

    def number_of(self, item: int) -> str:
        """The number on the card."""
        card = self.canvas.board.cards.get(item)
        return card.number if card is not None else ""

    def key_of(self, action: str) -> str:
        """The first key of an action, or its command."""
        keys = self.crm.keys[action]
        return shown(keys[0]) if keys else f":{BY_ID[action].command}"

    # Doing

    def again(self, verb: str, *given: Any) -> None:
        """Do a verb of this class, which `repeat` does once more."""
        self.crm.repeatable_task = (verb, given)
        getattr(self, verb)(*given)

    def do_repeat(self) -> None:
        """Do the last change again on what is chosen now."""
        if self.crm.repeatable_task is None:
            self.crm.say(tr("Nothing to repeat yet"))
            return
        verb, given = self.crm.repeatable_task
        getattr(self, verb)(*given)

    def change_cards(
        self,
        work: "Callable[[Sequence[int]], Result]",
        ids: Sequence[int] | None = None,
        *,
        changes: Mapping[str, Any],
        wanted: Wanted | None = None,
    ) -> None:
        """Change the targets; of many it shows first what would become of each (R-218)."""
        chosen = list(ids if ids is not None else self.targets())
        if not chosen:
            self.crm.say(tr("No task here"))
            return

        def go() -> None:
            self.gateway.run(lambda: work(chosen), done)

        def done(result: "Result") -> None:
            self._performed(result)
            if wanted is not None:
                self._compare(result, wanted)

        if len(chosen) <= BULK_ASKS:
            go()
        else:
            preview(self, chosen, changes, go)

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

    def do_board_left(self) -> None:
        """To the column at the left."""
        self.again("move_aside", -1)

    def do_board_right(self) -> None:
        """To the column at the right."""
        self.again("move_aside", 1)

    def move_aside(self, by: int) -> None:
        """Move the targets to the neighbour of their column."""
        held = self.canvas.board.cards
        columns = {COLUMNS.index(held[i].shown) for i in self.targets() if i in held}
        if len(columns) > 1:
            self.crm.say(tr("The marked cards stand in several columns; s names the one"))
            return
        to = max(columns, default=-9) + by
        if not columns:
            self.crm.say(tr("No task here"))
        elif 0 <= to < len(COLUMNS):
            self.move_cards(COLUMNS[to])
        else:
            self.crm.say(tr("There is no column further on"))

    def do_board_status(self) -> None:
        """Choose a column; illegal ones say their rule."""
        ids, actor = list(self.targets()), self.gateway.actor
        if not ids:
            self.crm.say(tr("No task here"))
            return

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
            self.menu(tr("Status"), options, lambda to: self.again("move_cards", to))

        self.gateway.run(lambda: self.tasks.choices(ids[0], actor=actor), show)

    def move_cards(self, to: str) -> None:
        """Ask what the move needs, then move."""
        ids, actor = list(self.targets()), self.gateway.actor
        label = column_label(COLUMNS.index(to))
        seen = self.versions(ids)

        def look() -> list[Choice]:
            found = [self.tasks.choices(i, actor=actor) for i in ids[:MOST_ASKED]]
            return [c for choices in found for c in choices if c.status == to]

        def show(choices: Sequence[Choice]) -> None:
            # What is refused anyway is not asked about: the services give the reason, and before it
            # that somebody else was first.
            asked = {word for c in choices if c.refusal is None for word in c.asks}
            Asking(self, ids, asked).then(move)

        def move(given: Mapping[str, Any]) -> None:
            self.change_cards(
                lambda chosen: self.tasks.move(chosen, to, actor=actor, expected=seen, **given),
                ids,
                changes={"status": to},
                wanted=Wanted(label, lambda card: column_label(COLUMNS.index(card.shown))),
            )

        if ids:
            self.gateway.run(look, show)
        else:
            self.crm.say(tr("No task here"))

    def do_board_down(self) -> None:
        """One place down."""
        self._reorder(1)

    def do_board_up(self) -> None:
        """One place up."""
        self._reorder(-1)

    @property
    def by_hand(self) -> bool:
        """Whether the cards stand in the order that they were put into by hand."""
        return True

    def _reorder(self, by: int) -> None:
        canvas, actor = self.canvas, self.gateway.actor
        place, card = canvas.at, canvas.current
        if place is None or card is None:
            self.crm.say(tr("No task here"))
            return
        if not self.by_hand:
            self.crm.say(tr("Cards are put in order by hand only where no other order is chosen"))
            return
        lane = place.lane, place.column
        # Of the two that it comes between: the one that it passes, and the one behind that.
        passed = canvas.board.card_at(Place(*lane, place.row + by))
        behind = canvas.board.card_at(Place(*lane, place.row + 2 * by))
        if passed is None:
            self.crm.say(tr("It stands at the edge"))
            return
        ends = (passed.id, behind.id if behind is not None else None)
        above, below = ends if by > 0 else ends[::-1]
        self.gateway.run(
            lambda: self.tasks.reorder(card.id, above, below, actor=actor), self._reordered
        )

    def _reordered(self, result: "Result") -> None:
        # Where it stands now is seen; only a refusal needs words.
        if result.refused:
            self.tell(result)
        self.changed([])

    # Changing

    def do_board_assign(self) -> None:
        """Choose the first responsible person; their load is shown."""
        self.find_staff(tr("Assign to"), lambda who: self.again("assign_cards", who))

    def assign_cards(self, who: int | None) -> None:
        """Name the first responsible person (R-198)."""
        actor = self.gateway.actor
        if who is None:
            self.crm.say(tr("A task has exactly one first responsible person"), "warning")
            return

        def change(people: Sequence[Any]) -> None:
            name = next((p.name for p in people if p.id == who), "")
            self.change_cards(
                lambda ids: self.tasks.assign(ids, who, actor=actor, expected=self.versions(ids)),
                changes={"owner_id": who},
                wanted=Wanted(name, lambda card: card.owner),
            )

        self.gateway.run(self.gateway.services.org.staff_list, change)

    def do_board_departments(self) -> None:
        """Tick the departments that the work goes to."""

        def show(departments: Sequence[Any]) -> None:
            options = [Option(d.id, department_label(d.code), detail=d.head) for d in departments]
            dialog = Ticks(tr("Hand over to"), options, self.crm.terminal.theme)
            self.app.push_screen(dialog, chosen)

        def chosen(ids: Sequence[int] | None) -> None:
            if ids:
                self.again("hand_over", tuple(ids))

        self.gateway.run(self.gateway.services.org.departments, show)

    def hand_over(self, departments: Sequence[int]) -> None:
        """Set the departments (R-197)."""
        actor = self.gateway.actor
        self.change_cards(
            lambda ids: self.tasks.hand_over(
                ids, departments, actor=actor, expected=self.versions(ids)
            ),
            changes={"department_ids": list(departments)},
        )

    def do_board_priority(self) -> None:
        """Choose the priority."""
        labels = LABELS[RequirementPriority]
        options = [Option(value, tr(text), PRIORITY_KEYS[value]) for value, text in labels.items()]
        self.menu(tr("Priority"), options, lambda value: self.again("set_priority", value))

    def set_priority(self, value: str) -> None:
        """Set the priority."""
        actor = self.gateway.actor
        labels = LABELS[RequirementPriority]
        self.change_cards(
            lambda ids: self.tasks.priority(ids, value, actor=actor, expected=self.versions(ids)),
            changes={"priority": value},
            wanted=Wanted(tr(labels[value]), lambda card: tr(labels[card.priority])),
        )

    def do_board_progress(self) -> None:
        """A percentage, a note, or both."""
        label = tr("Progress: 60, or 60 and what was done, or words alone")
        self.ask(label, lambda text: self.again("note_progress", text))

    def note_progress(self, text: str) -> None:
        """Note progress; a number in front is the percentage."""
        actor = self.gateway.actor
        first, _, rest = text.partition(" ")
        number = first.removesuffix("%")
        percent = int(number) if number.isascii() and number.isdigit() else None
        note = text if percent is None else rest.strip()
        self.change_cards(
            lambda ids: self.tasks.progress(
                ids, percent, note, actor=actor, expected=self.versions(ids)
            ),
            changes={} if percent is None else {"progress": percent},
        )

    def do_board_goal(self) -> None:
        """Choose a goal, or none."""
        registers, actor = self.gateway.services.registers, self.gateway.actor

        def search(text: str) -> list[Option]:
            page = registers.page("goal", actor=actor, filter_text=_quoted(text), limit=FOUND - 1)
            return [*(Option(r.id, r.title) for r in page.rows), Option(-1, tr("no goal"))]

        def chosen(value: int | None) -> None:
            if value is not None:
                self.again("set_goal", None if value == -1 else value)

        theme = self.crm.terminal.theme
        self.app.push_screen(Finder(tr("Goal"), theme, search, self.gateway.run), chosen)

    def set_goal(self, goal: int | None) -> None:
        """Make them key actions of a goal, or of none."""
        actor = self.gateway.actor
        self.change_cards(
            lambda ids: self.tasks.goal(ids, goal, actor=actor, expected=self.versions(ids)),
            changes={"goal_id": goal},
        )

    # The ticket behind a card

    def do_board_take(self) -> None:
        """Take the tickets behind the cards; tasks without one become mine."""
        services, actor = self.gateway.services, self.gateway.actor
        held = self.canvas.board.cards
        cards = [held[i] for i in self.targets() if i in held]
        tickets = [c.ticket_id for c in cards if c.ticket_id is not None]
        alone = [c.id for c in cards if c.ticket_id is None]
        if tickets:
            self.gateway.run(lambda: services.tickets.take(tickets, actor=actor), self._performed)
        if alone:
            seen = self.versions(alone)
            self.change_cards(
                lambda ids: self.tasks.assign(ids, actor.staff_id, actor=actor, expected=seen),
                alone,
                changes={"owner_id": actor.staff_id},
            )

    def do_board_ticket(self) -> None:
        """Open the ticket; its neighbours are those of the column."""
        canvas = self.canvas
        card, place = canvas.current, canvas.at
        if card is None or place is None:
            return
        if card.ticket_id is None:
            self.crm.say(tr("There is no ticket behind this card"))
            return
        column = (canvas.board.card_at(p) for p in canvas.board.column(place.column))
        tickets = [c.ticket_id for c in column if c is not None and c.ticket_id is not None]
        self.crm.open_ticket(card.ticket_id, list(dict.fromkeys(tickets)))

    def day_now(self) -> date:
        """The date at the desk."""
        return self.local(self.now).date()


def _quoted(text: str) -> str:
    """What was typed as words of a filter."""
    return " ".join('"' + word.replace('"', "") + '"' for word in text.split())
