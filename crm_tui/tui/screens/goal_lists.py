"""What the list of goals shows: views, filter, order, archived ones, the place (ux.md 3.5)."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from crm_tui.domain.msg import N_
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import tr
from crm_tui.tui.screens.named_views import NamedViews, View
from crm_tui.tui.widgets.dialogs import Menu, Option
from crm_tui.tui.widgets.virtual_list import VirtualList, Window

PLACE: Final = "goals"
SORT: Final = "review"
SORTS: Final = (
    ("review", N_("Review on"), "r"),
    ("deadline", N_("Deadline"), "d"),
    ("standing", N_("Standing"), "s"),
    ("progress", N_("Progress"), "p"),
    ("attainment", N_("Attainment"), "a"),
    ("objective", N_("Objective"), "b"),
    ("owner", N_("Owner"), "o"),
)
DEFAULT: Final = tuple(
    View(name, ViewSpec(PLACE, text))
    for name, text in (
        (N_("goals not closed"), "status:draft,active"),
        (N_("in danger"), "status:draft,active standing:at_risk,off_track"),
        (N_("review due"), "status:draft,active review:..today"),
        (N_("mine"), "owner:@me status:draft,active"),
        (N_("closed goals"), "status:reached,missed,cancelled"),
        (N_("everything"), ""),
    )
)


class GoalLists(NamedViews):
    """The list of goals, by name or by string."""

    PLACE: ClassVar[str] = PLACE
    VIEWS: ClassVar[tuple[View, ...]] = DEFAULT

    def __init__(self) -> None:
        super().__init__()
        self.sort, self.down = SORT, False
        self.archived = False
        self.matching: int | None = None
        self._begun = False

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    # Reading

    def ready(self) -> None:
        """Read what was shown last, at first what is not closed."""
        if self._begun:
            self.read()
            return
        self._begun = True
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(rows: Sequence[Any]) -> None:
            self.put_views(rows)
            if not self.restore(self.crm.place_of(PLACE)):
                self.to_view(0)

        self.gateway.run(lambda: saved.of(PLACE, actor=actor), then, refused=self.crm.offline)

    def read(self, cursor: Any = None) -> None:
        """Read the list from its top, or with the cursor on a goal."""
        goals, actor = self.gateway.services.goals, self.gateway.actor
        text, sort, down, archived = self.filter, self.sort, self.down, self.archived

        def fetch(where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            page = goals.page(
                text,
                actor=actor,
                sort=sort,
                descending=down,
                archived=archived,
                after=key if where == "after" else None,
                before=key if where == "before" else None,
                last=where == "last",
                limit=limit,
            )
            return Window(page.rows, page.before, page.after)

        def find() -> Any:
            found = goals.list(text, actor=actor, sort=sort, descending=down, archived=archived)
            return next((g for g in found if g.id == cursor), None)

        listing, run = self.listing, self.gateway.read
        if cursor is None:
            listing.source(fetch, run)
        else:
            self.gateway.run(
                find,
                lambda row: listing.source(fetch, run, row),
                refused=lambda _: listing.source(fetch, run),
            )
        self.matching = None
        self.draw_status()
        self._count()

    def _count(self) -> None:
        """How many there are; never before the list itself."""
        goals, actor = self.gateway.services.goals, self.gateway.actor
        text, archived = self.filter, self.archived

        def then(count: int) -> None:
            if self.is_attached and (text, archived) == (self.filter, self.archived):
                self.matching = count
                self.draw_status()

        self.gateway.run(
            lambda: goals.count(text, actor=actor, archived=archived),
            then,
            group="matching",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    def draw_status(self) -> None:
        """How many there are and in which order."""
        order = next(tr(title) for name, title, _ in SORTS if name == self.sort)
        parts = [
            tr("archived") if self.archived else "",
            tr("{count} in all").format(count=self.matching) if self.matching is not None else "",
            tr("by {order}").format(order=order.lower()) + (" v" if self.down else ""),
        ]
        self.status = "  ".join(p for p in parts if p)
        self.draw_bars()

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again where goals or their key actions may look otherwise."""
        mine = not changes or any(c.kind in ("goal", "task") for c in changes)
        if self.gateway.ready and self._begun and mine:
            self.listing.reload()
            self._count()

    def do_refresh(self) -> None:
        """Read everything again."""
        self.listing.fold()
        self._count()
        self.load_views()

    # What is shown

    @property
    def spec(self) -> ViewSpec:
        """What is shown now."""
        usual = self.sort == SORT and not self.down
        return ViewSpec(PLACE, self.filter, "" if usual else self.sort, self.down)

    @staticmethod
    def sort_names() -> list[str]:
        """The orders by name."""
        return [name for name, _, _ in SORTS]

    def cursor_number(self) -> int | None:
        """The goal under the cursor."""
        row = self.listing.current
        return row.id if row is not None else None

    def check_filter(self, text: str) -> object:
        """Raise where a filter cannot be read."""
        return self.gateway.services.goals.count(text, actor=self.gateway.actor)

    def complete_filter(self, text: str) -> Sequence[str]:
        """What a filter could become."""
        return self.gateway.services.goals.complete(text)

    def put_spec(self, spec: ViewSpec, *, view: int = -1, cursor: Any = None) -> None:
        """Show what a view says; one whose order is unknown shows the usual one."""
        self.sort = spec.sort if spec.sort in self.sort_names() else SORT
        self.down = spec.descending
        super().put_spec(spec, view=view, cursor=cursor)

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order."""
        self.sort, self.down = sort, down
        self.read()
        self.remember()

    def do_sort(self) -> None:
        """Choose the order."""
        options = [Option(n, tr(t), k) for n, t, k in SORTS]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.put_order(name)

        at = self.sort_names().index(self.sort)
        self.app.push_screen(Menu(tr("Sort"), options, self.crm.terminal.theme, at), chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.put_order(self.sort, down=not self.down)

    def do_archived(self) -> None:
        """Archived goals or current ones."""
        self.archived = not self.archived
        self.read()

    def line_cut(self) -> None:
        """Keep the place."""
        self.remember()
