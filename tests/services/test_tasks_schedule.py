"""The timeline: dependencies, what a delay pushes, days off."""

from datetime import date
from typing import Any

import pytest

from crm_tui.domain.errors import Conflict
from tests.services.conftest import Desk
from tests.services.test_tasks import card, code, make, move, undo


def chain(desk: Desk) -> list[int]:
    """Three tasks that wait for each other, and one that stands alone."""
    days = (("06-03", "06-05"), ("06-06", "06-10"), ("06-11", "06-12"), ("06-03", "06-28"))
    ids = [make(desk, start_on=f"2024-{a}", due_on=f"2024-{b}") for a, b in days]
    tasks, ana = desk.services.tasks, desk.actor("ana")
    for before, after in ((ids[0], ids[1]), (ids[1], ids[2])):
        tasks.link(before, after, actor=ana).one()
    return ids


@pytest.mark.req("R-206")
def test_a_delay_flags_what_follows_and_moves_it_only_when_accepted(desk: Desk) -> None:
    a, b, c, alone = chain(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    plan = tasks.schedule(actor=ana)
    assert set(plan.links) == {(a, b), (b, c)}
    assert plan.broken == frozenset() and plan.critical == {a, b, c}
    tasks.reschedule([a], end_days=5, actor=ana).one()
    plan = tasks.schedule(actor=ana)
    assert plan.broken == {(a, b)}
    assert card(desk, b).start_on == date(2024, 6, 6)
    moves = tasks.proposals(actor=ana)
    assert [(m.card.id, m.start_on, m.due_on) for m in moves] == [
        (b, date(2024, 6, 11), date(2024, 6, 15)),
        (c, date(2024, 6, 16), date(2024, 6, 17)),
    ]
    assert tasks.proposals(a, actor=ana) == moves
    assert tasks.proposals(b, actor=ana) == moves[1:]
    assert tasks.proposals(alone, actor=ana) == ()
    tasks.accept(moves, actor=ana)
    assert (card(desk, b).start_on, card(desk, c).due_on) == (date(2024, 6, 11), date(2024, 6, 17))
    assert tasks.schedule(actor=ana).broken == frozenset()
    undo(desk)
    assert (card(desk, b).start_on, card(desk, c).due_on) == (date(2024, 6, 6), date(2024, 6, 12))
    moves = tasks.proposals(actor=ana)
    tasks.edit(b, {"remark": "seen"}, actor=ana).one()
    accepted = tasks.accept(moves, actor=ana)
    assert isinstance(accepted.refused[0].error, Conflict) and accepted.done == (c,)


def test_what_is_done_keeps_nobody_waiting(desk: Desk) -> None:
    a, b, _, _ = chain(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.reschedule([a], end_days=5, actor=ana).one()
    move(desk, a, "done").one()
    assert tasks.schedule(actor=ana).broken == frozenset()
    assert tasks.proposals(actor=ana) == ()
    assert code(tasks.reschedule([a], end_days=1, actor=ana)) == "task_done"
    assert card(desk, b).start_on == date(2024, 6, 6)


@pytest.mark.req("R-206")
def test_a_ring_is_refused_by_the_numbers_of_its_tasks(desk: Desk) -> None:
    a, b, c, _ = chain(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    refused = tasks.link(c, a, actor=ana)
    assert code(refused) == "ring"
    assert "XZ2024003 → XZ2024001 → XZ2024002 → XZ2024003" in str(refused.refused[0].error)
    assert code(tasks.link(a, a, actor=ana)) == "ring"
    assert tasks.link(a, b, actor=ana).done
    assert len(tasks.schedule(actor=ana).links) == 2


def test_links_are_undone_and_done_again(desk: Desk) -> None:
    a, b, c, _ = chain(desk)
    tasks, ana, services = desk.services.tasks, desk.actor("ana"), desk.services

    def links() -> set[tuple[int, int]]:
        return set(tasks.schedule(actor=ana).links)

    undo(desk)
    assert links() == {(a, b)}
    services.undo.redo(actor=ana)
    assert links() == {(a, b), (b, c)}
    tasks.unlink(a, b, actor=ana).one()
    assert links() == {(b, c)}
    tasks.link(c, a, actor=desk.actor("bob")).one()
    with pytest.raises(Exception, match="ring"):
        services.undo.undo(actor=ana)
    assert links() == {(b, c), (c, a)}
    assert code(tasks.unlink(a, b, actor=ana)) == "not_linked"
    assert code(tasks.link(999, a, actor=ana)) == "not_found"


@pytest.mark.req("R-206", "R-306")
def test_a_link_its_end_and_their_undoing_are_logged_on_both_tasks(desk: Desk) -> None:
    a, b = make(desk), make(desk)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.link(a, b, actor=ana).one()
    undo(desk)
    desk.services.undo.redo(actor=ana)
    tasks.unlink(a, b, actor=ana).one()
    undo(desk)
    for one in (a, b):
        trail = desk.services.audit.entries(actor=ana, kind="task", subject_id=one)
        assert [(e.verb, e.actor) for e in reversed(trail)] == [
            (verb, "ana")
            for verb in ("created", "linked", "unlinked", "linked", "unlinked", "linked")
        ]


@pytest.mark.req("R-205")
def test_the_baseline_stands_beside_what_became_of_it(desk: Desk) -> None:
    task = make(desk, start_on="2024-06-03", due_on="2024-06-10")
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.set_baseline([task], actor=ana).one()
    tasks.reschedule([task], start_days=3, end_days=3, actor=ana).one()
    now = card(desk, task)
    assert (now.baseline_start_on, now.baseline_due_on) == (date(2024, 6, 3), date(2024, 6, 10))
    assert (now.start_on, now.due_on) == (date(2024, 6, 6), date(2024, 6, 13))
    undo(desk)
    undo(desk)
    assert card(desk, task).baseline_due_on is None


@pytest.mark.req("R-205")
def test_weekends_holidays_and_make_up_days_are_those_of_the_desk(desk: Desk) -> None:
    make(desk, start_on="2024-06-03", due_on="2024-06-28")
    days = desk.services.tasks.schedule(actor=desk.actor("ana")).days
    assert days[date(2024, 6, 8)] == "weekend"
    assert days[date(2024, 6, 10)] == "holiday"
    assert days[date(2024, 9, 14)] == "makeup"
    assert date(2024, 6, 4) not in days
    assert min(days) < date(2023, 7, 1) and max(days) > date(2025, 6, 1)


@pytest.mark.parametrize(
    "dates",
    [
        {"due_on": "2024-06-20"},
        {"start_on": "2024-06-20"},
        {"start_on": "2024-06-20", "due_on": "2024-06-20", "milestone": True},
        {},
    ],
)
def test_any_two_dates_may_be_missing(desk: Desk, dates: dict[str, Any]) -> None:
    first = make(desk, start_on="2024-06-18", due_on="2024-06-24")
    second = make(desk, **dates)
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.link(first, second, actor=ana).one()
    plan = tasks.schedule(actor=ana)
    assert len(plan.cards) == 2
    moves = tasks.proposals(actor=ana)
    assert bool(moves) == bool(plan.broken) == bool(dates)
    if moves:
        tasks.accept(moves, actor=ana).one()
        assert tasks.schedule(actor=ana).broken == frozenset()


def test_bars_at_the_end_of_the_calendar_push_nothing(desk: Desk) -> None:
    first = make(desk, start_on="9999-12-30", due_on="9999-12-31")
    second = make(desk, start_on="2024-06-01", due_on="2024-06-02")
    tasks, ana = desk.services.tasks, desk.actor("ana")
    tasks.link(first, second, actor=ana).one()
    assert tasks.proposals(actor=ana) == ()
    assert len(tasks.schedule(actor=ana).cards) == 2
