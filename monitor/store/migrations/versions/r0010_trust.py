"""Spans and doses know of slips, recordings of where the sensor was worn."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Up to now nothing stored said that the sensor had slipped; the default is trust."""
    op.add_column(
        "spans", sa.Column("trusted", sa.Boolean(), nullable=False, server_default=sa.text("1"))
    )
    for name in ("doubted_s", "seated_doubted_s"):
        op.add_column(
            "doses", sa.Column(name, sa.Float(), nullable=False, server_default=sa.text("0"))
        )
    op.add_column(
        "recordings", sa.Column("placement", sa.String(), nullable=False, server_default="")
    )
