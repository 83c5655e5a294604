"""What an import profile yields: typed, frozen history and records, ready to be written in bulk.

A profile is pure: rows in, cases and refusals out, no clock, no store. Times are aware UTC and
those of the log. What the profile cannot interpret is kept as text and counted in ``unknown``.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.exchange.headers import Column
from crm_tui.exchange.tabular import Row

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
"""The zone in which times without a zone are read."""

Unknown = Mapping[tuple[str, str], int]
"""How often a column held a value that could not be interpreted."""


class EventType(StrEnum):
    """What an imported event is; the names of the activity log."""

    CREATED = "created"
    REGISTERED = "registered"
    STATE = "state"
    STAFF_REPLY = "staff_reply"
    CUSTOMER_MESSAGE = "customer_message"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    URGENCY = "urgency"
    ACTIVITY = "activity"
    RESULT_FED_BACK = "result_fed_back"


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    """One thing that happened, as the log says it.

    ``state`` is the ticket state after the event (every event has one). ``lines`` are the lines
    of the file it comes from. ``key`` is stable across imports of the same row and unique in its
    case, so that a grown log adds only what is new. ``fields`` holds further values as text:
    ``from`` and ``to`` of a change, ``public``, ``first_response``, ``reopened``, and every
    other column that changed in the row.
    """

    at: datetime.datetime
    type: EventType
    state: str
    actor_name: str
    key: str
    lines: tuple[int, ...]
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedCase:
    """One ticket with its whole history, in the order of the file.

    ``source_key`` names it for ever (profile and number in the source); ``digest`` changes with
    its content: equal means nothing to do, different means it has new events. ``customer_key``
    is None where the log does not know the customer. ``state`` is the last one. ``out_of_order``
    lists lines whose time lies before the line above; they keep time and place. ``raw`` is the
    first row, later rows differ by the fields of their events. ``row_count`` rows became this.
    """

    source_key: str
    digest: str
    number: str
    customer_key: str | None
    customer_name: str
    subject: str
    description: str
    kind: str
    urgency: str
    channel: str
    state: str
    received_at: datetime.datetime
    registered_at: datetime.datetime
    events: tuple[ImportedEvent, ...]
    lines: tuple[int, ...]
    department_name: str = ""
    assignee_name: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=dict)
    out_of_order: tuple[int, ...] = ()

    @property
    def row_count(self) -> int:
        """Rows of the file in this case."""
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer of the template of source A (R-001 to R-011).

    ``total_fen`` is the cumulated amount in fen, ``cooperation_months`` the length of cooperation;
    both None if the cell is empty. ``segment`` is a value of requirements A.2 or empty.
    """

    source_key: str
    digest: str
    customer_no: str | None
    name: str
    industry: str
    decision_maker_name: str
    decision_maker_title: str
    contact: Mapping[str, str]
    cooperation_months: int | None
    total_fen: int | None
    need_tags: tuple[str, ...]
    segment: str
    last_cooperation_on: datetime.date | None
    lines: tuple[int, ...]
    raw: Mapping[str, str] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def row_count(self) -> int:
        """Rows of the file in this customer."""
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of one or several rows (R-013); amounts are taken as yuan, exact fen.

    ``customer_key`` is None where the file does not know the customer. ``products`` are the codes of
    its goods. ``notes`` are codes of `crm_tui.exchange.report.NOTES`, each counted as often as it stands.
    ``rows`` are all its rows where there are several, as the file has them.
    """

    source_key: str
    digest: str
    number: str
    customer_key: str | None
    customer_name: str
    region: str
    ordered_on: datetime.date
    amount_fen: int
    quantity: int
    credit_note: bool
    lines: tuple[int, ...]
    products: tuple[str, ...] = ()
    remark: str = ""
    notes: tuple[str, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()
    unknown: Unknown = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows of the file in this order."""
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record of a register as a row tells it; ``data`` are texts by the fields of ``kind``.

    ``number`` names a record that bears one; the writer knows the others by ``source_key``.
    """

    source_key: str
    digest: str
    kind: str
    data: Mapping[str, object]
    lines: tuple[int, ...]
    number: str = ""
    notes: tuple[str, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows of the file in this record."""
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not imported, why, and what it held."""

    line: int
    reason: Msg
    code: str
    values: Mapping[str, str]

    @property
    def row_count(self) -> int:
        """Always one."""
        return 1


Case = CustomerRow | ImportedCase | OrderRow | RecordRow


class Profile(Protocol):
    """How rows of one kind of file become cases.

    ``title`` is a msgid. Every row given to `parse` is in exactly one case or refusal that comes
    out; cases come in the order of the file.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def columns(self) -> tuple[Column, ...]: ...
    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]: ...


def refuse(row: Row, reason: Msg, code: str) -> Refused:
    """A refusal of ``row``."""
    return Refused(row.line, reason, code, row.values)


def misfit(row: Row, reason: Msg) -> Refused:
    """A refusal of a row that does not fit its header."""
    return refuse(row, reason, "row_width")


def digest_of(*parts: str) -> str:
    """A short name for a sequence of texts; equal only for equal sequences."""
    whole = "\x1f".join(parts)
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def bad_time(column: str, value: str, example: str) -> ValidationError:
    """The sentence for a time that cannot be read."""
    return ValidationError(
        msg(
            "{column}: {value} is not a time such as {example}",
            column=column,
            value=repr(value[:40]),
            example=example,
        ),
        code="bad_time",
        field=column,
    )


def no_number(column: str) -> Msg:
    """The reason for a row that does not say which case it belongs to."""
    return msg("{column} is empty: the row belongs to no case", column=column)


def not_together(number: str) -> Msg:
    """The reason for a row far from the other rows of its case."""
    return msg(
        "The rows of {number} do not stand together; sort the file by number and time",
        number=number,
    )


def too_long(column: str, limit: int) -> Msg:
    """The reason for a row whose number is no number."""
    return msg("{column} is longer than {limit} characters", column=column, limit=limit)
