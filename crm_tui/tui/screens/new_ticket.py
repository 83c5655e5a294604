"""New ticket: what the call was about, with triage and limits previewed as one types (R-145)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import URGENCIES, URGENCY, clock_label, department_label, moment
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.ticket_pane import CHANNELS, KINDS
from crm_tui.tui.widgets.dialogs import Finder, Option
from crm_tui.tui.widgets.form import FieldSpec, Form, choices
from crm_tui.tui.widgets.lines import Layout, Line, flowing, wrap


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
        lambda: (services.kinds.enabled(actor=actor), services.org.departments()),
        lambda found: _ask(screen, customer, *found),
    )


def _ask(
    screen: BaseScreen,
    customer: tuple[int, str] | None,
    kinds: tuple[str, ...],
    departments: Sequence[Any],
) -> None:
    services, actor = screen.gateway.services, screen.gateway.actor
    offered = {k: KINDS[k] for k in kinds}
    fields = [
        FieldSpec("kind", N_("Kind"), "choice", "complaint", options=choices(offered)),
        FieldSpec("channel", N_("Channel"), "choice", "phone", options=choices(CHANNELS)),
        FieldSpec("subject", N_("Subject"), required=True),
        FieldSpec("description", N_("Description"), "lines", required=True),
        FieldSpec("appeal", N_("Appeal"), "lines", help=N_("what the customer wants")),
        FieldSpec("contact_info", N_("Contact"), help=N_("empty: as in the archive")),
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
        FieldSpec(
            "urgency",
            N_("Urgency"),
            "choice",
            options=[("", tr("as triage proposes")), *choices(URGENCIES)],
        ),
        FieldSpec(
            "department",
            N_("Department"),
            "choice",
            options=[
                ("", tr("as triage proposes")),
                *((d.code, department_label(d.code)) for d in departments),
            ],
        ),
        FieldSpec("reason", N_("Reason"), help=N_("why another department than proposed")),
        FieldSpec("received_at", N_("Received"), help=N_("empty: now; or 9:30, yesterday 16:00")),
        FieldSpec("product", N_("Product concerned")),
    ]

    def given(values: dict[str, Any]) -> dict[str, Any]:
        data = {k: v for k, v in values.items() if v not in ("", None)}
        received = data.get("received_at")
        if received:
            from crm_tui.domain.dates import resolve

            data["received_at"] = resolve(received, screen.now, services.core.rules.zone, past=True)
        data["customer_id"] = customer[0] if customer else None
        return data

    def preview(values: dict[str, Any], show: Callable[[Layout], None]) -> None:
        def work() -> Layout:
            try:
                data = given(values)
                data.setdefault("subject", "-")
                data.setdefault("description", "-")
                found = services.intake.preview(data, actor=actor)
            except DomainError as error:
                sentence = render(error.message)
                return lambda width: [[(t, "warn")] for t in wrap(sentence, width)]
            now = screen.local(screen.now)
            return lambda width: _proposal(found, screen.local, now, width)

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


def _proposal(
    found: Any, local: Callable[[datetime], datetime], now: datetime, width: int
) -> list[Line]:
    """What triage proposes and every limit that would run if it were saved now."""
    urgency, role = URGENCY[found.urgency]
    head: Line = [
        (tr("Proposal") + "  ", "head"),
        (tr(urgency), role),
        (f"   {tr('Tier')} {found.tier}   ", ""),
        (department_label(found.department), "title"),
    ]
    limits: list[Line] = [
        [(f"{clock_label(c.kind)} ", "dim"), (moment(local(c.due_at), now), "")]
        for c in found.clocks
        if c.due_at is not None
    ]
    reasons = "; ".join(render(r) for r in found.reasons)
    return [
        head,
        *flowing(limits, width, gap=3),
        *([(part, "dim")] for part in wrap(reasons, width)),
    ]
