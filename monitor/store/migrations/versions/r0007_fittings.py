"""Calibrations of each sensor at each place, and every zero that was taken or refused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; there is nothing to carry over."""
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("chosen_ns", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("found_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calibrations"),
        sa.UniqueConstraint("address", "place", name="uq_calibrations_address"),
    )
    op.create_table(
        "zeros",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("refused", sa.String(), nullable=False),
        sa.Column("moved_deg", sa.Float(), nullable=False),
        sa.Column("mounting_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zeros"),
    )
    op.create_index("ix_zeros_at_ns", "zeros", ["at_ns"])
