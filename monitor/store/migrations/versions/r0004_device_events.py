"""Events of sensors; numbers of stored samples; why a recording's times are in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables; recordings get a doubt, empty where none was told."""
    op.create_table(
        "device_events",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("time_trusted", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "boot_id", "number", name="pk_device_events"),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name="fk_device_events_sensor_id_sensors"
        ),
    )
    op.create_index("ix_device_events_at_ns", "device_events", ["at_ns"])
    op.create_table(
        "sample_numbers",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "boot_id", "start", name="pk_sample_numbers"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_sample_numbers_recording_id_recordings"
        ),
    )
    op.create_index("ix_sample_numbers_at_ns", "sample_numbers", ["at_ns"])
    op.add_column(
        "recordings",
        sa.Column("time_doubt", sa.String(), nullable=False, server_default=sa.text("''")),
    )
