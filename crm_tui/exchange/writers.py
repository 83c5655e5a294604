"""Tables out of the house: CSV, XLSX and JSON, safe to open in a spreadsheet program.

Text that a spreadsheet would run as a formula is made text by a leading apostrophe; control and
bidirectional override characters are taken out. A file appears only when it is complete, readable
by its owner alone, because exports hold personal data.
"""

import csv
import datetime
import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO

from crm_tui.domain.errors import Unavailable, ValidationError
from crm_tui.domain.msg import msg

Cell = str | int | float | bool | Decimal | datetime.datetime | datetime.date | None
"""What a column may hold; times are aware and written in the zone given."""

XLSX_ROWS: Final = 1_048_576
"""Rows of a sheet, header included."""
XLSX_TEXT: Final = 32_767
"""Characters of a cell."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """``text`` without characters that steer a terminal or turn the reading direction."""
    return _SURROGATE.sub("\ufffd", _UNSAFE.sub("", text))


def neutral(text: str) -> str:
    """``text`` that no spreadsheet program runs: an apostrophe before ``= + - @``, tab and CR."""
    plain = clean(text)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def refuse_existing(path: Path, *, force: bool = False) -> None:
    """Refuse to write over what is there; ``force`` gives up a file, but no folder and no device.

    Raises `ValidationError` (``file_exists``).
    """
    if not path.exists() or (force and path.is_file()):
        return
    if path.is_file():
        told = msg("{file} is there already; choose another name, or say --force", file=str(path))
    else:
        told = msg("{file} is no file; choose another name", file=str(path))
    raise ValidationError(told, code="file_exists")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place when the block ends well.

    Raises `Unavailable` (``cannot_write``) where the folder does not allow it.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _cannot_write(path) from error
    part = Path(name)
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise _cannot_write(path) from error
    finally:
        part.unlink(missing_ok=True)


def _cannot_write(path: Path) -> Unavailable:
    return Unavailable(
        msg("The file {name} cannot be written; choose another folder", name=path.name),
        code="cannot_write",
    )


def text_of(cell: Cell, zone: datetime.tzinfo) -> str:
    """A cell as text: ISO dates, times in ``zone``, ``true`` and ``false``."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime.datetime):
        # without offset: spreadsheet programs read no offsets
        local = cell.astimezone(zone).replace(tzinfo=None)
        return local.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


def csv_cells(row: Iterable[Cell], zone: datetime.tzinfo) -> list[str]:
    """A row for CSV; numbers keep their minus sign, text that looks like a formula is neutral."""
    return [neutral(c) if isinstance(c, str) else text_of(c, zone) for c in row]


def dump_csv(
    stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]], zone: datetime.tzinfo
) -> int:
    """Write header and rows to an open stream; the number of rows."""
    writer = csv.writer(stream)
    writer.writerow(csv_cells(columns, zone))
    count = 0
    for row in rows:
        writer.writerow(csv_cells(row, zone))
        count += 1
    return count


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], zone: datetime.tzinfo
) -> int:
    """CSV as Excel reads it without being asked (UTF-8 with BOM, CRLF); the number of rows."""
    with replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        return dump_csv(stream, columns, rows, zone)


def write_json(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], zone: datetime.tzinfo
) -> int:
    """A JSON array of objects, one a line, text as stored; the number of rows."""
    count = 0
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("[")
        for row in rows:
            item = {name: _json_value(cell, zone) for name, cell in zip(columns, row, strict=True)}
            stream.write(",\n" if count else "\n")
            stream.write(json.dumps(item, ensure_ascii=False, allow_nan=False))
            count += 1
        stream.write("\n]\n")
    return count


def _json_value(cell: Cell, zone: datetime.tzinfo) -> str | int | float | bool | None:
    if isinstance(cell, str):
        return _SURROGATE.sub("\ufffd", cell)
    if isinstance(cell, datetime.datetime):
        return cell.astimezone(zone).isoformat()
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return str(cell)


def write_xlsx(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    zone: datetime.tzinfo,
    *,
    sheet: str = "Sheet1",
) -> int:
    """A workbook of one sheet, formulas and links off; the number of rows.

    Raises `ValidationError` (``too_many_rows``, ``cell_too_long``): a sheet holds no more, and
    nothing is cut silently.
    """
    # XlsxWriter costs start-up time and is needed here alone
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    # Zipped in memory: on a full disk the library's own file would complain once more when dropped.
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole, options) as book:
        page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", clean(sheet))[:31] or "Sheet1")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        page.freeze_panes(1, 0)
        page.write_row(0, 0, [clean(name) for name in columns])
        line = 0
        for line, row in enumerate(rows, 1):
            if line >= XLSX_ROWS:
                raise ValidationError(
                    msg("A sheet holds {limit} rows; export as CSV instead", limit=XLSX_ROWS - 1),
                    code="too_many_rows",
                )
            for index, cell in enumerate(row):
                if isinstance(cell, str):
                    text = clean(cell)
                    if len(text) > XLSX_TEXT:
                        raise ValidationError(
                            msg(
                                "A text in row {line} is longer than the {limit} characters of a "
                                "cell; export as CSV instead",
                                line=line,
                                limit=XLSX_TEXT,
                            ),
                            code="cell_too_long",
                        )
                    page.write_string(line, index, text)
                elif isinstance(cell, datetime.datetime):
                    local = cell.astimezone(zone).replace(tzinfo=None)
                    page.write_datetime(line, index, local, moment)
                elif isinstance(cell, datetime.date):
                    page.write_datetime(line, index, cell, day)
                elif isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**15:
                    page.write_string(line, index, str(cell))  # Excel keeps 15 digits
                elif cell is not None:
                    page.write(line, index, cell)
    with replacing(path) as part:
        part.write_bytes(whole.getbuffer())
    return line
