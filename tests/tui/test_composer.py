"""The composer's helpers, macros, and what is kept with a ticket, by keys."""

import sys
from pathlib import Path

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import Unavailable
from crm_tui.i18n import tr
from crm_tui.tui.editor import command, edited
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from tests.tui.driving import burst, press, running, shown


def canned(opened: Opened, name: str, body: str, **more: object) -> None:
    opened.services.registers.create(
        "canned_text", {"name": name, "body": body, "owner_id": "ana", **more}, actor=opened.actor
    )


def macro(opened: Opened, name: str, steps: str, after: str = "stay") -> None:
    opened.services.registers.create(
        "macro",
        {"name": name, "steps": steps, "after": after, "owner_id": "ana"},
        actor=opened.actor,
    )


def texts(opened: Opened, ticket: int) -> list[str]:
    found = opened.services.views.timeline(ticket, actor=opened.actor, messages_only=True)
    return [e.text for e in found]


@pytest.mark.req("R-302")
async def test_a_canned_text_is_filled_and_internal_ones_are_refused(
    opened: Opened, language: str
) -> None:
    canned(opened, "hello", "T: {{ticket.number}} {{ticket.solution}}")
    canned(opened, "inside", "tier {{customer.tier}}", audience="internal")
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "r", "ctrl+t")
        assert "inside" in shown(app) and tr("for staff only") in shown(app)
        await burst(app, pilot, "inside\r")
        # It cannot be chosen for a text to the customer.
        await press(app, pilot, "escape", "ctrl+t")
        await burst(app, pilot, "hello\r")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.composer.area.text == "T: T-1 "
        assert tr("Solution") in app.said[-1]
        await press(app, pilot, "ctrl+o", "ctrl+t")
        await burst(app, pilot, "inside\r")
        assert app.screen.composer.area.text == "T: T-1 tier C"


@pytest.mark.req("R-302")
async def test_a_reply_with_a_placeholder_stays_in_the_composer(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await burst(app, pilot, "rHello {{customer.name}}\x13")
        assert isinstance(app.screen, TicketScreen)
        assert "{{customer.name}}" in app.said[-1]
        assert app.screen.composer.area.text == "Hello {{customer.name}}"
        assert texts(opened, 1) == []


async def test_the_editor_is_not_opened_where_the_session_is_not_local(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await burst(app, pilot, "ctext")
        await press(app, pilot, "ctrl+e")
        assert app.said[-1] == tr("The editor opens only where the program runs on this machine")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.composer.area.text == "text"


def test_the_editor_gets_the_text_and_gives_it_back(tmp_path: Path) -> None:
    script = tmp_path / "edit.py"
    script.write_text(
        "import sys; p = sys.argv[-1]; t = open(p, encoding='utf-8').read();"
        "open(p, 'w', encoding='utf-8').write(t + '，改过\\n')",
        "utf-8",
    )
    words = command({"EDITOR": f"'{sys.executable}' {script}", "VISUAL": ""})
    assert edited("正文", words) == "正文，改过"
    assert command({}) == [] and command({"EDITOR": "'"}) == []
    with pytest.raises(Unavailable):
        edited("x", [str(tmp_path / "absent")])
    with pytest.raises(Unavailable):
        edited("x", [sys.executable, "-c", "raise SystemExit(3)"])


async def test_a_macro_runs_on_one_or_many_and_goes_on(opened: Opened) -> None:
    macro(opened, "mine", "take\ntag +vendor", "next")
    macro(opened, "home", "note seen", "list")
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await press(app, pilot, "space", "space", "ctrl+k")
        await burst(app, pilot, "mine\r")
        owners = [services.views.view(i, actor=ana).row.owner for i in (1, 2, 3)]
        assert owners == ["Ana", "Ana", ""]
        await press(app, pilot, "u")
        assert services.views.view(1, actor=ana).row.owner == ""
        assert services.views.view(1, actor=ana).tags == ()
        await press(app, pilot, "g", "enter")
        assert isinstance(app.screen, TicketScreen)
        first = app.screen.ticket_id
        await burst(app, pilot, ":macro\r")
        await burst(app, pilot, "mine\r")
        assert app.screen.ticket_id != first
        second = app.screen.ticket_id
        await press(app, pilot, "ctrl+k")
        await burst(app, pilot, "home\r")
        assert isinstance(app.screen, QueueScreen)
        assert texts(opened, second) == ["seen"]


async def test_time_and_checklist_are_kept_with_the_ticket(opened: Opened, language: str) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened, (120, 50)) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await burst(app, pilot, "H90 call\r")
        await burst(app, pilot, "H1h tests\r")
        assert "2h30" in shown(app)
        await burst(app, pilot, "Hlong\r")
        assert "90m" in shown(app)
        await press(app, pilot, "escape")
        await burst(app, pilot, "Task the vendor\r")
        assert "[ ] ask the vendor" in shown(app)
        await press(app, pilot, "T", "1")
        assert "[x] ask the vendor" in shown(app)
        await press(app, pilot, "u")
        assert "[ ] ask the vendor" in shown(app)
    assert services.tools.of(1, actor=ana).minutes == 150


@pytest.mark.req("R-125")
async def test_split_duplicate_and_parent_are_undone(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    services.messages.customer_message(1, "And the scanner is dark", actor=ana)
    services.messages.customer_message(1, "About the printer", actor=ana)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "percent_sign", "space", "enter")
        await burst(app, pilot, "Scanner\r")
        assert texts(opened, 4) == ["And the scanner is dark"]
        assert texts(opened, 1) == ["About the printer"]
        await press(app, pilot, "u")
        assert len(texts(opened, 1)) == 2
        await press(app, pilot, "plus")
        assert services.views.view(5, actor=ana).row.subject == "打印机冒烟"
        await press(app, pilot, "circumflex_accent", "p")
        await burst(app, pilot, "T-2\r")
        assert [(x.kind, x.number) for x in services.views.view(1, actor=ana).links if
                x.kind == "parent"] == [("parent", 2)]  # fmt: skip
        await press(app, pilot, "u")
        assert all(x.kind != "parent" for x in services.views.view(1, actor=ana).links)


async def test_a_merge_is_previewed(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    services.messages.note([1], "note", actor=ana).one()
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "M")
        await burst(app, pilot, "2\r")
        assert "T-1 打印机冒烟: 1 messages and 0 files move" in shown(app)
        await press(app, pilot, "n")
        assert services.views.view(1, actor=ana).row.state == "registered"
        await press(app, pilot, "M")
        await burst(app, pilot, "1\r")
        # What cannot be merged says why and asks nothing.
        assert isinstance(app.screen, TicketScreen)


async def test_a_due_time_is_echoed_before_it_is_set(opened: Opened, language: str) -> None:
    services = opened.services
    lin = services.org.login("lin")
    async with running(Opened(services, lin, demo=True)) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "D", "1")
        await burst(app, pilot, "明天下午5点")
        assert f"= 2024-06-04 17:00 {tr('Tue')}" in shown(app)
        await press(app, pilot, "enter")
        await burst(app, pilot, "promised\r")
        pinned = [c for c in services.views.view(1, actor=lin).clocks if c.pinned]
        assert len(pinned) == 1
        for wrong in ("0001-01-01 00:00", "yesterday", "9999-12-31", "soon"):
            await press(app, pilot, "D", "1")
            await burst(app, pilot, f"{wrong}\r")
            assert not isinstance(app.screen, TicketScreen)
            await press(app, pilot, "escape")
            assert isinstance(app.screen, TicketScreen)
