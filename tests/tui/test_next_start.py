"""The next start begins where the last session ended, however it ended (ux.md 5)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui.app import CrmApp
from crm_tui.tui.mains import MAINS
from crm_tui.tui.screens.customers import CustomersScreen
from crm_tui.tui.screens.inbox import InboxScreen
from crm_tui.tui.screens.queue import QueueScreen
from tests.tui.driving import burst, press, running, settle


def open_now(app: CrmApp) -> list[str]:
    """The screens from the bottom up."""
    return [s.SCOPE for s in app.screen_stack if hasattr(s, "SCOPE")]


@pytest.mark.parametrize("main", [m.scope for m in MAINS])
async def test_each_main_screen_is_there_again_after_the_program_died(
    opened: Opened, main: str
) -> None:
    key = next(m.key for m in MAINS if m.scope == main)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f"/Second\r{key}")
        app.keep_session()
        await settle(app, pilot)
    # Nothing was closed.
    async with running(opened) as (app, pilot):
        assert open_now(app) == [main]
        await press(app, pilot, "1")
        assert isinstance(app.screen, QueueScreen)
        assert app.screen.filter == "Second"


@pytest.mark.parametrize(("steps", "wanted"), [("g\r", "ticket"), ("2\r", "profile")])
async def test_what_was_opened_is_open_again_above_its_list(
    opened: Opened, steps: str, wanted: str
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, steps)
        before = app.places.session, open_now(app)
        assert before[1][-1] == wanted
        app.line_cut()
    async with running(opened) as (app, pilot):
        assert open_now(app) == before[1]
        await press(app, pilot, "escape")
        assert open_now(app) == before[1][:-1]


async def test_a_session_that_means_nothing_begins_at_the_queue(opened: Opened) -> None:
    sessions, ana = opened.services.sessions, opened.actor
    for here in ("x", {"main": "moon", "opened": ["ticket", "one"]}, {"opened": 3}, [1]):
        sessions.save({"here": here}, actor=ana)
        async with running(opened) as (app, _):
            assert open_now(app) == ["queue"]
            assert app.warned == 0


async def test_customers_are_found_as_they_were_left(opened: Opened) -> None:
    for number in range(40):
        opened.services.customers.create({"name": f"N{number:02}"}, actor=opened.actor)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "2/N\rom")
        await burst(app, pilot, "jjjjj")
        current = app.screen.listing.current.name  # type: ignore[attr-defined]
        # Another screen of the session is kept later, and overwrites nothing.
        await press(app, pilot, "1", "j")
        app.keep_session()
        await settle(app, pilot)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2")
        screen = app.screen
        assert isinstance(screen, CustomersScreen)
        assert (screen.filter, screen.sort) == ("N", "name")
        assert screen.listing.current is not None
        assert screen.listing.current.name == current
        # An order that is chosen now is not put back by what was read at the start.
        await press(app, pilot, "o", "t", "1", "j")
        app.keep_session()
        await settle(app, pilot)
    kept = opened.services.sessions.load(actor=opened.actor)
    assert kept["customers"]["sort"] == "tier"


async def test_the_inbox_is_found_at_its_view_and_row(opened: Opened) -> None:
    for ticket in (1, 2, 3):
        opened.services.tickets.escalate([ticket], "stuck", actor=opened.actor).one()
        opened.services.tickets.assign(
            [ticket], opened.actor.staff_id, actor=opened.services.org.login("root")
        )
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "6G")
        before = app.screen.place_state()  # type: ignore[attr-defined]
        assert before["cursor"]
        app.line_cut()
    async with running(opened) as (app, _):
        assert isinstance(app.screen, InboxScreen)
        assert app.screen.place_state() == before


async def test_going_to_and_fro_piles_up_no_screens(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "2\r")
        for _ in range(3):
            await press(app, pilot, "minus")
            assert open_now(app) == ["customers"]
            await press(app, pilot, "minus")
            assert open_now(app) == ["customers", "profile"]
        await press(app, pilot, "escape")
        assert open_now(app) == ["customers"]
        # From figures by their rows to a ticket and back.
        await burst(app, pilot, "5\r\r")
        opened_now = open_now(app)
        for _ in range(2):
            await press(app, pilot, "minus", "minus")
            assert open_now(app) == opened_now
