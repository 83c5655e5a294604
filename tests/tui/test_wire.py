"""The wire: whatever was there, the terminal shows cell for cell what Textual meant (design.md 5)."""

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from crm_tui.tui import cells, theme
from crm_tui.tui.wire import Piece, Wire
from tests.tui.emulator import AS_TEXTUAL, EAST_ASIAN, NAIVE, Cell, Emulator

SYSTEMS = {
    ColorSystem.STANDARD: "standard",
    ColorSystem.EIGHT_BIT: "256",
    ColorSystem.TRUECOLOR: "truecolor",
    None: "truecolor",
}
COLOURS = sorted(
    {
        value
        for made in theme.textual_themes()
        for value in (made.primary, made.foreground, made.background, made.surface, made.error)
        if value
    }
)
STYLES = [
    *(Style.parse(text) for roles in theme.ROLES.values() for text in roles.values()),
    *(Style(color=a, bgcolor=b) for a in COLOURS[:6] for b in COLOURS[-6:]),
    Style(color="red", bgcolor="default", bold=True, dim=True),
    Style(color="bright_blue", underline=True, underline2=True, blink=True, conceal=True),
    Style(bgcolor="#80ff80", strike=True, overline=True, frame=True),
    Style(color="yellow", meta={"@click": "app.bell"}),
    Style(color="yellow", link="https://example.org/"),
]
TEXTS = [
    *("a", "B", "7", " ", "  ", "      ", "é", "中", "文客", "，", "ｱ", "Ａ", "한", "かな"),
    *("…", "─", "──", "│", "α", "“", "①", "·", "▌", "✓", "⚠", "\u00a0", "\u3000"),
    *(
        "e\u0301",
        "क्षि",
        "ก็",
        "👍",
        "⚠\ufe0f",
        "❤\ufe0f",
        "👩\u200d🚀",
        "🇩🇪",
        "👍🏽",
        "1\ufe0f\u20e3",
    ),
]


def strips(width: int) -> st.SearchStrategy[Strip]:
    """A strip of exactly so many cells."""
    segment = st.tuples(
        st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6).map("".join),
        st.sampled_from([None, *STYLES]),
    )

    def fit(parts: list[tuple[str, Style | None]]) -> Strip:
        return Strip(Segment(t, s) for t, s in parts).adjust_cell_length(width, parts[-1][1])

    return st.lists(segment, min_size=1, max_size=5).map(fit)


def meant(strip: Strip, colours: ColorSystem | None) -> list[Cell]:
    """The cells that Textual's own rendering of a strip leaves."""
    console = Console(color_system=SYSTEMS[colours], force_terminal=True)  # type: ignore[arg-type]
    fresh = Strip([Segment(t, anew(style)) for t, style, _ in strip], strip.cell_length)
    screen = Emulator(strip.cell_length, 1)
    screen.feed_textual(f"\x1b[1;1H{fresh.render(console)}\x1b[0m")
    return [uncoloured(c) if colours is None else c.look for c in screen.rows[0]]


def uncoloured(cell: Cell) -> Cell:
    """The cell where there are no colours: a background that is not black turns into reverse."""
    light = False
    if cell.background:
        bright = (
            Color.parse(f"color({int(cell.background) % 10})")
            if cell.background.isdigit()
            else None
        )
        levels = bright.get_truecolor() if bright else map(int, cell.background.split(";")[2:])
        light = max(levels) > 0x30
    attributes = cell.attributes ^ {7} if light else cell.attributes
    return Cell(cell.text, "", "", attributes).look


def laid(row: list[Cell], x: int, part: list[Cell]) -> list[Cell]:
    """A row with a part laid over it; of wide characters cut by it blanks stay."""
    left, right = row[:x], row[x + len(part) :]
    if row[x].text == "":
        while left[-1].text == "":
            left.pop()
        left += [left.pop()._replace(text=" ").look] * (x - len(left))
    count = next((n for n, cell in enumerate(right) if cell.text != ""), len(right))
    right = [cell._replace(text=" ").look for cell in right[:count]] + right[count:]
    return [*left, *part, *right]


def anew(style: Style | None) -> Style | None:
    """An equal style: each keeps the codes that it was rendered to first, whatever the colours."""
    if style is None:
        return None
    flags = (
        *("bold", "dim", "italic", "underline", "blink", "blink2", "reverse", "conceal", "strike"),
        *("underline2", "frame", "encircle", "overline"),
    )
    attributes: dict[str, bool | None] = {flag: getattr(style, flag) for flag in flags}
    return Style(color=style.color, bgcolor=style.bgcolor, link=style.link, **attributes)  # type: ignore[arg-type]


def undisputed(row: list[Cell]) -> Iterator[int]:
    """Columns of cells on whose width all terminals agree."""
    whole = ""
    for x, cell in enumerate(row):
        whole = cell.text or whole
        if not cells.disputed(whole):
            yield x


class Terminals(RuleBasedStateMachine):
    """Series of frames, parts of frames, resizes and redraws, on terminals that measure differently."""

    @initialize(data=st.data(), colours=st.sampled_from(list(SYSTEMS)), fills=st.booleans())
    def start(self, data: st.DataObject, colours: ColorSystem | None, fills: bool) -> None:
        """A terminal of some colours, which fills on erasing or does not."""
        self.colours = colours
        self.wire = Wire(colours, erases=fills)
        self.screens = {
            m: Emulator(1, 1, measure=m, fills=fills) for m in (AS_TEXTUAL, EAST_ASIAN, NAIVE)
        }
        self.resize(data, 11, 4)

    @rule(data=st.data(), width=st.integers(1, 24), height=st.integers(1, 5))
    def resize(self, data: st.DataObject, width: int, height: int) -> None:
        """Another size; everything is drawn anew."""
        for screen in self.screens.values():
            screen.resize(width, height)
        self.width, self.height = width, height
        self.strips = [data.draw(strips(width)) for _ in range(height)]
        self.rows = [meant(strip, self.colours) for strip in self.strips]
        self.wire.forget()
        self.whole(data)

    @rule(data=st.data())
    def redraw(self, data: st.DataObject) -> None:
        """Another program has written; everything is drawn again."""
        for screen in self.screens.values():
            screen.scribble()
        self.wire.forget()
        self.whole(data)

    @rule(data=st.data())
    def whole(self, data: st.DataObject) -> None:
        """A frame of the whole screen in which some lines are others."""
        for y in data.draw(st.sets(st.integers(0, self.height - 1))):
            self.strips[y] = data.draw(strips(self.width))
        self.all_of_it(data)

    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        """A part of a line, wherever wide characters stand."""
        y = data.draw(st.integers(0, self.height - 1))
        x = data.draw(st.integers(0, self.width - 1))
        strip = data.draw(strips(data.draw(st.integers(1, self.width - x))))
        self.rows[y] = laid(self.rows[y], x, meant(strip, self.colours))
        self.show(data, [(y, x, strip)])

    @rule(data=st.data())
    def scroll(self, data: st.DataObject) -> None:
        """Lines move up."""
        self.strips = [*self.strips[1:], data.draw(strips(self.width))]
        self.all_of_it(data)

    def all_of_it(self, data: st.DataObject) -> None:
        """Send every line."""
        self.rows = [meant(strip, self.colours) for strip in self.strips]
        self.show(data, [(y, 0, strip) for y, strip in enumerate(self.strips)])

    def show(self, data: st.DataObject, pieces: list[Piece]) -> None:
        """Send a frame to each terminal."""
        x = data.draw(st.integers(0, self.width - 1))
        y = data.draw(st.integers(0, self.height - 1))
        sent = self.wire.frame((self.width, self.height), pieces, (x, y))
        for screen in self.screens.values():
            screen.feed(sent)
            assert (screen.x, screen.y, screen.beyond) == (x, y, False)
        assert self.wire.frame((self.width, self.height), pieces, (x, y)) == ""

    @invariant()
    def shown(self) -> None:
        """Every cell is as meant; where terminals measure differently, all others are."""
        for measure, screen in self.screens.items():
            for y, (wanted, found) in enumerate(zip(self.rows, screen.looks(), strict=True)):
                columns = range(self.width) if measure is AS_TEXTUAL else undisputed(wanted)
                wrong = {(y, x): (wanted[x], found[x]) for x in columns if found[x] != wanted[x]}
                assert not wrong


Terminals.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=12,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
TestTerminals = Terminals.TestCase


def sent(wire: Wire, *texts: str, style: Style | None = None) -> str:
    """What a frame of plain lines sends."""
    width = max(map(cell_len, texts))
    lines = [Strip([Segment(t, style)]).adjust_cell_length(width, style) for t in texts]
    return wire.frame((width, len(lines)), [(y, 0, s) for y, s in enumerate(lines)], (0, 0))


def test_the_shortest_sequences_are_sent() -> None:
    wire = Wire()
    assert sent(wire, "one     line", "two         ") == (
        "\x1b[m\x1b[r\x1b[H\x1b[Jone\x1b[5Cline\r\vtwo\x1b[H"
    )
    assert sent(wire, "one     line", "two         ") == ""
    # A short equal gap is written over, a longer one is jumped over, a tail is erased.
    assert sent(wire, "One     Line", "TwO         ") == "O\x1b[7CL\r\vTwO\x1b[H"
    assert sent(wire, "OnE     Line", "Two         ") == "OnE\v\bo\x1b[H"
    assert sent(wire, "O           ", "Two         ") == "O\x1b[K\r"
    # Of a pen only what differs is sent, and a blank looks the same in each.
    red = Style(color="red")
    bold = red + Style(bold=True)
    assert sent(wire, "O           ", "Two two     ", style=red) == "\x1b[31mO\r\vTwo two\x1b[H"
    assert sent(wire, "O           ", "Two two     ", style=bold) == "\x1b[1mO\r\vTwo two\x1b[H"
    assert sent(wire, "O           ", "Two two     ", style=red) == "\x1b[22mO\r\vTwo two\x1b[H"


def test_a_new_anchor_follows_what_terminals_measure_differently() -> None:
    wire = Wire()
    sent(wire, "            ")
    assert sent(wire, "ab…cd       ") == "ab…\x1b[4Gcd\r"
    assert sent(wire, "────── x    ").startswith("──────\x1b[7G")
    assert sent(wire, "👍y         ") == "  \x1b[1G👍\x1b[3Gy\x1b[K\r"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "·[31mb"),
        ("\x1b]52;c;aGk=\x07", "·52;c;aGk·"),
        ("x\x9b2Jy", "·2Jy"),
        ("a\nb\tc\x7fd", "···d"),
        ("ok \u202egnp.exe", "ok·gnp.exe"),
        ("中\x00文", "· 文"),
    ],
)
def test_no_order_in_a_text_reaches_the_terminal(text: str, shown: str) -> None:
    found = "".join(cells.cells(text))
    screen = Emulator(40, 1)
    screen.feed(Wire().frame((40, 1), [(0, 0, Strip([Segment(text)]))], (0, 0)))
    assert screen.text().rstrip() == found.rstrip()
    assert found == shown


@given(st.lists(st.text(st.characters(), max_size=6), max_size=5))
def test_whatever_text_comes_only_text_reaches_the_terminal(texts: list[str]) -> None:
    strip = Strip([Segment(text) for text in texts])
    width = max(strip.cell_length, 1)
    screen = Emulator(width, 1)
    screen.feed(Wire().frame((width, 1), [(0, 0, strip)], (0, 0)))
    seen = screen.text()
    bidi = {*"\u061c\u200e\u200f", *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))}
    assert not [c for c in seen if unicodedata.category(c) in ("Cc", "Cs") or c in bidi]
    assert all(cell.text is not None for cell in screen.rows[0])


def test_a_strip_of_another_width_stays_in_its_place() -> None:
    wire, screen = Wire(), Emulator(6, 1)
    screen.feed(sent(wire, "abcdef"))
    long = Strip([Segment("中文")], 3)
    screen.feed(wire.frame((6, 1), [(0, 1, long), (7, 0, long)], (0, 0)))
    assert screen.text() == "a中 ef"
    screen.feed(wire.frame((6, 1), [(0, 0, Strip([Segment("x")], 4))], (0, 0)))
    assert screen.text() == "x   ef"
