"""Screen 2: the customer list (ux.md 3.7)."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import DomainError
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Menu, Option, Prompt
from crm_tui.tui.widgets.form import FieldSpec, Form, choices
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

SEGMENTS = {
    "high_value": N_("High-value customer"),
    "potential": N_("Potential customer"),
    "ordinary": N_("Ordinary customer"),
    "churn_risk": N_("Customer at risk of churn"),
}
LEVELS = {
    "ordinary": N_("Ordinary account"),
    "key": N_("Key account"),
    "strategic": N_("Strategic account"),
}
POTENTIALS = {"ordinary": N_("Ordinary potential"), "key": N_("Key potential")}
STAGES = {
    "customer": N_("Customer"),
    "prospect": N_("Prospect"),
    "retained": N_("Retained customer"),
    "churned": N_("Churned customer"),
}
SORTS = (
    ("number", N_("Number"), "n"),
    ("name", N_("Name"), "m"),
    ("tier", N_("Tier"), "t"),
    ("amount", N_("Amount"), "a"),
    ("updated", N_("Updated"), "u"),
)


class CustomersScreen(BaseScreen):
    """All customers by number."""

    SCOPE = "customers"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.filter = ""
        self.sort, self.down = "number", False

    def body(self) -> ComposeResult:
        """The list."""
        columns: list[Column[Any]] = [
            Column(N_("No."), 10, lambda r: (r.customer_no, "dim")),
            Column(N_("T"), 2, lambda r: (r.tier, "head" if r.tier == "A" else "")),
            Column(N_("Customer"), 0, lambda r: (r.name, "")),
            Column(N_("Decision maker"), 16, lambda r: (r.decision_maker, ""), least=72),
            Column(N_("Segment"), 14, lambda r: (tr(SEGMENTS.get(r.segment, r.segment)), "")),
            Column(N_("Industry"), 10, lambda r: (r.industry, ""), least=100),
            Column(N_("Region"), 8, lambda r: (r.region, ""), least=110),
            Column(N_("Manager"), 8, lambda r: (r.manager or "-", ""), least=100),
            Column(
                N_("Amount"),
                10,
                lambda r: (display_fen(r.total_amount_fen), ""),
                least=90,
                right=True,
            ),
            Column(N_("Open"), 4, lambda r: (str(r.open_tickets or ""), "warn"), right=True),
        ]
        yield VirtualList(
            columns,
            theme_name=self.crm.terminal.theme,
            empty=tr("no customer matches; \\ clears the filter, n makes a new one"),
            id="list",
        )

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def on_mount(self) -> None:
        """Frame and focus first."""
        super().on_mount()
        self.listing.focus()

    def ready(self) -> None:
        """Read from the top."""
        customers, actor = self.gateway.services.customers, self.gateway.actor
        text, sort, down = self.filter, self.sort, self.down

        def fetch(where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            turned = where == "last"
            page = customers.page(
                text,
                actor=actor,
                sort=sort,
                descending=down != turned,
                after=key if where == "after" else None,
                before=key if where == "before" else None,
                limit=limit,
            )
            if turned:
                return Window(page.rows[::-1], page.after, False)
            return Window(page.rows, page.before, page.after)

        self.listing.source(fetch, self.gateway.read)
        self.status = f"/{self.filter}" if self.filter else ""
        self.draw_bars()

    def crumb(self) -> str:
        """The filter."""
        return self.filter

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again."""
        if self.gateway.ready and (not changes or any(c.kind == "customer" for c in changes)):
            self.listing.reload()

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open the profile."""
        if self.listing.current is not None:
            self.crm.open_customer(self.listing.current.id)

    def do_back(self) -> None:
        """Clear the filter."""
        if self.filter:
            self.do_filter_clear()

    def do_filter(self) -> None:
        """Type a filter; a wrong one says where."""
        customers, actor = self.gateway.services.customers, self.gateway.actor

        def check(text: str) -> str | None:
            try:
                customers.page(text, actor=actor, limit=1)
            except DomainError as error:
                return render(error.message)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.filter = text.strip()
                self.ready()

        self.app.push_screen(Prompt(tr("Filter"), self.filter, check=check), given)

    def do_filter_clear(self) -> None:
        """All customers."""
        self.filter = ""
        self.ready()

    def do_sort(self) -> None:
        """Choose the order."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.sort = name
                self.ready()

        options = [Option(n, tr(t), k) for n, t, k in SORTS]
        self.app.push_screen(Menu(tr("Sort"), options, self.crm.terminal.theme), chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.down = not self.down
        self.ready()

    def do_new(self) -> None:
        """A new customer with its first contact."""
        customer_form(self, None, {})

    def do_edit(self) -> None:
        """Edit the customer under the cursor."""
        self.do_open()

    def do_ticket_new(self) -> None:
        """A new ticket for this customer."""
        from crm_tui.tui.screens.new_ticket import new_ticket

        row = self.listing.current
        if row is not None:
            new_ticket(self, (row.id, row.name))

    def do_copy(self) -> None:
        """Copy the customer number."""
        row = self.listing.current
        if row is not None:
            self.app.copy_to_clipboard(row.customer_no)
            self.crm.say(tr("Copied {text}; the terminal may refuse").format(text=row.customer_no))


def customer_form(
    screen: BaseScreen, customer_id: int | None, values: dict[str, Any], version: int | None = None
) -> None:
    """The form of a customer; a new one asks for its decision maker too."""
    services, actor = screen.gateway.services, screen.gateway.actor
    fields = [
        FieldSpec("name", N_("Customer name"), value=values.get("name", ""), required=True),
        FieldSpec("industry", N_("Industry"), value=values.get("industry", "")),
        FieldSpec("region", N_("Region"), value=values.get("region", "")),
        FieldSpec(
            "lifecycle_stage",
            N_("Stage"),
            "choice",
            values.get("lifecycle_stage", "customer"),
            options=choices(STAGES),
        ),
        FieldSpec(
            "segment",
            N_("Segment"),
            "choice",
            values.get("segment", "ordinary"),
            options=choices(SEGMENTS),
        ),
        FieldSpec(
            "key_account_level",
            N_("Key-account level"),
            "choice",
            values.get("key_account_level", "ordinary"),
            options=choices(LEVELS),
        ),
        FieldSpec(
            "potential_class",
            N_("Potential"),
            "choice",
            values.get("potential_class", "ordinary"),
            options=choices(POTENTIALS),
        ),
        FieldSpec(
            "first_cooperation_on",
            N_("First cooperation (2024-06-03)"),
            value=str(values.get("first_cooperation_on") or ""),
        ),
        FieldSpec("tags", N_("Core needs, by blanks"), value=" ".join(values.get("tags", ()))),
        FieldSpec("preferences", N_("Preferences"), "lines", values.get("preferences", "")),
        FieldSpec("taboos", N_("Taboos"), "lines", values.get("taboos", "")),
    ]
    if customer_id is None:
        fields += [
            FieldSpec("contact_name", N_("Decision maker")),
            FieldSpec("contact_title", N_("Job title")),
            FieldSpec("contact_phone", N_("Phone")),
            FieldSpec("contact_email", N_("E-mail")),
        ]

    def save(data: dict[str, Any], done: Any, refused: Any) -> None:
        tags = data.pop("tags").split()
        contact = {
            "name": data.pop("contact_name", ""),
            "job_title": data.pop("contact_title", ""),
            "phone": data.pop("contact_phone", ""),
            "email": data.pop("contact_email", ""),
            "is_decision_maker": True,
        }
        data["first_cooperation_on"] = data["first_cooperation_on"] or None

        def work() -> int:
            if customer_id is None:
                contacts = [contact] if contact["name"] else []
                return services.customers.create(data, actor=actor, tags=tags, contacts=contacts)
            services.customers.change(
                customer_id, data, actor=actor, expected=version, tags=tags
            ).one()
            return customer_id

        screen.gateway.run(work, done, refused=refused)

    def closed(key: int | None) -> None:
        if key is None:
            return
        if customer_id is None:
            screen.crm.open_customer(key)
        else:
            screen.crm.say(tr("Customer changed") + "   " + tr("u undo"))
            screen.changed([])

    title = tr("New customer") if customer_id is None else str(values.get("customer_no", ""))
    screen.app.push_screen(Form(title, fields, screen.crm.terminal.theme, save), closed)
