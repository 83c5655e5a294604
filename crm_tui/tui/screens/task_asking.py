"""What a move or a change of many asks first: confirmations by name, dates, reasons, a preview."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType

from crm_tui.domain import dates
from crm_tui.domain.errors import DomainError
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import fields
from crm_tui.i18n import render, tr
from crm_tui.services.work_dto import TaskPreview
from crm_tui.tui import arguments
from crm_tui.tui.labels import WEEKDAYS
from crm_tui.tui.screens.records import shown
from crm_tui.tui.widgets.dateprompt import DatePrompt
from crm_tui.tui.widgets.dialogs import Page, Question
from crm_tui.tui.widgets.lines import Line, wrap

if TYPE_CHECKING:
    from crm_tui.tui.screens.task_verbs import TaskVerbs

ORDER: Final = ("standard", "delivered", "due_on", "reason")
NAMED: Final = 5
"""Cards whose standards are read out before they are confirmed."""

Answers = Mapping[str, Any]


class Asking:
    """Asks one after the other what a move needs; leaving one question leaves the move."""

    def __init__(
        self, screen: "TaskVerbs", ids: Sequence[int], to: str, asked: Collection[str]
    ) -> None:
        self._screen = screen
        self._ids = ids
        self._to = to
        self._left = [word for word in ORDER if word in asked]
        self._given: dict[str, Any] = {}
        self._then: Callable[[Answers], object] = lambda _: None

    def then(self, go: Callable[[Answers], object]) -> None:
        """Ask, and go on with the answers."""
        self._then = go
        self._next()

    def _next(self) -> None:
        if not self._left:
            self._then(self._given)
            return
        getattr(self, f"_ask_{self._left.pop(0)}")()

    def _answer(self, name: str, value: Any) -> None:
        self._given[name] = value
        self._next()

    def _ask_standard(self) -> None:
        """The completion standard is confirmed by name (R-201)."""
        question = tr("Is the completion standard met? {name} confirms it").format(
            name=self._screen.gateway.actor.name
        )
        self._confirm("standard_met", "completion_standard", question)

    def _ask_delivered(self) -> None:
        """The deliverable is marked as delivered (R-194)."""
        self._confirm("delivered", "deliverable", tr("Has it been delivered?"))

    def _confirm(self, name: str, field: str, question: str) -> None:
        screen, ids = self._screen, self._ids
        registers, actor = screen.gateway.services.registers, screen.gateway.actor

        def show(records: Sequence[Any]) -> None:
            told = [
                f"{r.values['number']}: {r.values[field]}" for r in records if r.values.get(field)
            ]
            more = len(ids) - NAMED
            told += [tr("and {count} more").format(count=more)] if more > 0 else []
            screen.app.push_screen(Question("\n".join([*told, "", question])), answered)

        def answered(yes: bool | None) -> None:
            if yes:
                self._answer(name, True)

        screen.gateway.run(lambda: registers.rows("task", ids[:NAMED], actor=actor), show)

    def _ask_due_on(self) -> None:
        screen, ids, to = self._screen, self._ids, self._to
        actor = screen.gateway.actor

        def need(day: date) -> None:
            # What no task could take is refused here, before its reason is asked for.
            screen.tasks.need_due(ids, to, day, actor=actor)

        ask_day(screen, tr("New due date, like fri, +3d, 2024-07-01"), self._due, need)

    def _due(self, day: date) -> None:
        self._answer("due_on", day)

    def _ask_reason(self) -> None:
        self._screen.ask(tr("Why is it delayed?"), lambda text: self._answer("reason", text))


def ask_day(
    screen: "TaskVerbs",
    label: str,
    then: Callable[[date], None],
    need: Callable[[date], None],
) -> None:
    """Ask for a day that ``need`` does not refuse; what was typed is put into words above the line."""
    zone = screen.gateway.services.core.rules.zone

    def read(text: str) -> date:
        found = dates.day_of(text, screen.day_now())
        return found or screen.local(dates.resolve(text, screen.now, zone)).date()

    def meant(text: str) -> str:
        try:
            day = read(text)
        except DomainError:
            return ""
        return f"= {day.isoformat()} {tr(WEEKDAYS[day.weekday()])}"

    def check(text: str) -> str | None:
        try:
            need(read(text))
        except DomainError as error:
            return render(error.message)
        return None

    def given(text: str | None) -> None:
        if text is not None:
            then(read(text))

    screen.app.push_screen(DatePrompt(label, meant, check, screen.gateway.run), given)


def progress_of(text: str) -> tuple[int | None, str]:
    """The percentage in front of a line, if it has one, and the note behind it."""
    word, rest = arguments.split(text)
    number = word.removesuffix("%").removesuffix("％")
    digits = number.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) < 5:
        return int(number), rest.removeprefix("%").strip()
    return None, text.strip()


# Changes of many


class Preview(Page):
    """Lines to read before something is done to all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer", show=False),
        Binding("n", "leave", show=False),
    ]

    def foot(self, *parts: str) -> None:
        """The keys that answer before those of every page."""
        super().foot(tr("y yes    n no (enter)"), *parts)

    def action_answer(self) -> None:
        """Yes."""
        self.dismiss(True)


def preview(
    screen: "TaskVerbs", ids: Sequence[int], changes: Mapping[str, Any], go: Callable[[], None]
) -> None:
    """Show what a change would do to each card, and do it on yes (R-218)."""
    tasks, actor = screen.gateway.services.tasks, screen.gateway.actor

    def show(rows: Sequence[TaskPreview]) -> None:
        would = sum(1 for row in rows if row.changes)
        title = tr("Change {count} of {all} tasks?").format(count=would, all=len(rows))
        theme = screen.crm.terminal.theme
        page = Preview(title, theme, lambda width: _lines(screen, rows, width))
        screen.app.push_screen(page, lambda yes: go() if yes else None)

    screen.gateway.run(lambda: tasks.preview(ids, changes, actor=actor), show)


def _lines(screen: "TaskVerbs", rows: Sequence[TaskPreview], width: int) -> list[Line]:
    specs = fields(registry.kind("task"))
    lines: list[Line] = []
    for row in rows:
        lines.append([(f"{row.number} ", "head"), (row.title, "")])
        if row.refusal is not None:
            told = [(text, "warn") for text in wrap(render(row.refusal), width - 2)]
        else:
            changed = [
                f"{tr(specs[name].label)}: "
                f"{shown(specs[name], old, screen) or '-'} > {shown(specs[name], new, screen) or '-'}"
                for name, (old, new) in row.changes.items()
                if name in specs
            ]
            text = "; ".join(changed) or tr("stays as it is")
            told = [(part, "dim") for part in wrap(text, width - 2)]
        lines += [[("  ", ""), piece] for piece in told]
    return lines
