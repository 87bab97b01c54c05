"""Redaction at ingest: what is taken out of a request here is never stored."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.traces._decoded import Decoded
from steelyard.traces._redact import Redaction
from steelyard.traces._redaction import SpanRedaction


def redact(decoded: Decoded, redaction: Redaction | SpanRedaction) -> None:
    """Take out of a request what a redaction takes out: names, attributes, events, errors, bodies."""
    walk = _Walk(redaction)
    for group in decoded.spans:
        walk.attributes(group.resource.attributes)
        walk.attributes(group.scope.attributes)
        for span in group.spans:
            walk.span(span)
    if walk.changed:
        decoded.body = b""
    for logs in decoded.logs:
        walk.attributes(logs.resource.attributes)
        walk.attributes(logs.scope.attributes)
        for record in logs.records:
            walk.attributes(record.attributes)
            walk.value(record.body)
            walk.text(record, "event_name")
            walk.text(record, "severity_text")


class _Walk:
    """Goes through every text of a request."""

    def __init__(self, redaction: Redaction | SpanRedaction) -> None:
        self._rules = redaction if isinstance(redaction, SpanRedaction) else None
        self._clean = redaction.texts() if isinstance(redaction, SpanRedaction) else redaction
        self.changed = False

    def span(self, span: OtlpSpan) -> None:
        self.text(span, "name")
        self.text(span, "trace_state")
        self.text(span.status, "message")
        self.attributes(span.attributes)
        for event in span.events:
            self.text(event, "name")
            self.attributes(event.attributes)
        for link in span.links:
            self.text(link, "trace_state")
            self.attributes(link.attributes)

    def text(self, message: Any, name: str) -> None:
        before = getattr(message, name)
        if before and (after := self._clean(before)) != before:
            setattr(message, name, after)
            self.changed = True

    def attributes(self, attributes: Any) -> None:
        rules = self._rules
        dropped = False
        for item in attributes:
            if rules is None:
                self.value(item.value)
            elif rules.drops(item.key):
                dropped = True
            elif not rules.keeps(item.key):
                self.value(item.value)
        if dropped and rules is not None:
            kept = [item for item in attributes if not rules.drops(item.key)]
            copies = [type(item).FromString(item.SerializeToString()) for item in kept]
            del attributes[:]
            attributes.extend(copies)
            self.changed = True

    def value(self, value: AnyValue) -> None:
        kind = value.WhichOneof("value")
        if kind == "string_value":
            self.text(value, "string_value")
        elif kind == "array_value":
            for item in value.array_value.values:
                self.value(item)
        elif kind == "kvlist_value":
            self.attributes(value.kvlist_value.values)
        elif kind == "bytes_value":
            self._bytes(value)

    def _bytes(self, value: AnyValue) -> None:
        """Bytes that are text may say as much as text."""
        try:
            before = value.bytes_value.decode("utf-8")
        except UnicodeDecodeError:
            return
        after = self._clean(before)
        if after != before:
            value.bytes_value = after.encode("utf-8")
            self.changed = True
