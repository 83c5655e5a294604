"""Slow, lost and read-only stores; drafts; nothing typed is lost or goes astray (ux.md 3.9, 4)."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events

from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets import composer as writing
from crm_tui.tui.widgets.dialogs import Finder
from tests.tui.driving import burst, press, running, settle, shown


class Held:
    """A service method that answers when it is let go, or fails while the store is away."""

    def __init__(self, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.away = False
        self._go = threading.Event()
        self._go.set()
        inner: Callable[..., Any] = getattr(owner, name)

        def method(*args: Any, **more: Any) -> Any:
            self.calls += 1
            self._go.wait(20)
            if self.away:
                raise Unavailable(msg("The store is away"), code="database_unreachable")
            return inner(*args, **more)

        monkeypatch.setattr(owner, name, method)

    def hold(self) -> None:
        self._go.clear()

    def let_go(self) -> None:
        self._go.set()


async def until(app: CrmApp, pilot: Any, wanted: Callable[[], bool]) -> None:
    """Let the program run until something is so."""
    for _ in range(2000):
        if wanted():
            return
        await pilot.pause(0.005)
    raise AssertionError(shown(app))


async def test_the_cursor_moves_while_the_list_is_read_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(opened) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, QueueScreen)
        page = Held(opened.services.views, "page", monkeypatch)
        page.hold()
        screen.changed([])
        await until(app, pilot, lambda: page.calls == 1)
        await pilot.press("j", "j")
        await app.typeahead.idle()
        wanted = screen.listing.rows[2].id
        await until(app, pilot, lambda: "loading" in shown(app))
        # A second change meanwhile does not put the first question aside.
        screen.changed([])
        page.let_go()
        await settle(app, pilot)
        assert page.calls == 2
        assert screen.listing.current is not None
        assert screen.listing.current.id == wanted
        assert "loading" not in shown(app)


async def test_a_list_reads_on_after_a_failure(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(opened) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, QueueScreen)
        page = Held(opened.services.views, "page", monkeypatch)
        page.away = True
        await press(app, pilot, "right_square_bracket")
        assert "OFFLINE since" in shown(app)
        assert len(screen.listing.rows) == 3
        page.away = False
        await press(app, pilot, "left_square_bracket")
        assert len(screen.listing.rows) == 3
        assert not screen.listing.slow
        app._poll()
        await settle(app, pilot)
        assert "OFFLINE" not in shown(app)
        assert app.said[-1] == "online again"


async def test_enter_takes_the_hit_of_what_was_typed_not_of_what_was_shown(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = opened.services.customers.create({"name": "西山机械厂"}, actor=opened.actor)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "n")
        assert isinstance(app.screen, Finder)
        find = Held(opened.services.find, "find", monkeypatch)
        find.hold()
        for key in "xishan":
            await pilot.press(key)
        await pilot.press("enter")
        await until(app, pilot, lambda: find.calls > 1)
        find.let_go()
        await burst(app, pilot, "\t\tNoise\tLoud\x13")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.view.fields["customer_id"] == second


async def test_keys_typed_while_the_store_opens_are_not_lost(opened: Opened) -> None:
    gate = threading.Event()

    def opener() -> Opened:
        gate.wait(20)
        return opened

    app = CrmApp(opener, Terminal(), ticking=False)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "loading" in shown(app)
        for key in ("j", "enter"):
            app.post_message(events.Key(key, None))
        await pilot.pause()
        gate.set()
        await settle(app, pilot)
        assert isinstance(app.screen, TicketScreen), app.said


async def test_a_lost_store_leaves_the_ticket_and_what_is_written(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = opened.services.views
    async with running(opened) as (app, pilot):
        await press(app, pilot, "enter", "r")
        await burst(app, pilot, "We call you")
        view = Held(views, "view", monkeypatch)
        reply = Held(opened.services.messages, "reply", monkeypatch)
        view.away = reply.away = True
        screen = app.screen
        assert isinstance(screen, TicketScreen)
        screen.changed([])
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        assert screen.is_current
        assert app.said[-1] == "The store is away"
        assert screen.composer.area.text == "We call you"
        view.away = reply.away = False
        await press(app, pilot, "ctrl+s")
        entries = views.timeline(screen.ticket_id, actor=opened.actor, messages_only=True)
        assert [e.text for e in entries][-1] == "We call you"


async def test_a_text_is_sent_once_however_often_the_key_comes(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "enter", "r")
        await burst(app, pilot, "Once")
        screen = app.screen
        assert isinstance(screen, TicketScreen)
        reply = Held(opened.services.messages, "reply", monkeypatch)
        reply.hold()
        screen.composer.action_send()
        screen.composer.action_send()
        await until(app, pilot, lambda: reply.calls == 1)
        reply.let_go()
        await settle(app, pilot)
        assert reply.calls == 1


@pytest.mark.parametrize(
    ("key", "kind"), [("r", "public"), ("c", "note"), ("C", "said"), ("F", "progress")]
)
async def test_drafts_are_kept_by_the_clock_and_found_after_the_program_died(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, key: str, kind: str
) -> None:
    messages = opened.services.messages
    monkeypatch.setattr(writing, "KEPT_EVERY_S", 0.02)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "enter", key)
        screen = app.screen
        assert isinstance(screen, TicketScreen)
        ticket = screen.ticket_id
        await burst(app, pilot, "half a sen")
        await until(
            app, pilot, lambda: messages.draft(ticket, kind, actor=opened.actor) == "half a sen"
        )
        await until(app, pilot, lambda: "draft kept" in shown(app))
    # Nothing was closed: the next start finds the text and goes on from its end.
    async with running(opened) as (app, pilot):
        await press(app, pilot, "enter", key)
        assert "draft found" in shown(app)
        await burst(app, pilot, "tence\x13")
        assert isinstance(app.screen, TicketScreen)
        assert not app.screen.composer.display
        await settle(app, pilot)
        assert messages.draft(ticket, kind, actor=opened.actor) == ""
        entries = opened.services.views.timeline(ticket, actor=opened.actor, messages_only=True)
        assert entries[-1].text == "half a sentence"


async def test_while_the_store_is_away_drafts_stay_on_this_machine(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with running(opened) as (app, pilot):
        app.gateway.drafts_folder = tmp_path / "drafts"
        await press(app, pilot, "enter", "r")
        screen = app.screen
        assert isinstance(screen, TicketScreen)
        save = Held(opened.services.messages, "save_draft", monkeypatch)
        save.away = True
        await burst(app, pilot, "Dear customer")
        screen.composer.keep()
        await settle(app, pilot)
        assert "on this machine only" in shown(app)
        (file,) = (tmp_path / "drafts").iterdir()
        assert file.read_text("utf-8") == "Dear customer"
        assert file.stat().st_mode & 0o077 == 0
        await press(app, pilot, "escape", "r")
        assert screen.composer.area.text == "Dear customer"
        save.away = False
        await burst(app, pilot, "!")
        screen.composer.keep()
        await settle(app, pilot)
        assert not file.exists()


async def test_leaving_asks_when_something_is_written(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "enter", "r")
        await burst(app, pilot, "unsent")
        await press(app, pilot, "ctrl+q")
        assert "The draft is kept" in shown(app)
        await press(app, pilot, "n")
        assert isinstance(app.screen, TicketScreen)
        draft = opened.services.messages.draft(app.screen.ticket_id, "public", actor=opened.actor)
        assert draft == "unsent"
        await press(app, pilot, "ctrl+q", "y")
        assert app._exit


async def test_a_store_that_may_only_be_read_says_so_and_shows_everything(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(opened) as (app, pilot):
        app.offline(Unavailable(msg("It may only be read"), code="database_read_only"))
        app._poll()
        await settle(app, pilot)
        assert "READ ONLY" in shown(app)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        assert "READ ONLY" in shown(app)
