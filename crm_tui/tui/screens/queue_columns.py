"""The columns of a list of tickets, by the names that views and `:columns` use (ux.md 3.7)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from crm_tui.domain.msg import N_
from crm_tui.domain.text import cell_width
from crm_tui.i18n import tr
from crm_tui.tui.labels import (
    STATE_CELLS,
    URGENCY,
    clock_label,
    coarse,
    department_label,
    due_cell,
    short_state,
)
from crm_tui.tui.widgets.virtual_list import Column

DUE_CELLS: Final = 9
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "due": ("sla",),
    "number": ("id",),
    "tier": (),
    "urgency": ("priority",),
    "subject": (),
    "customer": (),
    "limit": ("clock",),
    "owner": ("agent",),
    "state": ("status",),
    "age": (),
    "department": ("dept",),
    "received": (),
    "updated": (),
}
"""Names of columns with their other spellings."""
USUAL: Final = tuple(list(NAMES)[:10])


def columns(
    now: Callable[[], datetime],
    chosen: Sequence[str] = (),
    *,
    others: Callable[[int], str] = lambda _: "",
) -> list[Column[Any]]:
    """The usual columns as they fit, or the chosen ones in their order at any width.

    ``others`` says who else has a ticket open; it stands before the subject (ux.md 4).
    """
    known = _all(now, others)
    if not chosen:
        return [known[name] for name in USUAL]
    found = [replace(known[name], least=0) for name in chosen]
    if all(c.width for c in found):
        # Something must take what is left of the line.
        found[-1] = replace(found[-1], width=0)
    return found


def _all(now: Callable[[], datetime], others: Callable[[int], str]) -> dict[str, Column[Any]]:
    urgency = max(
        cell_width(tr(text)) for text in (N_("Urgency"), *(u for u, _ in URGENCY.values()))
    )

    def ago(title: str, name: str, least: int = 0) -> Column[Any]:
        return Column(
            title,
            max(4, cell_width(tr(title))),
            lambda r: (coarse((now() - getattr(r, name)).total_seconds()), ""),
            right=True,
            least=least,
        )

    return {
        "due": Column(N_("Due"), DUE_CELLS, lambda r: due_cell(r, now(), DUE_CELLS)),
        "number": Column(N_("No."), 6, lambda r: (f"T-{r.number}", ""), most=10),
        "tier": Column(N_("T"), 2, lambda r: (r.tier, "head" if r.tier == "A" else "")),
        "urgency": Column(N_("Urgency"), urgency, _urgency),
        "subject": Column(N_("Subject"), 0, lambda r: (others(r.id) + r.subject, "")),
        "customer": Column(N_("Customer"), 22, lambda r: (r.customer, ""), least=100),
        "limit": Column(N_("Limit"), 16, _limit, least=140),
        "owner": Column(
            N_("Owner"), 9, lambda r: (r.owner or "-", "" if r.owner else "dim"), wide=12
        ),
        "state": Column(N_("State"), STATE_CELLS, lambda r: (short_state(r.state), ""), least=72),
        "age": ago(N_("Age"), "received_at", 76),
        "department": Column(
            N_("Department"), 14, lambda r: (department_label(r.department), "dim")
        ),
        "received": ago(N_("Received"), "received_at"),
        "updated": ago(N_("Updated"), "updated_at"),
    }


def _urgency(row: Any) -> tuple[str, str]:
    text, role = URGENCY[row.urgency]
    return tr(text), role


def _limit(row: Any) -> tuple[str, str]:
    return (clock_label(row.next_due_kind) if row.next_due_kind else "-"), "dim"
