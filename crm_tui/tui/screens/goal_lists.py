"""What the list of goals shows: views by name or of one's own, filter, order, place (ux.md 3.5)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import DomainError, NotFound
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.views import ViewSpec, parse_view
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Fault, Menu, Option, Prompt, fault
from crm_tui.tui.widgets.virtual_list import VirtualList, Window

if TYPE_CHECKING:
    from crm_tui.services.saved_views import SavedViewRow

PLACE: Final = "goals"
"""Where the place is kept among a person's session state, and the screen's word in a view."""
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


@dataclass(frozen=True, slots=True)
class View:
    """A view by name; ``id`` is 0 for the default ones."""

    name: str
    spec: ViewSpec
    id: int = 0

    @property
    def title(self) -> str:
        """Its name as it is shown."""
        return self.name if self.id else tr(self.name)


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


class GoalLists(BaseScreen):
    """The list of goals, by name or by string."""

    def __init__(self) -> None:
        super().__init__()
        self.views: list[View] = list(DEFAULT)
        self.view = 0
        """Which of the views; -1 for a filter of one's own."""
        self.filter = DEFAULT[0].spec.filter
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

        def then(rows: "Sequence[SavedViewRow]") -> None:
            self._put_views(rows)
            self.restore(self.crm.place_of(PLACE))

        self.gateway.run(lambda: saved.of(PLACE, actor=actor), then, refused=self.crm.offline)

    def read(self, cursor: int | None = None) -> None:
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

    def crumb(self) -> str:
        """The view's name, or the filter."""
        return self.views[self.view].title if self.view >= 0 else self.filter

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again where goals, their tasks or views may look otherwise."""
        mine = not changes or any(c.kind in ("goal", "task") for c in changes)
        if self.gateway.ready and self._begun and mine:
            self.listing.reload()
            self._count()

    # What is shown

    @property
    def spec(self) -> ViewSpec:
        """What is shown now."""
        usual = self.sort == SORT and not self.down
        return ViewSpec(PLACE, self.filter, "" if usual else self.sort, self.down)

    @staticmethod
    def sort_names() -> list[str]:
        """Orders that `:sort` knows."""
        return [name for name, _, _ in SORTS]

    def put_spec(self, spec: ViewSpec, *, view: int = -1, cursor: int | None = None) -> None:
        """Show what a view says; one whose order is unknown shows the usual one."""
        self.view, self.filter = view, spec.filter
        self.sort = spec.sort if spec.sort in self.sort_names() else SORT
        self.down = spec.descending
        self.read(cursor)
        self.remember()

    def to_view(self, view: int) -> None:
        """Show the view at a place."""
        self.put_spec(self.views[view].spec, view=view)

    def put_filter(self, text: str) -> None:
        """Narrow by a filter of one's own; the order stays."""
        self.filter, self.view = text.strip(), -1
        self.read()
        self.remember()

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order."""
        self.sort, self.down = sort, down
        self.read()
        self.remember()

    def do_filter(self) -> None:
        """Type a filter; a wrong one says where, and the list stays."""
        goals, actor = self.gateway.services.goals, self.gateway.actor

        def check(text: str) -> Fault | str | None:
            try:
                goals.count(text, actor=actor)
            except DomainError as error:
                return fault(error)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.crm.history.append(text)
                self.put_filter(text)

        prompt = Prompt(
            tr("Filter"),
            self.filter if self.view < 0 else "",
            check=check,
            complete=goals.complete,
            history=self.crm.history[-50:],
            run=self.gateway.run,
        )
        self.app.push_screen(prompt, given)

    def do_filter_clear(self) -> None:
        """Back to the view."""
        self.to_view(max(self.view, 0))

    def do_back(self) -> None:
        """Back to the view, and from there to the first one."""
        if self.has_class("-info"):
            self.do_info()
        elif self.archived:
            self.do_archived()
        elif self.view:
            self.to_view(0)

    def do_info(self) -> None:
        """Show or hide the pane."""

    def do_archived(self) -> None:
        """Archived goals or current ones."""
        self.archived = not self.archived
        self.read()

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

    def do_view_next(self) -> None:
        """The next view."""
        self.to_view((self.view + 1) % len(self.views))

    def do_view_prev(self) -> None:
        """The previous view."""
        self.to_view((max(self.view, 0) - 1) % len(self.views))

    def do_view(self) -> None:
        """Choose a view by name."""
        self.crm.show_command(self, "view ")

    # Saved views

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

    def save_view(self, name: str, *, pinned: bool = False, shared: bool = False) -> None:
        """Keep what is shown under a name."""
        saved, actor, spec = self.gateway.services.saved_views, self.gateway.actor, self.spec

        def then(result: Any) -> None:
            self.tell(result)
            self._load_views(name)

        self.gateway.run(
            lambda: saved.save(name, spec, actor=actor, pinned=pinned, shared=shared), then
        )

    def remove_view(self, name: str) -> None:
        """Forget a saved view."""
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(result: Any) -> None:
            self.tell(result)
            self._load_views()

        self.gateway.run(lambda: saved.remove(name, actor=actor), then)

    def _load_views(self, show: str = "") -> None:
        saved, actor = self.gateway.services.saved_views, self.gateway.actor
        self.gateway.run(
            lambda: saved.of(PLACE, actor=actor),
            lambda rows: self._put_views(rows, show),
            refused=self.crm.offline,
        )

    def _put_views(self, rows: "Sequence[SavedViewRow]", show: str = "") -> None:
        """The saved views stand behind the default ones; the one shown keeps its name."""
        name = show or (self.views[self.view].name if self.view >= 0 else "")
        self.views = [*DEFAULT, *(View(r.name, r.spec, r.id) for r in rows)]
        self.view = next((i for i, v in enumerate(self.views) if v.name == name), -1)
        self.draw_bars()

    # The last place

    def place_state(self) -> dict[str, Any]:
        """What is shown and where the cursor is, as plain values."""
        row = self.listing.current
        return {
            "view": self.spec.to_text(),
            "name": self.views[self.view].name if self.view >= 0 else "",
            "cursor": row.id if row is not None else None,
        }

    def remember(self) -> None:
        """Keep the place for the next start."""
        self.crm.keep_place(PLACE, self.place_state())

    def line_cut(self) -> None:
        """Keep the place."""
        self.remember()

    def restore(self, state: Any) -> None:
        """Show what was shown last; the first view where nothing usable was kept."""
        if isinstance(state, dict):
            with suppress(DomainError, TypeError):
                spec = parse_view(str(state.get("view", "")))
                name, cursor = state.get("name"), state.get("cursor")
                place = next((i for i, v in enumerate(self.views) if v.name == name), -1)
                self.put_spec(spec, view=place, cursor=cursor if isinstance(cursor, int) else None)
                return
        self.to_view(0)
