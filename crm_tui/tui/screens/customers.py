"""Screen 2: the customer list (ux.md 3.7)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import DomainError, RuleViolation
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable
from crm_tui.i18n import tr
from crm_tui.tui.screens import copying
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.contacts import (
    choose_contact,
    contact_menu,
    copy_detail,
    reveal_detail,
)
from crm_tui.tui.screens.filtered import Filtered
from crm_tui.tui.screens.records import (
    Held,
    Refused,
    Saved,
    allowed,
    edited,
    field_of,
    record_form,
    show_history,
)
from crm_tui.tui.widgets.dialogs import Menu, Option
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

SHORT_SEGMENTS: Final = {
    "high_value": N_("High value"),
    "potential": N_("With potential"),
    "ordinary": N_("Ordinary"),
    "churn_risk": N_("Churn risk"),
}
"""Segments in words that fit into a column."""
SEGMENT_ROLES: Final = {"high_value": "head", "potential": "ok", "churn_risk": "warn"}
SORTS: Final = (
    ("number", N_("Number"), "n"),
    ("name", N_("Name"), "m"),
    ("tier", N_("Tier"), "t"),
    ("amount", N_("Amount"), "a"),
    ("updated", N_("Updated"), "u"),
)
PLACE: Final = "customers"
"""Where the place in the list is kept among a person's session state."""


class CustomersScreen(Filtered):
    """All customers, by number unless another order was chosen last."""

    SCOPE = "customers"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.sort, self.down = "number", False
        self.matching: int | None = None
        self._started = False

    def body(self) -> ComposeResult:
        """The list."""
        columns: list[Column[Any]] = [
            Column(N_("No."), 8, lambda r: (r.customer_no, "dim"), most=14),
            Column(N_("T"), 2, lambda r: (r.tier, "head" if r.tier == "A" else "")),
            Column(N_("Customer"), 0, lambda r: (r.name, "")),
            Column(N_("Decision maker"), 16, lambda r: (r.decision_maker, ""), least=72, wide=20),
            Column(N_("Segment"), 8, _segment, most=10),
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
        self.listing.focus()

    def ready(self) -> None:
        """Read from the top, the first time what was shown last."""
        cursor = "" if self._started else self._restore(self.crm.place_of(PLACE))
        self._started = True
        self.read(cursor)

    def _restore(self, state: Any) -> str:
        """Take filter and order of a place that was kept; answers the number under the cursor."""
        if not isinstance(state, dict):
            return ""
        if state.get("sort") in {n for n, _, _ in SORTS}:
            self.sort, self.down = state["sort"], bool(state.get("down"))
        self.filter = str(state.get("filter", ""))
        return str(state.get("cursor", ""))

    def place_state(self) -> dict[str, Any]:
        """Filter, order, and the number under the cursor."""
        row = self.listing.current
        cursor = row.customer_no if row is not None else ""
        return {"filter": self.filter, "sort": self.sort, "down": self.down, "cursor": cursor}

    @on(VirtualList.Moved)
    def remember(self) -> None:
        """Keep the place for the next start."""
        self.crm.keep_place(PLACE, self.place_state())

    def read(self, cursor: str = "") -> None:
        """Read from the top, or with the cursor on a customer's number."""
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

        listing, run = self.listing, self.gateway.read

        def find() -> Any:
            wanted = f"{text} number:{cursor}"
            found = customers.page(wanted, actor=actor, sort=sort, descending=down, limit=1).rows
            return found[0] if found else None

        if cursor:
            self.gateway.run(
                find,
                lambda row: listing.source(fetch, run, row),
                refused=lambda _: listing.source(fetch, run),
            )
        else:
            listing.source(fetch, run)
        self.matching = None
        self._tell_status()
        self._count()

    def _count(self) -> None:
        """How many there are, after the list itself is shown (design.md 5)."""
        customers, actor, text = self.gateway.services.customers, self.gateway.actor, self.filter

        def then(count: int) -> None:
            if self.is_attached and text == self.filter:
                self.matching = count
                self._tell_status()

        self.gateway.run(
            lambda: customers.count(text, actor=actor), then, group="matching", apart=True
        )

    def _tell_status(self) -> None:
        title = next(tr(t) for n, t, _ in SORTS if n == self.sort)
        parts = [f"/{self.filter}"] if self.filter else []
        parts += [f"{self.matching:,}"] if self.matching is not None else []
        parts += (
            [f"{title}{'-' if self.down else ''}"] if self.sort != "number" or self.down else []
        )
        self.status = "  ".join(parts)
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

    def check_filter(self, text: str) -> None:
        """Whether the services can read it."""
        self.gateway.services.customers.page(text, actor=self.gateway.actor, limit=1)

    def complete_filter(self, text: str) -> Sequence[str]:
        """By keys and known values."""
        return self.gateway.services.customers.complete(text)

    def put_filter(self, text: str) -> None:
        """Narrow by a filter."""
        self.filter = text.strip()
        self.read()
        self.remember()

    def sort_names(self) -> list[str]:
        """Orders that `:sort` knows."""
        return [name for name, _, _ in SORTS]

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order, also for the next start."""
        self.sort, self.down = sort, down
        self._ordered()

    def do_filter_clear(self) -> None:
        """All customers."""
        self.put_filter("")

    def do_sort(self) -> None:
        """Choose the order."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.put_order(name, down=self.down)

        options = [Option(n, tr(t), k) for n, t, k in SORTS]
        at = [n for n, _, _ in SORTS].index(self.sort)
        self.app.push_screen(Menu(tr("Sort"), options, self.crm.terminal.theme, at), chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.down = not self.down
        self._ordered()

    def _ordered(self) -> None:
        """Read in the new order, and keep it for the next start."""
        self.read()
        self.remember()
        self.crm.keep_session()

    def exported(self) -> Callable[[], Iterator[dict[str, Any]]]:
        """The customers of the list in its order."""
        from crm_tui.exchange import lists

        services, actor = self.gateway.services, self.gateway.actor
        text, sort, down = self.filter, self.sort, self.down
        return lambda: lists.customers(services, text, actor=actor, sort=sort, descending=down)

    def delete(self, number: str) -> Callable[[], object]:
        """A customer stays (R-014)."""
        raise RuleViolation(
            msg("Customers stay on record with all that hangs on them; e corrects one"),
            code="kept",
        )

    # The customer under the cursor

    def do_new(self) -> None:
        """A new customer with its first contact."""
        customer_form(self)

    def do_edit(self) -> None:
        """Edit the customer under the cursor."""
        self._with_view(lambda view: customer_form(self, view))

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
            self.copy(row.customer_no)

    def do_copy_menu(self) -> None:
        """Choose what of the customer to copy."""
        row = self.listing.current
        if row is not None:
            copy_customer(self, row, copying.row_text(self.listing), self.do_copy_contact)

    def do_copy_contact(self) -> None:
        """Copy a phone number or an e-mail address."""
        self._with_view(lambda view: copy_detail(self, view.contacts))

    def do_reveal(self) -> None:
        """Show a masked value of a contact."""
        self._with_view(
            lambda view: choose_contact(
                self, view.row.id, view.contacts, lambda c: reveal_detail(self, c)
            )
        )

    def do_contacts(self) -> None:
        """Choose a contact, or add one."""
        self._with_view(
            lambda view: choose_contact(
                self, view.row.id, view.contacts, lambda c: contact_menu(self, view.row.id, c)
            )
        )

    def about(self) -> tuple[int, int]:
        """The customer under the cursor."""
        row = self.listing.current
        return (row.id if row is not None else 0), 0

    def do_call(self) -> None:
        """Write down a call or visit."""
        self._with_view(lambda view: log_call(self, view))

    def do_history(self) -> None:
        """Who changed what."""
        row = self.listing.current
        if row is not None:
            show_history(self, "customer", row.id, f"{row.customer_no} {row.name}")

    def _with_view(self, then: Callable[[Any], None]) -> None:
        row = self.listing.current
        if row is not None:
            customers, actor = self.gateway.services.customers, self.gateway.actor
            self.gateway.run(lambda: customers.view(row.id, actor=actor), then)


def _segment(row: Any) -> tuple[str, str]:
    return tr(SHORT_SEGMENTS.get(row.segment, row.segment)), SEGMENT_ROLES.get(row.segment, "")


def copy_customer(screen: BaseScreen, row: Any, line: str, contact: Callable[[], None]) -> None:
    """Choose what of a customer to copy; a contact's details are asked for and logged."""
    pieces = [
        copying.Piece(tr("number"), row.customer_no, "n"),
        copying.Piece(tr("name"), row.name, "m"),
        copying.Piece(tr("link"), f"crm-tui customer show {row.customer_no}", "l"),
        copying.Piece(tr("row"), line, "r"),
    ]
    copying.offer(screen, pieces, [("e", tr("e-mail or phone"), contact)])


def log_call(screen: BaseScreen, view: Any, *, ticket: str = "") -> None:
    """A form for a call or visit, with what one must know of the customer on top (R-016)."""
    told = [
        (label, view.fields[name].replace("\n", " "))
        for name, label in (("preferences", N_("Preferences")), ("taboos", N_("Taboos")))
        if view.fields[name]
    ]
    today = screen.local(screen.now).date()
    preset = {
        "customer_id": view.row.customer_no,
        "occurred_on": today,
        "channel": "phone",
        "ticket_id": ticket,
    }
    record_form(screen, "interaction", preset=preset, told=told)


FIRST_CONTACT: Final = ("name", "job_title", "phone", "email", "wechat", "address")
"""What is asked of the decision maker of a new customer."""


def customer_form(screen: BaseScreen, view: Any = None) -> None:
    """The form of a customer; a new one asks for its decision maker too."""
    if not allowed(screen, "customer"):
        return
    org = screen.gateway.services.org

    def then(staff: Sequence[Any]) -> None:
        _customer_form(screen, view, {s.id: s.name for s in staff})

    screen.gateway.run(lambda: org.staff_list(include_inactive=True), then)


def _customer_form(screen: BaseScreen, view: Any, staff: dict[int, str]) -> None:
    customers, actor = screen.gateway.services.customers, screen.gateway.actor
    key: Any = view.row.id if view is not None else None
    asked: list[FieldSpec] = []
    for spec in editable(registry.kind("customer")).values():
        value = spec.default
        if view is not None:
            value = view.tags if spec.picker == "tags" else view.fields[spec.name]
        names = ""
        if spec.picker == "staff":
            ids = value if isinstance(value, list | tuple) else [value] if value else []
            names = ", ".join(staff.get(i, str(i)) for i in ids)
        asked.append(field_of(spec, value, screen, names=names))
    if view is None:
        contact = editable(registry.kind("contact"))
        asked[1:1] = [
            field_of(replace(contact[n], name=f"contact_{n}", required=False), "", screen)
            for n in FIRST_CONTACT
        ]
    held = Held(
        screen,
        view.row.version if view is not None else 0,
        lambda: customers.view(key, actor=actor).row.version,
    )

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        def work() -> Any:
            if key is None:
                return _create(customers, data, actor)
            result = customers.change(key, edited(data, asked), actor=actor, expected=held.version)
            result.one()
            return result

        screen.gateway.run(work, done, refused=held.refusing(refused))

    def closed(answer: Any) -> None:
        if answer is None:
            return
        if key is None:
            screen.crm.open_customer(answer)
        else:
            screen.tell(answer)
            screen.changed([])

    title = tr("New customer")
    if view is not None:
        title = f"{view.row.customer_no} {view.row.name}"
    screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)


def _create(customers: Any, data: dict[str, Any], actor: Any) -> int:
    """Create the customer; what is wrong with its contact is said at the contact's fields."""
    first = {n: data.pop(f"contact_{n}") for n in FIRST_CONTACT}
    given = {k: v for k, v in data.items() if v not in ("", None)}
    contacts = [{**first, "is_decision_maker": True}] if any(first.values()) else []
    try:
        made: int = customers.create(given, actor=actor, contacts=contacts)
    except DomainError as error:
        if error.field in first and (error.field != "name" or given.get("name")):
            error.field = f"contact_{error.field}"
        raise
    return made
