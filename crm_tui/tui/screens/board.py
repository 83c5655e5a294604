"""Screen 3: the board of cross-department tasks (ux.md 3.7, R-204)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import DomainError
from crm_tui.domain.filters import FilterError
from crm_tui.domain.msg import N_
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import render, tr
from crm_tui.tui.actions import for_scope
from crm_tui.tui.keymap import shown
from crm_tui.tui.screens import copying
from crm_tui.tui.screens.board_change import change_many, choose_limit
from crm_tui.tui.screens.board_verbs import BoardVerbs
from crm_tui.tui.screens.named_views import NamedViews, View
from crm_tui.tui.screens.task_forms import edit_task, new_task, taken_off
from crm_tui.tui.widgets.board_canvas import BoardCanvas
from crm_tui.tui.widgets.board_layout import LANES, BoardLayout
from crm_tui.tui.widgets.dialogs import Option, Page, paragraphs

SORTS: Final = (
    ("by_hand", "", N_("By hand"), "h"),
    ("due", "due_on", N_("Due"), "d"),
    ("priority", "priority", N_("Priority"), "p"),
    ("progress", "progress", N_("Progress"), "r"),
    ("start", "start_on", N_("Start"), "s"),
    ("number", "number", N_("Number"), "n"),
)
"""Orders within a column: name in views, field of a task, words and letter."""
LANE_KEYS: Final = {"off": "n", "department": "d", "owner": "o", "goal": "g", "priority": "p"}
PAIRED: Final = {"board.left": "board.right", "board.down": "board.up"}
"""Opposites that are one hint."""
HINTS: Final = {"open": 4, "new": 5}
"""Where hints that other screens have too stand here (ux.md 3.10)."""
MOST_PATCHED: Final = 20
"""Cards that are read one by one after a change; of more the board is read anew."""
KINDS: Final = frozenset({"task", "board", "risk_case", "department", "staff", "goal", "ticket"})
"""What the cards show something of."""


class BoardScreen(NamedViews, BoardVerbs):
    """Who does what until when, column by column."""

    SCOPE = "board"
    ROOT = True
    PLACE: ClassVar[str] = "board"
    VIEWS: ClassVar[tuple[View, ...]] = tuple(
        View(name, ViewSpec("board", text))
        for name, text in (
            (N_("all tasks"), ""),
            (N_("tasks of my department"), "dept:@mine"),
            (N_("my tasks"), "owner:@me"),
            (N_("tasks I help with"), "helper:@me"),
            (N_("tasks late"), "status:delayed"),
        )
    )

    def __init__(self) -> None:
        super().__init__()
        self.begun = False
        self.lanes = "off"
        self.sort, self.down = SORTS[0][0], False
        self.refusals: list[tuple[str, str]] = []
        """Of the last change of many: number and reason."""
        self._turn = 0

    def body(self) -> ComposeResult:
        """The canvas."""
        yield BoardCanvas(
            theme_name=self.crm.terminal.theme,
            empty=tr("no task matches; \\ clears the filter, n makes a new one"),
            id="board",
        )

    def on_mount(self) -> None:
        """Frame and focus first."""
        self.canvas.focus()

    def ready(self) -> None:
        """Read what was shown last, at first everything."""
        if self.begun:
            self.read()
            return
        self.begun = True
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(rows: Sequence[Any]) -> None:
            self.put_views(rows)
            if not self.restore(self.crm.place_of(self.PLACE)):
                self.to_view(0)

        self.gateway.run(lambda: saved.of(self.PLACE, actor=actor), then, refused=self.crm.offline)

    # Reading

    def read(self, cursor: Any = None) -> None:
        """Read the board, with the cursor on the card of an id."""
        self.canvas.end_range()
        self._read(cursor, wait=True)

    def _read(self, cursor: int | None = None, *, wait: bool = False) -> None:
        actor, text, lanes, today = self.gateway.actor, self.filter, self.lanes, self.day_now()
        field = next((field for name, field, _, _ in SORTS if name == self.sort), "")
        order = f"-{field}" if field and self.down else field
        self._turn += 1
        turn = self._turn

        def work() -> BoardLayout:
            board = self.tasks.board(text, actor=actor, sort=order)
            return BoardLayout(board.cards, board.limits, lanes, more=board.more)

        def then(board: BoardLayout) -> None:
            # The answer to an older question is dropped.
            if turn == self._turn:
                self.canvas.put(board, today, cursor=cursor)
                self.draw_status()

        self.gateway.run(work, then, group="list", refused=self._unread, apart=not wait)

    def _read_again(self, ids: Sequence[int]) -> None:
        """Read only what was changed here, so that many cards cost no more than few.

        What that means for others is read with the next look at the store.
        """
        canvas, actor, today = self.canvas, self.gateway.actor, self.day_now()
        board = canvas.board
        numbers = [board.cards[i].number for i in ids if i in board.cards]
        if not self.by_hand or len(numbers) < len(ids) or len(ids) > MOST_PATCHED:
            self.changed([])
            return
        text = f"{self.filter} number:{','.join(numbers)}"
        self._turn += 1
        turn = self._turn

        def work() -> BoardLayout:
            found = self.tasks.board(text, actor=actor).cards
            newer = [card for card in found if card.id in set(ids)]
            return board.patched(newer, set(ids) - {card.id for card in newer})

        def then(patched: BoardLayout) -> None:
            if turn == self._turn:
                canvas.put(patched, today)
                self.draw_status()

        self.gateway.run(work, then, group="list", refused=self._unread)

    def _unread(self, error: DomainError) -> None:
        if isinstance(error, FilterError) and (self.filter or self.view):
            # A view that was kept may name what is no more.
            self.crm.show_error(error)
            self.to_view(0)
        else:
            self.crm.offline(error)

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again; the cursor keeps its card."""
        if self.gateway.ready and (not changes or any(c.kind in KINDS for c in changes)):
            self._read()
            self.draw_bars()

    def minute(self) -> None:
        """A new day makes other tasks late."""
        if self.gateway.ready and self.canvas.today != self.day_now():
            self._read()

    def draw_status(self) -> None:
        """How many are marked and how many there are, in which order and lanes."""
        canvas = self.canvas
        marks = canvas.marks
        hidden = len(marks - canvas.board.cards.keys())
        marked = tr("{count} marked").format(count=len(marks)) if marks else ""
        if hidden:
            marked += ", " + tr("{count} hidden").format(count=hidden)
        order = next(tr(title) for name, _, title, _ in SORTS if name == self.sort)
        parts = [
            tr("range") if canvas.ranging else "",
            marked,
            tr("{count} in all").format(count=len(canvas.board.cards)),
            "" if self.by_hand else tr("by {order}").format(order=order.lower()),
            "" if self.lanes == "off" else tr("lanes: {what}").format(what=tr(LANES[self.lanes])),
        ]
        self.status = "  ".join(p for p in parts if p)
        self.draw_bars()

    def hints(self) -> list[tuple[str, str]]:
        """Opposites as one, such as ``H/L move``."""
        keys = self.crm.keys
        found = []
        hinted = (a for a in for_scope(self.SCOPE) if a.hint)
        for action in sorted(hinted, key=lambda a: HINTS.get(a.id, a.hint)):
            pair = (action.id, PAIRED.get(action.id, ""))
            named = [shown(keys[name][0]) for name in pair if name and keys[name]]
            if named:
                found.append(("/".join(named), action.title))
        return found

    # Views

    @property
    def spec(self) -> ViewSpec:
        """What is shown now; lanes stand where a list has its columns."""
        lanes = () if self.lanes == "off" else (self.lanes,)
        usual = self.by_hand and not self.down
        return ViewSpec(self.PLACE, self.filter, "" if usual else self.sort, self.down, lanes)

    def put_spec(self, spec: ViewSpec, *, view: int = -1, cursor: Any = None) -> None:
        """Show what a view says; one whose order or lanes are unknown shows the usual ones."""
        self.view, self.filter = view, spec.filter
        self.sort = spec.sort if spec.sort in self.sort_names() else SORTS[0][0]
        self.down = spec.descending
        lanes = spec.columns[0] if spec.columns else "off"
        self.lanes = lanes if lanes in LANES else "off"
        self.read(cursor)
        self.remember()

    @property
    def marked(self) -> set[int]:
        """The tasks that are marked."""
        return self.canvas.marks

    @marked.setter
    def marked(self, ids: set[int]) -> None:
        self.canvas.marks = ids

    def cursor_number(self) -> int | None:
        """The id of the card under the cursor."""
        card = self.canvas.current
        return card.id if card is not None else None

    def check_filter(self, text: str) -> object:
        """Read a row with it."""
        registers, actor = self.gateway.services.registers, self.gateway.actor
        return registers.page("task", actor=actor, filter_text=text, limit=1)

    def complete_filter(self, text: str) -> Sequence[str]:
        """What a filter of tasks could become."""
        return self.tasks.complete(text, actor=self.gateway.actor)

    def matching_ids(self, text: str) -> Sequence[int]:
        """The cards that a filter of tasks has, for marking; runs off the loop."""
        return [c.id for c in self.tasks.board(text, actor=self.gateway.actor).cards]

    def sort_names(self) -> list[str]:
        """Orders that `:sort` knows."""
        return [name for name, _, _, _ in SORTS]

    @property
    def by_hand(self) -> bool:
        """Whether no other order is chosen."""
        return self.sort == SORTS[0][0]

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order within the columns."""
        self.sort, self.down = sort, down and sort != SORTS[0][0]
        self.read()
        self.remember()

    def do_sort(self) -> None:
        """Choose the order."""
        self.menu(tr("Sort"), [Option(n, tr(t), k) for n, _, t, k in SORTS], self.put_order)

    def do_reverse(self) -> None:
        """Turn the order round."""
        if self.by_hand:
            self.crm.say(tr("An order made by hand has no other way round; o chooses one"))
        else:
            self.put_order(self.sort, down=not self.down)

    def do_board_lanes(self) -> None:
        """Choose what the cards are grouped by."""
        options = [Option(name, tr(text), LANE_KEYS[name]) for name, text in LANES.items()]
        self.menu(tr("Lanes"), options, self.put_lanes)

    def put_lanes(self, lanes: str) -> None:
        """Group the cards; the cursor keeps its card."""
        self.lanes = lanes
        self.canvas.end_range()
        self._read(wait=True)
        self.remember()

    # Marks

    def do_mark(self) -> None:
        """Mark and go down."""
        self.canvas.toggle_mark()
        self._toggled()

    def do_mark_range(self) -> None:
        """Mark the rectangle from here on while moving; again ends it."""
        if self.canvas.ranging:
            self.canvas.end_range()
        else:
            self.canvas.start_range()
        self._toggled()

    def do_mark_all(self) -> None:
        """Mark everything in the filter."""
        self.add_marks(list(self.canvas.board.cards))

    def add_marks(self, ids: Sequence[int]) -> None:
        """Mark these besides what is marked."""
        self.canvas.end_range()
        self.canvas.marks |= set(ids)
        self.canvas.refresh()
        self._toggled()

    def clear_marks(self) -> None:
        """Mark nothing."""
        self.canvas.end_range()
        self.canvas.marks.clear()
        self.canvas.refresh()
        self._toggled()

    def _toggled(self) -> None:
        self.draw_status()
        self.remember()

    @on(BoardCanvas.Moved)
    def _moved(self) -> None:
        if self.canvas.ranging:
            self.draw_status()

    def performed(self, result: Any) -> None:
        """Done ones lose their mark, refused ones of many keep or get it, and their reasons are kept."""
        canvas = self.canvas
        canvas.end_range()
        canvas.marks -= set(result.done)
        if len(result.outcomes) > 1:
            canvas.marks |= {o.id for o in result.refused if o.id in canvas.board.cards}
            self.refusals = [
                (self.number_of(o.id), render(o.error.message)) for o in result.refused if o.error
            ]
        canvas.refresh()
        self._toggled()
        self._read_again([o.id for o in result.outcomes])

    def do_board_refusals(self) -> None:
        """Why the last change of many was refused, card by card."""
        if not self.refusals:
            self.crm.say(tr("Nothing was refused"))
            return
        lines = [line for number, why in self.refusals for line in (number, f"  {why}")]
        title = tr("{count} refused").format(count=len(self.refusals))
        self.app.push_screen(Page(title, self.crm.terminal.theme, paragraphs(lines)))

    # Cards

    @on(BoardCanvas.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Everything about the card under the cursor."""
        canvas = self.canvas
        if (card := canvas.current) is not None and canvas.at is not None:
            column = (canvas.board.card_at(p) for p in canvas.board.column(canvas.at.column))
            self.crm.open_task(card.id, [c.id for c in column if c is not None])

    def do_new(self) -> None:
        """A new task, in the lane of the cursor."""
        new_task(self)

    def do_edit(self) -> None:
        """Edit the card under the cursor."""
        card = self.canvas.current
        if card is not None:
            edit_task(self, card.id)

    def do_board_change(self) -> None:
        """Change fields of all marked, after a preview."""
        change_many(self)

    def do_board_limit(self) -> None:
        """Set how many cards a column may hold."""
        choose_limit(self)

    def limited(self, result: Any) -> None:
        """A limit was set."""
        self.tell(result)
        self.changed([])

    def delete(self, number: str) -> Callable[[], object]:
        """Take the card under the cursor off the lists."""
        return taken_off(self, self.canvas.current, number)

    def do_copy(self) -> None:
        """Copy the number of the card."""
        card = self.canvas.current
        if card is not None:
            self.copy(card.number)

    def do_copy_menu(self) -> None:
        """Choose what of the card to copy."""
        card = self.canvas.current
        if card is not None:
            copying.offer_card(self, card)

    def exported(self) -> Callable[[], Iterator[dict[str, Any]]]:
        """The tasks that the filter has."""
        from crm_tui.exchange import lists

        services, actor, text = self.gateway.services, self.gateway.actor, self.filter
        return lambda: lists.records(services, "task", text, actor=actor)

    # Places

    def do_back(self) -> None:
        """The range first, then marks, then the filter."""
        if self.canvas.ranging:
            self.do_mark_range()
        elif self.canvas.marks:
            self.clear_marks()
        elif self.view < 0:
            self.do_filter_clear()

    def do_refresh(self) -> None:
        """Read again, the views too."""
        self._read()
        self.load_views()

    def line_cut(self) -> None:
        """Keep the place."""
        self.remember()
