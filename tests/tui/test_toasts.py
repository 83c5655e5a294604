"""Messages: whole, over the screen that they are about, and never over what one needs (ux.md 3.9)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import Msg
from crm_tui.i18n import tr
from crm_tui.services.result import Outcome, Result
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Page
from crm_tui.tui.widgets.form import FieldSpec, Form
from tests.tui.driving import press, running, settle, shown

SIZES = [(80, 24), (120, 40)]
NARROW = (
    "-d-d-de c c -d-d-d-d-dabc abababe e -dab-de e -de e e abe c ab-d-dc e -dabe e -d-de -dc -d-d-dabc e"
    " -dab-d-d-de abc -de e e ababc c c -dababc -dc c -dabc -dabc ab-dabab-dc e c e e ababababab-dab-de"
    " ab-d-de -dabababc e e c LAST"
)
WIDE = (
    "c ab-dc abc c e ababababe c ab-de abc -dabe e e ababc c -de ab-d-dc -dababababc e ab-de -dc e"
    " -d-de -dc -d-dc e LAST"
)
"""Of texts like these Textual's own reckoning of the height leaves a line too few, each at its width."""


def words(text: str) -> str:
    """A text without the breaks and frames that lay it out."""
    return "".join(text.replace("▌", "").split())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [NARROW, WIDE, "中文没有空格的一长句话" * 14 + "完"])
async def test_a_message_is_seen_whole_and_the_hints_below_it(
    opened: Opened, size: tuple[int, int], text: str
) -> None:
    async with running(opened, size, toasts=True) as (app, pilot):
        hints = shown(app).splitlines()[-1]
        app.say(text)
        await settle(app, pilot)
        lines = shown(app).splitlines()
        assert words(text) in words("".join(lines))
        assert lines[-1] == hints


async def test_what_does_not_fit_is_read_again(opened: Opened) -> None:
    async with running(opened, (60, 16), toasts=True) as (app, pilot):
        text = " ".join(f"word{number}" for number in range(200))
        app.say(text)
        await settle(app, pilot)
        assert ":messages" in shown(app) and "word199" not in shown(app)
        app.screen.do_messages()  # type: ignore[attr-defined]
        await settle(app, pilot)
        assert isinstance(app.screen, Page)
        await press(app, pilot, "end")
        assert "word199" in shown(app)


async def test_a_message_waits_under_the_next_screen(opened: Opened) -> None:
    async with running(opened, toasts=True) as (app, pilot):
        app.say("about the queue")
        await settle(app, pilot)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        assert "about the queue" not in shown(app)
        app.say("about the ticket")
        await settle(app, pilot)
        assert "about the ticket" in shown(app)
        await press(app, pilot, "escape")
        assert "about the ticket" not in shown(app)
        assert "about the queue" in shown(app)
        await press(app, pilot, "2")
        assert "about the queue" not in shown(app)


async def test_what_is_said_on_leaving_is_seen_afterwards(opened: Opened) -> None:
    async with running(opened, toasts=True) as (app, pilot):
        app.say("about the queue")
        await settle(app, pilot)
        await press(app, pilot, "enter")
        app.say("it is done")
        app.leave()
        await settle(app, pilot)
        assert "it is done" in shown(app) and "about the queue" not in shown(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_form_says_itself_what_is_no_fields_fault(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with running(opened, size, toasts=True) as (app, pilot):
        sentence = f"{NARROW} the end"
        refusal = RuleViolation(Msg(sentence, {}), code="test")
        fields = [FieldSpec(f"field{n}", f"Field {n}") for n in range(40)]
        form = Form("Form", fields, "dark", lambda values, saved, refused: refused(refusal))
        app.push_screen(form)
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        keys = tr("tab next field   ctrl+s save   esc leave   * needed")
        assert words(sentence) in words(shown(app).replace("│", ""))
        assert keys in shown(app)
        assert app.said[-1] == sentence
        app.say("from elsewhere " * 12)
        await settle(app, pilot)
        assert "from elsewhere" in shown(app)
        assert keys in shown(app) and words(sentence) in words(shown(app).replace("│", ""))


@pytest.mark.parametrize("key", "123457")
async def test_every_screen_tells_each_reason_once(opened: Opened, key: str) -> None:
    async with running(opened, toasts=True) as (app, pilot):
        await press(app, pilot, key)
        assert isinstance(app.screen, BaseScreen)
        one = RuleViolation(Msg("the first reason", {}), code="one")
        other = RuleViolation(Msg("the other reason", {}), code="other")
        outcomes = (Outcome(91, one), Outcome(92, other), Outcome(93, one), Outcome(94))
        app.screen.tell(Result(Msg("Changed", {}), outcomes, undo_id=1))
        await settle(app, pilot)
        assert app.said[-1].splitlines() == [
            f"{tr('{done} done, {refused} refused').format(done=1, refused=3)}   {tr('u undo')}",
            "the first reason",
            "the other reason",
        ]
        assert "the first reason" in shown(app) and "the other reason" in shown(app)
