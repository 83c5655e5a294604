"""Tables from files of any origin, row by row: CSV in its many forms, XLSX, XLS and ODS (R-314).

`open_table` finds encoding, delimiter and header, or refuses with a sentence that says what to do.
Rows stream; memory does not grow with the file, except for workbooks, which are read whole.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.exchange import encodings, reasons
from crm_tui.exchange.headers import Column, match, unique
from crm_tui.exchange.records import records
from crm_tui.exchange.sources import (
    READ_ERRORS,
    Kind,
    Progress,
    as_domain_error,
    kind_of,
    open_bytes,
)

HEADER_WITHIN: Final = 25
"""Records that are searched for the header."""
DELIMITERS: Final = ",;\t|"
_SAMPLE_LINES: Final = 200
_SAMPLE_CHARS: Final = 1 << 18
_NUMBER: Final = re.compile(r"[-+]?[\d.,/:%\s-]*\d[\d.,/:%\s-]*")
_SEP_LINE: Final = re.compile(r"sep=(.)\s*")


class Row(NamedTuple):
    """One row: the line it begins on (or the row of the sheet), its cells by column, its fault.

    ``problem`` is a sentence when the row does not fit the header; such a row must be refused.
    """

    line: int
    values: dict[str, str]
    problem: Msg | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table. `rows` reads it from the start each time it is called.

    ``columns`` are the keys of every row: `Column.name` where the header matched an expected
    column, else the header cell, made unique. ``headers`` are the cells of the header as they stand
    in the file, for whoever speaks of a column to its owner. ``header_line`` counts from 1. ``encoding`` and
    ``delimiter`` are None for workbooks, ``sheet`` is None for text. ``unread_sheets`` names
    further sheets that hold rows.
    """

    path: Path
    columns: tuple[str, ...]
    headers: tuple[str, ...]
    header_line: int
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    unread_sheets: tuple[str, ...]
    _open: Callable[[], Iterator[tuple[int, list[str]]]]

    def rows(self) -> Iterator[Row]:
        """The rows below the header; blank ones are left out. Raises `DomainError` on damage."""
        width = len(self.columns)
        columns = self.columns
        for line, cells in self._open():
            if line <= self.header_line:
                continue
            count = len(cells)
            if count == width:
                if any(cells):
                    yield Row(line, dict(zip(columns, cells, strict=True)))
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if count < width:
                cells.extend([""] * (width - count))
                yield Row(line, dict(zip(columns, cells, strict=True)))
                continue
            values = dict(zip(columns, cells, strict=False))
            if not any(cell.strip() for cell in cells[width:]):
                yield Row(line, values)
                continue
            values[f"#{width + 1}"] = " | ".join(cells[width:])
            yield Row(
                line,
                values,
                msg(
                    "The row has {count} cells, the header {width}; quote cells that hold the "
                    "delimiter",
                    count=count,
                    width=width,
                ),
            )


def open_table(
    path: Path,
    expected: Sequence[Column] = (),
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Table:
    """Find out how to read ``path`` and return it as a `Table`; nothing is written.

    ``expected`` are the columns the caller needs; without them the header is the first row that
    looks like one. Raises `DomainError`: ``no_file``, ``empty_file``, ``gzip_damaged``,
    ``unknown_encoding``, ``no_header``, ``missing_columns``, ``header_lost``, ``bad_workbook`` and
    those of `records`.
    """
    kind = kind_of(path)
    if kind == "workbook":
        # calamine costs start-up time and is needed for workbooks alone
        from crm_tui.exchange.workbooks import read_sheets

        return _open_workbook(path, expected, sheet, read_sheets(path, progress))
    try:
        return _open_text(path, kind, expected, encoding, delimiter, progress)
    except READ_ERRORS as error:
        raise as_domain_error(error, path) from error


def _open_text(
    path: Path,
    kind: Kind,
    expected: Sequence[Column],
    asked: str | None,
    delimiter: str | None,
    progress: Progress | None,
) -> Table:
    encoding = encodings.choose(lambda: open_bytes(path, kind), asked)

    def text() -> io.TextIOWrapper:
        return io.TextIOWrapper(
            open_bytes(path, kind, progress), encoding=encoding, errors="strict", newline=""
        )

    with text() as stream:
        sample = _sample(stream)
    if not any(line.strip("\ufeff\0 \t\r\n") for line in sample):
        raise ValidationError(msg("The file {name} is empty", name=path.name), code="empty_file")
    # the line by which Excel is told the delimiter is no row
    told = _SEP_LINE.fullmatch(sample[0].lstrip("\ufeff"))
    separator = delimiter or (told[1] if told else _sniff(sample, expected))
    if len(separator) != 1 or separator in '"\r\n\0':
        raise ValidationError(
            msg("The delimiter must be one character, such as , or ; or a tab"),
            code="bad_delimiter",
            field="delimiter",
        )

    def read() -> Generator[tuple[int, list[str]], None, None]:
        try:
            with closing(text()) as stream:
                yield from islice(records(stream, separator), 1 if told else 0, None)
        except READ_ERRORS as error:
            raise as_domain_error(error, path) from error
        except UnicodeError as error:
            raise ValidationError(
                msg("The file {name} changed while it was read; import it again", name=path.name),
                code="file_changed",
            ) from error

    with closing(read()) as head:
        corrected = reasons.stand_in(next(head, (0, []))[1])

    def rows() -> Generator[tuple[int, list[str]], None, None]:
        return reasons.taken_off(read()) if corrected else read()

    with closing(rows()) as head:
        line, names, cells = _header(list(islice(head, HEADER_WITHIN)), expected)
    return Table(path, names, cells, line, encoding, separator, None, (), rows)


def _sample(stream: io.TextIOBase) -> list[str]:
    lines: list[str] = []
    size = 0
    while len(lines) < _SAMPLE_LINES and size < _SAMPLE_CHARS:
        line = stream.readline(_SAMPLE_CHARS)
        if not line:
            break
        lines.append(line)
        size += len(line)
    return lines


def _sniff(sample: list[str], expected: Sequence[Column]) -> str:
    """The delimiter under which most expected columns, else most rows of equal width, appear."""

    def score(delimiter: str) -> tuple[int, float]:
        parsed: list[list[str]] = []
        with suppress(csv.Error):
            parsed.extend(
                csv.reader((line.replace("\0", "") for line in sample), delimiter=delimiter)
            )
        named = max((len(match(cells, expected)) for cells in parsed[:HEADER_WITHIN]), default=0)
        widths = Counter(len(cells) for cells in parsed if len(cells) > 1)
        if not widths:
            return named, 0.0
        width, count = widths.most_common(1)[0]
        return named, count / len(parsed) * min(width, 8)

    return max(DELIMITERS, key=score)


def _header(
    head: list[tuple[int, list[str]]], expected: Sequence[Column]
) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Line, column names and cells of the header among the first records."""
    line, names = _named(head, expected)
    cells = next(cells for number, cells in head if number == line)
    return line, names, tuple(cell.strip("\ufeff \t") for cell in cells)


def _named(
    head: list[tuple[int, list[str]]], expected: Sequence[Column]
) -> tuple[int, tuple[str, ...]]:
    if expected:
        return _expected_header(head, expected)
    filled = [sum(1 for cell in cells if cell.strip()) for _, cells in head]
    usual = Counter(count for count in filled if count).most_common(1)
    if not usual:
        raise _no_header(())
    enough = ceil(usual[0][0] * 0.8)
    for (line, cells), count in zip(head, filled, strict=True):
        if count < enough:
            continue
        first = next(cell.strip() for cell in cells if cell.strip())
        if _NUMBER.fullmatch(first):
            break
        lost = sum(1 for cell in cells if cell.strip() and not cell.strip("?？\ufffd "))
        if lost * 2 > count:
            raise ValidationError(
                msg(
                    "The column names in line {line} are lost (??); export the file again as UTF-8",
                    line=line,
                ),
                code="header_lost",
            )
        return line, unique(cells)
    raise _no_header(())


def _expected_header(
    head: list[tuple[int, list[str]]], expected: Sequence[Column]
) -> tuple[int, tuple[str, ...]]:
    required = {column.name for column in expected if column.required}
    best: dict[int, Column] = {}
    best_at: tuple[int, list[str]] = (0, [])
    for line, cells in head:
        found = match(cells, expected)
        if len(found) > len(best):
            best, best_at = found, (line, cells)
        if required <= {column.name for column in found.values()}:
            break
    if not best or (len(best) == 1 and len(required) > 2):
        raise _no_header(expected)
    missing = [c.called for c in expected if c.required and c not in best.values()]
    if missing:
        raise ValidationError(
            msg(
                "The header in line {line} lacks the columns {missing}; add them or rename yours",
                line=best_at[0],
                missing=", ".join(missing),
            ),
            code="missing_columns",
        )
    line, cells = best_at
    named = [best[i].name if i in best else cell for i, cell in enumerate(cells)]
    names = unique(named)
    # `unique` may have numbered an expected column behind an unknown one of the same name
    keys = {index: column.name for index, column in best.items()}
    return line, tuple(
        keys.get(i, f"{name} (#{i + 1})" if name in keys.values() else name)
        for i, name in enumerate(names)
    )


def _no_header(expected: Sequence[Column]) -> ValidationError:
    names = ", ".join(column.called for column in expected if column.required)
    if names:
        return ValidationError(
            msg(
                "No header was found in the first {count} rows; one row must name the columns "
                "{names}",
                count=HEADER_WITHIN,
                names=names,
            ),
            code="no_header",
        )
    return ValidationError(
        msg(
            "No header was found in the first {count} rows; put the names of the columns above "
            "the data",
            count=HEADER_WITHIN,
        ),
        code="no_header",
    )


def _open_workbook(
    path: Path,
    expected: Sequence[Column],
    wanted: str | None,
    sheets: dict[str, list[list[str]]],
) -> Table:
    if wanted is not None and wanted not in sheets:
        raise ValidationError(
            msg(
                "There is no sheet {name}; the file has {names}",
                name=wanted,
                names=", ".join(sheets),
            ),
            code="no_sheet",
            field="sheet",
        )
    filled = [name for name, rows in sheets.items() if any(map(any, rows))]
    chosen = [wanted] if wanted is not None else filled
    refusal: ValidationError | None = None
    for name in chosen:
        rows = sheets[name]
        if rows and reasons.stand_in(rows[0]):
            rows = [cells for _, cells in reasons.taken_off(_numbered(rows))]
        try:
            line, names, cells = _header(list(islice(_numbered(rows), HEADER_WITHIN)), expected)
        except ValidationError as error:
            refusal = refusal or error
            continue
        others = tuple(other for other in filled if other != name)
        return Table(path, names, cells, line, None, None, name, others, partial(_numbered, rows))
    raise refusal or ValidationError(
        msg("The file {name} is empty", name=path.name), code="empty_file"
    )


def _numbered(rows: list[list[str]]) -> Generator[tuple[int, list[str]], None, None]:
    yield from ((number, list(cells)) for number, cells in enumerate(rows, 1))
