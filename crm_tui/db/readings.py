"""Pinyin of Chinese names, for finding them by initials; needed only where names are written."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Final

from crm_tui.domain.text import fold
from crm_tui.domain.tokens import han_parts

MOST_READINGS: Final = 8
LONGEST: Final = 12

SURNAMES: Final[dict[str, str]] = {
    "曾": "zeng",
    "单": "shan",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "区": "ou",
    "翟": "zhai",
    "盖": "ge",
    "朴": "piao",
    "缪": "miao",
    "员": "yun",
    "阚": "kan",
    "任": "ren",
    "华": "hua",
    "宁": "ning",
    "乐": "yue",
    "尉": "wei",
    "万": "wan",
    "种": "chong",
    "重": "chong",
    "覃": "qin",
    "秘": "bi",
    "冼": "xian",
    "召": "shao",
    "繁": "po",
    "祭": "zhai",
    "黑": "he",
    "牟": "mu",
    "折": "she",
    "洗": "xian",
    "燕": "yan",
    "纪": "ji",
    "教": "jiao",
    "洪": "hong",
    "曲": "qu",
    "隗": "wei",
    "逄": "pang",
    "乜": "nie",
    "佴": "nai",
    "瞿": "qu",
}
"""Readings of characters as surnames, where they differ from the everyday one."""


@lru_cache(maxsize=8_192)
def _of(char: str) -> tuple[str, ...]:
    # Imported here: 124 ms and tens of megabytes that a reading process never needs.
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    return tuple(dict.fromkeys(p for p in (found[0] if found else ()) if p.isascii()))


def readings(name: str) -> list[str]:
    """Initials and full pinyin of each Chinese run of a name from every character on.

    A prefix query then finds any part of the name; of each part at most 8 readings are kept.
    """
    tokens: list[str] = []
    for part in han_parts(fold(name)):
        sounds = [_sounds(c) for c in part[:LONGEST]]
        for start in range(len(sounds)):
            rest = [s for s in sounds[start:] if s]
            initials = [tuple(dict.fromkeys(sound[0] for sound in s)) for s in rest]
            tokens += ["".join(c) for c in islice(product(*initials), MOST_READINGS)]
            for combination in islice(product(*rest), MOST_READINGS):
                tokens += _spellings("".join(combination))
    return [t for t in dict.fromkeys(tokens) if t]


def _sounds(char: str) -> tuple[str, ...]:
    """Readings of a character; as a surname first, for there it differs and is asked for."""
    if char in SURNAMES:
        return tuple(dict.fromkeys((SURNAMES[char], *_of(char))))
    return _of(char)


def _spellings(full: str) -> Iterator[str]:
    """``lv`` is typed in three ways."""
    yield full
    if "lv" in full or "nv" in full:
        yield full.replace("lv", "lu").replace("nv", "nu")
        yield full.replace("lv", "lyu").replace("nv", "nyu")
