"""The program in tmux: a real terminal that shows what came over the line."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from crm_tui import bootstrap
from crm_tui.services.facade import Services, initialise
from tests.e2e.terminal import PATIENCE_S
from tests.tui.driving import NOW

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on this machine")
CHECKOUT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from crm_tui.tui.platform import prepare
terminal = prepare()
from crm_tui import bootstrap
from crm_tui.bootstrap import Opened
from crm_tui.tui.app import CrmApp

folder, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
told = folder / "told.txt"

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
"""Runs the program on the store of a folder and writes down what Textual means to show."""


class Multiplexer:
    """A tmux server of its own with one window of 110 by 32."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told = folder / "told.txt"
        self._socket = str(folder / "tmux")

    def __call__(self, *args: str) -> str:
        """Run a command of tmux; its output."""
        # Not the whole environment: a size in it would count for more than the window's.
        env = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, "-f", "/dev/null", *args],
            capture_output=True, text=True, check=True, env=env,
        )  # fmt: skip
        return done.stdout

    def start(self, env: Mapping[str, str], after: str = "true") -> None:
        """Run the program in the window, and ``after`` it a line of the shell."""
        given = {"COLORTERM": "truecolor", "HOME": str(self._folder), "PYTHONPATH": str(CHECKOUT)}
        variables = [f"-e{name}={value}" for name, value in {**given, **env}.items()]
        self(
            *("new-session", "-d", "-s", "crm", "-x", "110", "-y", "32", "-c", str(CHECKOUT)),
            *variables,
            *("sh", "-c", f'"$@"; {after}', "sh"),
            *(sys.executable, "-c", PROGRAM, str(self._folder), NOW.isoformat()),
        )

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them."""
        self("send-keys", "-t", "crm", *keys)

    def seen(self) -> list[str]:
        """The lines that the terminal shows."""
        return [line.rstrip() for line in self("capture-pane", "-p", "-t", "crm").splitlines()]

    def waits(self, wanted: str) -> None:
        """Wait until another program shows ``wanted``."""
        end = time.monotonic() + PATIENCE_S
        while not any(wanted in line for line in self.seen()):
            assert time.monotonic() < end, f"never shown: {wanted}"
            time.sleep(0.05)

    def shows(self, wanted: str) -> None:
        """Wait until the terminal shows ``wanted``, and all that Textual means and nothing else."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            seen, told = self.seen(), self._told
            meant = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
            if any(wanted in line for line in seen) and seen == meant[: len(seen)]:
                return
            time.sleep(0.05)
        assert seen == meant
        raise AssertionError(f"never shown: {wanted}")

    def stop(self) -> None:
        """End the server and what runs in it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True)


def opened(folder: Path) -> Services:
    """The store of a folder; to be closed before the program opens it."""
    return bootstrap.open_services(
        str(folder / "crm.db"),
        key_file=folder / "field.key",
        files=folder / "files",
        clock=lambda: NOW,
    )


def desk(folder: Path, *subjects: str) -> None:
    """A store with a complaint of each subject."""
    services = opened(folder)
    initialise(services, "root", "Root", demo=True)
    root = services.org.login("root")
    customer = services.customers.create({"name": "东湖软件有限公司"}, actor=root)
    for subject in subjects:
        fields = {"customer_id": customer, "kind": "complaint", "channel": "phone"}
        services.intake.create({**fields, "subject": subject, "description": subject}, actor=root)
    services.close()
