"""What would be refused afterwards is refused before anything is typed (R-198, R-200, R-204)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Menu, Prompt
from tests.tui.boards import add, stored
from tests.tui.driving import burst, press, running, shown

ASKING = {
    "board": ("s", "a", "d", "p", "percent_sign", "f", "e", "E", "w", "n"),
    "timeline": ("percent_sign", "plus", "e", "n"),
    "task": ("s", "a", "d", "p", "percent_sign", "f", "e", "plus"),
}
WAYS = {"board": ("3",), "timeline": ("4",), "task": ("3", "enter")}


@pytest.fixture
def viewer(opened: Opened) -> Opened:
    """Who may only read, before a task."""
    add(opened.services, opened.actor, "Ask the suppliers", due_on="2024-06-20")
    root = opened.services.org.login("root")
    opened.services.org.add_staff("vic", "Vic", role="viewer", department="sales", actor=root)
    return Opened(opened.services, opened.services.org.login("vic"), demo=True)


@pytest.mark.parametrize("place", ASKING)
async def test_nobody_fills_in_what_they_may_not_do(
    viewer: Opened, language: str, place: str
) -> None:
    async with running(viewer) as (app, pilot):
        await press(app, pilot, *WAYS[place])
        for key in ASKING[place]:
            before = len(app.said)
            await press(app, pilot, key)
            assert isinstance(app.screen, BaseScreen), key
            assert len(app.said) > before, key
            wanted = tr("agent") if key != "w" else tr("lead")
            assert wanted in app.said[-1], key


async def test_progress_of_what_is_done_is_refused_at_once(opened: Opened) -> None:
    task = add(opened.services, opened.actor, "Ask the suppliers")
    opened.services.tasks.move([task], "done", actor=opened.actor).one()
    async with running(opened) as (app, pilot):
        for place in ("3", "4"):
            await press(app, pilot, place, "percent_sign")
            assert isinstance(app.screen, BaseScreen)
            assert app.said[-1] == "It is done; take it up again first"


@pytest.mark.req("R-202", "D-17")
async def test_a_date_that_no_delay_takes_is_refused_before_its_reason(
    opened: Opened, language: str
) -> None:
    task = add(
        opened.services, opened.actor, "Ask", start_on="2024-06-10", due_on="2024-06-20"
    )  # fmt: skip
    async with running(opened) as (app, pilot):
        await press(app, pilot, "3", "s", "l")
        await burst(app, pilot, "2024-06-15\r")
        assert isinstance(app.screen, Prompt)
        assert tr("A delay moves the due date to after {day}").format(day="2024-06-20") in shown(
            app
        )
        await press(app, pilot, "ctrl+u")
        await burst(app, pilot, "2024-06-25\r")
        assert tr("Why is it delayed?") in shown(app)
        await burst(app, pilot, "no parts\r")
        assert stored(opened, task).status == "delayed"


@pytest.mark.req("R-204")
async def test_a_card_goes_back_into_a_full_column_and_it_is_said(opened: Opened) -> None:
    services, actor, root = opened.services, opened.actor, opened.services.org.login("root")
    first, second = (add(services, actor, text) for text in ("One", "Two"))
    services.tasks.set_limit("in_progress", None, 1, actor=root).one()
    services.tasks.move([first], "in_progress", actor=actor).one()
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "3", "l", "H")
        services.tasks.move([second], "in_progress", actor=root).one()
        await press(app, pilot, "u")
        assert stored(opened, first).status == "in_progress"
        wanted = "Undone: Moved. “Under way” holds at most 1 cards, and now there are 2"
        assert app.said[-1] == wanted
        assert "2/1!" in shown(app)


async def test_a_menu_of_columns_opens_for_who_may_move(opened: Opened) -> None:
    add(opened.services, opened.actor, "One")
    async with running(opened) as (app, pilot):
        await press(app, pilot, "3", "s")
        assert isinstance(app.screen, Menu)
