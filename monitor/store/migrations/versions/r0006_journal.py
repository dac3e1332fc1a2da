"""What people say of themselves and set, and what became of each alert."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; there is nothing to carry over."""
    op.create_table(
        "wishes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("value_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_wishes"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("alert_at_ns", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("channels_json", sa.String(), nullable=False),
        sa.Column("into", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_at_ns", "decisions", ["at_ns"])
    op.create_index("ix_decisions_alert_at_ns", "decisions", ["alert_at_ns"])
    op.create_table(
        "feedback",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_feedback"),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_feedback_alert_id_alerts", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("pain", sa.Integer(), nullable=True),
        sa.Column("stiffness", sa.Integer(), nullable=True),
        sa.Column("spasm", sa.Boolean(), nullable=False),
        sa.Column("triggers_json", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_check_ins"),
    )
    op.create_index("ix_check_ins_at_ns", "check_ins", ["at_ns"])
    op.create_table(
        "movements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("movement", sa.String(), nullable=False),
        sa.Column("peak_deg", sa.Float(), nullable=True),
        sa.Column("pain", sa.Boolean(), nullable=True),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_movements"),
    )
    op.create_index("ix_movements_at_ns", "movements", ["at_ns"])
    op.create_table(
        "tags",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_tags"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_tags_event_id_events", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_ns", sa.Integer(), nullable=False),
        sa.Column("plan_json", sa.String(), nullable=False),
        sa.Column("ended_ns", sa.Integer(), nullable=True),
        sa.Column("why_ended", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trials"),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_handovers"),
    )
