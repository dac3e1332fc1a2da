"""Doses know what they were added up from, and whether they stand; days of them have a row."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Minutes that were left out while reading, since nobody wore the sensor, stand no more."""
    op.add_column("doses", sa.Column("course_json", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "doses", sa.Column("stands", sa.Boolean(), nullable=False, server_default=sa.text("1"))
    )
    op.add_column("doses", sa.Column("instead_of", sa.Integer(), nullable=True))
    op.execute(
        """
        UPDATE doses SET stands = 0 WHERE id IN (
            SELECT doses.id FROM doses
            JOIN recordings ON recordings.id = doses.recording_id
            JOIN corrections AS said ON said.simulated = recordings.simulated
                AND said.activity = 'not_worn'
                AND doses.start_ns + 30000000000 >= said.start_ns
                AND doses.start_ns + 30000000000 < said.stop_ns
            WHERE NOT EXISTS (
                SELECT 1 FROM corrections AS later WHERE later.id > said.id
                    AND later.simulated = said.simulated
                    AND doses.start_ns + 30000000000 >= later.start_ns
                    AND doses.start_ns + 30000000000 < later.stop_ns
            )
        )
        """
    )
    seconds = (
        *("worn_s", "forward_s", "bend_dose_s", "up_s", "up_bend_dose_s", "seated_s"),
        *("seated_beyond_s", "slouched_s", "doubted_s", "seated_doubted_s"),
        *("longest_static_s", "longest_sitting_s"),
    )
    counts = (
        *("breaks", "shifts", "hold_exceedances", "bends_30", "bends_60"),
        *("lifts", "flagged_lifts"),
    )
    op.create_table(
        "day_doses",
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("first_ns", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in seconds),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in ("lean", "speed", "up_lean", "bouts")
        ),
        sa.PrimaryKeyConstraint("start_ns", "stop_ns", "simulated", name="pk_day_doses"),
    )
