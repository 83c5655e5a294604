"""The append-only log: event history, audit trail and change feed in one (decisions 3, 4, 11)."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from crm_tui.db.schema.base import metadata
from crm_tui.db.types import JsonText, UtcDateTime

activity = Table(
    "activity",
    metadata,
    # Given by the chain head, not by the engine: gapless, in commit order, so that readers of
    # "everything after seq" miss nothing.
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("actor_id", Integer),
    Column("behind_id", Integer),
    Column("kind", String(30), nullable=False),
    Column("subject_id", Integer, nullable=False),
    Column("customer_id", Integer),
    Column("verb", String(40), nullable=False),
    Column("changes", JsonText),
    Column("reason", Text),
    Column("data", JsonText),
    Column("source", String(10), nullable=False, default="live"),
    Column("hash", String(64), nullable=False),
    Index("ix_activity_subject", "kind", "subject_id", "seq"),
    Index("ix_activity_customer", "customer_id", "seq"),
)

chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

undo_entry = Table(
    "undo_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("label", JsonText, nullable=False),
    Column("steps", JsonText, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("redo_of", Integer),
    Index("ix_undo_entry_staff", "staff_id", "id"),
)
