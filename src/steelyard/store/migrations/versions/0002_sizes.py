"""How long the texts are, so that readers can cut pages that fit in memory."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the lengths and fill them in."""
    for table in ("cases", "samples"):
        op.add_column(table, sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE cases SET size = length(json)")
    op.execute(
        "UPDATE samples SET size = (SELECT length(outputs.json) FROM outputs"
        " WHERE outputs.run_no = samples.run_no AND outputs.case_no = samples.case_no"
        " AND outputs.epoch = samples.epoch)"
    )
