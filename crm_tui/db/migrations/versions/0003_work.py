"""Work across departments, surveys and churn"""

import sqlalchemy as sa
from alembic import op

from crm_tui.db.schema.registers import DecimalText
from crm_tui.db.types import Fen, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "board_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("most > 0", name=op.f("ck_board_limit_some")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_limit")),
        sa.UniqueConstraint(
            "status", "department_id", name=op.f("uq_board_limit_status_department_id")
        ),
    )
    op.create_table(
        "churn_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("churned_on", sa.Date(), nullable=False),
        sa.Column("cause", sa.String(length=30), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("won_back_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_churn_record_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_churn_record_owner_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_churn_record")),
    )
    with op.batch_alter_table("churn_record", schema=None) as batch_op:
        batch_op.create_index("ix_churn_record_churned_on_id", ["churned_on", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_churn_record_customer_id"), ["customer_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_churn_record_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index("uq_churn_record_source", ["source", "source_key"], unique=True)

    op.create_table(
        "goal_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", DecimalText(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_goal_point_by_id_staff")),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_point_goal_id_goal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_point")),
    )
    with op.batch_alter_table("goal_point", schema=None) as batch_op:
        batch_op.create_index("ix_goal_point_goal", ["goal_id", "day", "id"], unique=False)

    op.create_table(
        "survey_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey", sa.String(length=30), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("respondent", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.Column("scale_low", sa.Integer(), nullable=False),
        sa.Column("scale_high", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("market", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(length=400), nullable=False),
        sa.Column("correction_reason", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("replaced", sa.Boolean(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["staff.id"], name=op.f("fk_survey_answer_collector_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_survey_answer_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_survey_answer_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
    )
    with op.batch_alter_table("survey_answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_survey_answer_answered_at_id", ["answered_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_survey_answer_collector_id"), ["collector_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_survey_answer_customer_id"), ["customer_id"], unique=False
        )
        batch_op.create_index("ix_survey_answer_day", ["survey", "answered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_survey_answer_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index("uq_survey_answer_source", ["source", "source_key"], unique=True)

    op.create_table(
        "risk_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("response_measure", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_risk_case_owner_id_staff")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_risk_case_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_case")),
    )
    with op.batch_alter_table("risk_case", schema=None) as batch_op:
        batch_op.create_index("ix_risk_case_due_on_id", ["due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_case_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_case_task_id"), ["task_id"], unique=False)
        batch_op.create_index("uq_risk_case_source", ["source", "source_key"], unique=True)

    op.create_table(
        "task_dependency",
        sa.Column("before_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("before_id <> after_id", name=op.f("ck_task_dependency_not_itself")),
        sa.ForeignKeyConstraint(
            ["after_id"], ["task.id"], name=op.f("fk_task_dependency_after_id_task")
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["task.id"], name=op.f("fk_task_dependency_before_id_task")
        ),
        sa.PrimaryKeyConstraint("before_id", "after_id", name=op.f("pk_task_dependency")),
    )
    with op.batch_alter_table("task_dependency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_dependency_after_id"), ["after_id"], unique=False)

    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("opening_annual_fen", Fen(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("opening_last_on", sa.Date(), nullable=True))
    # Until now both could come from an import alone.
    op.execute(
        "UPDATE customer SET opening_annual_fen = annual_amount_fen, "
        "opening_last_on = last_cooperation_on"
    )

    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("start_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("activated_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("measured_on", sa.Date(), nullable=True))

    with op.batch_alter_table("interaction", schema=None) as batch_op:
        batch_op.create_index(
            "ix_interaction_customer_day", ["customer_id", "occurred_on"], unique=False
        )

    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("credit_note", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("credited_order_id", sa.Integer(), nullable=True))
        batch_op.alter_column("customer_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            batch_op.f("ix_order_credited_order_id"), ["credited_order_id"], unique=False
        )
        batch_op.create_index(
            "ix_order_customer_day", ["customer_id", "ordered_on", "amount_fen"], unique=False
        )
        batch_op.create_index(
            "ix_order_day_customer", ["ordered_on", "customer_id", "amount_fen"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_order_credited_order_id_order"), "order", ["credited_order_id"], ["id"]
        )

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("priority", sa.String(length=30), nullable=False, server_default="medium")
        )
        batch_op.add_column(sa.Column("goal_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("plan_action", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("milestone", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("sop", sa.String(length=400), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("standard_met_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("delay_reason", sa.String(length=400), nullable=True))
        batch_op.add_column(sa.Column("baseline_start_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("baseline_due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("progress_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("rank", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("checklist_item_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("interaction_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_task_goal_id"), ["goal_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_task_standard_met_by_id"), ["standard_met_by_id"], unique=False
        )
        batch_op.create_index("ix_task_status_rank", ["status", "rank", "id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_task_standard_met_by_id_staff"), "staff", ["standard_met_by_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_task_goal_id_goal"), "goal", ["goal_id"], ["id"])

    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.add_column(sa.Column("snooze_reason", sa.Text(), nullable=True))

    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ticket_product",
            ["product"],
            unique=False,
            sqlite_where=sa.text("product <> ''"),
            postgresql_where=sa.text("product <> ''"),
        )

    op.create_table(
        "task_watch",
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wake_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_watch_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task_watch")),
    )
    with op.batch_alter_table("task_watch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_watch_wake_at"), ["wake_at"], unique=False)
    # Tasks that are there already are looked at by the next tick.
    op.execute(
        "INSERT INTO task_watch (task_id, wake_at) "
        "SELECT id, created_at FROM task WHERE status <> 'done' AND NOT archived"
    )
