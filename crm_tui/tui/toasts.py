"""Messages of the moment: each over the screen that it was said on, and wrapped to be read whole."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from textual.notifications import SeverityLevel
from textual.screen import Screen

from crm_tui.i18n import tr
from crm_tui.tui.widgets.lines import wrap

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp

EDGE: Final = 5
"""Cells of a line that a toast's frame takes."""
KEPT: Final = 4
"""Lines of the screen that even the longest toast leaves free."""


@dataclass(slots=True)
class Toast:
    """What is being said, until when; ``drawn`` once Textual has taken it over."""

    text: str
    severity: SeverityLevel
    until: float
    drawn: bool = False

    @property
    def left(self) -> float:
        """Seconds that it has still to be seen."""
        return self.until - time.monotonic()


class Toasts:
    """One message at a time.

    It stays with its screen: under the next one it waits to be seen again, and with its screen it goes.
    What is said in the same act that opens or closes a screen is about what is seen afterwards.
    """

    def __init__(self, app: "CrmApp") -> None:
        self._app = app
        self._now: Toast | None = None
        self._waiting: WeakKeyDictionary[Screen[Any], Toast] = WeakKeyDictionary()

    def show(self, text: str, severity: SeverityLevel) -> None:
        """Say something in the place of what was said before."""
        self._show(Toast(text, severity, time.monotonic() + self._app.NOTIFICATION_TIMEOUT))

    def _show(self, toast: Toast) -> None:
        self._app.clear_notifications()
        self._now = toast
        self._app.notify(
            self._fitted(toast.text), severity=toast.severity, timeout=toast.left, markup=False
        )

        def drawn() -> None:
            toast.drawn = True

        # Behind the notification in the same queue.
        self._app.call_later(drawn)

    def _fitted(self, text: str) -> str:
        # Textual reckons a toast's height for more cells than it gives it: its last words were lost.
        width, height = self._app.size
        lines = wrap(text, max(width - EDGE, 1))
        room = max(height - KEPT, 1)
        if len(lines) > room:
            lines = [*lines[: room - 1], tr("… all of it: :messages")]
        return "\n".join(lines)

    def covered(self, screen: Screen[Any]) -> None:
        """Another screen was laid over this one, or took its place."""
        toast = self._clear()
        if toast is not None:
            self._waiting[screen] = toast

    def uncovered(self, screen: Screen[Any]) -> None:
        """The screen over this one was closed."""
        waited = self._waiting.pop(screen, None)
        self._clear()
        if self._now is None and waited is not None and waited.left > 0:
            self._show(Toast(waited.text, waited.severity, waited.until))

    def _clear(self) -> Toast | None:
        """Take away what was said in an act before this one."""
        toast = self._now
        if toast is None or not toast.drawn:
            return None
        self._now = None
        self._app.clear_notifications()
        return toast if toast.left > 0 else None
