"""Single samples in a report: shown as data, or, when redacted, by name and score only."""

from __future__ import annotations

import json
from collections.abc import Sequence

from steelyard.core import Comparison, Flip, Json
from steelyard.reports._clean import one_line, visible
from steelyard.reports._example_row import ExampleKind, ExampleRow
from steelyard.reports._flips import Changed, changed_answers

KINDS: tuple[ExampleKind, ...] = ("broken", "fixed", "worst", "random")


def example_data(rows: Sequence[ExampleRow], *, redact: bool) -> tuple[dict[str, Json], ...]:
    """The rows as JSON objects, by kind, in the order given."""
    ordered = sorted(rows, key=lambda row: KINDS.index(row.kind))
    return tuple(_row(row, redact=redact) for row in ordered)


def flip_examples(comparison: Comparison, *, besides: Sequence[ExampleRow]) -> list[ExampleRow]:
    """The comparison's flips that are not among the samples given."""
    given = {(row.case_id, row.epoch, row.kind) for row in besides}
    kinds: tuple[tuple[ExampleKind, tuple[Flip, ...]], ...] = (
        ("broken", comparison.broken),
        ("fixed", comparison.fixed),
    )
    return [
        _from_flip(changed, kind)
        for kind, flips in kinds
        for changed in changed_answers(flips)
        if (changed.flip.case_id, changed.flip.epoch, kind) not in given
    ]


def _from_flip(changed: Changed, kind: ExampleKind) -> ExampleRow:
    flip = changed.flip
    before, after = ("1", "0") if kind == "broken" else ("0", "1")
    return ExampleRow(
        case_id=flip.case_id,
        kind=kind,
        epoch=flip.epoch,
        input=flip.input,
        expected=flip.expected,
        outputs=(flip.base_output, flip.candidate_output),
        scores=(
            ", ".join(f"{metric} {before}" for metric in changed.metrics),
            ", ".join(f"{metric} {after}" for metric in changed.metrics),
        ),
    )


def _row(row: ExampleRow, *, redact: bool) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "id": one_line(row.case_id),
        "kind": row.kind,
        "slice": one_line(row.slice),
        "epoch": row.epoch,
        "scores": [one_line(score) for score in row.scores],
    }
    if redact:
        return shown
    return {
        **shown,
        "input": _payload(row.input),
        "expected": _payload(row.expected),
        "outputs": [_payload(output) for output in row.outputs],
        "reason": visible(row.reason),
    }


def _payload(text: str) -> Json:
    """The text made visible and, where that changed it, the exact text as a JSON literal."""
    shown = visible(text)
    return {"text": shown, "raw": json.dumps(text) if shown != text else None}
