"""Where the terminal's own cursor stands for those who follow it, as braille displays do (ux.md 6)."""

from typing import Any

from textual.geometry import Offset
from textual.screen import Screen


def place(screen: Screen[Any]) -> Offset:
    """The active row of the screen on top, or where one types.

    Widgets with rows say with ``active_line`` which of their lines that is; a question has its text.
    """
    focused = screen.focused
    # Textual's name in all widgets that one types in.
    typing_at: Offset | None = getattr(focused, "cursor_screen_offset", None)
    if typing_at is not None:
        return typing_at
    rows = (focused, *screen.query("#options"), *screen.query("#title"))
    for widget in rows:
        if widget is None:
            continue
        region = widget.content_region
        if widget.display and region:
            line: int = getattr(widget, "active_line", 0)
            return Offset(region.x, region.y + min(line, region.height - 1))
    return Offset(0, 0)
