"""When a shift with a shared sensor was handed over, and when it was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of shifts before, nothing was handed over or erased."""
    with op.batch_alter_table("handovers") as table:
        table.add_column(sa.Column("exported_ns", sa.Integer(), nullable=True))
        table.add_column(sa.Column("digest", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("erased_ns", sa.Integer(), nullable=True))
