"""Copying: the pieces of a record to choose from, and the way where a terminal refuses (ux.md 6)."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crm_tui.i18n import tr
from crm_tui.tui.widgets.dialogs import Menu, Option, Page, paragraphs

if TYPE_CHECKING:
    from crm_tui.services.work_dto import TaskCard
    from crm_tui.tui.screens.base import BaseScreen
    from crm_tui.tui.widgets.virtual_list import VirtualList

LONGEST: Final = 74_994
"""Bytes in base 64 that terminals take in OSC 52; of more, some take a part and some nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a record; ``key`` is its letter in the menu."""

    label: str
    text: str
    key: str


def fits(text: str) -> bool:
    """Whether a terminal's clipboard takes it."""
    return len(b64encode(text.encode())) <= LONGEST


def row_text(listing: "VirtualList[Any]") -> str:
    """The row under the cursor as its columns say it, a tab between them."""
    row = listing.current
    if row is None:
        return ""
    return "\t".join(column.render(row)[0] for column in listing.columns)


def offer(
    screen: "BaseScreen",
    pieces: Sequence[Piece],
    more: Sequence[tuple[str, str, Callable[[], None]]] = (),
) -> None:
    """Choose a piece and copy it, or see all of them without a frame to select by hand.

    ``more`` are entries that ask further: their letter, words, and what they do.
    """
    found = [p for p in pieces if p.text]
    options: list[Option] = [
        Option(lambda p=p: screen.copy(p.text), p.label, p.key, " ".join(p.text.split()))
        for p in found
    ]
    options += [Option(then, words, key) for key, words, then in more]
    options.append(
        Option(lambda: by_hand(screen, [p.text for p in found]), tr("show to select by hand"), "h")
    )

    def chosen(act: Callable[[], None] | None) -> None:
        if act is not None:
            act()

    screen.app.push_screen(Menu(tr("Copy"), options, screen.crm.terminal.theme), chosen)


def offer_card(screen: "BaseScreen", card: "TaskCard") -> None:
    """Choose what of a task to copy."""
    pieces = [
        Piece(tr("number"), card.number, "n"),
        Piece(tr("title"), card.title, "t"),
        Piece(tr("link"), f"crm-tui task show {card.number}", "l"),
    ]
    offer(screen, pieces)


def by_hand(screen: "BaseScreen", texts: Sequence[str]) -> None:
    """The texts alone on the screen: what the terminal selects there holds no line of ours."""
    screen.app.push_screen(Page("", screen.crm.terminal.theme, paragraphs(list(texts)), bare=True))
