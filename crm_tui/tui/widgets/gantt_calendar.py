"""The calendar above and behind the bars: what the columns are called, and the days off (R-205)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from crm_tui.domain.text import cell_width
from crm_tui.tui.widgets.gantt_layout import LAST_DAY, Cells, Piece, Scale

SHADES: Final[Mapping[str, str]] = {"weekend": ".", "holiday": ":"}
"""What days off are shaded with; a make-up day is worked and so plain."""
DAY_MARKS: Final[Mapping[str, str]] = {"holiday": ":", "makeup": "+"}
"""What days out of the ordinary carry in the head."""


def shade(cells: Cells, scale: Scale, days: Mapping[date, str], role: str) -> None:
    """Shade days off where a day has columns of its own."""
    if scale.zoom.days > 1:
        return
    for day in seen(scale):
        sign = SHADES.get(days.get(day, ""))
        if sign:
            cells.fill(scale.first(day), scale.last(day), sign, role)


def seen(scale: Scale) -> Iterator[date]:
    """The days in sight."""
    first, last = scale.day(0).toordinal(), scale.day(scale.width - 1).toordinal()
    for number in range(first, min(last + scale.zoom.days - 1, LAST_DAY) + 1):
        yield date.fromordinal(number)


def head(scale: Scale, days: Mapping[date, str], today: date) -> tuple[list[Piece], list[Piece]]:
    """The two lines above the chart: years with months or quarters, and days, weeks, months, quarters."""
    upper, lower = Cells(scale.width), Cells(scale.width)
    for column, text in _fitting(_upper(scale), scale.width, sticky=True):
        upper.write(column, text, "head")
    lower.fill(0, scale.width - 1, " ", "columns")
    for column, text in _fitting(_lower(scale), scale.width):
        lower.write(column, text, "columns")
    if scale.zoom.days == 1:
        for day in seen(scale):
            sign = DAY_MARKS.get(days.get(day, ""))
            if sign and (scale.zoom.columns > 1 or lower.signs[scale.last(day)] == " "):
                lower.put(scale.last(day), sign, "columns")
    first, last = scale.first(today), scale.last(today)
    for column in range(max(first, 0), min(last, scale.width - 1) + 1):
        lower.roles[column] = "cursor"
    return upper.pieces(), lower.pieces()


def _fitting(
    ticks: Sequence[tuple[int, str]], width: int, *, sticky: bool = False
) -> Iterator[tuple[int, str]]:
    """The labels that have room before the next; a ``sticky`` one stays while its stretch is in sight."""
    for place, (column, text) in enumerate(ticks):
        # One blank is left before the next label.
        until = ticks[place + 1][0] - 1 if place + 1 < len(ticks) else width
        at = max(column, 0) if sticky else column
        if at >= 0 and at + cell_width(text) <= min(until, width):
            yield at, text


def _upper(scale: Scale) -> list[tuple[int, str]]:
    name = scale.zoom.name
    months = {"day": 1, "week": 1, "month": 3, "quarter": 12}[name]
    found: list[tuple[int, str]] = []
    for day in _starts(scale, months):
        text = f"{day.year:04d}"
        if name == "month":
            text += f" Q{_quarter(day)}"
        elif name != "quarter":
            text += f"-{day.month:02d}"
        found.append((scale.first(day), text))
    return found


def _lower(scale: Scale) -> list[tuple[int, str]]:
    name = scale.zoom.name
    if name == "day":
        return [(scale.first(d), f"{d.day:>2}") for d in seen(scale)]
    if name == "week":
        return [(scale.first(d), f"{d.day:02d}") for d in seen(scale) if d.weekday() == 0]
    if name == "month":
        return [(scale.first(d), f"{d.month:02d}") for d in _starts(scale, 1)]
    return [(scale.first(d), f"Q{_quarter(d)}") for d in _starts(scale, 3)]


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _starts(scale: Scale, months: int) -> Iterator[date]:
    """First days of stretches of so many months, from the one at the left edge on."""
    left = scale.day(0)
    day = date(left.year, (left.month - 1) // months * months + 1, 1)
    while scale.first(day) < scale.width:
        yield day
        year, month = divmod(day.month - 1 + months, 12)
        if day.year + year > date.max.year:
            return
        day = date(day.year + year, month + 1, 1)
