"""The files of figures hold what the services answer, on both engines (R-255, R-251)."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_tui.exchange import figures_files
from crm_tui.i18n import tr
from tests.services.conftest import Desk
from tests.services.figure_desk import JUNE, answers, customers, orders, value

ZONE = ZoneInfo("Asia/Shanghai")


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of any form, by the key of the column."""
    keys = {tr(head): key for key, head in figures_files.HEADS.items()}
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
        return found
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [{keys[h]: v for h, v in row.items()} for row in csv.DictReader(stream)]
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [dict(zip((keys[h] for h in head), row, strict=True)) for row in rows]


@pytest.mark.req("R-255")
def test_files_have_the_numbers_of_the_figures(desk: Desk, tmp_path: Path) -> None:
    one, other = customers(desk, 2)
    orders(
        desk,
        (one, date(2024, 5, 2), 33_333, 1),
        (one, date(2024, 6, 1), 10_000, None),
        (other, date(2024, 6, 2), 5, 1),
    )
    answers(desk, "csat", 5, 5, 4, 3)
    root = desk.actor("root")
    panel = desk.services.figures.panel(JUNE, actor=root)
    expected = {f.id: value(desk, f.id, JUNE) for f in panel.figures}
    for form in figures_files.FORMATS:
        path = tmp_path / f"kpi.{figures_files.ENDINGS[form]}"
        count = figures_files.write(figures_files.panel_table(panel), form, path, ZONE)
        assert count == len(panel.figures)
        if form == "xlsx":
            continue
        rows = {row["id"]: row for row in read(path)}
        assert set(rows) == set(expected)
        for name, figure in expected.items():
            row = rows[name]
            for told, known in ((row["value"], figure.value), (row["previous"], figure.previous)):
                if known is None:
                    assert told in (None, ""), (form, name)
                else:
                    assert abs(Decimal(str(told)) - known) < Decimal("1e-9"), (form, name)
            assert int(row["rows"]) == figure.rows
            # June still runs: what it is compared with is said beside it.
            assert (row["compared_from"], row["compared_to"]) == ("2024-05-01", "2024-05-03")
            assert str(row["to_date"]).lower() in ("true", "yes", "1"), (form, row["to_date"])


@pytest.mark.req("R-255")
def test_a_table_says_what_is_nothing_and_what_is_yet_to_come(desk: Desk, tmp_path: Path) -> None:
    (one,) = customers(desk, 1)
    orders(desk, (one, date(2024, 4, 2), 100, 1), (one, date(2024, 6, 1), 100, 1))
    grid = desk.services.figures.grid("cohorts", JUNE, actor=desk.actor("root"))
    path = tmp_path / "cohorts.json"
    figures_files.write(figures_files.grid_table(grid), "json", path, ZONE)
    rows = {(r["row"], r["column"]): (r["value"], r["shown"]) for r in read(path)}
    assert [rows["2024-04", f"+{away}"] for away in range(4)] == [
        (100, "100.0 %"),
        (0, "0.0 %"),
        (100, "100.0 %"),
        (None, "yet to come"),
    ]
    # Nobody first ordered in May.
    assert ("2024-05", "+0") not in rows
