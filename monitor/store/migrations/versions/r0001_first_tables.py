"""Sensors, recordings, spans, events, alerts and minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "sensors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_seen_ns", sa.Integer(), nullable=False),
        sa.Column("last_seen_ns", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sensors"),
        sa.UniqueConstraint("address", name="uq_sensors_address"),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=False),
        sa.Column("rate_hz", sa.Float(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("mounting_source", sa.String(), nullable=False),
        sa.Column("time_trusted", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name="fk_recordings_sensor_id_sensors"
        ),
    )
    op.create_index("ix_recordings_sensor_id", "recordings", ["sensor_id"])
    op.create_index("ix_recordings_start_ns", "recordings", ["start_ns"])
    op.create_table(
        "spans",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("posture", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "start_ns", name="pk_spans"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_spans_recording_id_recordings"
        ),
    )
    op.create_index("ix_spans_start_ns", "spans", ["start_ns"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=False),
        sa.Column("known_ns", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("values_json", sa.String(), nullable=False),
        sa.Column("flags_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_events_recording_id_recordings"
        ),
    )
    op.create_index("ix_events_recording_id", "events", ["recording_id"])
    op.create_index("ix_events_start_ns", "events", ["start_ns"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("since_ns", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("values_json", sa.String(), nullable=False),
        sa.Column("acknowledged_at_ns", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_alerts_recording_id_recordings"
        ),
    )
    op.create_index("ix_alerts_recording_id", "alerts", ["recording_id"])
    op.create_index("ix_alerts_at_ns", "alerts", ["at_ns"])
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("valid_s", sa.Float(), nullable=False),
        sa.Column("over_20_s", sa.Float(), nullable=False),
        sa.Column("over_30_s", sa.Float(), nullable=False),
        sa.Column("over_45_s", sa.Float(), nullable=False),
        sa.Column("over_60_s", sa.Float(), nullable=False),
        sa.Column("over_90_s", sa.Float(), nullable=False),
        sa.Column("lean_mean_deg", sa.Float(), nullable=False),
        sa.Column("lean_max_deg", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_minutes"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_minutes_recording_id_recordings"
        ),
    )
    op.create_index("ix_minutes_recording_id", "minutes", ["recording_id"])
    op.create_index("ix_minutes_start_ns", "minutes", ["start_ns"])
