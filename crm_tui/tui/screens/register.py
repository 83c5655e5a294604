"""Any register: list and form from the description of the kind (design.md 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import DomainError
from crm_tui.domain.money import display_fen
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import FieldSpec as Described
from crm_tui.domain.records.base import Kind, editable, fields
from crm_tui.i18n import render, tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Menu, Option, Prompt
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

REGISTERS: Final = (
    ("order", "o"),
    ("contract", "c"),
    ("product", "p"),
    ("interaction", "i"),
    ("requirement", "r"),
    ("goal", "g"),
    ("task", "t"),
    ("improvement_item", "m"),
)
"""The registers and the letters of their menu."""

_WIDTHS: Final[Mapping[str, int]] = {
    "quantity": 4,
    "customer": 24,
    "date": 10,
    "datetime": 11,
    "money": 12,
    "number": 10,
    "bool": 3,
    "enum": 14,
    "staff": 10,
    "department": 12,
}
_LEAST: Final = (0, 0, 60, 70, 80, 96, 110, 125)
"""Cells of screen from which the column at this place is shown: the first ones stay longest."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A record with where its page begins."""

    id: int
    sort_key: tuple[Any, ...]
    record: Any


def choose(screen: BaseScreen) -> None:
    """Ask which register, and open it."""
    options = [Option(n, tr(registry.kind(n).plural), key) for n, key in REGISTERS]

    def chosen(kind: str | None) -> None:
        if kind is not None:
            screen.crm.open_register(kind)

    screen.app.push_screen(Menu(tr("Registers"), options, screen.crm.terminal.theme), chosen)


def shown(spec: Described, value: Any, screen: BaseScreen) -> str:
    """A value as people read it."""
    if value is None or value in ("", ()):
        return ""
    if spec.enum is not None:
        return word(spec.enum, str(value))
    if spec.picker == "money":
        return display_fen(int(value))
    if isinstance(value, bool):
        return tr("yes") if value else ""
    if isinstance(value, datetime):
        return f"{screen.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return str(value).replace("\n", " ")


def word(enum: type[StrEnum], value: str) -> str:
    """The label of a value of an enumeration."""
    label = getattr(enum(value), "label", None)
    return tr(label()) if label is not None else value


class RegisterScreen(BaseScreen):
    """The records of one kind."""

    SCOPE = "register"

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind: Kind = registry.kind(kind)
        self.filter = ""
        self.sort: str | None = None
        self.down = False
        self.archived = False

    def body(self) -> ComposeResult:
        """The list."""
        yield VirtualList(
            self._columns(),
            theme_name=self.crm.terminal.theme,
            empty=tr("nothing here; \\ clears the filter, n makes a new one"),
            id="list",
        )

    def _columns(self) -> list[Column[Any]]:
        specs = fields(self.kind)
        texts = [n for n in self.kind.columns if specs[n].picker == "text" and n != "number"]
        named = [n for n in self.kind.columns if specs[n].picker in ("customer", "multiline")]
        # The first text takes what is left; a register without one has its customer there.
        widest = (texts or named or list(self.kind.columns))[0]
        columns: list[Column[Any]] = []
        for place, name in enumerate(self.kind.columns):
            spec = specs[name]
            width = 0 if name == widest else _WIDTHS.get(name) or _WIDTHS.get(spec.picker, 18)
            columns.append(
                Column(
                    spec.label,
                    width,
                    self._cell(spec),
                    least=_LEAST[min(place, len(_LEAST) - 1)],
                    right=spec.picker in ("money", "number"),
                )
            )
        return columns

    def _cell(self, spec: Described) -> Callable[[ListRow], tuple[str, str]]:
        def text(row: ListRow) -> tuple[str, str]:
            named = row.record.names.get(spec.name)
            return named or shown(spec, row.record.values.get(spec.name), self), ""

        return text

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def on_mount(self) -> None:
        """Frame and focus first."""
        super().on_mount()
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

    def do_filter(self) -> None:
        """Type a filter; a wrong one says where."""
        registers, actor, name = self.gateway.services.registers, self.gateway.actor, self.kind.name

        def check(text: str) -> str | None:
            try:
                registers.page(name, actor=actor, filter_text=text, limit=1)
            except DomainError as error:
                return render(error.message)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.filter = text.strip()
                self.ready()

        def complete(text: str) -> list[str]:
            return registers.complete(name, text)

        self.app.push_screen(
            Prompt(tr("Filter"), self.filter, check=check, complete=complete), given
        )

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
        names = [n for n in self.kind.columns if not specs[n].many]
        options = [Option(n, tr(specs[n].label), str(i)) for i, n in enumerate(names, 1)]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.sort = name
                self.ready()

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
        """Show and edit the record."""
        self.do_edit()

    def do_new(self) -> None:
        """A new record."""
        self._form(None)

    def do_edit(self) -> None:
        """Edit the record under the cursor."""
        row = self.listing.current
        if row is not None:
            self._form(row.record)

    def do_archive(self) -> None:
        """Take the record off the list, or bring it back."""
        row = self.listing.current
        if row is None:
            return
        registers, actor, name = self.gateway.services.registers, self.gateway.actor, self.kind.name
        restore = self.archived

        def then(result: Any) -> None:
            self.tell(result)
            self.changed([])

        self.gateway.run(
            lambda: registers.archive(name, [row.id], actor=actor, restore=restore), then
        )

    def do_copy(self) -> None:
        """Copy number or id."""
        row = self.listing.current
        if row is not None:
            text = str(row.record.values.get("number") or row.id)
            self.app.copy_to_clipboard(text)
            self.crm.say(tr("Copied {text}; the terminal may refuse").format(text=text))

    def _form(self, record: Any) -> None:
        registers, actor, name = self.gateway.services.registers, self.gateway.actor, self.kind.name
        specs = editable(self.kind)
        asked = [self._field(spec, record) for spec in specs.values()]
        before = {f.name: f.value for f in asked}

        def save(data: dict[str, Any], done: Any, refused: Any) -> None:
            def work() -> Any:
                if record is None:
                    given = {k: v for k, v in data.items() if v not in ("", None)}
                    return registers.create(name, given, actor=actor)
                # Only what was changed: what stands in the form of the rest is for reading.
                changed = {k: v for k, v in data.items() if v != before.get(k)}
                result = registers.change(
                    name, record.id, changed, actor=actor, expected=record.version
                )
                result.one()
                return result

            self.gateway.run(work, done, refused=refused)

        def closed(answer: Any) -> None:
            if answer is None:
                return
            if record is None:
                self.crm.say(
                    tr("{what} added").format(what=tr(self.kind.title)) + "   " + tr("u undo")
                )
            else:
                self.tell(answer)
            self.changed([])

        title = tr(self.kind.title) if record is None else f"{tr(self.kind.title)}: {record.title}"
        self.app.push_screen(Form(title, asked, self.crm.terminal.theme, save), closed)

    def _field(self, spec: Described, record: Any) -> FieldSpec:
        value = spec.default if record is None else record.values.get(spec.name)
        label = spec.label
        if spec.enum is not None:
            options = [("", "-")] if spec.nullable else []
            options += [(m.value, word(spec.enum, m.value)) for m in spec.enum]
            return FieldSpec(
                spec.name, label, "choice", str(value or ""), spec.required, options, spec.help
            )
        if spec.picker == "bool":
            return FieldSpec(spec.name, label, "bool", bool(value), help=spec.help)
        text = self._typed(spec, value, record)
        kind = "lines" if spec.picker == "multiline" else "text"
        if record is not None and spec.immutable:
            kind = "static"
        return FieldSpec(spec.name, label, kind, text, spec.required, help=spec.help)

    def _typed(self, spec: Described, value: Any, record: Any) -> str:
        """A value as one would type it."""
        if value is None or value in ("", (), []):
            return ""
        names = record.names.get(spec.name) if record is not None else None
        if names:
            # A customer is named by number and name: the number alone finds it again.
            return names.split(" ")[0] if spec.picker == "customer" else str(names)
        if spec.picker == "money":
            return str(int(value) // 100) if int(value) % 100 == 0 else f"{int(value) / 100:.2f}"
        if isinstance(value, datetime):
            return f"{self.local(value):%Y-%m-%d %H:%M}"
        if isinstance(value, list | tuple):
            return ", ".join(str(v) for v in value)
        return str(value)
