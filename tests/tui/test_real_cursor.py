"""The terminal's cursor on the active row, for braille displays and screen readers (ux.md 6)."""

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui.platform import Terminal, prepare
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import press
from tests.tui.wired import Memory, wired


def line(driver: Memory) -> str:
    """What the terminal shows on the line of its cursor."""
    assert driver.screen.shows_cursor
    return driver.screen.text().splitlines()[driver.screen.y]


async def test_it_follows_the_active_row(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Terminal(real_cursor=True)
    async with wired(opened, monkeypatch, terminal=real) as (app, pilot, driver):
        assert "T-1 " in line(driver)
        await press(app, pilot, "j")
        assert "T-2 " in line(driver)
        # A menu: its option.
        await press(app, pilot, "p")
        assert "Urgent" in line(driver)
        await press(app, pilot, "down")
        assert "Normal" in line(driver)
        await press(app, pilot, "escape")
        assert "T-2 " in line(driver)
        # A question: its text.
        await press(app, pilot, "q")
        assert "Quit?" in line(driver)
        await press(app, pilot, "n")
        # Where one types, the place of the next character.
        await press(app, pilot, "slash", "a", "b")
        assert "ab" in line(driver)
        assert driver.screen.x == app.cursor_position.x
        await press(app, pilot, "escape", "e")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape", "2")
        assert "东湖软件" in line(driver)


async def test_it_is_hidden_while_lines_are_drawn(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(opened, monkeypatch, terminal=Terminal(real_cursor=True)) as (app, pilot, to):
        to.sent()
        await press(app, pilot, "j")
        sent = to.sent()
        assert sent.index("\x1b[?25l") < sent.index("\x1b[?25h")


async def test_it_stays_hidden_unless_asked_for(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(opened, monkeypatch) as (app, pilot, driver):
        await press(app, pilot, "j")
        assert not driver.screen.shows_cursor
    assert prepare({}, real_cursor=True).real_cursor
    assert not prepare({}).real_cursor
