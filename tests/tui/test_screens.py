"""The program driven by keys on real services (R-317, R-318)."""

from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import ValidationError
from crm_tui.tui import keymap
from crm_tui.tui.actions import ACTIONS
from crm_tui.tui.screens.customers import CustomersScreen
from crm_tui.tui.screens.inbox import InboxScreen
from crm_tui.tui.screens.profile import ProfileScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from tests.tui.driving import NOW, press, running, settle, shown


async def test_queue_shows_due_urgency_and_hostile_text_inert(
    opened: Opened, language: str
) -> None:
    async with running(opened) as (app, _):
        text = shown(app)
        assert "T-1" in text
        assert "打印机冒烟" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert all(len(line) <= 80 for line in text.splitlines())
        assert ("紧急程度" if language == "zh" else "Urgency") in text


@pytest.mark.req("R-317", "R-123", "R-149")
async def test_a_complaint_goes_round_by_keys_alone(opened: Opened, language: str) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await press(app, pilot, "m", "enter")
        assert isinstance(app.screen, TicketScreen)
        ticket = app.screen.ticket_id

        def state() -> str:
            return services.views.view(ticket, actor=ana).row.state

        assert state() == "dispatched"
        await press(app, pilot, "s", "a")
        app.screen.query_one(Input).value = "checked with customer"
        await press(app, pilot, "enter")
        assert state() == "accepted"
        await press(app, pilot, "r")
        app.screen.query_one("#composer-text", TextArea).text = "We look into it"
        await press(app, pilot, "ctrl+s")
        assert services.views.view(ticket, actor=ana).fields["first_response_at"] == NOW
        await press(app, pilot, "P", "o")
        app.screen.query_one(Input).value = "new printer"
        await press(app, pilot, "enter")
        assert state() == "solution_proposed"
        services.closing.decide([ticket], True, actor=services.org.login("lin")).one()
        await press(app, pilot, "ctrl+r", "x")
        assert state() == "executing"
        await press(app, pilot, "R")
        app.screen.query_one(Input).value = "warranty"
        await press(app, pilot, "enter")
        app.screen.query_one("#composer-text", TextArea).text = "Replaced"
        await press(app, pilot, "ctrl+s")
        assert state() == "result_fed_back"
        await press(app, pilot, "S", "y", "enter")
        assert state() == "resolved"
        await press(app, pilot, "Q", "3")
        assert state() == "closed"
        await press(app, pilot, "u")
        assert state() == "resolved"


async def test_new_ticket_by_keys_with_preview(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "n")
        app.screen.query_one(Input).value = "donghu"
        await settle(app, pilot)
        await press(app, pilot, "enter")
        app.screen.query_one("#f-subject", Input).value = "Scanner"
        await press(app, pilot, "ctrl+s")
        assert app.screen.query_one("#e-description").display
        app.screen.query_one("#f-description", TextArea).text = "no light"
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.view.row.subject == "Scanner"


async def test_filter_keeps_the_list_when_wrong_and_narrows_when_right(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "slash")
        app.screen.query_one(Input).value = "nokey:1"
        await press(app, pilot, "enter")
        assert "nokey" in shown(app)
        app.screen.query_one(Input).value = "打印"
        await press(app, pilot, "enter")
        screen = app.screen
        assert isinstance(screen, QueueScreen)
        assert [r.number for r in screen.listing.rows] == [1]
        await press(app, pilot, "backslash")
        assert len(screen.listing.rows) == 3


async def test_marks_take_verbs_on_many_and_undo_restores(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "space", "space", "m")
        counts = opened.services.views.counts(actor=opened.actor)
        assert counts == {"dispatched": 2, "registered": 1}
        await press(app, pilot, "u")
        assert opened.services.views.counts(actor=opened.actor) == {"registered": 3}


@pytest.mark.req("R-023", "R-318")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 16)])
async def test_customers_profile_tabs_and_inbox(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    async with running(opened, size) as (app, pilot):
        await press(app, pilot, "2")
        assert isinstance(app.screen, CustomersScreen)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, ProfileScreen)
        for _ in range(4):
            await press(app, pilot, "right_square_bracket")
        assert "东湖软件有限公司" in shown(app)
        await press(app, pilot, "escape", "6")
        assert isinstance(app.screen, InboxScreen)
        await press(app, pilot, "1")
        assert isinstance(app.screen, QueueScreen)


@pytest.mark.parametrize("theme", ["dark", "light", "ansi", "mono"])
async def test_every_theme_draws(opened: Opened, theme: str) -> None:
    async with running(opened, (120, 40), theme) as (app, pilot):
        await press(app, pilot, "j", "question_mark")
        assert "take" in shown(app)


async def test_command_line_and_palette(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "colon")
        app.screen.query_one(Input).value = "go T-2"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        await press(app, pilot, "I", "escape", "escape", "q", "n")
        assert isinstance(app.screen, QueueScreen)


def test_every_action_has_a_key_or_command_and_words_in_both_languages() -> None:
    for action in ACTIONS:
        assert action.keys or action.command
        for words in (action.title, action.help):
            assert i18n.tr(words, "zh") != words


def test_broken_keymaps_name_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    for text, wanted in (
        ("[keys]\nfly = 'x'", "keys_unknown"),
        ("[keys]\ntake = 5", "keys_value"),
        ("[keys", "keys_syntax"),
        ("[keys]\ntake = 'a'", "keys_clash"),
    ):
        path.write_text(text)
        with pytest.raises(ValidationError) as refused:
            keymap.load(path)
        assert refused.value.code == wanted
    path.write_text("[keys]\ntake = 'f2'\n'go.queue' = ['1', 'f3']")
    assert keymap.load(path)["go.queue"] == ("1", "f3")
