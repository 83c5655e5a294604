"""Search tokens: the same for SQLite and PostgreSQL, exact for one and two Chinese characters (decision 8)."""

import re
from collections.abc import Iterator
from typing import Final

from crm_tui.domain.text import fold

MAX_WORD: Final = 60
MAX_LETTERS: Final = 12
"""Letters of a word that a query compares, and letters of pinyin that the index keeps."""
BEGINS: Final = "\ue000"
"""Stands before what a name begins with. Private use: a letter to both engines, typed by nobody."""
MAX_BEGINNING: Final = 8
_HAN: Final = "㐀-䶿一-鿿豈-﫿぀-ヿ가-힯"
_RUNS: Final = re.compile(rf"([{_HAN}]+)|([0-9a-z]+|[^\W{_HAN}_]+)")


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for found in _RUNS.finditer(fold(text)):
        yield found.group(), found.group(1) is not None


def index_tokens(text: str) -> list[str]:
    """Tokens to keep: of a Chinese run all pairs and its last character, else whole words."""
    tokens: list[str] = []
    for run, is_han in _runs(text):
        if is_han:
            tokens += [run[i : i + 2] for i in range(len(run) - 1)]
            tokens.append(run[-1])
        else:
            tokens.append(run[:MAX_WORD])
    return list(dict.fromkeys(tokens))


def query_terms(text: str) -> list[tuple[str, bool]]:
    """Terms that must all be there; True asks for tokens that begin so."""
    terms: list[tuple[str, bool]] = []
    for run, is_han in _runs(text):
        if not is_han:
            terms.append((run[:MAX_LETTERS], True))
        elif len(run) == 1:
            terms.append((run, True))
        else:
            terms += [(run[i : i + 2], False) for i in range(len(run) - 1)]
    return list(dict.fromkeys(terms))


def beginning(text: str) -> str:
    """The token for what a name begins with, and the prefix that asks for names that begin so."""
    letters = "".join(run for run, _ in _runs(text))[:MAX_BEGINNING]
    return BEGINS + letters if letters else ""


def name_parts(text: str) -> list[tuple[str, bool]]:
    """The runs of a name in order, for its readings; True where a run is Chinese."""
    return list(_runs(text))
