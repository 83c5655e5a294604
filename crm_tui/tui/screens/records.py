"""Columns, forms and histories of records, all from the description of their kind (design.md 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from crm_tui.domain.acts import act_label, reason_words
from crm_tui.domain.errors import Conflict, DomainError
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import FieldSpec as Described
from crm_tui.domain.records.base import Kind, editable, fields
from crm_tui.i18n import render, tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Page
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.lines import Line, labelled, wrap
from crm_tui.tui.widgets.virtual_list import Column

WIDTHS: Final[Mapping[str, int]] = {
    "quantity": 4,
    "customer": 24,
    "date": 10,
    "datetime": 16,
    "money": 12,
    "number": 10,
    "bool": 4,
    "enum": 14,
    "staff": 10,
    "department": 12,
}
LEAST: Final = (0, 0, 60, 70, 80, 96, 110, 125)
"""Cells of screen from which the column at this place is shown: the first ones stay longest."""
Saved = Callable[[Any], None]
Refused = Callable[[DomainError], None]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A record with where its page begins."""

    id: int
    sort_key: tuple[Any, ...]
    record: Any


# Values


def shown(spec: Described, value: Any, screen: BaseScreen) -> str:
    """A value as people read it."""
    if value is None or value in ("", (), []):
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
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value)
    return str(value).replace("\n", " ")


def word(enum: type[StrEnum], value: str) -> str:
    """The label of a value of an enumeration; a value it has not stands for itself."""
    if value not in {m.value for m in enum}:
        return value
    label = getattr(enum(value), "label", None)
    return tr(label()) if label is not None else value


def typed(spec: Described, value: Any, screen: BaseScreen, names: str = "") -> str:
    """A value as one would type it; ``names`` is what a reference is called."""
    if value is None or value in ("", (), []):
        return ""
    if names:
        # A customer is named by number and name: the number alone finds it again.
        return names.split(" ")[0] if spec.picker == "customer" else names
    if spec.picker == "money":
        yuan, fen = divmod(abs(int(value)), 100)
        sign = "-" if int(value) < 0 else ""
        return f"{sign}{yuan}.{fen:02d}" if fen else f"{sign}{yuan}"
    if isinstance(value, datetime):
        return f"{screen.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value)
    return str(value)


# Lists


def columns_of(kind: Kind, screen: BaseScreen, *, without: str = "") -> list[Column[Any]]:
    """The columns of a kind's list, without the field that all its rows share."""
    specs = fields(kind)
    names = [n for n in kind.columns if n != without]
    texts = [n for n in names if specs[n].picker == "text" and n != "number"]
    named = [n for n in names if specs[n].picker in ("customer", "multiline")]
    # The first text takes what is left; a register without one has its customer there.
    widest = (texts or named or names)[0]
    columns: list[Column[Any]] = []
    for place, name in enumerate(names):
        spec = specs[name]
        width = 0 if name == widest else WIDTHS.get(name) or WIDTHS.get(spec.picker, 18)
        columns.append(
            Column(
                spec.label,
                width,
                _cell(spec, screen),
                least=LEAST[min(place, len(LEAST) - 1)],
                right=spec.picker in ("money", "number"),
            )
        )
    return columns


def _cell(spec: Described, screen: BaseScreen) -> Callable[[ListRow], tuple[str, str]]:
    def text(row: ListRow) -> tuple[str, str]:
        named = row.record.names.get(spec.name)
        return named or shown(spec, row.record.read.get(spec.name), screen), ""

    return text


# Forms


def field_of(
    spec: Described, value: Any, screen: BaseScreen, *, names: str = "", fixed: bool = False
) -> FieldSpec:
    """A field of a form with what stands in it; ``fixed`` is only read."""
    if fixed:
        text = names or shown(spec, value, screen)
        return FieldSpec(spec.name, spec.label, "static", text)
    if spec.enum is not None:
        options = [("", "-")] if spec.nullable else []
        options += [(m.value, word(spec.enum, m.value)) for m in spec.enum]
        chosen = str(value or "")
        return FieldSpec(spec.name, spec.label, "choice", chosen, spec.required, options, spec.help)
    if spec.picker == "bool":
        return FieldSpec(spec.name, spec.label, "bool", bool(value), help=spec.help)
    kind = "lines" if spec.picker == "multiline" else "text"
    text = typed(spec, value, screen, names)
    return FieldSpec(spec.name, spec.label, kind, text, spec.required, help=spec.help)


def in_order(specs: Sequence[FieldSpec]) -> list[FieldSpec]:
    """What must still be said first, what is known already last."""
    return sorted(specs, key=lambda s: (s.kind != "static", not (s.required and not s.value)))


def edited(values: Mapping[str, Any], asked: Sequence[FieldSpec]) -> dict[str, Any]:
    """Only what was changed: what stands in the form of the rest is for reading."""
    before = {f.name: f.value for f in asked}
    return {k: v for k, v in values.items() if v != before.get(k)}


class Held:
    """The version that a form was opened at.

    When somebody else was first, the form says who and stays; saving again then writes the fields
    changed here over the newer version, so that nothing is lost and nothing overwritten unseen.
    """

    def __init__(self, screen: BaseScreen, version: int, reread: Callable[[], int]) -> None:
        self._screen = screen
        self._reread = reread
        self.version = version

    def refusing(self, refused: Refused) -> Refused:
        """The form's way to refuse, with what to do after a conflict."""

        def told(error: DomainError) -> None:
            refused(error)
            if isinstance(error, Conflict):
                self._screen.gateway.run(self._reread, lambda version: again(version, error))

        def again(version: int, error: DomainError) -> None:
            self.version = version
            what = tr("ctrl+s again saves the fields you changed")
            self._screen.crm.say(f"{render(error.message)}. {what}", "warning")

        return told


def record_form(
    screen: BaseScreen,
    name: str,
    record: Any = None,
    *,
    preset: Mapping[str, Any] | None = None,
    told: Sequence[tuple[str, str]] = (),
) -> None:
    """Ask for a new record, ``preset`` in part, or change one; ``told`` is read above the fields."""
    kind = registry.kind(name)
    if not allowed(screen, name, quiet=record is not None):
        if record is not None:
            show_record(screen, kind, record.title, record.read, record.names)
        return
    registers, actor = screen.gateway.services.registers, screen.gateway.actor
    asked = [
        FieldSpec(f"told-{place}", label, "static", text)
        for place, (label, text) in enumerate(told)
    ]
    given = dict(preset or {})
    for spec in editable(kind).values():
        value = given.get(spec.name, spec.default) if record is None else None
        names = ""
        if record is not None:
            value = record.values.get(spec.name)
            names = record.names.get(spec.name, "")
        fixed = record is not None and spec.immutable
        asked.append(field_of(spec, value, screen, names=names, fixed=fixed))
    if preset is not None:
        asked = in_order(asked)
    held = Held(
        screen,
        record.version if record is not None else 0,
        lambda: registers.get(name, record.id, actor=actor).version,
    )

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        def work() -> Any:
            if record is None:
                new = {k: v for k, v in data.items() if v not in ("", None)}
                return registers.create(name, new, actor=actor)
            result = registers.change(
                name, record.id, edited(data, asked), actor=actor, expected=held.version
            )
            result.one()
            return result

        screen.gateway.run(work, done, refused=held.refusing(refused))

    def closed(answer: Any) -> None:
        if answer is None:
            return
        if record is None:
            added = tr("{what} added").format(what=tr(kind.title))
            screen.crm.say(f"{added}   {tr('u undo')}")
        else:
            screen.tell(answer)
        screen.changed([])

    title = tr(kind.title) if record is None else f"{tr(kind.title)}: {record.title}"
    screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)


def allowed(screen: BaseScreen, verb: str, *, quiet: bool = False) -> bool:
    """Whether the services would take it; else their reason is said before anything is typed."""
    try:
        screen.gateway.services.profiles.need(verb, actor=screen.gateway.actor)
    except DomainError as error:
        if not quiet:
            screen.crm.show_error(error)
        return False
    return True


def show_record(
    screen: BaseScreen,
    kind: Kind,
    title: str,
    values: Mapping[str, Any],
    names: Mapping[str, str],
) -> None:
    """A record to read, for those who may not change it."""
    rows: list[tuple[str, Line | str]] = []
    for name, spec in fields(kind).items():
        value = values.get(name)
        text = str(value or "") if spec.picker == "multiline" else shown(spec, value, screen)
        if text := names.get(name) or text:
            rows.append((tr(spec.label), text))
    theme = screen.crm.terminal.theme
    page = Page(f"{tr(kind.title)}: {title}", theme, lambda width: labelled(rows, width))
    screen.app.push_screen(page)


# History


def show_history(screen: BaseScreen, name: str, record_id: int, title: str) -> None:
    """Who did what with a record, newest first."""
    profiles, actor = screen.gateway.services.profiles, screen.gateway.actor

    def then(rows: Sequence[Any]) -> None:
        def layout(width: int) -> list[Line]:
            lines: list[Line] = []
            for row in rows:
                lines += _history_lines(row, name, screen, width)
            return lines or [[(tr("none"), "dim")]]

        screen.app.push_screen(Page(f"{tr(N_('History'))}  {title}", theme, layout))

    theme = screen.crm.terminal.theme
    screen.gateway.run(lambda: profiles.trail(name, record_id, actor=actor), then)


def _history_lines(row: Any, name: str, screen: BaseScreen, width: int) -> list[Line]:
    kind = registry.kind(row.kind)
    about = "" if row.kind == name else f"  {tr(kind.title)}"
    verb = tr(act_label(row.kind, row.verb))
    head: Line = [
        (f"{screen.local(row.at):%Y-%m-%d %H:%M}  ", "dim"),
        (f"{row.actor} {verb}{about}", "head"),
        (f"  {render(reason_words(row.verb, row.reason))}" if row.reason else "", "note"),
    ]
    lines: list[Line] = [head]
    specs = fields(kind)
    for field, (old, new) in row.changes.items():
        spec = specs.get(field)
        before, after = (
            (shown(spec, v, screen) if spec is not None else str(v if v is not None else "")) or "-"
            for v in (old, new)
        )
        label = tr(spec.label) if spec is not None else field
        text = f"{label}: {after}" if old in (None, "") else f"{label}: {before} > {after}"
        lines += [[("  ", ""), (part, "")] for part in wrap(text, max(width - 2, 10))]
    return lines
