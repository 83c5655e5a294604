"""What the signs of the timeline say in words, on its last line (R-205, R-207)."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from crm_tui.domain.terms import TaskStatus
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.screens.records import word
from crm_tui.tui.screens.task_words import days, wrong
from crm_tui.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from crm_tui.tui.widgets.gantt_rows import Chart


def described(card: TaskCard, chart: "Chart", today: date, *, owner: bool) -> list[Piece]:
    """The task under the cursor in a line: days, progress, what is wrong, what it waits for.

    Its ``owner`` where no column says it.
    """
    pieces: list[Piece] = [
        (f" {card.number}  {days(card, year=today.year)}  {card.progress}%  ", ""),
    ]
    status = word(TaskStatus, card.shown)
    faults = list(wrong(card))
    if not faults:
        pieces.append((f"{status}  ", "dim"))
    for text, role in faults:
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


def _numbers(chart: "Chart", ids: Sequence[int]) -> list[str]:
    places = (chart.place(i) for i in ids)
    return [chart.rows[p].card.number for p in places if p is not None]
