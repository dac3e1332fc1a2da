"""What an alert was raised about: half a minute of angles."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; alerts raised before have no trace."""
    op.create_table(
        "traces",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("at_ns", sa.Integer(), nullable=False),
        sa.Column("trace_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "at_ns", name="pk_traces"),
    )
