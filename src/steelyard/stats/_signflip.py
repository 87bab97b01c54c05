"""The sign-flip test: were the differences as likely to point the other way?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steelyard.stats._mcnemar import exact_mcnemar

Floats = NDArray[np.float64]

RESAMPLES = 9_999
_EXACT_UNITS = 14
_MOST_LEVELS = 256
_SINGLE_LEVELS = 64
_TIE = 1 - 1e-9


def sign_flip_p(totals: Floats, *, rng: np.random.Generator, resamples: int = RESAMPLES) -> float:
    """Two-sided p-value of "the differences are symmetric about zero", by flipping whole units.

    `totals` holds one sum of (weighted) differences for each independent unit. Up to 14 units that are not
    zero are enumerated; equal sizes give the binomial distribution; otherwise seeded draws, counted with
    the observed one, so that p is never 0 and the test is exact at any number of draws.

    Source: Fisher, *The Design of Experiments* (1935) §21; Phipson and Smyth, *Permutation p-values should
    never be zero*, Statistical Applications in Genetics and Molecular Biology 9 (2010) 39.
    """
    moved = totals[totals != 0]
    sizes = np.abs(moved)
    if not len(sizes):
        return 1.0
    if np.ptp(sizes) <= 1e-12 * sizes.max():
        return exact_mcnemar(int(np.sum(moved > 0)), int(np.sum(moved < 0)))
    observed = abs(float(moved.sum())) * _TIE
    if len(sizes) <= _EXACT_UNITS:
        return float(np.mean(np.abs(_all_sums(sizes)) >= observed))
    drawn = _draw_sums(sizes, rng=rng, resamples=resamples)
    return float((1 + np.sum(np.abs(drawn) >= observed)) / (resamples + 1))


def _all_sums(sizes: Floats) -> Floats:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _draw_sums(sizes: Floats, *, rng: np.random.Generator, resamples: int) -> Floats:
    """Random signed sums, by level: equal sizes share one binomial draw.

    Past 256 distinct sizes the largest 64 stay alone and the others join neighbours of nearly the same
    size, whose remaining scatter is added as a normal draw of the right variance. 100,000 units cost as
    much as 256.
    """
    levels, counts = np.unique(sizes, return_counts=True)
    scatter = 0.0
    if len(levels) > _MOST_LEVELS:
        levels, counts, scatter = _join(np.sort(sizes))
    sums = np.zeros(resamples)
    for level, count in zip(levels, counts, strict=True):
        sums += level * (2.0 * rng.binomial(int(count), 0.5, size=resamples) - float(count))
    if scatter:
        sums += np.sqrt(scatter) * rng.standard_normal(resamples)
    return sums


def _join(ordered: Floats) -> tuple[Floats, NDArray[np.int64], float]:
    body, alone = ordered[:-_SINGLE_LEVELS], ordered[-_SINGLE_LEVELS:]
    starts = np.unique(
        np.linspace(0, len(body), _MOST_LEVELS - _SINGLE_LEVELS, endpoint=False).astype(np.int64)
    )
    counts = np.diff(np.append(starts, len(body)))
    means = np.add.reduceat(body, starts) / counts
    scatter = float(np.sum((body - np.repeat(means, counts)) ** 2))
    ones = np.ones(len(alone), np.int64)
    return np.concatenate([means, alone]), np.concatenate([counts, ones]), scatter
