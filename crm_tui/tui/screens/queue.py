"""Screen 1: the ticket queue (ux.md 3.7)."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.domain.text import cell_width
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import (
    STATE_CELLS,
    URGENCY,
    clock_label,
    coarse,
    countdown,
    department_label,
    due_cell,
    moment,
    short_state,
)
from crm_tui.tui.screens.ticket_verbs import TicketVerbs
from crm_tui.tui.widgets.dialogs import Option, Prompt
from crm_tui.tui.widgets.lines import Line, Lines, flowing
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

VIEWS = (
    (N_("my department"), "dept:@mine is:open"),
    (N_("mine"), "agent:@me is:open"),
    (N_("unassigned"), "agent:none is:open"),
    (N_("due today"), "is:open due:today"),
    (N_("late"), "is:open breached:yes"),
    (N_("waiting for approval"), "approval:pending"),
    (N_("all open"), "is:open"),
    (N_("everything"), ""),
)
"""The default views (design.md 7): name and filter."""
SORTS = (
    ("due", N_("Due"), "d"),
    ("received", N_("Received"), "r"),
    ("updated", N_("Updated"), "u"),
    ("urgency", N_("Urgency"), "p"),
    ("tier", N_("Tier"), "t"),
    ("state", N_("State"), "s"),
    ("subject", N_("Subject"), "j"),
    ("number", N_("Number"), "n"),
)


DUE_CELLS = 9


class QueueScreen(TicketVerbs):
    """What is due next, and why."""

    SCOPE = "queue"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.view = 0
        self.filter = VIEWS[0][1]
        self.sort, self.down = "due", False
        self._chosen = False
        self.matching: int | None = None

    def body(self) -> ComposeResult:
        """The list."""
        urgency = max(
            cell_width(tr(text)) for text in (N_("Urgency"), *(u for u, _ in URGENCY.values()))
        )
        columns: list[Column[Any]] = [
            Column(N_("Due"), DUE_CELLS, lambda r: due_cell(r, self.now, DUE_CELLS)),
            Column(N_("No."), 6, lambda r: (f"T-{r.number}", ""), most=10),
            Column(N_("T"), 2, lambda r: (r.tier, "head" if r.tier == "A" else "")),
            Column(N_("Urgency"), urgency, self._urgency),
            Column(N_("Subject"), 0, lambda r: (r.subject, "")),
            Column(N_("Customer"), 22, lambda r: (r.customer, ""), least=100),
            Column(N_("Limit"), 16, self._limit, least=140),
            Column(N_("Owner"), 9, lambda r: (r.owner or "-", "" if r.owner else "dim"), wide=12),
            Column(N_("State"), STATE_CELLS, lambda r: (short_state(r.state), ""), least=72),
            Column(
                N_("Age"),
                4,
                lambda r: (coarse((self.now - r.received_at).total_seconds()), ""),
                right=True,
                least=76,
            ),
        ]
        yield VirtualList(
            columns,
            theme_name=self.crm.terminal.theme,
            empty=tr("no ticket matches; \\ clears the filter, n makes a new one"),
            id="list",
        )
        yield Lines(self.crm.terminal.theme, focus=False, id="peek")

    @staticmethod
    def _urgency(row: Any) -> tuple[str, str]:
        text, role = URGENCY[row.urgency]
        return tr(text), role

    @staticmethod
    def _limit(row: Any) -> tuple[str, str]:
        return (clock_label(row.next_due_kind) if row.next_due_kind else "-"), "dim"

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def on_mount(self) -> None:
        """Frame and focus first."""
        super().on_mount()
        self.listing.focus()

    def ready(self) -> None:
        """Read the chosen view; who has no department sees all open ones first."""
        if not self._chosen and self.gateway.actor.department_id is None:
            self.view = len(VIEWS) - 2
            self.filter = VIEWS[self.view][1]
        self._chosen = True
        self.read()

    def read(self) -> None:
        """Read the list from its top."""
        views, actor = self.gateway.services.views, self.gateway.actor
        text, sort, down = self.filter, self.sort, self.down

        def fetch(where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            turned = where == "last"
            page = views.page(
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

        self.matching = None
        self.listing.source(fetch, self.gateway.read)
        self._status()
        self._count()

    def _status(self) -> None:
        marks = len(self.listing.marks)
        order = next(tr(title) for name, title, _ in SORTS if name == self.sort)
        parts = [
            tr("{count} marked").format(count=marks) if marks else "",
            tr("{count} in all").format(count=self.matching) if self.matching is not None else "",
            tr("by {order}").format(order=order.lower()) + (" v" if self.down else ""),
        ]
        self.status = "  ".join(p for p in parts if p)
        self.draw_bars()

    def _count(self) -> None:
        """How many there are in all; never before the list itself."""
        views, actor, text = self.gateway.services.views, self.gateway.actor, self.filter

        def then(count: int) -> None:
            if text == self.filter:
                self.matching = count
                self._status()

        self.gateway.run(
            lambda: views.count(text, actor=actor),
            then,
            group="matching",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    def crumb(self) -> str:
        """The view's name."""
        return tr(VIEWS[self.view][0]) if self.view >= 0 else self.filter

    def targets(self) -> Sequence[int]:
        """Marks, else the cursor's ticket."""
        return self.listing.targets

    def version_of(self, ticket_id: int) -> int | None:
        """The version in the list."""
        return next((r.version for r in self.listing.rows if r.id == ticket_id), None)

    def number_of(self, ticket_id: int) -> str:
        """The number in the list."""
        return next((f"T-{r.number}" for r in self.listing.rows if r.id == ticket_id), "")

    def performed(self, result: Any) -> None:
        """Done ones lose their mark, refused ones keep it."""
        self.listing.marks -= set(result.done)
        self._status()
        self.changed([])

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again; the cursor keeps its ticket."""
        if self.gateway.ready:
            self.listing.reload()
            self._count()
            self.draw_bars()

    def minute(self) -> None:
        """Countdowns have moved."""
        self.listing.refresh()

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open the ticket under the cursor."""
        if self.listing.current is not None:
            self.crm.open_ticket(self.listing.current.id, [r.id for r in self.listing.rows])

    def do_mark(self) -> None:
        """Mark and go down."""
        self.listing.toggle_mark()
        self._status()

    def do_mark_all(self) -> None:
        """Mark everything in the filter."""
        views, actor, text = self.gateway.services.views, self.gateway.actor, self.filter

        def then(ids: Sequence[int]) -> None:
            self.listing.marks = set(ids)
            self.listing.refresh()
            self._status()

        self.gateway.run(lambda: views.all_ids(text, actor=actor, limit=10_000), then)

    def do_back(self) -> None:
        """Marks first, then the filter."""
        if self.listing.marks:
            self.listing.marks.clear()
            self.listing.refresh()
            self._status()
        elif self.view < 0:
            self.do_filter_clear()

    def do_filter(self) -> None:
        """Type a filter; a wrong one says where, and the list stays."""
        views, actor = self.gateway.services.views, self.gateway.actor

        def check(text: str) -> str | None:
            try:
                views.page(text, actor=actor, limit=1)
            except DomainError as error:
                return render(error.message)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.crm.history.append(text)
                self.filter, self.view = text.strip(), -1
                self.read()

        def complete(text: str) -> Sequence[str]:
            return views.complete(text, actor=actor)

        prompt = Prompt(
            tr("Filter"),
            self.filter if self.view < 0 else "",
            check=check,
            complete=complete,
            history=self.crm.history[-50:],
            run=self.gateway.run,
        )
        self.app.push_screen(prompt, given)

    def do_filter_clear(self) -> None:
        """Back to the view."""
        self._to_view(max(self.view, 0))

    def do_view_next(self) -> None:
        """The next view."""
        self._to_view((self.view + 1) % len(VIEWS))

    def do_view_prev(self) -> None:
        """The previous view."""
        self._to_view((self.view - 1) % len(VIEWS))

    def _to_view(self, view: int) -> None:
        self.view, self.filter = view, VIEWS[view][1]
        self.read()

    def do_breached(self) -> None:
        """Only late tickets."""
        self._to_view(4)

    def do_sort(self) -> None:
        """Choose the order."""

        def chosen(name: str) -> None:
            self.sort = name
            self.read()

        self.menu(tr("Sort"), [Option(n, tr(t), k) for n, t, k in SORTS], chosen)

    def do_reverse(self) -> None:
        """Turn the order round."""
        self.down = not self.down
        self.read()

    def do_new(self) -> None:
        """A new ticket."""
        from crm_tui.tui.screens.new_ticket import new_ticket

        new_ticket(self)

    def do_edit(self) -> None:
        """Edit the ticket under the cursor."""
        if self.listing.current is not None:
            self.crm.open_ticket(self.listing.current.id, [r.id for r in self.listing.rows])

    def do_info(self) -> None:
        """Show or hide what the list has no room for."""
        self.toggle_class("-peek")
        self._peek()

    @on(VirtualList.Moved)
    def _peek(self) -> None:
        if self.has_class("-peek"):
            row = self.listing.current
            self.query_one("#peek", Lines).put(lambda width: self._peeked(row, width))

    def _peeked(self, row: Any, width: int) -> list[Line]:
        if row is None:
            return []
        now = self.local(self.now)
        limit: Line = [(tr("no limit runs"), "dim")]
        if row.next_due_at is not None:
            text, role = countdown(row, self.now)
            due = moment(self.local(row.next_due_at), now)
            name = clock_label(row.next_due_kind)
            limit = [(f"{name} ", "dim"), (text, role), (f"  {due}", "dim")]
        received = moment(self.local(row.received_at), now)
        people: list[Line] = [
            [(row.customer or tr("unknown customer"), "")],
            [(department_label(row.department), "")],
            [(row.owner or tr("nobody"), "")],
        ]
        return [
            [(f"T-{row.number}  ", "dim"), (row.subject, "title")],
            *flowing(people, width, gap=3)[:1],
            [*limit, (f"   {tr('Received')} {received}", "dim")],
        ]
