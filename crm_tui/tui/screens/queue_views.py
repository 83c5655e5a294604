"""Views of the queue: the default ones, saved ones, their order and columns (ux.md 3.5)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from crm_tui.domain.errors import DomainError, NotFound
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.views import ViewSpec, parse_view
from crm_tui.i18n import tr
from crm_tui.tui.screens import queue_columns
from crm_tui.tui.screens.filtered import Filtered
from crm_tui.tui.screens.ticket_verbs import TicketVerbs
from crm_tui.tui.widgets.dialogs import Option
from crm_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from crm_tui.services.saved_views import SavedViewRow

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
MOST_MARKS: Final = 1_000
"""Marks that are kept for the next start."""


@dataclass(frozen=True, slots=True)
class View:
    """A view by name; ``id`` is 0 for the default ones."""

    name: str
    spec: ViewSpec
    id: int = 0
    pinned: bool = False
    shared: bool = False

    @property
    def title(self) -> str:
        """Its name as it is shown."""
        return self.name if self.id else tr(self.name)


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


class QueueViews(Filtered, TicketVerbs):
    """What a list of tickets shows, by name or by string."""

    PLACE: ClassVar[str] = "queue"

    def __init__(self) -> None:
        super().__init__()
        self.saved: tuple[SavedViewRow, ...] = ()
        self.views: list[View] = list(DEFAULT)
        self.pinned: dict[int, int] = {}
        self.view = 0
        """Which of the views; -1 for a filter of one's own."""
        self.filter = DEFAULT[0].spec.filter
        self.sort, self.down = "due", False
        self.columns: tuple[str, ...] = ()

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def read(self, cursor: int | None = None) -> None:
        """Read the list from its top, or with the cursor on a ticket's number."""

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

    def view_called(self, name: str) -> int:
        """The place of a view by its name, or by the beginning of it."""
        wanted = name.casefold()
        titles = [v.title.casefold() for v in self.views]
        if wanted in titles:
            return titles.index(wanted)
        begin = [i for i, title in enumerate(titles) if title.startswith(wanted)]
        if len(begin) != 1:
            raise NotFound(msg("There is no view called {name}", name=name), field="view")
        return begin[0]

    def crumb(self) -> str:
        """The view's name, or the filter."""
        return self.views[self.view].title if self.view >= 0 else self.filter

    def extra(self) -> list[tuple[str, str]]:
        """Pinned views with their counts, for the head line."""
        pinned = [v for v in self.views if v.id in self.pinned]
        return [(f" {v.title} {self.pinned[v.id]} ", "bar") for v in pinned]

    # Changing what is shown

    def put_spec(self, spec: ViewSpec, *, view: int = -1, cursor: int | None = None) -> None:
        """Show what a view says; one whose order or columns are unknown shows the usual ones."""
        known = dict(queue_columns.NAMES)
        self.view, self.filter = view, spec.filter
        self.sort = spec.sort if spec.sort in self.sort_names() else "due"
        self.down = spec.descending
        self.columns = spec.columns if all(c in known for c in spec.columns) else ()
        self.listing.put_columns(queue_columns.columns(lambda: self.now, self.columns))
        self.read(cursor)
        self.remember()

    def to_view(self, view: int) -> None:
        """Show the view at a place."""
        if self.view != view:
            self.crm.leaving()
        self.put_spec(self.views[view].spec, view=view)

    def put_filter(self, text: str) -> None:
        """Narrow by a filter of one's own; order and columns stay."""
        self.crm.leaving()
        self.filter, self.view = text.strip(), -1
        self.read()
        self.remember()

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order."""
        self.sort, self.down = sort, down
        self.read()
        self.remember()

    def put_columns(self, names: tuple[str, ...]) -> None:
        """Other columns."""
        self.columns = names
        self.listing.put_columns(queue_columns.columns(lambda: self.now, names))
        self.remember()

    def check_filter(self, text: str) -> None:
        """Whether the services can read it."""
        self.gateway.services.views.page(text, actor=self.gateway.actor, limit=1)

    def complete_filter(self, text: str) -> list[str]:
        """By keys and by values in the store."""
        return self.gateway.services.views.complete(text, actor=self.gateway.actor)

    def typed_before(self) -> str:
        """A filter of one's own; a view's is not typed again."""
        return self.filter if self.view < 0 else ""

    def do_filter_clear(self) -> None:
        """Back to the view."""
        self.to_view(max(self.view, 0))

    def do_view_next(self) -> None:
        """The next view."""
        self.to_view((self.view + 1) % len(self.views))

    def do_view_prev(self) -> None:
        """The previous view."""
        self.to_view((max(self.view, 0) - 1) % len(self.views))

    def do_breached(self) -> None:
        """Only late tickets."""
        self.to_view(LATE)

    def do_view(self) -> None:
        """Choose a view by name."""
        self.crm.show_command(self, "view ")

    def do_columns(self) -> None:
        """Choose columns by name, beginning with those that are shown."""
        self.crm.show_command(self, "columns " + ",".join(self.columns or queue_columns.USUAL))

    def do_sort(self) -> None:
        """Choose the order."""
        self.menu(tr("Sort"), [Option(n, tr(t), k) for n, t, k in SORTS], self.put_order)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.put_order(self.sort, down=not self.down)

    # Saved views

    def save_view(self, name: str, *, pinned: bool = False, shared: bool = False) -> None:
        """Keep what is shown under a name; a view of that name stays pinned and shared as it is."""
        saved, actor, spec = self.gateway.services.saved_views, self.gateway.actor, self.spec
        old = next((v for v in self.views if v.id and v.name == name), None)
        self._saved(
            name,
            lambda: saved.save(
                name,
                spec,
                actor=actor,
                pinned=pinned or bool(old and old.pinned),
                shared=shared or bool(old and old.shared),
            ),
        )

    def mark_view(
        self, name: str, *, pinned: bool | None = None, shared: bool | None = None
    ) -> None:
        """Pin or share a saved view, or no longer; what it shows stays."""
        saved, actor = self.gateway.services.saved_views, self.gateway.actor
        here = self.views[self.view].name if self.view >= 0 else ""
        self._saved(here, lambda: saved.mark(name, actor=actor, pinned=pinned, shared=shared))

    def _saved(self, show: str, work: Callable[[], Any]) -> None:
        def then(result: Any) -> None:
            self.tell(result)
            self.load_views(show)

        self.gateway.run(work, then)

    def remove_view(self, name: str) -> None:
        """Forget a saved view."""
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(result: Any) -> None:
            self.tell(result)
            self.load_views()

        self.gateway.run(lambda: saved.remove(name, actor=actor), then)

    def load_views(self, show: str = "") -> None:
        """Read the saved views again; the one shown keeps its name."""
        saved, actor = self.gateway.services.saved_views, self.gateway.actor
        self.gateway.run(
            lambda: saved.of("queue", actor=actor),
            lambda rows: self.put_views(rows, show),
            refused=self.crm.offline,
        )

    def put_views(self, rows: "Sequence[SavedViewRow]", show: str = "") -> None:
        """The saved views stand behind the default ones."""
        name = show or (self.views[self.view].name if self.view >= 0 else "")
        self.saved = tuple(rows)
        self.views = [
            *DEFAULT,
            *(View(r.name, r.spec, r.id, r.pinned, r.shared) for r in rows),
        ]
        self.view = next((i for i, v in enumerate(self.views) if v.name == name), -1)
        if show and self.view >= 0:
            self.remember()
        self.count_pinned()
        self.draw_bars()

    def count_pinned(self) -> None:
        """How many tickets the pinned views hold."""
        pinned = [v for v in self.saved if v.pinned]
        if not pinned:
            self.pinned = {}
            return
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(counts: dict[int, int]) -> None:
            self.pinned = counts
            self.draw_bars()

        self.gateway.run(
            lambda: saved.counts(pinned, actor=actor),
            then,
            group="pinned",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    # The last place

    def place_state(self) -> dict[str, Any]:
        """What is shown, where the cursor is and what is marked, as plain values."""
        row = self.listing.current
        return {
            "view": self.spec.to_text(),
            "name": self.views[self.view].name if self.view >= 0 else "",
            "cursor": row.number if row is not None else None,
            "marks": sorted(self.listing.marks)[:MOST_MARKS],
        }

    def remember(self) -> None:
        """Keep the place for the way back and for the next start."""
        self.crm.keep_place(self.PLACE, self.place_state())

    def restore(self, state: Any) -> bool:
        """Show what was shown last; False where nothing usable was kept."""
        if not isinstance(state, dict):
            return False
        with suppress(DomainError, TypeError):
            spec = parse_view(str(state.get("view", "")))
            name = state.get("name")
            place = next((i for i, v in enumerate(self.views) if v.name == name), -1)
            marks = state.get("marks")
            if isinstance(marks, list):
                self.listing.marks = {m for m in marks if isinstance(m, int)}
            cursor = state.get("cursor")
            self.put_spec(spec, view=place, cursor=cursor if isinstance(cursor, int) else None)
            return True
        return False
