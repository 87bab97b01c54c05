"""What the spans of an answer say it took."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steelyard.core import Json, Span, Usage

_COUNTS = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}
_COST = "cost_usd"


def spent_tokens(spans: Sequence[Span]) -> Usage:
    """The tokens of all spans, none counted twice; nothing where no span says.

    A span counts where nothing below it says any: an agent that repeats the sum of its calls, and a call that
    was instrumented twice, add nothing.
    """
    counted = _lowest(spans, lambda span: not span.attributes.keys().isdisjoint(_COUNTS.values()))
    sums = {field: _sum([span.attributes.get(name) for span in counted]) for field, name in _COUNTS.items()}
    known = {field: int(value) for field, value in sums.items() if value is not None}
    return Usage(**known)


def spent_money(spans: Sequence[Span]) -> float | None:
    """The US dollars of all spans, none counted twice; None where no span says."""
    counted = _lowest(spans, lambda span: _COST in span.attributes)
    return _sum([span.attributes.get(_COST) for span in counted])


def _lowest(spans: Sequence[Span], says: Callable[[Span], bool]) -> list[Span]:
    """The spans that say something and have nothing below them that does."""
    by_id = {span.span_id: span for span in spans if span.span_id}
    above: set[str] = set()
    for span in spans:
        if not says(span):
            continue
        at = span.parent_id
        while at in by_id and at not in above:
            above.add(at)
            at = by_id[at].parent_id
    return [span for span in spans if says(span) and span.span_id not in above]


def _sum(values: Sequence[Json]) -> float | None:
    known = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return sum(known) if known else None
