"""A span of OTLP as a step of an output's trace: what metrics of agents and judges read."""

from __future__ import annotations

from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.core import Json, Span
from steelyard.traces._decoded import SpanGroup
from steelyard.traces._detail import span_detail
from steelyard.traces._mapping import Mapper
from steelyard.traces._names import INPUT, OUTPUT
from steelyard.traces._pack import single_span
from steelyard.traces._record import SpanRow

_SHOWN_ELSEWHERE = frozenset((*INPUT, *OUTPUT, "input.mime_type", "output.mime_type"))


class SpanRecorder:
    """Makes recorded spans of OTLP's."""

    def __init__(self, mapper: Mapper | None = None) -> None:
        self._mapper = mapper or Mapper()

    def span(self, group: SpanGroup, span: OtlpSpan) -> Span:
        """The span under the name of what was called, its tokens and cost by their present names."""
        row = self._mapper.span(span, self._mapper.resource(group.resource))
        detail = span_detail(single_span(group, span))
        kept = {key: value for key, value in detail.attributes.items() if key not in _SHOWN_ELSEWHERE}
        return Span(
            name=_called(row),
            kind=row.kind,
            span_id=row.span_id.hex(),
            parent_id=row.parent_id.hex(),
            start_s=None if row.start_us is None else row.start_us / 1e6,
            duration_s=None if row.duration_us is None else row.duration_us / 1e6,
            input=detail.input,
            output=detail.output,
            error=row.error,
            attributes={**kept, **_figures(row)},
        )


def _called(row: SpanRow) -> str:
    own = {"tool": row.tool, "agent": row.agent, "llm": row.model, "embedding": row.model}
    return own.get(row.kind, "") or row.name


def _figures(row: SpanRow) -> dict[str, Json]:
    figures: dict[str, Json] = {
        "gen_ai.usage.input_tokens": row.input_tokens,
        "gen_ai.usage.output_tokens": row.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": row.cached_tokens,
        "gen_ai.usage.reasoning.output_tokens": row.reasoning_tokens,
        "cost_usd": row.cost_usd,
    }
    return {name: value for name, value in figures.items() if value is not None}
