"""Driving the program by keys in a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from crm_tui.bootstrap import Opened
from crm_tui.tui.platform import Terminal, prepare

prepare({})

from textual import events  # noqa: E402  # after the environment is prepared
from textual.keys import _character_to_key  # noqa: E402
from textual.pilot import Pilot  # noqa: E402
from textual.worker import WorkerCancelled  # noqa: E402

from crm_tui.tui.app import CrmApp  # noqa: E402

NOW = datetime(2024, 6, 3, 1, tzinfo=UTC)
HOSTILE = "Bad\x1b]52;c;aGk=\x07 \x1b[31mred [@click=app.bell]x[/] \u202eevil"


@asynccontextmanager
async def running(
    opened: Opened,
    size: tuple[int, int] = (80, 24),
    theme: str = "dark",
    *,
    toasts: bool = False,
) -> AsyncIterator[tuple[CrmApp, Pilot[None]]]:
    """The program, its data read; messages are seen on the screen where ``toasts`` are wanted."""
    app = CrmApp(lambda: opened, Terminal(theme=theme), ticking=False)
    async with app.run_test(size=size, notifications=toasts) as pilot:
        await settle(app, pilot)
        yield app, pilot


async def settle(app: CrmApp, pilot: Pilot[None]) -> None:
    """Wait until nothing is being read or written."""
    for _ in range(3):
        await app.typeahead.idle()
        await pilot.pause()
        for worker in list(app.workers):
            # A newer question puts an older one aside.
            with suppress(WorkerCancelled):
                await worker.wait()
    await pilot.pause()


NAMED = {"\r": "enter", "\t": "tab", "\x13": "ctrl+s", " ": "space", "\x1b": "escape"}


async def burst(app: CrmApp, pilot: Pilot[None], text: str) -> None:
    """All keys at once, as a slow line delivers them."""
    for char in text:
        key = NAMED.get(char) or _character_to_key(char)
        app.post_message(events.Key(key, None if char in "\x13\x1b" else char))
    await settle(app, pilot)


def key_event(key: str) -> events.Key:
    """A key by its character or its name, as the driver makes it."""
    if len(key) == 1:
        return events.Key(_character_to_key(key), key)
    return events.Key(key, {"enter": "\r", "tab": "\t", "space": " "}.get(key))


async def press(app: CrmApp, pilot: Pilot[None], *keys: str) -> None:
    """Press keys one by one, each settled."""
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)


def shown(app: CrmApp) -> str:
    """The screen as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
