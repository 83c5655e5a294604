"""Departments, staff and teams (R-153, R-295, R-296)."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from crm_tui.db.schema.base import metadata
from crm_tui.db.types import JsonText, UtcDateTime

department = Table(
    "department",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("name_zh", String(80), nullable=False),
    Column("name_en", String(80), nullable=False),
    # No foreign key: staff refer to their department, and neither engine makes a ring in one go.
    Column("head_id", Integer, index=True),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("row_version", Integer, nullable=False, default=1),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(60), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("department_id", Integer, ForeignKey("department.id"), index=True),
    Column("role", String(20), nullable=False),
    Column("posts", JsonText, nullable=False, default=list),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("row_version", Integer, nullable=False, default=1),
)

team = Table(
    "team",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("name_zh", String(80), nullable=False),
    Column("name_en", String(80), nullable=False),
    Column("duties", JsonText, nullable=False, default=list),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("row_version", Integer, nullable=False, default=1),
)

team_member = Table(
    "team_member",
    metadata,
    Column("team_id", Integer, ForeignKey("team.id"), primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), primary_key=True, index=True),
    Column("part", String(40), nullable=False, default="member"),
)
