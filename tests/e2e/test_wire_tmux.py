"""A smoke run in a real terminal where there is one: tmux shows what the program means."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crm_tui import bootstrap
from crm_tui.services.facade import initialise
from tests.e2e.terminal import PATIENCE_S
from tests.tui.driving import NOW

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on this machine")

PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from crm_tui.tui.platform import prepare
terminal = prepare()
from crm_tui import bootstrap
from crm_tui.bootstrap import Opened
from crm_tui.tui.app import CrmApp

folder, told, now = Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])

def opener():
    services = bootstrap.open_services(
        str(folder / "crm.db"), key_file=folder / "field.key", files=folder / "files", clock=lambda: now
    )
    return Opened(services, services.org.login("root"), demo=True)

class Telling(CrmApp):
    def post_display_hook(self):
        if self.screen_stack:
            strips = self.screen._compositor.render_strips()
            part = told.with_suffix(".part")
            part.write_text("\\n".join(strip.text.rstrip() for strip in strips), encoding="utf-8")
            part.replace(told)

Telling(opener, terminal, ticking=False).run(mouse=False)
"""


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A tmux server of this test's own."""
    socket = str(tmp_path / "tmux")
    # Not the whole environment: a size in it would count for more than the window's.
    env = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}

    def run(*args: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", socket, "-f", "/dev/null", *args],
            capture_output=True, text=True, check=True, env=env,
        )  # fmt: skip
        return done.stdout

    yield run
    subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True)


def test_tmux_shows_what_the_program_means(tmux: Callable[..., str], tmp_path: Path) -> None:
    services = bootstrap.open_services(
        str(tmp_path / "crm.db"),
        key_file=tmp_path / "field.key",
        files=tmp_path / "files",
        clock=lambda: NOW,
    )
    initialise(services, "root", "Root", demo=True)
    root = services.org.login("root")
    customer = services.customers.create({"name": "东湖软件有限公司"}, actor=root)
    for subject in ("打印机冒烟…", "naïve “quotes” — ①", "Second"):
        fields = {"customer_id": customer, "kind": "complaint", "channel": "phone"}
        services.intake.create({**fields, "subject": subject, "description": subject}, actor=root)
    services.close()
    told = tmp_path / "told.txt"
    checkout = str(Path(__file__).resolve().parents[2])
    tmux(
        *("new-session", "-d", "-s", "crm", "-x", "110", "-y", "32", "-c", checkout),
        *("-e", "COLORTERM=truecolor", "-e", f"HOME={tmp_path}", "-e", f"PYTHONPATH={checkout}"),
        *(sys.executable, "-c", PROGRAM, str(tmp_path), str(told), NOW.isoformat()),
    )

    def shows(wanted: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            seen = [line.rstrip() for line in tmux("capture-pane", "-p", "-t", "crm").splitlines()]
            meant = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
            if any(wanted in line for line in seen) and seen == meant[: len(seen)]:
                return
            time.sleep(0.05)
        assert seen == meant
        raise AssertionError(f"never shown: {wanted}")

    shows("T-3")
    for key, wanted in (
        ("j", ">"),
        ("Enter", "打印机冒烟"),
        ("r", "ctrl+s send"),
        ("Escape", "T-"),
        ("C-l", "T-"),
    ):
        tmux("send-keys", "-t", "crm", key)
        shows(wanted)
    tmux("resize-window", "-t", "crm", "-x", "80", "-y", "24")
    shows("T-")
