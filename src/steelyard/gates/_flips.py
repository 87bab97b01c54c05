"""Flips: which answers were fixed, and which were broken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steelyard.core import Flip, Json, canonical_json
from steelyard.gates._measure import binary
from steelyard.gates._pairing import Pairs
from steelyard.runs import Sample, SampleStore

SHOWN_CHARACTERS = 2_000
TEXTS = 1_000
"""Flips beyond this many are listed by id alone: nobody reads them, and reading them back takes time."""


def find_flips(
    pairs: Pairs, *, samples: SampleStore, base_run: str, candidate_run: str
) -> tuple[tuple[Flip, ...], tuple[Flip, ...]]:
    """(fixed, broken) for a binary metric; both empty for others. Sealed cases are never listed.

    A flaky system flips on its own: read flips as places to look, not as counts of improvement.
    """
    if pairs.metric.corpus or pairs.metric.direction == "neither" or not binary(pairs):
        return (), ()
    good = 1.0 if pairs.metric.direction == "higher" else 0.0
    changed: list[int] = np.flatnonzero((pairs.base != pairs.candidate) & ~pairs.sealed).tolist()
    keys = [pairs.keys[row] for row in changed]
    wanted = {key for key in keys[:TEXTS] if key[1] > 0}
    before = _texts(samples, base_run, wanted)
    after = _texts(samples, candidate_run, wanted)
    flips = [_flip(key, pairs.metric.key, before.get(key), after.get(key)) for key in keys]
    fixed = tuple(flip for flip, row in zip(flips, changed, strict=True) if pairs.candidate[row] == good)
    broken = tuple(flip for flip, row in zip(flips, changed, strict=True) if pairs.candidate[row] != good)
    return fixed, broken


def shorten(value: Json) -> str:
    """A value as text of at most 2,000 characters."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _texts(samples: SampleStore, run: str, keys: set[tuple[str, int]]) -> Mapping[tuple[str, int], Sample]:
    if not keys:
        return {}
    return {(sample.case.id, sample.epoch): sample for sample in samples.samples(run, keys=keys)}


def _flip(key: tuple[str, int], metric: str, before: Sample | None, after: Sample | None) -> Flip:
    case = before.case if before else None
    return Flip(
        case_id=key[0],
        epoch=key[1],
        input=shorten((case.input or list(case.turns)) if case else None),
        expected=shorten(case.expected if case else None),
        base_output=shorten(before.output.value if before else None),
        candidate_output=shorten(after.output.value if after else None),
        metric=metric,
    )
