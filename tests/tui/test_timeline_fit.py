"""The timeline beside a pane that comes and goes: drawn for the width that it has."""

from crm_tui.bootstrap import Opened
from crm_tui.tui.screens.ticket import TicketScreen
from tests.tui.driving import press, running, settle, shown


async def test_what_is_drawn_before_the_timeline_hears_of_its_width_fits(opened: Opened) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    opened.services.messages.note([1], words, actor=opened.actor)
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        app.screen.query_one("#right").display = False
        # Textual's layout, of which the widgets hear only afterwards.
        app.screen._refresh_layout()
        assert "word0 " + " ".join(f"word{number}" for number in range(1, 14)) in shown(app)
        await settle(app, pilot)
        assert app.screen.timeline.top + app.screen.timeline.size.height >= len(
            app.screen.timeline.lines
        )
