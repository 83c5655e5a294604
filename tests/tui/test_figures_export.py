"""What the panel shows as files (R-255)."""

import csv
import json
from pathlib import Path

import pytest
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.domain import kpi
from crm_tui.exchange.figures_text import number
from crm_tui.tui.widgets.dialogs import Prompt
from tests.tui.driving import burst, press, running, shown
from tests.tui.figures_desk import figured, panel_of, to_figure


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """As a manager sees it."""
    return figured(opened)


@pytest.mark.req("R-255")
@pytest.mark.parametrize("form", ["csv", "json", "markdown", "xlsx"])
async def test_an_export_has_the_numbers_of_the_screen(
    desk: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(desk, (200, 60)) as (app, pilot):
        await press(app, pilot, "5")
        await burst(app, pilot, f":export {form}\r")
        path = next(tmp_path.glob("kpi-2023-06-07-2024-06-06.*"))
        wanted = {f.id: number(f.value, f.unit) for f in panel_of(app).figures}
        assert _exported(path) == wanted
        for text in wanted.values():
            assert text in shown(app)
        await burst(app, pilot, f":export {form}\r")
        assert isinstance(app.screen, Prompt)
        assert "is there already" in shown(app)


def _exported(path: Path) -> dict[str, str]:
    """What a file says of each figure."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {r["id"]: r["shown"].removeprefix("'") for r in csv.DictReader(stream)}
    if path.suffix == ".json":
        return {r["id"]: r["shown"] for r in json.loads(path.read_text("utf-8"))}
    if path.suffix == ".md":
        cells = [
            [c.strip() for c in line.strip("|").split("|")]
            for line in path.read_text("utf-8").splitlines()
            if line.startswith("|")
        ]
        at = cells[0].index("shown")
        return {row[0]: row[at] for row in cells[2:]}
    from crm_tui.exchange.workbooks import read_sheets

    head, *rows = next(iter(read_sheets(path).values()))
    return {row[0]: row[head.index("shown")] for row in rows}


@pytest.mark.req("R-255")
async def test_a_table_and_a_breakdown_are_exported_as_shown(desk: Opened, tmp_path: Path) -> None:
    async with running(desk) as (app, pilot):
        await press(app, pilot, "5", "v", "1", "E", "c")
        prompt = app.screen
        assert isinstance(prompt, Prompt)
        prompt.query_one(Input).value = str(tmp_path / "grid.csv")
        await press(app, pilot, "enter")
        with (tmp_path / "grid.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert sum(int(r["value"]) for r in rows) == 7
        await press(app, pilot, "escape")
        await to_figure(app, pilot, "arrivals")
        place = kpi.spec("arrivals").dimensions.index("kind") + 1
        await press(app, pilot, "b", str(place))
        await burst(app, pilot, f":export json {tmp_path / 'split.json'}\r")
        parts = json.loads((tmp_path / "split.json").read_text("utf-8"))
        assert {p["part"]: p["value"] for p in parts} == {"complaint": 3, "consultation": 4}
        await burst(app, pilot, f":export csv {tmp_path / 'no' / 'where.csv'}\r")
        assert "cannot be written" in app.said[-1]
