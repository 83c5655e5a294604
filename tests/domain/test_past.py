"""How a ticket stood, by its log up to a moment (R-251, D-22)."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_tui.domain.kpi.past import Entry, Stood, stood

START = datetime(2024, 6, 3, 1, tzinfo=UTC)
DAYS = 7


def at(days: int) -> datetime:
    """So many days on."""
    return START + timedelta(days=days)


def told(days: int, to: str | None = None, verb: str = "state") -> Entry:
    """An entry of another program's log."""
    return Entry(at(days), verb, {}, to, imported=True)


def done(days: int, **changes: list[object]) -> Entry:
    """An entry of our own log."""
    return Entry(at(days), "state", changes)


def test_without_a_log_a_ticket_has_just_come() -> None:
    assert stood([], DAYS) == Stood()


@pytest.mark.req("R-251")
def test_what_was_done_and_undone_is_told_by_its_fields() -> None:
    end = at(1).isoformat()
    log = [
        done(1, state=["accepted", "resolved"], resolved_at=[None, end]),
        done(2, state=["resolved", "accepted"], resolved_at=[end, None]),
        done(2, reopened_within_days=[False, True], escalation_level=[1, 2]),
        done(3, state=["accepted", "resolved"], resolved_at=[None, end], subject=["a", "b"]),
    ]
    assert stood(log[:1], DAYS) == Stood("resolved", at(1))
    assert stood(log[:3], DAYS) == Stood("accepted", None, None, True, 2)
    assert stood(log, DAYS) == Stood("resolved", at(1), None, True, 2)


@pytest.mark.req("R-243", "D-22")
@pytest.mark.parametrize(("away", "soon"), [(7, True), (8, False)])
def test_an_imported_log_is_read_as_the_import_reads_it(away: int, soon: bool) -> None:
    log = [
        told(0, "accepted"),
        told(1, "resolved"),
        told(2, "closed"),
        told(1 + away, "accepted"),
        told(20, None, "transferred"),
        told(21, "closed"),
    ]
    assert stood(log[:3], DAYS) == Stood("closed", at(1), at(2))
    assert stood(log[:4], DAYS) == Stood("accepted", None, None, soon)
    assert stood(log, DAYS) == Stood("closed", at(21), at(21), soon, 1, 1)
