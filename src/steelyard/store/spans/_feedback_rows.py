"""Feedback as columns and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from steelyard.store._text import decode_text, encode_text
from steelyard.store.spans._numbers import moment_of
from steelyard.traces import FEEDBACK_KINDS, FEEDBACK_SOURCES, FEEDBACK_TONES, Feedback, StoredFeedback

KIND_NO = {kind: number for number, kind in enumerate(FEEDBACK_KINDS)}
TONE_NO = {tone: number for number, tone in enumerate(FEEDBACK_TONES)}
_SOURCE_NO = {source: number for number, source in enumerate(FEEDBACK_SOURCES)}
NEGATIVE = TONE_NO["negative"]
POSITIVE = TONE_NO["positive"]
WORDS = ("name_no", "session_no", "user_no", "label_no", "author_no")


def key_of(feedback_id: str) -> bytes:
    """The hash that feedback is found by."""
    return hashlib.blake2b(_bytes(feedback_id), digest_size=16).digest()


def digest_of(item: Feedback) -> bytes:
    """The hash of what was said; its time is left out: the same click twice says the same."""
    said = (
        item.kind, item.trace_id, item.span_id, item.session, item.user, item.name, item.value, item.label,
        item.text, item.tone, item.source,
    )  # fmt: skip
    return hashlib.blake2b(_bytes(repr(said)), digest_size=16).digest()


def words_of(items: Iterable[Feedback]) -> set[str]:
    """Every word that these refer to."""
    found: set[str] = set()
    for item in items:
        found.update((item.name, item.session, item.user, item.label, item.author))
    found.discard("")
    return found


def feedback_columns(item: Feedback, numbers: Mapping[str, int]) -> dict[str, Any]:
    """What an item says, by column; without its place, its project and where it belongs."""

    def word(text: str) -> int:
        return numbers[text] if text else 0

    return {
        "digest": digest_of(item),
        "kind": KIND_NO[item.kind],
        "tone": TONE_NO[item.tone],
        "source": _SOURCE_NO[item.source],
        "name_no": word(item.name),
        "trace_id": bytes.fromhex(item.trace_id) or None,
        "span_id": bytes.fromhex(item.span_id) or None,
        "session_no": word(item.session) or None,
        "user_no": word(item.user) or None,
        "value": item.value,
        "label_no": word(item.label),
        "text": encode_text(item.text) if item.text else None,
        "author_no": word(item.author),
        "given_us": item.given_us,
    }


def stored_feedback(row: Any, texts: Mapping[int, str]) -> StoredFeedback:
    """A row as it is shown."""

    def word(number: int | None) -> str:
        return texts.get(number, "") if number else ""

    return StoredFeedback(
        no=row.no,
        received=moment_of(row.no),
        revised=None if row.revised_us is None else datetime.fromtimestamp(row.revised_us / 1e6, UTC),
        feedback=Feedback(
            id=decode_text(row.id),
            kind=FEEDBACK_KINDS[row.kind],
            trace_id=bytes(row.trace_id or b"").hex(),
            span_id=bytes(row.span_id or b"").hex(),
            session=word(row.session_no),
            user=word(row.user_no),
            name=word(row.name_no),
            value=row.value,
            label=word(row.label_no),
            text=decode_text(row.text) if row.text else "",
            tone=FEEDBACK_TONES[row.tone],
            source=FEEDBACK_SOURCES[row.source],
            author=word(row.author_no),
            given_us=row.given_us,
        ),
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
