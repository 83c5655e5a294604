"""Macros: ordered changes of a ticket, a line each, and what the screen does afterwards (ux.md 3.9).

A line is a verb and its values: ``take``, ``assign LOGIN`` (or ``@me``, ``none``), ``status STATE``
with the text that the state asks for, ``wait customer REASON``, ``urgency urgent``, ``department CODE
REASON``, ``tag +vendor -old``, ``note TEXT``, ``reply TEXT``, ``reply @canned-name``. Blank lines and
lines that begin with ``#`` count for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.terms import TicketState, Urgency

MOST_STEPS: Final = 20

VERBS: Final[Mapping[str, tuple[int, int]]] = {
    "take": (0, 0),
    "assign": (1, 1),
    "status": (1, 2),
    "wait": (2, 2),
    "urgency": (1, 1),
    "department": (2, 2),
    "tag": (1, 1),
    "note": (1, 1),
    "reply": (1, 1),
}
"""The least and the most values behind a verb; the last one reaches to the end of the line."""

_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "status": frozenset(str(s) for s in TicketState),
    "urgency": frozenset(str(u) for u in Urgency),
    "wait": frozenset({"customer", "third_party"}),
}
"""What the first word behind a verb may be, where that is known without the store."""


@dataclass(frozen=True, slots=True)
class MacroStep:
    """One change: a verb, its first word and the rest of the line."""

    verb: str
    value: str = ""
    text: str = ""

    @property
    def canned(self) -> str | None:
        """The canned text that a reply or note takes, or None where the words stand here."""
        is_text = self.verb in ("reply", "note")
        return self.value[1:] if is_text and self.value.startswith("@") else None


def parse_steps(text: str) -> tuple[MacroStep, ...]:
    """The steps of a macro; raises `ValidationError` (``bad_macro``) naming the line."""
    steps: list[MacroStep] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            steps.append(_step(number, line))
    if not steps:
        raise ValidationError(
            msg("A macro needs at least one step"), field="steps", code="bad_macro"
        )
    if len(steps) > MOST_STEPS:
        raise ValidationError(
            msg("A macro has at most {count} steps", count=MOST_STEPS),
            field="steps",
            code="bad_macro",
        )
    return tuple(steps)


def _step(number: int, line: str) -> MacroStep:
    verb, _, rest = line.partition(" ")
    rest = rest.strip()
    needed = VERBS.get(verb)
    if needed is None:
        raise ValidationError(
            msg(
                "Line {line}: there is no verb {verb}; there are {known}",
                line=number,
                verb=verb[:40],
                known=", ".join(VERBS),
            ),
            field="steps",
            code="bad_macro",
        )
    least, most = needed
    words = [w.strip() for w in rest.split(" ", 1)] if most == 2 else [rest]
    words = [w for w in words if w]
    if not least <= len(words) <= most:
        raise ValidationError(
            msg("Line {line}: {verb} takes {count} values", line=number, verb=verb, count=least),
            field="steps",
            code="bad_macro",
        )
    known = _VALUES.get(verb)
    if known is not None and words[0] not in known:
        raise ValidationError(
            msg(
                "Line {line}: {verb} is one of {known}",
                line=number,
                verb=verb,
                known=", ".join(sorted(known)),
            ),
            field="steps",
            code="bad_macro",
        )
    return MacroStep(verb, *words)
