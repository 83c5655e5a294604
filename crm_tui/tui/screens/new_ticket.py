"""New ticket: what the call was about, with triage and limits previewed as one types (R-145)."""

from collections.abc import Callable
from typing import Any

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import URGENCY, clock_label, department_label
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.ticket import CHANNELS, KINDS
from crm_tui.tui.widgets.dialogs import Finder, Option
from crm_tui.tui.widgets.form import FieldSpec, Form, choices

URGENCIES = {
    "": N_("as triage proposes"),
    "urgent": N_("Urgent"),
    "normal": N_("Normal"),
    "low": N_("Low urgency"),
}


def new_ticket(screen: BaseScreen, customer: tuple[int, str] | None = None) -> None:
    """Ask whose call it is, unless known, then show the form."""
    if customer is not None:
        _form(screen, customer)
        return
    services, actor = screen.gateway.services, screen.gateway.actor

    def search(text: str) -> list[Option]:
        found = [
            Option((f.id, f.title), f.title, detail=f.detail)
            for f in services.find.find(text, actor=actor, limit=11)
            if f.kind == "customer"
        ]
        return [*found, Option((0, ""), tr("unknown customer"))]

    def chosen(value: tuple[int, str] | None) -> None:
        if value is not None:
            _form(screen, value if value[0] else None)

    title = tr("Whose call? name, pinyin, phone, number")
    screen.app.push_screen(
        Finder(title, screen.crm.terminal.theme, search, screen.gateway.run), chosen
    )


def _form(screen: BaseScreen, customer: tuple[int, str] | None) -> None:
    services, actor = screen.gateway.services, screen.gateway.actor
    screen.gateway.run(
        lambda: services.kinds.enabled(actor=actor), lambda kinds: _ask(screen, customer, kinds)
    )


def _ask(screen: BaseScreen, customer: tuple[int, str] | None, kinds: tuple[str, ...]) -> None:
    services, actor = screen.gateway.services, screen.gateway.actor
    offered = {k: KINDS[k] for k in kinds}
    fields = [
        FieldSpec("kind", N_("Kind"), "choice", "complaint", options=choices(offered)),
        FieldSpec("channel", N_("Channel"), "choice", "phone", options=choices(CHANNELS)),
        FieldSpec("subject", N_("Subject"), required=True),
        FieldSpec("description", N_("Description"), "lines", required=True),
        FieldSpec("appeal", N_("Appeal"), "lines"),
        FieldSpec("contact_info", N_("Contact")),
        FieldSpec(
            "preferred_reply_channel",
            N_("Reply by"),
            "choice",
            options=[("", "-"), *choices(CHANNELS)],
        ),
        FieldSpec("safety_risk", N_("Safety risk"), "bool"),
        FieldSpec("batch_problem", N_("Batch problem"), "bool"),
        FieldSpec("public_opinion", N_("Risk of public opinion"), "bool"),
        FieldSpec("complex", N_("Complex or emotional"), "bool"),
        FieldSpec("urgency", N_("Urgency"), "choice", options=choices(URGENCIES)),
        FieldSpec("received", N_("Received at (empty: now)")),
        FieldSpec("product", N_("Product")),
    ]

    def given(values: dict[str, Any]) -> dict[str, Any]:
        data = {k: v for k, v in values.items() if v not in ("", None)}
        received = data.pop("received", "")
        if received:
            from crm_tui.domain.dates import resolve

            data["received_at"] = resolve(received, screen.now, services.core.rules.zone, past=True)
        data["customer_id"] = customer[0] if customer else None
        return data

    def preview(values: dict[str, Any], show: Callable[[str], None]) -> None:
        def work() -> str:
            try:
                data = given(values)
                data.setdefault("subject", "-")
                data.setdefault("description", "-")
                found = services.intake.preview(data, actor=actor)
            except DomainError as error:
                return render(error.message)
            urgency, _ = URGENCY[found.urgency]
            head = (
                f"{tr(urgency)}  {tr('Tier')} {found.tier}  > {department_label(found.department)}"
            )
            clocks = "  ".join(
                f"{clock_label(c.kind)} {screen.local(c.due_at):%m-%d %H:%M}"
                for c in found.clocks
                if c.due_at is not None
            )
            return "\n".join([head, clocks, *(render(r) for r in found.reasons)])

        screen.gateway.run(work, show, group="preview", exclusive=True)

    def save(values: dict[str, Any], done: Any, refused: Any) -> None:
        screen.gateway.run(
            lambda: services.intake.create(given(values), actor=actor), done, refused=refused
        )

    def closed(ticket_id: int | None) -> None:
        if ticket_id is not None:
            screen.crm.open_ticket(ticket_id)

    who = customer[1] if customer else tr("unknown customer")
    form = Form(
        f"{tr('New ticket')}   {who}", fields, screen.crm.terminal.theme, save, preview=preview
    )
    screen.app.push_screen(form, closed)
