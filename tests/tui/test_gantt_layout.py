"""The timeline's columns are those of its dates, whatever the zoom (R-205, R-206)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.domain.text import cell_width
from crm_tui.tui.widgets import gantt_calendar as calendar
from crm_tui.tui.widgets import gantt_layout as layout
from crm_tui.tui.widgets.gantt_layout import ASCII, BLOCKS, BROKEN, Bar, Cells, Elbow, Scale

NAMES = st.sampled_from(layout.NAMES)
DAYS = st.dates()
NEAR = st.dates(date(2023, 1, 1), date(2026, 12, 31))
WIDTHS = st.integers(1, 180)
SCALES = st.builds(Scale.of, NAMES, DAYS, WIDTHS)
DAY = timedelta(1)


def text(cells: Cells) -> str:
    return "".join(cells.signs)


def drawn(bar: Bar, width: int = 12, signs: layout.Signs = BLOCKS, critical: bool = False) -> str:
    cells = Cells(width)
    layout.draw_bar(cells, bar, signs, "", critical=critical)
    return text(cells)


# Days and columns


@given(SCALES, DAYS)
def test_a_day_is_found_again_in_each_of_its_columns(scale: Scale, day: date) -> None:
    first, last = scale.first(day), scale.last(day)
    assert first <= last
    for column in (first, last):
        found = scale.day(column)
        assert found <= day < found + timedelta(scale.zoom.days) or day == date.max


@given(SCALES, st.dates(max_value=date.max - DAY))
def test_days_follow_each_other_without_gap_or_overlap(scale: Scale, day: date) -> None:
    step = scale.first(day + DAY) - scale.last(day)
    assert step == 1 if scale.zoom.days == 1 else step in (0, 1)
    assert scale.last(day) - scale.first(day) + 1 == (3 if scale.zoom.name == "day" else 1)


@given(SCALES, DAYS)
def test_columns_of_a_week_begin_on_monday(scale: Scale, day: date) -> None:
    if scale.zoom.name == "quarter":
        assert scale.day(scale.first(day)).weekday() == 0


@given(SCALES, st.integers(-5, 5), NEAR, NEAR)
def test_looking_elsewhere_keeps_lengths(scale: Scale, steps: int, one: date, other: date) -> None:
    moved = scale.panned(steps)
    for name in ("first", "last"):
        apart = getattr(scale, name)(one) - getattr(scale, name)(other)
        assert getattr(moved, name)(one) - getattr(moved, name)(other) == apart


@given(SCALES, st.integers(-(10**9), 10**9))
def test_one_never_looks_beyond_the_calendar(scale: Scale, columns: int) -> None:
    moved = scale.moved(columns)
    assert moved.first(date.min) <= 0
    assert moved.width == scale.width
    assert date.min <= moved.day(0) <= moved.day(moved.width - 1) <= date.max


@given(SCALES, st.sampled_from([-1, 1]), NEAR)
def test_zooming_keeps_a_day_in_sight(scale: Scale, step: int, day: date) -> None:
    zoomed = scale.zoomed(step, day)
    place = layout.NAMES.index(scale.zoom.name) + step
    assert zoomed.zoom.name == layout.NAMES[max(0, min(place, 3))]
    assert 0 <= zoomed.first(day) < max(zoomed.width, 1)
    if 0 <= scale.first(day) < scale.width:
        assert zoomed.first(day) == scale.first(day)


@given(SCALES, NEAR, st.integers(0, 400), st.integers(0, 100))
@pytest.mark.req("R-205")
def test_a_bar_has_the_columns_of_its_days(scale: Scale, start: date, days: int, done: int) -> None:
    due = start + timedelta(days)
    bar = layout.bar(scale, start, due, done)
    assert bar is not None
    assert (bar.first, bar.last) == (scale.first(start), scale.last(due))
    assert (bar.done == bar.last - bar.first + 1) == (done == 100)
    cells = Cells(scale.width)
    layout.draw_bar(cells, bar, BLOCKS, "")
    for column in range(scale.width):
        inside = scale.day(column) <= due and start < scale.day(column) + timedelta(scale.zoom.days)
        edge = column in (0, scale.width - 1)
        assert inside or edge or cells.signs[column] == " "
        assert not inside or cells.signs[column] != " "


def test_bars_without_one_or_both_dates_and_turned_round() -> None:
    scale = Scale.of("week", date(2024, 6, 3), 20)
    day = date(2024, 6, 5)
    assert layout.bar(scale, None, None, 50) is None
    assert layout.bar(scale, None, day, 0) == layout.bar(scale, day, None, 0) == Bar(2, 2, 0)
    assert layout.bar(scale, day, date(2024, 6, 3), 0) == Bar(0, 2, 0)
    assert layout.bar(scale, day, day, 900) == Bar(2, 2, 1)
    assert layout.bar(scale, day, day, -5) == Bar(2, 2, 0)
    assert layout.bar(scale, date(2024, 6, 3), day, 40, milestone=True) == Bar(2, 2, 0, True)


def test_what_is_done_and_what_is_not_differ_in_every_terminal() -> None:
    for signs in (BLOCKS, ASCII):
        assert len({signs.done, signs.rest, signs.critical, signs.milestone, signs.baseline}) == 5
    assert all(ord(c) < 128 for s in ASCII.__slots__ for c in getattr(ASCII, s))
    assert drawn(Bar(2, 7, 3)) == "  ███░░░    "
    assert drawn(Bar(2, 7, 3), critical=True) == "  ███▒▒▒    "
    assert drawn(Bar(2, 7, 3), signs=ASCII) == "  ###===    "
    assert drawn(Bar(4, 4, 0, True)) == "    ◆       "


def test_bars_beyond_the_edges_end_in_arrows() -> None:
    assert drawn(Bar(-5, 3, 0)) == "◀░░░        "
    assert drawn(Bar(9, 90, 82)) == "         ██▶"
    assert drawn(Bar(-(10**7), 10**7, 10**7 + 5)) == "◀████░░░░░░▶"
    assert drawn(Bar(-9, -3, 0)) == "◀           "
    assert drawn(Bar(50, 60, 0, True)) == "           ▶"


@given(NAMES, st.sampled_from([date(1900, 1, 1), date.min]), st.sampled_from([date.max]))
def test_bars_of_all_times_are_clipped(name: str, start: date, due: date) -> None:
    scale = Scale.of(name, date(2024, 6, 3), 30)
    bar = layout.bar(scale, start, due, 0)
    assert bar is not None
    assert drawn(bar, 30) == "◀" + "░" * 28 + "▶"


# Dependencies


def routed(*elbows: Elbow, lines: range = range(6), width: int = 12) -> list[str]:
    found = layout.route(elbows, BLOCKS, lines, width)
    return [
        "".join(
            found.get(line, {}).get(column, (" ", False))[0] for column in range(width)
        ).rstrip()
        for line in lines
    ]


def elbow(start: int, end: int, last: int, first: int, broken: bool = False) -> Elbow:
    return Elbow(start, Bar(last - 1, last, 0), end, Bar(first, first + 3, 0), broken)


@pytest.mark.req("R-206")
def test_dependencies_go_from_the_end_to_the_start() -> None:
    assert routed(elbow(0, 2, 2, 7)) == ["   ┐", "   │", "   └──▶", "", "", ""]
    assert routed(elbow(2, 0, 2, 7)) == ["   ┌──▶", "   │", "   ┘", "", "", ""]
    # Right behind: there is room for the corner, or only for the arrow above.
    assert routed(elbow(0, 1, 2, 4)) == ["   ┐", "   └", "", "", "", ""]
    assert routed(elbow(0, 2, 2, 3)) == ["   ┐", "   ▼", "", "", "", ""]
    # Two from one bar share the way.
    assert routed(elbow(0, 1, 2, 7), elbow(0, 2, 2, 8)) == [
        "   ┐",
        "   ├──▶",
        "   └───▶",
        "",
        "",
        "",
    ]


@pytest.mark.req("R-206")
def test_a_broken_dependency_ends_in_a_mark() -> None:
    assert routed(elbow(0, 2, 5, 4, broken=True)) == ["      ┐", "      x", "", "", "", ""]
    assert routed(elbow(0, 1, 5, 4, broken=True)) == ["      x", "", "", "", "", ""]
    assert routed(elbow(0, 1, 9, 2, broken=True)) == [
        "          ┐",
        "      x───┘",
        "",
        "",
        "",
        "",
    ]


@given(
    st.lists(
        st.builds(
            elbow,
            st.integers(-50, 50),
            st.integers(-50, 50),
            st.integers(-1000, 1000),
            st.integers(-1000, 1000),
            st.booleans(),
        ).filter(lambda e: e.start_line != e.end_line),
        max_size=8,
    ),
    st.integers(-20, 20),
    st.integers(1, 40),
    WIDTHS,
)
def test_dependencies_stay_within_what_is_in_sight(
    elbows: list[Elbow], top: int, height: int, width: int
) -> None:
    lines = range(top, top + height)
    found = layout.route(elbows, ASCII, lines, width)
    assert all(line in lines for line in found)
    assert all(0 <= column < width for row in found.values() for column in row)
    for each in elbows:
        # A broken one is seen to be broken wherever its head is in sight.
        if each.broken and each.end.first > each.start.last + 2:
            place = found.get(each.end_line, {}).get(each.end.first - 1)
            in_sight = each.end_line in lines and 0 <= each.end.first - 1 < width
            assert not in_sight or (place is not None and place == (BROKEN, True))


# The calendar


@given(SCALES, DAYS, st.dictionaries(NEAR, st.sampled_from(["weekend", "holiday", "makeup"])))
def test_the_head_is_as_wide_as_the_chart(scale: Scale, today: date, days: dict[date, str]) -> None:
    for line in calendar.head(scale, days, today):
        assert cell_width("".join(t for t, _ in line)) == scale.width


@given(SCALES)
def test_each_label_stands_at_the_first_day_of_its_stretch(scale: Scale) -> None:
    scale = scale.moved(0)
    _, lower = calendar.head(scale, {}, date(1, 1, 1))
    line = "".join(t for t, _ in lower)
    for day in calendar.seen(scale):
        column = scale.first(day)
        if not 0 <= column < scale.width - 2:
            continue
        here = line[column : column + 2]
        if scale.zoom.name == "day":
            assert here == f"{day.day:>2}"
        elif scale.zoom.name == "week" and day.weekday() == 0:
            assert here == f"{day.day:02d}"
        elif scale.zoom.name == "month" and day.day == 1:
            assert here in (f"{day.month:02d}", f" {day.month:02d}"[:2], "  ")
        elif scale.zoom.name == "quarter" and day.day == 1 and day.month in (1, 4, 7, 10):
            assert here == f"Q{(day.month + 2) // 3}"


def test_the_head_tells_year_and_month_wherever_one_looks() -> None:
    wanted = {
        "day": ("2024-06", "17 18 19"),
        "week": ("2024-06", "17     24     01"),
        "month": ("2024 Q2  2024 Q3", " " * 9 + "07         08"),
        "quarter": ("2024", "  Q3"),
    }
    for name, (upper, lower) in wanted.items():
        day = date(2024, 6, 17) if name != "month" else date(2024, 6, 3)
        scale = Scale.of(name, day, 40)
        lines = calendar.head(scale, {}, date(2020, 1, 1))
        texts = ["".join(t for t, _ in line) for line in lines]
        assert texts[0].startswith(upper)
        assert texts[1].startswith(lower)


def test_days_off_are_shaded_and_days_made_up_marked() -> None:
    days = {
        date(2024, 6, 8): "weekend",
        date(2024, 6, 9): "weekend",
        date(2024, 6, 10): "holiday",
        date(2024, 6, 15): "makeup",
    }
    scale = Scale.of("week", date(2024, 6, 7), 10)
    cells = Cells(10)
    calendar.shade(cells, scale, days, "dim")
    assert text(cells) == " ..:      "
    _, lower = calendar.head(scale, days, date(2024, 6, 7))
    assert "".join(t for t, _ in lower) == "   10   + "
    assert lower[0] == (" ", "cursor")
    scale = Scale.of("day", date(2024, 6, 9), 6)
    cells = Cells(6)
    calendar.shade(cells, scale, days, "dim")
    assert text(cells) == "...:::"
    assert "".join(t for t, _ in calendar.head(scale, days, date(2020, 1, 1))[1]) == " 9 10:"
    far = Scale.of("month", date(2024, 6, 7), 10)
    cells = Cells(10)
    calendar.shade(cells, far, days, "dim")
    assert text(cells) == " " * 10


def test_wide_characters_keep_the_columns() -> None:
    cells = Cells(6)
    cells.fill(0, 5, ".", "rule")
    cells.write(1, "无日期", "dim")
    assert "".join(t for t, _ in cells.pieces()) == ".无日."
    assert cell_width("".join(t for t, _ in cells.pieces())) == 6
