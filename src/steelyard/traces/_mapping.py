"""From a span of OTLP to canonical columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.core import Json
from steelyard.targets import Price, PriceTable, bundled_prices
from steelyard.traces._names import KIND_WORDS, SLOTS
from steelyard.traces._preview import preview
from steelyard.traces._record import MODEL_KINDS, SpanKind, SpanRow
from steelyard.traces._times import moment_ns
from steelyard.traces._values import json_of, parsed, shown

WORD = 200
"""Characters that are kept of a name; the payload has all of it."""
_ERROR = 200
_EARLIEST_NS = 946_684_800 * 10**9
_LATEST_NS = 4_102_444_800 * 10**9
_WORDS = frozenset(
    {
        "operation", "service", "provider", "request_model", "response_model", "agent", "tool", "user",
        "session", "slice",
    }
)  # fmt: skip
_COUNTS = frozenset({"input_tokens", "output_tokens", "cache_read", "cache_write", "reasoning"})
_WORD_FORM, _COUNT_FORM, _OTHER_FORM = range(3)


def _form(slot: str) -> int:
    return _WORD_FORM if slot in _WORDS else _COUNT_FORM if slot in _COUNTS else _OTHER_FORM


_PLACES = {
    name: (slot, rank, _form(slot)) for slot, names in SLOTS.items() for rank, name in enumerate(names)
}
_NO_SPAN = bytes(8)
_FIRST_TOKEN_EVENTS = frozenset({"First Token Stream Event", "ai.stream.firstChunk", "gen_ai.first_token"})

_PLAIN = ("string_value", "int_value", "double_value")

_COSTS = frozenset({"cost", "cost_details", "cost_prompt", "cost_completion"})
_USAGE = _COUNTS | {"usage_details"}
_USAGE_PARTS = _USAGE - {"input_tokens", "output_tokens"}
_KIND_SLOTS = ("kind", "operation", "vendor_kind")
_FIRST_TOKEN = frozenset({"first_token_s", "first_token_ms", "first_token_at"})

Slots = dict[str, Any]
Counts = tuple[int | None, int | None, int | None, int | None]
"""Tokens in, out, cached, reasoning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSettings:
    """What mapping may be told."""

    prices: PriceTable = field(default_factory=bundled_prices)
    """What tokens cost where the producer does not say."""
    slice_attributes: tuple[str, ...] = ()
    """Attributes of span or resource whose value is the slice, before the usual ones."""


class Mapper:
    """Maps spans; one for each set of settings, from any thread."""

    def __init__(self, settings: MappingSettings | None = None) -> None:
        self._settings = settings or MappingSettings()
        own = {
            name: ("slice", rank - len(self._settings.slice_attributes), _WORD_FORM)
            for rank, name in enumerate(self._settings.slice_attributes)
        }
        self._places = {**_PLACES, **own}
        self._price = lru_cache(maxsize=4096)(self._settings.prices.price_of)

    def resource(self, resource: Resource) -> Slots:
        """What the spans of a resource have in common."""
        return self._slots(resource.attributes, {})

    def span(self, span: OtlpSpan, common: Slots) -> SpanRow:
        """The columns of one span; `common` is what `resource` gave."""
        slots = self._slots(span.attributes, common)
        get = slots.get
        asked = get("request_model", "")
        model = get("response_model", "") or asked
        kind = _kind(slots, model)
        start, duration = _times(span)
        usage = _usage(slots)
        cost, priced = self._cost(slots, usage, model, kind)
        error = _error(span, slots)
        parent = span.parent_span_id
        row = (
            span.trace_id,
            span.span_id,
            parent if len(parent) == 8 and parent != _NO_SPAN else b"",
            span.name[:WORD],
            kind,
            get("operation", ""),
            get("service", ""),
            get("provider", ""),
            model,
            asked,
            get("agent", ""),
            get("tool", ""),
            get("user", ""),
            get("session", ""),
            get("slice", ""),
            start,
            duration,
            _first_token(span, slots),
            error is not None,
            error or "",
            *usage,
            cost,
            priced,
            preview(get("input"), last=True),
            preview(get("output"), last=False),
        )
        return _NEW_ROW(SpanRow, row)

    def _slots(self, attributes: Iterable[KeyValue], common: Slots) -> Slots:
        """Slot to value, of the most believed name that is present; names and models as text.

        What the span says itself goes before what it has in common with others.
        """
        found = common.copy()
        ranks: dict[str, int] = {}
        place_of = self._places.get
        for item in attributes:
            place = place_of(item.key)
            if place is None:
                continue
            slot, rank, form = place
            if ranks.get(slot, rank) < rank:
                continue
            value = item.value
            plain: Any = value.int_value if form == _COUNT_FORM else value.string_value
            if not plain:
                kind = value.WhichOneof("value")
                if kind is None:
                    continue
                plain = getattr(value, kind) if kind in _PLAIN else json_of(value)
                plain = shown(plain) if form == _WORD_FORM else plain
            found[slot] = plain[:WORD] if form == _WORD_FORM else plain
            ranks[slot] = rank
        return found

    def _cost(self, slots: Slots, usage: Counts, model: str, kind: SpanKind) -> tuple[float | None, str]:
        given = None if slots.keys().isdisjoint(_COSTS) else _produced_cost(slots)
        if given is not None:
            return given, "producer"
        read, written, cached, _ = usage
        if read is None or not model or kind not in MODEL_KINDS:
            return None, ""
        price: Price | None = self._price(model)
        if price is None:
            return None, ""
        cost = price.amount(read, 0 if written is None and kind == "embedding" else written, cached)
        return cost, "" if cost is None else self._settings.prices.version


_NEW_ROW: Callable[[type[SpanRow], tuple[Any, ...]], SpanRow] = tuple.__new__
"""A row without a look at the number of its fields: the types of `span` say it."""


def _kind(slots: Slots, model: str) -> SpanKind:
    """By the first word for it that is known; otherwise a tool by its name, a model call by its model."""
    for slot in _KIND_SLOTS:
        if slot in slots and (known := KIND_WORDS.get(str(slots[slot]).lower())) is not None:
            return known
    if "tool" in slots:
        return "tool"
    return "llm" if model else "step"


def _times(span: OtlpSpan) -> tuple[int | None, int | None]:
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    usable = _EARLIEST_NS <= start < _LATEST_NS
    if not usable:
        return None, None
    return start // 1000, (end - start) // 1000 if start <= end < _LATEST_NS else None


def _first_token(span: OtlpSpan, slots: Slots) -> int | None:
    if slots.keys().isdisjoint(_FIRST_TOKEN) and not len(span.events):
        return None
    seconds = _real(slots.get("first_token_s"))
    if seconds is None:
        milliseconds = _real(slots.get("first_token_ms"))
        seconds = None if milliseconds is None else milliseconds / 1000
    if seconds is not None:
        return round(seconds * 1e6) if 0 <= seconds < 86_400 else None
    at = moment_ns(slots["first_token_at"]) if "first_token_at" in slots else None
    if at is None and len(span.events):
        at = next((event.time_unix_nano for event in span.events if event.name in _FIRST_TOKEN_EVENTS), None)
    start = span.start_time_unix_nano
    return (at - start) // 1000 if at is not None and start <= at < start + 86_400 * 10**9 else None


def _usage(slots: Slots) -> Counts:
    """Tokens in, out, cached and reasoning, with parts as parts: never added to totals.

    By the conventions `input_tokens` includes cached tokens. A producer whose cached tokens exceed its input
    counts them beside it (as Anthropic's own API does): then, and only then, they are added.
    """
    if slots.keys().isdisjoint(_USAGE):
        return None, None, None, None
    if slots.keys().isdisjoint(_USAGE_PARTS):
        return _count(slots.get("input_tokens")), _count(slots.get("output_tokens")), None, None
    details = parsed(slots["usage_details"]) if "usage_details" in slots else None
    given: Mapping[str, Json] = details if isinstance(details, Mapping) else {}
    read = _count(slots.get("input_tokens"))
    written = _count(slots.get("output_tokens"))
    if read is None and written is None and given:
        read = _first_count(given, "input", "input_tokens", "prompt_tokens")
        written = _first_count(given, "output", "output_tokens", "completion_tokens")
    cached, stored = _count(slots.get("cache_read")), _count(slots.get("cache_write"))
    if cached is None and given:
        cached = _first_count(given, "cache_read_input_tokens", "input_cached_tokens", "input_cache_read")
    parts = (cached or 0) + (stored or 0)
    if read is not None and parts > read:
        read += parts
    reasoning = _count(slots.get("reasoning"))
    if written is not None and reasoning is not None and reasoning > written:
        written += reasoning
    return read, written, cached, reasoning


def _produced_cost(slots: Slots) -> float | None:
    given = _amount(slots.get("cost"))
    if given is None and "cost_details" in slots:
        details = parsed(slots["cost_details"])
        if isinstance(details, Mapping):
            given = _amount(details.get("total"))
            if given is None:
                parts = [amount for item in details.values() if (amount := _amount(item)) is not None]
                given = sum(parts) if parts else None
    if given is None and ("cost_prompt" in slots or "cost_completion" in slots):
        parts = [_amount(slots.get(name)) or 0.0 for name in ("cost_prompt", "cost_completion")]
        given = sum(parts)
    return given


def _error(span: OtlpSpan, slots: Slots) -> str | None:
    """What went wrong; None when nothing did."""
    failed = span.HasField("status") and span.status.code == 2
    kind = slots.get("error_type")
    if not failed and kind is None:
        return None
    message = span.status.message
    if not message and len(span.events):
        message = next((found for event in span.events if (found := _exception(event))), "")
    return (message or shown(kind) or "error without a message")[:_ERROR]


def _exception(event: OtlpSpan.Event) -> str:
    if event.name != "exception":
        return ""
    said = {item.key: item.value.string_value for item in event.attributes}
    kind, message = said.get("exception.type", ""), said.get("exception.message", "")
    return f"{kind}: {message}" if kind and message else kind or message


def _first_count(row: Mapping[str, Json], *names: str) -> int | None:
    return next((number for name in names if (number := _count(row.get(name))) is not None), None)


def _count(value: Any) -> int | None:
    if type(value) is int:
        return value if 0 <= value < 2**53 else None
    number = _real(value)
    return int(number) if number is not None and 0 <= number < 2**53 and number.is_integer() else None


def _amount(value: Any) -> float | None:
    number = _real(value)
    return number if number is not None and 0 <= number < 1e12 else None


def _real(value: Any) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
