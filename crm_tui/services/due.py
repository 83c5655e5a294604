"""A due time set by hand: what was typed, and how far it may lie (sla.md 2.6, ux.md 3.9)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from crm_tui.domain.dates import refuse_date, resolve
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.services import policies
from crm_tui.services.core import Core
from crm_tui.services.unit import Unit

FARTHEST: Final = timedelta(days=3660)


def due_meant(core: Core, text: str) -> datetime:
    """The instant that somebody means by ``明天下午5点``, ``+3bd``, ``fri 17:00``; it lies ahead.

    Raises `ValidationError` with code ``bad_date``, ``due_past`` or ``due_far``.
    """
    with core.read() as unit:
        calendar = policies.calendar_named(unit, core.rules.calendar)
        try:
            found = resolve(text, unit.now, core.rules.zone, calendar).astimezone(UTC)
        except OverflowError:
            raise refuse_date(text) from None
        need_ahead(unit, found)
    return found


def need_ahead(unit: Unit, due: datetime) -> None:
    """Refuse a due time that is over or that nobody will live to see."""
    if due <= unit.now:
        raise ValidationError(msg("The due time must lie ahead"), field="due", code="due_past")
    if due - unit.now > FARTHEST:
        raise ValidationError(
            msg("The due time lies more than ten years ahead"), field="due", code="due_far"
        )
