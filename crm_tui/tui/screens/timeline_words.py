"""What the signs of the timeline say in words: the last line, and the page of a task (R-205, R-207)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import fields
from crm_tui.domain.terms import RequirementPriority, TaskStatus
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard, TaskPage
from crm_tui.tui.labels import department_label
from crm_tui.tui.screens.records import word
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

TEXTS: Final = (
    "description",
    "completion_standard",
    "deliverable",
    "resources",
    "sop",
    "delay_reason",
    "remark",
)
"""What a card has no room for, in the order of its page."""


def days(
    card: TaskCard, start: date | None = None, due: date | None = None, *, year: int = 0
) -> str:
    """The days of a task, or those proposed for it; those of ``year`` without it."""
    first, last = start or card.start_on, due or card.due_on
    if card.milestone or first == last:
        first = None
    known = [d for d in (first, last) if d is not None]
    if not known:
        return tr("no dates")
    short = all(d.year == year for d in known)
    texts = [f"{d:%m-%d}" if short else d.isoformat() for d in known]
    if last is None:
        return tr("from {day}").format(day=texts[0])
    return " - ".join(texts)


def named(card: TaskCard) -> str:
    """Number and title."""
    return f"{card.number} {card.title}"


def described(card: TaskCard, chart: "Chart", today: date, *, owner: bool) -> list[Piece]:
    """The task under the cursor in a line: days, progress, what is wrong, what it waits for.

    Its ``owner`` where no column says it.
    """
    pieces: list[Piece] = [
        (f" {card.number}  {days(card, year=today.year)}  {card.progress}%  ", ""),
    ]
    status = word(TaskStatus, card.shown)
    wrong = list(_wrong(card))
    if not wrong:
        pieces.append((f"{status}  ", "dim"))
    for text, role in wrong:
        pieces.append((f"{text}  ", role))
    if card.id in chart.schedule.critical:
        pieces.append((f"{tr('critical path')}  ", "head"))
    broken = [
        a for a, b in chart.links_of(card.id) if (a, b) in chart.schedule.broken and b == card.id
    ]
    before = [a for a, b in chart.links_of(card.id) if b == card.id]
    if before:
        numbers = ", ".join(_numbers(chart, broken or before))
        text = tr("starts before the end of {tasks}") if broken else tr("waits for {tasks}")
        pieces.append((f"{text.format(tasks=numbers)}  ", "late" if broken else "dim"))
    if owner:
        pieces.append((card.owner, "dim"))
    return pieces


def _wrong(card: TaskCard) -> Iterator[Piece]:
    if card.late_days and card.done_on is not None:
        yield tr("done {count} d late").format(count=card.late_days), "dim"
    elif card.late_days:
        yield tr("late by {count} d").format(count=card.late_days), "late"
    if card.warning in WARNINGS:
        yield tr(WARNINGS[card.warning]), "warn"
    if card.risk_open:
        yield tr("risk case open"), "late"


def _numbers(chart: "Chart", ids: Sequence[int]) -> list[str]:
    places = (chart.place(i) for i in ids)
    return [chart.rows[p].card.number for p in places if p is not None]


def show_task(screen: "BaseScreen", task_id: int) -> None:
    """Everything of a task to read, with what it waits for and what waits for it."""
    tasks, actor = screen.gateway.services.tasks, screen.gateway.actor

    def show(page: TaskPage) -> None:
        theme = screen.crm.terminal.theme
        rows = list(_rows(screen, page))
        layout = Page(named(page.card), theme, lambda width: labelled(rows, width))
        screen.app.push_screen(layout)

    screen.gateway.run(lambda: tasks.page(task_id, actor=actor), show)


def _rows(screen: "BaseScreen", page: TaskPage) -> Iterator[tuple[str, Line | str]]:
    card = page.card
    specs = fields(registry.kind("task"))
    yield tr("State"), f"{word(TaskStatus, card.shown)}  {card.progress}%"
    if wrong := list(_wrong(card)):
        yield tr("Warning"), ", ".join(text for text, _ in wrong)
    given: Sequence[tuple[str, object]] = (
        ("owner_id", card.owner),
        ("helper_ids", ", ".join(card.helpers)),
        ("department_ids", ", ".join(department_label(code) for _, code in card.departments)),
        ("priority", word(RequirementPriority, card.priority)),
        ("goal_id", card.goal),
        ("customer_id", card.customer),
        ("ticket_id", f"T-{card.ticket_number}" if card.ticket_number else ""),
        ("start_on", card.start_on),
        ("due_on", card.due_on),
        ("original_due_on", card.original_due_on),
        ("baseline_start_on", card.baseline_start_on),
        ("baseline_due_on", card.baseline_due_on),
        ("done_on", card.done_on),
        *((name, getattr(page, name)) for name in TEXTS),
    )
    for name, value in given:
        if value:
            yield tr(specs[name].label), str(value)
    for label, others in (
        (tr("Waits for"), page.waits_for),
        (tr("Waited for by"), page.waited_for_by),
    ):
        if others:
            yield label, "\n".join(f"{named(other)}  {days(other)}" for other in others)
    for risk in page.risks:
        yield tr(registry.kind("risk_case").title), f"{risk.cause}  {risk.response_measure}"
    for entry in page.progress:
        percent = f"{entry.progress}%  " if entry.progress is not None else ""
        at = f"{screen.local(entry.at):%Y-%m-%d %H:%M}"
        yield tr("Progress"), f"{at}  {entry.by}  {percent}{entry.note}".rstrip()
