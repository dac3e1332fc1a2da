"""Stretches of which nothing is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "withheld",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start_ns", sa.Integer(), nullable=False),
        sa.Column("stop_ns", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_withheld"),
    )
