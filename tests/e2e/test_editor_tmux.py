"""ctrl+e in a real terminal: the editor has it meanwhile, and the program goes on as if nothing were."""

import shlex
import sys
from pathlib import Path

import pytest

from crm_tui.i18n import tr
from tests.e2e.multiplexer import Multiplexer, desk, needs_tmux, opened

pytestmark = needs_tmux

EDITOR = """
import subprocess
import sys
from pathlib import Path

folder, text = Path(sys.argv[1]), Path(sys.argv[2])
modes = subprocess.run(["stty", "-a"], capture_output=True, text=True).stdout
(folder / "modes.txt").write_text(modes, encoding="utf-8")
answer = input("scribbled over everything ")
text.write_text(text.read_text(encoding="utf-8") + answer + "，改过", encoding="utf-8")
"""
"""Notes how it finds the terminal, scribbles on it and adds what is typed."""


@pytest.fixture
def editor(tmp_path: Path) -> str:
    """The command of an editor."""
    script = tmp_path / "editor.py"
    script.write_text(EDITOR, encoding="utf-8")
    return shlex.join([sys.executable, str(script), str(tmp_path)])


def modes(file: Path) -> set[str]:
    """How a terminal is set, as `stty -a` wrote it down."""
    return set(file.read_text(encoding="utf-8").replace(";", " ").split())


def test_the_editor_has_the_terminal_and_the_composer_gets_the_text(
    tmux: Multiplexer, tmp_path: Path, editor: str
) -> None:
    desk(tmp_path, "打印机冒烟")
    after = f"stty -a > {shlex.quote(str(tmp_path / 'after.txt'))}; echo left; sleep 60"
    tmux.start({"EDITOR": editor}, after)
    tmux.shows("T-1")
    for keys, wanted in (("Enter", "打印机冒烟"), ("c", "ctrl+s"), ("draft", "draft")):
        tmux.press(keys)
        tmux.shows(wanted)
    tmux.press("C-e")
    tmux.waits("scribbled over everything")
    assert {"icanon", "echo", "isig"} <= modes(tmp_path / "modes.txt")
    tmux.press(" by hand", "Enter")
    # What the editor scribbled is gone: the terminal shows what is meant, cell for cell.
    tmux.shows("draft by hand，改过")
    tmux.press("!")
    tmux.shows("draft by hand，改过!")
    tmux.press("C-s")
    tmux.shows(tr("Internal note"))
    tmux.press("C-q")
    tmux.waits("left")
    assert {"icanon", "echo", "isig"} <= modes(tmp_path / "after.txt")
    services = opened(tmp_path)
    try:
        entries = services.views.timeline(1, actor=services.org.login("root"))
        assert [e.text for e in entries if e.kind == "note"] == ["draft by hand，改过!"]
    finally:
        services.close()


def test_over_ssh_the_editor_stays_away_and_the_reason_is_told(
    tmux: Multiplexer, tmp_path: Path, editor: str
) -> None:
    desk(tmp_path, "打印机冒烟")
    tmux.start({"EDITOR": editor, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"})
    tmux.shows("T-1")
    for keys, wanted in (
        ("Enter", "打印机冒烟"),
        ("c", "ctrl+s"),
        ("draft", "draft"),
        ("C-e", tr("The editor opens only where the program runs on this machine")),
        ("!", "draft!"),
    ):
        tmux.press(keys)
        tmux.shows(wanted)
    assert not (tmp_path / "modes.txt").exists()
