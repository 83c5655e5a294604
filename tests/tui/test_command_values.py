"""Commands that take a value: macros, merging, views, exports, deleting, settings (ux.md 3.5)."""

from pathlib import Path

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui import commands
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Prompt, Question
from tests.tui.driving import burst, press, running, settle


def on(app: CrmApp) -> BaseScreen:
    assert isinstance(app.screen, BaseScreen), app.screen
    return app.screen


def completed(app: CrmApp, line: str) -> list[str]:
    return list(commands.complete(on(app), line))


async def test_a_macro_and_a_canned_text_by_name(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    root = services.org.login("root")
    macro = {"name": "vendor", "steps": "take\ntag +vendor", "shared": True, "after": "stay"}
    services.registers.create("macro", macro, actor=root)
    canned = {
        "name": "hello",
        "body": "Dear {{customer.name}}",
        "audience": "public",
        "shared": True,
    }
    services.registers.create("canned_text", canned, actor=root)
    async with running(opened) as (app, pilot):
        assert completed(app, "macro v") == ["macro vendor"]
        assert completed(app, "note @canned.h") == ["note @canned.hello"]
        await burst(app, pilot, ":macro vendor\r")
        await burst(app, pilot, ":note @canned.hello\r")
        await burst(app, pilot, ":macro nosuch\r")
        assert isinstance(app.screen, Prompt)
    assert services.views.view(1, actor=ana).tags == ("vendor",)
    notes = services.views.timeline(1, actor=ana, messages_only=True)
    assert [e.text for e in notes] == ["Dear 东湖软件有限公司"]


async def test_merging_by_command_asks_and_a_wrong_number_is_refused(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":merge T-99\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape")
        await burst(app, pilot, ":merge T-2\r")
        assert isinstance(app.screen, Question)
        await press(app, pilot, "y")
    assert services.views.view(1, actor=ana).row.state == "merged"


@pytest.mark.parametrize(("advance", "place"), [("stay", 1), ("next", 2), ("list", None)])
async def test_a_ticket_is_left_after_its_step_as_one_wants(
    opened: Opened, advance: str, place: int | None
) -> None:
    opened.services.tickets.take([1, 2], actor=opened.actor)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f":set advance {advance}\r")
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        # What is refused stays.
        await press(app, pilot, "x")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == 1
        values = {"verified_note": "seen"}
        opened.services.tickets.status([1], "accepted", actor=opened.actor, values=values).one()
        opened.services.closing.propose([1], "new one", actor=opened.actor).one()
        lin = opened.services.org.login("lin")
        opened.services.closing.decide([1], True, actor=lin).one()
        opened.services.closing.confirm_solution([1], actor=opened.actor).one()
        app._poll()
        await settle(app, pilot)
        await press(app, pilot, "x")
        assert opened.services.views.view(1, actor=opened.actor).row.state == "executing"
        if place is None:
            assert isinstance(app.screen, QueueScreen)
        else:
            assert isinstance(app.screen, TicketScreen)
            assert app.screen.ticket_id == place


async def test_pinning_and_sharing_keep_what_the_view_shows(opened: Opened) -> None:
    saved = opened.services.saved_views
    lin = opened.services.org.login("lin")
    opened = Opened(opened.services, lin, demo=True)
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":queue status:new\r")
        await burst(app, pilot, ":view save fresh\r")
        await burst(app, pilot, ":queue urgency:urgent\r")
        for line, marks in (
            ("view pin fresh", (True, False)),
            ("view share fresh", (True, True)),
            ("view unpin fresh", (False, True)),
            ("view unshare fresh", (False, False)),
        ):
            await burst(app, pilot, f":{line}\r")
            found = saved.of("queue", actor=lin)[0]
            assert (found.spec.filter, found.pinned, found.shared) == ("status:new", *marks)
        assert isinstance(app.screen, QueueScreen)
        assert app.screen.filter == "urgency:urgent"
        await burst(app, pilot, ":view pin nosuch\r")
        assert app.warned == 1


async def test_filter_and_sort_take_a_value_in_every_list(opened: Opened) -> None:
    root = opened.services.org.login("root")
    for name in ("Pump", "Valve"):
        opened.services.registers.create("product", {"name": name}, actor=root)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2")
        await burst(app, pilot, ":filter tier:A\r")
        assert app.screen.filter == "tier:A"  # type: ignore[attr-defined]
        await burst(app, pilot, ":filter tear:A\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape")
        await burst(app, pilot, ":sort name desc\r")
        assert (app.screen.sort, app.screen.down) == ("name", True)  # type: ignore[attr-defined]
        assert completed(app, "sort am") == ["sort amount"]
        await press(app, pilot, "9", "p")
        await burst(app, pilot, ":sort name desc\r")
        assert [r.record.title for r in app.screen.listing.rows] == ["Valve", "Pump"]  # type: ignore[attr-defined]
        await burst(app, pilot, ":filter Pump\r")
        assert [r.record.title for r in app.screen.listing.rows] == ["Pump"]  # type: ignore[attr-defined]


async def test_the_list_is_exported_as_it_is_filtered(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened.services.tickets.edit(2, {"subject": "=cmd()"}, actor=opened.actor).one()
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":queue number:2,3\r")
        await burst(app, pilot, ":export csv\r")
        (file,) = tmp_path.glob("queue-*.csv")
        lines = file.read_text("utf-8-sig").splitlines()
        assert len(lines) == 3
        assert "'=cmd()" in lines[1]
        assert file.stat().st_mode & 0o077 == 0
        assert file.name in app.said[-1]
        await burst(app, pilot, f":export {file.name}\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape", "2")
        await burst(app, pilot, ":export who.json\r")
        assert "东湖" in (tmp_path / "who.json").read_text("utf-8")
        await burst(app, pilot, ":export who.txt\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape", "9", "p")
        await burst(app, pilot, ":export none.xlsx\r")
        assert (tmp_path / "none.xlsx").is_file()


async def test_deleting_needs_the_number_and_says_where_all_is_kept(
    opened: Opened, language: str
) -> None:
    services, root = opened.services, opened.services.org.login("root")
    record = services.registers.create("product", {"name": "Pump"}, actor=root)
    async with running(Opened(services, root, demo=True)) as (app, pilot):
        await burst(app, pilot, ":delete T-1\r")
        assert "M" in str(app.screen.query_one("#wrong").render())
        await press(app, pilot, "escape", "2")
        await burst(app, pilot, ":delete C2024001\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape", "9", "p")
        await burst(app, pilot, f":delete {record + 1}\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape")
        await burst(app, pilot, f":delete {record}\r")
        assert services.registers.get("product", record, actor=root).archived
        await press(app, pilot, "u")
        assert not services.registers.get("product", record, actor=root).archived


async def test_what_was_typed_comes_back_at_the_next_start(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "/status:new\r")
        await burst(app, pilot, ":sort tier\r")
        await press(app, pilot, "ctrl+q")
    async with running(opened) as (app, pilot):
        assert app.lines("filters") == ["status:new"]
        await press(app, pilot, "colon", "up")
        assert app.screen.query_one("#line").value == "sort tier"  # type: ignore[attr-defined]
    other = Opened(opened.services, opened.services.org.login("lin"), demo=True)
    async with running(other) as (app, _):
        assert app.lines("filters") == [] and app.lines("commands") == []


async def test_a_word_that_begins_only_one_command_is_enough(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":assi @ana\r")
        assert opened.services.views.view(1, actor=opened.actor).row.owner == "Ana"
        await burst(app, pilot, ":re\r")
        assert isinstance(app.screen, Prompt)
