"""Numbering, policies, calendars, notifications and what background work needs."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from crm_tui.db.schema.base import metadata
from crm_tui.db.types import JsonText, UtcDateTime

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

sequence = Table(
    "sequence",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("value", Integer, nullable=False),
)

policy_book = Table(
    "policy_book",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", Integer),
    Column("data", JsonText, nullable=False),
)

calendar = Table(
    "calendar",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("version", Integer, nullable=False, default=1),
    Column("data", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("row_version", Integer, nullable=False, default=1),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("calendar_id", Integer, ForeignKey("calendar.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    # holiday = closed; frames = open in these frames instead of the weekly ones.
    Column("kind", String(10), nullable=False),
    Column("frames", JsonText, nullable=False, default=list),
    Column("name", String(80), nullable=False, default=""),
)

# Each state of a calendar with its days, so that stopped clocks stay as they were (sla.md 2.5).
calendar_version = Table(
    "calendar_version",
    metadata,
    Column("calendar_id", Integer, ForeignKey("calendar.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("data", JsonText, nullable=False),
)

notification = Table(
    "notification",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject_kind", String(30), nullable=False),
    Column("subject_id", Integer, nullable=False),
    Column("text", JsonText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("key", String(160), nullable=False),
    Column("times", Integer, nullable=False, default=1),
    Column("needs_acknowledgement", Boolean, nullable=False, default=False),
    Column("read_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
    Column("dismissed_at", UtcDateTime),
    Column("dismiss_reason", Text),
    Column("snooze_reason", Text),
    UniqueConstraint("staff_id", "key"),
    Index("ix_notification_inbox", "staff_id", "dismissed_at", "id"),
    Index("ix_notification_subject", "subject_kind", "subject_id"),
)

fired = Table(
    "fired",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # Of a repeating effect: how often it was due so far.
    Column("times", Integer, nullable=False, default=1),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("data", JsonText, nullable=False, default=dict),
)

draft = Table(
    "draft",
    metadata,
    Column("staff_id", Integer, ForeignKey("staff.id"), primary_key=True),
    Column("subject", String(60), primary_key=True),
    Column("text", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

session_state = Table(
    "session_state",
    metadata,
    Column("staff_id", Integer, ForeignKey("staff.id"), primary_key=True),
    Column("data", JsonText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile", String(40), nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", Integer),
    Column("summary", JsonText, nullable=False),
)
