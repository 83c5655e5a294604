"""Filters, views and the place of the queue (ux.md 3.5, 3.7, 5)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.queue_views import DEFAULT
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Prompt
from tests.tui.driving import burst, press, running, settle, shown


def queue(app: CrmApp) -> QueueScreen:
    assert isinstance(app.screen, QueueScreen), app.screen
    return app.screen


async def test_a_wrong_filter_is_marked_under_the_line_and_the_list_stays(
    opened: Opened, language: str
) -> None:
    async with running(opened) as (app, pilot):
        before = [r.id for r in queue(app).listing.rows]
        await burst(app, pilot, "/打印 status:flying\r")
        prompt = app.screen
        assert isinstance(prompt, Prompt)
        lines = shown(app).splitlines()
        typed = next(i for i, line in enumerate(lines) if "status:flying" in line)
        # The Chinese word is four cells wide, then a blank and the key.
        assert lines[typed + 1].rstrip() == " " * len("1234 status:") + "^" * len("flying")
        assert "flying" in lines[typed + 2]
        await press(app, pilot, "escape")
        assert [r.id for r in queue(app).listing.rows] == before
        assert queue(app).view == 0


async def test_the_mark_of_a_fault_is_where_the_part_is_when_the_line_is_long(
    opened: Opened,
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f"/{'a' * 90} agent:\r")
        await burst(app, pilot, "x\r")
        lines = shown(app).splitlines()
        typed = next(i for i, line in enumerate(lines) if "agent:x" in line)
        marked = lines[typed + 1]
        if "^" in marked:
            assert lines[typed][marked.index("^")] in "agent:x"


async def test_a_view_is_saved_with_order_and_columns_and_comes_back(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":queue is:open status:new\r")
        await burst(app, pilot, ":sort tier desc\r")
        await burst(app, pilot, ":columns id,subject,sla\r")
        head = shown(app).splitlines()[1]
        assert head.split() == ["No.", "Subject", "Due"]
        await burst(app, pilot, ":view save fresh ones pin\r")
        screen = queue(app)
        assert screen.crumb() == "fresh ones"
        spec = ViewSpec("queue", "is:open status:new", "tier", True, ("number", "subject", "due"))
        assert screen.spec == spec
        # The default views come first, then it comes again.
        await press(app, pilot, "right_square_bracket")
        assert (screen.view, screen.sort, screen.columns) == (0, "due", ())
        await press(app, pilot, "left_square_bracket")
        assert screen.spec == spec
        await burst(app, pilot, ":view late\r")
        assert screen.filter == "is:open breached:yes"
        await burst(app, pilot, ":view fresh\r")
        assert screen.spec == spec
        await burst(app, pilot, ":view remove fresh ones\r")
        assert len(screen.views) == len(DEFAULT)
        assert screen.spec == spec
        assert screen.crumb() == spec.filter


async def test_pinned_views_stand_with_their_counts_where_there_is_room(opened: Opened) -> None:
    saved = opened.services.saved_views
    for name in ("newcomers", "newcomers of all the days before"):
        spec = ViewSpec("queue", "status:new")
        saved.save(name, spec, actor=opened.actor, pinned=True)
    for size, seen in (((120, 40), True), ((60, 16), False)):
        async with running(opened, size) as (app, pilot):
            await settle(app, pilot)
            head = shown(app).splitlines()[0]
            assert "newcomers 3" in head
            assert ("newcomers of all the days before 3" in head) is False
            assert ("ana" in head) is seen


async def test_sharing_needs_the_role_and_says_so(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":view save ours share\r")
        assert not opened.services.saved_views.of("queue", actor=opened.actor)
        assert app.said
        assert queue(app).view == 0


async def test_the_last_view_order_cursor_and_marks_are_there_at_the_next_start(
    opened: Opened,
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":queue is:open\r")
        await burst(app, pilot, ":sort number desc\r")
        await press(app, pilot, "space", "j")
        kept = queue(app).listing.current
        marks = set(queue(app).listing.marks)
        await press(app, pilot, "ctrl+q")
    async with running(opened) as (app, _):
        screen = queue(app)
        assert screen.spec == ViewSpec("queue", "is:open", "number", True)
        assert kept is not None
        assert screen.listing.current is not None
        assert screen.listing.current.id == kept.id
        assert [r.number for r in screen.listing.rows] == [3, 2, 1]
        assert screen.listing.marks == marks != set()


@pytest.mark.parametrize(
    "state",
    [
        "nothing",
        {"view": 5},
        {"view": "queue a | b | c | d"},
        {"view": "queue status:flying", "cursor": 1},
        {"view": "queue is:open | colour | taste", "name": 3, "marks": "x", "cursor": "y"},
    ],
)
async def test_a_session_that_makes_no_sense_is_no_hindrance(opened: Opened, state: object) -> None:
    opened.services.sessions.save({"queue": state}, actor=opened.actor)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "backslash", "right_square_bracket")
        assert queue(app).listing.state != "loading"
        assert not [text for text in app.said if "went wrong" in text]


async def test_the_last_place_is_the_view_before_or_the_ticket(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "right_square_bracket", "right_square_bracket")
        assert queue(app).crumb() == tr("unassigned")
        await press(app, pilot, "minus")
        assert queue(app).crumb() == tr("mine")
        await press(app, pilot, "minus")
        assert queue(app).crumb() == tr("unassigned")
        await press(app, pilot, "j", "enter")
        ticket = app.screen
        assert isinstance(ticket, TicketScreen)
        await press(app, pilot, "2", "minus")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == ticket.ticket_id


async def test_the_queue_is_as_it_was_left(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":queue is:open\r")
        await press(app, pilot, "j", "2", "1")
        screen = queue(app)
        assert screen.filter == "is:open"
        assert screen.listing.at == 1
