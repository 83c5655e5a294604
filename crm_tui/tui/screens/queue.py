"""Screen 1: the ticket queue (ux.md 3.7)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from crm_tui.i18n import tr
from crm_tui.tui.labels import clock_label, countdown, department_label, moment
from crm_tui.tui.screens import queue_columns
from crm_tui.tui.screens.queue_marks import QueueMarks
from crm_tui.tui.screens.queue_views import ALL_OPEN, SORTS
from crm_tui.tui.widgets.lines import Line, Lines, flowing
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window


class QueueScreen(QueueMarks):
    """What is due next, and why."""

    SCOPE = "queue"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.matching: int | None = None
        self.begun = False
        self.others: dict[int, str] = {}
        """Who else has a ticket of the list open, by ticket."""

    def body(self) -> ComposeResult:
        """The list."""
        yield VirtualList(
            self.columns_of(()),
            theme_name=self.crm.terminal.theme,
            empty=tr("no ticket matches; \\ clears the filter, n makes a new one"),
            id="list",
        )
        yield Lines(self.crm.terminal.theme, focus=False, id="peek")

    def on_mount(self) -> None:
        """Frame and focus first."""
        self.listing.focus()
        self.set_interval(self.crm.terminal.poll_s, self.look_round)

    def ready(self) -> None:
        """Read what was shown last; at first one's department, or without one all that is open."""
        if self.begun:
            self.read()
            return
        self.begun = True
        saved, actor = self.gateway.services.saved_views, self.gateway.actor

        def then(rows: Sequence[Any]) -> None:
            self.put_views(rows)
            wanted, self.crm.wanted = self.crm.wanted, None
            if wanted is not None:
                self.put_spec(wanted)
            elif not self.restore(self.crm.place_of(self.PLACE)):
                self.to_view(0 if actor.department_id is not None else ALL_OPEN)

        self.gateway.run(lambda: saved.of("queue", actor=actor), then, refused=self.crm.offline)

    def read(self, cursor: int | None = None) -> None:
        """Read the list from its top, or with the cursor on a ticket's number."""
        self.listing.end_range()
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
        listing, run = self.listing, self.gateway.read
        if cursor is None:
            listing.source(fetch, run)
        else:
            self.gateway.run(
                lambda: views.page(
                    f"{text} number:{cursor}", actor=actor, sort=sort, descending=down, limit=1
                ),
                lambda page: listing.source(fetch, run, page.rows[0] if page.rows else None),
                refused=lambda _: listing.source(fetch, run),
            )
        self.draw_status()
        self._count()
        self.count_hidden()

    def draw_status(self) -> None:
        """How many are marked and how many there are, in which order."""
        marks = len(self.listing.marks)
        marked = tr("{count} marked").format(count=marks) if marks else ""
        if marks and self.hidden:
            marked += ", " + tr("{count} hidden").format(count=self.hidden)
        order = next(tr(title) for name, title, _ in SORTS if name == self.sort)
        parts = [
            tr("range") if self.listing.ranging else "",
            marked,
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
                self.draw_status()

        self.gateway.run(
            lambda: views.count(text, actor=actor),
            then,
            group="matching",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    def exported(self) -> Callable[[], Iterator[dict[str, Any]]]:
        """The tickets of the list in its order."""
        from crm_tui.exchange import lists

        services, actor = self.gateway.services, self.gateway.actor
        text, sort, down = self.filter, self.sort, self.down
        return lambda: lists.tickets(services, text, actor=actor, sort=sort, descending=down)

    def columns_of(self, names: tuple[str, ...]) -> list[Column[Any]]:
        """Columns by name, who else has a ticket open before its subject."""
        return queue_columns.columns(
            lambda: self.now, names, others=lambda ticket_id: self.others.get(ticket_id, "")
        )

    def look_round(self) -> None:
        """Who else has one of these tickets open or answers it; one statement, drawn where it differs."""
        ids = [r.id for r in self.listing.rows]
        if not self.is_current or not self.gateway.ready or self.crm.trouble or not ids:
            return
        presence, plain = self.gateway.services.presence, self.crm.terminal.ascii
        me = self.gateway.actor.staff_id

        def then(found: Mapping[int, Sequence[Any]]) -> None:
            others = {k: [p for p in people if p.staff_id != me] for k, people in found.items()}
            seen = {key: f"{said(people, plain)} " for key, people in others.items() if people}
            if seen != self.others:
                self.others = seen
                self.listing.refresh()

        self.gateway.run(
            lambda: presence.others("ticket", ids, session=""),
            then,
            group="presence",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    def targets(self) -> Sequence[int]:
        """Marks, else the cursor's ticket."""
        return self.listing.targets

    def version_of(self, ticket_id: int) -> int | None:
        """The version in the list."""
        return next((r.version for r in self.listing.rows if r.id == ticket_id), None)

    def number_of(self, item: int) -> str:
        """The number in the list."""
        return next((f"T-{r.number}" for r in self.listing.rows if r.id == item), "")

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again; the cursor keeps its ticket."""
        if self.gateway.ready:
            self.listing.reload()
            self._count()
            self.count_pinned()
            self.count_hidden()
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

    def do_refresh(self) -> None:
        """Read again and fold in what is new."""
        self.listing.fold()
        self._count()
        self.load_views()

    def do_back(self) -> None:
        """The range first, then marks, then the filter."""
        if self.listing.ranging:
            self.do_mark_range()
        elif self.listing.marks:
            self.clear_marks()
        elif self.view < 0:
            self.do_filter_clear()

    def line_cut(self) -> None:
        """Keep the place."""
        self.remember()

    def do_new(self) -> None:
        """A new ticket."""
        from crm_tui.tui.screens.new_ticket import new_ticket

        new_ticket(self)

    def do_edit(self) -> None:
        """Edit the fields of the ticket under the cursor."""
        row = self.listing.current
        if row is not None:
            # Loaded with the first form, not before the first frame.
            from crm_tui.tui.screens.ticket_edit import edit_one

            edit_one(self, row.id)

    def do_info(self) -> None:
        """Show or hide what the list has no room for."""
        self.toggle_class("-peek")
        self._peek()

    @on(VirtualList.Moved)
    def _peek(self) -> None:
        if self.listing.ranging:
            self.draw_status()
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


def said(people: Sequence[Any], plain: bool) -> str:
    """Who else is at a ticket: a pen for those who write an answer, a dot for those who look."""
    writing, looking = ("w", "o") if plain else ("\N{LOWER RIGHT PENCIL}", "\N{BLACK CIRCLE}")
    shown = [f"{writing if p.mode == 'replying' else looking}{p.initials}" for p in people[:2]]
    more = [f"+{len(people) - 2}"] if len(people) > 2 else []
    return " ".join([*shown, *more])
