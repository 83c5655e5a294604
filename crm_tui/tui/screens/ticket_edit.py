"""The form of a ticket: only what was changed here is saved; both values of a conflict are shown (ux.md 4)."""

from collections.abc import Mapping
from typing import Any

from crm_tui.domain.errors import Conflict, DomainError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.tui.screens.ticket_pane import CHANNELS, KINDS
from crm_tui.tui.screens.ticket_ways import TicketWays
from crm_tui.tui.widgets.form import FieldSpec, Form, choices


def edit(screen: TicketWays, view: Any) -> None:
    """Edit a ticket as it is shown."""
    services, actor, key = screen.gateway.services, screen.gateway.actor, view.row.id
    values, seen = view.fields, {key: view.row.version}
    fields = [
        FieldSpec(
            "customer_id",
            N_("Customer"),
            value=values["customer_no"],
            help=N_("number or exact name; empty: unknown"),
        ),
        FieldSpec("subject", N_("Subject"), value=values["subject"], required=True),
        FieldSpec("description", N_("Description"), "lines", values["description"], required=True),
        FieldSpec("appeal", N_("Appeal"), "lines", values["appeal"]),
        FieldSpec("product", N_("Product concerned"), value=values["product"]),
        FieldSpec("kind", N_("Kind"), "choice", values["kind"], options=choices(KINDS)),
        FieldSpec("channel", N_("Channel"), "choice", values["channel"], options=choices(CHANNELS)),
        FieldSpec(
            "preferred_reply_channel",
            N_("Reply by"),
            "choice",
            values["preferred_reply_channel"],
            options=[("", "-"), *choices(CHANNELS)],
        ),
    ]

    start = {f.name: f.value for f in fields}

    def save(data: dict[str, Any], done: Any, refused: Any) -> None:
        # Only what was changed here: a colleague's change of another field stays.
        changed = {name: value for name, value in data.items() if value != start[name]}

        def work() -> Any:
            result = services.tickets.edit(key, changed, actor=actor, expected=seen[key])
            result.one()
            return result

        def not_saved(error: DomainError) -> None:
            if not isinstance(error, Conflict):
                refused(error)
                return

            def compare(now: Any) -> None:
                seen[key] = now.row.version
                theirs = {n: _as_edited(now.fields, n) for n in start}
                news = {n: value for n, value in theirs.items() if value != start[n]}
                start.update(news)
                form.compare(news, mine=frozenset(changed))
                refused(Conflict(_sentence(error, news, changed)))

            screen.gateway.run(
                lambda: services.views.view(key, actor=actor), compare, refused=refused
            )

        screen.gateway.run(work, done, refused=not_saved)

    def closed(result: Any) -> None:
        if result is not None:
            screen.tell(result)
            screen.changed([])

    form = Form(f"T-{view.row.number}", fields, screen.crm.terminal.theme, save)
    screen.app.push_screen(form, closed)


def edit_one(screen: TicketWays, ticket_id: int) -> None:
    """Edit a ticket of a list as it is now."""
    views, actor = screen.gateway.services.views, screen.gateway.actor
    screen.gateway.run(lambda: views.view(ticket_id, actor=actor), lambda view: edit(screen, view))


def _as_edited(fields: Mapping[str, Any], name: str) -> Any:
    """A field as the form shows it: a customer by number."""
    return fields["customer_no" if name == "customer_id" else name]


def _sentence(error: DomainError, news: Mapping[str, Any], mine: Mapping[str, Any]) -> Msg:
    both = any(name in mine and mine[name] != value for name, value in news.items())
    if both:
        return msg(
            "{reason}\nctrl+y takes their value of a field; ctrl+s saves what stands here",
            reason=error.message,
        )
    return msg("{reason}\nctrl+s again saves your fields over it", reason=error.message)
