"""A line of the terminal: what it should hold, what of it differs, and what must be sent together."""

from collections.abc import Iterator, Sequence

from rich.color import ColorSystem
from textual.strip import Strip

from crm_tui.tui.cells import ASCII, BLANK, Pen, cells, disputed, pen, pen_of

Line = tuple[list[str], list[Pen]]
"""The texts and the pens of its cells."""

# What it should hold


def lay(
    line: Line, x: int, end: int, strip: Strip, colours: ColorSystem | None, *, ascii_only: bool
) -> None:
    """Put a strip into a line; halves of wide characters that it leaves over become blanks."""
    texts, pens = line
    laid: list[str] = []
    inks: list[Pen] = []
    for text, style, control in strip:
        if control or not text:
            continue
        ink = pen_of(style, colours)
        cut = cells(text)
        if ascii_only:
            cut = [ASCII.get(c, c) for c in cut]
        laid += cut
        if ink.blank is not ink and BLANK in cut:
            blank = ink.blank
            inks += [blank if c == BLANK else ink for c in cut]
        else:
            inks += [ink] * len(cut)
    if len(laid) != end - x:
        # A widget that promised another width: never write into its neighbour.
        laid, inks = _fitted(laid, inks, end - x)
    _mend(texts, pens, x, end)
    texts[x:end] = laid
    pens[x:end] = inks


def _mend(texts: list[str], pens: list[Pen], x: int, end: int) -> None:
    """Blank the halves of wide characters that reach into the cells from ``x`` to ``end``."""
    start = x
    while texts[start] == "":
        start -= 1
    _blank(texts, pens, start, x)
    if end < len(texts):
        _blank(texts, pens, end, end + _rest(texts, end))


def _rest(texts: Sequence[str], x: int) -> int:
    """How many cells from ``x`` on belong to the character before."""
    end = x
    while end < len(texts) and texts[end] == "":
        end += 1
    return end - x


def cells_at(texts: Sequence[str], x: int) -> int:
    """The cells of the character that begins at ``x``."""
    return 1 + _rest(texts, x + 1)


def _blank(texts: list[str], pens: list[Pen], start: int, end: int) -> None:
    for x in range(start, end):
        texts[x] = BLANK
        pens[x] = pens[x].blank


def _fitted(texts: list[str], pens: list[Pen], room: int) -> Line:
    """Exactly ``room`` cells; a wide character that does not fit becomes blanks."""
    if len(texts) < room:
        missing = room - len(texts)
        last = pens[-1].blank if pens else pen()
        return texts + [BLANK] * missing, pens + [last] * missing
    if texts[room] == "":
        start = room
        while texts[start] == "":
            start -= 1
        _blank(texts, pens, start, room)
    return texts[:room], pens[:room]


# What differs


def _changed(old: Line, new: Line) -> list[int]:
    """The columns where two lines differ."""
    if old == new:
        return []
    both = zip(*old, *new, strict=True)
    return [x for x, (t, p, text, ink) in enumerate(both) if p is not ink or t != text]


def is_narrow_disputed(texts: Sequence[str], x: int) -> bool:
    """A single character of one cell whose width terminals dispute."""
    text = texts[x]
    return not text.isascii() and cells_at(texts, x) == 1 and bool(disputed(text))


def runs(old: Line, new: Line) -> Iterator[tuple[Pen | None, list[int]]]:
    """The columns to send in runs, each with its pen; no pen, where it is blanks that any pen leaves.

    Runs may be sent in any order. Cells that must follow the one before stay in its run, whatever
    their pen: what a disputed character may have been drawn over, and the second half of a wide
    character that was there before, because some terminals blank it when they overwrite the first.
    """
    todo = _changed(old, new)
    texts, pens = new
    old_texts = old[0]
    behind: set[int] = set()
    if todo and not "".join(texts).isascii():
        todo, behind = _with_neighbours(todo, texts)
    ink: Pen | None = None
    run: list[int] = []
    for x in todo:
        mine = pens[x]
        blank = texts[x] == BLANK and mine.plain
        if run:
            if ink is None:
                same = mine is pens[run[0]] if blank else mine.blank is pens[run[0]]
            else:
                same = mine is ink or (blank and mine is ink.blank and x == run[-1] + 1)
            if not same and x not in behind and "" not in (texts[x], old_texts[x]):
                yield ink, run
                ink, run = None, []
        run.append(x)
        if ink is None and not blank:
            ink = mine
    if run:
        yield ink, run


def _with_neighbours(todo: Sequence[int], texts: Sequence[str]) -> tuple[list[int], set[int]]:
    """Wide characters whole, and behind disputed ones every cell that some terminal draws them over."""
    changed = set(todo)
    found: list[int] = []
    behind: set[int] = set()
    until = spill = 0
    joined = False
    for x in range(todo[0], len(texts)):
        text = texts[x]
        if text == "" and found and found[-1] == x - 1:
            # The rest of a wide character goes with its first cell.
            found.append(x)
            continue
        if x < until:
            behind.add(x)
        elif x not in changed:
            joined = False
            continue
        found.append(x)
        most = 0 if text.isascii() else disputed(text)
        if not most:
            joined = False
            continue
        width = cells_at(texts, x)
        narrow = width == 1
        spill = (spill if joined and narrow else 0) + most - width
        until = max(until, x + width + spill)
        joined = narrow
    return found, behind
