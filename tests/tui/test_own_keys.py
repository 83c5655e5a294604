"""Keys of one's own that run commands (ux.md 3.9)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.binds import split
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.widgets.dialogs import Prompt
from tests.tui.driving import burst, key_event, press, running, settle, shown


def test_a_chain_is_split_at_semicolons_outside_quotes() -> None:
    assert split('take; tags +a;; note "one; two" ') == ["take", "tags +a", 'note "one; two"']


async def test_a_key_runs_its_commands_in_turn_and_is_kept(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ':bind F6 "take; tags +vendor; note sent on"\r')
        assert isinstance(app.screen, QueueScreen), shown(app)
        await press(app, pilot, "f6", "ctrl+q")
    view = services.views.view(1, actor=ana)
    assert (view.row.owner, tuple(view.tags)) == ("Ana", ("vendor",))
    notes = services.views.timeline(1, actor=ana, messages_only=True)
    assert [e.text for e in notes] == ["sent on"]
    # The next start knows the key, in the ticket as well.
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-2\r")
        await press(app, pilot, "f6")
        assert services.views.view(2, actor=ana).row.owner == "Ana"
        await burst(app, pilot, ":keys\r")
        await press(app, pilot, "G")
        assert "take; tags +vendor" in shown(app)
        await press(app, pilot, "escape")
        await burst(app, pilot, ":bind f6\r")
        assert app.binds.lines == {}
        services.tickets.assign([2], None, actor=ana).one()
        await press(app, pilot, "f6")
        assert services.views.view(2, actor=ana).row.owner == ""


async def test_what_is_typed_ahead_waits_for_the_whole_chain(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ':bind F10 "tags +one; tags +two"\r')
        for key in ("f10", "j"):
            app.post_message(key_event(key))
        await settle(app, pilot)
    assert set(services.views.view(1, actor=ana).tags) == {"one", "two"}
    assert services.views.view(2, actor=ana).tags == ()


async def test_a_refused_command_ends_the_chain(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ':bind F7 "status closed; tags +never"\r')
        await press(app, pilot, "f7")
        assert app.warned
    assert services.views.view(1, actor=ana).tags == ()


async def test_a_command_that_asks_is_answered_before_the_next_runs(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ':bind F8 "escalate; tags +up"\r')
        await press(app, pilot, "f8")
        assert isinstance(app.screen, Prompt)
        assert services.views.view(1, actor=ana).tags == ()
        await burst(app, pilot, "slow\r")
        assert services.views.view(1, actor=ana).tags == ("up",)
        # Leaving the question leaves the rest.
        await press(app, pilot, "j", "f8", "escape")
        assert services.views.view(2, actor=ana).tags == ()


@pytest.mark.parametrize(
    "line",
    ["bind m take", "bind j take", "bind ctrl+i take", "bind F99 take", "bind F6 fly", "bind F6"],
)
async def test_a_wrong_binding_is_refused_under_the_line(
    opened: Opened, line: str, language: str
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f":{line}\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "escape")
        assert app.binds.lines == {}
        assert tr("bind")


async def test_in_a_text_the_key_is_text(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":bind F9 take\r")
        await burst(app, pilot, ":go T-1\rr")
        await press(app, pilot, "f9")
        assert services.views.view(1, actor=ana).row.owner == ""
