"""What the wheel holds and what starting it loads (R-310, design.md 3)."""

import json
import zipfile

import pytest

from tests.e2e.conftest import ROOT, Installed


def test_the_wheel_holds_the_program_and_nothing_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = archive.namelist()
        texts = {n: archive.read(n) for n in names if n.endswith((".py", ".tcss", "METADATA"))}
    assert "crm_tui/screens.tcss" in names
    assert "crm_tui/locale/zh_CN/LC_MESSAGES/crm_tui.mo" in names
    assert any(n.startswith("crm_tui/db/migrations/versions/0001") for n in names)
    roots = {n.split("/")[0] for n in names}
    assert len(roots) == 2 and "crm_tui" in roots, roots
    for name, text in texts.items():
        assert str(ROOT).encode() not in text, name
    entry = next(n for n in names if n.endswith("entry_points.txt"))
    with zipfile.ZipFile(installed.wheel) as archive:
        assert b"crm-tui = crm_tui.__main__:main" in archive.read(entry)


def loaded(installed: Installed, *words: str) -> set[str]:
    """Top-level and dotted names of everything that a command imports."""
    code = (
        "import sys, json, contextlib, io\n"
        "from crm_tui.__main__ import main\n"
        f"sys.argv = ['crm-tui', *{list(words)!r}]\n"
        "out = io.StringIO()\n"
        "with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    command = [*installed.command()[:2], code]
    import subprocess

    done = subprocess.run(
        command,
        env=installed.env(LOGNAME="root", CRM_TUI_DB=str(installed.home / "light.db")),
        cwd=installed.home,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    modules: set[str] = set(json.loads(done.stdout.splitlines()[-1]))
    return modules


def test_it_runs_from_the_wheel(installed: Installed) -> None:
    code = "import crm_tui; print(crm_tui.__file__)"
    import subprocess

    command = [*installed.command()[:2], code]
    done = subprocess.run(
        command, env=installed.env(), cwd=installed.home, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(installed.folder))


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("ticket", "--help")])
def test_help_and_version_load_neither_screens_nor_store(
    installed: Installed, words: tuple[str, ...]
) -> None:
    tops = {m.split(".")[0] for m in loaded(installed, *words)}
    assert "crm_tui" in tops
    assert not tops & {"textual", "rich", "sqlalchemy", "pydantic", "alembic", "psycopg"}


def test_lists_load_no_screens_and_no_orm(installed: Installed) -> None:
    assert (
        installed.run(
            "db",
            "init",
            "--admin",
            "root",
            LOGNAME="root",
            CRM_TUI_DB=str(installed.home / "light.db"),
        ).returncode
        == 0
    )
    modules = loaded(installed, "ticket", "list", "--json")
    tops = {m.split(".")[0] for m in modules}
    assert "sqlalchemy" in tops
    assert not tops & {"textual", "rich", "alembic", "openpyxl", "psycopg", "holidays"}
    assert "sqlalchemy.orm" not in modules


@pytest.mark.req("R-310")
def test_no_network_is_needed_or_tried(installed: Installed) -> None:
    wall = (
        "import socket\n"
        "def refuse(*a, **k):\n"
        "    raise AssertionError('the network was tried')\n"
        "socket.socket.connect = socket.socket.connect_ex = refuse\n"
        "socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse\n"
    )
    hook = installed.home / "hook"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(wall)
    env = {
        "PYTHONPATH": f"{hook}:{installed.folder}",
        "LOGNAME": "root",
        "CRM_TUI_DB": str(installed.home / "offline.db"),
    }
    steps = (
        ("db", "init", "--admin", "root"),
        ("customer", "new", "--name", "Acme"),
        (
            "ticket",
            "new",
            "--kind",
            "praise",
            "--channel",
            "phone",
            "--subject",
            "s",
            "--description",
            "d",
        ),
        ("ticket", "list", "--json"),
        ("search", "Acme", "--json"),
        ("tick",),
        ("db", "verify-audit"),
        ("db", "check"),
    )
    for words in steps:
        done = installed.run(*words, **env)
        assert done.returncode == 0, (words, done.stderr, done.stdout)
        assert "network" not in done.stderr
