"""Words for values: states, clocks, countdowns, verbs of the log."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.acts import COLUMNS
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.domain.terms import LABELS, Department
from crm_tui.domain.text import cell_width
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.domain.records.base import FieldSpec

URGENCY: Final = {
    "urgent": (N_("U urgent"), "urgent"),
    "normal": (N_("N normal"), ""),
    "low": (N_("L low"), "low"),
}
URGENCIES: Final = {
    "urgent": N_("Urgent"),
    "normal": N_("Normal"),
    "low": N_("Low urgency"),
}
STATES: Final = {
    "registered": N_("Registered"),
    "dispatched": N_("Dispatched"),
    "accepted": N_("In progress"),
    "solution_proposed": N_("To approve"),
    "approved": N_("Solution approved"),
    "executing": N_("Executing"),
    "waiting_customer": N_("Wait customer"),
    "waiting_third_party": N_("Wait third party"),
    "result_fed_back": N_("Result told"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
    "cancelled": N_("Cancelled"),
    "merged": N_("Merged"),
}
SHORT_STATES: Final = {
    "approved": N_("Approved"),
    "waiting_customer": N_("On customer"),
    "waiting_third_party": N_("Third party"),
}
"""Of states whose words are longer than a column of a list."""
STATE_CELLS: Final = 11
DEPARTMENTS: Final = {str(d): LABELS[Department][str(d)] for d in Department}
CLOCKS: Final = {
    "registration": N_("Registration"),
    "first_response": N_("First response"),
    "next_response": N_("Next response"),
    "progress": N_("Progress"),
    "resolution": N_("Resolution"),
    "dispatch": N_("Dispatch"),
    "acknowledge": N_("Acknowledgement"),
    "clarify": N_("Clarification"),
    "solution": N_("Initial solution"),
    "approval": N_("Approval"),
    "result_feedback": N_("Result feedback"),
    "follow_up": N_("Follow-up"),
    "change_sync": N_("Change synchronisation"),
}
CLOCK_STATES: Final = {
    "running": N_("running"),
    "paused": N_("paused"),
    "met": N_("met"),
    "missed": N_("missed"),
    "not_applicable": N_("not applicable"),
    "cancelled": N_("no longer applies"),
    "sending": N_("sending"),
}
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def state_label(state: str) -> str:
    """A ticket state in words."""
    return tr(STATES.get(state, state))


def short_state(state: str) -> str:
    """A ticket state in words that fit into `STATE_CELLS`."""
    return tr(SHORT_STATES.get(state, STATES.get(state, state)))


def moment(at: datetime, now: datetime) -> str:
    """A time of the desk's wall clock; the year where it is not the present one."""
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M}"


def clock_label(kind: str) -> str:
    """A clock in words."""
    return tr(CLOCKS.get(kind, kind))


def span(seconds: float) -> str:
    """A stretch of time in at most five cells: ``45m``, ``3h20``, ``2d4h``, ``120d``; rounded down."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}" if minutes else f"{hours}h"
    days, hours = divmod(hours, 24)
    if days >= 1000:
        return f"{days // 365}y"
    return f"{days}d{hours}h" if hours and days < 100 else f"{days}d"


def coarse(seconds: float) -> str:
    """A stretch of time in its largest unit only: ``45m``, ``3h``, ``12d``."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes}m"
    if minutes < 1440:
        return f"{minutes // 60}h"
    days = minutes // 1440
    return f"{days}d" if days < 1000 else f"{days // 365}y"


def countdown(row: Any, now: datetime) -> tuple[str, str]:
    """The next due of a row in words, and its role: late, near, waiting or none (R-138)."""
    if row.next_due_at is None:
        return (tr("WAIT"), "wait") if row.paused else ("-", "dim")
    left = (row.next_due_at - now).total_seconds()
    if left < 0:
        return f"{tr('LATE')} {coarse(-left)}", "late"
    near = row.warn_at is not None and row.warn_at <= now
    return (f"!{span(left)}", "warn") if near else (span(left), "")


def due_cell(row: Any, now: datetime, cells: int) -> tuple[str, str]:
    """The countdown for a column: the word at its left, the time at its right edge."""
    text, role = countdown(row, now)
    word, _, time = text.rpartition(" ")
    if text.startswith("!"):
        word, time = "!", text[1:]
    if not word and role in ("wait", "dim"):
        word, time = text, ""
    return word + time.rjust(cells - cell_width(word)), role


def age(since: datetime, now: datetime) -> str:
    """How long ago."""
    return span(max((now - since).total_seconds(), 0))


TOLD: Final = frozenset(
    {
        "clock",
        "department",
        "department_id",
        "escalation_level",
        "kind",
        "next_due_at",
        "owner",
        "owner_id",
        "solution",
        "state",
        "subject",
        "tags",
        "urgency",
    }
)
"""Columns of a ticket whose changes a reader cares for."""


def change_text(
    changes: Mapping[str, Any], local: Callable[[datetime], datetime], kind: str = ""
) -> str:
    """Old and new values of the fields that a reader cares for; times by the desk's wall clock.

    Of a record other than a ticket these are the fields of its description.
    """
    specs: Mapping[str, FieldSpec] = {}
    if kind not in ("", "ticket"):
        # Loaded with the first timeline that needs it: descriptions cost more than the frame.
        from crm_tui.domain.records.base import fields
        from crm_tui.domain.records.registry import REGISTRY

        specs = fields(REGISTRY[kind]) if kind in REGISTRY else {}
    parts = []
    for name, pair in changes.items():
        spec = specs.get(name)
        told = name in TOLD and not specs
        if not (told or spec) or not isinstance(pair, tuple | list) or len(pair) != 2:
            continue
        old, new = (_value(name, v, local, spec) for v in pair)
        title = spec.label if spec is not None else COLUMNS[name]
        parts.append(f"{tr(title)}: {old} > {new}")
    return "; ".join(parts)


def _value(
    name: str, value: Any, local: Callable[[datetime], datetime], spec: "FieldSpec | None"
) -> str:
    if value is None or value == "":
        return "-"
    if spec is not None and spec.enum is not None:
        return tr(getattr(spec.enum(value), "label", lambda: str(value))())
    if spec is not None and spec.picker == "money":
        return display_fen(int(value))
    if name == "state":
        return state_label(str(value))
    if name == "clock":
        return clock_label(str(value))
    if name == "urgency":
        return tr(URGENCIES.get(str(value), str(value)))
    if name in ("department", "department_id"):
        return department_label(str(value))
    if name == "next_due_at":
        return f"{local(datetime.fromisoformat(str(value))):%m-%d %H:%M}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)[:60]


def department_label(code: str) -> str:
    """A department in words; one of the desk's own by its code."""
    return tr(DEPARTMENTS.get(code, code))


def found_detail(found: Any) -> str:
    """What stands behind a hit of the quick find."""
    return "  ".join(
        t for t in (state_label(found.state) if found.state else "", found.detail) if t
    )
