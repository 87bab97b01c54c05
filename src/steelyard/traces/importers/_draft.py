"""Spans that an importer writes down, before they are OTLP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.core import Json, canonical_json
from steelyard.traces._decoded import Decoded, SpanGroup
from steelyard.traces._evaluations import EVALUATION
from steelyard.traces._values import set_value, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One span, with ids of any kind."""

    id: str
    """Within the trace."""
    name: str
    """What it is called."""
    parent: str = ""
    """The enclosing span's id."""
    start_s: float | None = None
    """Seconds since 1970."""
    duration_s: float | None = None
    """Seconds."""
    error: str = ""
    """Why it failed; empty when it did not."""
    attributes: Mapping[str, Json] = field(default_factory=dict)
    """By the names of the semantic conventions; None is left out."""
    scores: Mapping[str, Json] = field(default_factory=dict)
    """Name to number or word."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of a score to why it was given, where that is known."""


def trace_bytes(text: str) -> bytes:
    """A trace id: the text itself where it is one, else a digest, so that importing again adds nothing."""
    return _id_bytes(text, 16)


def span_bytes(trace: str, text: str) -> bytes:
    """A span id: the text itself where it is one, else a digest of trace and text."""
    return data if (data := _hex(text, 8)) else _digest(f"{trace}\n{text}", 8)


def derived_id(*parts: Json) -> str:
    """An id made of content."""
    return _digest(canonical_json(list(parts)), 16).hex()


def as_request(drafts: Mapping[str, Iterable[Draft]], *, service: str, source: str) -> Decoded:
    """The spans of some traces as a request, as if the source had sent it."""
    resource = Resource()
    for key, value in (("service.name", service), ("steelyard.source", source)):
        if value:
            set_value(resource.attributes.add(key=key).value, value)
    spans = [_span(trace, draft) for trace, members in drafts.items() for draft in members]
    return Decoded(spans=[SpanGroup(resource, InstrumentationScope(name=f"steelyard.{source}"), spans)])


def _span(trace: str, draft: Draft) -> OtlpSpan:
    start = int((draft.start_s or 0) * 1e6) * 1000
    span = OtlpSpan(
        trace_id=trace_bytes(trace),
        span_id=span_bytes(trace, draft.id),
        parent_span_id=span_bytes(trace, draft.parent) if draft.parent else b"",
        name=draft.name.encode("utf-8", "replace").decode("utf-8"),
        kind=OtlpSpan.SPAN_KIND_INTERNAL,
        start_time_unix_nano=max(0, start) if start < 2**62 else 0,
    )
    if draft.duration_s is not None and 0 < start < 2**62 and 0 <= draft.duration_s < 1e9:
        span.end_time_unix_nano = start + int(draft.duration_s * 1e9)
    if draft.error:
        span.status.code = 2  # type: ignore[assignment]  # STATUS_CODE_ERROR
        span.status.message = draft.error.encode("utf-8", "replace").decode("utf-8")
    for key, value in draft.attributes.items():
        if value is not None and value != "":
            set_value(span.attributes.add(key=key.encode("utf-8", "replace").decode()).value, _flat(value))
    for name, mark in draft.scores.items():
        event = span.events.add(name=EVALUATION, time_unix_nano=span.end_time_unix_nano or start)
        set_value(event.attributes.add(key="gen_ai.evaluation.name").value, name)
        numeric = isinstance(mark, int | float) and not isinstance(mark, bool)
        key = f"gen_ai.evaluation.score.{'value' if numeric else 'label'}"
        set_value(event.attributes.add(key=key).value, float(mark) if numeric else shown(mark))  # type: ignore[arg-type]
        if name in draft.reasons:
            set_value(event.attributes.add(key="gen_ai.evaluation.explanation").value, draft.reasons[name])
    return span


def _flat(value: Json) -> Json:
    """Structured values as JSON text: that is how the conventions let attributes hold them."""
    return value if value is None or isinstance(value, bool | int | float | str) else canonical_json(value)


def _id_bytes(text: str, length: int) -> bytes:
    return _hex(text, length) or _digest(text, length)


def _hex(text: str, length: int) -> bytes:
    plain = text.replace("-", "")
    if len(plain) != 2 * length:
        return b""
    try:
        data = bytes.fromhex(plain)
    except ValueError:
        return b""
    return data if any(data) else b""


def _digest(text: str, length: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=length).digest()
