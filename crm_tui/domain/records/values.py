"""Values as people and spreadsheets write them, read into the types of a record.

Reads what has one meaning everywhere: ``2024年6月30日``, ``500万``, ``是``, ``高价值``. What
depends on the present (``tomorrow``) is the work of forms and the command line
(crm_tui/domain/dates.py).
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from crm_tui.domain.msg import msg
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.records.words import member

_INT_LIMIT: Final = 2**31 - 1
_FEN_LIMIT: Final = 10**17
"""A quadrillion yuan; keeps sums of many rows inside 64 bits of both engines in practice."""

_DATE: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00?:00(?::00)?)?"
)
"""A day, also as spreadsheets write it with its midnight."""
_SERIAL: Final = re.compile(r"[2-7]\d{4}(?:\.0+)?")
"""The number of a day in a spreadsheet, of the years 1954 to 2118."""
_NUMBER: Final = re.compile(r"[+-]?(\d{1,30}|\d{1,3}(,\d{3}){1,9})?(\.\d{1,20})?")
_LIST: Final = re.compile(r"[+、,，;；\n]+")
_SCALES: Final = {
    "": 1,
    "k": 1000,
    "千": 1000,
    "万": 10_000,
    "萬": 10_000,
    "亿": 10**8,
    "億": 10**8,
}
_YES: Final = frozenset({"true", "yes", "y", "1", "on", "是", "有", "对", "√"})
_NO: Final = frozenset({"false", "no", "n", "0", "off", "否", "无", "不", "×"})
_WIDE: Final = str.maketrans("０１２３４５６７８９．，－＋％：／　", "0123456789.,-+%:/ ")


def readable(
    value: Any, wanted: type[Any], *, many: bool = False, lines: bool = False, name: str = ""
) -> Any:
    """``value`` in the type ``wanted`` (a list where ``many``), None for nothing; else `Problem`.

    A text becomes a list by its line ends where ``lines``, else by ``+``, commas and the like.
    ``name`` tells money by its suffix ``_fen``: a text is yuan, an integer is fen.
    """
    if value is None:
        return None
    if many:
        return _read_list(value, wanted, lines, name)
    if wanted is str:
        return _text(value)
    if issubclass(wanted, StrEnum):
        return member(wanted, text) if (text := _text(value)).strip() else None
    if isinstance(value, str):
        value = value.translate(_WIDE).strip()
        if not value:
            return None
    if wanted is bool:
        return to_bool(value)
    if wanted is datetime:
        return to_datetime(value)
    if wanted is date:
        return to_date(value)
    if wanted is Decimal:
        return to_decimal(value)
    return to_fen(value) if name.endswith("_fen") else to_int(value)


def _read_list(value: Any, wanted: type[Any], lines: bool, name: str) -> list[Any]:
    items: Iterable[Any]
    if isinstance(value, str):
        items = value.split("\n") if lines else _LIST.split(value)
    elif isinstance(value, list | tuple | set | frozenset):
        items = value
    else:
        items = [value]
    read = [readable(item, wanted, name=name) for item in items]
    kept = [item.strip() if isinstance(item, str) else item for item in read if item is not None]
    return list(dict.fromkeys(item for item in kept if item != ""))


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Problem(msg("{field} must be a text"))
    text = str(value)
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Problem(msg("{field} has a character that cannot be stored"), code="bad_character")
    return text


def to_bool(value: Any) -> bool:
    """Yes or no in words of both languages, or as 1 and 0."""
    if isinstance(value, bool):
        return value
    word = str(value).casefold() if isinstance(value, str | int) else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Problem(msg("{field} is yes or no"))


def to_date(value: Any) -> date:
    """A day of the calendar: ``2024-06-30``, ``2024/6/30``, ``2024年6月30日``, also with its midnight.

    A spreadsheet's number of a day is refused: what it means depends on the workbook it comes from.
    """
    if isinstance(value, datetime):
        if value.hour or value.minute or value.second or value.microsecond:
            raise Problem(msg("{field} is a day, without a time"), code="bad_date")
        return value.date()
    if isinstance(value, date):
        return value
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        year, month, day = (int(part) for part in found.groups())
        try:
            return date(year, month, day)
        except ValueError:
            raise Problem(msg("{field} is not a day of the calendar"), code="bad_date") from None
    if isinstance(value, str) and _SERIAL.fullmatch(value):
        raise Problem(
            msg(
                "{field} holds {number}, a spreadsheet's number of a day; format the cells as dates",
                number=value,
            ),
            code="bad_date",
        )
    raise Problem(msg("{field} is a date such as 2024-06-30"), code="bad_date")


def to_datetime(value: Any) -> datetime:
    """An aware moment, given back in UTC; ISO 8601 with offset where it is a text."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise Problem(
            msg("{field} is a time with its zone such as 2024-06-30T09:00+08:00"), code="bad_time"
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Problem(msg("{field} is not a day of the calendar"), code="bad_time") from None


def to_decimal(value: Any) -> Decimal:
    """An exact number of at most 30 digits; a percent sign is left out: ``20%`` is 20."""
    if isinstance(value, bool):
        raise Problem(msg("{field} is a number"), code="bad_number")
    if isinstance(value, str):
        value = _digits(value.removesuffix("%").rstrip())
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError, TypeError):
        raise Problem(msg("{field} is a number"), code="bad_number") from None
    if not number.is_finite() or abs(number) >= 10**20 or int(number.as_tuple().exponent) < -20:
        raise Problem(msg("{field} is a number"), code="bad_number")
    return number


def to_int(value: Any) -> int:
    """A whole number that both engines can store."""
    number = to_decimal(value)
    if number != number.to_integral_value():
        raise Problem(msg("{field} is a whole number"), code="bad_number")
    if abs(number) > _INT_LIMIT:
        raise Problem(msg("{field} is too large"), code="too_large")
    return int(number)


def to_fen(value: Any) -> int:
    """Money in fen: an integer is fen, a text is yuan (``500万``, ``¥5,000,000.00``; D-36)."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Problem(msg("{field} is an amount such as 500万 or 5,000,000"), code="bad_amount")
    fen = Decimal(value) if isinstance(value, int) else _yuan(value) * 100
    if fen != fen.to_integral_value():
        raise Problem(msg("{field} has no more than two decimals"), code="bad_amount")
    if abs(fen) > _FEN_LIMIT:
        raise Problem(msg("{field} is too large"), code="too_large")
    return int(fen)


def _yuan(text: str) -> Decimal:
    plain = text.strip().removeprefix("¥").removeprefix("￥").removeprefix("RMB").strip()
    plain = plain.removesuffix("元").rstrip()
    body = plain.rstrip("".join(_SCALES) + "K").rstrip()
    scale = _SCALES.get(plain[len(body) :].strip().casefold())
    digits = _digits(body)
    try:
        if scale is not None:
            return Decimal(digits) * scale
    except InvalidOperation:
        pass
    raise Problem(msg("{field} is an amount such as 500万 or 5,000,000"), code="bad_amount")


def _digits(text: str) -> str:
    """A number without the commas between its thousands; the empty text where it is none."""
    return text.replace(",", "") if _NUMBER.fullmatch(text) else ""
