"""The wheel, built without isolation and installed over the test environment."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.multiplexer import Multiplexer

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installed:
    """Where the wheel lies and how to run what it holds."""

    wheel: Path
    folder: Path
    home: Path

    def env(self, **more: str) -> dict[str, str]:
        """An environment in which nothing of the machine or the checkout counts."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT")}
        home = str(self.home)
        return {
            **kept,
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "",
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_STATE_HOME": f"{home}/state",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            **more,
        }

    def command(self, *words: str) -> list[str]:
        """The console script's entry point under the Python of the tests."""
        start = "import sys; from crm_tui.__main__ import main; sys.exit(main())"
        return [sys.executable, "-c", start, *words]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            env=self.env(**more),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build with what is installed here, then unpack into a folder that comes first on the path."""
    base = tmp_path_factory.mktemp("wheel")
    source = base / "source"
    # A copy, so that two workers never build in one folder and nothing is left in the checkout.
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(
            ".git", ".venv", ".demo", "__pycache__", ".*_cache", ".hypothesis", "tests", "bench"
        ),
    )
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(base / "dist")],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = (base / "dist").glob("*.whl")
    folder, home = base / "site", base / "home"
    # A pure wheel is installed by unpacking it.
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    home.mkdir()
    # As an installer does: starting without bytecode takes longer than the start.
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    return Installed(wheel, folder, home)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Multiplexer]:
    """A tmux server of this test's own."""
    server = Multiplexer(tmp_path)
    yield server
    server.stop()
