"""What nobody should type, on board, timeline and page: refused with its reason, or drawn (issue 4)."""

import pytest
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.domain.text import cell_width
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.form import Form
from tests.tui.boards import add
from tests.tui.driving import HOSTILE, burst, press, running, settle, shown

WAYS = {"board": ("3",), "timeline": ("4",), "page": ("3", "enter")}
WRONG = {
    "zero owners": ({"owner_id": ""}, "First responsible"),
    "two owners": ({"owner_id": "ana, lin"}, "ana, lin"),
    "nobody's name": ({"owner_id": "nobody_there"}, "nobody_there"),
    "end before start": ({"start_on": "2024-06-10", "due_on": "2024-06-09"}, "before the start"),
    "progress over 100": ({"progress": "101"}, "100"),
    "progress below 0": ({"progress": "-1"}, "0"),
    "no department": ({"department_ids": ""}, "Departments"),
    "no description": ({"description": ""}, "Description"),
    "a day that is none": ({"due_on": "2024-02-30"}, "2024-02-30"),
}


@pytest.mark.req("R-196", "R-198")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_form_refuses_with_the_reason_and_writes_nothing(
    opened: Opened, way: tuple[str, ...]
) -> None:
    services, actor = opened.services, opened.actor
    task = add(services, actor, "Ask the suppliers")
    before = services.audit.last_seq()
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, *way, "e")
        form = app.screen
        assert isinstance(form, Form)
        kept = {name: str(value) for name, value in form.values().items()}
        for case, (texts, reason) in WRONG.items():
            for name, text in texts.items():
                field = form.query_one(f"#f-{name}")
                setattr(field, "value" if isinstance(field, Input) else "text", text)
            await press(app, pilot, "ctrl+s")
            assert app.screen is form, case
            assert reason in shown(app), case
            for name in texts:
                field = form.query_one(f"#f-{name}")
                setattr(field, "value" if isinstance(field, Input) else "text", kept[name])
            await settle(app, pilot)
    assert services.audit.last_seq() == before
    assert services.tasks.card(task, actor=actor).version == 1


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_progress_out_of_range_and_rings_are_refused_by_key(
    opened: Opened, way: tuple[str, ...]
) -> None:
    services, actor = opened.services, opened.actor
    first, then = add(services, actor, "First", due_on="2024-06-08"), add(services, actor, "Then")
    services.tasks.link(first, then, actor=actor).one()
    async with running(opened) as (app, pilot):
        await press(app, pilot, *way)
        for text in ("101", "-1", "9999"):
            await press(app, pilot, "percent_sign")
            await burst(app, pilot, f"{text}\r")
            assert services.tasks.card(first, actor=actor).progress == 0
            assert "100" in app.said[-1] or "0" in app.said[-1]
        if way != WAYS["board"]:
            await press(app, pilot, "plus")
            await burst(app, pilot, "Then\r")
            assert "XZ2024002 → XZ2024001 → XZ2024002" in app.said[-1]


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 60)])
async def test_far_dates_and_long_titles_are_drawn_to_the_cell(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    services, actor = opened.services, opened.actor
    ids = [
        add(services, actor, "长" * 500, due_on="2024-06-09", completion_standard="标" * 500),
        add(services, actor, HOSTILE, remark=HOSTILE),
        add(services, actor, "old", start_on="1900-01-01", due_on="1900-01-02"),
        add(services, actor, "far", start_on="9999-12-30", due_on="9999-12-31"),
        add(services, actor, "ages", start_on="1900-01-01", due_on="9999-12-31"),
    ]
    async with running(opened, size) as (app, pilot):
        for keys in (("3",), ("3", "W", "o"), ("4",), ("4", "W")):
            await press(app, pilot, *keys)
            for key in ("G", "g", "l", "h"):
                await press(app, pilot, key)
                _whole(shown(app), size)
        for task in ids:
            await burst(app, pilot, f":go XZ2024{task:03}\r")
            for key in ("pagedown", "G"):
                await press(app, pilot, key)
                _whole(shown(app), size)
            await press(app, pilot, "escape")
        assert isinstance(app.screen, BaseScreen)


def _whole(text: str, size: tuple[int, int]) -> None:
    """Every line fills the screen, and nothing that a terminal would obey is left in it."""
    lines = text.splitlines()
    assert len(lines) == size[1]
    assert {cell_width(line) for line in lines} == {size[0]}
    assert "\x1b" not in text
    assert "\u202e" not in text


async def test_nothing_and_one_row_are_no_special_cases(opened: Opened) -> None:
    keys = ("j", "G", "g", "l", "space", "v", "escape", "V", "escape", "percent_sign", "escape")
    async with running(opened) as (app, pilot):
        for place in ("3", "4"):
            await press(app, pilot, place, *keys, "enter")
            assert isinstance(app.screen, BaseScreen)
        add(opened.services, opened.actor, "The only one")
        for place in ("3", "4"):
            await press(app, pilot, place, "ctrl+r", *keys, "enter")
            assert "The only one" in shown(app)
            await press(app, pilot, "escape")
    assert not app.trouble
