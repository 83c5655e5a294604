"""Marks, changes of many, repeat, and rows that come in from elsewhere (ux.md 3.6, 3.7)."""

from typing import Any

from crm_tui.bootstrap import Opened
from crm_tui.services.result import Outcome, Result
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.widgets.dialogs import Page, Question
from tests.tui.driving import burst, press, running, settle, shown


def queue(app: CrmApp) -> QueueScreen:
    assert isinstance(app.screen, QueueScreen), app.screen
    return app.screen


def make(opened: Opened, count: int, **more: Any) -> None:
    for number in range(count):
        opened.services.intake.create(
            {
                "kind": "complaint",
                "channel": "phone",
                "subject": f"row {number:02}",
                "description": "x",
                **more,
            },
            actor=opened.actor,
        )


async def test_a_range_grows_and_shrinks_with_the_cursor(opened: Opened) -> None:
    make(opened, 7, customer_id=1)
    async with running(opened) as (app, pilot):
        listing = queue(app).listing
        ids = [r.id for r in listing.rows]
        await press(app, pilot, "space", "j", "v", "j", "j", "j")
        assert listing.marks == {ids[0], *ids[2:6]}
        await press(app, pilot, "k")
        assert listing.marks == {ids[0], *ids[2:5]}
        await press(app, pilot, "v", "j", "j")
        assert listing.marks == {ids[0], *ids[2:5]}
        await press(app, pilot, "v", "k", "escape")
        assert not listing.ranging
        assert len(listing.marks) == 6
        await press(app, pilot, "escape")
        assert listing.marks == set()
        await press(app, pilot, "G", "v", "g")
        assert listing.marks == set(ids)


async def test_marks_survive_refresh_and_filter_and_hidden_ones_are_counted(
    opened: Opened,
) -> None:
    opened.services.tickets.take([1], actor=opened.actor).one()
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "V")
        assert queue(app).listing.marks == {1, 2, 3}
        await press(app, pilot, "ctrl+r")
        await burst(app, pilot, ":filter agent:@me\r")
        assert [r.id for r in queue(app).listing.rows] == [1]
        await settle(app, pilot)
        assert "3 marked, 2 hidden" in shown(app).splitlines()[-1]
        await burst(app, pilot, ":filter is:open\r")
        assert queue(app).hidden == 0
        assert "hidden" not in shown(app)


async def test_marking_by_filter_and_by_customer(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    other = services.customers.create({"name": "Other"}, actor=ana)
    make(opened, 2, customer_id=other)
    services.tickets.tag([4], actor=ana, add=["vip"]).one()
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":mark tag:vip\r")
        assert queue(app).listing.marks == {4}
        await press(app, pilot, "escape")
        at = next(i for i, r in enumerate(queue(app).listing.rows) if r.id == 5)
        queue(app).listing.move_to(at)
        await press(app, pilot, "asterisk")
        assert queue(app).listing.marks == {4, 5}


async def test_the_next_without_an_owner_even_beyond_what_is_held(opened: Opened) -> None:
    make(opened, 200, customer_id=1)
    services, ana = opened.services, opened.actor
    rows = services.views.page("dept:@mine is:open", actor=ana, limit=500).rows
    free = [rows[2].id, rows[195].id]
    services.tickets.take([r.id for r in rows if r.id not in free], actor=ana)
    async with running(opened) as (app, pilot):
        listing = queue(app).listing
        for wanted in free:
            await press(app, pilot, "apostrophe")
            assert listing.current is not None
            assert listing.current.id == wanted
        await press(app, pilot, "apostrophe")
        assert listing.current is not None
        assert listing.current.id == free[1]


async def test_refused_ones_of_many_stay_marked_and_their_reasons_are_listed(
    opened: Opened,
) -> None:
    services, ana = opened.services, opened.actor
    services.closing.cancel([2], "made twice", actor=ana).one()
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":queue\r:filter number:1..3\r")
        await press(app, pilot, "V", "m")
        assert any("2 done, 1 refused" in text for text in app.said), app.said
        assert queue(app).listing.marks == {2}
        await press(app, pilot, "L")
        assert isinstance(app.screen, Page)
        assert "T-2 Second" in shown(app)
        await press(app, pilot, "escape", "u")
        assert services.views.count("agent:@me", actor=ana) == 0


async def test_the_last_change_is_repeated_on_what_is_chosen_now(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await press(app, pilot, "full_stop")
        assert services.views.count("agent:@me", actor=ana) == 0
        await burst(app, pilot, ":tags vip\r")
        await press(app, pilot, "j", "full_stop")
        assert services.views.count("tag:vip", actor=ana) == 2
        # Also on another screen, and by the version that is seen there.
        await press(app, pilot, "p", "u", "j", "enter", "full_stop")
        assert services.views.count("urgency:urgent", actor=ana) == 2
        # Undo is its opposite, and redo does it again.
        await press(app, pilot, "u")
        assert services.views.count("urgency:urgent", actor=ana) == 1
        await press(app, pilot, "U")
        assert services.views.count("urgency:urgent", actor=ana) == 2


async def test_many_are_asked_for_even_when_repeated(opened: Opened) -> None:
    make(opened, 12, customer_id=1)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "m", "V", "full_stop")
        assert isinstance(app.screen, Question)


async def test_new_rows_are_counted_and_the_cursor_is_not_pushed(opened: Opened) -> None:
    make(opened, 40, customer_id=1)
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":sort number desc\r")
        screen, listing = queue(app), queue(app).listing
        here, line = listing.rows[0].id, listing.at - listing.top
        make(opened, 3, customer_id=1)
        screen.changed([])
        await settle(app, pilot)
        assert listing.current is not None
        assert (listing.current.id, listing.at - listing.top) == (here, line)
        assert "+3 new" in shown(app)
        await press(app, pilot, "ctrl+r")
        assert (listing.current.id, listing.top) == (here, 0)
        assert "new" not in shown(app).splitlines()[1]
        make(opened, 1, customer_id=1)
        screen.changed([])
        await settle(app, pilot)
        assert "+1 new" in shown(app)
        await press(app, pilot, "g")
        assert listing.fresh == 0
        # Changed ones in the middle are not new.
        await press(app, pilot, "G")
        services.tickets.tag([5], actor=ana, add=["x"]).one()
        screen.changed([])
        await settle(app, pilot)
        assert listing.fresh == 0


async def test_rows_above_what_was_held_are_not_new(opened: Opened) -> None:
    make(opened, 400, customer_id=1)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "G")
        listing = queue(app).listing
        assert listing.before
        await press(app, pilot, "pageup", "pageup")
        queue(app).changed([])
        await settle(app, pilot)
        assert listing.fresh == 0


async def test_an_answer_of_one_marks_nothing(opened: Opened) -> None:
    async with running(opened) as (app, _):
        screen = queue(app)
        screen.listing.marks = {1}
        screen.performed(Result(opened_label(), (Outcome(2),)))
        assert screen.listing.marks == {1}


def opened_label() -> Any:
    from crm_tui.domain.msg import msg

    return msg("Follow")
