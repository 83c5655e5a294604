"""Commands on a database of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crm_tui.cli.main import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a database of its own as root."""
    monkeypatch.setenv("CRM_TUI_DB", str(tmp_path / "crm.db"))
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "field.key"))
    monkeypatch.setenv("LOGNAME", "root")

    def go(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    assert go("db", "init", "--admin", "root")[0] == 0
    return go
