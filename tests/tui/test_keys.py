"""Every screen is walked by keys, and every action of the registry is reached (R-317)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.domain.text import cell_width
from crm_tui.i18n import tr
from crm_tui.tui.actions import ACTIONS, for_scope
from crm_tui.tui.app import CrmApp
from crm_tui.tui.mains import BY_SCOPE
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.bars import hints
from crm_tui.tui.widgets.dialogs import Dialog, Finder
from tests.tui.driving import burst, press, running, shown

WAYS = {
    "queue": (),
    "ticket": ("enter",),
    "customers": ("2",),
    "board": ("3",),
    "profile": ("2", "enter"),
    "timeline": ("4",),
    "task": ("b", "ctrl+s", "b"),
    "goals": ("7",),
    "inbox": ("6",),
    "register": ("9", "o"),
    "figures": ("5",),
    "figure_rows": ("5", "enter"),
}
LEAVING = {"quit", "close", "back", "back.last", *(f"go.{scope}" for scope in BY_SCOPE)} | {
    "figures.queue"
}
DEFECT = "Something went wrong"


def on(app: CrmApp) -> BaseScreen:
    assert isinstance(app.screen, BaseScreen), app.screen
    return app.screen


@pytest.mark.req("R-317")
@pytest.mark.parametrize("scope", WAYS)
async def test_every_key_of_a_screen_does_something_and_nothing_breaks(
    opened: Opened, scope: str
) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, *WAYS[scope])
        assert scope == on(app).SCOPE
        for action in for_scope(scope):
            if action.id in LEAVING:
                continue
            for key in app.keys[action.id]:
                await press(app, pilot, key)
                for _ in range(4):
                    if isinstance(app.screen, BaseScreen) and scope == app.screen.SCOPE:
                        break
                    await press(app, pilot, "y" if "Leave" in shown(app) else "escape")
                assert scope == on(app).SCOPE, action.id
        assert not [text for text in app.said if DEFECT in text], app.said


@pytest.mark.req("R-317")
@pytest.mark.parametrize("scope", WAYS)
async def test_help_lists_every_action_of_the_screen(opened: Opened, scope: str) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, *WAYS[scope])
        assert "? help" in shown(app).splitlines()[-1]
        await press(app, pilot, "question_mark")
        finder = app.screen
        assert isinstance(finder, Finder)
        listed = {option.value for option in finder.hits}
        assert listed == {a.id for a in for_scope(scope)}
        await press(app, pilot, "escape")
        assert scope == on(app).SCOPE


@pytest.mark.req("R-317")
async def test_help_narrows_and_runs(opened: Opened, language: str) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "question_mark")
        await burst(app, pilot, tr("Find a customer, a ticket or an action"))
        assert "1/1" in shown(app)
        await press(app, pilot, "enter")
        assert tr("Find: name, pinyin, phone, number") in shown(app)


@pytest.mark.req("R-317")
async def test_every_command_word_is_known_where_its_action_is(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        for scope, way in WAYS.items():
            await press(app, pilot, "1", *way)
            await press(app, pilot, "colon")
            for action in for_scope(scope):
                assert app.screen._check(action.command) is None, action.id  # type: ignore[attr-defined]
            await press(app, pilot, "escape")
            assert scope == on(app).SCOPE


def test_each_action_belongs_to_a_screen_that_can_do_it() -> None:
    kinds = {kind.SCOPE: kind for kind in _screens(BaseScreen) if kind.SCOPE}
    assert set(kinds) == set(WAYS)
    for action in ACTIONS:
        for scope in action.scopes or WAYS:
            to_main = action.id.removeprefix("go.") in BY_SCOPE
            assert to_main or hasattr(kinds[scope], action.method), (scope, action.id)


def _screens(kind: type[BaseScreen]) -> list[type[BaseScreen]]:
    # Screens are imported when they are opened.
    import crm_tui.tui.screens.board
    import crm_tui.tui.screens.customers
    import crm_tui.tui.screens.figures
    import crm_tui.tui.screens.goals
    import crm_tui.tui.screens.inbox
    import crm_tui.tui.screens.profile
    import crm_tui.tui.screens.register
    import crm_tui.tui.screens.task_page
    import crm_tui.tui.screens.timeline_screen  # noqa: F401

    found = [kind]
    for under in kind.__subclasses__():
        found += _screens(under)
    return found


@pytest.mark.req("R-318")
@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_lines_fill_the_screen_to_the_cell_and_hints_are_whole(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    async with running(opened, size) as (app, pilot):
        for way in WAYS.values():
            await press(app, pilot, "1", *way)
            lines = shown(app).splitlines()
            assert len(lines) == size[1]
            assert {cell_width(line) for line in lines} == {size[0]}
            assert f"? {tr('help')}" in lines[-1]
            hinted = lines[-1].split("   ")[0]
            assert "…" not in hinted


def test_hints_are_dropped_whole_and_the_first_stays() -> None:
    pairs = [("?", "help"), ("m", "take"), ("ctrl+p", "find")]
    for room in range(60):
        text = "".join(piece for piece, _ in hints(pairs, room))
        assert text in ("? help", "? help  m take", "? help  m take  ctrl+p find")
        assert len(text) <= max(room, len("? help"))


async def test_a_menu_starts_on_what_may_be_chosen_and_says_the_rule_of_the_rest(
    opened: Opened,
) -> None:
    services, ana = opened.services, opened.actor
    services.tickets.take([1], actor=ana).one()
    services.tickets.status([1], "accepted", actor=ana, values={"verified_note": "seen"}).one()
    services.closing.propose([1], "new one", actor=ana).one()
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "s")
        menu = app.screen
        assert isinstance(menu, Dialog)
        # Those that are held back stand above the cursor, in view.
        assert "v  Solution approved" in shown(app)
        await press(app, pilot, "e")
        assert app.screen is menu
        assert "The head of the department must approve first" in shown(app)
        await press(app, pilot, "escape")
        assert services.views.view(1, actor=ana).row.state == "solution_proposed"
