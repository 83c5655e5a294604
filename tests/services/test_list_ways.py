"""Whichever way a list is read by, it is the same list (design.md 5)."""

import random
from datetime import timedelta
from typing import Any

import pytest

from crm_tui.db.queries import choosing, tickets
from crm_tui.db.queries.tickets import ORDERED
from crm_tui.services.ticket_filters import compile_filter
from tests.services.conftest import Desk

FILTERS = (
    "kind:complaint",
    "kind:complaint created:>3d",
    "kind:praise created:<2d",
    "agent:@me",
    "-agent:@me created:<6d",
    "urgency:urgent",
    "is:closed",
    "warehouse",
    "created:<1d",
)


def filled(desk: Desk) -> None:
    """Thirty tickets of a week, some taken, some ended."""
    dice, root = random.Random(4), desk.actor("root")
    now = desk.services.core.clock()
    made = [
        desk.ticket(
            subject=dice.choice(["warehouse", "invoice"]),
            kind=dice.choice(["complaint", "praise", "consultation"]),
            urgency=dice.choice(["urgent", "normal"]),
            received_at=now - timedelta(hours=dice.randrange(160)),
        )
        for _ in range(30)
    ]
    desk.services.tickets.take(dice.sample(made, 6), actor=root)
    desk.services.closing.cancel(dice.sample(made, 8), "double", actor=root)


@pytest.mark.parametrize(("few", "walked", "steps"), [(3, 6, 10**9), (100, 6, 10**9), (3, 6, 1)])
def test_each_way_of_reading_shows_the_same_pages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, few: int, walked: int, steps: int
) -> None:
    filled(desk)
    root = desk.actor("root")

    def shown(text: str, **more: Any) -> list[list[int]]:
        found, after = [], None
        while True:
            page = desk.services.views.page(text, actor=root, after=after, limit=4, **more)
            found.append([r.id for r in page.rows])
            if not page.after:
                return found
            after = page.rows[-1].sort_key

    lists = [(f, s, d) for f in FILTERS for s in ORDERED for d in (False, True)]
    with monkeypatch.context() as plain:
        plain.setattr(tickets, "_is_guesswork", lambda *_: False)
        expected = [shown(f, sort=s, descending=d) for f, s, d in lists]
    for name, value in (("FEW", few), ("WALKED", walked), ("STEPS", steps)):
        monkeypatch.setattr(choosing, name, value)
    assert [shown(f, sort=s, descending=d) for f, s, d in lists] == expected
    assert any(len(pages) > 2 for pages in expected)


def test_who_owns_nothing_is_told_without_walking_all(desk: Desk) -> None:
    filled(desk)
    with desk.services.core.read(desk.actor("root")) as unit:
        if unit.conn.dialect.name != "sqlite":
            pytest.skip("PostgreSQL knows how many rows a name has")
        ticket = tickets.ticket

        def look(text: str) -> choosing.Matches:
            return choosing.matches(unit.conn, ticket, compile_filter(unit, text).where)

        assert look("agent:@me") is choosing.Matches.FEW
        assert look("channel:phone") is choosing.Matches.UNINDEXED
