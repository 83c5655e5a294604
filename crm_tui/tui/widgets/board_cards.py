"""What the lines of a card say, exactly as wide as its column (ux.md 3.7)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.domain.terms import LABELS, RequirementPriority, TaskStatus
from crm_tui.domain.text import cell_width, cut
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.widgets.lines import Piece

WARNINGS: Final[Mapping[str, str]] = {
    "behind": N_("behind plan"),
    "near_due": N_("due soon"),
    "overdue": N_("overdue"),
    "standstill": N_("standstill"),
}
"""Why a task needs a look (R-207, R-208)."""
CARD_LINES: Final = 3
TITLES: Final[Mapping[str, str]] = {str(TaskStatus.DONE): "dim"}
"""How the titles of a column are drawn, where not as all."""


def card_line(
    card: TaskCard, part: int, cells: int, today: date, *, lines: int, sign: str = " "
) -> list[Piece]:
    """A line of a card, exactly ``cells`` wide; ``sign`` stands in its first cell."""
    if part == 0:
        left: list[Piece] = [
            (sign, "mark"),
            (card.number, "head"),
            (" ", ""),
            due_piece(card, today),
        ]
        return ends(left, _marks(card), cells, "", whole=True)
    title: Piece = ("  " + card.title, TITLES.get(card.shown, "public"))
    progress: Piece = (f"{card.progress}%", "dim")
    if lines < CARD_LINES:
        return ends([title], [progress], cells, "")
    if part == 1:
        return ends([title], [], cells, "")
    # Beside each other, what changes when cards move up is sent in one piece.
    return ends([(f"  {card.progress:>3}% {card.owner}", "dim")], _notes(card), cells, "")


def _marks(card: TaskCard) -> list[Piece]:
    """What sets a card apart, in words: they hold without colour."""
    found: list[Piece] = [("<>", "ok")] if card.milestone else []
    if card.priority == RequirementPriority.HIGH:
        found.append((tr(LABELS[RequirementPriority][card.priority]), "head"))
    return [*found, (tr("[risk]"), "late")] if card.risk_open else found


def _notes(card: TaskCard) -> list[Piece]:
    """The ticket behind a card, and why it needs a look."""
    found: list[Piece] = [(f"T-{card.ticket_number}", "dim")] if card.ticket_number else []
    warned = card.warning in WARNINGS and card.late_days == 0
    return [*found, (tr(WARNINGS[card.warning]), "warn")] if warned else found


def due_piece(card: TaskCard, today: date) -> Piece:
    """When a card is due; ``!`` and the days where that is past, also of what was done late (D-17)."""
    if card.done_on is not None:
        if card.late_days > 0:
            return tr("late {days} d").format(days=card.late_days), "dim"
        return day(card.done_on, today), "dim"
    if card.due_on is None:
        return "-", "dim"
    if card.late_days > 0:
        return f"!{day(card.due_on, today)} {card.late_days}d", "late"
    return day(card.due_on, today), "warn" if card.warning == "near_due" else ""


def day(at: date, today: date) -> str:
    """A day; the year where it is not the present one."""
    return f"{at:%m-%d}" if at.year == today.year else at.isoformat()


def ends(
    left: Sequence[Piece],
    right: Sequence[Piece],
    cells: int,
    role: str,
    *,
    whole: bool = False,
) -> list[Piece]:
    """Pieces at the left, pieces at the right edge and blanks between them, in exactly ``cells``.

    The last cell stays blank: it parts the columns. Where there is no room the right ones give way
    first, one by one from the left; those at the left may be cut to two fifths, or not at all where
    they shall stay ``whole``.
    """
    room = cells - 1
    kept = list(right)
    least = sum(cell_width(text) for text, _ in left)
    if not whole:
        least = min(least, room * 2 // 5)
    while kept and sum(cell_width(text) + 1 for text, _ in kept) + least > room:
        del kept[0]
    space = room - sum(cell_width(text) + 1 for text, _ in kept)
    found: list[Piece] = []
    for text, ink in left:
        fitted = cut(text, space)
        if fitted:
            found.append((fitted, ink))
            space -= cell_width(fitted)
        if fitted != text:
            break
    found.append((" " * space, role))
    return [*found, *(part for piece in kept for part in ((" ", role), piece)), (" ", role)]
