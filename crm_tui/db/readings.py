"""Pinyin of Chinese names, for finding them by initials; needed only where names are written."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from crm_tui.domain.tokens import BEGINS, MAX_LETTERS, name_parts

LONGEST: Final = 12
"""Characters of a name that are read."""
NEAR: Final = 5
"""Characters, from where one begins to type, that are looked for in each of their readings."""
MOST_SOUNDS: Final = 4
LONGEST_WORD: Final = 4

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


Sounds = tuple[str, ...]
"""The readings of a character, the likeliest first; of a word that is not Chinese itself alone."""


def readings(name: str) -> list[str]:
    """Initials and full pinyin of a name from every Chinese character on.

    A prefix query then finds any part of the name. Characters are read as their words ask for, and one
    at a time in their other readings: who types is not asked which one the dictionary took.
    """
    units = _units(name)
    tokens: list[str] = []
    for start, (_, is_han) in enumerate(units):
        if is_han:
            tokens += _spelled(units[start : start + LONGEST])
    return _longest(tokens)


def beginnings(name: str) -> list[str]:
    """The readings that a name begins with, marked; none for a name without Chinese."""
    units = _units(name)[:LONGEST]
    if not any(is_han for _, is_han in units):
        return []
    return [BEGINS + token for token in _longest(_spelled(units))]


def _units(name: str) -> list[tuple[Sounds, bool]]:
    units: list[tuple[Sounds, bool]] = []
    for part, is_han in name_parts(name):
        if not is_han:
            units.append(((part,), False))
            continue
        chars = part[:LONGEST]
        for char, likely in zip(chars, _in_words(chars), strict=True):
            if sounds := _sounds(char, likely):
                units.append((sounds, True))
    return units


def _in_words(part: str) -> list[str]:
    """A reading for each character that stands in a word with one, the longest words first; else ""."""
    # Imported here: it takes a third of a second and tens of megabytes that a reading process never needs.
    from pypinyin.constants import PHRASES_DICT

    found: list[str] = []
    while len(found) < len(part):
        at = len(found)
        words = (part[at : at + size] for size in range(LONGEST_WORD, 1, -1))
        word = next((w for w in words if w in PHRASES_DICT), "")
        found += _of_word(word) if word else [""]
    return found[: len(part)]


@lru_cache(maxsize=8_192)
def _of_word(word: str) -> list[str]:
    from pypinyin.constants import PHRASES_DICT
    from pypinyin.contrib.tone_convert import to_normal

    sounds = [to_normal(s[0]) for s in PHRASES_DICT[word]]
    return sounds if len(sounds) == len(word) else [""] * len(word)


@lru_cache(maxsize=8_192)
def _all_of(char: str) -> Sounds:
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    return tuple(found[0]) if found else ()


def _sounds(char: str, likely: str) -> Sounds:
    surname = (SURNAMES[char],) if char in SURNAMES else ()
    every = dict.fromkeys((likely, *surname, *_all_of(char)))
    return tuple(sound for sound in every if sound and sound.isascii())[:MOST_SOUNDS]


def _spelled(units: Sequence[tuple[Sounds, bool]]) -> Iterator[str]:
    likely = [sounds[0] for sounds, _ in units]
    is_han = [han for _, han in units]
    yield from _spellings(likely, is_han)
    for place, (sounds, _) in enumerate(units[:NEAR]):
        for other in sounds[1:]:
            yield from _spellings([*likely[:place], other, *likely[place + 1 :]], is_han)


def _spellings(sounds: Sequence[str], is_han: Sequence[bool]) -> Iterator[str]:
    """Initials and full pinyin; a word that is not Chinese stands whole in both."""
    yield "".join(s[0] if han else s for s, han in zip(sounds, is_han, strict=True))
    full = "".join(sounds)
    yield full
    if "lv" in full or "nv" in full:
        # ``lv`` is typed in three ways.
        yield full.replace("lv", "lu").replace("nv", "nu")
        yield full.replace("lv", "lyu").replace("nv", "nyu")


def _longest(tokens: Iterable[str]) -> list[str]:
    """The tokens cut to what is compared, without those that another one begins with."""
    kept: list[str] = []
    for token in sorted({t[:MAX_LETTERS] for t in tokens}, reverse=True):
        if not kept or not kept[-1].startswith(token):
            kept.append(token)
    return kept
