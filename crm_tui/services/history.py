"""What an import hands over: tickets and customers as their source tells them (design.md 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm_tui.domain.errors import DomainError

SOURCE = "import"
"""How the log marks what was imported."""


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One thing that happened, in the words of the log that is imported.

    ``state`` is the ticket's state after it; ``key`` names it for ever inside its ticket.
    """

    at: datetime
    type: str
    state: str
    key: str
    actor_name: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A ticket with its whole history; ``source_key`` names it for ever, ``digest`` its content."""

    source: str
    source_key: str
    digest: str
    customer_key: str | None
    customer_name: str
    subject: str
    description: str
    kind: str
    urgency: str
    channel: str
    state: str
    received_at: datetime
    registered_at: datetime
    events: Sequence[HistoryEvent]
    department: str = ""
    assignee: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)
    customer_source: str = ""
    """Where the customer came from, when not with the tickets."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one record: created, changed, skipped or refused.

    ``new`` are the keys of the events that were not known before.
    """

    source_key: str
    what: str
    new: frozenset[str] = frozenset()
    error: DomainError | None = None
