"""The timeline: links between tasks, what a delay pushes, days off (R-205, R-206)."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, or_, select

from crm_tui.domain import schedule as rules
from crm_tui.domain import task_flow
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.schedule import DAY, Span
from crm_tui.domain.task_flow import DONE
from crm_tui.services import policies, task_board, task_rows
from crm_tui.services.unit import Unit
from crm_tui.services.work_dto import Proposal, Schedule

DONE_DAYS: Final = 365
"""For so long a done task stays on the timeline."""
MARGIN: Final = timedelta(days=366)
"""Days off are told for so long before the first and after the last bar."""
REACH: Final = timedelta(days=3660)
"""But not further from today: nobody scrolls to the holidays of 1900 or 9999."""
LAST_YEAR: Final = 9000
"""Bars that end later are drawn, but push nothing: the calendar ends behind them."""

Link = tuple[int, int]


def schedule(unit: Unit, filter_text: str) -> Schedule:
    """The bars in the order of their starts, what ties them together, and the days off."""
    kind, table = task_rows.task_kind()
    start = table.c.start_on
    query = (
        task_rows.query(table)
        .where(*task_board.conditions(unit, kind, table, filter_text, DONE_DAYS))
        .order_by(start.is_(None), start, table.c.due_on.is_(None), table.c.due_on, table.c.id)
        .limit(task_board.MOST_CARDS + 1)
    )
    found = task_rows.cards(unit, query)
    cards = found[: task_board.MOST_CARDS]
    here = {card.id for card in cards}
    tied = [(a, b) for a, b in links(unit) if a in here and b in here]
    spans, waiting = _open_spans(cards, tied)
    linked = {key: spans[key] for link in waiting for key in link}
    return Schedule(
        cards=tuple(cards),
        links=tuple(tied),
        critical=frozenset(rules.critical_path(linked, waiting)),
        broken=frozenset(rules.broken(spans, waiting)),
        days=days_off(unit, [span for card in cards if (span := span_of(card)) is not None]),
        more=len(found) > task_board.MOST_CARDS,
    )


def links(unit: Unit) -> list[Link]:
    """All dependencies as pairs of predecessor and successor."""
    from crm_tui.db.schema.work import task_dependency

    query = select(task_dependency.c.before_id, task_dependency.c.after_id)
    return [(r.before_id, r.after_id) for r in unit.conn.execute(query)]


def links_of(unit: Unit, task_id: int) -> list[Link]:
    """The dependencies of one task, in either direction."""
    from crm_tui.db.schema.work import task_dependency as table

    here = or_(table.c.before_id == task_id, table.c.after_id == task_id)
    query = select(table.c.before_id, table.c.after_id).where(here)
    return [(r.before_id, r.after_id) for r in unit.conn.execute(query)]


def span_of(card: Any) -> Span | None:
    """The days of a card or of a row with its dates; one day with one date, None without any."""
    start, end = card.start_on or card.due_on, card.due_on or card.start_on
    if start is None or end is None:
        return None
    return Span(end, end) if card.milestone else Span(start, max(start, end))


def _open_spans(cards: Sequence[Any], tied: Sequence[Link]) -> tuple[dict[int, Span], list[Link]]:
    """What is still to be done, and the links between that: what is done keeps nobody waiting."""
    spans = {
        card.id: span
        for card in cards
        if card.status != DONE
        and (span := span_of(card)) is not None
        and span.end.year <= LAST_YEAR
    }
    return spans, [(a, b) for a, b in tied if a in spans and b in spans]


# What a delay asks for


def proposals(unit: Unit, task_id: int | None) -> tuple[Proposal, ...]:
    """The moves that would mend every broken link, or those that one task brings about."""
    _, table = task_rows.task_kind()
    tied = links(unit)
    if not tied:
        return ()
    dates = select(table.c.id, table.c.status, table.c.start_on, table.c.due_on, table.c.milestone)
    rows = unit.conn.execute(dates.where(table.c.archived.is_(False), table.c.status != DONE))
    spans, waiting = _open_spans(rows.all(), tied)
    try:
        moves = {move.key: move.new for move in rules.propagated(spans, waiting)}
    except OverflowError:
        raise beyond_the_calendar() from None
    if task_id is not None:
        waits = after(tied, task_id)
        moves = {key: new for key, new in moves.items() if key in waits}
    found = task_rows.cards_of(unit, moves)
    return tuple(Proposal(found[key], new.start, new.end) for key, new in moves.items())


def after(tied: Sequence[Link], task_id: int) -> set[int]:
    """All that waits for a task, directly or by others."""
    following: dict[int, list[int]] = {}
    for a, b in tied:
        following.setdefault(a, []).append(b)
    found: set[int] = set()
    waiting = deque([task_id])
    while waiting:
        for nxt in following.get(waiting.popleft(), ()):
            if nxt not in found:
                found.add(nxt)
                waiting.append(nxt)
    return found


def dates_of(move: Proposal) -> dict[str, Any]:
    """The fields that accepting a proposal sets; a task without a start keeps without."""
    has_start = move.card.start_on is not None
    return {"due_on": move.due_on, **({"start_on": move.start_on} if has_start else {})}


# Moving bars


def moved(
    row: RowMapping,
    *,
    start_days: int,
    end_days: int,
    start_on: date | None,
    due_on: date | None,
) -> dict[str, Any]:
    """The dates of a bar that was shifted or stretched; a milestone keeps its one day."""
    if row["status"] == DONE:
        raise task_flow.done_already()
    if (start_days or end_days) and row["start_on"] is None and row["due_on"] is None:
        raise RuleViolation(
            msg("{number} has no dates yet; set its due date", number=row["number"]),
            code="no_dates",
            field="due_on",
        )
    try:
        start = _shifted(row["start_on"], start_days)
        end = _shifted(row["due_on"], end_days)
    except OverflowError:
        raise beyond_the_calendar() from None
    start, end = start_on or start, due_on or end
    if not row["milestone"]:
        return {"start_on": start, "due_on": end}
    day = start if start != row["start_on"] and end == row["due_on"] else end
    return {"start_on": day if start is not None else None, "due_on": day}


def _shifted(day: date | None, days: int) -> date | None:
    return None if day is None else day + timedelta(days=days)


def beyond_the_calendar() -> ValidationError:
    """The refusal of a date that no calendar has."""
    return ValidationError(
        msg("The dates would leave the calendar"), code="date_range", field="due_on"
    )


# Days off


def days_off(unit: Unit, spans: Sequence[Span]) -> Mapping[date, str]:
    """Weekends, holidays and make-up days around the bars, by the desk's calendar (R-205)."""
    today = task_rows.today(unit)
    earliest, latest = today - REACH, today + REACH
    first = min((s.start for s in spans), default=today)
    last = max((s.end for s in spans), default=today)
    first = max(min(max(first, earliest), latest) - MARGIN, earliest)
    last = min(min(max(last, earliest), latest) + MARGIN, latest)
    calendar = policies.calendar_named(unit, unit.core.rules.calendar)
    kept: dict[Any, Mapping[date, str]] = unit.core.cache.setdefault("days_off", {})
    key = (calendar.name, calendar.version, first, last)
    if key not in kept:
        kept.clear()
        kept[key] = _days_off(calendar, first, last)
    return kept[key]


def _days_off(calendar: Any, first: date, last: date) -> dict[date, str]:
    found: dict[date, str] = {}
    day = first
    while day <= last:
        weekly = bool(calendar.weekly[day.weekday()])
        working = bool(calendar.frames(day))
        if working and not weekly:
            found[day] = "makeup"
        elif not working:
            special = day in calendar.holidays or day in calendar.overrides
            found[day] = "holiday" if special else "weekend"
        day += DAY
    return found
