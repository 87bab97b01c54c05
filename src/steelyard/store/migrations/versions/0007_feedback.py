"""Feedback on traces, and the slice of a trace beside its model."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table; give traces their slice."""
    op.create_table(
        "trace_feedback",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("tone", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.SmallInteger(), nullable=False),
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("span_id", sa.LargeBinary(length=8), nullable=True),
        sa.Column("session_no", sa.Integer(), nullable=True),
        sa.Column("user_no", sa.Integer(), nullable=True),
        sa.Column("model_no", sa.Integer(), nullable=True),
        sa.Column("slice_no", sa.Integer(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("label_no", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("author_no", sa.Integer(), nullable=False),
        sa.Column("given_us", sa.BigInteger(), nullable=True),
        sa.Column("revised_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_trace_feedback")),
        sa.UniqueConstraint("key", "project_no", name=op.f("uq_trace_feedback_key_project_no")),
    )
    for columns in (
        ["project_no", "no"],
        ["trace_id", "project_no"],
        ["session_no", "no"],
        ["user_no", "no"],
    ):
        op.create_index(op.f(f"ix_trace_feedback_{'_'.join(columns)}"), "trace_feedback", columns)
    op.add_column("traces", sa.Column("slice_no", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE traces SET slice_no = trace_terms.word_no FROM trace_terms"
        " WHERE trace_terms.role = 7 AND trace_terms.trace_no = traces.no"
    )
