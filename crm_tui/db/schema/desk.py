"""Who has which record open now; it lives as long as a session and is in no log."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from crm_tui.db.schema.base import metadata
from crm_tui.db.types import UtcDateTime

presence = Table(
    "presence",
    metadata,
    Column("session", String(40), primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False),
    Column("subject_kind", String(30), nullable=False),
    Column("subject_id", Integer, nullable=False),
    # viewing or replying
    Column("mode", String(10), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_presence_subject", "subject_kind", "subject_id"),
)
