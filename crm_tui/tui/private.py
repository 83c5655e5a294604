"""What this program uses of Textual's insides, all of it, for the versions that pyproject allows.

Textual writes each update of its compositor to the terminal as it stands. `WiredApp` takes the updates
before they are written and lets `wire` send what differs. For that it overrides ``App._display``, and
``App._set_pointer_shape``, which writes past it; it uses ``App._driver``, ``_running``, ``_closed``,
``_batch_count``, ``_begin_update``, ``_end_update`` and ``_handle_exception``, ``Driver._mouse``,
``Screen._compositor``, and the updates of ``textual._compositor``.
tests/tui/test_private.py fails when Textual changes one of them.
"""

from collections.abc import Iterator
from typing import Any

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen

from crm_tui.tui import real_cursor
from crm_tui.tui.platform import Terminal
from crm_tui.tui.wire import Piece, Wire


class WiredApp(App[None]):
    """An app that sends to the terminal only what differs from what is on it.

    Textual calls the handlers of this class and those of its subclasses, whatever they are named.
    """

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(ansi_color=terminal.theme == "ansi")
        colours = COLOR_SYSTEMS.get(self.console.color_system or "", ColorSystem.TRUECOLOR)
        self.terminal = terminal
        self.wire = Wire(
            None if terminal.theme == "mono" else colours,
            erases=terminal.erases,
            ascii_only=terminal.ascii,
        )
        # An update was not sent: what is on the terminal is known, but not what changed since.
        self._missed = False

    def on_mount(self) -> None:
        """While the program is suspended, others write to the terminal."""
        self.app_suspend_signal.subscribe(self, lambda _: self._leave(), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self.redraw(), immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        """A terminal that was resized, or attached again, has moved its cells or lost them."""
        self.wire.forget()
        if event.size == self.size:
            # Textual draws nothing for a size that it knows.
            self.refresh()

    def on_unmount(self) -> None:
        """The shell gets its own colours back, also where leaving the screen does not restore them."""
        self._leave()

    def redraw(self) -> None:
        """Send the whole screen again."""
        self.wire.forget()
        self.refresh()

    def _leave(self) -> None:
        self.wire.forget()
        if self._driver is not None:
            self._driver.write("\x1b[m")

    def _set_pointer_shape(self, shape: str) -> None:
        # Without a mouse there is no pointer to shape; some terminals show the bytes.
        if self._driver is not None and self._driver._mouse:
            super()._set_pointer_shape(shape)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        driver = self._driver
        if driver is None or driver.is_headless or driver.is_inline or renderable is None:
            super()._display(screen, renderable)
        elif not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            self.wire.forget()
            super()._display(screen, renderable)
        else:
            try:
                ready = self._running and not self._closed and not self._batch_count
                # Between a resize and its layout, what is composed no longer fits the terminal.
                if not ready or screen._compositor.size != self.size:
                    self._missed = True
                else:
                    self._send(driver, screen, renderable)
            finally:
                self.post_display_hook()

    def _send(
        self, driver: Driver, screen: Screen[Any], update: LayoutUpdate | ChopsUpdate
    ) -> None:
        try:
            compositor = screen._compositor
            width, height = compositor.size
            if isinstance(update, ChopsUpdate) and (
                self._missed or not self.wire.knows((width, height))
            ):
                update = compositor.render_full_update()
            self._missed = False
            at = self.cursor_position
            if self.terminal.real_cursor:
                at = real_cursor.place(screen)
            cursor = screen.outer_size.clamp_offset(at)
            data = self.wire.frame((width, height), pieces(update), cursor)
            if data and self.terminal.real_cursor:
                # Hidden while lines are drawn: who follows it should not be led over the screen.
                data = f"\x1b[?25l{data}\x1b[?25h"
        except Exception as error:
            self.wire.forget()
            self._handle_exception(error)
            return
        if data:
            self._begin_update()
            try:
                driver.write(data)
            finally:
                self._end_update()
            driver.flush()


def pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[Piece]:
    """The strips of an update with their places; of a partial one those that its spans touch."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield y, x, strip
                x += strip.cell_length
    else:
        for y, left, right in update.spans:
            for end, (x, part) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if part is not None and x < right and end > left:
                    yield y, x, part
