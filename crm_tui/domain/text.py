"""Text from outside made safe to draw, and measured in terminal cells (design decision 12, D-42)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import Final

MARK: Final = "·"
"""Stands where something was taken out, so that a reader sees that the text was longer."""

JOINER: Final = "\u200d"
SELECTOR: Final = "\ufe0f"
"""Of pictures in colour, which are two cells wide."""

_ONE_LINE = re.compile(r"[\s]+")
_HOSTILE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]+"
)
_ESCAPES = re.compile(
    "\x1b(?:\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[PX^_][^\x1b]*(?:\x1b\\\\)?|\\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)"
)
_LATIN_AFTER_HAN = re.compile(r"([一-鿿])\(([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹ]+)\)")


def display(text: str, *, lines: bool = False) -> str:
    """The text without control and escape characters and direction overrides; a mark stays for them.

    One line by default; with ``lines`` newlines and tabs are kept. Joiners that real scripts need stay.
    """
    if text.isascii() and text.isprintable():
        return text
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = _ESCAPES.sub(MARK, clean)
    clean = _HOSTILE.sub(MARK, clean)
    if not lines:
        clean = _ONE_LINE.sub(" ", clean).strip()
    return clean


@lru_cache(8192)
def char_width(char: str) -> int:
    """Cells of one character: 0, 1 or 2."""
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return 1
    # Imported here: most commands measure ASCII only.
    from crm_tui.domain.text_widths import WIDE, ZERO, within

    if code < 0xA0 or within(code, ZERO):
        return 0
    return 2 if within(code, WIDE) else 1


def clusters(text: str) -> Iterable[tuple[str, int]]:
    """Characters, each with what a joiner or the selector of coloured pictures adds to it, and their cells."""
    if JOINER not in text and SELECTOR not in text:
        return zip(text, map(char_width, text), strict=True)
    return _joined(text)


def _joined(text: str) -> Iterator[tuple[str, int]]:
    from crm_tui.domain.text_widths import WIDENED, within

    whole, cells, last, joins = "", 0, "", False
    for char in text:
        if joins or char == JOINER:
            # What is joined is drawn in the cells of what it is joined to.
            joins = not joins
        elif char == SELECTOR:
            cells += 1 if last and within(ord(last), WIDENED) else 0
            last = ""
        elif width := char_width(char):
            if whole:
                yield whole, cells
            whole, cells, last = char, width, char
            continue
        whole += char
    yield whole, cells


def cell_width(text: str) -> int:
    """Cells that a one-line text takes."""
    return len(text) if text.isascii() else sum(width for _, width in clusters(text))


def cut(text: str, cells: int, *, end: str = "…") -> str:
    """The text in at most ``cells``, its end replaced by an ellipsis where it does not fit."""
    if cells <= 0:
        return ""
    if cell_width(text) <= cells:
        return text
    room = cells - cell_width(end)
    if room < 0:
        return ""
    upto = accumulate(clusters(text), lambda before, one: (one[0], before[1] + one[1]))
    kept = (whole for whole, _ in takewhile(lambda one: one[1] <= room, upto))
    # A joiner would take the ellipsis to what it joins.
    return "".join(kept).rstrip(JOINER) + end


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """The text cut or filled with blanks to exactly ``cells``; ``right`` aligns it to the right."""
    fitted = cut(text, cells).rstrip(JOINER)
    blanks = " " * (cells - cell_width(fitted))
    return blanks + fitted if right else fitted + blanks


def fold(text: str) -> str:
    """The text as search and matching see it: width, case and pinyin inserts folded (D-42, R-315)."""
    from crm_tui.domain.text_fold import TO_SIMPLIFIED

    plain = _LATIN_AFTER_HAN.sub(r"\1", text)
    plain = unicodedata.normalize("NFKC", plain).casefold()
    plain = _LATIN_AFTER_HAN.sub(r"\1", plain)
    return plain.translate(TO_SIMPLIFIED)
