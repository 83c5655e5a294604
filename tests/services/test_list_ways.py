"""Whichever way a list is read by, it is the same list (design.md 5)."""

import random
import re
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bench.filters import FILTERS as FILTERS_OF_THE_BENCH
from crm_tui.db.queries import choosing, tickets
from crm_tui.db.queries.choosing import Attempt
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
    "is:open kind:complaint,praise",
    "-is:closed -kind:praise",
    "status:new,cancelled urgency:urgent",
    "-status:open tier:C channel:phone",
    "-is:late kind:praise",
    "level:>1",
    "level:1 kind:praise",
    "paused:no source:live",
    "tag:nothing",
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


def need_sqlite(desk: Desk) -> None:
    """PostgreSQL chooses by itself."""
    if desk.services.core.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by itself")


def shown(desk: Desk, text: str, **more: Any) -> list[list[int]]:
    """All pages of a list."""
    found, after = [], None
    while True:
        page = desk.services.views.page(
            text, actor=desk.actor("root"), after=after, limit=4, **more
        )
        found.append([r.id for r in page.rows])
        if not page.after:
            return found
        after = page.rows[-1].sort_key


LISTS = [
    *((text, "due", False) for text in FILTERS),
    *((text, sort, down) for text in FILTERS[::6] for sort in ORDERED for down in (False, True)),
]


def test_each_way_of_reading_shows_the_same_pages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt alone, as if the others had taken too long."""
    need_sqlite(desk)
    filled(desk)
    used: set[int] = set()

    def only(place: int) -> None:
        def read(conn: Any, attempts: list[Attempt], last: Any) -> list[Any]:
            ways = [*(attempt.query for attempt in attempts), last]
            used.add(min(place, len(ways) - 1))
            return list(conn.execute(ways[min(place, len(ways) - 1)]))

        monkeypatch.setattr(tickets, "first_to_end", read)

    expected = [shown(desk, f, sort=s, descending=d) for f, s, d in LISTS]
    assert any(len(pages) > 2 for pages in expected)
    for place in range(5):
        only(place)
        assert [shown(desk, f, sort=s, descending=d) for f, s, d in LISTS] == expected, place
    assert used == set(range(5))


def test_counts_are_those_of_the_lists(desk: Desk) -> None:
    filled(desk)
    root = desk.actor("root")
    counted = {text: desk.services.views.count(text, actor=root) for text in FILTERS}
    assert counted == {text: len(list(chain(*shown(desk, text)))) for text in FILTERS}
    assert len(set(counted.values())) > 5


def test_every_filter_of_the_benchmark_can_be_read(desk: Desk) -> None:
    root = desk.actor("root")
    lists = re.findall(r"agent:([\w,]+)", " ".join(FILTERS_OF_THE_BENCH))
    named = {login for names in lists for login in names.split(",")}
    for login in named - {"none"} - {s.login for s in desk.services.org.staff_list()}:
        desk.services.org.add_staff(login, login, role="agent", department="service", actor=root)
    with desk.services.core.read(root) as unit:
        for text in FILTERS_OF_THE_BENCH:
            assert compile_filter(unit, text).where, text


def test_an_attempt_that_takes_too_long_gives_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_sqlite(desk)
    filled(desk)
    expected = shown(desk, "kind:complaint")
    stopped: list[bool] = []
    was_stopped = choosing._was_stopped

    def told(error: Any) -> bool:
        stopped.append(was_stopped(error))
        return stopped[-1]

    monkeypatch.setattr(choosing, "LOOKS", 1)
    monkeypatch.setattr(choosing, "_was_stopped", told)
    for name in ("SOON_S", "LATER_S"):
        monkeypatch.setattr(tickets, name, -1.0)
    assert shown(desk, "kind:complaint") == expected
    assert stopped and all(stopped)


def test_a_fault_of_the_store_is_no_lack_of_time(desk: Desk) -> None:
    need_sqlite(desk)
    with desk.services.core.read(desk.actor("root")) as unit:
        broken: Any = text("SELECT id FROM nowhere")
        with pytest.raises(OperationalError, match="nowhere"):
            choosing.first_to_end(unit.conn, [Attempt(broken, 1.0)], broken)


def test_rare_combinations_are_found_by_an_index_of_all_their_columns(desk: Desk) -> None:
    need_sqlite(desk)
    plans: list[str] = []

    def read(conn: Any, attempts: list[Attempt], last: Any) -> list[Any]:
        for query in (*(attempt.query for attempt in attempts), last):
            made = query.compile(conn, compile_kwargs={"render_postcompile": True})
            nothing = (None,) * len(made.positiontup)
            steps = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", nothing)
            plans.append(" ".join(step[3] for step in steps))
        return []

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tickets, "first_to_end", read)
        desk.services.views.page("kind:praise channel:visit", actor=desk.actor("root"))
    wanted = "COVERING INDEX ix_ticket_facets (tier=? AND urgency=? AND kind=? AND state=?"
    assert any(wanted in plan for plan in plans)
