"""Any register: list and form from the description of the kind (design.md 3)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import Kind, fields
from crm_tui.i18n import tr
from crm_tui.tui.screens import copying
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.filtered import Filtered
from crm_tui.tui.screens.records import ListRow, allowed, columns_of, record_form, show_history
from crm_tui.tui.screens.talk import correct_answer, follow_up
from crm_tui.tui.widgets.dialogs import Menu, Option
from crm_tui.tui.widgets.virtual_list import VirtualList, Window

REGISTERS: Final = (
    ("order", "o"),
    ("contract", "c"),
    ("product", "p"),
    ("interaction", "i"),
    ("requirement", "r"),
    ("goal", "g"),
    ("task", "t"),
    ("improvement_item", "m"),
    ("risk_case", "k"),
    ("survey_answer", "s"),
    ("churn_record", "l"),
)
"""The registers and the letters of their menu."""


def choose(screen: BaseScreen) -> None:
    """Ask which register, and open it."""
    options = [Option(n, tr(registry.kind(n).plural), key) for n, key in REGISTERS]

    def chosen(kind: str | None) -> None:
        if kind is not None:
            screen.crm.open_register(kind)

    screen.app.push_screen(Menu(tr("Registers"), options, screen.crm.terminal.theme), chosen)


class RegisterScreen(Filtered):
    """The records of one kind."""

    SCOPE = "register"

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind: Kind = registry.kind(kind)
        self.sort: str | None = None
        self.down = False
        self.archived = False

    def body(self) -> ComposeResult:
        """The list."""
        yield VirtualList(
            columns_of(self.kind, self),
            theme_name=self.crm.terminal.theme,
            empty=tr("nothing here; \\ clears the filter, n makes a new one"),
            id="list",
        )

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def on_mount(self) -> None:
        """Frame and focus first."""
        self.listing.focus()

    def ready(self) -> None:
        """Read from the top."""
        registers, actor, name = self.gateway.services.registers, self.gateway.actor, self.kind.name
        text, sort, down, archived = self.filter, self.sort, self.down, self.archived

        def fetch(where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            turned = where == "last"
            page = registers.page(
                name,
                actor=actor,
                filter_text=text,
                archived=archived,
                sort=sort,
                descending=down != turned,
                after=key if where == "after" else None,
                before=key if where == "before" else None,
                limit=limit,
            )
            rows = [ListRow(r.id, r.key, r) for r in page.rows]
            if turned:
                return Window(rows[::-1], page.after, False)
            return Window(rows, page.before, page.after)

        self.listing.source(fetch, self.gateway.read)
        parts = [tr("archived")] if self.archived else []
        parts += [f"/{self.filter}"] if self.filter else []
        self.status = " ".join(parts)
        self.draw_bars()

    def crumb(self) -> str:
        """Which register."""
        return tr(self.kind.plural)

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again."""
        mine = not changes or any(c.kind == self.kind.name for c in changes)
        if self.gateway.ready and mine:
            self.listing.reload()

    # Places

    def do_back(self) -> None:
        """Clear the filter, else go back."""
        if self.filter:
            self.do_filter_clear()
        else:
            self.crm.leave()

    def _step(self, by: int) -> None:
        names = [n for n, _ in REGISTERS]
        self.crm.open_register(names[(names.index(self.kind.name) + by) % len(names)])

    def do_view_next(self) -> None:
        """The next register."""
        self._step(1)

    def do_view_prev(self) -> None:
        """The previous register."""
        self._step(-1)

    def check_filter(self, text: str) -> None:
        """Whether the services can read it."""
        registers, actor = self.gateway.services.registers, self.gateway.actor
        registers.page(self.kind.name, actor=actor, filter_text=text, limit=1)

    def complete_filter(self, text: str) -> Sequence[str]:
        """By keys and known values."""
        return self.gateway.services.registers.complete(self.kind.name, text)

    def put_filter(self, text: str) -> None:
        """Narrow by a filter."""
        self.filter = text.strip()
        self.ready()

    def sort_names(self) -> list[str]:
        """The columns that can be sorted by."""
        specs = fields(self.kind)
        return [n for n in self.kind.columns if not specs[n].many]

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order."""
        self.sort, self.down = sort, down
        self.ready()

    def do_filter_clear(self) -> None:
        """All records."""
        self.filter = ""
        self.ready()

    def do_archived(self) -> None:
        """Archived records or current ones."""
        self.archived = not self.archived
        self.ready()

    def do_sort(self) -> None:
        """Choose the order among the columns."""
        specs = fields(self.kind)
        options = [
            Option(n, tr(specs[n].label), str(i)) for i, n in enumerate(self.sort_names(), 1)
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.put_order(name, down=self.down)

        self.app.push_screen(Menu(tr("Sort"), options, self.crm.terminal.theme), chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.down = not self.down
        self.ready()

    # Records

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Show the record; a task has a page of its own, others their form."""
        row = self.listing.current
        if row is not None and self.kind.name == "task":
            self.crm.open_task(row.id, [r.id for r in self.listing.rows])
        else:
            self.do_edit()

    def do_new(self) -> None:
        """A new record."""
        record_form(self, self.kind.name)

    def about(self) -> tuple[int, int]:
        """The customer of the record under the cursor."""
        row = self.listing.current
        return (row.record.values.get("customer_id") or 0 if row is not None else 0), 0

    def do_task(self) -> None:
        """A task from the follow-up of an interaction; other records have none (R-093)."""
        row = self.listing.current
        if row is not None and self.kind.name == "interaction":
            follow_up(self, row.id)
        else:
            self.crm.say(tr("Only an interaction has a follow-up"))

    def do_edit(self) -> None:
        """Edit the record under the cursor; of an answer put a new version in its place."""
        row = self.listing.current
        if row is not None and self.kind.name == "survey_answer":
            correct_answer(self, row.record)
        elif row is not None:
            record_form(self, self.kind.name, row.record)

    def do_archive(self) -> None:
        """Take the record off the list, or bring it back."""
        row = self.listing.current
        if row is None or not allowed(self, self.kind.name):
            return
        registers, actor, name = self.gateway.services.registers, self.gateway.actor, self.kind.name
        restore = self.archived

        def then(result: Any) -> None:
            self.tell(result)
            self.changed([])

        self.gateway.run(
            lambda: registers.archive(name, [row.id], actor=actor, restore=restore), then
        )

    def delete(self, number: str) -> Callable[[], object]:
        """Archive the record under the cursor, whose number must be typed; undo brings it back."""
        row = self.listing.current
        if row is None or number != self._number(row):
            raise ValidationError(
                msg("Type the number of the record under the cursor; y copies it"),
                code="bad_argument",
            )
        if self.archived:
            raise RuleViolation(
                msg("It is archived already and stays so; Z brings it back"), code="kept"
            )
        return self.do_archive

    def exported(self) -> Callable[[], Iterator[dict[str, Any]]]:
        """The records of the list in its order."""
        from crm_tui.exchange import lists

        services, actor, name = self.gateway.services, self.gateway.actor, self.kind.name
        text, sort, down, archived = self.filter, self.sort, self.down, self.archived
        return lambda: lists.records(
            services, name, text, actor=actor, sort=sort, descending=down, archived=archived
        )

    def do_history(self) -> None:
        """Who did what with the record."""
        row = self.listing.current
        if row is not None:
            show_history(self, self.kind.name, row.id, row.record.title)

    def do_copy(self) -> None:
        """Copy number or id."""
        row = self.listing.current
        if row is not None:
            self.copy(self._number(row))

    def do_copy_menu(self) -> None:
        """Choose what of the record to copy."""
        row = self.listing.current
        if row is not None:
            pieces = [
                copying.Piece(tr("number"), self._number(row), "n"),
                copying.Piece(tr("title"), row.record.title, "t"),
                copying.Piece(tr("row"), copying.row_text(self.listing), "r"),
            ]
            copying.offer(self, pieces)

    @staticmethod
    def _number(row: Any) -> str:
        return str(row.record.values.get("number") or row.id)
