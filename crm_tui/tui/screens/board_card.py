"""A card in full, its form, and tasks made anew or from a ticket."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType

from crm_tui.domain.errors import Conflict, DomainError
from crm_tui.domain.msg import msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable, fields
from crm_tui.domain.records.enums import RiskState
from crm_tui.domain.terms import LABELS, RequirementPriority
from crm_tui.i18n import tr
from crm_tui.services.work_dto import ProgressEntry, RiskView, TaskCard, TaskPage
from crm_tui.tui.labels import department_label
from crm_tui.tui.screens.records import Refused, Saved, allowed, field_of, record_form, word
from crm_tui.tui.widgets.board_cards import WARNINGS, due_piece
from crm_tui.tui.widgets.board_layout import COLUMNS, column_label
from crm_tui.tui.widgets.dialogs import Page
from crm_tui.tui.widgets.form import LABEL_CELLS, FieldSpec, Form
from crm_tui.tui.widgets.lines import Line, Piece, labelled, wrap

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen
    from crm_tui.tui.screens.board import BoardScreen

TEXTS: Final = ("description", "completion_standard", "deliverable", "resources", "sop", "remark")
"""What a card has no room for."""
FROM_TICKET: Final = (
    "description",
    "department_ids",
    "owner_id",
    "priority",
    "due_on",
    "completion_standard",
)
"""What is asked for when a ticket sets off a task."""
RISK_ROLES: Final[Mapping[str, str]] = {str(RiskState.OPEN): "late"}
TICKET, EDIT, PROGRESS = "ticket", "edit", "progress"


# Reading


class CardPage(Page):
    """A card in full; keys lead on to its ticket, its form and its progress."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "on('ticket')", show=False),
        Binding("t", "on('ticket')", show=False),
        Binding("e", "on('edit')", show=False),
        Binding("percent_sign", "on('progress')", show=False),
    ]

    def __init__(self, title: str, theme_name: str, layout: Any, *, ticket: bool) -> None:
        super().__init__(title, theme_name, layout)
        self._ticket = ticket

    def foot(self, *parts: str) -> None:
        """The keys that lead on before those of every page."""
        ticket = tr("enter ticket") if self._ticket else ""
        super().foot(ticket, tr("e edit"), tr("% progress"), *parts)

    def action_on(self, where: str) -> None:
        """Go on from here."""
        self.dismiss(where if where != TICKET or self._ticket else None)


def open_card(screen: "BoardScreen", card: TaskCard) -> None:
    """Show everything about a card."""
    tasks, actor = screen.tasks, screen.gateway.actor

    def show(page: TaskPage) -> None:
        now = page.card
        dialog = CardPage(
            f"{now.number}  {now.title}",
            screen.crm.terminal.theme,
            lambda width: _page(screen, page, width),
            ticket=now.ticket_id is not None,
        )
        screen.app.push_screen(dialog, then)

    def then(where: str | None) -> None:
        if where == TICKET:
            screen.do_board_ticket()
        elif where == EDIT:
            edit_task(screen, card.id)
        elif where == PROGRESS:
            screen.do_board_progress()

    screen.gateway.run(lambda: tasks.page(card.id, actor=actor), show)


def _page(screen: "BoardScreen", page: TaskPage, width: int) -> list[Line]:
    specs, card = fields(registry.kind("task")), page.card
    rows: list[tuple[str, Line | str]] = [(tr("Status"), _standing(screen, card))]
    pairs = (
        ("department_ids", ", ".join(department_label(code) for _, code in card.departments)),
        ("owner_id", card.owner),
        ("helper_ids", ", ".join(card.helpers)),
        ("priority", tr(LABELS[RequirementPriority].get(card.priority, card.priority))),
        ("goal_id", card.goal),
        ("customer_id", card.customer),
        ("ticket_id", f"T-{card.ticket_number}" if card.ticket_number else ""),
        ("start_on", card.start_on.isoformat() if card.start_on else ""),
        ("due_on", _due(card)),
        *((name, getattr(page, name)) for name in TEXTS),
        ("standard_met_by_id", page.standard_met_by),
        ("delay_reason", page.delay_reason),
    )
    rows += [(tr(specs[name].label), text) for name, text in pairs if text]
    rows += [(tr("Waits for"), _named(card)) for card in page.waits_for]
    rows += [(tr("Holds up"), _named(card)) for card in page.waited_for_by]
    lines = labelled(rows, width, most=LABEL_CELLS)
    for risk in page.risks:
        lines += [[], *_risk(risk, width)]
    lines += [[], [(tr("Progress"), "title")]]
    for entry in page.progress:
        lines += _entry(screen, entry, width)
    if not page.progress:
        lines.append([(tr("none so far"), "dim")])
    return lines


def _named(card: TaskCard) -> str:
    return f"{card.number} {card.title}  {column_label(COLUMNS.index(card.shown))}"


def _risk(risk: RiskView, width: int) -> list[Line]:
    """A risk case with the words of its fields (R-209)."""
    specs = fields(registry.kind("risk_case"))
    state: Line = [(word(RiskState, risk.state), RISK_ROLES.get(risk.state, "dim"))]
    pairs = (
        ("cause", risk.cause),
        ("response_measure", risk.response_measure),
        ("owner_id", risk.owner),
        ("due_on", risk.due_on.isoformat() if risk.due_on else ""),
        ("result", risk.result),
    )
    rows: list[tuple[str, Line | str]] = [(tr("Risk case"), state)]
    rows += [(tr(specs[name].label), text) for name, text in pairs if text]
    return labelled(rows, width, most=LABEL_CELLS)


def _standing(screen: "BoardScreen", card: TaskCard) -> Line:
    due, role = due_piece(card, screen.day_now())
    pieces: list[Piece] = [
        (column_label(COLUMNS.index(card.shown)), "head"),
        (f"  {card.progress}%", ""),
        (f"  {due}", role),
    ]
    if card.warning:
        pieces.append((f"  {tr(WARNINGS[card.warning])}", "warn"))
    return pieces


def _due(card: TaskCard) -> str:
    if card.due_on is None:
        return ""
    text = card.due_on.isoformat()
    if card.original_due_on is not None:
        text += "  " + tr("at first {day}").format(day=card.original_due_on.isoformat())
    return text


def _entry(screen: "BoardScreen", entry: ProgressEntry, width: int) -> list[Line]:
    percent = f"{entry.progress}%" if entry.progress is not None else ""
    head: Line = [
        (f"{screen.local(entry.at):%Y-%m-%d %H:%M}  ", "dim"),
        (entry.by, "head"),
        (f"  {percent}", ""),
    ]
    return [head, *([("  ", ""), (part, "note")] for part in wrap(entry.note, width - 2) if part)]


# Forms


def edit_task(screen: "BoardScreen", task_id: int) -> None:
    """Edit a task; where somebody else was first, both values of a field are shown (ux.md 4)."""
    registers, actor = screen.gateway.services.registers, screen.gateway.actor

    def show(record: Any) -> None:
        if allowed(screen, "task", quiet=True):
            _show_form(screen, record)
        else:
            record_form(screen, "task", record)

    screen.gateway.run(lambda: registers.get("task", task_id, actor=actor), show)


def _show_form(screen: "BoardScreen", record: Any) -> None:
    services, actor = screen.gateway.services, screen.gateway.actor
    asked = _fields(screen, record)
    start = {f.name: f.value for f in asked if f.kind != "static"}
    seen = {record.id: record.version}

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        changed = {name: value for name, value in data.items() if value != start.get(name)}

        def work() -> Any:
            result = services.tasks.edit(record.id, changed, actor=actor, expected=seen)
            result.one()
            return result

        def not_saved(error: DomainError) -> None:
            if not isinstance(error, Conflict):
                refused(error)
                return
            screen.gateway.run(
                lambda: services.registers.get("task", record.id, actor=actor),
                lambda now: compare(now, error),
                refused=refused,
            )

        def compare(now: Any, error: DomainError) -> None:
            seen[record.id] = now.version
            theirs = {f.name: f.value for f in _fields(screen, now) if f.name in start}
            news = {name: value for name, value in theirs.items() if value != start[name]}
            start.update(news)
            form.compare(news, mine=frozenset(changed))
            refused(
                Conflict(
                    msg("{reason}\nctrl+s again saves your fields over it", reason=error.message)
                )
            )

        screen.gateway.run(work, done, refused=not_saved)

    def closed(result: Any) -> None:
        if result is not None:
            screen.tell(result)
            screen.changed([])

    form = Form(record.title, asked, screen.crm.terminal.theme, save)
    screen.app.push_screen(form, closed)


def _fields(screen: "BaseScreen", record: Any) -> list[FieldSpec]:
    return [
        field_of(
            spec,
            record.values.get(spec.name),
            screen,
            names=record.names.get(spec.name, ""),
            fixed=spec.immutable,
        )
        for spec in editable(registry.kind("task")).values()
    ]


def new_task(screen: "BoardScreen") -> None:
    """Ask for a new task; it begins in the lane of the cursor, and as one's own."""
    canvas = screen.canvas
    card, at = canvas.current, canvas.at
    preset: dict[str, Any] = {"owner_id": "@me"}
    if card is not None and at is not None:
        lane = canvas.board.lanes[at.lane]
        if screen.lanes == "department":
            preset["department_ids"] = next(
                (c for i, c in card.departments if str(i) == lane.key), ""
            )
        elif screen.lanes == "owner":
            preset["owner_id"] = card.owner
        elif screen.lanes == "priority":
            preset["priority"] = lane.key
        elif screen.lanes == "goal":
            preset["goal_id"] = card.goal
    own_department(screen, lambda code: record_form(screen, "task", preset=_with(preset, code)))


def own_department(screen: "BaseScreen", then: Callable[[str], None]) -> None:
    """Go on with the code of one's own department."""
    actor = screen.gateway.actor

    def found(departments: Sequence[Any]) -> None:
        then(next((d.code for d in departments if d.id == actor.department_id), ""))

    screen.gateway.run(screen.gateway.services.org.departments, found)


def _with(preset: Mapping[str, Any], department: str) -> dict[str, Any]:
    return {"department_ids": department, **preset}


def task_from_ticket(screen: "BaseScreen", ticket_id: int) -> None:
    """Ask what a task that a ticket sets off needs, and make it (ux.md 3.4)."""
    services, actor = screen.gateway.services, screen.gateway.actor

    def show(view: Any) -> None:
        if not allowed(screen, "task"):
            return
        row = view.row
        preset = {
            "description": row.subject,
            "department_ids": row.department,
            "owner_id": row.owner or "@me",
        }
        specs = editable(registry.kind("task"))
        asked = [
            field_of(specs[name], preset.get(name, specs[name].default), screen)
            for name in FROM_TICKET
        ]
        title = tr("Task from T-{number}").format(number=row.number)
        screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        given = {name: value for name, value in data.items() if value != ""}

        def work() -> Any:
            result = services.tasks.from_ticket(ticket_id, given, actor=actor)
            result.one()
            return result

        screen.gateway.run(work, done, refused=refused)

    def closed(result: Any) -> None:
        if result is not None:
            screen.tell(result)
            screen.changed([])

    screen.gateway.run(lambda: services.views.view(ticket_id, actor=actor), show)
