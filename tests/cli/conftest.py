"""Commands on a database of their own."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from crm_tui.cli.main import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a database of its own as root; ``stdin`` is what comes in."""
    monkeypatch.setenv("CRM_TUI_DB", str(tmp_path / "crm.db"))
    return started(tmp_path, monkeypatch, capsys)


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def run_on(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`run` on each engine in turn."""
    place = str(tmp_path / "crm.db")
    if request.param == "pg":
        url: URL = request.getfixturevalue("pg_url")
        place = url.render_as_string(hide_password=False)
    monkeypatch.setenv("CRM_TUI_DB", place)
    return started(tmp_path, monkeypatch, capsys)


def started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """A runner on the database of the environment, which has its administrator."""
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "field.key"))
    monkeypatch.setenv("LOGNAME", "root")

    def go(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    assert go("db", "init", "--admin", "root")[0] == 0
    return go
