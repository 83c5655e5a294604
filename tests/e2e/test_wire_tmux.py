"""A smoke run in a real terminal where there is one: tmux shows what the program means."""

from pathlib import Path

from tests.e2e.multiplexer import Multiplexer, desk, needs_tmux

pytestmark = needs_tmux


def test_tmux_shows_what_the_program_means(tmux: Multiplexer, tmp_path: Path) -> None:
    desk(tmp_path, "打印机冒烟…", "naïve “quotes” — ①", "Second")
    tmux.start({})
    tmux.shows("T-3")
    for key, wanted in (
        ("j", ">"),
        ("Enter", "打印机冒烟"),
        ("r", "ctrl+s send"),
        ("Escape", "T-"),
        ("C-l", "T-"),
    ):
        tmux.press(key)
        tmux.shows(wanted)
    tmux("resize-window", "-t", "crm", "-x", "80", "-y", "24")
    tmux.shows("T-")
