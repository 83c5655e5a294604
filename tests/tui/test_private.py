"""Private uses of Textual, and the wire under the real screens: cell for cell, and byte for byte."""

import inspect
import itertools
import re

import pytest
from textual import _compositor
from textual.app import App
from textual.events import Resize
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.tui.platform import Terminal
from crm_tui.tui.private import WiredApp, pieces
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from tests.tui.driving import press, settle
from tests.tui.wired import assert_shown, wired

CUSTOMERS = (
    "东湖软件有限公司",
    "Harbour Instruments Ltd",
    "长宁智能仓储股份公司",
    "Northgate 食品集团",
)
SUBJECTS = (
    *("打印机冒烟", "Sensor reads zero", "合同续签流程", "Delivery two days late", "交付延期一周"),
    *("API quota question", "系统升级后无法登录", "Wrong parts delivered", "账单金额有误", "How to add a user"),
)  # fmt: skip


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """A desk in both languages with more open tickets than two screens hold."""
    services, ana = opened.services, opened.actor
    customers = [services.customers.create({"name": name}, actor=ana) for name in CUSTOMERS]
    pairs = zip(range(100), itertools.cycle(SUBJECTS), itertools.cycle(customers))
    for number, subject, customer in pairs:
        ticket = services.intake.create(
            {
                "customer_id": customer,
                "kind": "complaint",
                "channel": "phone",
                "urgency": ("low", "normal", "urgent")[number % 7 % 3],
                "subject": f"{subject} {number}",
                "description": subject,
                "reason": "as the customer said",
            },
            actor=ana,
        )
        if number % 3:
            services.tickets.take([ticket], actor=ana)
    return opened


def parameters(function: object) -> list[str]:
    """Names of the parameters."""
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_textual_is_inside_as_private_py_knows_it() -> None:
    assert parameters(App._display) == ["self", "screen", "renderable"]
    for name in ("_begin_update", "_end_update"):
        assert parameters(getattr(App, name)) == ["self"]
    assert parameters(App._handle_exception) == ["self", "error"]
    app = WiredApp(Terminal())
    assert app._batch_count == 0
    assert app._driver is None
    assert (app._running, app._closed) == (False, False)
    source = inspect.getsource(App._display)
    for word in ("_batch_count", "_running", "_closed", "_driver", "cursor_position", "flush()"):
        assert word in source
    assert "app._display(self, update)" in inspect.getsource(Screen._compositor_refresh)
    assert "self._compositor = Compositor()" in inspect.getsource(Screen.__init__)
    assert "self.app_suspend_signal.publish" in inspect.getsource(App._suspend_signal)
    updates = {
        c.__name__
        for c in vars(_compositor).values()
        if inspect.isclass(c) and issubclass(c, _compositor.CompositorUpdate)
    }
    assert updates == {"CompositorUpdate", "LayoutUpdate", "InlineUpdate", "ChopsUpdate"}
    assert parameters(_compositor.Compositor.render_full_update) == ["self", "simplify"]


def test_pieces_of_an_update_stand_where_textual_draws_them() -> None:
    ab, c, de = Strip.blank(2), Strip.blank(1), Strip.blank(2)
    whole = _compositor.LayoutUpdate([[ab, c], [de]], Region(3, 1, 3, 2))
    assert list(pieces(whole)) == [(1, 3, ab), (1, 5, c), (2, 3, de)]
    part = _compositor.ChopsUpdate([{0: ab, 2: c, 3: de}, {0: None}], [(0, 1, 3)], [[2, 3, 5], [5]])
    assert list(pieces(part)) == [(0, 0, ab), (0, 2, c)]


LOOKS = [
    ("dark", "truecolor", "zh"), ("dark", "256", "en"), ("dark", "standard", "zh"),
    ("light", "truecolor", "en"), ("ansi", "standard", "en"), ("mono", "truecolor", "zh"),
]  # fmt: skip


@pytest.mark.parametrize(("theme", "colours", "spoken"), LOOKS)
async def test_every_cell_is_as_textual_means_it(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, theme: str, colours: str, spoken: str
) -> None:
    i18n.use(spoken)
    place = Terminal(theme=theme)
    async with wired(opened, monkeypatch, terminal=place, colours=colours) as (app, pilot, memory):
        assert_shown(app)
        app._sync_available = True
        for key in ("j", "?", "t", "escape", "enter", "tab", "r", "x", "escape", "2"):
            await press(app, pilot, key)
            assert_shown(app)
        for size in ((60, 16), (140, 50)):
            memory.screen.resize(*size)
            await pilot.resize_terminal(*size)
            while app.screen.size != size:
                await pilot.pause()
            await settle(app, pilot)
            assert_shown(app)
        memory.screen.scribble()
        await press(app, pilot, "ctrl+l")
        assert_shown(app)


async def test_without_colours_none_is_sent(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    place = Terminal(theme="mono")
    async with wired(opened, monkeypatch, terminal=place) as (app, pilot, memory):
        for key in ("j", "enter", "r", "x"):
            await press(app, pilot, key)
            assert_shown(app)
        orders = re.findall(r"\x1b\[([\d;]*)m", memory.sent())
        assert {n for order in orders for n in order.split(";") if n} <= {
            *("0", "1", "2", "3", "4", "7", "22", "23", "24", "27"),
        }


async def test_where_only_ascii_is_wished_lines_and_signs_are_ascii(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(opened, monkeypatch, terminal=Terminal(ascii=True)) as (app, pilot, memory):
        found = memory.screen.text()
        for key in ("?", "escape", "enter", "r"):
            await press(app, pilot, key)
            found += memory.screen.text()
        others = {c for c in found if not c.isascii() and not "一" <= c <= "鿿"}
        assert others <= {"，", "、"}
        assert "打印机冒烟" in found
        assert "+---" in found


async def test_what_others_wrote_is_drawn_over(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(opened, monkeypatch) as (app, pilot, memory):
        with app.suspend():
            await press(app, pilot, "j")
        await settle(app, pilot)
        assert_shown(app)
        # Attached again at the same size.
        memory.screen.scribble()
        app.post_message(Resize(app.size, app.size))
        await settle(app, pilot)
        assert_shown(app)
        # An update that Textual threw away while a batch was open.
        with app.batch_update():
            app.screen.query_one("#top").styles.height = 3
            app.screen._refresh_layout()
            app.screen._compositor_refresh()
        await settle(app, pilot)
        assert_shown(app)


async def test_marks_of_synchronized_updates_stay_and_nothing_else_is_sent(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(opened, monkeypatch) as (app, pilot, memory):
        app._sync_available = True
        memory.sent()
        app.screen.refresh()
        await settle(app, pilot)
        assert memory.sent() == ""
        await press(app, pilot, "j")
        sent = memory.sent()
        assert sent.startswith("\x1b[?2026h")
        assert sent.endswith("\x1b[?2026l")
    assert memory.sent().endswith("\x1b[m")


async def test_bytes_on_the_wire(desk: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The budgets of design.md 5 at 120x40 in 24-bit colours."""
    found: dict[str, int] = {}
    async with wired(desk, monkeypatch) as (app, pilot, memory):

        async def gesture(name: str, *keys: str) -> None:
            await press(app, pilot, *keys)
            assert_shown(app)
            found[name] = max(found.get(name, 0), len(memory.sent().encode()))

        found["first paint"] = len(memory.sent().encode())
        assert isinstance(app.screen, QueueScreen)
        for _ in range(5):
            await gesture("cursor move", "j")
        await gesture("page", "pagedown")
        await gesture("open a ticket", "enter")
        assert isinstance(app.screen, TicketScreen)
        for _ in range(3):
            await gesture("focus move", "tab")
        await settle(app, pilot)
        found["idle"] = len(memory.sent())
    budget = {
        "first paint": 8000, "cursor move": 350, "page": 3000, "open a ticket": 8000,
        "focus move": 2000, "idle": 0,
    }  # fmt: skip
    assert {name: size for name, size in found.items() if size > budget[name]} == {}
