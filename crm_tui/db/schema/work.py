"""What hangs on tasks and goals: dependencies, limits of the board, measured points."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
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
from crm_tui.db.schema.registers import DecimalText
from crm_tui.db.types import UtcDateTime

# Finish to start: the second begins after the first has ended.
task_dependency = Table(
    "task_dependency",
    metadata,
    Column("before_id", Integer, ForeignKey("task.id"), primary_key=True),
    Column("after_id", Integer, ForeignKey("task.id"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("before_id <> after_id", name="not_itself"),
)

# How many cards a column may hold, of all departments (0) or of one.
board_limit = Table(
    "board_limit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("status", String(30), nullable=False),
    Column("department_id", Integer, nullable=False, default=0),
    Column("most", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("row_version", Integer, nullable=False, default=1),
    UniqueConstraint("status", "department_id"),
    CheckConstraint("most > 0", name="some"),
)

# When background work looks at a task next; those with nothing to wait for have no row.
task_watch = Table(
    "task_watch",
    metadata,
    Column("task_id", Integer, ForeignKey("task.id"), primary_key=True, autoincrement=False),
    Column("wake_at", UtcDateTime, nullable=False, index=True),
)

# Never changed: a correction is another point of the same day with its reason (R-190, D-35).
goal_point = Table(
    "goal_point",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("goal_id", Integer, ForeignKey("goal.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("value", DecimalText, nullable=False),
    # kpi = computed, manual = typed with its source, import = from a file.
    Column("origin", String(10), nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("by_id", Integer, ForeignKey("staff.id")),
    Column("at", UtcDateTime, nullable=False),
    # Undone: the point stays and counts no more.
    Column("struck", Boolean, nullable=False, default=False),
    Index("ix_goal_point_goal", "goal_id", "day", "id"),
)
