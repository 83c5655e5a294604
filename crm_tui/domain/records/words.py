"""The sources' Chinese words for enumeration values, as spreadsheets carry them (A.2, R-089).

These are data to be recognised, not texts to be shown: labels are msgids at the enumerations.
"""

from enum import StrEnum
from functools import cache
from typing import Final

from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.folding import fold, without_brackets
from crm_tui.domain.records.problem import Problem

WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {}
"""Enumeration class -> value -> words."""


def choices(enum: type[StrEnum]) -> Msg:
    """The values of an enumeration as a list in words."""
    shown = [Msg(enum_label(one)) for one in enum]
    listed = shown[-1]
    for one in reversed(shown[:-1]):
        listed = msg("{first}, {rest}", first=one, rest=listed)
    return listed


def enum_label(member: StrEnum) -> str:
    """The msgid of an enumeration's value."""
    named = getattr(member, "label", None)
    return str(named()) if named is not None else member.value


@cache
def _forms(enum: type[StrEnum]) -> dict[str, StrEnum]:
    forms: dict[str, StrEnum] = {}
    known = WORDS.get(enum.__name__, {})
    for one in enum:
        for word in (one.value, enum_label(one), *known.get(one.value, ())):
            forms.setdefault(fold(word), one)
    return forms


def member(enum: type[StrEnum], text: str) -> StrEnum:
    """The value that ``text`` names by code, label or a word of the sources; else `Problem`."""
    if isinstance(text, enum):
        return text
    forms = _forms(enum)
    found = forms.get(fold(text)) or forms.get(fold(without_brackets(text)))
    if found is None:
        raise Problem(
            msg("{field} is one of: {choices}", choices=choices(enum)), code="unknown_value"
        )
    return found
