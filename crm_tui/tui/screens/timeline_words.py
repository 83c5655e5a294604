"""What the signs of the timeline say in words: the last line, and the page of a task (R-205, R-207)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import fields
from crm_tui.domain.terms import TaskStatus
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.screens.records import shown, word
from crm_tui.tui.widgets.dialogs import Page
from crm_tui.tui.widgets.lines import Line, Piece, labelled

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen
    from crm_tui.tui.widgets.gantt_rows import Chart

WARNINGS: Final[Mapping[str, str]] = {
    "behind": N_("behind plan"),
    "near_due": N_("due soon"),
    "standstill": N_("no progress for two weeks"),
}
"""By the warning of a card; being overdue is said by the days."""


def days(card: TaskCard, start: date | None = None, due: date | None = None) -> str:
    """The days of a task, or those proposed for it."""
    first, last = start or card.start_on, due or card.due_on
    if card.milestone or first == last:
        first = None
    if first is None and last is None:
        return tr("no dates")
    if last is None:
        return tr("from {day}").format(day=first)
    return f"{first} - {last}" if first is not None else f"{last}"


def named(card: TaskCard) -> str:
    """Number and title."""
    return f"{card.number} {card.title}"


def described(card: TaskCard, chart: "Chart", today: date) -> list[Piece]:
    """The task under the cursor in a line: days, progress, what is wrong, what it waits for."""
    pieces: list[Piece] = [
        (f" {card.number}  ", "head"),
        (days(card), ""),
        (f"  {card.progress}%  ", ""),
    ]
    status = word(TaskStatus, card.shown)
    wrong = list(_wrong(card))
    if not wrong:
        pieces.append((status, "dim"))
    for text, role in wrong:
        pieces += [(text, role), ("  ", "")]
    if card.id in chart.schedule.critical:
        pieces.append((f"  {tr('critical path')}", "head"))
    broken = [
        a for a, b in chart.links_of(card.id) if (a, b) in chart.schedule.broken and b == card.id
    ]
    before = [a for a, b in chart.links_of(card.id) if b == card.id]
    if before:
        numbers = ", ".join(_numbers(chart, broken or before))
        text = tr("starts before the end of {tasks}") if broken else tr("waits for {tasks}")
        pieces.append((f"  {text.format(tasks=numbers)}", "late" if broken else "dim"))
    pieces.append((f"  {card.owner}", "dim"))
    return pieces


def _wrong(card: TaskCard) -> Iterator[Piece]:
    if card.late_days:
        yield tr("late by {count} d").format(count=card.late_days), "late"
    if card.warning in WARNINGS:
        yield tr(WARNINGS[card.warning]), "warn"
    if card.risk_open:
        yield tr("risk case open"), "late"


def _numbers(chart: "Chart", ids: Sequence[int]) -> list[str]:
    places = (chart.place(i) for i in ids)
    return [chart.rows[p].card.number for p in places if p is not None]


def task_page(screen: "BaseScreen", card: TaskCard, chart: "Chart") -> None:
    """Every field of a task to read, with what it waits for and what waits for it."""
    registers, actor = screen.gateway.services.registers, screen.gateway.actor

    def show(record: Any) -> None:
        rows = list(_rows(screen, card, record, chart))
        theme = screen.crm.terminal.theme
        page = Page(named(card), theme, lambda width: labelled(rows, width))
        screen.app.push_screen(page)

    screen.gateway.run(lambda: registers.get("task", card.id, actor=actor), show)


def _rows(
    screen: "BaseScreen", card: TaskCard, record: Any, chart: "Chart"
) -> Iterator[tuple[str, Line | str]]:
    yield tr("State"), word(TaskStatus, card.shown)
    if wrong := list(_wrong(card)):
        yield tr("Warning"), ", ".join(text for text, _ in wrong)
    yield tr("Dates"), days(card)
    if card.baseline_due_on is not None:
        yield tr("Baseline"), days(card, card.baseline_start_on, card.baseline_due_on)
    ties = chart.links_of(card.id)
    cards = {c.id: c for c in chart.schedule.cards}
    for label, ids in (
        (tr("Waits for"), [a for a, b in ties if b == card.id]),
        (tr("Waited for by"), [b for a, b in ties if a == card.id]),
    ):
        if ids:
            yield label, "\n".join(f"{named(cards[i])}  {days(cards[i])}" for i in ids)
    for name, spec in fields(registry.kind("task")).items():
        value = record.values.get(name)
        text = str(value or "") if spec.picker == "multiline" else shown(spec, value, screen)
        if text := record.names.get(name) or text:
            yield tr(spec.label), text
