"""Forms of tasks: one changed, one made anew or from a ticket, one taken off the lists."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import Conflict, DomainError, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.screens.records import Refused, Saved, field_of, record_form
from crm_tui.tui.widgets.form import FieldSpec, Form

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen
    from crm_tui.tui.screens.board import BoardScreen

FROM_TICKET: Final = (
    "description",
    "department_ids",
    "owner_id",
    "priority",
    "due_on",
    "completion_standard",
)
"""What is asked for when a ticket sets off a task."""


def edit_task(screen: "BaseScreen", task_id: int) -> None:
    """Edit a task; where somebody else was first, both values of a field are shown (ux.md 4).

    Whoever may not change it is told so before the form opens.
    """
    services, actor = screen.gateway.services, screen.gateway.actor

    def work() -> Any:
        services.tasks.need_change([task_id], actor=actor)
        return services.registers.get("task", task_id, actor=actor)

    screen.gateway.run(work, lambda record: _show_form(screen, record))


def _show_form(screen: "BaseScreen", record: Any) -> None:
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
    """Ask what a task that a ticket sets off needs, and make it; the open one it has is shown instead."""
    services, actor = screen.gateway.services, screen.gateway.actor

    def look() -> tuple[int | None, Any]:
        made = services.tasks.set_off_by(ticket_id, actor=actor)
        return made, None if made is not None else services.views.view(ticket_id, actor=actor).row

    def show(found: tuple[int | None, Any]) -> None:
        made, row = found
        if made is not None:
            screen.crm.say(tr("This task is open for the ticket already"))
            screen.crm.open_task(made)
            return
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

    screen.gateway.run(look, show)


def taken_off(screen: "BaseScreen", card: TaskCard | None, number: str) -> Callable[[], object]:
    """Take a task off the lists by its typed number; undo brings it back."""
    if card is None or number.strip().upper() != card.number:
        raise ValidationError(
            msg("Type the number of the record under the cursor; y copies it"), code="bad_argument"
        )
    services, actor, task_id = screen.gateway.services, screen.gateway.actor, card.id

    def then(result: Any) -> None:
        screen.tell(result)
        screen.changed([])

    return lambda: screen.gateway.run(
        lambda: services.registers.archive("task", [task_id], actor=actor), then
    )
