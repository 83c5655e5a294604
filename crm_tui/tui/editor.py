"""The user's own editor on a text, where the session is local (ux.md 3.7)."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg


def command(environ: Mapping[str, str] | None = None) -> list[str]:
    """The words of VISUAL or EDITOR; none where neither is set or can be read."""
    env = os.environ if environ is None else environ
    try:
        return shlex.split(env.get("VISUAL", "").strip() or env.get("EDITOR", ""))
    except ValueError:
        return []


def edited(text: str, words: list[str]) -> str:
    """The text as the editor left it; its file is read by nobody else and removed afterwards.

    Raises `Unavailable` where the editor does not start or ends with an error.
    """
    failed = Unavailable(msg("The editor {name} did not work", name=words[0]), code="no_editor")
    with TemporaryDirectory(prefix="crm-tui-") as folder:
        file = Path(folder) / "text.txt"
        file.write_text(text, "utf-8")
        try:
            status = subprocess.call([*words, str(file)])  # the user's own program
            if status:
                raise failed
            found = file.read_text("utf-8", errors="replace")
        except OSError:
            raise failed from None
    # Editors end the last line; a message does not need it.
    return found.removesuffix("\n")
