"""Texts with placeholders such as ``{{customer.name}}``: what they may name, and filling them.

What customers read must carry neither contract amounts nor what was decided internally (R-302), so a
text for them that names such a field is refused when it is saved and again when it is filled.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import N_, Msg, msg

PLACEHOLDER: Final = re.compile(r"\{\{\s*([\w.]*)\s*\}\}")

PUBLIC: Final[Mapping[str, str]] = {
    "customer.name": N_("Customer"),
    "customer.no": N_("Customer number"),
    "contact.name": N_("Reporter"),
    "ticket.number": N_("Ticket number"),
    "ticket.subject": N_("Subject"),
    "ticket.received": N_("Received at"),
    "ticket.due": N_("Next due"),
    "ticket.solution": N_("Solution"),
    "ticket.basis": N_("Handling basis"),
    "ticket.product": N_("Product"),
    "agent.name": N_("Agent"),
    "department.name": N_("Department"),
    "today": N_("Today"),
}
"""Fields that any text may name, with their labels."""

INTERNAL: Final[Mapping[str, str]] = {
    "contract.amount": N_("Contract amount"),
    "customer.amount": N_("Total cooperation amount"),
    "customer.tier": N_("Service tier"),
    "ticket.verified": N_("Verified note"),
    "ticket.cause": N_("Cause category"),
    "ticket.level": N_("Escalation level"),
    "approval.text": N_("Approval"),
    "approval.decided_by": N_("Decided by"),
}
"""Fields that only internal texts may name (R-302)."""
_BRACES: Final = re.compile(r"\{\{[^{}\n]*\}\}")
"""Whatever looks like a placeholder, one with a wrong name too."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled text and the placeholders that had nothing to fill them."""

    text: str
    empty: tuple[str, ...]


def placeholders(text: str) -> tuple[str, ...]:
    """The fields a text names, in order, each once."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def check(text: str, *, public: bool) -> None:
    """Refuse unknown fields, and internal ones in a text that customers read.

    Codes: ``unknown_placeholder``, ``internal_placeholder`` (R-302).
    """
    for name in placeholders(text):
        if name in PUBLIC:
            continue
        if name not in INTERNAL:
            raise ValidationError(
                msg(
                    "There is no field {name}; there are {known}",
                    name=name or "{{}}",
                    known=", ".join(PUBLIC),
                ),
                field="body",
                code="unknown_placeholder",
            )
        if public:
            raise RuleViolation(
                msg(
                    "“{field}” is internal and must not stand in a text to customers",
                    field=Msg(INTERNAL[name]),
                ),
                field="body",
                code="internal_placeholder",
            )


def check_finished(text: str) -> None:
    """Refuse a text to customers in which a placeholder still stands (R-302).

    Codes: ``internal_placeholder``, ``unfilled_placeholder``.
    """
    found = _BRACES.search(text)
    if found is None:
        return
    known = "".join(f"{{{{{name}}}}}" for name in placeholders(text) if name in INTERNAL)
    check(known, public=True)
    raise ValidationError(
        msg("Fill in or remove {field} before it is sent", field=found.group()),
        field="body",
        code="unfilled_placeholder",
    )


def fill(text: str, values: Mapping[str, str], *, public: bool) -> Filled:
    """The text with its placeholders filled; what has no value is left out and named.

    Raises as `check` does. A value is put in as it is: placeholders inside it are not filled.
    """
    check(text, public=public)
    empty = [name for name in placeholders(text) if not values.get(name, "").strip()]
    return Filled(PLACEHOLDER.sub(lambda m: values.get(m.group(1), ""), text), tuple(empty))
