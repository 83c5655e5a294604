"""Lines written from the queue: never lost, sent once, cleared in one key (ux.md 3.7, 3.10)."""

from datetime import timedelta

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui.widgets import composer
from crm_tui.tui.widgets.dialogs import Prompt
from tests.tui.driving import NOW, burst, press, running, shown
from tests.tui.test_resilience import until


def draft(opened: Opened, ticket_id: int, kind: str = "public") -> str:
    return opened.services.messages.draft(ticket_id, kind, actor=opened.actor)


def texts(opened: Opened, ticket_id: int) -> list[str]:
    found = opened.services.views.timeline(ticket_id, actor=opened.actor, messages_only=True)
    return [e.text for e in found]


@pytest.mark.parametrize(("key", "kind"), [("r", "public"), ("c", "note")])
async def test_what_is_left_is_found_again_in_the_queue_and_in_the_ticket(
    opened: Opened, key: str, kind: str
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f"g{key}We look into it")
        await press(app, pilot, "escape")
        (ticket,) = app.screen.targets()  # type: ignore[attr-defined]
        assert draft(opened, ticket, kind) == "We look into it"
        await press(app, pilot, key)
        assert "We look into it" in shown(app)
        await press(app, pilot, "escape", "enter", key)
        assert "We look into it" in shown(app)
        await press(app, pilot, "escape", "escape", key)
        await burst(app, pilot, " today\x13")
        assert texts(opened, ticket)[-1] == "We look into it today"
        assert draft(opened, ticket, kind) == ""


async def test_it_is_kept_by_the_clock_and_when_the_line_is_cut(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composer, "KEPT_EVERY_S", 0.02)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "grhalf")
        (ticket,) = app.main_screen.targets()  # type: ignore[attr-defined]
        await until(app, pilot, lambda: draft(opened, ticket) == "half")
        await burst(app, pilot, " a sentence")
        app.line_cut()
        assert draft(opened, ticket) == "half a sentence"


async def test_a_refused_line_is_there_to_be_sent_again(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "grDear {{customer.name}}\r")
        (ticket,) = app.screen.targets()  # type: ignore[attr-defined]
        assert texts(opened, ticket) == []
        assert draft(opened, ticket) == "Dear {{customer.name}}"


async def test_a_line_to_many_is_kept_apart_from_those_to_one(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "g  rTo both")
        await press(app, pilot, "escape")
        ids = app.screen.targets()  # type: ignore[attr-defined]
        assert len(ids) == 2
        assert [draft(opened, i) for i in (0, *ids)] == ["To both", "", ""]
        await burst(app, pilot, "r!\r")
        assert [texts(opened, i)[-1] for i in ids] == ["To both!", "To both!"]
        assert draft(opened, 0) == ""


async def test_a_draft_of_several_lines_is_gone_on_with_in_the_ticket(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        (ticket,) = app.screen.targets()  # type: ignore[attr-defined]
        opened.services.messages.save_draft(ticket, "public", "one\ntwo", actor=opened.actor)
        await press(app, pilot, "r")
        assert not isinstance(app.screen, Prompt)
        assert "A longer draft is kept" in app.said[-1]


async def test_one_key_clears_the_line_wherever_the_mark_of_a_fault_has_put_one(
    opened: Opened,
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "/moon:x sun\r")
        await press(app, pilot, "ctrl+u")
        await burst(app, pilot, "Second\r")
        assert not isinstance(app.screen, Prompt)
        assert len(app.screen.targets()) == 1  # type: ignore[attr-defined]


@pytest.mark.req("R-140")
async def test_a_list_says_the_keys_that_lead_to_the_remedy_from_there(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, ana = opened.services, opened.actor
    services.tickets.take([1], actor=ana).one()
    monkeypatch.setattr(services.core, "clock", lambda: NOW + timedelta(days=9))
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "/T-1\r")
        await press(app, pilot, "s", "a")
        await burst(app, pilot, "checked\r")
        assert "(enter F progress)" in app.said[-1]
        await press(app, pilot, "enter", "F")
        await burst(app, pilot, "The part comes on Friday\x13")
        assert texts(opened, 1)[-1] == "The part comes on Friday"
