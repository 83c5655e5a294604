"""What must be known of the terminal before Textual is imported (ux.md 5 and 6)."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass

THEMES = ("dark", "light", "ansi", "mono")


@dataclass(frozen=True, slots=True)
class Terminal:
    """How to draw here."""

    theme: str = "dark"
    ssh: bool = False
    ascii: bool = False
    mouse: bool = False

    @property
    def poll_s(self) -> float:
        """Seconds between looks at the change feed (ux.md 4)."""
        return 5.0 if self.ssh else 2.0


def prepare(
    environ: MutableMapping[str, str] | None = None,
    *,
    theme: str = "",
    ascii_only: bool = False,
    mouse: bool = False,
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
    return Terminal(
        theme=chosen_theme(env, theme), ssh=ssh, ascii=ascii_only, mouse=mouse and not ssh
    )


def chosen_theme(env: MutableMapping[str, str], wanted: str = "") -> str:
    """``mono`` under NO_COLOR, ``ansi`` on terminals of 16 colours, else what is wanted."""
    if env.get("NO_COLOR"):
        return "mono"
    if wanted in THEMES:
        return wanted
    term = env.get("TERM", "")
    colours = env.get("COLORTERM", "")
    plain = term in ("linux", "xterm", "screen", "vt220", "ansi") and not colours
    return "ansi" if plain else "dark"
