"""A terminal that goes away: the program ends, and what was being written is there again."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crm_tui import bootstrap
from crm_tui.services.facade import initialise
from tests.e2e.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]


def cut(term: Terminal) -> None:
    """Close the terminal's other side without a signal, as some multiplexers do."""
    os.close(term.master)


def hang_up(term: Terminal) -> None:
    """What the system sends when a line drops."""
    term.process.send_signal(signal.SIGHUP)


def end(term: Terminal) -> None:
    """What the system sends before it goes down."""
    term.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("how", [cut, hang_up, end])
def test_a_lost_line_ends_the_program_and_keeps_the_draft(
    how: Callable[[Terminal], None], tmp_path: Path
) -> None:
    place, key = str(tmp_path / "crm.db"), tmp_path / "field.key"
    services = bootstrap.open_services(place, key_file=key, files=tmp_path / "files")
    initialise(services, "root", "Root")
    root = services.org.login("root")
    fields = {"kind": "complaint", "channel": "phone", "subject": "Fan", "description": "Loud"}
    made = services.intake.create(fields, actor=root)
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "LOGNAME": "root",
        "CRM_TUI_DB": place,
        "CRM_TUI_KEY_FILE": str(key),
    }
    start = "import sys; from crm_tui.__main__ import main; sys.exit(main())"
    term = Terminal([sys.executable, "-c", start], env, 80, 24, cwd=str(tmp_path))
    try:
        term.wait("Fan")
        term.press("enter")
        term.wait("Loud")
        term.press("c")
        term.wait("Internal note")
        term.press("half a thought")
        term.wait("half a thought")
        how(term)
        term.process.wait(30)
    finally:
        if term.process.poll() is None:
            term.process.kill()
    assert term.process.returncode != -signal.SIGHUP
    assert services.messages.draft(made, "note", actor=root) == "half a thought"
    services.close()
