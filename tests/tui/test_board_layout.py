"""The board's layout by itself: every line exact, every card once a lane, the cursor's ways."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.domain.text import cell_width
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.widgets.board_cards import card_line, day, due_piece
from crm_tui.tui.widgets.board_layout import COLUMNS, LANES, BoardLayout, Place
from crm_tui.tui.widgets.lines import Piece
from tests.tui.cards import TODAY, card

TEXT = st.text(alphabet="aZ9 -销售部服务系统é…①ｶ\u0301\u200d👩🚀한", max_size=30)
DATES = st.sampled_from([None, date(1900, 1, 1), date(2024, 6, 2), TODAY, date(9999, 12, 31)])


@st.composite
def cards(draw: st.DrawFn) -> list[TaskCard]:
    """A board's worth of cards, all of them odd."""

    def one(key: int) -> TaskCard:
        departments = draw(
            st.lists(st.sampled_from([(1, "销售部"), (2, "Service"), (30, "")]), unique=True)
        )
        goal = draw(st.sampled_from([(None, ""), (1, "客户满意度"), (2, "Response")]))
        return card(
            key,
            draw(st.sampled_from(COLUMNS)),
            title=draw(TEXT),
            owner=draw(TEXT),
            owner_id=draw(st.integers(1, 3)),
            priority=draw(st.sampled_from(["high", "medium", "low"])),
            departments=tuple(departments),
            goal_id=goal[0],
            goal=goal[1],
            due_on=draw(DATES),
            done_on=draw(DATES),
            late_days=draw(st.sampled_from([0, 1, 45_000])),
            ticket_number=draw(st.sampled_from([None, 7, 1_000_000])),
            progress=draw(st.integers(0, 100)),
            warning=draw(st.sampled_from(["", "behind", "near_due", "overdue", "standstill"])),
            risk_open=draw(st.booleans()),
            milestone=draw(st.booleans()),
        )

    return [one(key) for key in range(1, draw(st.integers(0, 12)) + 1)]


def width(pieces: list[Piece]) -> int:
    return sum(cell_width(text) for text, _ in pieces)


def text(pieces: list[Piece]) -> str:
    return "".join(part for part, _ in pieces)


@given(cards(), st.integers(1, 220), st.integers(2, 60), st.sampled_from(list(LANES)))
def test_every_line_has_exactly_its_cells(
    held: list[TaskCard], cells: int, lines: int, by: str
) -> None:
    limits = {("in_progress", 0): 1, ("done", 2): 1}
    board = BoardLayout(held, limits, by, more=True)
    board.fit(cells, lines)
    assert sum(board.widths) == cells
    for column, size in enumerate(board.widths):
        assert width(board.head(column, size, here=True)) == size
        for lane in range(len(board.lanes)):
            assert width(board.lane_head(lane, column, size, first=not column)) == size
        for each in held:
            for part in range(board.card_lines):
                line = card_line(each, part, size, TODAY, lines=board.card_lines, sign=">")
                assert width(line) == size
                # What is cut is cut between characters, so that no half of a wide one is left.
                assert all(cell_width(piece) >= 0 for piece, _ in line)
    for begin in range(len(COLUMNS) - board.seen + 1):
        assert width(board.hidden(begin)) == cells


@pytest.mark.req("R-197")
@given(cards(), st.sampled_from(list(LANES)))
def test_each_card_stands_once_in_each_of_its_lanes_and_is_counted_once(
    held: list[TaskCard], by: str
) -> None:
    board = BoardLayout(held, {}, by)
    assert sum(board.counts.values()) == len(held)
    for each in held:
        places = board.places(each.id)
        lanes = max(len(each.departments), 1) if by == "department" else 1
        assert len(places) == len({p.lane for p in places}) == lanes
        assert {COLUMNS[p.column] for p in places} == {each.shown}
        assert all(board.card_at(p) == each for p in places)


@given(cards(), st.integers(40, 130), st.integers(8, 60), st.sampled_from(list(LANES)))
def test_the_lines_of_the_sheet_are_those_of_its_cards(
    held: list[TaskCard], cells: int, lines: int, by: str
) -> None:
    board = BoardLayout(held, {}, by)
    board.fit(cells, lines)
    for column in range(len(COLUMNS)):
        for rank, place in enumerate(board.column(column)):
            assert board.rank(place) == rank
            top = board.aligned(board.line_of(place) - board.head_lines)
            first = 1 + board.head_lines
            assert board.spot(top, first) == (place.lane, place.row, 0)
            assert board.aligned(top) == top
    assert board.spot(0, board.lines + 1)[0] == -1


@given(cards(), st.sampled_from(list(LANES)), st.data())
def test_the_cursor_is_always_on_a_card(held: list[TaskCard], by: str, data: Any) -> None:
    board = BoardLayout(held, {}, by)
    place = board.first()
    assert (place is None) == (not held)
    for _ in range(12 if place is not None else 0):
        assert place is not None
        way = data.draw(st.sampled_from(["step", "beside"]))
        distance = data.draw(st.sampled_from([-1, 1] if way == "beside" else [-9, -1, 1, 9]))
        place = getattr(board, way)(place, distance)
        assert board.card_at(place) is not None


def test_the_way_to_the_side_keeps_the_row_and_passes_empty_columns() -> None:
    board = BoardLayout([card(1), card(2), card(3), card(4, "done"), card(5, "done")])
    assert board.beside(Place(0, 0, 2), 1) == Place(0, 2, 1)
    assert board.beside(Place(0, 2, 1), -1) == Place(0, 0, 1)
    assert board.beside(Place(0, 2, 1), 1) == Place(0, 2, 1)


def test_the_way_to_the_side_finds_the_nearest_lane() -> None:
    board = BoardLayout(
        [
            card(1, "done", priority="high"),
            card(2, "done", priority="high"),
            card(3, priority="medium"),
            card(4, "delayed", priority="low"),
        ],
        {},
        "priority",
    )
    assert [lane.title for lane in board.lanes] == ["High", "Medium", "Low"]
    assert board.beside(Place(1, 0, 0), 1) == Place(0, 2, 1)
    assert board.beside(Place(0, 2, 1), 1) == Place(2, 3, 0)


@pytest.mark.req("R-204")
def test_heads_count_and_say_the_limit() -> None:
    held = [card(key, "in_progress", departments=((7, "Service"),)) for key in range(1, 5)]
    board = BoardLayout(held, {("in_progress", 0): 5, ("in_progress", 7): 3}, "department")
    assert text(board.head(1, 20, here=False)) == " Under way      4/5 "
    assert text(board.lane_head(0, 1, 20, first=True)) == " Service       4/3! "
    assert ("4/3!", "alarm") in board.lane_head(0, 1, 20, first=True)
    assert text(board.lane_head(0, 0, 20, first=True)).strip() == "Service"
    assert text(BoardLayout(held, more=True).head(1, 20, here=False)).split() == [
        "Under",
        "way",
        "4+",
    ]


def test_what_is_out_of_sight_is_counted_at_the_edge() -> None:
    board = BoardLayout([card(1), card(2, "delayed")])
    board.fit(80, 20)
    assert text(board.hidden(0)).rstrip().endswith("Delayed 1 >")
    assert text(board.hidden(1)).startswith("< Not started 1")
    board.fit(120, 40)
    assert not board.strip


@pytest.mark.req("R-200")
def test_a_card_says_when_it_is_due() -> None:
    late = card(1, "delayed", due_on=date(2024, 5, 31), late_days=3)
    assert due_piece(late, TODAY) == ("!05-31 3d", "late")
    done = card(2, "done", done_on=date(2024, 6, 1), late_days=2)
    assert due_piece(done, TODAY) == ("late 2 d", "dim")
    assert due_piece(card(3, "done", done_on=date(2023, 12, 1)), TODAY) == ("2023-12-01", "dim")
    assert due_piece(card(4, due_on=None), TODAY) == ("-", "dim")
    assert due_piece(card(5, due_on=date(2024, 6, 4), warning="near_due"), TODAY)[1] == "warn"
    assert day(date(9999, 12, 31), TODAY) == "9999-12-31"


@pytest.mark.req("R-209")
def test_a_card_shows_its_marks_in_words() -> None:
    one = card(
        1, risk_open=True, priority="high", ticket_number=12, warning="standstill", progress=60
    )
    lines = [text(card_line(one, part, 34, TODAY, lines=3, sign="*")) for part in range(3)]
    assert lines[0] == "*XZ2024001 07-01      High [risk] "
    assert lines[1].startswith("  打通销售与服务的信息传递 ")
    assert lines[2] == "   60% Ana        T-12 standstill "
    narrow = [text(card_line(one, part, 24, TODAY, lines=3)) for part in range(3)]
    assert narrow[0] == " XZ2024001 07-01 [risk] "
    assert narrow[2] == "   60% Ana   standstill "
    low = [text(card_line(one, part, 34, TODAY, lines=2)) for part in range(2)]
    assert low[0] == lines[0].replace("*", " ")
    assert low[1].endswith("60% ")


def test_a_title_of_five_hundred_wide_characters_is_cut_between_two_of_them() -> None:
    one = card(1, title="长" * 500)
    line = text(card_line(one, 1, 26, TODAY, lines=3))
    assert line == "  " + "长" * 11 + "… "


def test_five_thousand_cards_stand_where_they_should() -> None:
    held = [
        card(key, COLUMNS[key % 4], owner_id=key % 50, owner=f"o{key % 50:02}")
        for key in range(5000)
    ]
    board = BoardLayout(held, {}, "owner")
    assert len(board.lanes) == 50
    assert [len(board.column(at)) for at in range(4)] == [1250] * 4
    assert board.step(Place(0, 0, 0), 10_000) == board.column(0)[-1]
