"""What must be known of the terminal before Textual is imported (ux.md 5 and 6)."""

import os
import select
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

THEMES = ("dark", "light", "ansi", "mono")
ADVANCE = ("stay", "next", "list")
"""Where a ticket's screen goes when its step is taken."""
_DIRECT = ("direct", "truecolor", "alacritty", "contour", "foot", "ghostty", "kitty", "wezterm")
"""Kinds of terminal with 24-bit colours; over SSH their COLORTERM does not come along."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """How to draw here; ``erases`` means that erasing fills with the background colour."""

    theme: str = "dark"
    ssh: bool = False
    ascii: bool = False
    mouse: bool = False
    erases: bool = True
    real_cursor: bool = False
    """Whether the terminal's cursor is shown, on the active row."""

    @property
    def poll_s(self) -> float:
        """Seconds between looks at the change feed (ux.md 4)."""
        return 5.0 if self.ssh else 2.0


def line_is_cut(handle: int) -> bool:
    """Whether nobody is at the other end of the terminal any more; False where that cannot be known."""
    if not hasattr(select, "poll"):
        return False
    poller = select.poll()
    poller.register(handle, 0)
    return any(happened & (select.POLLHUP | select.POLLNVAL) for _, happened in poller.poll(0))


def prepare(
    environ: MutableMapping[str, str] | None = None,
    *,
    theme: str = "",
    ascii_only: bool = False,
    mouse: bool = False,
    real_cursor: bool = False,
) -> Terminal:
    """Set what Textual reads from the environment at import and answer how to draw.

    The Kitty protocol is off because it breaks the input of longer Chinese texts; a session over SSH
    gets no animation, no mouse and more patience with escape sequences.
    """
    env = os.environ if environ is None else environ
    env["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    ssh = bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))
    env.setdefault("TEXTUAL_ANIMATIONS", "none")
    env.setdefault("ESCDELAY", "200" if ssh else "100")
    env.setdefault("TEXTUAL_COLOR_SYSTEM", colour_system(env))
    if not env.get("NO_COLOR"):
        # Set but empty it means nothing (no-color.org); Textual would obey it.
        env.pop("NO_COLOR", None)
    return Terminal(
        theme=chosen_theme(env, theme),
        ssh=ssh,
        ascii=ascii_only,
        mouse=mouse and not ssh,
        real_cursor=real_cursor,
        # GNU screen erases to the default background; tmux, which may go by the same name, does not.
        erases=not env.get("TERM", "").startswith("screen") or bool(env.get("TMUX")),
    )


def colour_system(env: Mapping[str, str]) -> str:
    """How many colours the terminal has, in Textual's words."""
    term, more = env.get("TERM", ""), env.get("COLORTERM", "").lower()
    if more in ("truecolor", "24bit") or any(kind in term for kind in _DIRECT):
        return "truecolor"
    return "256" if more or "256" in term else "standard"


def chosen_theme(env: Mapping[str, str], wanted: str = "") -> str:
    """``mono`` under NO_COLOR; ``ansi`` instead of 24-bit colours where there are 16; else what is wanted."""
    if env.get("NO_COLOR"):
        return "mono"
    system = env.get("TEXTUAL_COLOR_SYSTEM") or colour_system(env)
    if wanted not in THEMES:
        wanted = "dark"
    return "ansi" if system == "standard" and wanted in ("dark", "light") else wanted
