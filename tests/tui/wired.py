"""The program on a terminal that is held in memory: what it sends, and what then stands on the screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.driver import Driver
from textual.drivers import headless_driver
from textual.pilot import Pilot

from crm_tui.bootstrap import Opened
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.private import WiredApp, pieces
from tests.tui.driving import settle
from tests.tui.emulator import Cell, Emulator
from tests.tui.test_wire import laid, meant


class Memory(headless_driver.HeadlessDriver):
    """A driver that has a terminal, in memory."""

    screen: Emulator

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{**more, "mouse": False})
        self.written: list[str] = []
        width, height = self._size or (80, 24)
        self.screen = Emulator(width, height)

    @property
    def is_headless(self) -> bool:
        """Not as far as the app can see."""
        return False

    @property
    def can_suspend(self) -> bool:
        """It can."""
        return True

    def write(self, data: str) -> None:
        """Keep and show what the app sends."""
        self.written.append(data)
        if data != "\a":
            self.screen.feed(data)

    def suspend_application_mode(self) -> None:
        """Another program has the terminal."""
        assert not self.screen.background and not self.screen.foreground
        self.screen.scribble()

    def resume_application_mode(self) -> None:
        """The terminal is ours again, as the other program left it."""

    def sent(self) -> str:
        """What was sent since the last look."""
        data = "".join(self.written)
        self.written.clear()
        return data


def driver_of(app: WiredApp) -> Memory:
    """The terminal of a running app."""
    driver: Driver | None = app._driver
    assert isinstance(driver, Memory)
    return driver


def composed(app: WiredApp) -> list[list[Cell]]:
    """Every cell as Textual means it, from a fresh composition of the whole screen."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    width, height = app.size
    rows: list[list[Cell]] = [[Cell()] * width for _ in range(height)]
    for y, x, strip in pieces(update):  # type: ignore[arg-type]
        rows[y] = laid(rows[y], x, meant(strip, app.wire.colours))
    return rows


def assert_shown(app: WiredApp) -> None:
    """The terminal shows what Textual means, and the cursor is where it should be."""
    screen = driver_of(app).screen
    wanted, found = composed(app), screen.looks()
    wrong = {
        (y, x): (wanted[y][x], found[y][x])
        for y in range(screen.height)
        for x in range(screen.width)
        if wanted[y][x] != found[y][x]
    }
    assert not wrong
    assert (screen.x, screen.y) == app.screen.outer_size.clamp_offset(app.cursor_position)
    assert not screen.synchronized


@asynccontextmanager
async def wired(
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    *,
    size: tuple[int, int] = (120, 40),
    terminal: Terminal | None = None,
    colours: str = "truecolor",
) -> AsyncIterator[tuple[CrmApp, Pilot[None], Memory]]:
    """The program on a terminal in memory, its data read."""
    monkeypatch.setattr(headless_driver, "HeadlessDriver", Memory)
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", colours)
    app = CrmApp(lambda: opened, terminal or Terminal(), ticking=False)
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        yield app, pilot, driver_of(app)
