"""Records as columns and back: metric declarations and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from steelyard.core import (
    Direction,
    Failed,
    Json,
    MetricSpec,
    Scale,
    Score,
    Scored,
    Skipped,
    StoreError,
    canonical_json,
    parse_json,
)
from steelyard.runs import STATE_FAILED, STATE_SCORED, STATE_SKIPPED
from steelyard.store._text import decode_text, encode_text

ScoreColumns = tuple[int, float | None, int, str | None, str | None]
"""state, value, extracted, note, detail."""


def as_object(value: Json) -> Mapping[str, Json]:
    """A stored JSON value that must be an object; raises StoreError when it is not."""
    if not isinstance(value, Mapping):
        raise StoreError("a stored record is damaged", hint="Restore the store from a backup")
    return value


def as_list(value: Json) -> Sequence[Json]:
    """A stored JSON value that must be a list; raises StoreError when it is not."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise StoreError("a stored record is damaged", hint="Restore the store from a backup")
    return value


def spec_from_json(text: str) -> MetricSpec:
    """A metric's declaration from its stored JSON."""
    row: Mapping[str, Any] = as_object(parse_json(text))
    low, high = row["range"]
    return MetricSpec(
        name=row["name"],
        version=row["version"],
        label=row["label"],
        settings=row["settings"],
        direction=cast("Direction", row["direction"]),
        scale=cast("Scale", row["scale"]),
        range=(low, high),
        measure=row["measure"],
        corpus=row["corpus"],
        failure=row["failure"],
    )


def score_columns(score: Score) -> ScoreColumns:
    """A score as columns."""
    if isinstance(score, Scored):
        note = encode_text(score.reason) if score.reason else None
        detail = canonical_json(score.detail) if score.detail else None
        return (STATE_SCORED, float(score.value), int(score.extracted), note, detail)
    if isinstance(score, Failed):
        kept = canonical_json(score.detail) if score.detail else None
        return (STATE_FAILED, None, 1, encode_text(score.error), kept)
    kept = canonical_json(score.detail) if score.detail else None
    return (STATE_SKIPPED, None, 1, encode_text(score.reason), kept)


def score_from_columns(columns: ScoreColumns) -> Score:
    """The score that `score_columns` was given."""
    state, value, extracted, note, detail = columns
    text = decode_text(note or "")
    if state == STATE_FAILED:
        return Failed(error=text, detail=as_object(parse_json(detail)) if detail else {})
    if state == STATE_SKIPPED or value is None:
        return Skipped(reason=text, detail=as_object(parse_json(detail)) if detail else {})
    return Scored(
        value=value,
        reason=text,
        extracted=bool(extracted),
        detail=as_object(parse_json(detail)) if detail else {},
    )
