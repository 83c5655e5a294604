"""Marks of the queue: ranges, by likeness, by filter, those out of sight, what was refused (ux.md 3.6)."""

from collections.abc import Sequence
from typing import Any

from crm_tui.i18n import render, tr
from crm_tui.tui.screens.queue_views import QueueViews
from crm_tui.tui.widgets.dialogs import Page, paragraphs

MOST: int = 10_000
"""Tickets that are marked at once."""


class QueueMarks(QueueViews):
    """Which tickets the next verb is for."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = 0
        """Marked ones that the filter does not show."""
        self.refusals: list[tuple[int, str]] = []
        """Of the last change of many: ticket and reason."""

    def draw_status(self) -> None:
        """Say how many are marked."""

    def do_mark(self) -> None:
        """Mark and go down."""
        self.listing.toggle_mark()
        self._toggled()

    def do_mark_range(self) -> None:
        """Mark from here on while moving; again ends it."""
        if self.listing.ranging:
            self.listing.end_range()
        else:
            self.listing.start_range()
        self._toggled()

    def do_mark_all(self) -> None:
        """Mark everything in the filter."""
        views, actor, text = self.gateway.services.views, self.gateway.actor, self.filter
        self.gateway.run(lambda: views.all_ids(text, actor=actor, limit=MOST), self.add_marks)

    def matching_ids(self, text: str) -> Sequence[int]:
        """The tickets that a filter has, for marking; runs off the loop."""
        views, actor = self.gateway.services.views, self.gateway.actor
        return views.all_ids(text, actor=actor, limit=MOST)

    def do_mark_like(self) -> None:
        """Mark every ticket of this customer in the filter."""
        row = self.listing.current
        if row is None or row.customer_id is None:
            self.crm.say(tr("This ticket has no customer"))
            return
        views, actor = self.gateway.services.views, self.gateway.actor
        text = f"{self.filter} customer:{row.customer_id}".strip()
        self.gateway.run(lambda: views.all_ids(text, actor=actor, limit=MOST), self.add_marks)

    def add_marks(self, ids: Sequence[int]) -> None:
        """Mark these besides what is marked."""
        self.listing.end_range()
        self.listing.marks |= set(ids)
        self.listing.refresh()
        self._marked()

    def clear_marks(self) -> None:
        """Mark nothing."""
        self.listing.end_range()
        self.listing.marks.clear()
        self.listing.refresh()
        self._marked()

    def _marked(self) -> None:
        self.count_hidden()
        self._toggled()

    def _toggled(self) -> None:
        """A row in sight is marked or no longer: that hides none."""
        self.draw_status()
        self.remember()

    def count_hidden(self) -> None:
        """How many of the marked ones the filter does not show."""
        marks = set(self.listing.marks)
        if not marks:
            self.hidden = 0
            return
        views, actor, text = self.gateway.services.views, self.gateway.actor, self.filter

        def then(shown: Sequence[int]) -> None:
            self.hidden = len((marks & self.listing.marks) - set(shown))
            self.draw_status()

        self.gateway.run(
            lambda: views.among(sorted(marks), text, actor=actor),
            then,
            group="hidden",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    def performed(self, result: Any) -> None:
        """Done ones lose their mark, refused ones of many keep or get it, and their reasons are kept."""
        self.listing.end_range()
        self.listing.marks -= set(result.done)
        if len(result.outcomes) > 1:
            self.listing.marks |= {o.id for o in result.refused}
            self.refusals = [(o.id, render(o.error.message)) for o in result.refused if o.error]
        self._marked()
        self.changed([])

    def do_refusals(self) -> None:
        """Why the last change of many was refused, ticket by ticket."""
        if not self.refusals:
            self.crm.say(tr("Nothing was refused"))
            return
        views, actor = self.gateway.services.views, self.gateway.actor
        reasons = list(self.refusals)

        def show(rows: Sequence[Any]) -> None:
            numbers = {r.id: f"T-{r.number} {r.subject}" for r in rows}
            lines = []
            for ticket_id, reason in reasons:
                lines += [numbers.get(ticket_id, f"#{ticket_id}"), f"  {reason}"]
            title = tr("{count} refused").format(count=len(reasons))
            self.app.push_screen(Page(title, self.crm.terminal.theme, paragraphs(lines)))

        self.gateway.run(lambda: views.rows([i for i, _ in reasons], actor=actor), show)

    def do_unassigned(self) -> None:
        """To the next ticket without an owner."""
        listing = self.listing
        if listing.current is None:
            return
        for index in range(listing.at + 1, len(listing.rows)):
            if listing.rows[index].owner_id is None:
                listing.move_to(index)
                return
        if not listing.after:
            self.crm.say(tr("No further ticket without an owner"))
            return
        views, actor, text = self.gateway.services.views, self.gateway.actor, self.filter
        sort, down, key = self.sort, self.down, listing.rows[-1].sort_key

        def then(page: Any) -> None:
            if page.rows:
                listing.jump(page.rows[0])
            else:
                self.crm.say(tr("No further ticket without an owner"))

        self.gateway.run(
            lambda: views.page(
                f"{text} agent:none", actor=actor, sort=sort, descending=down, after=key, limit=1
            ),
            then,
        )
