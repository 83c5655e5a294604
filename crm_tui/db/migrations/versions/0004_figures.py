"""Figures"""

import sqlalchemy as sa
from alembic import op

from crm_tui.db.schema.registers import DecimalText
from crm_tui.db.types import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "figure_day",
        sa.Column("measure", sa.String(length=30), nullable=False),
        sa.Column("dim", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("num", sa.BigInteger(), nullable=False),
        sa.Column("den", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("measure", "dim", "day", "key", name=op.f("pk_figure_day")),
    )
    op.create_table(
        "figure_dirty",
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("source", "place", name=op.f("pk_figure_dirty")),
    )
    op.create_table(
        "figure_rolled",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_figure_rolled")),
    )
    op.create_table(
        "figure_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("target", DecimalText(), nullable=True),
        sa.Column("baseline", DecimalText(), nullable=True),
        sa.Column("baseline_name", sa.String(length=120), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_target")),
        sa.UniqueConstraint("figure", name=op.f("uq_figure_target_figure")),
    )
    op.create_table(
        "figure_window",
        sa.Column("measure", sa.String(length=30), nullable=False),
        sa.Column("span", sa.String(length=60), nullable=False),
        sa.Column("dim", sa.String(length=30), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("num", sa.BigInteger(), nullable=False),
        sa.Column("den", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure", "span", "dim", "bucket", "key", name=op.f("pk_figure_window")
        ),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index("ix_customer_created", ["created_at", "id"], unique=False)

    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.create_index(
            "ix_order_customer_figures",
            ["customer_id", "ordered_on", "credit_note", "archived", "amount_fen", "cost_fen"],
            unique=False,
        )

    with op.batch_alter_table("satisfaction_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_satisfaction_answer_at"), ["at"], unique=False)

    with op.batch_alter_table("ticket", schema=None) as batch_op:
        # As they are listed, so that whose many closed tickets are need not be sorted.
        for whose in ("owner", "department"):
            batch_op.drop_index(f"ix_ticket_{whose}")
            batch_op.create_index(
                f"ix_ticket_{whose}", [f"{whose}_id", "due_sort", "tier", "id"], unique=False
            )
        # With what filters ask for, so that a list is found without looking into the rows.
        batch_op.drop_index("ix_ticket_due")
        batch_op.create_index(
            "ix_ticket_due",
            [
                *("due_sort", "tier", "id"),
                *("category", "state", "urgency", "kind", "channel", "department_id", "owner_id"),
                *("escalation_level", "reopen_count", "breached", "paused"),
            ],
            unique=False,
        )
        batch_op.create_index(
            "ix_ticket_facets",
            [
                *("tier", "urgency", "kind", "state", "channel", "department_id", "owner_id"),
                *("category", "due_sort", "received_at", "updated_at", "resolved_at"),
                *("next_due_at", "customer_id", "number", "escalation_level", "reopen_count"),
                *("breached", "paused"),
            ],
            unique=False,
        )
        for when in ("received", "updated"):
            batch_op.drop_index(f"ix_ticket_{when}")
            batch_op.create_index(
                f"ix_ticket_{when}",
                [f"{when}_at", "id", "category", "due_sort", "tier"],
                unique=False,
            )
        batch_op.create_index(
            "ix_ticket_escalated",
            ["escalation_level", "category", "due_sort", "tier"],
            unique=False,
            sqlite_where=sa.text("escalation_level > 1"),
            postgresql_where=sa.text("escalation_level > 1"),
        )
        batch_op.create_index(
            "ix_ticket_paused",
            ["category", "due_sort", "tier"],
            unique=False,
            sqlite_where=sa.text("paused IS 1"),
            postgresql_where=sa.text("paused IS true"),
        )
        batch_op.create_index(
            "ix_ticket_ended",
            ["resolved_at", "closed_at", "category", "due_sort", "tier"],
            unique=False,
        )
        batch_op.create_index("ix_ticket_first_resolved", ["first_resolved_at"], unique=False)
        batch_op.create_index(
            "ix_ticket_first_response", ["first_response_at", "received_at"], unique=False
        )
