"""The verbs that only the board has: to the neighbouring column, up and down within one (ux.md 3.7)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.screens.task_verbs import Chosen, TaskVerbs
from crm_tui.tui.widgets.board_canvas import BoardCanvas
from crm_tui.tui.widgets.board_layout import COLUMNS, Place

if TYPE_CHECKING:
    from crm_tui.services.result import Result


class BoardVerbs(TaskVerbs):
    """Mixed into the board."""

    @property
    def canvas(self) -> BoardCanvas:
        """The cards."""
        return self.query_one(BoardCanvas)

    @property
    def held(self) -> Mapping[int, TaskCard]:
        """The cards of the board."""
        return self.canvas.board.cards

    def targets(self) -> Sequence[int]:
        """Marks, else the cursor's card."""
        return self.canvas.targets

    # Moving

    def do_board_left(self) -> None:
        """To the column at the left."""
        self.again("move_aside", -1)

    def do_board_right(self) -> None:
        """To the column at the right."""
        self.again("move_aside", 1)

    def move_aside(self, by: int, *, whom: Chosen | None = None) -> None:
        """Move the targets to the neighbour of their column."""
        held, meant = self.held, whom or self.chosen()
        columns = {COLUMNS.index(held[i].shown) for i in meant.ids if i in held}
        if len(columns) > 1:
            self.crm.say(tr("The marked cards stand in several columns; s names the one"))
            return
        to = max(columns, default=-9) + by
        if not columns:
            self.crm.say(tr("No task here"))
        elif 0 <= to < len(COLUMNS):
            self.move_cards(COLUMNS[to], whom=meant)
        else:
            self.crm.say(tr("There is no column further on"))

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

    # The ticket behind a card

    def do_board_ticket(self) -> None:
        """Open the ticket; its neighbours are those of the column."""
        canvas = self.canvas
        place = canvas.at
        column = canvas.board.column(place.column) if place is not None else ()
        self.open_ticket_of(canvas.current, (canvas.board.card_at(p) for p in column))
