"""Tables on terminals that are narrow: nothing that one acts by is cut."""

import os
import shutil
import sys

import pytest

from crm_tui.cli.output import Column, table
from crm_tui.domain.text import cell_width

COLUMNS = (
    Column("Number"),
    Column("Subject"),
    Column("Due"),
    Column("Customer"),
    Column("x", True),
)
ROWS = [
    (
        "XZ2026025",
        "打印头需要更换，客户等待答复",
        "2026-11-30",
        "南山智能仓储股份公司",
        "1,234.56 h",
    ),
    ("XZ2026005", "How to add a user to the portal", "2026-12-09", "Harbour Foods Group", "2 h"),
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Standard output is a terminal."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    return monkeypatch


def drawn(terminal: pytest.MonkeyPatch, cells: int) -> list[str]:
    """The table on a terminal so wide."""
    size = os.terminal_size((cells, 24))
    terminal.setattr(shutil, "get_terminal_size", lambda *_: size)
    return table(COLUMNS, ROWS)


@pytest.mark.parametrize("cells", [58, 66, 80, 120])
def test_texts_give_way_to_numbers_and_dates(terminal: pytest.MonkeyPatch, cells: int) -> None:
    lines = drawn(terminal, cells)
    assert len(lines) == 3
    assert all(cell_width(line) <= cells for line in lines)
    for line, row in zip(lines[1:], ROWS, strict=True):
        for kept in (row[0], row[2], row[4]):
            assert kept in line
    # Chinese or not, the columns stand below each other.
    assert len({cell_width(line[: line.index("2026-1")]) for line in lines[1:]}) == 1


def test_where_nothing_fits_a_row_is_told_in_lines(terminal: pytest.MonkeyPatch) -> None:
    lines = drawn(terminal, 40)
    assert lines[0] == "XZ2026025"
    assert lines[1] == "  Subject   打印头需要更换，客户等待答复"
    assert lines[3] == "  Customer  南山智能仓储股份公司"
    assert lines[5] == "XZ2026005"


def test_a_pipe_cuts_nothing(terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert ROWS[1][1] in drawn(terminal, 40)[2]
