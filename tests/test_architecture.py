"""What the layers, sizes, start-up and words of the source must be."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "crm_tui"
MODULES = sorted(PACKAGE.rglob("*.py"))
HARD_LIMIT = 600
# Taken apart so that this file does not find itself.
FORBIDDEN = [
    re.compile(pattern)
    for pattern in (
        r"\bTO" + r"DO\b",
        r"\bFIX" + r"ME\b",
        r"\bX" + r"XX\b",
        r"\braise NotImplemented" + r"Error\b",
        r"\.\./sha" + r"red",
        r"/wo" + r"rk/",
        r"/ro" + r"ot/",
        r"/ho" + r"me/\w",
    )
]
TEXTS = {".py", ".toml", ".md", ".tcss", ".po", ".csv"}
MAY_NAME_THE_NEIGHBOUR = {"tests/conftest.py"}


def test_imports_keep_the_contracts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(cache_dir=None)
    assert status == 0, capsys.readouterr().out


def test_no_module_is_too_long() -> None:
    lengths = {p.relative_to(ROOT): len(p.read_text("utf-8").splitlines()) for p in MODULES}
    generated = PACKAGE / "db" / "migrations" / "versions"
    long = {
        str(path): count
        for path, count in lengths.items()
        if count > HARD_LIMIT and generated not in (ROOT / path).parents
    }
    assert long == {}


def test_no_word_that_should_not_be_delivered() -> None:
    found = []
    folders = [p for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")]
    for path in sorted(p for folder in folders for p in folder.rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in TEXTS or name in MAY_NAME_THE_NEIGHBOUR:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found += [f"{name}:{number}: {p.pattern}" for p in FORBIDDEN if p.search(line)]
    assert found == []


def test_no_relative_import_and_no_orm() -> None:
    wrong = re.compile(r"^\s*from \.|sqlalchemy\.orm|sqlalchemy\.ext", re.MULTILINE)
    assert [str(p.relative_to(ROOT)) for p in MODULES if wrong.search(p.read_text("utf-8"))] == []


def loaded(*arguments: str) -> tuple[set[str], str]:
    """The modules a start of the program imports, and what it prints."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "crm_tui", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    return names, done.stdout


def test_the_first_frame_waits_for_no_store() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, crm_tui.tui.app, crm_tui.tui.screens.queue; print(*sys.modules)",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    heavy = {"sqlalchemy", "pydantic", "alembic", "cryptography", "holidays", "psycopg", "pypinyin"}
    late = {f"crm_tui.tui.screens.{s}" for s in ("ticket", "customers", "profile", "register")}
    late |= {"crm_tui.tui.widgets.form", "crm_tui.domain.policy"}
    assert set(done.stdout.split()) & (heavy | late) == set()


def test_the_way_to_the_screens_waits_for_no_store() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, crm_tui.cli.context, crm_tui.cli.tui; print(*sys.modules)",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    heavy = {"sqlalchemy", "alembic", "cryptography", "crm_tui.services.facade", "textual"}
    assert set(done.stdout.split()) & heavy == set()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_a_short_answer_loads_little(option: str) -> None:
    names, output = loaded(option)
    assert output.strip()
    heavy = {"textual", "sqlalchemy", "pydantic", "alembic", "cryptography", "holidays", "psycopg"}
    assert names & heavy == set()
