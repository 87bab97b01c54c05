"""Spans as the SDK of OpenTelemetry finished them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider, set_tracer_provider

from steelyard.traces._values import parsed
from steelyard.traces.capture import _provider


class Spans:
    """What was recorded so far, in the order of ending."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def names(self) -> list[str]:
        return [span.name for span in self.all()]

    def one(self, name: str = "") -> ReadableSpan:
        (found,) = [span for span in self.all() if name in ("", span.name)]
        return found

    def said(self, name: str = "") -> dict[str, Any]:
        """The attributes of the only span of that name, JSON texts read."""
        return {key: parsed(value) for key, value in (self.one(name).attributes or {}).items()}

    def parent(self, name: str) -> str:
        """The name of the span above; empty at the root."""
        above = self.one(name).parent
        ids = {span.context.span_id: span.name for span in self.all() if span.context}
        return ids[above.span_id] if above is not None else ""


@cache
def _exporter() -> InMemorySpanExporter:
    """One for the process: a provider is set once and for all."""
    exporter = InMemorySpanExporter()
    if isinstance(get_tracer_provider(), ProxyTracerProvider):
        set_tracer_provider(TracerProvider())
    provider = get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    monkeypatch.setattr(_provider._state, "settings", None)
    exporter = _exporter()
    exporter.clear()
    yield Spans(exporter)
    exporter.clear()
