"""A task in full, with every verb on it: the one page that board, timeline, goals and inbox lead to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from textual.app import ComposeResult
from textual.containers import Horizontal

from crm_tui.domain.errors import DomainError, Unavailable
from crm_tui.domain.msg import N_
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard, TaskPage
from crm_tui.tui.actions import BY_ID
from crm_tui.tui.keymap import shown
from crm_tui.tui.screens.copying import offer_card
from crm_tui.tui.screens.goals import open_goal
from crm_tui.tui.screens.records import show_history
from crm_tui.tui.screens.task_forms import edit_task, taken_off
from crm_tui.tui.screens.task_verbs import TaskVerbs
from crm_tui.tui.screens.task_waiting import wait_for, wait_no_more
from crm_tui.tui.screens.task_words import facts, named, texts, whole
from crm_tui.tui.widgets.dialogs import Finder, Option
from crm_tui.tui.widgets.lines import Lines

KINDS: Final = frozenset({"task", "risk_case", "ticket", "goal", "checklist_item", "interaction"})
"""What the page shows something of."""
HINTED: Final = (
    "help",
    "board.status",
    "board.progress",
    "edit",
    "open",
    "board.assign",
    "board.departments",
    "timeline.link",
    "task.next",
    "history",
    "undo",
)
"""What the hint line names, the first the longest."""


class TaskScreen(TaskVerbs):
    """One task."""

    SCOPE = "task"

    def __init__(self, task_id: int, siblings: Sequence[int] = ()) -> None:
        super().__init__()
        self.task_id = task_id
        self.neighbours = list(dict.fromkeys(siblings))
        self.page: TaskPage | None = None

    def body(self) -> ComposeResult:
        """Title, texts, facts; on narrow screens the facts stand above the texts."""
        theme = self.crm.terminal.theme
        yield Lines(theme, focus=False, id="head")
        with Horizontal(id="body"):
            yield Lines(theme, id="left")
            yield Lines(theme, id="right")

    def on_mount(self) -> None:
        """Focus what scrolls."""
        super().on_mount()
        self.query_one("#left", Lines).focus()

    def ready(self) -> None:
        """Read the task."""
        self._read(stay=False)

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again; for what others did no key waits."""
        if self.gateway.ready and (not changes or any(c.kind in KINDS for c in changes)):
            self._read(stay=True, apart=bool(changes))

    def minute(self) -> None:
        """A new day may make it late."""
        self._read(stay=True, apart=True)

    def _read(self, *, stay: bool, apart: bool = False) -> None:
        key, actor = self.task_id, self.gateway.actor

        def then(page: TaskPage) -> None:
            if self.is_attached and key == self.task_id:
                self.page = page
                self._draw(stay=stay)

        self.gateway.run(
            lambda: self.tasks.page(key, actor=actor),
            then,
            group="list",
            exclusive=True,
            refused=self._gone,
            apart=apart,
        )

    def _gone(self, error: DomainError) -> None:
        if isinstance(error, Unavailable):
            self.crm.offline(error)
        else:
            self.crm.show_error(error)
            self.crm.leave()

    def _draw(self, *, stay: bool) -> None:
        page = self.page
        if page is None:
            return
        narrow = self.has_class("-narrow")
        left = whole(page, self.local) if narrow else texts(page, self.local)
        self.query_one("#head", Lines).put(lambda _: [[(named(page.card), "title")]])
        self.query_one("#left", Lines).put(left, stay=stay)
        self.query_one("#right", Lines).put(facts(page), stay=stay)
        place = self.neighbours.index(self.task_id) + 1 if self.task_id in self.neighbours else 0
        self.status = f"{place}/{len(self.neighbours)}" if place else ""
        self.draw_bars()

    def on_resize(self) -> None:
        """One column or two."""
        super().on_resize()
        self._draw(stay=True)

    def crumb(self) -> str:
        """The number."""
        return self.page.card.number if self.page is not None else tr("loading")

    def hints(self) -> list[tuple[str, str]]:
        """The verbs on tasks first (ux.md 3.10)."""
        keys = self.crm.keys
        return [(shown(keys[name][0]), BY_ID[name].title) for name in HINTED if keys[name]]

    # Whom verbs are for

    @property
    def card(self) -> TaskCard | None:
        """The task as it was read last."""
        return self.page.card if self.page is not None else None

    @property
    def held(self) -> Mapping[int, TaskCard]:
        """This task."""
        return {self.page.card.id: self.page.card} if self.page is not None else {}

    def targets(self) -> Sequence[int]:
        """This task."""
        return [self.task_id]

    def number_of(self, item: int) -> str:
        """There is no other that it could be taken for."""
        return ""

    # Places

    def _step(self, by: int) -> None:
        at = self.neighbours.index(self.task_id) + by if self.task_id in self.neighbours else -1
        if 0 <= at < len(self.neighbours):
            self.task_id, self.page = self.neighbours[at], None
            self._read(stay=False)
        else:
            self.crm.say(tr("End of the list"))

    def do_task_next(self) -> None:
        """The next task of the list."""
        self._step(1)

    def do_task_previous(self) -> None:
        """The previous task of the list."""
        self._step(-1)

    def _to(self, plan: str, card: TaskCard) -> None:
        """Board or timeline with the cursor on the task, whatever was shown there before."""
        # What was done long ago is shown there only where a filter asks for it.
        wanted = ViewSpec(plan, f"number:{card.number}" if card.done_on is not None else "")
        kept = self.crm.place_of(plan)
        place = {**(kept if isinstance(kept, dict) else {}), "view": wanted.to_text()}
        self.crm.open_plan(plan, {**place, "name": "", "cursor": card.id})

    def do_open(self) -> None:
        """Choose something that the task is linked with, and go there."""
        links = list(self._links())

        def search(text: str) -> list[Option]:
            wanted = text.casefold()
            return [o for o in links if wanted in f"{o.label} {o.detail}".casefold()]

        def chosen(go: Callable[[], object] | None) -> None:
            if go is not None:
                go()

        title = tr("Linked with {task}").format(task=self.crumb())
        self.app.push_screen(Finder(title, self.crm.terminal.theme, search), chosen)

    def _links(self) -> Iterator[Option]:
        page = self.page
        if page is None:
            return
        card, crm = page.card, self.crm
        if card.ticket_id is not None:
            yield Option(
                self.do_board_ticket, f"{tr('Ticket')} T-{card.ticket_number}", detail=card.title
            )
        if (customer := card.customer_id) is not None:
            yield Option(lambda: crm.open_customer(customer), tr("Customer"), detail=card.customer)
        if (goal := card.goal_id) is not None:
            yield Option(lambda: open_goal(crm, goal), tr("Goal"), detail=card.goal)
        for word, others in (
            (N_("Waits for"), page.waits_for),
            (N_("Holds up"), page.waited_for_by),
        ):
            for other in others:
                yield Option(
                    lambda key=other.id: crm.open_task(key),
                    f"{tr(word)} {other.number}",
                    detail=other.title,
                )
        yield Option(lambda: self._to("board", card), tr("Its card on the board"))
        yield Option(lambda: self._to("timeline", card), tr("Its bar on the timeline"))

    # What is done with it

    def do_board_ticket(self) -> None:
        """Open the ticket behind it."""
        self.open_ticket_of(self.card)

    def do_edit(self) -> None:
        """Every field."""
        edit_task(self, self.task_id)

    def do_timeline_link(self) -> None:
        """Let it wait for another task."""
        if self.card is not None:
            wait_for(self, self.card, self._do)

    def do_timeline_unlink(self) -> None:
        """Take a dependency away."""
        if self.page is None:
            return
        card, page = self.page.card, self.page
        links = [(other.id, card.id) for other in page.waits_for]
        links += [(card.id, other.id) for other in page.waited_for_by]
        cards = {c.id: c for c in (card, *page.waits_for, *page.waited_for_by)}
        wait_no_more(self, card, links, cards, self._do)

    def do_timeline_keep(self) -> None:
        """Keep the present dates as those that were planned."""
        actor = self.gateway.actor
        self._do(lambda: self.tasks.set_baseline([self.task_id], actor=actor))

    def _do(self, work: Callable[[], Any]) -> None:
        self.gateway.run(work, self._performed)

    def do_history(self) -> None:
        """Who changed what and when."""
        if self.card is not None:
            show_history(self, "task", self.task_id, self.crumb())

    def do_copy(self) -> None:
        """Copy the number."""
        if self.card is not None:
            self.copy(self.card.number)

    def do_copy_menu(self) -> None:
        """Choose what to copy."""
        if self.card is not None:
            offer_card(self, self.card)

    def delete(self, number: str) -> Callable[[], object]:
        """Take the task off the lists."""
        return taken_off(self, self.card, number)
