"""Figures as words and lines: units, changes, marks, exact cells (R-250 to R-252)."""

import re
from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui import i18n
from crm_tui.domain.text import cell_width
from crm_tui.exchange import figures_text as text
from crm_tui.exchange.figures_text import Line
from crm_tui.services.figures_dto import Period
from crm_tui.tui.widgets import figures_layout as layout
from tests.tui.figures_made import MAY, dec, figure, grid, panel, split


def flat(line: Line) -> str:
    """The text of a line."""
    return "".join(piece for piece, _ in line)


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        ("37.45", "percent", "37.5 %", "37.5 %"),
        ("-0.01", "percent", "0.0 %", "0.0 %"),
        ("75", "points", "75.0 pt", "75.0 分"),
        ("-33.35", "points", "-33.4 pt", "-33.4 分"),
        ("4.04", "hours", "4.0 h", "4.0 小时"),
        ("12345", "count", "12,345", "12,345"),
        ("2", "per_month", "2.00 a month", "2.00 次/月"),
        ("0.5", "per_year", "0.50 a year", "0.50 次/年"),
        ("950.5", "yuan", "950.50 yuan", "950.50 元"),
        ("9999.996", "yuan", "10.00k yuan", "1.00 万元"),
        ("1234567.89", "yuan", "1.23M yuan", "123.46 万元"),
        ("-1234567.89", "yuan", "-1.23M yuan", "-123.46 万元"),
        ("123456789012", "yuan", "123.46bn yuan", "1,234.57 亿元"),
        (None, "percent", "n/a", "不适用"),
    ],
)
def test_numbers_with_their_unit(value: str | None, unit: str, english: str, chinese: str) -> None:
    try:
        assert text.number(dec(value), unit) == english
        i18n.use("zh")
        assert text.number(dec(value), unit) == chinese
    finally:
        i18n.use("en")


@pytest.mark.req("R-251")
@pytest.mark.parametrize(
    ("value", "before", "unit", "direction", "english", "chinese"),
    [
        (70, "66.8", "percent", "higher", "up 3.2 points, better", "上升 3.2 个百分点，变好"),
        (5, 8, "hours", "lower", "down 3.0 h, better", "下降 3.0 小时，变好"),
        (8, 5, "hours", "lower", "up 3.0 h, worse", "上升 3.0 小时，变差"),
        (8, 5, "count", "none", "up 3", "上升 3"),
        (5, 5, "count", "higher", "unchanged", "持平"),
        ("5.04", "5.01", "percent", "higher", "unchanged", "持平"),
        (None, 5, "count", "higher", "no comparison", "无可比较"),
        (5, None, "count", "higher", "no comparison", "无可比较"),
    ],
)
def test_a_change_in_words(
    value: object, before: object, unit: str, direction: str, english: str, chinese: str
) -> None:
    try:
        assert text.change(dec(value), dec(before), unit, direction)[0] == english
        i18n.use("zh")
        assert text.change(dec(value), dec(before), unit, direction)[0] == chinese
    finally:
        i18n.use("en")


@pytest.mark.parametrize(
    ("value", "target", "direction", "said"),
    [
        (70, 80, "higher", "10.0 points short of 80.0 %"),
        (80, 80, "higher", "target 80.0 % reached"),
        ("79.97", 80, "higher", "target 80.0 % reached"),
        (90, 80, "lower", "10.0 points over 80.0 %"),
        (70, 80, "lower", "target 80.0 % reached"),
        (70, 80, "none", "target 80.0 %"),
        (None, 80, "higher", "target 80.0 %"),
    ],
)
def test_a_target_in_words(value: object, target: object, direction: str, said: str) -> None:
    made = figure(value=dec(value), target=dec(target), direction=direction)
    piece = text.against_target(made)
    assert piece is not None
    assert piece[0] == said


def test_marks_and_baseline_are_said() -> None:
    assert text.marks(figure()) == ""
    assert text.marks(figure(small=True, estimated=True, rows=3)) == "est. few rows: 3"
    assert text.against_baseline(figure()) is None
    named = figure(baseline=dec(60), baseline_name="2023")
    assert text.against_baseline(named) == ("since 2023: up 10.0 points, better", "ok")


def test_a_sparkline_keeps_gaps_and_has_a_plain_form() -> None:
    values = [dec(v) for v in (0, 7, None, 3, 1)]
    assert text.spark(values, 9) == "▁█ ▄▂"
    assert text.spark(values, 3) == " █▁"
    assert text.spark(values, 9, plain=True) == "_# ~."
    assert text.spark([dec(5), dec(5)], 9) == "▄▄"
    assert text.spark(values, 0) == ""


@given(
    st.lists(st.none() | st.decimals(-(10**12), 10**12, places=2), max_size=40), st.integers(0, 20)
)
def test_a_sparkline_is_never_wider_than_it_may_be(
    values: list[Decimal | None], cells: int
) -> None:
    for plain in (False, True):
        drawn = text.spark(values, cells, plain=plain)
        assert len(drawn) == min(len(values), cells)
        assert drawn.isascii() or not plain


def test_bars_and_shades_show_something_for_anything() -> None:
    assert text.bar(dec("0.01"), Decimal(100), 20) == "█"
    assert text.bar(dec(100), Decimal(100), 20, plain=True) == "#" * 20
    assert text.bar(dec(0), Decimal(100), 20) == text.bar(None, Decimal(0), 20) == ""
    assert text.shade(dec(1), Decimal(0), Decimal(100)) == "░"
    assert text.shade(dec(100), Decimal(0), Decimal(100)) == "█"
    assert text.shade(dec(0), Decimal(0), Decimal(100)) == " "
    assert text.shade(dec(100), Decimal(100), Decimal(100), plain=True) == "#"


@given(st.integers(0, 10**12), st.integers(1, 6))
def test_a_compact_number_fits_or_is_not_there(value: int, cells: int) -> None:
    shown = text.compact(Decimal(value), cells)
    assert len(shown) <= cells
    scale = {"k": 3, "M": 6, "G": 9}
    if shown:
        power = scale.get(shown[-1], 0)
        assert int(shown.rstrip("kMG")) == value // 10**power


@pytest.mark.req("R-251")
@pytest.mark.parametrize(
    ("kind", "start", "end", "said"),
    [
        ("week", date(2024, 12, 30), date(2025, 1, 5), "week 1 of 2025  2024-12-30 to 2025-01-05"),
        ("month", date(2024, 5, 1), date(2024, 5, 31), "month 5 of 2024  2024-05-01 to 2024-05-31"),
        ("quarter", date(2024, 4, 1), date(2024, 6, 30), "quarter 2 of 2024  2024-04-01 to 2024-06-30"),
        ("year", date(2024, 1, 1), date(2024, 12, 31), "year 2024  2024-01-01 to 2024-12-31"),
        ("rolling", date(2023, 6, 4), date(2024, 6, 3), "366 days to 2024-06-03  2023-06-04 to 2024-06-03"),
        ("custom", date(2024, 5, 2), date(2024, 5, 9), "2024-05-02 to 2024-05-09"),
    ],
)  # fmt: skip
def test_periods_by_name(kind: str, start: date, end: date, said: str) -> None:
    assert text.period_words(Period(kind, start, end)) == said


# Lines


WIDTHS = st.integers(40, 220)


@given(WIDTHS, st.sampled_from(("en", "zh")), st.booleans())
def test_every_line_of_every_picture_has_its_cells(width: int, language: str, plain: bool) -> None:
    i18n.use(language)
    try:
        pictures = [
            layout.panel_picture(panel(), width, UTC, refusal="经理可见", plain=plain),
            layout.breakdown_picture(split(), width, plain=plain),
            layout.grid_picture(grid(), "2024", width, None, plain=plain),
            layout.grid_picture(grid(60, 99999), "2024", width, ("cell", "3", "59"), plain=plain),
        ]
        for picture in pictures:
            for line in picture.lines:
                assert cell_width(flat(line)) <= width, flat(line)
            for key, spot in picture.spots.items():
                assert spot.x + spot.width <= width, key
                assert 0 <= spot.y < len(picture.lines)
            reachable = {key for row in picture.rows for key in row}
            assert set(picture.spots) <= reachable
            assert {key for _, key in picture.groups} <= reachable
    finally:
        i18n.use("en")


@given(st.integers(1, 80), st.text("网络abc，", max_size=60), st.integers(0, 10**9))
def test_a_tile_has_exactly_its_cells(width: int, name: str, value: int) -> None:
    made = figure(name=name or "x", value=Decimal(value), small=True, rows=value, unit="yuan")
    for plain in (False, True):
        for line in text.tile(made, width, plain=plain):
            assert cell_width(flat(line)) == width


def test_tiles_stand_in_columns_as_there_is_room() -> None:
    assert [text.columns_in(w) for w in (30, 79, 119, 159, 199, 400)] == [1, 2, 3, 4, 5, 5]
    picture = layout.panel_picture(panel(), 79, UTC)
    assert picture.rows[:2] == [
        [("figure", "first_time_resolution"), ("figure", "response")],
        [("figure", "empty")],
    ]
    assert picture.groups == [
        ("service", ("figure", "first_time_resolution")),
        ("value", ("figure", "life")),
        ("satisfaction", ("figure", "csat")),
        ("team", ("figure", "calls")),
        ("tables", ("grid", "arrivals")),
    ]


@pytest.mark.req("R-252")
def test_a_panel_of_nothing_says_so_and_never_zero_percent() -> None:
    nothing = replace(
        panel(),
        figures=tuple(
            replace(f, value=None, previous=None, baseline=None, rows=0, spark=(), beside=())
            for f in panel().figures
        ),
        grids=(replace(grid(), cells={}),),
    )
    shown = "\n".join(flat(line) for line in layout.panel_picture(nothing, 79, UTC).lines)
    assert shown.count("n/a") == len(nothing.figures)
    assert not re.search(r"(?<![\d.])0(\.0)? %", shown)
    empty = layout.grid_picture(nothing.grids[0], "2024", 79, None)
    assert len(empty.rows) == 7
    assert layout.grid_picture(replace(grid(), rows=()), "2024", 79, None).rows == []


def test_a_breakdown_shows_bars_and_what_they_count() -> None:
    picture = layout.breakdown_picture(split(), 119)
    lines = [flat(line) for line in picture.lines]
    assert "70.0 %" in lines[1]
    phone = next(line for line in lines if "80.0 %" in line)
    mail = next(line for line in lines if "60.0 %" in line)
    assert phone.count("█") > mail.count("█") > 0
    assert "4 / 5" in phone
    assert "█" not in next(line for line in lines if "n/a" in line)
    narrow = "\n".join(flat(line) for line in layout.breakdown_picture(split(), 41).lines)
    assert "4 / 5" not in narrow
    assert "80.0 %" in narrow


@pytest.mark.parametrize(
    ("language", "said", "legend"),
    [
        ("en", "up 3.2 points, better, to date", ". nothing to count   - yet to come"),
        ("zh", "上升 3.2 个百分点，变好，较同期", ". 无可计数   - 未到"),
    ],
)
def test_a_running_period_and_what_is_yet_to_come_are_said(
    language: str, said: str, legend: str
) -> None:
    i18n.use(language)
    running = figure(to_date=True)
    assert text.change_of(running)[0] == said
    assert said in "\n".join(flat(line) for line in text.tile(running, 36))
    assert said in flat(layout.breakdown_picture(replace(split(), figure=running), 119).lines[1])
    assert text.change_of(figure(to_date=True, previous=None)) == text.change_of(
        figure(previous=None)
    )
    made = replace(grid(3), yet_to_come=frozenset({("6", "1")}))
    picture = layout.grid_picture(made, "2024", 79, None)
    assert flat(picture.lines[-1]).strip() == legend
    sunday = flat(picture.lines[picture.spots["cell", "6", "1"].y]).split()
    assert sunday[1:] == [".", "-", "."]
    assert picture.notes["cell", "6", "1"] != picture.notes["cell", "6", "0"]


def test_a_table_shows_the_columns_round_the_cursor() -> None:
    whole = layout.grid_picture(grid(), "2024", 79, None)
    assert len(whole.spots) == 7 * 24
    wide = grid(60)
    first = layout.grid_picture(wide, "2024", 79, ("cell", "0", "0"))
    last = layout.grid_picture(wide, "2024", 79, ("cell", "0", "59"))
    assert ("cell", "0", "0") in first.spots
    assert ("cell", "0", "59") not in first.spots
    assert ("cell", "0", "59") in last.spots
    assert ">" in flat(first.lines[1])
    assert "<" in flat(last.lines[1])
    assert first.rows == last.rows
    assert whole.notes["cell", "0", "1"] == "周0, 1: 3"
    assert whole.notes["cell", "6", "1"] == "周6, 1: nothing"


def test_a_number_too_large_for_its_cell_is_a_shade() -> None:
    made = layout.grid_picture(grid(24, 99_999), "2024", 79, None)
    line = flat(made.lines[3])
    assert cell_width(line) <= 79
    assert set(line) & set("░▒▓█")


@given(WIDTHS, st.booleans())
def test_a_wall_keeps_its_width(width: int, plain: bool) -> None:
    lines = text.wall(panel(), width, UTC, plain=plain)
    assert all(cell_width(line) <= width for line in lines)
    assert plain is False or all(line.isascii() for line in lines)
    assert any("70.0 %" in line for line in lines)
    assert MAY.start.isoformat() in lines[0]
