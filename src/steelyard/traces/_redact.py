"""Redaction at ingest: what is taken out here is never stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.traces._decoded import Decoded

Redaction = Callable[[str], str]
"""Takes a text and returns what may be kept of it."""

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_KEY = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|github_pat_[A-Za-z0-9_]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|AIza[A-Za-z0-9_-]{35}|hf_[A-Za-z0-9]{30,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"
)
_BEARER = re.compile(r"\b([Bb]earer\s+)[A-Za-z0-9._~+/-]{16,}=*")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_DIGITS = re.compile(r"\d{4}[ -]?\d")


def redact_personal(text: str) -> str:
    """Replace e-mail addresses, access keys and card numbers by `[email]`, `[key]` and `[card]`.

    A card number is 13 to 19 digits, perhaps in groups, whose check digit is right (Luhn, ISO/IEC 7812-1).
    Keys are known by the prefixes that their issuers publish.
    """
    if "@" in text:
        text = _EMAIL.sub("[email]", text)
    text = _KEY.sub("[key]", text)
    if "earer" in text:
        text = _BEARER.sub(r"\1[key]", text)
    if _DIGITS.search(text) is not None:
        text = _CARD.sub(_card, text)
    return text


def _card(match: re.Match[str]) -> str:
    digits = [int(char) for char in match.group() if char.isdigit()]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return "[card]" if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else match.group()


def redact(decoded: Decoded, redaction: Redaction) -> None:
    """Apply a redaction to every text of a request: names, attributes, events, errors, bodies."""
    changed = False
    for group in decoded.spans:
        changed |= _attributes(group.resource.attributes, redaction)
        changed |= _attributes(group.scope.attributes, redaction)
        for span in group.spans:
            changed |= _span(span, redaction)
    for logs in decoded.logs:
        _attributes(logs.resource.attributes, redaction)
        for record in logs.records:
            _record(record, redaction)
    if changed:
        decoded.body = b""


def _span(span: OtlpSpan, redaction: Redaction) -> bool:
    changed = _attributes(span.attributes, redaction)
    name = redaction(span.name)
    if name != span.name:
        span.name, changed = name, True
    if span.status.message:
        message = redaction(span.status.message)
        if message != span.status.message:
            span.status.message, changed = message, True
    for event in span.events:
        changed |= _attributes(event.attributes, redaction)
    for link in span.links:
        changed |= _attributes(link.attributes, redaction)
    return changed


def _record(record: LogRecord, redaction: Redaction) -> None:
    _attributes(record.attributes, redaction)
    _value(record.body, redaction)


def _attributes(attributes: Iterable[KeyValue], redaction: Redaction) -> bool:
    changed = False
    for item in attributes:
        changed |= _value(item.value, redaction)
    return changed


def _value(value: AnyValue, redaction: Redaction) -> bool:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        before = value.string_value
        after = redaction(before)
        if after == before:
            return False
        value.string_value = after
        return True
    if kind == "array_value":
        changed = False
        for item in value.array_value.values:
            changed |= _value(item, redaction)
        return changed
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values, redaction)
    return False
