"""Evaluations that people gave and telemetry carries: feedback like any other."""

from __future__ import annotations

import hashlib

from steelyard.traces._batch import SpanScore
from steelyard.traces._feedback import Feedback, FeedbackKind, tone_of

_PEOPLE = "HUMAN"
_UP = frozenset({"up", "thumbs-up", "thumbs_up", "thumbs up", "👍"})
_DOWN = frozenset({"down", "thumbs-down", "thumbs_down", "thumbs down", "👎"})
_LARGEST = 1e100


def human_feedback(score: SpanScore) -> Feedback | None:
    """The feedback that a score is, when a person gave it; None for judges, code, and what names no trace.

    OpenInference says who gave an annotation (`annotator_kind`); a label such as `thumbs-down` is a thumb.
    """
    if score.evaluator.upper() != _PEOPLE or score.error or not any(score.trace_id):
        return None
    label = score.label.strip().lower()
    kind: FeedbackKind = "text" if score.value is None else "score"
    value = score.value
    if label in _UP or label in _DOWN:
        kind, value = "thumb", float(label in _UP)
    elif value is not None and abs(value) > _LARGEST:
        return None
    said = repr(tuple(score)).encode("utf-8", "backslashreplace")
    return Feedback(
        id=f"otlp-{hashlib.blake2b(said, digest_size=16).hexdigest()}",
        kind=kind,
        trace_id=score.trace_id.hex(),
        span_id=score.span_id.hex() if any(score.span_id) else "",
        name=score.name,
        value=value,
        label="" if kind == "thumb" else score.label,
        text=score.explanation,
        tone=tone_of(kind, score.name, value),
        given_us=score.time_us,
    )
