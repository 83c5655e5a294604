"""Sheets of XLSX, XLS and ODS files as rows of text, by calamine."""

import datetime
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.exchange.percents import Places, percent_cells, shown
from crm_tui.exchange.sources import Progress

MAX_UNPACKED: Final = 512 << 20
"""Bytes of all parts of a workbook, unpacked."""
MAX_CELLS: Final = 20_000_000
"""Cells of the rectangle a sheet spans; calamine reserves all of them, empty ones too."""
_CELL: Final = re.compile(rb'<(?:\w+:)?c (?:[^>]*? )?r="([A-Z]{1,3})(\d{1,7})"')
_CHUNK: Final = 1 << 20


def read_sheets(path: Path, progress: Progress | None = None) -> dict[str, list[list[str]]]:
    """The visible sheets of ``path`` by name, each row at its place in the sheet.

    Whole numbers come without ``.0``, cells in percent as they are shown, dates as ISO, truth values
    as ``true`` and ``false``. Raises `ValidationError` with code ``bad_workbook``,
    ``workbook_locked`` or ``workbook_too_big``.
    """
    try:
        size = path.stat().st_size
        _check_size(path)
        percents = percent_cells(path)
        with CalamineWorkbook.from_path(str(path)) as book:
            sheets = {
                meta.name: _texts(
                    book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False),
                    percents.get(meta.name, frozenset()),
                )
                for meta in book.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
            }
    except DomainError:
        raise
    except PasswordError as error:
        raise ValidationError(
            msg("The workbook is protected by a password; save it without one"),
            code="workbook_locked",
        ) from error
    except (CalamineError, OSError, zipfile.BadZipFile, ValueError, OverflowError) as error:
        raise _damaged(path) from error
    except BaseException as error:
        # a panic of the Rust library is no Exception, and it is not importable by name
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path) from error
    if progress is not None:
        progress(size, size)
    return sheets


def _texts(rows: Sequence[Sequence[object]], percents: Places) -> list[list[str]]:
    found = [[text_of(cell) for cell in row] for row in rows]
    for line, column in percents:
        if line < len(rows) and column < len(rows[line]):
            cell = rows[line][column]
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                found[line][column] = shown(cell)
    return found


def _damaged(path: Path) -> ValidationError:
    return ValidationError(
        msg(
            "The workbook {name} cannot be read; open it in a spreadsheet program and save it "
            "again as XLSX or CSV",
            name=path.name,
        ),
        code="bad_workbook",
    )


def _check_size(path: Path) -> None:
    """Refuse what would exhaust memory before the library reserves it."""
    if not zipfile.is_zipfile(path):
        return
    too_big = ValidationError(
        msg("The workbook {name} is too big to read whole; save the sheet as CSV", name=path.name),
        code="workbook_too_big",
    )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise too_big
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and _span(archive, part) > MAX_CELLS:
                    raise too_big
    except (NotImplementedError, RuntimeError, EOFError) as error:
        raise _damaged(path) from error


def _span(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Cells of the rectangle from A1 to the farthest cell of a sheet."""
    width = height = 0
    tail = b""
    seen_columns: set[bytes] = set()
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            last_row = 0
            for column, row in _CELL.findall(tail + chunk):
                seen_columns.add(column)
                last_row = max(last_row, int(row))
            height = max(height, last_row)
            tail = chunk[-128:]
    for column in seen_columns:
        number = 0
        for letter in column:
            number = number * 26 + letter - 64
        width = max(width, number)
    return width * height


def text_of(cell: object) -> str:
    """A cell's value as the text a CSV would hold."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
