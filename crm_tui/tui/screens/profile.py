"""The customer profile: who it is at once, and everything about them by tab (R-023, ux.md 3.7)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from crm_tui.domain.errors import DomainError, Unavailable
from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.i18n import tr
from crm_tui.tui.actions import BY_ID
from crm_tui.tui.keymap import shown as key_words
from crm_tui.tui.labels import (
    STATE_CELLS,
    URGENCY,
    age,
    due_cell,
    short_state,
)
from crm_tui.tui.screens import contacts as people
from crm_tui.tui.screens.customers import copy_customer, customer_form, log_call
from crm_tui.tui.screens.profile_pane import TABS, ProfilePane
from crm_tui.tui.screens.records import (
    ListRow,
    columns_of,
    record_form,
    show_history,
)
from crm_tui.tui.screens.ticket_edit import edit_one
from crm_tui.tui.screens.ticket_pane import SATISFACTION
from crm_tui.tui.screens.ticket_verbs import TicketVerbs
from crm_tui.tui.widgets.lines import Lines
from crm_tui.tui.widgets.timeline import Timeline
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

REGISTERS: Final = frozenset({"interaction", "requirement", "order", "contract", "task"})
OWN_TABS: Final = frozenset({"overview", "contacts", "tickets", "history"})
DUE_CELLS: Final = 9
HEAD_LINES: Final = 7
CUSTOMER_HINTS: Final = (
    "help",
    "view.next",
    "ticket.new",
    "call",
    "contacts",
    "copy.contact",
    "edit",
    "new",
    "history",
    "reveal",
    "palette",
    "undo",
)
"""Actions of the last line where no ticket is under the cursor, the most wanted first."""
EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)


class ProfileScreen(TicketVerbs):
    """One customer."""

    SCOPE = "profile"

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id
        self.view: Any = None
        self.plan: Sequence[Any] = ()
        self.staff: dict[int, str] = {}
        self.tab = 0
        self._stale = {name for name, _ in TABS}
        """Tabs that were not read since something changed."""
        self._listed = ""
        """What the list of records shows."""

    def body(self) -> ComposeResult:
        """Head, tabs."""
        theme = self.crm.terminal.theme
        yield Lines(theme, focus=False, id="head")
        with ContentSwitcher(initial="overview", id="body"):
            yield Lines(theme, id="overview")
            yield VirtualList(
                people.columns(),
                theme_name=theme,
                empty=tr("no contact yet; @ adds one"),
                id="contacts",
            )
            yield VirtualList(
                self._ticket_columns(),
                theme_name=theme,
                empty=tr("no ticket yet; T makes one"),
                id="tickets",
            )
            yield VirtualList(
                self._complaint_columns(),
                theme_name=theme,
                empty=tr("nothing here yet; n makes one"),
                id="records",
            )
            yield Timeline(theme, self.local, id="history")

    def _ticket_columns(self) -> list[Column[Any]]:
        return [
            Column(N_("Due"), DUE_CELLS, lambda r: due_cell(r, self.now, DUE_CELLS)),
            Column(N_("No."), 7, lambda r: (f"T-{r.number}", "dim"), most=12),
            Column(N_("Urgency"), 8, _urgency),
            Column(N_("Subject"), 0, lambda r: (r.subject, "")),
            Column(N_("State"), STATE_CELLS, lambda r: (short_state(r.state), "")),
            Column(N_("Owner"), 10, lambda r: (r.owner or "-", ""), least=100),
            Column(N_("Age"), 5, lambda r: (age(r.received_at, self.now), "dim"), least=90),
        ]

    def _complaint_columns(self) -> list[Column[Any]]:
        return [
            Column(N_("Received"), 10, lambda r: (f"{self.local(r.received_at):%Y-%m-%d}", "dim")),
            Column(N_("No."), 7, lambda r: (f"T-{r.number}", "dim"), most=12),
            Column(N_("Subject"), 0, lambda r: (r.subject, "")),
            Column(N_("State"), STATE_CELLS, lambda r: (short_state(r.state), "")),
            Column(N_("Satisfaction"), 8, _satisfaction, most=14),
            Column(N_("Result"), 20, lambda r: (r.result, ""), least=72, wide=40),
        ]

    # Reading

    @property
    def place_of_tab(self) -> str:
        """The tab shown."""
        return TABS[self.tab][0]

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list of the tab shown; the tickets where it has none."""
        name = self.place_of_tab
        wanted = name if name in ("contacts", "tickets") else "records"
        return self.query_one(
            "#tickets" if name in ("overview", "history") else f"#{wanted}", VirtualList
        )

    def ready(self) -> None:
        """Read who it is and the tab shown; the other tabs when one goes there."""
        self._stale = {name for name, _ in TABS}
        self._read()
        self._fill()

    def _read(self) -> None:
        services, actor, key = self.gateway.services, self.gateway.actor, self.customer_id

        def work() -> tuple[Any, Any, dict[int, str]]:
            view = services.customers.view(key, actor=actor)
            staff = {s.id: s.name for s in services.org.staff_list(include_inactive=True)}
            return view, services.profiles.plan(key, actor=actor), staff

        def then(answer: tuple[Any, Any, dict[int, str]]) -> None:
            if self.is_attached:
                self.view, self.plan, self.staff = answer
                self._draw()

        self.gateway.run(work, then, group="profile", exclusive=True, refused=self._gone)

    def _gone(self, error: DomainError) -> None:
        if isinstance(error, Unavailable):
            # What is shown can still be read.
            self.crm.offline(error)
            return
        self.crm.show_error(error)
        self.crm.leave()

    def _fill(self) -> None:
        """Read the tab shown, unless it was read since the last change."""
        name = self.place_of_tab
        listed = name if name not in OWN_TABS else self._listed
        if name not in self._stale and listed == self._listed:
            return
        self._stale.discard(name)
        if name == "history":
            self._fill_history()
        elif name == "contacts":
            self._fill_contacts()
        elif name == "tickets":
            self._fill_list(self.listing, self._fetch_tickets)
        elif name != "overview":
            self._fill_records(name)

    def _fill_history(self) -> None:
        profiles, actor, key = self.gateway.services.profiles, self.gateway.actor, self.customer_id
        timeline = self.query_one("#history", Timeline)
        timeline.year = self.local(self.now).year

        def then(entries: Sequence[Any]) -> None:
            if self.is_attached:
                timeline.show(entries, stay=bool(timeline.entries))

        self.gateway.run(
            lambda: profiles.timeline(key, actor=actor),
            then,
            group="timeline",
            exclusive=True,
            apart=True,
        )

    def _fill_contacts(self) -> None:
        if self.view is None:
            return
        rows = [people.ContactRow(c, i) for i, c in enumerate(self.view.contacts)]

        def fetch(where: str, at: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            return Window(() if where in ("after", "before") else rows, False, False)

        self._fill_list(self.query_one("#contacts", VirtualList), fetch)

    def _fill_list(self, listing: "VirtualList[Any]", fetch: Callable[..., Window[Any]]) -> None:
        """Read a list again, its cursor where it was."""
        keep = listing.current.id if listing.current is not None else None
        if keep is None or listing.id == "contacts":
            listing.source(fetch, self.gateway.read)
            if keep is not None:
                listing.go("first", keep=keep)
        else:
            listing.reload()

    def _fill_records(self, name: str) -> None:
        listing = self.query_one("#records", VirtualList)
        if name == self._listed:
            listing.reload()
            return
        self._listed = name
        listing.rows, listing.at, listing.top = [], 0, 0
        if name == "complaints":
            listing.columns = self._complaint_columns()
            listing.source(self._fetch_complaints, self.gateway.read)
            return
        kind = registry.kind(name)
        listing.columns = columns_of(kind, self, without="customer_id")
        listing.source(self._fetch_records(name), self.gateway.read)

    def _fetch_tickets(self, where: str, at: tuple[Any, ...] | None, limit: int) -> Window[Any]:
        turned = where == "last"
        page = self.gateway.services.views.page(
            f"customer:{self.customer_id}",
            actor=self.gateway.actor,
            sort="received",
            descending=not turned,
            after=at if where == "after" else None,
            before=at if where == "before" else None,
            limit=limit,
        )
        return _window(page, turned)

    def _fetch_complaints(self, where: str, at: tuple[Any, ...] | None, limit: int) -> Window[Any]:
        profiles, actor = self.gateway.services.profiles, self.gateway.actor
        if where == "last":
            # The page before the beginning of time is the last one.
            at, where = (EARLIEST, 0), "before"
        page = profiles.complaints(
            self.customer_id,
            actor=actor,
            after=at if where == "after" else None,
            before=at if where == "before" else None,
            limit=limit,
        )
        return Window(page.rows, page.before, page.after)

    def _fetch_records(self, name: str) -> Callable[..., Window[Any]]:
        registers, actor, key = (
            self.gateway.services.registers,
            self.gateway.actor,
            self.customer_id,
        )

        def fetch(where: str, at: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            turned = where == "last"
            page = registers.page(
                name,
                actor=actor,
                customer_id=key,
                descending=turned,
                after=at if where == "after" else None,
                before=at if where == "before" else None,
                limit=limit,
            )
            rows = [ListRow(r.id, r.key, r) for r in page.rows]
            if turned:
                return Window(rows[::-1], page.after, False)
            return Window(rows, page.before, page.after)

        return fetch

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again what concerns this customer; customers of others leave it as it is."""
        if not self.gateway.ready:
            return
        foreign = all(c.kind == "customer" and c.id != self.customer_id for c in changes)
        if not changes or not foreign:
            self._stale = {name for name, _ in TABS}
            self._read()
            self._fill()

    def crumb(self) -> str:
        """The number and the name, whatever tab is shown."""
        return f"{self.view.row.customer_no} {self.view.row.name}" if self.view is not None else ""

    # Drawing

    def _draw(self) -> None:
        head = self.query_one("#head", Lines)
        pane = ProfilePane(self, self.view, self.plan, self.staff, self.tab)
        head.styles.max_height = HEAD_LINES
        head.styles.height = len(pane.head(max(self.app.size.width - 3, 20)))
        head.put(pane.head)
        self.query_one("#overview", Lines).put(pane.overview, stay=True)
        if self.place_of_tab == "contacts":
            self._fill_contacts()
        self.draw_bars()

    def on_resize(self) -> None:
        """The head may need another number of lines."""
        super().on_resize()
        if self.view is not None:
            self._draw()

    # Which ticket a verb is for

    def targets(self) -> Sequence[int]:
        """The ticket under the cursor, in the tabs of tickets and complaints."""
        return self.listing.targets if self.place_of_tab in ("tickets", "complaints") else ()

    def version_of(self, ticket_id: int) -> int | None:
        """The version in the list."""
        return next((r.version for r in self.listing.rows if r.id == ticket_id), None)

    def about(self) -> tuple[int, int]:
        """This customer, and the ticket under the cursor."""
        return self.customer_id, super().about()[1]

    @property
    def contact(self) -> Any:
        """The contact under the cursor, in the tab of contacts."""
        row = self.listing.current if self.place_of_tab == "contacts" else None
        return row.contact if row is not None else None

    @property
    def record(self) -> Any:
        """The record of a register under the cursor."""
        row = self.listing.current if self.place_of_tab in REGISTERS else None
        return row.record if row is not None else None

    def hints(self) -> list[tuple[str, str]]:
        """Where a ticket is under the cursor its verbs, else those of the customer."""
        if self.place_of_tab in ("tickets", "complaints"):
            return super().hints()
        keys = self.crm.keys
        return [(key_words(keys[a][0]), BY_ID[a].title) for a in CUSTOMER_HINTS if keys[a]]

    # Tabs

    def to_tab(self, name: str) -> None:
        """Show a tab by name."""
        self._to_tab([n for n, _ in TABS].index(name))

    def _to_tab(self, tab: int) -> None:
        self.tab = tab % len(TABS)
        name = self.place_of_tab
        widget = name if name in OWN_TABS else "records"
        self.query_one(ContentSwitcher).current = widget
        self.query_one(f"#{widget}").focus()
        if self.view is not None:
            self._draw()
            self._fill()

    def do_view_next(self) -> None:
        """The next tab."""
        self._to_tab(self.tab + 1)

    def do_view_prev(self) -> None:
        """The previous tab."""
        self._to_tab(self.tab - 1)

    # Verbs

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open what is under the cursor; from the overview and the timeline go to the tickets."""
        if self.place_of_tab in ("overview", "history"):
            self.to_tab("tickets")
        elif self.targets() and (row := self.listing.current) is not None:
            self.crm.open_ticket(row.id, [r.id for r in self.listing.rows])
        elif self.place_of_tab == "task" and self.record is not None:
            self.crm.open_task(self.record.id)
        else:
            self.do_edit()

    def do_new(self) -> None:
        """A new contact or record where those are listed, else a ticket."""
        name = self.place_of_tab
        if name == "contacts":
            people.contact_form(self, self.customer_id)
        elif name in REGISTERS and self.view is not None:
            if name == "interaction":
                log_call(self, self.view)
            else:
                record_form(self, name, preset={"customer_id": self.view.row.customer_no})
        else:
            self.do_ticket_new()

    def do_ticket_new(self) -> None:
        """A new ticket for this customer."""
        from crm_tui.tui.screens.new_ticket import new_ticket

        if self.view is not None:
            new_ticket(self, (self.customer_id, self.view.row.name))

    def do_board_task(self) -> None:
        """A task from the follow-up of the interaction under the cursor, else from the ticket."""
        if self.place_of_tab == "interaction" and self.record is not None:
            from crm_tui.tui.screens.talk import follow_up

            follow_up(self, self.record.id)
        else:
            super().do_board_task()

    def do_edit(self) -> None:
        """Edit what is under the cursor: contact, record or ticket; else the customer."""
        if self.contact is not None:
            people.contact_form(self, self.customer_id, self.contact)
        elif self.record is not None:
            record_form(self, self.place_of_tab, self.record)
        elif self.targets():
            edit_one(self, self.targets()[0])
        elif self.view is not None:
            customer_form(self, self.view)

    def do_note(self) -> None:
        """A note on the ticket under the cursor, else what was spoken with the customer."""
        if self.targets():
            super().do_note()
        else:
            self.do_call()

    def do_call(self) -> None:
        """Write down a call or visit."""
        if self.view is not None:
            log_call(self, self.view)

    def do_contacts(self) -> None:
        """Choose a contact, or add one."""
        if self.view is not None:
            people.choose_contact(
                self,
                self.customer_id,
                self.view.contacts,
                lambda c: people.contact_menu(self, self.customer_id, c),
            )

    def do_copy_contact(self) -> None:
        """Copy a phone number or an e-mail address."""
        if self.view is not None:
            chosen = self.contact
            people.copy_detail(self, [chosen] if chosen is not None else self.view.contacts)

    def do_reveal(self) -> None:
        """Show a masked value of the contact under the cursor, or of one to be chosen."""
        if self.contact is not None:
            people.reveal_detail(self, self.contact)
        elif self.view is not None:
            people.choose_contact(
                self,
                self.customer_id,
                self.view.contacts,
                lambda c: people.reveal_detail(self, c),
            )

    def do_copy(self) -> None:
        """Copy the number of the ticket under the cursor, else of the customer."""
        if self.targets():
            super().do_copy()
        elif self.view is not None:
            self.copy(self.view.row.customer_no)

    def do_copy_menu(self) -> None:
        """Choose what of the ticket under the cursor to copy, else of the customer."""
        if self.targets():
            super().do_copy_menu()
        elif self.view is not None:
            row = self.view.row
            copy_customer(self, row, f"{row.customer_no}\t{row.name}", self.do_copy_contact)

    def do_history(self) -> None:
        """Who changed what, of the record under the cursor or of the customer."""
        if self.record is not None:
            show_history(self, self.place_of_tab, self.record.id, self.record.title)
        elif self.view is not None:
            row = self.view.row
            show_history(self, "customer", row.id, f"{row.customer_no} {row.name}")


def _urgency(row: Any) -> tuple[str, str]:
    text, role = URGENCY[row.urgency]
    return tr(text), role


def _satisfaction(row: Any) -> tuple[str, str]:
    text = SATISFACTION.get(row.satisfaction)
    return (tr(text) if text else "", "late" if row.satisfaction == "unsatisfied" else "ok")


def _window(page: Any, turned: bool) -> Window[Any]:
    if turned:
        return Window(page.rows[::-1], page.after, False)
    return Window(page.rows, page.before, page.after)
