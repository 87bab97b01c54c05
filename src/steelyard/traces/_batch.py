"""What ingest hands to a store: rows, and the payloads apart from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from steelyard.traces._feedback import Feedback
from steelyard.traces._record import SpanRow


class Block(NamedTuple):
    """The payloads of some spans: an OTLP `TracesData` message, before compression."""

    data: bytes
    """Protobuf."""
    spans: int
    """How many it holds; they belong to as many rows in a row."""


class SpanScore(NamedTuple):
    """A score that came with the traffic: an evaluation, an annotation."""

    trace_id: bytes
    """The trace it belongs to."""
    span_id: bytes
    """The span it judges; empty for the whole trace."""
    name: str
    """The metric."""
    value: float | None
    """The number, where there is one."""
    label: str
    """The word, where there is one."""
    explanation: str
    """Why."""
    evaluator: str
    """`LLM`, `CODE` or `HUMAN`, where it is said."""
    error: str
    """Why the evaluation failed, where it did: then the score is missing, not zero."""
    time_us: int | None
    """When it was given, microseconds since 1970."""


class SpanEvent(NamedTuple):
    """A log record that belongs to a span, such as the messages of a model call."""

    trace_id: bytes
    """The trace it belongs to."""
    span_id: bytes
    """The span it belongs to; empty for the whole trace."""
    name: str
    """The event's name."""
    time_us: int | None
    """When it happened, microseconds since 1970."""
    data: bytes
    """The OTLP `LogRecord` message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanBatch:
    """One request, mapped: ready to be stored."""

    project: str
    """Whose it is."""
    rows: list[SpanRow] = field(default_factory=list)
    """The spans."""
    blocks: list[Block] = field(default_factory=list)
    """The payloads of the same spans in the same order."""
    scores: list[SpanScore] = field(default_factory=list)
    """Scores."""
    feedback: list[Feedback] = field(default_factory=list)
    """Scores that people gave."""
    events: list[SpanEvent] = field(default_factory=list)
    """Log records of spans."""
    received: int = 0
    """Spans and log records that were sent."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Reason to how many were rejected for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a store did with a batch; it is durable."""

    accepted: int = 0
    """Spans and log records that are new."""
    duplicates: int = 0
    """Those that were there already: a retry, which changes nothing."""
