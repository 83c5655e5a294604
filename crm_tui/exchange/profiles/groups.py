"""Rows of one case that stand together, and the parsed times of logs."""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from crm_tui.exchange.profiles.base import (
    Refused,
    misfit,
    no_number,
    not_together,
    refuse,
    too_long,
)
from crm_tui.exchange.tabular import Row

MISSING: Final = frozenset({"", "?"})
"""What logs write for a value they do not have."""

MAX_NUMBER: Final = 100
"""Characters of the number that names a case in its source."""
YEARS: Final = range(1900, 2200)
"""Years that are meant; 31/12/9999 and the like stand for a time that is not known."""

_CACHE_LIMIT: Final = 50_000
_YEAR_FIRST: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?"
)


def grouped(rows: Iterable[Row], column: str) -> Iterator[list[Row] | Refused]:
    """The rows in runs of equal ``column``; refuses rows without one and a case that comes back.

    Keeps one case and the names of the cases seen, not the file.
    """
    seen: set[str] = set()
    run: list[Row] = []
    current: str | None = None
    for row in rows:
        if row.problem is not None:
            yield misfit(row, row.problem)
            continue
        number = row.values[column]
        if number == current:
            run.append(row)
            continue
        number = number.strip()
        if number in MISSING:
            yield refuse(row, no_number(column), "no_number")
            continue
        if number == current:
            run.append(row)
            continue
        if number in seen:
            yield refuse(row, not_together(number), "not_together")
            continue
        if len(number) > MAX_NUMBER:
            yield refuse(row, too_long(column, MAX_NUMBER), "number_too_long")
            continue
        if run:
            yield run
        run, current = [row], number
        seen.add(number)
    if run:
        yield run


def day_first(text: str, zone: ZoneInfo) -> datetime.datetime:
    """``d/m/yyyy hh:mm`` in ``zone`` as UTC; raises ValueError."""
    day, _, clock = text.strip().partition(" ")
    d, m, y = day.split("/")
    hour, minute = clock.split(":")[:2]
    local = datetime.datetime(int(y), int(m), int(d), int(hour), int(minute), tzinfo=zone)
    return local.astimezone(datetime.UTC)


def year_first(text: str, zone: ZoneInfo) -> datetime.datetime:
    """``yyyy/m/d h:mm:ss``, with dashes, 年月日 or without a time, as UTC; raises ValueError."""
    found = _YEAR_FIRST.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    y, mo, d, h, mi, s, fraction = found.groups()
    micro = int((fraction or "0").ljust(6, "0"))
    local = datetime.datetime(
        int(y), int(mo), int(d), int(h or 0), int(mi or 0), int(s or 0), micro, tzinfo=zone
    )
    return local.astimezone(datetime.UTC)


class Times:
    """Times of a log by their text, parsed once each."""

    def __init__(self, parse: Callable[[str, ZoneInfo], datetime.datetime], zone: ZoneInfo) -> None:
        self._parse = parse
        self._zone = zone
        self._known: dict[str, datetime.datetime | None] = {}

    def get(self, text: str) -> datetime.datetime | None:
        """The instant, None if ``text`` is no time."""
        if text in self._known:
            return self._known[text]
        if len(self._known) >= _CACHE_LIMIT:
            self._known.clear()
        found: datetime.datetime | None
        try:
            found = self._parse(text, self._zone)
            found = found if found.year in YEARS else None
        except (ValueError, OverflowError):
            found = None
        self._known[text] = found
        return found
