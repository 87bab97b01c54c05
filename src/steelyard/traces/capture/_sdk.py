"""A provider of our own, and the processor that hands spans to whoever collects them.

Only this module needs the SDK of OpenTelemetry, which the extra `trace` installs.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from weakref import WeakSet, WeakValueDictionary

from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from steelyard.core import Span as RecordedSpan
from steelyard.core import SpanCollection, SteelyardError, open_collection
from steelyard.traces._decoded import SpanGroup
from steelyard.traces._recorded import SpanRecorder
from steelyard.traces.capture._batches import SpanBatches
from steelyard.traces.capture._context import context_attributes
from steelyard.traces.capture._settings import CaptureSettings

_collected_from: WeakSet[TracerProvider] = WeakSet()
_collections: WeakValueDictionary[int, SpanCollection] = WeakValueDictionary()
"""Span id to the collection that the span was begun in, as long as that is open."""


def own_provider(settings: CaptureSettings) -> TracerProvider:
    """A provider that sends in batches, in the background, the rest at exit; nothing without an address."""
    provider = TracerProvider(resource=Resource.create(_service(settings)))
    provider.add_span_processor(_FromContext())
    if settings.sends:
        provider.add_span_processor(_Sending(_exporter(settings), exit_s=settings.exit_s))
    return provider


def collect_from(provider: TracerProvider) -> None:
    """Let collections have the spans of a provider; a second time changes nothing."""
    if provider not in _collected_from:
        _collected_from.add(provider)
        provider.add_span_processor(_Collecting())


def _exporter(settings: CaptureSettings) -> OTLPSpanExporter:
    if not settings.endpoint:
        return OTLPSpanExporter()
    headers = {"authorization": f"Bearer {settings.key}"} if settings.key else None
    return OTLPSpanExporter(
        endpoint=f"{settings.endpoint}/v1/traces", headers=headers, compression=Compression.Gzip
    )


def _service(settings: CaptureSettings) -> dict[str, str]:
    if settings.service:
        return {"service.name": settings.service}
    stated = os.environ.get("OTEL_SERVICE_NAME") or os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    script = Path(sys.argv[0] if sys.argv else "").stem
    if "service.name=" in stated or os.environ.get("OTEL_SERVICE_NAME") or not script.strip("-"):
        return {}
    return {"service.name": script}


class _Sending(SpanBatches):
    """Sends what no collection keeps: the spans of an evaluation are no traffic."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or span.context.span_id not in _collections:
            super().on_end(span)


class _FromContext(SpanProcessor):
    """Gives the spans of other instrumentations the user and session of the context."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        given = context_attributes(get_current() if parent_context is None else parent_context)
        held = span.attributes or {}
        for key, value in given.items():
            if key not in held:
                span.set_attribute(key, value)


class _Collecting(SpanProcessor):
    """Hands every span that ends to the collection it was begun in.

    That is the one of the context, or of the parent: threads may have taken only the parent along.
    """

    def __init__(self) -> None:
        self._recorder = SpanRecorder()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - the SDK's
        collection = open_collection()
        if collection is None and span.parent is not None:
            collection = _collections.get(span.parent.span_id)
        if collection is not None:
            _collections[span.context.span_id] = collection

    def on_end(self, span: ReadableSpan) -> None:
        collection = None if span.context is None else _collections.get(span.context.span_id)
        if collection is not None:
            collection.add(partial(_recorded, self._recorder, span))


def _recorded(recorder: SpanRecorder, span: ReadableSpan) -> list[RecordedSpan]:
    """A span as an output's trace has it.

    A foreign instrumentation's attribute that cannot be written down costs its span, not the answer.
    """
    try:
        groups = [
            SpanGroup(of_resource.resource, of_scope.scope, of_scope.spans)
            for of_resource in encode_spans([span]).resource_spans
            for of_scope in of_resource.scope_spans
        ]
        return [recorder.span(group, item) for group in groups for item in group.spans]
    except (ValueError, TypeError, SteelyardError):
        return []
