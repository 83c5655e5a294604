"""Lines of JSON: one object in, one out, and values read from them in sentences (sla.md 3)."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from crm_tui.domain.business_time import out_of_range
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import Msg, msg

MOST_MINUTES: Final = 52_600_000
"""A century: no limit and no computation is longer."""


def refused(message: Msg, field: str, code: str = "invalid") -> ValidationError:
    """The error of a bad value."""
    return ValidationError(message, field=field, code=code)


def moment_of(value: Any, field: str) -> datetime:
    """An aware time; raises `ValidationError` for one without an offset."""
    _given(value, field)
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is not None:
            if not 2 <= found.year <= 9997:
                raise out_of_range()
            return found
    raise refused(
        msg(
            "“{text}” is not a time with offset like 2024-06-03T09:00:00+08:00",
            text=str(value)[:60],
        ),
        field,
        "bad_time",
    )


def _given(value: Any, field: str) -> None:
    if value is None:
        raise refused(msg("{field} is missing", field=field), field, "missing")


def number_of(value: Any, field: str) -> float:
    """A number that is one; raises `ValidationError` for others."""
    _given(value, field)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise refused(msg("“{text}” is not a number", text=str(value)[:60]), field, "bad_number")


def minutes_of(value: Any, field: str) -> float:
    """A number of minutes, of either sign, within a century."""
    found = number_of(value, field)
    if abs(found) > MOST_MINUTES:
        raise out_of_range()
    return found


def as_object(value: Any, field: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise refused(msg("{field} must be an object", field=field), field)
    return value


def part_of(obj: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """An object of the line; an empty one where it is not given."""
    return {} if obj.get(field) is None else as_object(obj[field], field)


def as_list(value: Any, field: str) -> Sequence[Any]:
    """A JSON list."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise refused(msg("{field} must be a list", field=field), field)
    return value


def whole(value: float) -> int | float:
    """A whole number without its point, others to the microsecond of a minute."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def run_lines(
    lines: Iterable[str],
    handler: Callable[[Mapping[str, Any]], dict[str, Any]],
    render: Callable[[Msg], str] = str,
) -> Iterator[tuple[str, bool]]:
    """Answer each line with one line and whether it was good; blank lines are passed over."""
    for line in lines:
        if not line.strip():
            continue
        obj: Any = None
        try:
            try:
                obj = json.loads(line)
            except ValueError:
                raise refused(msg("The line is not JSON"), "line", "bad_json") from None
            answer = handler(as_object(obj, "line"))
            yield _json_line(answer | {"id": _own_id(obj)}), True
        except DomainError as error:
            wrong = {"code": error.code, "message": render(error.message)}
            yield _json_line({"id": _own_id(obj), "error": wrong}), False
        except RecursionError:
            wrong = {"code": "bad_json", "message": render(msg("The line is nested too deeply"))}
            yield _json_line({"id": _own_id(obj), "error": wrong}), False


def _own_id(obj: Any) -> Any:
    """The line's own name, as it is given back; None for what JSON cannot carry."""
    own = obj.get("id") if isinstance(obj, Mapping) else None
    try:
        json.dumps(own, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return own


def _json_line(answer: Mapping[str, Any]) -> str:
    """JSON text, Chinese readable; a lone surrogate of broken input cannot break the stream."""
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")
