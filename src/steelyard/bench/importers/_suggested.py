"""Which recorded scores to show first."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.bench._imported import ImportedRun

_FIRST = ("pass", "score")


def suggested_metrics(
    runs: Sequence[ImportedRun], mapped: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Metrics to score with, and notes on recorded scores that are not among them.

    The verdict comes first, then scores that every judged answer has and that say something of their
    own, then the metrics that asserts were mapped to.
    """
    outputs = [output for run in runs for output in run.outputs.values() if output.fault is None]
    judged = [output.scores for output in outputs if output.scores]
    names = dict.fromkeys(name for scores in judged for name in scores)
    ordered = [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]
    shown: dict[tuple[float | None, ...], str] = {}
    partly = []
    for name in ordered:
        column = tuple(scores.get(name) for scores in judged)
        if name not in _FIRST and any(
            value is None and "pass" in scores for value, scores in zip(column, judged, strict=True)
        ):
            partly.append(name)
        else:
            shown.setdefault(column, name)
    notes = []
    if partly:
        listed = ", ".join(f"recorded:{name}" for name in partly[:10])
        more = f" and {len(partly) - 10} more" if len(partly) > 10 else ""
        notes.append(f"scores that only some answers have, to be asked for by name: {listed}{more}")
    return (*(f"recorded:{name}" for name in shown.values()), *mapped), tuple(notes)
