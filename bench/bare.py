"""The marks to beat: a bare Textual list and a bare curses list of a thousand rows."""

import curses
import sys
from typing import Any

ROWS = [
    f"row {n:05d}  some subject of a ticket that somebody wrote  customer {n}" for n in range(1000)
]


def bare_textual() -> None:
    """Textual's own list, nothing else."""
    from textual.app import App, ComposeResult
    from textual.widgets import OptionList

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield OptionList(*ROWS)

    Bare().run()


def bare_curses() -> None:
    """A cursor over rows, two lines drawn a key."""

    def loop(screen: Any) -> None:
        height, width = screen.getmaxyx()
        at = top = 0

        def line(index: int) -> None:
            look = curses.A_REVERSE if index == at else curses.A_NORMAL
            screen.addnstr(index - top, 0, ROWS[index].ljust(width - 1), width - 1, look)

        def page() -> None:
            for index in range(top, min(top + height, len(ROWS))):
                line(index)

        page()
        while True:
            screen.refresh()
            key = screen.getch()
            if key == 17:
                return
            old = at
            at = min(at + 1, len(ROWS) - 1) if key == ord("j") else max(at - 1, 0)
            if top <= at < top + height:
                line(old)
                line(at)
            else:
                top = at
                page()

    curses.wrapper(loop)


if __name__ == "__main__":
    {"textual": bare_textual, "curses": bare_curses}[sys.argv[1]]()
