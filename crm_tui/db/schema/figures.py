"""Targets of figures, and sums rolled up so that the panel need not read every row."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from crm_tui.db.schema.base import metadata
from crm_tui.db.schema.registers import DecimalText
from crm_tui.db.types import UtcDateTime

figure_target = Table(
    "figure_target",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("figure", String(40), nullable=False),
    Column("target", DecimalText),
    Column("baseline", DecimalText),
    Column("baseline_name", String(120), nullable=False, default=""),
    Column("archived", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("row_version", Integer, nullable=False, default=1),
    UniqueConstraint("figure"),
)

figure_day = Table(
    "figure_day",
    metadata,
    Column("measure", String(30), primary_key=True),
    # Empty for the whole, else the dimensions that a table of figures is made of.
    Column("dim", String(30), primary_key=True),
    # Days since 1970 in the desk's zone.
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("key", String(60), primary_key=True),
    Column("num", BigInteger, nullable=False),
    Column("den", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
)

figure_window = Table(
    "figure_window",
    metadata,
    Column("measure", String(30), primary_key=True),
    # First and last day and what else the sums hang on.
    Column("span", String(60), primary_key=True),
    Column("dim", String(30), primary_key=True),
    # A range of customer ids; what one of them does leaves the others' sums standing.
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("key", String(60), primary_key=True),
    Column("num", BigInteger, nullable=False),
    Column("den", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
)

figure_rolled = Table(
    "figure_rolled",
    metadata,
    # A measure, or a measure with its window.
    Column("name", String(100), primary_key=True),
    # What the sums hang on beside the rows: zone, calendar and version of the definitions.
    Column("stamp", Text, nullable=False),
    # Of days: the first one that is not rolled up yet.
    Column("until", Integer, nullable=False),
)

figure_dirty = Table(
    "figure_dirty",
    metadata,
    Column("source", String(12), primary_key=True),
    # A day in UTC since 1970, or a bucket of customers.
    Column("place", Integer, primary_key=True, autoincrement=False),
)
