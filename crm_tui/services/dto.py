"""Frozen values that leave the services (design.md 2); texts in them are display-safe (4.12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from crm_tui.domain.checklist import ChecklistStep
from crm_tui.domain.msg import Msg


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of a ticket list; narrow on purpose."""

    id: int
    number: int
    version: int
    subject: str
    customer: str
    customer_id: int | None
    kind: str
    urgency: str
    tier: str
    state: str
    category: str
    department: str
    owner: str
    owner_id: int | None
    received_at: datetime
    updated_at: datetime
    next_due_at: datetime | None
    next_due_kind: str
    warn_at: datetime | None
    breached: bool
    paused: bool
    escalation_level: int
    sort_key: tuple[Any, ...] = ()
    """Where a page after or before this row begins."""


@dataclass(frozen=True, slots=True)
class Page:
    """A window of a list; ``before`` and ``after`` tell whether there is more on either side."""

    rows: tuple[TicketRow, ...]
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A stretch of a clock: counted, closed or paused, in minutes."""

    start: datetime
    end: datetime
    kind: str
    minutes: float


@dataclass(frozen=True, slots=True)
class ClockView:
    """One cycle of one clock, and why it is due when it is (sla.md 2.14)."""

    kind: str
    cycle: int
    state: str
    due_at: datetime | None
    stored_due_at: datetime | None
    warn_at: datetime | None
    started_at: datetime
    stopped_at: datetime | None
    target_s: int | None
    used_s: int
    paused_s: int
    late_s: int
    remaining_s: int | None
    pinned: bool
    breached: bool
    cause: str
    line_id: str
    policy_version: int
    explanation: tuple[Msg, ...] = ()
    segments: tuple[SegmentView, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of a timeline: a message or an event, oldest first by ``at`` and ``order``."""

    id: int
    at: datetime
    kind: str
    """public, note, system or event"""
    verb: str
    author: str
    direction: str
    text: str
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    reason: str = ""
    source: str = "live"
    state: str = "sent"
    channel: str = ""
    ticket_number: int | None = None
    subject: str = ""
    """Kind of record that an event of a customer's timeline is about."""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A state a ticket could take next, or why it may not (ux.md 3.9)."""

    to: str
    refusal: Msg | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class ActionView:
    """A verb on a ticket and, where it is not allowed now, the rule that forbids it."""

    verb: str
    refusal: Msg | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A proposal that a head decides or decided (R-148)."""

    id: int
    ticket_id: int
    ticket_number: int
    purpose: str
    proposer: str
    text: str
    state: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A stored file of a ticket."""

    id: int
    file_name: str
    size: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link from one ticket to another."""

    ticket_id: int
    number: int
    kind: str
    subject: str
    state: str


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with everything the detail screen and `ticket show` need."""

    row: TicketRow
    fields: Mapping[str, Any]
    """Form fields by the names of domain/records ticket, sealed ones shown or masked."""
    clocks: tuple[ClockView, ...]
    choices: tuple[ChoiceView, ...]
    actions: tuple[ActionView, ...]
    approvals: tuple[ApprovalView, ...]
    attachments: tuple[AttachmentView, ...]
    links: tuple[LinkView, ...]
    tags: tuple[str, ...]
    collaborators: tuple[str, ...]
    checklist: tuple[ChecklistStep, ...]
    next_step: ChoiceView | None
    missing: tuple[Msg, ...]


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One line of the customer list."""

    id: int
    customer_no: str
    version: int
    name: str
    industry: str
    region: str
    segment: str
    tier: str
    decision_maker: str
    manager: str
    total_amount_fen: int
    last_cooperation_on: date | None
    open_tickets: int
    sort_key: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A window of the customer list."""

    rows: tuple[CustomerRow, ...]
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact; personal values shown or masked by permission."""

    id: int
    version: int
    name: str
    job_title: str
    is_decision_maker: bool
    is_primary: bool
    phone: str
    email: str
    wechat: str
    address: str
    id_document_no: str
    birthday: str
    masked: bool


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer profile's overview."""

    row: CustomerRow
    fields: Mapping[str, Any]
    """Form fields by the names of domain/records customer, computed ones included."""
    contacts: tuple[ContactView, ...]
    tags: tuple[str, ...]
    open_tickets: int
    breached_tickets: int
    cooperation_duration: Msg | None
    warnings: tuple[Msg, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of the quick find."""

    kind: str
    id: int
    title: str
    detail: str
    state: str = ""
    """Of a ticket."""


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A row of the inbox."""

    id: int
    kind: str
    subject_kind: str
    subject_id: int
    text: Msg
    at: datetime
    times: int
    read: bool
    needs_acknowledgement: bool
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    snooze_reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change feed: what changed, not how."""

    seq: int
    kind: str
    id: int
