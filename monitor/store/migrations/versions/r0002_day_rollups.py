"""A row per local day; filled as days are written or asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SECONDS = (
    *("sit_s", "stand_s", "upright_s", "recline_s", "walk_s", "lie_s", "not_worn_s", "unknown_s"),
    *("slouched_s", "valid_s", "over_20_s", "over_30_s", "over_45_s", "over_60_s", "over_90_s"),
)
_COUNTS = ("bends", "lifts", "flagged_lifts", "alerts")


def upgrade() -> None:
    """Make the table of days."""
    op.create_table(
        "days",
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("first_ns", sa.Integer(), nullable=False),
        sa.Column("last_ns", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in _SECONDS),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("start_ns", "stop_ns", "simulated", name="pk_days"),
    )
