"""Errors that are sentences (design decision 17).

Each carries a stable ``code`` for programs, the ``field`` at fault where there is one, and a sentence
for people that says what was wrong and what would be right.
"""

from crm_tui.domain.msg import Msg


class DomainError(Exception):
    """What a user asked for cannot be done; nothing has been changed."""

    code = "refused"

    def __init__(self, message: Msg, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class ValidationError(DomainError):
    """A value is missing, malformed or out of range; ``field`` names it."""

    code = "invalid"


class RuleViolation(DomainError):
    """A workflow rule forbids it; ``code`` is the stable reason code of the guard."""

    code = "rule"


class PermissionDenied(DomainError):
    """The actor's role, department or ownership does not allow it."""

    code = "forbidden"


class NotFound(DomainError):
    """No such record, or none the actor may know of."""

    code = "not_found"


class Conflict(DomainError):
    """Somebody changed the record since it was read; the sentence names who and what."""

    code = "conflict"


class Unavailable(DomainError):
    """The store cannot be used now: locked, read-only, full, unreachable, too new or the wrong key."""

    code = "unavailable"


class UsageError(DomainError):
    """The command line cannot be understood (exit status 2)."""

    code = "usage"
