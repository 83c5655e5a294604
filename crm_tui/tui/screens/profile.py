"""The customer profile: overview, contacts, tickets, timeline (R-023, ux.md 3.7)."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Static

from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import URGENCY, age, countdown, state_label
from crm_tui.tui.screens.customers import LEVELS, POTENTIALS, SEGMENTS, STAGES, customer_form
from crm_tui.tui.screens.ticket_verbs import TicketVerbs
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.timeline import Timeline
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

TABS = (
    ("overview", N_("Overview")),
    ("contacts", N_("Contacts")),
    ("tickets", N_("Tickets")),
    ("history", N_("Timeline")),
)


class ProfileScreen(TicketVerbs):
    """One customer."""

    SCOPE = "profile"

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id
        self.view: Any = None
        self.tab = 0

    def body(self) -> ComposeResult:
        """Head, tabs."""
        yield Static("", id="head", markup=False)
        columns: list[Column[Any]] = [
            Column(N_("Due"), 9, lambda r: countdown(r, self.now)),
            Column(N_("No."), 8, lambda r: (f"T-{r.number}", "dim")),
            Column(N_("Urgency"), 8, self._urgency),
            Column(N_("Subject"), 0, lambda r: (r.subject, "")),
            Column(N_("State"), 12, lambda r: (state_label(r.state), "")),
            Column(N_("Age"), 5, lambda r: (age(r.received_at, self.now), "dim"), least=90),
        ]
        with ContentSwitcher(initial="overview", id="body"):
            with VerticalScroll(id="overview"):
                yield Static("", id="overview-text", markup=False)
            with VerticalScroll(id="contacts"):
                yield Static("", id="contacts-text", markup=False)
            yield VirtualList(
                columns,
                theme_name=self.crm.terminal.theme,
                empty=tr("no ticket yet; T makes one"),
                id="tickets",
            )
            yield Timeline(self.crm.terminal.theme, self.local, id="history")

    @staticmethod
    def _urgency(row: Any) -> tuple[str, str]:
        text, role = URGENCY[row.urgency]
        return tr(text), role

    @property
    def listing(self) -> "VirtualList[Any]":
        """The customer's tickets."""
        return self.query_one("#tickets", VirtualList)

    def ready(self) -> None:
        """Read everything."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.customer_id

        def work() -> tuple[Any, Any]:
            return (
                services.customers.view(key, actor=actor),
                services.views.customer_timeline(key, actor=actor),
            )

        def then(answer: tuple[Any, Any]) -> None:
            if self.is_attached:
                self.view = answer[0]
                self.query_one("#history", Timeline).show(answer[1])
                self._draw()

        self.gateway.run(work, then, group="profile", exclusive=True)
        if self.listing.rows:
            self.listing.reload()
            return
        views = services.views

        def fetch(where: str, at: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            turned = where == "last"
            page = views.page(
                f"customer:{key}",
                actor=actor,
                sort="received",
                descending=not turned,
                after=at if where == "after" else None,
                before=at if where == "before" else None,
                limit=limit,
            )
            if turned:
                return Window(page.rows[::-1], page.after, False)
            return Window(page.rows, page.before, page.after)

        self.listing.source(fetch, self.gateway.read)

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again."""
        if self.gateway.ready:
            self.ready()

    def crumb(self) -> str:
        """The number."""
        return self.view.row.customer_no if self.view is not None else ""

    def _draw(self) -> None:
        row = self.view.row
        tabs = "  ".join(
            f"[{tr(label)}]" if i == self.tab else tr(label) for i, (_, label) in enumerate(TABS)
        )
        head = (
            f"{row.customer_no} {row.name}   {tr('Tier')} {row.tier}   "
            f"{tr('open')} {self.view.open_tickets}  {tr('late')} {self.view.breached_tickets}\n{tabs}"
        )
        if self.view.fields["preferences"]:
            head += f"\n{tr('Preferences')}: {self.view.fields['preferences']}"
        self.query_one("#head", Static).update(head)
        self.query_one("#overview-text", Static).update("\n".join(self._overview()))
        self.query_one("#contacts-text", Static).update("\n".join(self._contacts()))
        self.draw_bars()

    def _overview(self) -> list[str]:
        fields, row = self.view.fields, self.view.row
        told = self.view.cooperation_duration
        pairs = (
            (N_("Industry"), row.industry),
            (N_("Region"), row.region),
            (N_("Decision maker"), row.decision_maker),
            (N_("Segment"), tr(SEGMENTS.get(row.segment, row.segment))),
            (N_("Stage"), tr(STAGES.get(fields["lifecycle_stage"], ""))),
            (N_("Key-account level"), tr(LEVELS.get(fields["key_account_level"], ""))),
            (N_("Potential"), tr(POTENTIALS.get(fields["potential_class"], ""))),
            (N_("Manager"), row.manager),
            (N_("Cooperation so far"), render(told) if told is not None else ""),
            (N_("Cumulative amount"), display_fen(row.total_amount_fen)),
            (N_("Last cooperation"), str(row.last_cooperation_on or "")),
            (N_("Core needs"), " ".join(self.view.tags)),
            (N_("Preferences"), fields["preferences"]),
            (N_("Taboos"), fields["taboos"]),
        )
        lines = [f"{tr(label)}: {value}" for label, value in pairs if value]
        return lines + [f"! {render(w)}" for w in self.view.warnings]

    def _contacts(self) -> list[str]:
        lines: list[str] = []
        for contact in self.view.contacts:
            part = tr("decision maker") if contact.is_decision_maker else ""
            lines.append(f"{contact.name}  {contact.job_title}  {part}")
            for label, value in (
                (N_("Phone"), contact.phone),
                (N_("E-mail"), contact.email),
                (N_("WeChat"), contact.wechat),
                (N_("Address"), contact.address),
                (N_("ID number"), contact.id_document_no),
                (N_("Birthday"), contact.birthday),
            ):
                if value:
                    lines.append(f"  {tr(label)}: {value}")
            lines.append("")
        return lines or [tr("no contact yet; @ adds one")]

    # Verbs

    def targets(self) -> Sequence[int]:
        """The ticket under the cursor, in the tab of tickets."""
        return self.listing.targets if TABS[self.tab][0] == "tickets" else ()

    def version_of(self, ticket_id: int) -> int | None:
        """The version in the list."""
        return next((r.version for r in self.listing.rows if r.id == ticket_id), None)

    def _to_tab(self, tab: int) -> None:
        self.tab = tab % len(TABS)
        name = TABS[self.tab][0]
        self.query_one(ContentSwitcher).current = name
        self.query_one(f"#{name}").focus()
        if self.view is not None:
            self._draw()

    def do_view_next(self) -> None:
        """The next tab."""
        self._to_tab(self.tab + 1)

    def do_view_prev(self) -> None:
        """The previous tab."""
        self._to_tab(self.tab - 1)

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open the ticket, or go to the tickets first."""
        if TABS[self.tab][0] != "tickets":
            self._to_tab(2)
        elif self.listing.current is not None:
            self.crm.open_ticket(self.listing.current.id, [r.id for r in self.listing.rows])

    def do_new(self) -> None:
        """A new ticket for this customer."""
        self.do_ticket_new()

    def do_ticket_new(self) -> None:
        """A new ticket for this customer."""
        from crm_tui.tui.screens.new_ticket import new_ticket

        if self.view is not None:
            new_ticket(self, (self.customer_id, self.view.row.name))

    def do_edit(self) -> None:
        """Edit the customer."""
        if self.view is not None:
            values = {
                **self.view.fields,
                "name": self.view.row.name,
                "tags": self.view.tags,
                "customer_no": self.view.row.customer_no,
            }
            customer_form(self, self.customer_id, values, self.view.row.version)

    def do_contact_new(self) -> None:
        """Add a contact."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.customer_id
        fields = [
            FieldSpec("name", N_("Name"), required=True),
            FieldSpec("job_title", N_("Job title")),
            FieldSpec("is_decision_maker", N_("Decision maker"), "bool"),
            FieldSpec("phone", N_("Phone")),
            FieldSpec("email", N_("E-mail")),
            FieldSpec("wechat", N_("WeChat")),
            FieldSpec("address", N_("Address")),
        ]

        def save(data: dict[str, Any], done: Any, refused: Any) -> None:
            self.gateway.run(
                lambda: services.contacts.add(key, data, actor=actor), done, refused=refused
            )

        def closed(answer: Any) -> None:
            if answer is not None:
                self.crm.say(tr("Contact added"))
                self.ready()

        self.app.push_screen(Form(tr("New contact"), fields, self.crm.terminal.theme, save), closed)
