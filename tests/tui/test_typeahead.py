"""Keys that arrive in one bundle do what they would have done one by one."""

import asyncio
import threading

import pytest
from textual import events
from textual.widgets import Input, TextArea

from crm_tui.bootstrap import Opened
from crm_tui.tui import typeahead
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from tests.tui.desks import of_a_ticket
from tests.tui.driving import burst, running, settle


async def test_status_then_accepted_is_not_status_then_assign(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "msachecked\r")
        assert isinstance(app.screen, QueueScreen)
        row = app.screen.listing.current
        assert row is not None
        assert row.state == "accepted"
        view = opened.services.views.view(row.id, actor=opened.actor)
        assert view.fields["verified_note"] == "checked"
        assert row.owner == "Ana"


async def test_a_whole_registration_typed_ahead(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "ndonghu")
        await burst(app, pilot, "\r\t\tScanner dark\tNo light\x13")
        assert isinstance(app.screen, TicketScreen)
        fields = app.screen.view.fields
        assert (fields["subject"], fields["description"]) == ("Scanner dark", "No light")


async def test_a_ticket_is_opened_and_answered_in_one_bundle(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "m\rrWe call you\x13")
        assert isinstance(app.screen, TicketScreen)
        entries = opened.services.views.timeline(
            app.screen.ticket_id, actor=opened.actor, messages_only=True
        )
        assert [e.text for e in entries] == ["We call you"]
        assert not app.screen.query_one("#composer").display


@pytest.mark.parametrize(
    ("keys", "field"), [("2\r", "customer_id"), ("3\r", "task_id"), ("2-1\r", "ticket_id")]
)
async def test_the_row_of_a_screen_that_just_opens_is_the_one_meant(
    opened: Opened, keys: str, field: str
) -> None:
    """Its list reads when it knows its size, which is after the screen stands."""
    of_a_ticket(opened)
    for _ in range(3):
        async with running(opened) as (app, pilot):
            await burst(app, pilot, keys)
            assert getattr(app.screen, field) == 1, app.screen


async def test_a_paste_waits_for_the_field_it_is_meant_for(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        app.post_message(events.Key("enter", "\r"))
        app.post_message(events.Key("c", "c"))
        app.post_message(events.Paste("from the clipboard"))
        await settle(app, pilot)
        assert app.screen.query_one("#composer-text", TextArea).text == "from the clipboard"


async def test_keys_go_on_when_an_answer_is_long_in_coming(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        held = threading.Event()
        app.gateway.run(held.wait, lambda _: None)
        app.post_message(events.Key("slash", "/"))
        await app.typeahead.idle()
        held.set()
        await settle(app, pilot)
        assert len(app.screen.query(Input)) == 1


async def test_no_key_waits_for_what_has_taken_too_long_already(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first look at a period reads for seconds: every key of that time is handed on at once."""
    async with running(opened) as (app, pilot):
        held = threading.Event()
        monkeypatch.setattr(typeahead, "LONGEST_S", 0.01)
        app.gateway.run(held.wait, lambda _: None)
        await asyncio.sleep(0.02)
        monkeypatch.setattr(typeahead, "LONGEST_S", 3600.0)
        try:
            await asyncio.wait_for(app.typeahead.answered(), 60)
        finally:
            held.set()
        await settle(app, pilot)
