"""People at terminals, and commands, on one database of the installed program."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.conftest import Installed
from tests.e2e.terminal import Terminal


class Session:
    """Terminals and commands on one database."""

    def __init__(
        self, installed: Installed, language: str, *, name: str = "", database: str = ""
    ) -> None:
        self.installed = installed
        self.language = language
        name = name or language
        self.more = {
            "CRM_TUI_DB": database or str(installed.home / f"{name}.db"),
            "CRM_TUI_KEY_FILE": str(installed.home / f"{name}.key"),
            "CRM_TUI_LANG": language,
        }

    def cli(self, *words: str, login: str = "root") -> Any:
        """Run a command; its JSON."""
        done = self.installed.run(*words, "--json", LOGNAME=login, **self.more)
        assert done.returncode == 0, (words, done.stderr, done.stdout)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def two_agents(self) -> None:
        """A new desk with Ana and Lin in one department."""
        self.cli("db", "init", "--admin", "root")
        for login, name in (("ana", "Ana"), ("lin", "Lin")):
            self.cli("staff", "add", login, "--name", name, "--department", "after_sales")

    @contextmanager
    def screen(self, login: str) -> Iterator[Terminal]:
        """The program at 80x24 as somebody."""
        terminal = Terminal(
            self.installed.command(),
            self.installed.env(LOGNAME=login, **self.more),
            cwd=str(self.installed.home),
        )
        try:
            yield terminal
        finally:
            status = terminal.close()
        assert status == 0
