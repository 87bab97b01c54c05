"""Quantiles that can be merged: DDSketch with a relative error of 1 %.

C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", PVLDB 12(12), 2019. Value x > 0 falls into bucket ⌈log_γ x⌉ with
γ = (1 + α) / (1 − α); a bucket's estimate 2 γ^i / (γ + 1) is within α of every value in it. Durations are
whole microseconds up to a year, so that fewer than 1,600 buckets can exist and none need be collapsed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.01
GAMMA = (1 + ALPHA) / (1 - ALPHA)
_LOG = math.log(GAMMA)
_MOST = 31_557_600 * 10**6
PAIR = np.dtype([("bucket", "<u2"), ("count", "<u4")])


def sketch_of(values: Sequence[int]) -> bytes:
    """The sketch of durations in microseconds; those of 0 and 1 share a bucket."""
    known = np.minimum(np.asarray(values, dtype=np.float64), _MOST)
    buckets = np.ceil(np.log(np.maximum(known, 1)) / _LOG).astype(np.int64)
    counts = np.bincount(buckets)
    found = np.flatnonzero(counts)
    pairs = np.empty(len(found), dtype=PAIR)
    pairs["bucket"], pairs["count"] = found, counts[found]
    return pairs.tobytes()


def merge_sketches(sketches: Iterable[bytes]) -> bytes:
    """One sketch of the values of all."""
    buckets, counts = _dense(sketches)
    pairs = np.empty(len(buckets), dtype=PAIR)
    pairs["bucket"], pairs["count"] = buckets, np.minimum(counts, 2**32 - 1)
    return pairs.tobytes()


def sketch_quantiles(sketches: Iterable[bytes], levels: Sequence[float]) -> list[float]:
    """Quantiles, in microseconds, of the values of all sketches, each within 1 %; [] without values."""
    buckets, counts = _dense(sketches)
    if not len(buckets):
        return []
    below = np.cumsum(counts)
    ranks = np.asarray(levels) * (below[-1] - 1)
    places = np.searchsorted(below, ranks, side="right")
    estimates = 2 * GAMMA ** buckets[np.minimum(places, len(buckets) - 1)].astype(np.float64) / (GAMMA + 1)
    return [float(value) for value in estimates]


def _dense(sketches: Iterable[bytes]) -> tuple[NDArray[Any], NDArray[Any]]:
    pairs = np.frombuffer(b"".join(sketches), dtype=PAIR)
    totals = np.bincount(pairs["bucket"], weights=pairs["count"]).astype(np.int64)
    buckets = np.flatnonzero(totals)
    return buckets, totals[buckets]
