"""Cells as the screens' library counts them, for every character and for what joins them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from crm_tui.domain.text import cell_width, char_width, clusters, cut, pad

JOINED = [
    "\U0001f469\u200d\U0001f680",
    "\u26a0\ufe0f",
    "1\ufe0f\u20e3",
    "\U0001f44d\U0001f3fd",
    "\u0915\u094d\u200d",
]
TEXTS = st.lists(
    st.sampled_from([*JOINED, "a", "中", "e\u0301", "क्षि", "\u200d", "\ufe0f", "🇩🇪", " ", "…"]),
    max_size=8,
).map("".join)


def test_every_character_takes_the_cells_that_the_library_gives_it() -> None:
    codes = (*range(0x20, 0xD800), *range(0xE000, 0x110000))
    wrong = [hex(c) for c in codes if char_width(chr(c)) != get_character_cell_size(chr(c))]
    assert wrong == []


@given(TEXTS)
def test_joined_characters_take_the_cells_that_the_library_gives_them(text: str) -> None:
    assert cell_width(text) == cell_len(text)
    assert "".join(whole for whole, _ in clusters(text)) == text


@given(TEXTS, st.integers(0, 9))
def test_what_is_cut_and_filled_is_as_wide_as_asked(text: str, cells: int) -> None:
    assert cell_len(cut(text, cells)) <= cells
    assert cell_len(pad(text, cells)) == cells
    assert cell_len(pad(text, cells, right=True)) == cells


@pytest.mark.parametrize("text", JOINED[:4])
def test_nothing_is_cut_within_what_is_joined(text: str) -> None:
    assert cut(text * 2, cell_len(text) + 1) == text.rstrip("\u200d") + "…"
