"""A terminal that is made larger at the end of a list shows as much of it as it can."""

import pytest

from crm_tui.bootstrap import Opened
from tests.tui.boards import add
from tests.tui.driving import press, running, settle, shown

COUNT = 60


@pytest.fixture
def long(opened: Opened) -> Opened:
    """Tasks and goals for several screens."""
    services, actor = opened.services, opened.actor
    for number in range(COUNT):
        dates = {"start_on": f"2024-06-{number % 28 + 1:02}", "due_on": "2024-07-09"}
        add(services, actor, f"row {number:02}", **dates)
    root = services.org.login("root")
    for number in range(COUNT):
        services.registers.create(
            "goal",
            {
                "objective": f"row {number:02}",
                "metric": "%",
                "metric_source": "desk",
                "baseline": "60",
                "target": "90",
                "deadline_on": "2024-12-31",
            },
            actor=root,
        )
    return opened


@pytest.mark.parametrize(("place", "lines"), [("3", 3), ("4", 1), ("7", 1), ("1", 1)])
async def test_what_was_out_of_sight_comes_down_into_the_new_lines(
    long: Opened, place: str, lines: int
) -> None:
    for number in range(COUNT if place == "1" else 0):
        data = {"kind": "complaint", "channel": "phone", "subject": f"row {number:02}"}
        long.services.intake.create({**data, "description": "?"}, actor=long.actor)
    async with running(long) as (app, pilot):
        await press(app, pilot, place)
        if place == "7":
            while "row" not in shown(app):
                await press(app, pilot, "right_square_bracket")
        await press(app, pilot, "G")
        await pilot.resize_terminal(120, 40)
        await settle(app, pilot)
        seen = shown(app)
        # All but the lines of the frame, the heads and the last card's rest.
        assert seen.count("row ") >= (40 - 7) // lines, seen
        await pilot.resize_terminal(80, 24)
        await settle(app, pilot)
        assert shown(app).count("row ") >= (24 - 7) // lines
