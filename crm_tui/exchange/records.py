"""Lines of text to CSV records, bounded, with the line where each begins.

A quote that is never closed would swallow the rest of a file. Records are limited in lines and
characters and read strictly, and the error names the line where the quote opened.
"""

import csv
from collections.abc import Iterator
from io import TextIOBase
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

MAX_FIELD: Final = 131_072
"""Characters of one field: the limit of the csv module, which is global and left alone."""
MAX_LINE: Final = 1 << 20
"""Characters of one line."""
MAX_RECORD: Final = 1 << 20
"""Characters of one record."""
MAX_RECORD_LINES: Final = 2_000
"""Lines of one record, blank lines inside quotes included."""


class _Lines:
    """The lines of a text, counted; remembers the lines of the record being read."""

    def __init__(self, text: TextIOBase, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self.number = 0
        self.start = 1
        self.record: list[str] = []
        self._size = 0

    def begin(self) -> None:
        """The next line begins a record."""
        self.start = self.number + 1
        self.record.clear()
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > MAX_LINE:
            raise ValidationError(
                msg(
                    "Line {line} is longer than {limit} characters; this is not a table of text",
                    line=self.number,
                    limit=MAX_LINE,
                ),
                code="line_too_long",
            )
        if "\0" in line:
            raise ValidationError(
                msg(
                    "Line {line} holds a NUL byte: the file is damaged or not text; "
                    "export it again as CSV or XLSX",
                    line=self.number,
                ),
                code="nul_byte",
            )
        self.record.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD or len(self.record) > MAX_RECORD_LINES:
            raise unclosed(self, self._delimiter)
        return line


def _opening_line(lines: _Lines, delimiter: str) -> int | None:
    """The line of the quote that opened last in the record, None if there is none."""
    opened: int | None = None
    quoted = False
    at_start = True
    for offset, line in enumerate(lines.record):
        index = 0
        while index < len(line):
            char = line[index]
            if quoted:
                if char == '"':
                    if line[index + 1 : index + 2] == '"':
                        index += 1
                    else:
                        quoted = False
            elif char == '"' and at_start:
                quoted = True
                opened = lines.start + offset
            at_start = not quoted and char in (delimiter, "\n", "\r")
            index += 1
    return opened


def unclosed(lines: _Lines, delimiter: str) -> ValidationError:
    """The refusal that names the line where the open quote stands."""
    return ValidationError(
        msg(
            "The quote that opens in line {line} is not closed properly; close it there, "
            "or double the quotes inside the text, and import the file again",
            line=_opening_line(lines, delimiter) or lines.start,
        ),
        code="unclosed_quote",
    )


def records(text: TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every record of ``text`` with the line it begins on; blank lines come as empty records.

    Raises `ValidationError`: ``unclosed_quote``, ``field_too_long``, ``line_too_long`` or
    ``nul_byte``.
    """
    lines = _Lines(text, delimiter)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                raise ValidationError(
                    msg(
                        "A field of the row that begins in line {line} is longer than {limit} "
                        "characters; shorten it, or look for a quote that is not closed",
                        line=_opening_line(lines, delimiter) or lines.start,
                        limit=MAX_FIELD,
                    ),
                    code="field_too_long",
                ) from error
            raise unclosed(lines, delimiter) from error
        yield lines.start, cells
