"""The tables of spans. A row's number holds the server's time, so that order, window and day are one key.

A number is the millisecond since 1970 in which the store took the span, times 2^20, plus a counter: numbers
grow in commit order, PostgreSQL keeps a partition a day by ranges of them, and a time window is a range.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from steelyard.store._schema import BigKey, metadata

Number = BigInteger().with_variant(Integer(), "sqlite")

# Names, models, users and the like: a span refers to each by a small number.
span_words = Table(
    "span_words",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("word", Text, nullable=False, unique=True),
)

# One row a trace, brought up to date with each batch: what a list shows.
traces = Table(
    "traces",
    metadata,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("project_no", Integer, nullable=False),
    Column("trace_id", LargeBinary(16), nullable=False),
    Column("last_no", BigInteger, nullable=False),
    Column("name_no", Integer, nullable=False),
    Column("has_root", SmallInteger, nullable=False),
    Column("start_us", BigInteger),
    Column("duration_us", BigInteger),
    Column("spans", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cost_usd", Double),
    Column("service_no", Integer),
    Column("model_no", Integer),
    Column("user_no", Integer),
    Column("session_no", Integer),
    Column("input_preview", Text),
    Column("output_preview", Text),
    Column("slice_no", Integer),
    UniqueConstraint("trace_id", "project_no"),
    Index(None, "project_no", "no"),
)

# Which traces hold a user, a model, an error …: a list filtered by any of them reads no other trace.
trace_terms = Table(
    "trace_terms",
    metadata,
    Column("role", SmallInteger, primary_key=True),
    Column("word_no", Integer, primary_key=True),
    Column("trace_no", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

spans = Table(
    "spans",
    metadata,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("trace_no", BigInteger, nullable=False),
    Column("span_id", BigInteger, nullable=False),
    Column("parent_id", BigInteger),
    Column("mapping", SmallInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("failed", SmallInteger, nullable=False),
    Column("name_no", Integer, nullable=False),
    Column("operation_no", Integer),
    Column("service_no", Integer),
    Column("provider_no", Integer),
    Column("model_no", Integer),
    Column("request_model_no", Integer),
    Column("agent_no", Integer),
    Column("tool_no", Integer),
    Column("user_no", Integer),
    Column("session_no", Integer),
    Column("slice_no", Integer),
    Column("priced_no", Integer),
    Column("start_us", BigInteger),
    Column("duration_us", BigInteger),
    Column("first_token_us", BigInteger),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cached_tokens", BigInteger),
    Column("reasoning_tokens", BigInteger),
    Column("cost_usd", Double),
    Column("error", Text),
    Column("input_preview", Text),
    Column("output_preview", Text),
    Index(None, "trace_no", "span_id"),
)

# The payloads of up to 256 spans of one request: an OTLP message, compressed. Span n of a block has the
# block's number plus n, so that a span's number finds its block.
span_blocks = Table(
    "span_blocks",
    metadata,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("project_no", Integer, nullable=False),
    Column("spans", Integer, nullable=False),
    Column("dictionary", SmallInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

span_dictionaries = Table(
    "span_dictionaries",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Log records and scores find their trace by its id: they may come before its first span.
span_events = Table(
    "span_events",
    metadata,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("project_no", Integer, nullable=False),
    Column("trace_id", LargeBinary(16), nullable=False),
    Column("span_id", LargeBinary(8), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("name_no", Integer, nullable=False),
    Column("time_us", BigInteger),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("trace_id", "digest", "project_no"),
)

span_scores = Table(
    "span_scores",
    metadata,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("project_no", Integer, nullable=False),
    Column("trace_id", LargeBinary(16), nullable=False),
    Column("span_id", LargeBinary(8), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("name_no", Integer, nullable=False),
    Column("value", Double),
    Column("label", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("evaluator", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("time_us", BigInteger),
    UniqueConstraint("trace_id", "digest", "project_no"),
)

# What people and business systems said. It finds its trace by id: it may come before the first span, or
# weeks later. `key` is the hash of the sender's id, `digest` that of everything it said.
trace_feedback = Table(
    "trace_feedback",
    metadata,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("project_no", Integer, nullable=False),
    Column("key", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("tone", SmallInteger, nullable=False),
    Column("source", SmallInteger, nullable=False),
    Column("name_no", Integer, nullable=False),
    Column("trace_id", LargeBinary(16)),
    Column("span_id", LargeBinary(8)),
    Column("session_no", Integer),
    Column("user_no", Integer),
    Column("model_no", Integer),
    Column("slice_no", Integer),
    Column("value", Double),
    Column("label_no", Integer, nullable=False),
    Column("text", Text),
    Column("author_no", Integer, nullable=False),
    Column("given_us", BigInteger),
    Column("revised_us", BigInteger),
    UniqueConstraint("key", "project_no"),
    Index(None, "project_no", "no"),
    Index(None, "trace_id", "project_no"),
    Index(None, "session_no", "no"),
    Index(None, "user_no", "no"),
)

# By minute of the server's clock. Sketches merge, so a month by model reads no span.
span_minutes = Table(
    "span_minutes",
    metadata,
    Column("project_no", Integer, primary_key=True),
    Column("minute", Integer, primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    Column("model_no", Integer, primary_key=True),
    Column("slice_no", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_usd", Double, nullable=False),
    Column("timed", Integer, nullable=False),
    Column("total_us", BigInteger, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# The same by hour, once an hour is over: a year by hour reads no minute.
span_hours = Table(
    "span_hours",
    metadata,
    Column("project_no", Integer, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    Column("model_no", Integer, primary_key=True),
    Column("slice_no", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_usd", Double, nullable=False),
    Column("timed", BigInteger, nullable=False),
    Column("total_us", BigInteger, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# What a project holds, so that nothing is counted by reading it.
span_totals = Table(
    "span_totals",
    metadata,
    Column("project_no", Integer, primary_key=True, autoincrement=False),
    Column("spans", BigInteger, nullable=False),
    Column("traces", BigInteger, nullable=False),
)

span_ledger = Table(
    "span_ledger",
    metadata,
    Column("project_no", Integer, primary_key=True),
    Column("minute", Integer, primary_key=True),
    Column("outcome", SmallInteger, primary_key=True),
    Column("reason_no", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("created", Text, nullable=False),
    UniqueConstraint("project", "name"),
)

whole_schema = metadata
"""Every table of the store; taken from here, so that those of this module are among them."""


def _by_day(table: Table, connection: Connection, **_: Any) -> None:
    """Said when it is made: said at the table, it loads PostgreSQL's dialect at every start on SQLite."""
    if connection.dialect.name == "postgresql":
        table.dialect_options["postgresql"]["partition_by"] = "RANGE (no)"


for _table in (spans, span_blocks):
    event.listen(_table, "before_create", _by_day)
