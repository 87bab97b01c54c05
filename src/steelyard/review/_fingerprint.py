"""What a run's inputs and answers look like, and whether another run's look alike.

The test for *changed*: for every slice dimension, the words of the inputs, the length of the inputs and the
length of the answers, the distance between the two runs must be at least 0.1 of all cases **and** larger than
chance gives once in a thousand, Bonferroni-corrected for the number of comparisons. The first keeps large
runs from finding trifles, the second keeps small ones from finding noise. Distances: total variation for
slices, the largest difference of shares of inputs with a word of a bucket for words, Kolmogorov-Smirnov at
the stored deciles for lengths. The judge's share of yes is recorded and never tested: that the candidate is
better or worse is what one wants to measure, and the correction allows for it.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from steelyard.core import Json, canonical_json
from steelyard.runs import Sample

_BUCKETS = 64
_ALPHA = 0.001
_LEAST = 0.1
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Shapes of one run's inputs and answers."""

    n: int
    """Samples."""
    slices: Mapping[str, Mapping[str, int]]
    """Samples by slice dimension and value."""
    words: Sequence[int]
    """Samples whose input has a word of each of 64 buckets."""
    input_lengths: Sequence[float]
    """Deciles of the inputs' lengths, in characters: 9 numbers, and the lengths' ends."""
    answer_lengths: Sequence[float]
    """The same of the answers."""
    verdict_mean: float | None
    """The judge's mean score; recorded, not tested."""

    def as_json(self) -> dict[str, Json]:
        """The form that is stored with a calibration."""
        return {
            "n": self.n,
            "slices": {name: dict(values) for name, values in self.slices.items()},
            "words": list(self.words),
            "input_lengths": list(self.input_lengths),
            "answer_lengths": list(self.answer_lengths),
            "verdict_mean": self.verdict_mean,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """A run's fingerprint with the lengths behind it, so that it can be held against another's."""

    fingerprint: Fingerprint
    """What is stored."""
    input_lengths: np.ndarray[tuple[int], np.dtype[np.float64]]
    """Length of every input."""
    answer_lengths: np.ndarray[tuple[int], np.dtype[np.float64]]
    """Length of every answer."""


def shapes_of(samples: Iterable[Sample], *, verdict_mean: float | None = None) -> Shapes:
    """The shapes of a run's samples."""
    slices: dict[str, Counter[str]] = {}
    words = np.zeros(_BUCKETS, np.int64)
    inputs: list[int] = []
    answers: list[int] = []
    for sample in samples:
        given = sample.case.input
        text = given if isinstance(given, str) else canonical_json(sample.case.as_json().get("input"))
        inputs.append(len(text))
        answers.append(len(sample.output.text))
        words[sorted(_buckets(text))] += 1
        for name, value in sample.case.slices.items():
            slices.setdefault(name, Counter())[value] += 1
    found = Fingerprint(
        n=len(inputs),
        slices={name: dict(sorted(counts.items())) for name, counts in sorted(slices.items())},
        words=words.tolist(),
        input_lengths=_deciles(inputs),
        answer_lengths=_deciles(answers),
        verdict_mean=verdict_mean,
    )
    return Shapes(
        fingerprint=found,
        input_lengths=np.asarray(inputs, np.float64),
        answer_lengths=np.asarray(answers, np.float64),
    )


def fingerprint_from_json(row: Mapping[str, Json]) -> Fingerprint:
    """The fingerprint that was stored."""
    return Fingerprint(
        n=cast("int", row["n"]),
        slices=cast("Mapping[str, Mapping[str, int]]", row["slices"]),
        words=cast("Sequence[int]", row["words"]),
        input_lengths=cast("Sequence[float]", row["input_lengths"]),
        answer_lengths=cast("Sequence[float]", row["answer_lengths"]),
        verdict_mean=cast("float | None", row["verdict_mean"]),
    )


def shape_changes(before: Fingerprint, now: Shapes) -> list[str]:
    """In words, what looks different by the module's test; empty when nothing does."""
    after = now.fingerprint
    if not before.n or not after.n:
        return []
    names = sorted({*before.slices, *after.slices})
    alpha = _ALPHA / (len(names) + 3)
    noise = math.sqrt(1.0 / before.n + 1.0 / after.n)
    changed = [
        f"the mix of slice '{name}'"
        for name in names
        if _slices_changed(before, after, name, alpha=alpha, noise=noise)
    ]
    shares = np.abs(np.asarray(before.words) / before.n - np.asarray(after.words) / after.n)
    critical = math.sqrt(math.log(2.0 * _BUCKETS / alpha) / 2.0) * noise
    if float(shares.max()) >= max(_LEAST, critical):
        changed.append("the words of the inputs")
    ks = math.sqrt(math.log(2.0 / alpha) / 2.0) * noise
    for stored, lengths, what in (
        (before.input_lengths, now.input_lengths, "inputs"),
        (before.answer_lengths, now.answer_lengths, "answers"),
    ):
        if _lengths_apart(stored, lengths) >= max(_LEAST, ks):
            changed.append(f"the length of the {what}")
    return changed


def _slices_changed(
    before: Fingerprint, after: Fingerprint, name: str, *, alpha: float, noise: float
) -> bool:
    """Whether the shares of a dimension's values differ; samples without one are a value of their own.

    The bound on total variation of two samples: √(k ln 2 + ln 1/α) / √2 times √(1/n + 1/m) over k values
    (Weissman et al., *Inequalities for the L1 deviation of the empirical distribution*, HP Labs 2003).
    """
    old, new = before.slices.get(name, {}), after.slices.get(name, {})
    values = sorted({*old, *new})
    first = [old.get(value, 0) / before.n for value in values]
    second = [new.get(value, 0) / after.n for value in values]
    first.append(1.0 - sum(first))
    second.append(1.0 - sum(second))
    distance = sum(abs(a - b) for a, b in zip(first, second, strict=True)) / 2.0
    critical = math.sqrt((len(first) * math.log(2.0) - math.log(alpha)) / 2.0) * noise
    return distance >= max(_LEAST, critical)


def _lengths_apart(stored: Sequence[float], lengths: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Largest gap of the distribution functions at the stored deciles."""
    marks = np.asarray(stored[1:-1], np.float64)
    ordered = np.sort(lengths)
    at_most = np.searchsorted(ordered, marks, side="right") / ordered.size
    below = np.searchsorted(ordered, marks, side="left") / ordered.size
    expected = np.arange(1, marks.size + 1) / (marks.size + 1)
    gap = np.maximum(np.maximum(expected - at_most, below - expected), 0.0)
    return float(gap.max()) if gap.size else 0.0


def _deciles(lengths: Sequence[int]) -> list[float]:
    if not lengths:
        return []
    return [float(value) for value in np.quantile(np.asarray(lengths, np.float64), np.linspace(0, 1, 11))]


def _buckets(text: str) -> set[int]:
    words = text.lower().split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]
    return {zlib.crc32(word.encode("utf-8", "surrogatepass")) % _BUCKETS for word in words}
