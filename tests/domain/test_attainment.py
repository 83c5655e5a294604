"""Goals in figures: the printed rows, both directions, and what has no meaning."""

from datetime import date
from decimal import Decimal

import pytest

from crm_tui.domain import attainment as a
from crm_tui.domain.attainment import Standing
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.records.enums import GoalDirection, GoalMode

D = Decimal
HIGHER, LOWER = GoalDirection.HIGHER, GoalDirection.LOWER


@pytest.mark.req("R-177", "R-178", "R-185", "D-01")
@pytest.mark.parametrize(
    ("baseline", "target", "current", "rate", "done"),
    [("75", "90", "87", 97, 80), ("20", "15", "17", 88, 60)],
)
def test_the_printed_goals(baseline: str, target: str, current: str, rate: int, done: int) -> None:
    way = a.direction(D(baseline), D(target))
    found = a.attainment(way, D(target), D(current))
    assert a.percent(found) == rate
    assert a.percent(a.progress(way, D(baseline), D(target), D(current))) == done
    assert a.differs(found, D(85)) and not a.differs(found, D(str(found)) * 100 + D("0.5"))


def test_what_has_no_meaning_is_none() -> None:
    assert a.attainment(HIGHER, D(0), D(5)) is None
    assert a.attainment(LOWER, D(0), D(5)) is None
    assert a.attainment(LOWER, D(5), D(0)) is None
    assert a.attainment(HIGHER, D(5), None) is None
    assert a.progress(HIGHER, D(5), D(10), None) is None
    assert a.percent(None) is None
    assert not a.differs(None, D(85)) and not a.differs(D(1), None)


@pytest.mark.req("D-01")
def test_target_equal_to_baseline_is_all_or_nothing() -> None:
    assert a.progress(HIGHER, D(5), D(5), D(5)) == 1
    assert a.progress(HIGHER, D(5), D(5), D(4)) is None
    assert a.progress(LOWER, D(5), D(5), D(4)) == 1
    assert a.progress(LOWER, D(10), D(0), D(5)) == D("0.5")
    assert a.percent(a.progress(HIGHER, D(75), D(90), D(72))) == -20
    assert a.direction(D(5), D(5)) is HIGHER


@pytest.mark.req("R-186", "D-02")
def test_a_change_leads_to_a_target_that_must_be_confirmed() -> None:
    assert a.resolved_target(GoalMode.CHANGE_PERCENT, D(20), D(-15)) == 17
    assert a.resolved_target(GoalMode.CHANGE_POINTS, D(20), D(-15)) == 5
    assert a.resolved_target(GoalMode.REACH, D(20), D(15)) == 15
    a.check_goal(GoalMode.REACH, D(20), D(15), None)
    a.check_goal(GoalMode.CHANGE_PERCENT, D(20), D(17), D(-15))
    for change, code in ((None, "change_needed"), (D(-15), "target_differs")):
        with pytest.raises(ValidationError) as refused:
            a.check_goal(GoalMode.CHANGE_PERCENT, D(20), D(15), change)
        assert refused.value.code == code


@pytest.mark.req("R-191")
@pytest.mark.parametrize(
    ("done", "elapsed", "standing"),
    [
        ("0.30", "0.50", Standing.AT_RISK),
        ("0.45", "0.50", Standing.ON_TRACK),
        ("0.40", "0.50", Standing.ON_TRACK),
        ("0.19", "0.50", Standing.OFF_TRACK),
        (None, "0.50", Standing.UNKNOWN),
    ],
)
def test_progress_against_time(done: str | None, elapsed: str, standing: Standing) -> None:
    share = D(done) if done is not None else None
    assert a.standing(share, D(elapsed), reached=False) is standing
    assert a.standing(share, D(elapsed), reached=True) is Standing.REACHED
    assert a.standing(share, D(elapsed), reached=False, overdue=True) is Standing.OFF_TRACK


def test_the_share_of_the_time() -> None:
    start, end = date(2024, 1, 1), date(2024, 1, 11)
    assert a.elapsed_share(start, end, date(2024, 1, 6)) == D("0.5")
    assert a.elapsed_share(start, end, date(2023, 1, 1)) == 0
    assert a.elapsed_share(start, end, date(2025, 1, 1)) == 1
    assert a.elapsed_share(end, start, date(2023, 12, 31)) == 0
    assert a.elapsed_share(end, start, start) == 1
