"""Files out: formulas, steering characters, types, and nothing half-written."""

import csv
import datetime
import io
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from crm_tui.domain.errors import Unavailable, ValidationError
from crm_tui.exchange import writers
from crm_tui.exchange.profiles.base import SHANGHAI
from crm_tui.exchange.tabular import open_table
from crm_tui.exchange.writers import Cell, clean, neutral, write_csv, write_json, write_xlsx

MOMENT = datetime.datetime(2024, 6, 3, 1, 0, tzinfo=datetime.UTC)
COLUMNS = ["名称", "=kind", "n"]
ROWS: list[list[Cell]] = [
    ["甲", "=1+1", -5],
    ["\x1b[31m乙\u202e", "+86 139", 1.5],
    [None, True, Decimal("12.50")],
    [MOMENT, MOMENT.date(), 10**17],
]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_formulas_become_text(start: str) -> None:
    assert neutral(f"{start}cmd|' /C calc'!A0").startswith("'")
    assert neutral(f"\x00{start}x") == f"'{start}x"


def test_csv_opens_in_excel_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert write_csv(path, COLUMNS, ROWS, SHANGHAI) == 4
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
    table = open_table(path)
    assert table.columns == ("名称", "'=kind", "n")
    assert [list(row.values.values()) for row in table.rows()] == [
        ["甲", "'=1+1", "-5"],
        ["[31m乙", "'+86 139", "1.5"],
        ["", "true", "12.50"],
        ["2024-06-03 09:00:00", "2024-06-03", str(10**17)],
    ]


def test_json_keeps_text_as_stored(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert write_json(path, COLUMNS, [*ROWS, ["\ud800", "", 1]], SHANGHAI) == 5
    found = json.loads(path.read_text("utf-8"))
    assert found[0] == {"名称": "甲", "=kind": "=1+1", "n": -5}
    assert found[3]["名称"] == "2024-06-03T09:00:00+08:00"
    assert found[4]["名称"] == "\ufffd"
    assert write_json(path, COLUMNS, [], SHANGHAI) == 0
    assert json.loads(path.read_text("utf-8")) == []


def test_xlsx_holds_values_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert write_xlsx(path, COLUMNS, ROWS, SHANGHAI, sheet="a/b:[c]") == 4
    book = CalamineWorkbook.from_path(str(path))
    [name] = book.sheet_names
    assert name == "a b  c "
    assert book.get_sheet_by_name(name).to_python()[1:] == [
        ["甲", "=1+1", -5.0],
        ["[31m乙", "+86 139", 1.5],
        ["", True, 12.5],
        [datetime.datetime(2024, 6, 3, 9, 0), datetime.date(2024, 6, 3), str(10**17)],
    ]


def test_xlsx_refuses_what_a_sheet_cannot_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.xlsx"
    with pytest.raises(ValidationError) as caught:
        write_xlsx(path, ["a"], [["x" * 32_768]], SHANGHAI)
    assert caught.value.code == "cell_too_long"
    monkeypatch.setattr(writers, "XLSX_ROWS", 3)
    with pytest.raises(ValidationError) as caught:
        write_xlsx(path, ["a"], [[1], [2], [3]], SHANGHAI)
    assert caught.value.code == "too_many_rows"
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old", "utf-8")

    def rows() -> list[list[Cell]]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_csv(path, ["a"], (row for _ in [0] for row in rows()), SHANGHAI)
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(Unavailable):
        write_csv(tmp_path / "none" / "out.csv", ["a"], [], SHANGHAI)
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable):
        write_csv(tmp_path / "folder", ["a"], [["x"]], SHANGHAI)


@settings(max_examples=100)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_any_text_survives_as_one_harmless_cell(cells: list[str]) -> None:
    stream = io.StringIO(newline="")
    writers.dump_csv(stream, ["a"] * len(cells), [cells], SHANGHAI)
    stream.seek(0)
    _, read = csv.reader(stream)
    assert read == [neutral(cell) for cell in cells]
    for cell in read:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert clean(cell) == cell
        cell.encode("utf-8")
