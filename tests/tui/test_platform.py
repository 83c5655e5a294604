"""What a terminal is told before Textual is imported (ux.md 5 and 6)."""

import subprocess
import sys

import pytest

from crm_tui.tui.platform import Terminal, prepare

XTERM = {"TERM": "xterm-256color"}


def test_textual_sees_no_kitty_protocol_no_animation_and_the_escape_delay() -> None:
    code = (
        "from crm_tui.tui.platform import prepare; import sys\n"
        "assert 'textual' not in sys.modules\n"
        "prepare()\n"
        "from textual import constants as c\n"
        "print(c.DISABLE_KITTY_KEY, c.TEXTUAL_ANIMATIONS, c.ESCAPE_DELAY, c.COLOR_SYSTEM)"
    )
    for env, wanted in (
        (XTERM, "True none 0.1 256"),
        ({**XTERM, "SSH_TTY": "/dev/pts/1"}, "True none 0.2 256"),
        ({**XTERM, "TEXTUAL_DISABLE_KITTY_KEY": "0", "ESCDELAY": "50"}, "True none 0.05 256"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == wanted


def test_over_ssh_there_is_no_mouse_and_polls_are_rare() -> None:
    near = prepare({**XTERM}, mouse=True)
    far = prepare({**XTERM, "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, mouse=True)
    assert (near.ssh, near.mouse, near.poll_s) == (False, True, 2)
    assert (far.ssh, far.mouse, far.poll_s) == (True, False, 5)


@pytest.mark.parametrize(
    ("env", "wanted", "system", "theme"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "", "truecolor", "dark"),
        ({"TERM": "xterm-256color"}, "light", "256", "light"),
        ({"TERM": "xterm-kitty"}, "dark", "truecolor", "dark"),
        ({"TERM": "linux"}, "", "standard", "ansi"),
        ({"TERM": "xterm"}, "dark", "standard", "ansi"),
        ({"TERM": "screen"}, "light", "standard", "ansi"),
        ({"TERM": "rxvt-16color"}, "mono", "standard", "mono"),
        ({"TERM": "xterm", "COLORTERM": "gnome-terminal"}, "", "256", "dark"),
        ({}, "no such theme", "standard", "ansi"),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, "light", "truecolor", "light"),
        ({"TERM": "linux", "NO_COLOR": "1"}, "light", "standard", "mono"),
    ],
)
def test_the_theme_is_one_that_the_terminal_can_show(
    env: dict[str, str], wanted: str, system: str, theme: str
) -> None:
    assert prepare(env, theme=wanted).theme == theme
    assert env["TEXTUAL_COLOR_SYSTEM"] == system


def test_an_empty_no_color_means_nothing() -> None:
    env = {**XTERM, "NO_COLOR": ""}
    assert prepare(env).theme == "dark"
    assert "NO_COLOR" not in env


def test_gnu_screen_erases_without_colour_and_ascii_is_a_wish() -> None:
    assert prepare({**XTERM}) == Terminal()
    assert not prepare({"TERM": "screen-256color"}).erases
    assert prepare({"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"}).erases
    assert prepare({**XTERM}, ascii_only=True).ascii
