"""Numbers that people read: customers, tasks and tickets (R-001, R-195, D-33, design.md 7)."""

import re
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

CUSTOMER_PREFIX: Final = "C"
TASK_PREFIX: Final = "XZ"
_YEARLY = re.compile(r"(C|XZ)(\d{4})(\d{3,})")
_TICKET = re.compile(r"(?:[Tt]-?)?(\d{1,9})")


def format_yearly(prefix: str, year: int, sequence: int) -> str:
    """``C2024001``; after 999 the number grows: ``C20241000`` (D-33)."""
    return f"{prefix}{year:04d}{sequence:03d}"


def parse_yearly(prefix: str, text: str) -> tuple[int, int]:
    """Year and sequence, by which such numbers sort; raises `ValidationError`."""
    found = _YEARLY.fullmatch(text.strip().upper())
    if found is None or found.group(1) != prefix or int(found.group(3)) == 0:
        raise ValidationError(
            msg(
                "“{text}” is not a number like {example}",
                text=text,
                example=format_yearly(prefix, 2024, 1),
            ),
            field="number",
        )
    return int(found.group(2)), int(found.group(3))


def format_customer_no(year: int, sequence: int) -> str:
    """The customer number (R-001)."""
    return format_yearly(CUSTOMER_PREFIX, year, sequence)


def parse_customer_no(text: str) -> tuple[int, int]:
    """Year and sequence of a customer number."""
    return parse_yearly(CUSTOMER_PREFIX, text)


def format_task_no(year: int, sequence: int) -> str:
    """The task number (R-195)."""
    return format_yearly(TASK_PREFIX, year, sequence)


def parse_task_no(text: str) -> tuple[int, int]:
    """Year and sequence of a task number."""
    return parse_yearly(TASK_PREFIX, text)


def format_ticket_no(number: int) -> str:
    """``T-1042``."""
    return f"T-{number}"


def parse_ticket_no(text: str) -> int:
    """The running number of ``T-1042``, ``t1042`` or ``1042``; raises `ValidationError`."""
    found = _TICKET.fullmatch(text.strip())
    if found is None:
        raise ValidationError(
            msg("“{text}” is not a ticket number like T-1042", text=text), field="ticket"
        )
    return int(found.group(1))
