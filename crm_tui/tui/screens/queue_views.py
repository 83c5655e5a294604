"""Views of the queue: the default ones, saved ones, their order and columns (ux.md 3.5)."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from crm_tui.domain.msg import N_
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import tr
from crm_tui.tui.screens import queue_columns
from crm_tui.tui.screens.named_views import NamedViews, View
from crm_tui.tui.screens.ticket_verbs import TicketVerbs
from crm_tui.tui.widgets.dialogs import Option
from crm_tui.tui.widgets.virtual_list import Column, VirtualList

SORTS: Final = (
    ("due", N_("Due"), "d"),
    ("received", N_("Received"), "r"),
    ("updated", N_("Updated"), "u"),
    ("urgency", N_("Urgency"), "p"),
    ("tier", N_("Tier"), "t"),
    ("state", N_("State"), "s"),
    ("subject", N_("Subject"), "j"),
    ("number", N_("Number"), "n"),
    ("kind", N_("Kind"), "k"),
    ("department", N_("Department"), "a"),
    ("owner", N_("Owner"), "o"),
)


DEFAULT: Final = tuple(
    View(name, ViewSpec("queue", text))
    for name, text in (
        (N_("my department"), "dept:@mine is:open"),
        (N_("mine"), "agent:@me is:open"),
        (N_("unassigned"), "agent:none is:open"),
        (N_("due today"), "is:open due:today"),
        (N_("late"), "is:open breached:yes"),
        (N_("waiting for approval"), "approval:pending"),
        (N_("all open"), "is:open"),
        (N_("everything"), ""),
    )
)
"""The default views (design.md 7)."""
LATE: Final = 4
ALL_OPEN: Final = 6


class QueueViews(NamedViews, TicketVerbs):
    """What a list of tickets shows, by name or by string."""

    PLACE: ClassVar[str] = "queue"
    VIEWS: ClassVar[tuple[View, ...]] = DEFAULT

    def __init__(self) -> None:
        super().__init__()
        self.sort, self.down = "due", False
        self.columns: tuple[str, ...] = ()

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    @property
    def marked(self) -> set[int]:
        """The tickets that are marked."""
        return self.listing.marks

    @marked.setter
    def marked(self, ids: set[int]) -> None:
        self.listing.marks = ids

    def cursor_number(self) -> int | None:
        """The number of the ticket under the cursor."""
        row = self.listing.current
        return row.number if row is not None else None

    def check_filter(self, text: str) -> object:
        """Read a row with it."""
        return self.gateway.services.views.page(text, actor=self.gateway.actor, limit=1)

    def complete_filter(self, text: str) -> Sequence[str]:
        """What a filter of tickets could become."""
        return self.gateway.services.views.complete(text, actor=self.gateway.actor)

    # Names

    def sort_names(self) -> list[str]:
        """Orders that `:sort` knows."""
        return [name for name, _, _ in SORTS]

    @staticmethod
    def column_names() -> dict[str, tuple[str, ...]]:
        """Columns that `:columns` knows, with their other spellings."""
        return queue_columns.NAMES

    @property
    def spec(self) -> ViewSpec:
        """What is shown now."""
        usual = self.sort == "due" and not self.down
        return ViewSpec("queue", self.filter, "" if usual else self.sort, self.down, self.columns)

    # Changing what is shown

    def put_spec(self, spec: ViewSpec, *, view: int = -1, cursor: Any = None) -> None:
        """Show what a view says; one whose order or columns are unknown shows the usual ones."""
        known = dict(queue_columns.NAMES)
        self.view, self.filter = view, spec.filter
        self.sort = spec.sort if spec.sort in self.sort_names() else "due"
        self.down = spec.descending
        self.columns = spec.columns if all(c in known for c in spec.columns) else ()
        self.listing.put_columns(self.columns_of(self.columns))
        self.read(cursor)
        self.remember()

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order."""
        self.sort, self.down = sort, down
        self.read()
        self.remember()

    def columns_of(self, names: tuple[str, ...]) -> list[Column[Any]]:
        """Columns by name; none: the usual ones."""
        return queue_columns.columns(lambda: self.now, names)

    def put_columns(self, names: tuple[str, ...]) -> None:
        """Other columns."""
        self.columns = names
        self.listing.put_columns(self.columns_of(names))
        self.remember()

    def do_breached(self) -> None:
        """Only late tickets."""
        self.to_view(LATE)

    def do_columns(self) -> None:
        """Choose columns by name, beginning with those that are shown."""
        self.crm.show_command(self, "columns " + ",".join(self.columns or queue_columns.USUAL))

    def do_sort(self) -> None:
        """Choose the order."""
        self.menu(tr("Sort"), [Option(n, tr(t), k) for n, t, k in SORTS], self.put_order)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.put_order(self.sort, down=not self.down)
