"""Contacts written down from any screen, the tasks that follow from them, corrected answers.

From wherever one is: the key, the name where no customer is at hand, the topic, and save (R-096).
"""

from typing import Any

from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.customers import log_call
from crm_tui.tui.screens.records import Refused, Saved, allowed, edited, field_of
from crm_tui.tui.widgets.dialogs import Finder, Option
from crm_tui.tui.widgets.form import FieldSpec, Form

REASON = "correction_reason"


def talk(screen: BaseScreen, customer_id: int, ticket_id: int) -> None:
    """Write down a contact with the customer at hand, or with one to be found."""
    if not allowed(screen, "interaction"):
        return
    services, actor = screen.gateway.services, screen.gateway.actor

    def known() -> tuple[Any, str]:
        owner, number = customer_id, ""
        if ticket_id and (rows := services.views.rows([ticket_id], actor=actor)):
            number = f"T-{rows[0].number}"
            owner = owner or rows[0].customer_id or 0
        return (services.customers.view(owner, actor=actor) if owner else None), number

    def then(found: tuple[Any, str]) -> None:
        view, number = found
        if view is not None:
            log_call(screen, view, ticket=number)
        else:
            _find(screen, lambda found: log_call(screen, found, ticket=number))

    screen.gateway.run(known, then)


def _find(screen: BaseScreen, then: Saved) -> None:
    services, actor = screen.gateway.services, screen.gateway.actor

    def search(text: str) -> list[Option]:
        return [
            Option(f.id, f.title, detail=f.detail)
            for f in services.find.find(text, actor=actor, limit=12)
            if f.kind == "customer"
        ]

    def chosen(customer_id: int | None) -> None:
        if customer_id is not None:
            screen.gateway.run(lambda: services.customers.view(customer_id, actor=actor), then)

    title = tr("Contact with whom? name, pinyin, phone, number")
    screen.app.push_screen(
        Finder(title, screen.crm.terminal.theme, search, screen.gateway.run), chosen
    )


def follow_up(screen: BaseScreen, interaction_id: int) -> None:
    """A task from the follow-up action of an interaction, linked both ways (R-093, D-39)."""
    tasks, actor = screen.gateway.services.tasks, screen.gateway.actor

    def then(result: Any) -> None:
        screen.tell(result)
        screen.changed([])

    screen.gateway.run(lambda: tasks.from_interaction(interaction_id, {}, actor=actor), then)


def correct_answer(screen: BaseScreen, record: Any) -> None:
    """An answer is never edited: ask for the reason and what was really said (R-267, D-35)."""
    kind = registry.kind("survey_answer")
    if not allowed(screen, kind.name):
        return
    surveys, actor = screen.gateway.services.surveys, screen.gateway.actor
    asked = [FieldSpec(REASON, N_("Reason of the correction"), required=True)]
    asked += [
        field_of(spec, record.values.get(name), screen, names=record.names.get(name, ""))
        for name, spec in editable(kind).items()
        if name != REASON
    ]

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        changed = edited(data, asked)
        reason = changed.pop(REASON, "")
        screen.gateway.run(
            lambda: surveys.correct(
                record.id, changed, reason, actor=actor, expected=record.version
            ),
            done,
            refused=refused,
        )

    def closed(result: Any) -> None:
        if result is not None:
            screen.tell(result)
            screen.changed([])

    title = f"{tr(N_('Correct the answer'))}: {record.title}"
    screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)
