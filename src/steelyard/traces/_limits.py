"""How much of a request is believed."""

from __future__ import annotations

from dataclasses import dataclass

BLOCK_BYTES = 512 * 1024
BLOCK_SPANS = 256
"""A payload block holds at most this much, so that one span is read in about a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLimits:
    """Bounds on hostile or mistaken input; what breaks them is rejected with a reason."""

    body_bytes: int = 64 * 2**20
    """Bytes of a request after decompression (the OTLP default)."""
    span_bytes: int = 16 * 2**20
    """Bytes of one span."""
    spans: int = 100_000
    """Spans or log records of one request."""
    attributes: int = 2_000
    """Attributes of one span."""
    events: int = 10_000
    """Events of one span."""
    depth: int = 32
    """Nesting of JSON values inside an attribute."""
