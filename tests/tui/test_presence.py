"""Several agents at one ticket: who is here, what changed elsewhere, and whose value counts (ux.md 4)."""

from datetime import timedelta
from typing import Any

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.services.presence import Present
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.screens.ticket_presence import marks
from crm_tui.tui.widgets.dialogs import Question
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import NOW, burst, press, running, settle, shown


def modes(opened: Opened) -> list[tuple[str, str]]:
    """Who is at ticket 1, as another session sees it."""
    found = opened.services.presence.others("ticket", [1], session="elsewhere")
    return [(p.name, p.mode) for p in found.get(1, ())]


def ticket_of(app: Any) -> TicketScreen:
    assert isinstance(app.screen, TicketScreen), app.screen
    return app.screen


async def looked(app: Any, pilot: Any) -> None:
    """The time of the next look has come."""
    for screen in app.screen_stack:
        if isinstance(screen, TicketScreen):
            screen.beat()
    await settle(app, pilot)


async def test_others_see_that_one_looks_writes_and_leaves(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        assert modes(opened) == [("Ana", "viewing")]
        await press(app, pilot, "r")
        assert modes(opened) == [("Ana", "replying")]
        # A note goes to nobody who could be answered twice.
        await press(app, pilot, "ctrl+o")
        await looked(app, pilot)
        assert modes(opened) == [("Ana", "viewing")]
        await press(app, pilot, "escape", "escape")
        await settle(app, pilot)
        assert modes(opened) == []
        await burst(app, pilot, ":go T-1\r")
        assert modes(opened) == [("Ana", "viewing")]
    assert modes(opened) == []


async def test_the_head_shows_who_else_is_here(opened: Opened) -> None:
    presence, lin = opened.services.presence, opened.services.org.login("lin")
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        assert "● LI" not in shown(app) and "✎ LI" not in shown(app)
        presence.here("other", "ticket", 1, actor=lin)
        await looked(app, pilot)
        assert "● LI" in shown(app)
        presence.here("other", "ticket", 1, actor=lin, mode="replying")
        await looked(app, pilot)
        assert "✎ LI" in shown(app)
        presence.gone("other")
        await looked(app, pilot)
        assert "● LI" not in shown(app) and "✎ LI" not in shown(app)


def test_marks_in_ascii_and_of_many() -> None:
    people = [Present(i, f"P{i} X", "viewing", NOW) for i in range(6)]
    people[0] = Present(0, "A R", "replying", NOW)
    text = "".join(t for t, _ in marks(people, ascii_only=True))
    assert text == " w AR o PX o PX o PX +2"


async def test_a_reply_asks_while_somebody_else_writes_one(opened: Opened) -> None:
    services = opened.services
    services.presence.here("other", "ticket", 1, actor=services.org.login("lin"), mode="replying")

    def sent() -> list[str]:
        found = services.views.timeline(1, actor=opened.actor, messages_only=True)
        return [e.text for e in found]

    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await burst(app, pilot, "rHello\x13")
        assert isinstance(app.screen, Question)
        assert "Lin" in shown(app)
        await press(app, pilot, "n")
        assert sent() == [] and ticket_of(app).composer.area.text == "Hello"
        await press(app, pilot, "ctrl+s", "y")
        assert sent() == ["Hello"]
        # Notes get in nobody's way.
        await burst(app, pilot, "cinside\x13")
        assert sent() == ["Hello", "inside"]


async def test_a_bar_says_who_changed_the_ticket_while_one_writes(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    services = opened.services
    lin = services.org.login("lin")
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await burst(app, pilot, "rHello")
        services.tickets.urgency([1], "urgent", actor=lin).one()
        monkeypatch.setattr(services.core, "clock", lambda: NOW + timedelta(seconds=4))
        app._poll()
        await settle(app, pilot)
        said = tr("changed by {name} {time} ago").format(name="Lin", time="4 s")
        assert said in shown(app)
        assert ticket_of(app).composer.area.text == "Hello"
        await press(app, pilot, "escape")
        assert said not in shown(app)


async def test_a_form_shows_both_values_and_lets_one_choose(opened: Opened, language: str) -> None:
    services, ana = opened.services, opened.actor
    lin = services.org.login("lin")

    def fields() -> tuple[str, str, str]:
        found = services.views.view(1, actor=ana).fields
        return found["subject"], found["product"], found["appeal"]

    for choice, subject in (("mine", "打印机冒烟!"), ("theirs", "Theirs")):
        services.tickets.edit(
            1, {"subject": "打印机冒烟", "product": "", "appeal": ""}, actor=ana
        ).one()
        async with running(opened) as (app, pilot):
            await burst(app, pilot, ":go T-1\r")
            await press(app, pilot, "e")
            await burst(app, pilot, "\t!")
            theirs = {"subject": "Theirs", "product": "P-9"}
            services.tickets.edit(1, theirs, actor=lin).one()
            await looked(app, pilot)
            assert "Lin" in shown(app)
            await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, Form)
            assert tr("theirs: {value}   ctrl+y takes it").format(value="Theirs") in shown(app)
            # What only they changed stands here now.
            assert app.screen.values()["product"] == "P-9"
            assert app.screen.values()["subject"] == "打印机冒烟!"
            assert fields()[0] == "Theirs"
            if choice == "theirs":
                await press(app, pilot, "ctrl+y")
                assert app.screen.values()["subject"] == "Theirs"
                assert "打印机冒烟!" in shown(app)
            await press(app, pilot, "ctrl+s")
            assert isinstance(app.screen, TicketScreen)
        assert fields() == (subject, "P-9", "")


async def test_the_queue_shows_who_has_a_ticket_open(opened: Opened) -> None:
    presence, lin = opened.services.presence, opened.services.org.login("lin")
    async with running(opened) as (app, pilot):

        async def look() -> str:
            screen = app.screen
            assert isinstance(screen, QueueScreen)
            screen.look_round()
            await settle(app, pilot)
            return next(line for line in shown(app).splitlines() if "T-1 " in line)

        assert "●" not in await look()
        presence.here("other", "ticket", 1, actor=lin)
        assert "●LI 打印机冒烟" in await look()
        presence.here("other", "ticket", 1, actor=lin, mode="replying")
        assert "✎LI 打印机冒烟" in await look()
        presence.gone("other")
        assert "LI" not in await look()
