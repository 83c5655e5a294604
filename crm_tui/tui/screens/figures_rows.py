"""The rows behind a figure: as many as its tile says, each opens what it is of (R-250)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.msg import N_
from crm_tui.domain.views import parse_view
from crm_tui.i18n import tr
from crm_tui.services.figures_dto import FigureRow, FigureRows, Period
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.records import record_form
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

KINDS: Final = {
    "ticket": N_("Ticket"),
    "order": N_("Order"),
    "credit_note": N_("Credit note"),
    "contract": N_("Contract"),
    "customer": N_("Customer"),
    "interaction": N_("Interaction"),
    "survey_answer": N_("Survey answer"),
    "satisfaction": N_("Satisfaction"),
    "clock": N_("Clock"),
    "churn_record": N_("Churn record"),
}
"""What a row behind a figure is."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Which rows: of a figure, of one of its parts, or of a cell of a table."""

    figure_id: str
    title: str
    period: Period
    as_of: datetime | None
    dimension: str | None = None
    key: str | None = None
    cell: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A row as a list row."""

    id: int
    row: FigureRow

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Where its page begins."""
        return self.row.key


class FigureRowsScreen(BaseScreen):
    """A list of what was counted."""

    SCOPE = "figure_rows"

    def __init__(self, behind: Behind) -> None:
        super().__init__()
        self.behind = behind
        self.count: int | None = None
        self.view = ""
        """The queue's string for the same tickets, where it can say them."""
        self._ids: dict[tuple[str, int], int] = {}

    def body(self) -> ComposeResult:
        """The list."""
        columns: list[Column[BehindRow]] = [
            Column(N_("Day"), 10, lambda r: (r.row.day.isoformat(), "dim")),
            Column(
                N_("What"), 9, lambda r: (tr(KINDS.get(r.row.kind, r.row.kind)), "dim"), least=90
            ),
            Column(N_("No."), 8, lambda r: (_cell(r, "number"), ""), most=14),
            Column(N_("Subject"), 0, lambda r: (_cell(r, "title"), "")),
            Column(N_("Customer"), 16, lambda r: (_cell(r, "customer"), ""), least=70, wide=26),
            Column(N_("Person"), 10, lambda r: (_cell(r, "person"), ""), least=80),
            Column(N_("Counts"), 9, lambda r: (_counts(r.row), ""), right=True, most=16),
        ]
        yield VirtualList(
            columns,
            theme_name=self.crm.terminal.theme,
            empty=tr("nothing was counted in this period"),
            id="list",
        )

    @property
    def listing(self) -> "VirtualList[BehindRow]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def on_mount(self) -> None:
        """Frame and focus first."""
        super().on_mount()
        self.listing.focus()

    def ready(self) -> None:
        """Read from the top."""
        self.listing.source(self._fetch, self.gateway.read)

    def _page(self, where: str, key: tuple[Any, ...] | None, limit: int) -> FigureRows:
        behind, actor = self.behind, self.gateway.actor
        return self.gateway.services.figures.rows(
            behind.figure_id,
            behind.period,
            actor=actor,
            as_of=behind.as_of,
            dimension=behind.dimension,
            key=behind.key,
            cell=behind.cell,
            limit=limit,
            after=key if where == "after" else None,
            before=key if where == "before" else None,
            last=where == "last",
        )

    def _fetch(self, where: str, key: tuple[Any, ...] | None, limit: int) -> Window[BehindRow]:
        page = self._page(where, key, limit)
        self.app.call_from_thread(self._counted, page)
        rows = [BehindRow(self._id(r), r) for r in page.rows]
        full = len(rows) >= limit
        if where == "first":
            return Window(rows, False, len(rows) < page.count)
        if where == "last":
            return Window(rows, len(rows) < page.count, False)
        return Window(rows, full or where == "after", full or where == "before")

    def _id(self, row: FigureRow) -> int:
        """One number for a row, whatever kinds are listed together."""
        return self._ids.setdefault((row.kind, row.id), len(self._ids))

    def _counted(self, page: FigureRows) -> None:
        if self.is_attached and self.count != page.count:
            self.count = page.count
            self.draw_bars()

    def place_state(self) -> Behind:
        """Which rows these are."""
        return self.behind

    def crumb(self) -> str:
        """What was counted, and how many of them."""
        if self.count is None:
            return self.behind.title
        return f"{self.behind.title}: {tr('{count} rows').format(count=f'{self.count:,}')}"

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again."""
        if self.gateway.ready:
            self.listing.reload()

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open what the row is of."""
        listed = self.listing.current
        if listed is None:
            return
        row = listed.row
        if row.subject_kind == "ticket":
            near = [r.row.subject_id for r in self.listing.rows if r.row.subject_kind == "ticket"]
            self.crm.open_ticket(row.subject_id, list(dict.fromkeys(near)))
        elif row.subject_kind == "customer":
            self.crm.open_customer(row.subject_id)
        else:
            registers, actor, kind = (
                self.gateway.services.registers,
                self.gateway.actor,
                row.subject_kind,
            )
            self.gateway.run(
                lambda: registers.get(kind, row.subject_id, actor=actor),
                lambda record: record_form(self, kind, record),
            )

    def do_figures_queue(self) -> None:
        """The same tickets in the queue, with its verbs."""
        if not self.view:
            self.crm.say(tr("The queue cannot say these rows by a filter"), "warning")
            return
        self.crm.open_view(parse_view(self.view))

    def do_figures_copy(self) -> None:
        """Copy the row's number."""
        listed = self.listing.current
        text = _cell(listed, "number") if listed is not None else ""
        if text:
            self.app.copy_to_clipboard(text)
            self.crm.say(tr("Copied {text}; the terminal may refuse").format(text=text))


def _cell(row: BehindRow, name: str) -> str:
    value = row.row.cells.get(name)
    return "" if value is None else str(value)


def _counts(row: FigureRow) -> str:
    """What the row adds to the numerator, and to the denominator."""
    text = _plain(row.numerator)
    return text if row.denominator is None else f"{text} / {_plain(row.denominator)}"


def _plain(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value:,.2f}"
