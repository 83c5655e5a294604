"""Figures in words and lines of exact cells, for panel, wallboard and exports (R-250 to R-252, R-255).

A line is a sequence of pieces, each a text with the role it is drawn in; who draws without colours
leaves the roles out and loses nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from crm_tui.domain.kpi import GROUPS
from crm_tui.domain.msg import N_
from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import current, render, tr
from crm_tui.services.figures_dto import Figure, Panel, Part, Period

Piece = tuple[str, str]
Line = Sequence[Piece]

DIGITS: Final[Mapping[str, int]] = {
    "percent": 1,
    "points": 1,
    "hours": 1,
    "yuan": 2,
    "count": 0,
    "per_year": 2,
    "per_month": 2,
}
"""Decimals that a unit is rounded to, halves away from zero."""
_UNITS: Final[Mapping[str, str]] = {
    "percent": N_("{value} %"),
    "points": N_("{value} pt"),
    "hours": N_("{value} h"),
    "count": "{value}",
    "per_year": N_("{value} a year"),
    "per_month": N_("{value} a month"),
}
_SCALES: Final[Mapping[str, Sequence[tuple[Decimal, str]]]] = {
    "en": (
        (Decimal(10) ** 9, N_("{value}bn yuan")),
        (Decimal(10) ** 6, N_("{value}M yuan")),
        (Decimal(10) ** 3, N_("{value}k yuan")),
    ),
    "zh": ((Decimal(10) ** 8, N_("{value} yi yuan")), (Decimal(10) ** 4, N_("{value} wan yuan"))),
}
"""Each language counts money in steps of its own."""
BLOCKS: Final = "▁▂▃▄▅▆▇█"
PLAIN_BLOCKS: Final = "_.-~=+*#"
"""The same heights where only ASCII may be drawn."""
SHADES: Final = " ░▒▓█"
PLAIN_SHADES: Final = " .:+#"
SPARK_CELLS: Final = 12
TILE_CELLS: Final = 39
"""The least a tile is wide, its gap included."""
MOST_COLUMNS: Final = 5

# Numbers


def rounded(value: Decimal, unit: str) -> Decimal:
    """The number as it is shown."""
    return value.quantize(Decimal(1).scaleb(-DIGITS.get(unit, 2)), ROUND_HALF_UP)


def number(value: Decimal | None, unit: str) -> str:
    """A value with its unit in the reader's language; what has no meaning is n/a (R-252)."""
    if value is None:
        return tr("n/a")
    if unit == "yuan":
        return _money(value)
    return tr(_UNITS.get(unit, "{value}")).format(value=f"{_zero(rounded(value, unit)):,}")


def _zero(value: Decimal) -> Decimal:
    """Without the sign that rounding leaves on nothing."""
    return value or abs(value)


def _money(value: Decimal) -> str:
    for scale, text in _SCALES[current()]:
        scaled = rounded(value / scale, "yuan")
        if abs(scaled) >= 1:
            return tr(text).format(value=f"{scaled:,}")
    return tr("{value} yuan").format(value=f"{_zero(rounded(value, 'yuan')):,}")


def amount(value: Decimal, unit: str) -> str:
    """A difference without its sign; percentages differ by points."""
    size = abs(value)
    if unit == "percent":
        return tr("{value} points").format(value=f"{rounded(size, unit):,}")
    return number(size, unit)


def compact(value: Decimal, cells: int) -> str:
    """A number in so many cells, in thousands or millions where it must; empty where it cannot."""
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    for scale, sign in ((1, ""), (1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G")):
        text = f"{int(whole / scale)}{sign}"
        if len(text) <= cells and (scale == 1 or abs(whole) >= scale):
            return text
    return ""


# Comparisons


def better(difference: Decimal, direction: str) -> bool | None:
    """Whether a change is for the better; None where no direction is, or nothing changed."""
    if not difference or direction not in ("higher", "lower"):
        return None
    return (difference > 0) == (direction == "higher")


def change(value: Decimal | None, before: Decimal | None, unit: str, direction: str) -> Piece:
    """A signed change in words, ``up 3.2 points, better``, with its role (R-251)."""
    if value is None or before is None:
        return tr("no comparison"), "dim"
    difference = value - before
    if not rounded(difference, unit):
        return tr("unchanged"), "dim"
    words = tr("up {amount}") if difference > 0 else tr("down {amount}")
    text = words.format(amount=amount(difference, unit))
    verdict = better(difference, direction)
    if verdict is None:
        return text, ""
    return (
        tr("{change}, {verdict}").format(
            change=text, verdict=tr("better") if verdict else tr("worse")
        ),
        "ok" if verdict else "warn",
    )


def change_of(figure: Figure) -> Piece:
    """The change from the period before; of one that still runs, up to the same point of it (R-251)."""
    text, role = change(figure.value, figure.previous, figure.unit, figure.direction)
    if not figure.to_date or figure.value is None or figure.previous is None:
        return text, role
    return tr("{change}, to date").format(change=text), role


def against_target(figure: Figure) -> Piece | None:
    """How a figure stands to its target; None where it has none."""
    if figure.target is None:
        return None
    target = number(figure.target, figure.unit)
    if figure.value is None or figure.direction not in ("higher", "lower"):
        return tr("target {value}").format(value=target), "dim"
    difference = rounded(figure.value, figure.unit) - rounded(figure.target, figure.unit)
    if not difference or better(difference, figure.direction):
        return tr("target {value} reached").format(value=target), "ok"
    size = amount(difference, figure.unit)
    words = tr("{amount} over {target}") if difference > 0 else tr("{amount} short of {target}")
    return words.format(target=target, amount=size), "warn"


def against_baseline(figure: Figure) -> Piece | None:
    """The change since the baseline, by its name; None where there is none."""
    if figure.baseline is None:
        return None
    text, role = change(figure.value, figure.baseline, figure.unit, figure.direction)
    name = figure.baseline_name or tr("baseline")
    return tr("since {name}: {change}").format(name=name, change=text), role


def marks(figure: Figure) -> str:
    """What a reader must know before trusting the number: estimated, few rows."""
    found = [tr("est.")] if figure.estimated else []
    if figure.small and figure.value is not None:
        found.append(tr("few rows: {count}").format(count=f"{figure.rows:,}"))
    return " ".join(found)


def ratio(part: Figure | Part, unit: str) -> str:
    """Numerator and denominator, as they stand behind the value."""
    if part.denominator is None:
        return plain_number(part.numerator, unit)
    return f"{plain_number(part.numerator, unit)} / {plain_number(part.denominator, unit)}"


def plain_number(value: Decimal, unit: str) -> str:
    """A numerator or denominator: whole where it is whole, else with two decimals."""
    if unit == "yuan":
        return f"{_zero(rounded(value, unit)):,}"
    whole = value.to_integral_value() if value == value.to_integral_value() else None
    return f"{_zero(whole if whole is not None else rounded(value, 'per_year')):,}"


# Pictures of numbers


def spark(values: Sequence[Decimal | None], cells: int, *, plain: bool = False) -> str:
    """The last values as blocks of their height, one a cell; a blank where there is none."""
    blocks = PLAIN_BLOCKS if plain else BLOCKS
    shown = values[-cells:] if cells > 0 else ()
    known = [v for v in shown if v is not None]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
    span = high - low
    top = len(blocks) - 1

    def block(value: Decimal | None) -> str:
        if value is None:
            return " "
        # All equal: in the middle, neither low nor high, unless it is nothing.
        return blocks[int((value - low) * top / span) if span else top // 2 if value else 0]

    return "".join(map(block, shown))


def bar(value: Decimal | None, most: Decimal, cells: int, *, plain: bool = False) -> str:
    """A bar as long as its share of ``most``; anything above nothing has at least one cell."""
    if value is None or value <= 0 or most <= 0 or cells <= 0:
        return ""
    size = max(1, int(min(value / most, Decimal(1)) * cells))
    return ("#" if plain else "█") * size


def shade(value: Decimal | None, low: Decimal, high: Decimal, *, plain: bool = False) -> str:
    """The shade of a cell of a heat map: denser for more, blank for nothing."""
    shades = PLAIN_SHADES if plain else SHADES
    if value is None or value <= 0 or high <= 0:
        return shades[0]
    span = high - low
    steps = len(shades) - 1
    step = int((value - low) * steps / span) if span > 0 else steps
    return shades[1 + max(0, min(step, steps - 1))]


# Periods


def period_name(period: Period) -> str:
    """A period by its name: month 5 of 2024."""
    start, end = period.start, period.end
    named = {
        "week": N_("week {week} of {week_year}"),
        "month": N_("month {month} of {year}"),
        "quarter": N_("quarter {quarter} of {year}"),
        "year": N_("year {year}"),
        "rolling": N_("{months} months to {end}") if period.months else N_("{days} days to {end}"),
    }
    iso = start.isocalendar()
    return tr(named.get(period.kind, N_("{start} to {end}"))).format(
        week=iso.week,
        week_year=iso.year,
        month=start.month,
        quarter=(start.month + 2) // 3,
        year=start.year,
        months=period.months,
        days=period.days,
        start=start.isoformat(),
        end=end.isoformat(),
    )


def period_words(period: Period) -> str:
    """A period by name and days."""
    name = period_name(period)
    if period.kind not in ("week", "month", "quarter", "year", "rolling"):
        return name
    days = tr("{start} to {end}").format(start=period.start, end=period.end)
    return f"{name}  {days}"


def computed_words(panel: Panel, zone: tzinfo) -> str:
    """As of when the figures hold, and when they were last computed."""
    as_of = panel.as_of.astimezone(zone)
    computed = max((f.computed_at for f in panel.figures), default=panel.as_of).astimezone(zone)
    form = "%H:%M:%S" if computed.date() == as_of.date() else "%Y-%m-%d %H:%M:%S"
    return tr("as of {as_of}, computed {computed}").format(
        as_of=f"{as_of:%Y-%m-%d %H:%M}", computed=computed.strftime(form)
    )


# Tiles


def columns_in(width: int) -> int:
    """How many tiles stand side by side."""
    return max(1, min(width // TILE_CELLS, MOST_COLUMNS))


def tile(figure: Figure, width: int, *, plain: bool = False) -> list[Line]:
    """The lines of a tile, each exactly ``width`` cells: name, value, change, target, baseline."""
    note = cut(marks(figure), max(width // 2, 0))
    name = pad(tr(figure.name), width - cell_width(note) - (1 if note else 0))
    first: list[Piece] = [(name, "head")]
    if note:
        first += [(" ", ""), (note, "note")]
    value_line, beside = _value_line(figure, width, plain=plain)
    lines: list[Line] = [first, value_line]
    told: list[Piece | None] = [
        *((text, "dim") for text in beside),
        change_of(figure),
        against_target(figure),
        against_baseline(figure),
    ]
    lines += [[(pad(text, width), role)] for text, role in filter(None, told)]
    return lines


def _value_line(figure: Figure, width: int, *, plain: bool) -> tuple[list[Piece], list[str]]:
    """The value, what is printed with it, its last values; and lines of what did not fit beside."""
    value = cut(number(figure.value, figure.unit), width)
    room = width - cell_width(value)
    spark_cells = min(SPARK_CELLS, len(figure.spark), max(room - 1, 0))
    drawn = spark(figure.spark, spark_cells, plain=plain)
    room -= spark_cells
    parts = beside_words(figure)
    beside = "  ".join(parts)
    fits = cell_width(beside) + 3 <= room
    middle = pad(f"  {beside}" if fits else "", room)
    pieces = [(value, "title" if figure.value is not None else "dim"), (middle, "dim")]
    if drawn:
        pieces.append((drawn, "ok"))
    if fits:
        return pieces, []
    return pieces, [beside] if cell_width(beside) <= width else parts


def beside_words(figure: Figure) -> list[str]:
    """What is printed with a figure: a median, a second denominator."""
    return [f"{render(label)} {number(value, unit)}" for label, value, unit in figure.beside]


def side_by_side(tiles: Sequence[Sequence[Line]], widths: Sequence[int], gap: int) -> list[Line]:
    """Tiles beside each other as lines; shorter ones end in blanks."""
    height = max((len(t) for t in tiles), default=0)
    lines: list[Line] = []
    for y in range(height):
        pieces: list[Piece] = []
        for one, width in zip(tiles, widths, strict=True):
            if pieces:
                pieces.append((" " * gap, ""))
            pieces += one[y] if y < len(one) else [(" " * width, "")]
        lines.append(pieces)
    return lines


def grouped(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    """Figures by group, in the order of the panel; groups without any are left out."""
    found: dict[str, list[Figure]] = {name: [] for name in GROUPS}
    for figure in figures:
        found.setdefault(figure.group, []).append(figure)
    return {name: some for name, some in found.items() if some}


def wall(panel: Panel, width: int, zone: tzinfo, *, plain: bool = False) -> list[str]:
    """The whole panel as plain lines, none longer than ``width`` cells, for a wallboard."""
    columns = columns_in(width)
    inner = max(width // columns - 1, 1)
    end = "~" if plain else "…"
    title = f"{period_words(panel.period)}  {computed_words(panel, zone)}"
    lines = [cut(title, width, end=end), ""]
    for group, figures in grouped(panel.figures).items():
        lines.append(cut(tr(GROUPS.get(group, group)), width))
        for at in range(0, len(figures), columns):
            row = [tile(f, inner, plain=plain) for f in figures[at : at + columns]]
            beside = side_by_side(row, [inner] * len(row), 1)
            drawn = ("".join(text for text, _ in line).rstrip() for line in beside)
            lines += (text.replace("…", end) for text in drawn)
            lines.append("")
    return lines


def screens(lines: list[str], height: int) -> list[list[str]]:
    """A wall in screens of at most ``height`` lines, its title on each, tiles in one piece."""
    title, body = lines[0], lines[2:]
    blocks: list[list[str]] = [[]]
    for line in body:
        blocks[-1].append(line)
        if not line:
            blocks.append([])
    room = max(height - 2, 1)
    found: list[list[str]] = [[]]
    for block in blocks:
        if found[-1] and len(found[-1]) + len(block) - 1 > room:
            found.append([])
        found[-1] += block
    return [
        [title, f"{n}/{len(found)}" if len(found) > 1 else "", *page[:room]][:height]
        for n, page in enumerate(found, 1)
    ]
