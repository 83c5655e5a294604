"""What opening a screen costs: one reading, one clock."""

from collections import Counter
from typing import Any

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.tui.mains import MAINS
from crm_tui.tui.screens.base import BaseScreen
from tests.tui.driving import burst, running

STEPS = {
    **{m.scope: ("1" if m.key != "1" else "2", m.key) for m in MAINS},
    "ticket": ("g", "\r"),
    "profile": ("2", "\r"),
    "register": ("", ":registers\rp"),
}


@pytest.mark.parametrize("scope", STEPS)
async def test_a_screen_that_opens_reads_once_and_sets_each_clock_once(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    before, opening = STEPS[scope]
    read: Counter[str] = Counter()
    clocks: Counter[Any] = Counter()
    init, every = BaseScreen.__init__, BaseScreen.set_interval

    def made(self: BaseScreen) -> None:
        init(self)
        ready = self.ready

        def counted() -> None:
            read[self.SCOPE] += 1
            ready()

        self.ready = counted  # type: ignore[method-assign]

    def timed(self: BaseScreen, seconds: float, callback: Any, **more: Any) -> Any:
        clocks[self.SCOPE, callback.__name__] += 1
        return every(self, seconds, callback, **more)

    async with running(opened) as (app, pilot):
        await burst(app, pilot, before)
        monkeypatch.setattr(BaseScreen, "__init__", made)
        monkeypatch.setattr(BaseScreen, "set_interval", timed)
        await burst(app, pilot, opening)
        assert scope == app.main_screen.SCOPE
    assert read == {scope: 1}
    assert set(clocks.values()) <= {1}
