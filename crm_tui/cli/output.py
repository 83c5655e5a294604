"""The one place where answers become text: plain tables aligned in cells, and JSON.

JSON has stable keys, times in ISO-8601 with the offset of the setting's zone, and enumerations by
value; plain text has labels in the reader's language.
"""

import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Final

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import Msg
from crm_tui.domain.text import cell_width, display, pad
from crm_tui.i18n import render, tr

_zone: tzinfo = UTC


def use_zone(zone: tzinfo) -> None:
    """Draw times in ``zone`` from now on."""
    global _zone
    _zone = zone


def when(moment: datetime | date | None) -> str:
    """A time for people, local and to the minute; a date as it is."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        return f"{moment.astimezone(_zone):%Y-%m-%d %H:%M}"
    return moment.isoformat()


def local(message: Msg) -> Msg:
    """A sentence whose times are local and whose texts are display-safe."""
    return Msg(message.msgid, {name: _local_value(v) for name, v in message.params.items()})


def _local_value(value: object) -> object:
    if isinstance(value, Msg):
        return local(value)
    if isinstance(value, datetime):
        return when(value)
    return display(value, lines=True) if isinstance(value, str) else value


def sentence(message: Msg | str) -> str:
    """A sentence in the reader's language."""
    return render(local(message)) if isinstance(message, Msg) else message


def plain_value(value: Any) -> str:
    """A cell of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, Msg):
        return sentence(value)
    if isinstance(value, datetime | date):
        return when(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(plain_value(v) for v in value)
    return display(str(value))


def jsonable(value: Any) -> Any:
    """A value as JSON knows it; dataclasses become objects."""
    if value is None or (isinstance(value, bool | int | float) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(_zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Msg):
        return sentence(value)
    if isinstance(value, Mapping):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((jsonable(v) for v in value), key=str)
    if isinstance(value, Decimal | Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Iterable):
        return [jsonable(v) for v in value]
    return str(value)


_STEERING = re.compile(
    "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""What a terminal or an editor may obey; `json.dumps` escapes the rest of it."""


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """JSON text, Chinese readable; what could steer a terminal is escaped and reads back the same."""
    text = json.dumps(jsonable(value), ensure_ascii=False, allow_nan=False, indent=indent)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def error_object(error: DomainError) -> dict[str, Any]:
    """An error for programs: the code is stable, the message is for people."""
    found: dict[str, Any] = {
        "code": error.code,
        "field": error.field,
        "message": sentence(error.message),
    }
    problems = getattr(error, "problems", ())
    if len(problems) > 1:
        found["problems"] = [
            {"code": p.code, "field": p.field, "message": sentence(p.message)} for p in problems
        ]
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: msgid of its head, and whether it is a number."""

    head: str
    right: bool = False


SHORT: Final = 10
"""A column so narrow, of dates or words, is never cut."""
LEAST: Final = 6
"""Cells that a wider column of text keeps on a narrow terminal."""


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Lines of an aligned table; on a terminal the widest text gives way, in a pipe none does.

    What names a row, its numbers and what is short are never cut. Where they leave no room for the
    texts, each row is told as lines of its own.
    """
    cells = [[plain_value(v) for v in row] for row in rows]
    heads = [tr(c.head) for c in columns]
    widths = [max([cell_width(h), *(cell_width(r[i]) for r in cells)]) for i, h in enumerate(heads)]
    if sys.stdout.isatty():
        total = shutil.get_terminal_size().columns
        texts = [i for i, c in enumerate(columns) if i and not c.right and widths[i] > SHORT]
        over = sum(widths) + 2 * (len(widths) - 1) - total
        if over > sum(widths[i] - LEAST for i in texts):
            return _stacked(heads, cells)
        for _ in range(over):
            widest = max(texts, key=lambda i: widths[i])
            widths[widest] -= 1
    return [_line(line, columns, widths) for line in [heads, *cells]]


def _stacked(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Each row as lines of head and value below what names it, blank values left out."""
    margin = max(map(cell_width, heads[1:]), default=0)
    lines: list[str] = []
    for first, *rest in cells:
        lines.append(first)
        lines += [
            f"  {pad(head, margin)}  {value}"
            for head, value in zip(heads[1:], rest, strict=True)
            if value
        ]
    return lines


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [pad(c, w, right=k.right) for c, k, w in zip(cells, columns, widths, strict=True)]
    return "  ".join(parts).rstrip()


class Output:
    """Where a command writes its answer."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def json(self, value: Any) -> None:
        """Print a value as JSON."""
        print(to_json(value))

    def line(self, text: Msg | str = "") -> None:
        """Print a sentence or a finished line; nothing in it steers the terminal."""
        print(display(sentence(text), lines=True))

    def warn(self, text: Msg | str) -> None:
        """Print a sentence beside the answer, where a pipe does not carry it."""
        print(display(sentence(text), lines=True), file=sys.stderr)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
        """Print a table."""
        print("\n".join(table(columns, rows)))

    def pairs(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Print labels and values, a line each; what is empty is left out."""
        shown = [(tr(name), plain_value(value)) for name, value in pairs]
        shown = [(name, value) for name, value in shown if value]
        width = max((cell_width(name) for name, _ in shown), default=0)
        for name, value in shown:
            self.line(f"{pad(name, width)}  {value}")
