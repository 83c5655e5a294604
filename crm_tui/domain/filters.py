"""The filter language: text to a tree and back (ux.md 3.5).

Terms are joined by blanks and all must hold; a comma means or, a minus not, quotes keep blanks, a star
at the end means begins with. ``key:value``; a bare word is looked for in number, subject and customer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import Msg, msg

LONGEST: Final = 2_000
MOST_TERMS: Final = 50


class KeyKind(StrEnum):
    """How a key's values are read."""

    ENUM = "enum"
    PERSON = "person"
    DEPARTMENT = "department"
    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    DATE = "date"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its values for an enumeration, by canonical value their other spellings."""

    name: str
    kind: KeyKind
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """One value: ``op`` is ``=``, ``<``, ``>``, ``..`` (with ``to``) or ``*`` for begins with."""

    text: str
    op: str = "="
    to: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A key with its values, any of which may hold; the empty key is a bare word."""

    key: str
    values: tuple[Value, ...]
    negated: bool = False
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must hold."""

    terms: tuple[Term, ...]


class FilterError(ValidationError):
    """A term that cannot be read; ``column`` and ``length`` say where."""

    code = "bad_filter"

    def __init__(self, message: Msg, column: int, length: int) -> None:
        super().__init__(message, field="filter")
        self.column = column
        self.length = length


_TOKEN: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|\S)+')
_KEYED: Final = re.compile(r"(-?)([^\W\d]\w*):(.*)", re.DOTALL)


def parse(text: str, keys: Mapping[str, Key]) -> Query:
    """The tree of a filter; raises `FilterError` naming the column."""
    if len(text) > LONGEST:
        raise FilterError(msg("A filter has at most {count} characters", count=LONGEST), LONGEST, 1)
    names = {alias: key for key in keys.values() for alias in (key.name, *key.aliases)}
    terms: list[Term] = []
    for found in _TOKEN.finditer(text):
        terms.append(_term(found.group(), found.start(), names))
        if len(terms) > MOST_TERMS:
            raise FilterError(
                msg("A filter has at most {count} terms", count=MOST_TERMS), found.start(), 1
            )
    return Query(tuple(terms))


def _term(token: str, column: int, names: Mapping[str, Key]) -> Term:
    keyed = _KEYED.fullmatch(token)
    if keyed is None or token.startswith('"'):
        negated = token.startswith("-") and len(token) > 1
        word = _unquoted(token[1:] if negated else token, column)
        return Term("", (Value(word),), negated, column)
    minus, name, rest = keyed.groups()
    key = names.get(name.lower())
    if key is None:
        raise FilterError(
            msg(
                "There is no key {name}; there are {known}",
                name=name,
                known=", ".join(sorted({k.name for k in names.values()})),
            ),
            column + len(minus),
            len(name),
        )
    start = column + len(minus) + len(name) + 1
    values = tuple(_value(part, start, key) for part in _split(rest))
    if not values:
        raise FilterError(msg("{key}: needs a value", key=key.name), start, 1)
    return Term(key.name, values, bool(minus), column)


def _split(text: str) -> list[str]:
    parts = re.findall(r'(?:"(?:[^"\\]|\\.)*"?|[^,])+', text)
    return [p for p in parts if p]


def _unquoted(text: str, column: int) -> str:
    if not text.startswith('"'):
        return text
    if len(text) < 2 or not text.endswith('"') or (text.endswith('\\"') and len(text) < 4):
        raise FilterError(msg("The quote is not closed"), column, len(text))
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _value(part: str, column: int, key: Key) -> Value:
    plain = _unquoted(part, column)
    quoted = part.startswith('"')
    if key.kind in (KeyKind.NUMBER, KeyKind.DURATION, KeyKind.DATE) and not quoted:
        if ".." in plain:
            low, _, high = plain.partition("..")
            return _checked(Value(low, "..", high), key, column, len(part))
        if plain[:1] in "<>" and len(plain) > 1:
            return _checked(Value(plain[1:], plain[0]), key, column, len(part))
        return _checked(Value(plain), key, column, len(part))
    if key.kind is KeyKind.BOOL:
        truth = {"yes": "yes", "no": "no", "是": "yes", "否": "no", "1": "yes", "0": "no"}
        if plain.lower() not in truth:
            raise FilterError(msg("{key}: is yes or no", key=key.name), column, len(part))
        return Value(truth[plain.lower()])
    if key.kind is KeyKind.ENUM:
        wanted = plain.casefold()
        for value, spellings in key.values.items():
            if wanted == value.casefold() or wanted in (s.casefold() for s in spellings):
                return Value(value)
        raise FilterError(
            msg(
                "{key}: has no value {value}; it has {known}",
                key=key.name,
                value=plain,
                known=", ".join(key.values),
            ),
            column,
            len(part),
        )
    if plain.endswith("*") and len(plain) > 1 and not quoted:
        return Value(plain[:-1], "*")
    if not plain:
        raise FilterError(msg("{key}: needs a value", key=key.name), column, max(len(part), 1))
    return Value(plain)


def _checked(value: Value, key: Key, column: int, length: int) -> Value:
    """Refuse numbers and stretches that are none; dates are resolved where the present is known."""
    for text in (value.text, value.to):
        if not text or text == "none":
            continue
        if key.kind is KeyKind.NUMBER and not re.fullmatch(r"(?:[TtCc]-?)?\d{1,12}", text):
            raise FilterError(
                msg("{key}: “{value}” is not a number", key=key.name, value=text), column, length
            )
        if key.kind is KeyKind.DURATION:
            from crm_tui.domain.dates import duration

            try:
                duration(text.removeprefix("-"))
            except DomainError as error:
                raise FilterError(error.message, column, length) from None
    if not value.text and not value.to:
        raise FilterError(msg("{key}: needs a value", key=key.name), column, length)
    return value


def to_text(query: Query) -> str:
    """The canonical spelling; parsing it gives the same tree."""
    parts = []
    for term in query.terms:
        minus = "-" if term.negated else ""
        if not term.key:
            parts.append(minus + _quoted(term.values[0].text, bare=True))
            continue
        parts.append(f"{minus}{term.key}:{','.join(_spelled(v) for v in term.values)}")
    return " ".join(parts)


def _spelled(value: Value) -> str:
    if value.op == "..":
        return f"{value.text}..{value.to}"
    if value.op in "<>":
        return value.op + value.text
    if value.op == "*":
        return value.text + "*"
    return _quoted(value.text)


def _quoted(text: str, *, bare: bool = False) -> str:
    risky = re.search(r'[\s",\\]', text) or text[:1] in ("-", "") or text.endswith("*")
    if (
        risky
        or (bare and _KEYED.fullmatch(text))
        or "<" in text[:1]
        or ">" in text[:1]
        or ".." in text
    ):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


Known = Callable[[Key, str], Sequence[str]]
"""Values of a key that the store knows and that begin so: people, departments, tags, customers."""


def _unknown(key: Key, start: str) -> Sequence[str]:
    return ()


def complete(text: str, keys: Mapping[str, Key], known: Known = _unknown) -> list[str]:
    """Whole filters that the last word could become: keys, then their values."""
    head, _, last = text.rpartition(" ")
    start = f"{head} " if head else ""
    minus = "-" if last.startswith("-") else ""
    name, colon, value = last.removeprefix("-").partition(":")
    if not colon:
        return [f"{start}{minus}{k}:" for k in sorted(keys) if k.startswith(name)]
    key = keys.get(name)
    if key is None:
        return []
    done, comma, rest = value.rpartition(",")
    fixed = _FIXED.get(key.kind, ()) or list(key.values)
    found = [v for v in fixed if v.startswith(rest)]
    found += [_quoted(v) for v in known(key, rest.lstrip('@"')) if v not in found]
    return [f"{start}{minus}{name}:{done}{comma}{v}" for v in found]


_FIXED: Final[Mapping[KeyKind, Sequence[str]]] = {
    KeyKind.PERSON: ("@me", "none"),
    KeyKind.DEPARTMENT: ("@mine", "none"),
    KeyKind.BOOL: ("yes", "no"),
}
