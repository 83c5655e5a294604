"""A view of a list as one string: ``queue status:open urgency:urgent | due desc | id,subject,sla``.

Saved views, the last place, the next start and the way from a figure to its rows all use this string
(ux.md 3.5). The filter is the language of `crm_tui.domain.filters`; a bar inside quotes belongs to it.
"""

import re
from dataclasses import dataclass
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

LONGEST: Final = 3_000
_PARTS: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^|"])*')
_WORD: Final = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """What a list shows: which screen, narrowed by what, in which order, with which columns.

    An empty ``sort`` or ``columns`` means the screen's own.
    """

    screen: str
    filter: str = ""
    sort: str = ""
    descending: bool = False
    columns: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The canonical string; `parse_view` gives the same view."""
        head = f"{self.screen} {self.filter}".strip()
        order = f"{self.sort} desc" if self.sort and self.descending else self.sort
        parts = [head, order, ",".join(self.columns)]
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        return " | ".join(parts)


def parse_view(text: str) -> ViewSpec:
    """The view that a string describes; raises `ValidationError` with code ``bad_view``."""
    if len(text) > LONGEST:
        raise _refused(text[:40])
    parts = [p.strip() for p in _split(text)]
    if not 1 <= len(parts) <= 3:
        raise _refused(text)
    screen, _, narrowed = parts[0].partition(" ")
    if not _WORD.fullmatch(screen):
        raise _refused(text)
    order = parts[1].split() if len(parts) > 1 else []
    if len(order) > 2 or (len(order) == 2 and order[1] not in ("asc", "desc")):
        raise _refused(text)
    columns = tuple(c.strip() for c in parts[2].split(",")) if len(parts) > 2 and parts[2] else ()
    words = (*order[:1], *columns)
    if not all(_WORD.fullmatch(w) for w in words) or len(set(columns)) != len(columns):
        raise _refused(text)
    return ViewSpec(
        screen=screen,
        filter=narrowed.strip(),
        sort=order[0] if order else "",
        descending=order[1:] == ["desc"],
        columns=columns,
    )


def _split(text: str) -> list[str]:
    """The parts between bars that stand outside quotes."""
    parts, at = [], 0
    while True:
        found = _PARTS.match(text, at)
        assert found is not None
        parts.append(found.group())
        if found.end() >= len(text):
            return parts
        at = found.end() + 1


def _refused(text: str) -> ValidationError:
    return ValidationError(
        msg(
            "“{text}” is not a view like: queue status:open | due desc | id,subject", text=text[:60]
        ),
        field="text",
        code="bad_view",
    )
