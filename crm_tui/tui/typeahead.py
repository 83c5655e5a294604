"""Keys typed ahead go where they were meant to, one after the other (ux.md 1).

Textual hands each key to whatever has the focus at that moment; what an earlier key opens or focuses
may come later. Over a slow line keys arrive in bundles, and `s` `a` (status: accepted) must never
become status and then assign. So keys wait in a queue: the next one is handed on when the one before
has passed from the focused widget up to the app, the screen on top stands, and what the key asked of
the services has been answered.

The one place that knows how Textual passes a key on; tests/tui/test_typeahead.py holds it to that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import events
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.screen import Screen

    from crm_tui.tui.app import CrmApp

Work = Worker[Any]
LONGEST_S = 3.0
"""A store that answers more slowly must not freeze the keys: none waits for what is older."""
STEP_S = 0.5


class TypeAhead:
    """The queue of keys of an app."""

    def __init__(self, app: "CrmApp", deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._keys: asyncio.Queue[events.Event] = asyncio.Queue()
        self._waits: dict[Work, float] = {}
        """What keys wait for, with the moment when they no longer do."""
        self._holds: list[Callable[[], bool]] = []
        self._task: asyncio.Task[None] | None = None
        self._seen: Screen[object] | None = None
        """The screen that the last key was handed on to."""

    def start(self) -> None:
        """Begin to hand keys on; called on the app's own loop."""
        self._task = asyncio.create_task(self._run(), name="type-ahead")

    def stop(self) -> None:
        """Drop what was typed and not yet handed on."""
        if self._task is not None:
            self._task.cancel()

    def add(self, event: events.Event) -> None:
        """A key or a paste has arrived."""
        self._keys.put_nowait(event)

    def wait_for(self, worker: Work) -> None:
        """Hold keys until this work of the services is finished or cancelled."""
        self._waits = {w: end for w, end in self._waits.items() if _works(w)}
        self._waits[worker] = asyncio.get_running_loop().time() + LONGEST_S

    def hold(self, busy: Callable[[], bool]) -> Callable[[], None]:
        """Hold keys as long as ``busy`` says so, until the answer is called."""
        self._holds.append(busy)
        return lambda: self._holds.remove(busy)

    async def idle(self) -> None:
        """Until every key has been handed on and nothing holds the next one."""
        await self._keys.join()
        await self._released()

    async def _run(self) -> None:
        while True:
            event = await self._keys.get()
            try:
                await self._settled()
                if self._app.return_code is not None:
                    # The program ends: its screens are being taken away.
                    continue
                target = self._app.focused or self._app.screen
                await self._deliver(event)
                await self._passed(target)
                await self._settled()
            finally:
                self._keys.task_done()

    async def _settled(self) -> None:
        """Until nothing holds the keys and everything is answered."""
        await self._released()
        await self.answered()

    async def _released(self) -> None:
        end = asyncio.get_running_loop().time() + LONGEST_S
        while any(busy() for busy in self._holds) and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.001)

    async def answered(self) -> None:
        """Until the services have answered and the screen on top is mounted and has its focus."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_S
        changed = False
        while any(_works(work) and loop.time() < until for work, until in self._waits.items()):
            changed = True
            await asyncio.sleep(0.001)
        screen = self._app.screen
        while not screen.is_mounted and loop.time() < end:
            changed = True
            await asyncio.sleep(0.001)
        if screen is not self._seen:
            # A list reads its rows when it knows its size: after the first layout.
            self._seen = screen
            await self._laid_out(screen)
            await self.answered()
            return
        if changed:
            # A new focus is set by a call that waits in the queue of the app.
            await self._passed(screen)

    async def _laid_out(self, screen: "Screen[object]") -> None:
        """Until a new screen has been laid out and what has its focus has heard of its size."""
        done = asyncio.Event()
        if screen.call_after_refresh(done.set):
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), STEP_S)
        await self._passed(screen.focused or screen)

    async def _passed(self, target: "MessagePump") -> None:
        """Until ``target`` and everything above it have dealt with what they had been sent.

        Queues are first in, first out: a call put behind the key runs when the key has run, and what
        bubbles stands before it in the queue of the parent.
        """
        pump: MessagePump | None = target
        while pump is not None:
            if pump.is_running:
                done = asyncio.Event()
                if pump.post_message(events.Callback(callback=done.set)):
                    # Where it was removed, or works on something long, its parent is asked anyway.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(done.wait(), STEP_S)
            pump = pump._parent


def _works(worker: Work) -> bool:
    # One that was cancelled before it began is never finished.
    return not (worker.is_finished or worker.is_cancelled)
