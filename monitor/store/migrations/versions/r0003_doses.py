"""Doses: exposure of the time worn, that adds up; the technique of bends."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SECONDS = (
    *("worn_s", "forward_s", "bend_dose_s", "up_s", "up_bend_dose_s", "seated_s"),
    *("seated_beyond_s", "slouched_s", "longest_static_s", "longest_sitting_s"),
)
_COUNTS = (
    *("breaks", "shifts", "hold_exceedances", "bends_30", "bends_60", "lifts", "flagged_lifts"),
)
_TEXTS = ("lean_json", "speed_json", "up_lean_json", "bouts_json")


def upgrade() -> None:
    """Make the table of doses; give events a technique, empty where none was told."""
    op.create_table(
        "doses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in _SECONDS),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.String(), nullable=False) for name in _TEXTS),
        sa.PrimaryKeyConstraint("id", name="pk_doses"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_doses_recording_id_recordings"
        ),
    )
    op.create_index("ix_doses_recording_id", "doses", ["recording_id"])
    op.create_index("ix_doses_start_ns", "doses", ["start_ns"])
    op.add_column(
        "events", sa.Column("technique", sa.String(), nullable=False, server_default=sa.text("''"))
    )
