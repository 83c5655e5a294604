"""Column names and enumeration words brought to one form for matching (R-315, D-42)."""

import re
import unicodedata
from typing import Final

from crm_tui.domain import text as words

_BRACKETS: Final = re.compile(r"[(\[【（][^)\]】）]*[)\]】）]")
_GAPS: Final = re.compile(r"[\s_\-\u200b-\u200f\ufeff:/·*]+")


def fold(text: str) -> str:
    """``text`` as search sees it, without gaps and punctuation between words."""
    return _GAPS.sub("", words.fold(unicodedata.normalize("NFC", text)))


def without_brackets(text: str) -> str:
    """``text`` without what stands in brackets: ``优先级(高/中/低)`` is ``优先级``."""
    return _BRACKETS.sub("", text)
