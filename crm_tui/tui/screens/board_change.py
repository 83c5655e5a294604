"""Changes of many cards at once, and the limits of columns (R-204, R-218)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskPreview
from crm_tui.tui.screens.records import Refused, Saved, field_of
from crm_tui.tui.screens.task_asking import preview
from crm_tui.tui.widgets.board_layout import ALL, COLUMNS, column_label
from crm_tui.tui.widgets.dialogs import Option
from crm_tui.tui.widgets.form import FieldSpec, Form

if TYPE_CHECKING:
    from crm_tui.tui.screens.board import BoardScreen

MANY: Final = ("owner_id", "department_ids", "priority", "goal_id", "due_on")
"""Fields that many cards may be given at once."""
KEPT: Final = N_("empty: stays as it is")


def change_many(screen: "BoardScreen") -> None:
    """Ask for values for all targets; what becomes of each is shown before anything is done."""
    ids, actor = list(screen.targets()), screen.gateway.actor
    if not ids:
        screen.crm.say(tr("No task here"))
        return
    seen = screen.versions(ids)
    specs = editable(registry.kind("task"))

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        changes = {name: value for name, value in data.items() if value != ""}

        def work() -> dict[str, Any]:
            if not changes:
                raise ValidationError(msg("Nothing is to be changed"), field=MANY[0])
            rows: Sequence[TaskPreview] = screen.tasks.preview(ids, changes, actor=actor)
            if not any(row.changes for row in rows):
                why = next((row.refusal for row in rows if row.refusal is not None), None)
                raise DomainError(why or msg("Nothing is to be changed"))
            return changes

        screen.gateway.run(work, done, refused=refused)

    def closed(changes: dict[str, Any] | None) -> None:
        if changes is not None:
            preview(screen, ids, changes, lambda: go(changes))

    def go(changes: dict[str, Any]) -> None:
        screen.gateway.run(
            lambda: screen.tasks.change(ids, changes, actor=actor, expected=seen), screen._performed
        )

    asked = [_empty(field_of(specs[name], None, screen)) for name in MANY]
    title = tr("Change {count} tasks").format(count=len(ids))

    def ask(_: object) -> None:
        screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)

    screen.allowed(screen.tasks.need_change, ask)


def _empty(spec: FieldSpec) -> FieldSpec:
    """A field that changes nothing as long as it is empty."""
    options = [("", "-"), *(o for o in spec.options if o[0])] if spec.kind == "choice" else ()
    return FieldSpec(spec.name, spec.label, spec.kind, "", False, options, KEPT)


# Limits


def choose_limit(screen: "BoardScreen") -> None:
    """Ask for a column, for all departments or the one of the lane, and for a number."""
    canvas = screen.canvas
    lane = canvas.board.lanes[canvas.at.lane] if canvas.at is not None else None
    department = int(lane.key) if screen.lanes == "department" and lane and lane.key else ALL
    limits = canvas.board.limits
    options = [
        Option(
            status,
            column_label(place),
            str(place + 1),
            detail=str(limits.get((status, department), "-")),
        )
        for place, status in enumerate(COLUMNS)
    ]
    name = lane.title if department and lane is not None else tr("all departments")

    def chosen(status: str) -> None:
        label = tr("At most how many cards; empty: no limit")
        text = str(limits.get((status, department), ""))
        screen.ask(
            label, lambda most: set_limit(screen, status, department, most), text, required=False
        )

    def ask() -> None:
        screen.menu(tr("Limit of a column, {name}").format(name=name), options, chosen)

    actor = screen.gateway.actor
    screen.gateway.run(lambda: screen.tasks.need_limits(actor=actor), lambda _: ask())


def set_limit(screen: "BoardScreen", status: str, department: int, text: str) -> None:
    """Set a limit as typed; nothing takes it away."""
    tasks, actor = screen.tasks, screen.gateway.actor
    most = int(text) if text.isascii() and text.isdigit() else None
    if text and most is None:
        screen.crm.say(tr("A limit is a number of cards"), "warning")
        return
    screen.gateway.run(
        lambda: tasks.set_limit(status, department or None, most, actor=actor), screen.limited
    )
