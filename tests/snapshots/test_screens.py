"""How the screens look, as pictures that somebody has looked at (R-313, R-318).

`pytest tests/snapshots --snapshot-update` makes them anew; look at each before it is committed.
"""

from collections.abc import Callable
from typing import Any

import pytest

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from tests.services.goal_desk import CHURN, FIELDS, SATISFACTION
from tests.tui.driving import press, settle

WALKS = {
    "queue": ("j",),
    "queue-peek": ("space", "space", "i"),
    "ticket": ("/Scanner\r", "enter"),
    "fields": ("/Scanner\r", "enter", "i"),
    "status": ("/Scanner\r", "enter", "s"),
    "composer": ("/Scanner\r", "enter", "r"),
    "new-ticket": ("n", "donghu\r", "tab", "tab", "ctrl+s"),
    "customers": ("2", "j"),
    "profile": ("2", "enter"),
    "board": ("3", "j"),
    "board-lanes": ("3", "W", "d", "j", "space"),
    "task": ("3", "l", "enter"),
    "goals": ("7", "j"),
    "inbox": ("6",),
    "figures": ("5", "j"),
    "figures-arrivals": ("5", "v", "1"),
    "figures-breakdown": ("5", "b", "6"),
    "figures-rows": ("5", "enter"),
    "register": ("9", "p"),
    "help": ("question_mark",),
    "find": ("ctrl+p", "donghu"),
}
"""What is pressed to come to a screen; words of more than a key are typed."""
ACTORS = {"inbox": "lin", "figures": "lin", "register": "root"}
"""Whose eyes it is seen with, where not Ana's."""
KEYS = {"\r": "enter", "/": "slash"}
NAMED = {"space", "enter", "tab", "ctrl+s", "ctrl+p", "question_mark"}


def _goals(services: Any) -> None:
    """The rows that source A prints (A.4), as a file brings them."""
    for row in (SATISFACTION, CHURN):
        data = {FIELDS[head]: value for head, value in row.items()}
        root = services.org.login("root")
        services.registers.create("goal", data, actor=root, source="template")


def _products(services: Any) -> None:
    root = services.org.login("root")
    for name, code, category in (("水泵 P-200", "P-200", "水泵"), ("Scanner S1", "S1", "Hardware")):
        data = {"name": name, "code": code, "category": category}
        services.registers.create("product", data, actor=root)


@pytest.fixture
def take(opened: Opened, snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Walk to a screen and compare its picture."""

    def taken(
        name: str, language: str, size: tuple[int, int], theme: str = "dark", *, plain: bool = False
    ) -> bool:
        i18n.use(language)
        services = opened.services
        if name == "goals":
            _goals(services)
        if name == "register":
            _products(services)
        who = Opened(services, services.org.login(ACTORS.get(name, "ana")), demo=True)
        app = CrmApp(lambda: who, Terminal(theme=theme, ascii=plain), ticking=False)

        async def walk(pilot: Any) -> None:
            await settle(app, pilot)
            for step in WALKS[name]:
                keys = [step] if step in NAMED else [KEYS.get(c, c) for c in step]
                await press(app, pilot, *keys)
            # A pane that comes or goes gives its neighbours another width, which they hear of later.
            for _ in range(4):
                await settle(app, pilot)

        return snap_compare(app, terminal_size=size, run_before=walk)

    return taken


@pytest.mark.req("R-313", "R-318")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", WALKS)
def test_screen(take: Callable[..., bool], name: str, language: str, size: tuple[int, int]) -> None:
    assert take(name, language, size)


@pytest.mark.req("R-318")
@pytest.mark.parametrize(
    "name",
    [
        *("queue", "ticket", "fields", "composer", "new-ticket", "status", "customers", "profile"),
        *("board", "board-lanes", "task", "goals", "inbox", "register", "figures", "figures-rows"),
    ],
)
def test_screen_without_colours(
    take: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert take(name, "zh", (80, 24), "mono")


@pytest.mark.req("R-318")
@pytest.mark.parametrize("name", ["figures", "figures-arrivals", "figures-breakdown"])
def test_screen_in_plain_characters(take: Callable[..., bool], name: str) -> None:
    assert take(name, "en", (80, 24), "mono", plain=True)
