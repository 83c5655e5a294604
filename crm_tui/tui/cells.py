"""What a terminal can hold: cells of text, and the pens they are written with.

A cell holds a character with whatever sticks to it (accents, joiners, selectors); the further cells of
a wide one hold "". Widths are those Textual lays out with. This is also the last guard before the
terminal: text that `domain.text` calls hostile is never in a cell, whoever drew it.
"""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color, ColorSystem
from rich.style import Style

from crm_tui.domain.text import MARK, display

BLANK = " "
JOINER = "\u200d"
_SELECTOR = "\ufe0f"

# Text


def cells(text: str) -> list[str]:
    """The text cell by cell."""
    if text.isascii() and text.isprintable():
        return list(text)
    return list(_cells(text))


@lru_cache(4096)
def _cells(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for cluster in _clusters(text):
        width = cell_len(cluster)
        if width:
            found += shown(cluster, width)
    return tuple(found)


def _clusters(text: str) -> list[str]:
    """Characters with what sticks to them; what sticks to nothing is dropped, unless it is hostile."""
    found: list[str] = []
    head = ""
    joined = False
    for char in text:
        if joined or char == _SELECTOR or not get_character_cell_size(char):
            if found:
                found[-1] += char
            elif is_hostile(char):
                head = char
        else:
            found.append(head + char)
            head = ""
        joined = char == JOINER and bool(found)
    return found


def shown(cluster: str, width: int) -> list[str]:
    """The cells of one cluster; a mark stands for a hostile one."""
    if is_hostile(cluster):
        return [MARK] + [BLANK] * (width - 1)
    return [cluster] + [""] * (width - 1)


def is_hostile(text: str) -> bool:
    """Whether a terminal could take some of it for an order, or draw it elsewhere."""
    return "\n" in text or "\t" in text or display(text, lines=True) != text


def _ascii() -> dict[str, str]:
    signs = dict(zip("…›‹·•●○▶▸◀▲▼✎✓✗→←↑↓—–", "~><.**o>><^v~+x><^v--", strict=True))
    lines = {chr(code): "+" for code in range(0x2500, 0x2580)}
    lines |= dict.fromkeys("─━┄┅┈┉╌╍═╴╶╸╺╼╾", "-") | dict.fromkeys("│┃┆┇┊┋╎╏║╵╷╹╻╽╿", "|")
    blocks = {chr(code): "#" for code in range(0x2580, 0x25A0)}
    return signs | lines | blocks


ASCII = _ascii()
"""What stands for the signs and lines of screens where only ASCII may be drawn (ux.md 6)."""

_AGREED_WIDE = (
    (0x2E80, 0x303E),
    (0x3041, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF01, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x20000, 0x3FFFD),
)
"""Chinese, Japanese and Korean: two cells on every terminal."""


@lru_cache(8192)
def disputed(cluster: str) -> int:
    """The most cells that some terminal gives a cluster, 0 where all agree on its width.

    They disagree on ambiguous letters and signs (one cell, or two where the locale or the font is East
    Asian), on emoji, and on whatever joins or changes the character before it.
    """
    if len(cluster) == 1:
        code = ord(cluster)
        east = unicodedata.east_asian_width(cluster)
        if code < 0x300 and east != "A" and code != 0xAD:
            return 0
        if east in ("W", "F") and any(low <= code <= high for low, high in _AGREED_WIDE):
            return 0
        if 0xFF61 <= code <= 0xFF9F:
            return 0
    return sum(2 if get_character_cell_size(char) else 1 for char in cluster)


# Pens

BOLD, DIM, ITALIC, UNDERLINE, BLINK, BLINK2, REVERSE, CONCEAL, STRIKE = (1 << n for n in range(9))
UNDERLINE2, FRAME, ENCIRCLE, OVERLINE = (1 << n for n in range(9, 13))
_ON = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_OFF = (
    (BOLD | DIM, "22"),
    (ITALIC, "23"),
    (UNDERLINE | UNDERLINE2, "24"),
    (BLINK | BLINK2, "25"),
    (REVERSE, "27"),
    (CONCEAL, "28"),
    (STRIKE, "29"),
    (FRAME | ENCIRCLE, "54"),
    (OVERLINE, "55"),
)
ON_BLANKS = UNDERLINE | REVERSE | STRIKE | UNDERLINE2 | FRAME | ENCIRCLE | OVERLINE
"""Attributes that one sees on a blank."""


_BLACK = 0x30
"""Up to here a background counts as black."""


class Pen:
    """Colours and attributes; one object for each look, so that pens compare by identity.

    ``blank`` is the pen that leaves the same blank and nothing more: on a blank only the background
    shows, unless an attribute draws on it. ``plain`` blanks are what erasing leaves.
    """

    __slots__ = ("attributes", "background", "blank", "foreground", "plain")

    def __init__(self, foreground: str, background: str, attributes: int) -> None:
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
        self.plain = not foreground and not attributes
        self.blank = self

    def __repr__(self) -> str:
        return f"Pen({self.foreground!r}, {self.background!r}, {self.attributes})"


def pen(foreground: str = "", background: str = "", attributes: int = 0) -> Pen:
    """The pen of these SGR codes; "" is the terminal's own colour."""
    return _pen(foreground, background, attributes)


@lru_cache(None)
def _pen(foreground: str, background: str, attributes: int) -> Pen:
    made = Pen(foreground, background, attributes)
    if not made.plain and not attributes & ON_BLANKS:
        made.blank = pen("", background, 0)
    return made


@lru_cache(16384)
def pen_of(style: Style | None, colours: ColorSystem | None) -> Pen:
    """The pen of a style; its links and other metadata are not for the terminal.

    Without colours a background other than black shows as reverse, so that nothing is lost that a
    widget says by it.
    """
    if style is None:
        return pen()
    flags = (
        style.bold, style.dim, style.italic, style.underline, style.blink, style.blink2, style.reverse,
        style.conceal, style.strike, style.underline2, style.frame, style.encircle, style.overline,
    )  # fmt: skip
    attributes = sum(1 << bit for bit, flag in enumerate(flags) if flag)
    if colours is None:
        ground = style.bgcolor
        if ground is not None and not ground.is_default and max(ground.get_truecolor()) > _BLACK:
            attributes ^= REVERSE
        return pen(attributes=attributes)
    return pen(
        _codes(style.color, colours, True), _codes(style.bgcolor, colours, False), attributes
    )


def _codes(color: Color | None, colours: ColorSystem, foreground: bool) -> str:
    if color is None or color.is_default:
        return ""
    return ";".join(color.downgrade(colours).get_ansi_codes(foreground))


@lru_cache(16384)
def change(old: Pen | None, new: Pen) -> str:
    """The shortest SGR sequence from one pen to another; ``None`` is an unknown pen."""
    if old is new:
        return ""
    all_of_it = ["0", *(code for bit, code in enumerate(_ON) if new.attributes & 1 << bit)]
    all_of_it += [code for code in (new.foreground, new.background) if code]
    fresh = f"\x1b[{';'.join(all_of_it)}m" if len(all_of_it) > 1 else "\x1b[m"
    if old is None:
        return fresh
    parts: list[str] = []
    on = new.attributes & ~old.attributes
    for group, code in _OFF:
        if old.attributes & ~new.attributes & group:
            # One code ends both of a pair: begin again the one that stays.
            parts.append(code)
            on |= new.attributes & group
    parts += [code for bit, code in enumerate(_ON) if on & 1 << bit]
    if old.foreground != new.foreground:
        parts.append(new.foreground or "39")
    if old.background != new.background:
        parts.append(new.background or "49")
    delta = f"\x1b[{';'.join(parts)}m"
    return min(delta, fresh, key=len)
