"""Lists that are shown by name: default views, saved ones, the filter line and the place kept (ux.md 3.5)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from crm_tui.domain.errors import DomainError, NotFound
from crm_tui.domain.msg import msg
from crm_tui.domain.views import ViewSpec, parse_view
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Fault, Prompt, fault

if TYPE_CHECKING:
    from crm_tui.services.saved_views import SavedViewRow

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


class NamedViews(BaseScreen):
    """What a list shows, by name or by string; the screen says how it is read and what is marked."""

    PLACE: ClassVar[str] = ""
    """The name of the list in view strings and in the session."""
    VIEWS: ClassVar[tuple[View, ...]] = ()
    """The default views."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: tuple[SavedViewRow, ...] = ()
        self.views: list[View] = list(self.VIEWS)
        self.pinned: dict[int, int] = {}
        self.view = 0
        """Which of the views; -1 for a filter of one's own."""
        self.filter = self.VIEWS[0].spec.filter

    # What a screen adds

    @property
    def spec(self) -> ViewSpec:
        """What is shown now."""
        return ViewSpec(self.PLACE, self.filter)

    @property
    def marked(self) -> set[int]:
        """The ids that are marked."""
        return set()

    @marked.setter
    def marked(self, ids: set[int]) -> None:
        """Mark these."""

    def cursor_number(self) -> Any:
        """What the cursor stands on, as the session keeps it."""
        return None

    def read(self, cursor: Any = None) -> None:
        """Read what is shown, with the cursor on what `cursor_number` said."""

    def put_spec(self, spec: ViewSpec, *, view: int = -1, cursor: Any = None) -> None:
        """Show what a view says."""
        self.view, self.filter = view, spec.filter
        self.read(cursor)
        self.remember()

    def check_filter(self, text: str) -> object:
        """Raise `DomainError` where a filter cannot be read; runs off the loop."""
        return None

    def complete_filter(self, text: str) -> Sequence[str]:
        """What a filter could become; runs off the loop."""
        return ()

    # Names

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

    def do_filter(self) -> None:
        """Type a filter; a wrong one says where, and the list stays."""

        def check(text: str) -> Fault | str | None:
            try:
                self.check_filter(text)
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
            complete=self.complete_filter,
            history=self.crm.history[-50:],
            run=self.gateway.run,
        )
        self.app.push_screen(prompt, given)

    def do_filter_clear(self) -> None:
        """Back to the view."""
        self.to_view(max(self.view, 0))

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

    def save_view(self, name: str, *, pinned: bool = False, shared: bool = False) -> None:
        """Keep what is shown under a name; pinning or sharing keeps the other of the two."""
        saved, actor, spec = self.gateway.services.saved_views, self.gateway.actor, self.spec
        old = next((v for v in self.views if v.id and v.name == name), None)

        def work() -> Any:
            return saved.save(
                name,
                spec,
                actor=actor,
                pinned=pinned or bool(old and old.pinned),
                shared=shared or bool(old and old.shared),
            )

        def then(result: Any) -> None:
            self.tell(result)
            self.load_views(name)

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
            lambda: saved.of(self.PLACE, actor=actor),
            lambda rows: self.put_views(rows, show),
            refused=self.crm.offline,
        )

    def put_views(self, rows: "Sequence[SavedViewRow]", show: str = "") -> None:
        """The saved views stand behind the default ones."""
        name = show or (self.views[self.view].name if self.view >= 0 else "")
        self.saved = tuple(rows)
        self.views = [
            *self.VIEWS,
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
        return {
            "view": self.spec.to_text(),
            "name": self.views[self.view].name if self.view >= 0 else "",
            "cursor": self.cursor_number(),
            "marks": sorted(self.marked)[:MOST_MARKS],
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
                self.marked = {m for m in marks if isinstance(m, int)}
            cursor = state.get("cursor")
            self.put_spec(spec, view=place, cursor=cursor if isinstance(cursor, int) else None)
            return True
        return False
