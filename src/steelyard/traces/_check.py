"""Which spans of a request can be kept: every other is rejected, with a reason."""

from __future__ import annotations

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.traces._decoded import Decoded
from steelyard.traces._limits import IngestLimits

_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)


def reject_broken(decoded: Decoded, limits: IngestLimits) -> None:
    """Drop what cannot be kept from the request, and count why.

    https://opentelemetry.io/docs/specs/otlp/ and the comments of trace.proto: an id of another length, or
    of zeros alone, is invalid and should be rejected. An unusable parent id makes a root, not a loss.
    """
    sized = not 0 < len(decoded.body) <= limits.span_bytes
    for group in decoded.spans:
        reasons = [_span_fault(span, limits, sized=sized) for span in group.spans]
        if any(reasons):
            decoded.body = b""
            decoded.rejected.update(reason for reason in reasons if reason)
            kept = zip(group.spans, reasons, strict=True)
            group.spans = [span for span, reason in kept if not reason]
    for logs in decoded.logs:
        faults = [_log_fault(record, limits) for record in logs.records]
        if any(faults):
            decoded.rejected.update(reason for reason in faults if reason)
            logs.records = [record for record, fault in zip(logs.records, faults, strict=True) if not fault]


def _span_fault(span: OtlpSpan, limits: IngestLimits, *, sized: bool) -> str:
    trace_id, span_id = span.trace_id, span.span_id
    if len(trace_id) != 16 or trace_id == _NO_TRACE:
        return "the trace id is not 16 bytes, or all zeros"
    if len(span_id) != 8 or span_id == _NO_SPAN:
        return "the span id is not 8 bytes, or all zeros"
    if len(span.attributes) > limits.attributes:
        return f"more than {limits.attributes:,} attributes"
    if len(span.events) > limits.events or len(span.links) > limits.events:
        return f"more than {limits.events:,} events or links"
    if sized and span.ByteSize() > limits.span_bytes:
        return f"larger than {limits.span_bytes:,} bytes"
    return ""


def _log_fault(record: LogRecord, limits: IngestLimits) -> str:
    if record.trace_id and len(record.trace_id) != 16:
        return "the trace id is not 16 bytes"
    if record.span_id and len(record.span_id) != 8:
        return "the span id is not 8 bytes"
    if len(record.attributes) > limits.attributes:
        return f"more than {limits.attributes:,} attributes"
    if record.ByteSize() > limits.span_bytes:
        return f"larger than {limits.span_bytes:,} bytes"
    return ""
