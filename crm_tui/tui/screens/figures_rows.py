"""The rows behind a figure: as many as its tile says, each opens what it is of (R-250)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_, Msg
from crm_tui.domain.numbers import parse_ticket_no
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import render, tr
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
DETAILS: Final = ("clock", "cause", "answer", "step", "channel", "tier")
"""What tells most about a row, the first that it has."""
MOST_NAMED: Final = 200
"""Tickets that a filter of the queue can name by their numbers."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Which rows: of a figure, of one of its parts, or of a cell of a table."""

    figure_id: str
    title: str
    period: Period
    as_of: datetime | date | None
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
        self._ids: dict[tuple[str, int], int] = {}

    def body(self) -> ComposeResult:
        """The list."""
        columns: list[Column[BehindRow]] = [
            Column(N_("Day"), 10, lambda r: (r.row.day.isoformat(), "dim")),
            Column(
                N_("What"), 9, lambda r: (tr(KINDS.get(r.row.kind, r.row.kind)), "dim"), least=90
            ),
            Column(N_("No."), 8, lambda r: (_cell(r, "number"), ""), most=14),
            Column(N_("Subject"), 0, lambda r: (_cell(r, "title") or _detail(r), "")),
            Column(N_("Customer"), 16, lambda r: (_cell(r, "customer"), ""), least=70, wide=26),
            Column(N_("Person"), 10, lambda r: (_cell(r, "person"), ""), least=80),
            Column(N_("Detail"), 16, lambda r: (_detail(r), "dim"), least=110),
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
        rows = [BehindRow(self._one_id(r), r) for r in page.rows]
        return Window(rows, page.before, page.after)

    def _one_id(self, row: FigureRow) -> int:
        """One number for a row, whatever kinds are listed together."""
        return self._ids.setdefault((row.kind, row.id), len(self._ids))

    def _counted(self, page: FigureRows) -> None:
        if self.is_attached and self.count != page.count:
            self.count = page.count
            # Where the head line is full the last one still says it.
            self.status = tr("{count} in all").format(count=f"{page.count:,}")
            self.draw_bars()

    def place_state(self) -> Behind:
        """Which rows these are."""
        return self.behind

    def crumb(self) -> str:
        """What was counted, and how many of them."""
        if self.count is None:
            return self.behind.title
        return f"{self.behind.title}: {tr('{count} in all').format(count=f'{self.count:,}')}"

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
        """The same tickets in the queue, with its verbs, where a filter can name them all."""

        def work() -> list[str]:
            page = self._page("first", None, MOST_NAMED + 1)
            numbers = [r.cells.get("number") for r in page.rows if r.subject_kind == "ticket"]
            named = dict.fromkeys(str(parse_ticket_no(n)) for n in numbers if n)
            return list(named) if len(numbers) == page.count <= MOST_NAMED else []

        def then(numbers: list[str]) -> None:
            if numbers:
                self.crm.open_view(ViewSpec("queue", f"number:{','.join(numbers)}"))
            else:
                said = tr(
                    "The queue shows up to {count} tickets by number; these are others or more"
                )
                self.crm.say(said.format(count=MOST_NAMED), "warning")

        self.gateway.run(work, then)

    def do_figures_copy(self) -> None:
        """Copy the row's number."""
        listed = self.listing.current
        text = _cell(listed, "number") if listed is not None else ""
        if text:
            self.copy(text)


def _cell(row: BehindRow, name: str) -> str:
    value = row.row.cells.get(name)
    if value is None:
        return ""
    return render(value) if isinstance(value, Msg | str) else str(value)


def _detail(row: BehindRow) -> str:
    amount = row.row.cells.get("amount_fen")
    if amount is not None:
        return display_fen(int(amount))
    return next((text for name in DETAILS if (text := _cell(row, name))), "")


def _counts(row: FigureRow) -> str:
    """What the row adds to the numerator, and to the denominator."""
    text = _plain(row.numerator)
    return text if row.denominator is None else f"{text} / {_plain(row.denominator)}"


def _plain(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value:,.2f}"
