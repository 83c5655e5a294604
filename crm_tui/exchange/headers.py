"""Column names as people and programs write them, brought to one form (R-314, R-315, D-42)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_PINYIN: Final = re.compile(
    r"(?<=[\u3400-\u9fff])\([a-z\u00e0-\u00ff\u0100-\u01ff\u0261\u0300-\u036f]+\)"
)
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_GAPS: Final = re.compile(r"[\s_\-\u200b-\u200f\ufeff:]+")
_PAIRS: Final = (
    "戶户編编號号稱称屬属業业決决職职務务聯联繫系係系歷历曆历時时長长計计額额標标籤签簽签層层級级價价類类間间區区電电話话郵邮"
    "碼码實实員员題题詳详見见覆复復复應应產产優优聞闻談谈導导創创運运營营銷销項项備备責责協协頻频開开關关總总經经萬万億亿個个"
    "點点專专檔档記记錄录資资訊讯單单據据貨货幣币險险達达際际網网絡络線线採采購购術术發发門门負负審审處处壓压縮缩權权轉转潛潜"
    "獻献風风戰战穩稳統统鏈链減减會会簡简體体師师場场動动態态競竞"
)
"""Traditional and simplified form in turn, for the characters of column names and values."""
_FOLD: Final = str.maketrans(_PAIRS[::2], _PAIRS[1::2])


def simplify(text: str) -> str:
    """``text`` for reading values: NFKC, no pinyin in brackets, simplified, lower case.

    Folds only the characters that occur in column names and their values; the stored text is
    never changed.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _PINYIN.sub("", plain).translate(_FOLD)
    return unicodedata.normalize("NFC", plain).strip()


def fold(text: str) -> str:
    """``text`` for matching names: `simplify`, and no spaces, hyphens, underscores or colons."""
    return _GAPS.sub("", simplify(text))


@dataclass(frozen=True, slots=True)
class Column:
    """A column a profile knows; ``name`` is its key in every row, whatever the file calls it."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True

    @property
    def called(self) -> str:
        """What the sources of the templates print above it; its name where none of them has it."""
        printed = (form for form in self.aliases if _HAN.search(form))
        return self.name if _HAN.search(self.name) else next(printed, self.name)

    def forms(self) -> frozenset[str]:
        """Everything the column may be called, folded."""
        return frozenset(fold(form) for form in (self.name, *self.aliases))


def match(cells: Sequence[str], columns: Sequence[Column]) -> dict[int, Column]:
    """Which cell of a header is which column; the first of two equal names wins."""
    folded = [fold(cell) for cell in cells]
    found: dict[int, Column] = {}
    for column in columns:
        forms = column.forms()
        for index, form in enumerate(folded):
            if form and form in forms and index not in found:
                found[index] = column
                break
    return found


def unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Names for all cells: ``#4`` for a nameless fourth, ``Name (2)`` for a repeated one."""
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells, 1):
        base = " ".join(cell.replace("\ufeff", "").split()) or f"#{index}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name)
        names.append(name)
    return tuple(names)
