"""Random moves, links, dates and undoing: the rules hold whatever people do, and undo brings all back."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from crm_tui.db.schema.registers import TABLES
from crm_tui.domain import schedule as rules
from crm_tui.domain.errors import DomainError
from crm_tui.domain.task_flow import COLUMNS
from crm_tui.services.result import Result
from tests.services.conftest import Desk
from tests.services.test_tasks import TODAY, make

LOGINS = ("ana", "bob", "lee", "pat")
BESIDE = {"row_version", "updated_at"}
"""Undoing moves a version on, as every change does."""


def state(desk: Desk) -> Any:
    """All tasks, links and limits as stored, but for their versions; archived ones as if not there."""
    with desk.core.engine.connect() as conn:
        table = TABLES["task"]
        rows = conn.execute(table.select().where(table.c.archived.is_(False)).order_by(table.c.id))
        tasks = [{k: v for k, v in r.items() if k not in BESIDE} for r in rows.mappings()]
    root = desk.actor("root")
    links = set(
        desk.services.tasks.schedule(
            "status:not_started,in_progress,delayed,done", actor=root
        ).links
    )
    return tasks, links, dict(desk.services.tasks.limits(actor=root))


def acts(desk: Desk, dice: Random, ids: list[int]) -> list[Callable[[str], Result]]:
    """Something that somebody may do, sensible or not."""
    tasks = desk.services.tasks

    def some() -> list[int]:
        return dice.sample(ids, dice.randint(1, 3))

    def day() -> date:
        return TODAY + timedelta(days=dice.randint(-30, 30))

    one, other = dice.sample(ids, 2)
    return [
        lambda who: tasks.move(
            some(),
            dice.choice(COLUMNS),
            actor=desk.actor(who),
            standard_met=dice.random() < 0.7,
            delivered=dice.random() < 0.7,
            due_on=dice.choice([None, day()]),
            reason=dice.choice(["", "parts"]),
        ),
        lambda who: tasks.progress(some(), dice.randint(-5, 110), "", actor=desk.actor(who)),
        lambda who: tasks.reorder(one, other, None, actor=desk.actor(who)),
        lambda who: tasks.reschedule(
            some(),
            start_days=dice.randint(-9, 9),
            end_days=dice.randint(-9, 9),
            actor=desk.actor(who),
        ),
        lambda who: tasks.link(one, other, actor=desk.actor(who)),
        lambda who: tasks.unlink(one, other, actor=desk.actor(who)),
        lambda who: tasks.assign(
            some(), desk.actor(dice.choice(LOGINS)).staff_id, actor=desk.actor(who)
        ),
        lambda who: tasks.accept(tasks.proposals(actor=desk.actor(who)), actor=desk.actor(who)),
        lambda who: tasks.set_limit(
            "in_progress", None, dice.choice([None, 2, 3]), actor=desk.actor(who)
        ),
    ]


def check(desk: Desk) -> None:
    """What holds at any time."""
    root = desk.actor("root")
    board = desk.services.tasks.board("status:not_started,in_progress,delayed,done", actor=root)
    order = [COLUMNS.index(c.shown) for c in board.cards]
    assert order == sorted(order)
    for card in board.cards:
        assert 0 <= card.progress <= 100
        assert card.start_on is None or card.due_on is None or card.start_on <= card.due_on
        assert (card.shown == "done") == (card.status == "done") == (card.done_on is not None)
        late = card.status != "done" and card.due_on is not None and card.due_on < TODAY
        assert not late or card.shown == "delayed"
        assert card.status != "done" or (
            card.progress == 100 and card.delivered >= card.plan_action
        )
    links = list(desk.services.tasks.schedule(actor=root).links)
    assert len(rules.in_order({k for link in links for k in link}, links)) == len(
        {k for link in links for k in link}
    )


@pytest.mark.req("R-204", "R-206")
@pytest.mark.parametrize("seed", range(3))
def test_any_acts_keep_the_rules_and_are_undone(desk: Desk, seed: int) -> None:
    dice = Random(seed)
    ids = [
        make(
            desk,
            "lee",
            department_ids=["after_sales", "product"] if place % 2 else ["after_sales"],
            owner_id=dice.choice(LOGINS),
            start_on=str(TODAY + timedelta(days=dice.randint(-20, 5))),
            due_on=str(TODAY + timedelta(days=dice.randint(6, 20))),
            completion_standard="it works" if place % 3 else "",
            plan_action=place == 5,
            resources="two people" if place == 5 else "",
            deliverable="a manual" if place == 5 else "",
        )
        for place in range(7)
    ]
    for _ in range(30):
        who = dice.choice(LOGINS)
        before = state(desk)
        entry = desk.services.undo.last(actor=desk.actor(who))
        try:
            result = dice.choice(acts(desk, dice, ids))(who)
        except DomainError:
            assert state(desk) == before
            continue
        check(desk)
        if not result.done:
            assert _without_ranks(state(desk)) == _without_ranks(before)
            continue
        newest = desk.services.undo.last(actor=desk.actor(who))
        if newest == entry:
            # It was so already: nothing was changed, and there is nothing to undo.
            continue
        after = state(desk)
        desk.services.undo.undo(actor=desk.actor(who))
        assert _without_ranks(state(desk)) == _without_ranks(before)
        check(desk)
        if dice.random() < 0.7:
            desk.services.undo.redo(actor=desk.actor(who))
            assert _without_ranks(state(desk)) == _without_ranks(after)


def _without_ranks(found: Any) -> Any:
    """A column that is numbered anew keeps its order; the numbers are nobody's."""
    tasks, links, limits = found
    return [{k: v for k, v in t.items() if k != "rank"} for t in tasks], links, limits


def test_orders_are_undone_by_what_one_sees(desk: Desk) -> None:
    dice = Random(11)
    ids = [make(desk, "lee") for _ in range(6)]
    tasks, lee = desk.services.tasks, desk.actor("lee")

    def order() -> list[int]:
        return [c.id for c in tasks.board(actor=lee).cards]

    for _ in range(30):
        before = order()
        card, other = dice.sample(ids, 2)
        above, below = (other, None) if dice.random() < 0.5 else (None, other)
        tasks.reorder(card, above, below, actor=lee).one()
        place, beside = order().index(card), order().index(other)
        assert place - beside == (1 if above is not None else -1)
        rest = [i for i in before if i != card]
        assert [i for i in order() if i != card] == rest
        if dice.random() < 0.5 and order() != before:
            desk.services.undo.undo(actor=lee)
            assert order() == before
