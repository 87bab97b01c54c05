"""Answers that were fixed or broken, each counted once however many metrics saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.core import Comparison, Flip
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import count, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One answer that some metrics call fixed, or broken."""

    flip: Flip
    """The case with both answers, as the first of the metrics saw it."""
    metrics: tuple[str, ...]
    """The metrics."""


def changed_answers(flips: Sequence[Flip]) -> list[Changed]:
    """The flips by answer, a case in an epoch, in their order."""
    metrics: dict[tuple[str, int], list[str]] = {}
    first: dict[tuple[str, int], Flip] = {}
    for flip in flips:
        key = (flip.case_id, flip.epoch)
        first.setdefault(key, flip)
        metrics.setdefault(key, []).append(flip.metric)
    return [Changed(flip=flip, metrics=tuple(metrics[key])) for key, flip in first.items()]


def flipped_metrics(comparison: Comparison) -> list[str]:
    """The metrics by which any answer was fixed or broken."""
    return list(dict.fromkeys(flip.metric for flip in (*comparison.broken, *comparison.fixed)))


def flips_words(comparison: Comparison) -> str:
    """`3 answers broken (right before, wrong now), 2 fixed.`, by metric too where several; else empty."""
    if not comparison.broken and not comparison.fixed:
        return ""
    broken, fixed = (len(changed_answers(flips)) for flips in (comparison.broken, comparison.fixed))
    total = f"{counted(broken, 'answer')} broken (right before, wrong now), {count(fixed)} fixed"
    metrics = flipped_metrics(comparison)
    if len(metrics) < 2:
        return f"{total}."
    by_metric = (
        f"{one_line(metric)} {_count(comparison.broken, metric)} broken, "
        f"{_count(comparison.fixed, metric)} fixed"
        for metric in metrics
    )
    return f"{total}, each counted once. By metric: {'; '.join(by_metric)}."


def _count(flips: Sequence[Flip], metric: str) -> str:
    return count(sum(flip.metric == metric for flip in flips))
