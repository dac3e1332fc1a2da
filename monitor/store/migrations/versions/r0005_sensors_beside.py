"""Recordings know whether the day is counted from them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up to now there was one sensor at a time, and it counted."""
    op.add_column(
        "recordings",
        sa.Column("counts", sa.Boolean(), nullable=False, server_default=sa.text("1")),
    )
