"""Sums by hour, and what each project holds."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, and count what is there."""
    op.create_table(
        "span_hours",
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("model_no", sa.Integer(), nullable=False),
        sa.Column("slice_no", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("total_us", sa.BigInteger(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_no", "hour", "kind", "model_no", "slice_no", name=op.f("pk_span_hours")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "span_totals",
        sa.Column("project_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spans", sa.BigInteger(), nullable=False),
        sa.Column("traces", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_no", name=op.f("pk_span_totals")),
    )
    op.execute(
        "INSERT INTO span_totals (project_no, spans, traces)"
        " SELECT project_no, sum(spans), count(*) FROM traces GROUP BY project_no"
    )
