"""Spans and traces: rows, payload blocks, log records, scores, series, ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make every table."""
    _rows()
    _payloads()
    _counts()


def _rows() -> None:
    op.create_table(
        "span_words",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_span_words")),
        sa.UniqueConstraint("word", name=op.f("uq_span_words_word")),
    )
    op.create_table(
        "traces",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("has_root", sa.SmallInteger(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=True),
        sa.Column("duration_us", sa.BigInteger(), nullable=True),
        sa.Column("spans", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("service_no", sa.Integer(), nullable=True),
        sa.Column("model_no", sa.Integer(), nullable=True),
        sa.Column("user_no", sa.Integer(), nullable=True),
        sa.Column("session_no", sa.Integer(), nullable=True),
        sa.Column("input_preview", sa.Text(), nullable=True),
        sa.Column("output_preview", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_traces")),
        sa.UniqueConstraint("trace_id", "project_no", name=op.f("uq_traces_trace_id_project_no")),
    )
    op.create_table(
        "trace_terms",
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("word_no", sa.Integer(), nullable=False),
        sa.Column("trace_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("role", "word_no", "trace_no", name=op.f("pk_trace_terms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spans",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("trace_no", sa.BigInteger(), nullable=False),
        sa.Column("span_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("mapping", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("failed", sa.SmallInteger(), nullable=False),
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("operation_no", sa.Integer(), nullable=True),
        sa.Column("service_no", sa.Integer(), nullable=True),
        sa.Column("provider_no", sa.Integer(), nullable=True),
        sa.Column("model_no", sa.Integer(), nullable=True),
        sa.Column("request_model_no", sa.Integer(), nullable=True),
        sa.Column("agent_no", sa.Integer(), nullable=True),
        sa.Column("tool_no", sa.Integer(), nullable=True),
        sa.Column("user_no", sa.Integer(), nullable=True),
        sa.Column("session_no", sa.Integer(), nullable=True),
        sa.Column("slice_no", sa.Integer(), nullable=True),
        sa.Column("priced_no", sa.Integer(), nullable=True),
        sa.Column("start_us", sa.BigInteger(), nullable=True),
        sa.Column("duration_us", sa.BigInteger(), nullable=True),
        sa.Column("first_token_us", sa.BigInteger(), nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=True),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("input_preview", sa.Text(), nullable=True),
        sa.Column("output_preview", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_spans")),
        postgresql_partition_by="RANGE (no)",
    )
    op.create_index(op.f("ix_spans_trace_no_span_id"), "spans", ["trace_no", "span_id"], unique=False)
    op.create_index(op.f("ix_traces_project_no_no"), "traces", ["project_no", "no"], unique=False)


def _payloads() -> None:
    op.create_table(
        "span_blocks",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("spans", sa.Integer(), nullable=False),
        sa.Column("dictionary", sa.SmallInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_span_blocks")),
        postgresql_partition_by="RANGE (no)",
    )
    op.create_table(
        "span_dictionaries",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_span_dictionaries")),
    )
    op.create_table(
        "span_events",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("span_id", sa.LargeBinary(length=8), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_span_events")),
        sa.UniqueConstraint(
            "trace_id", "digest", "project_no", name=op.f("uq_span_events_trace_id_digest_project_no")
        ),
    )
    op.create_table(
        "span_scores",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("span_id", sa.LargeBinary(length=8), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name_no", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("evaluator", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_span_scores")),
        sa.UniqueConstraint(
            "trace_id", "digest", "project_no", name=op.f("uq_span_scores_trace_id_digest_project_no")
        ),
    )


def _counts() -> None:
    op.create_table(
        "span_minutes",
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("model_no", sa.Integer(), nullable=False),
        sa.Column("slice_no", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=False),
        sa.Column("timed", sa.Integer(), nullable=False),
        sa.Column("total_us", sa.BigInteger(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_no", "minute", "kind", "model_no", "slice_no", name=op.f("pk_span_minutes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "span_ledger",
        sa.Column("project_no", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("reason_no", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_no", "minute", "outcome", "reason_no", name=op.f("pk_span_ledger")),
        sqlite_with_rowid=False,
    )
