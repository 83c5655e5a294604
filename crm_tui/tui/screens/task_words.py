"""A task in words: its days, what is wrong with it, and its whole page (R-193 to R-209)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import fields
from crm_tui.domain.records.enums import RiskState
from crm_tui.domain.terms import RequirementPriority, TaskStatus
from crm_tui.i18n import tr
from crm_tui.services.work_dto import ProgressEntry, RiskView, TaskCard, TaskPage
from crm_tui.tui.labels import department_label
from crm_tui.tui.screens.records import word
from crm_tui.tui.widgets.form import LABEL_CELLS
from crm_tui.tui.widgets.lines import Layout, Line, Piece, labelled, wrap

WARNINGS: Final[Mapping[str, str]] = {
    "behind": N_("behind plan"),
    "near_due": N_("due soon"),
    "standstill": N_("no progress for two weeks"),
}
"""By the warning of a card; being overdue is said by the days."""

TEXTS: Final = (
    "completion_standard",
    "standard_met_by",
    "deliverable",
    "resources",
    "sop",
    "delay_reason",
    "remark",
)
"""Texts of a task below its description, in the order of their labels."""
FIELD_OF: Final = {"standard_met_by": "standard_met_by_id"}
"""The field whose label a text has, where it is called otherwise."""
RISK_ROLES: Final[Mapping[str, str]] = {str(RiskState.OPEN): "late"}
Local = Callable[[datetime], datetime]
Row = tuple[str, Line | str]


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


def wrong(card: TaskCard) -> Iterator[Piece]:
    """What asks for a look, in words."""
    if card.late_days and card.done_on is not None:
        yield tr("done {count} d late").format(count=card.late_days), "dim"
    elif card.late_days:
        yield tr("late by {count} d").format(count=card.late_days), "late"
    if card.warning in WARNINGS:
        yield tr(WARNINGS[card.warning]), "warn"
    if card.risk_open:
        yield tr("risk case open"), "late"


# The page


def whole(page: TaskPage, local: Local) -> Layout:
    """Everything below each other, for narrow terminals."""
    rows = [*_facts(page), ("", ""), *_texts(page)]

    def layout(width: int) -> list[Line]:
        return [*labelled(rows, width, most=LABEL_CELLS), *_lived(page, local, width)]

    return layout


def facts(page: TaskPage) -> Layout:
    """How it stands, whose it is, its days, and where it comes from."""
    rows = list(_facts(page))
    return lambda width: labelled(rows, width, most=LABEL_CELLS)


def texts(page: TaskPage, local: Local) -> Layout:
    """What is to be done, when it is done, what it waits for; then risk cases and progress."""
    rows = list(_texts(page))

    def layout(width: int) -> list[Line]:
        return [*labelled(rows, width, most=LABEL_CELLS), *_lived(page, local, width)]

    return layout


def _facts(page: TaskPage) -> Iterator[Row]:
    card = page.card
    specs = fields(registry.kind("task"))
    yield tr("Status"), [(word(TaskStatus, card.shown), "head"), (f"  {card.progress}%", "")]
    for place, piece in enumerate(wrong(card)):
        yield tr("Warning") if place == 0 else "", [piece]
    given: Sequence[tuple[str, object]] = (
        ("number", card.number),
        ("owner_id", card.owner),
        ("helper_ids", ", ".join(card.helpers)),
        ("department_ids", ", ".join(department_label(code) for _, code in card.departments)),
        ("priority", word(RequirementPriority, card.priority)),
        ("start_on", card.start_on),
        ("due_on", card.due_on),
        ("original_due_on", card.original_due_on),
        ("baseline_start_on", card.baseline_start_on),
        ("baseline_due_on", card.baseline_due_on),
        ("done_on", card.done_on),
        ("plan_action", card.plan_action),
        ("milestone", card.milestone),
        ("delivered", card.delivered),
        ("goal_id", card.goal),
        ("customer_id", card.customer),
        ("ticket_id", f"T-{card.ticket_number}" if card.ticket_number else ""),
        ("checklist_item_id", page.checklist_item),
        ("interaction_id", page.interaction),
    )
    for name, value in given:
        if value:
            yield tr(specs[name].label), tr("yes") if value is True else str(value)


def _texts(page: TaskPage) -> Iterator[Row]:
    specs = fields(registry.kind("task"))
    yield tr(specs["description"].label), page.description
    for name in TEXTS:
        if text := getattr(page, name):
            yield tr(specs[FIELD_OF.get(name, name)].label), text
    for label, others in (
        (tr("Waits for"), page.waits_for),
        (tr("Holds up"), page.waited_for_by),
    ):
        for place, other in enumerate(others):
            yield "" if place else label, f"{named(other)}  {days(other)}"


def _lived(page: TaskPage, local: Local, width: int) -> list[Line]:
    """What has become of it so far: risk cases, and what counted as progress (D-18, R-209)."""
    lines: list[Line] = []
    for risk in page.risks:
        lines += [[], *_risk(risk, width)]
    lines += [[], [(tr("Progress"), "title")]]
    for entry in page.progress:
        lines += _entry(entry, local, width)
    if not page.progress:
        lines.append([(tr("none so far"), "dim")])
    return lines


def _risk(risk: RiskView, width: int) -> list[Line]:
    """A risk case with the words of its fields (R-209)."""
    specs = fields(registry.kind("risk_case"))
    state: Line = [(word(RiskState, risk.state), RISK_ROLES.get(risk.state, "dim"))]
    pairs = (
        ("cause", risk.cause),
        ("response_measure", risk.response_measure),
        ("owner_id", risk.owner),
        ("due_on", risk.due_on.isoformat() if risk.due_on else ""),
        ("result", risk.result),
    )
    rows: list[Row] = [(tr("Risk case"), state)]
    rows += [(tr(specs[name].label), text) for name, text in pairs if text]
    return labelled(rows, width, most=LABEL_CELLS)


def _entry(entry: ProgressEntry, local: Local, width: int) -> list[Line]:
    status = word(TaskStatus, entry.status) if entry.status else ""
    percent = f"{entry.progress}%" if entry.progress is not None else ""
    told = "  ".join(part for part in (status, percent) if part)
    head: Line = [
        (f"{local(entry.at):%Y-%m-%d %H:%M}  ", "dim"),
        (entry.by, "head"),
        (f"  {told}" if told else "", ""),
    ]
    return [head, *([("  ", ""), (part, "note")] for part in wrap(entry.note, width - 2) if part)]
