"""Scores that come with traffic: `gen_ai.evaluation.result` events, and OpenInference's annotations."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping

from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.core import Json
from steelyard.traces._batch import SpanScore
from steelyard.traces._values import attributes_json, shown

EVALUATION = "gen_ai.evaluation.result"
_ANNOTATION = re.compile(
    r"^(?P<of>trace\.|session\.)?(?:annotations\.(?P<a>\d{1,4})\.annotation"
    r"|evaluations\.(?P<e>\d{1,4})\.evaluation)\.(?P<field>name|score|label|explanation|annotator_kind)$"
)
_LONGEST = 4000


def may_judge(body: bytes) -> bool:
    """False where the protobuf of a request holds no score at all; True where there is none to look at."""
    return not body or any(sign in body for sign in _SIGNS)


def span_scores(span: OtlpSpan) -> Iterator[SpanScore]:
    """The scores that a span carries in events or attributes."""
    for event in span.events:
        if event.name == EVALUATION:
            yield from evaluation(
                attributes_json(event.attributes),
                trace_id=span.trace_id,
                span_id=span.span_id,
                time_ns=event.time_unix_nano,
            )
    names = [item.key for item in span.attributes if item.key.startswith(_PREFIXES)]
    if names:
        yield from _annotations(span, attributes_json(span.attributes))


_SIGNS = (EVALUATION.encode(), b"annotations.", b"evaluations.")
_PREFIXES = ("annotations.", "evaluations.", "trace.annotations.", "trace.evaluations.")


def evaluation(
    row: Mapping[str, Json], *, trace_id: bytes, span_id: bytes, time_ns: int
) -> Iterator[SpanScore]:
    """The score of one evaluation event; nothing without a name."""
    name = row.get("gen_ai.evaluation.name")
    if not isinstance(name, str) or not name:
        return
    yield SpanScore(
        trace_id=trace_id,
        span_id=span_id,
        name=name[:200],
        value=_number(row.get("gen_ai.evaluation.score.value")),
        label=shown(row.get("gen_ai.evaluation.score.label"))[:200],
        explanation=shown(row.get("gen_ai.evaluation.explanation"))[:_LONGEST],
        evaluator=shown(row.get("gen_ai.evaluation.evaluator.kind"))[:20],
        error=shown(row.get("error.type"))[:200],
        time_us=time_ns // 1000 if 0 < time_ns < 2**62 else None,
    )


def _annotations(span: OtlpSpan, row: Mapping[str, Json]) -> Iterator[SpanScore]:
    """A span with a single link that only carries annotations judges the span it links to."""
    trace_id, span_id = span.trace_id, span.span_id
    if len(span.links) == 1 and len(span.links[0].trace_id) == 16 and len(span.links[0].span_id) == 8:
        trace_id, span_id = span.links[0].trace_id, span.links[0].span_id
    for (of, _), found in _by_number(row.items()).items():
        name = found.get("name")
        if isinstance(name, str) and name:
            yield SpanScore(
                trace_id=trace_id,
                span_id=b"" if of else span_id,
                name=name[:200],
                value=_number(found.get("score")),
                label=shown(found.get("label"))[:200],
                explanation=shown(found.get("explanation"))[:_LONGEST],
                evaluator=shown(found.get("annotator_kind"))[:20],
                error="",
                time_us=span.end_time_unix_nano // 1000 or None,
            )


def _by_number(pairs: Iterable[tuple[str, Json]]) -> dict[tuple[str, str], dict[str, Json]]:
    found: dict[tuple[str, str], dict[str, Json]] = {}
    for key, value in pairs:
        match = _ANNOTATION.match(key)
        if match is not None:
            number = f"a{match['a']}" if match["a"] else f"e{match['e']}"
            found.setdefault((match["of"] or "", number), {})[match["field"]] = value
    return found


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = float(value)
    return number if math.isfinite(number) else None
