"""A span as columns: what lists, filters, totals and series need, without its payload."""

from __future__ import annotations

from typing import Literal, NamedTuple

MAPPING_VERSION = 1
"""Goes up whenever the same attributes map to other columns; stored with every span."""

SpanKind = Literal[
    "agent", "llm", "tool", "retriever", "embedding", "reranker", "guardrail", "evaluator", "step"
]
KINDS: tuple[SpanKind, ...] = (
    "step",
    "agent",
    "llm",
    "tool",
    "retriever",
    "embedding",
    "reranker",
    "guardrail",
    "evaluator",
)
"""Every kind; the place of a kind here is its number in the store and never changes."""

MODEL_KINDS = frozenset({"llm", "embedding", "reranker"})
"""The kinds that call a model themselves: their tokens and cost are their own."""


class SpanRow(NamedTuple):
    """One span in canonical columns; a tuple, because a server makes fifteen thousand of them a second.

    Texts are empty and numbers None where the producer said nothing.
    """

    trace_id: bytes
    """16 bytes."""
    span_id: bytes
    """8 bytes."""
    parent_id: bytes
    """8 bytes; empty at a root."""
    name: str
    """What the producer called the span."""
    kind: SpanKind
    """What it did."""
    operation: str
    """`gen_ai.operation.name`, as given: `chat`, `execute_tool`, …"""
    service: str
    """`service.name` of the resource."""
    provider: str
    """Who served the model: `openai`, `anthropic`, …"""
    model: str
    """The model that answered; where the answer does not name one, the one asked for."""
    request_model: str
    """The model asked for."""
    agent: str
    """The agent or workflow."""
    tool: str
    """The tool that was called."""
    user: str
    """Who used the system."""
    session: str
    """The conversation or session."""
    slice: str
    """The part of the traffic that error rates and series are split by."""
    start_us: int | None
    """The producer's start, microseconds since 1970; None where it cannot be a time."""
    duration_us: int | None
    """Microseconds from start to end; None where the end is missing or before the start."""
    first_token_us: int | None
    """Microseconds from start to the first token."""
    failed: bool
    """Whether the step ended in an error."""
    error: str
    """What the error said, cut short."""
    input_tokens: int | None
    """Tokens read, cached ones included."""
    output_tokens: int | None
    """Tokens written, reasoning included."""
    cached_tokens: int | None
    """The part of `input_tokens` read from the provider's prompt cache."""
    reasoning_tokens: int | None
    """The part of `output_tokens` spent on reasoning."""
    cost_usd: float | None
    """US dollars."""
    priced: str
    """Where the cost comes from: `producer`, or the price table's version; empty without a cost."""
    input_preview: str
    """The beginning of the last thing that went in."""
    output_preview: str
    """The beginning of what came out."""
