"""Success in any, or in all, of k attempts."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Scale, StatisticsError
from steelyard.stats._design import Design, factorise, lay_out
from steelyard.stats._mean import estimate_mean
from steelyard.stats._result import MeanResult, sentences
from steelyard.stats._sample import too_few

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PassKind = Literal["pass@k", "pass^k"]


def pass_at_k(successes: ArrayLike, trials: ArrayLike, k: int) -> Floats:
    """For each case, the chance that at least one of k attempts succeeds: 1 − C(n − c, k) / C(n, k).

    M. Chen et al. 2021, Evaluating Large Language Models Trained on Code, equation 1: unbiased, unlike
    1 − (1 − c/n)^k. `successes` c and `trials` n are counts by case; `trials` may be one number for all.

    Raises StatisticsError unless 0 ≤ c ≤ n and 1 ≤ k ≤ n for every case.
    """
    c, n = _counts(successes, trials, k)
    return 1.0 - _share_of_draws(n - c, n, k)


def pass_hat_k(successes: ArrayLike, trials: ArrayLike, k: int) -> Floats:
    """For each case, the chance that all of k attempts succeed: C(c, k) / C(n, k).

    S. Yao et al. 2024, τ-bench, section 3: unbiased, unlike (c/n)^k. Arguments and errors as `pass_at_k`.
    """
    c, n = _counts(successes, trials, k)
    return _share_of_draws(c, n, k)


def estimate_passes(
    successes: ArrayLike,
    trials: ArrayLike,
    *,
    kind: PassKind = "pass^k",
    design: Design | None = None,
    level: float = 0.95,
) -> dict[int, MeanResult]:
    """pass@k or pass^k, averaged over cases, for k = 1 up to the fewest trials of any case.

    Repeats of one case are not new cases: cases are the units, or the clusters of cases in their `design`.
    At k = 1 the interval is the one of the success rate clustered by case; at k = n the values are 0 or 1 and
    Wilson's interval holds. Under 8 units no k is `gateable`, as for every mean of clusters. No cases give no
    entries. Raises StatisticsError as `pass_at_k` does, and for a design that does not fit the cases.
    """
    counts, n = _counts(successes, trials, 1)
    if counts.size == 0:
        return {}
    by_case = pass_at_k if kind == "pass@k" else pass_hat_k
    results = {1: _rate(counts, n, design, level=level)}
    for k in range(2, int(n.min()) + 1):
        values = by_case(counts, n, k)
        scale: Scale = "binary" if np.all(n == k) else "bounded"
        results[k] = estimate_mean(values, scale=scale, design=design, level=level)
    return {k: _shown_only(result) for k, result in results.items()}


def _shown_only(result: MeanResult) -> MeanResult:
    """The result, kept from deciding where its cases or groups are too few."""
    few = too_few(result.n_units, is_clustered=False)
    if not few or not result.gateable:
        return result
    return replace(result, gateable=False, note=sentences(result.note, few))


def _rate(successes: Counts, trials: Counts, design: Design | None, *, level: float) -> MeanResult:
    """The mean of the cases' success rates, every case as heavy as its design says."""
    case = np.repeat(np.arange(trials.size), trials)
    first = np.cumsum(trials) - trials
    outcome = (np.arange(case.size) - first[case] < successes[case]).astype(np.float64)
    given = design or Design()
    lay_out(given, trials.size)
    weights = np.ones(trials.size) if given.weights is None else np.asarray(given.weights, dtype=np.float64)
    owners = np.arange(trials.size) if given.clusters is None else factorise(given.clusters)
    attempts = Design(weights=weights[case] / trials[case], clusters=owners[case].tolist())
    return estimate_mean(outcome, scale="binary", design=attempts, level=level)


def _share_of_draws(good: Counts, n: Counts, k: int) -> Floats:
    """C(good, k) / C(n, k), as a product of ratios that neither overflows nor cancels."""
    steps = np.arange(k)
    ratios = (good[:, None] - steps) / (n[:, None] - steps)
    return np.asarray(np.where(good >= k, np.clip(ratios, 0.0, 1.0).prod(axis=1), 0.0))


def _counts(successes: ArrayLike, trials: ArrayLike, k: int) -> tuple[Counts, Counts]:
    c = np.atleast_1d(np.asarray(successes))
    n = np.broadcast_to(np.asarray(trials), c.shape)
    if c.size == 0:
        return c.astype(np.int64), n.astype(np.int64)
    if not (np.all(c == np.floor(c)) and np.all(n == np.floor(n))):
        raise StatisticsError("successes and trials must be whole numbers")
    if not np.all((c >= 0) & (c <= n)):
        raise StatisticsError("a case has fewer than 0 successes, or more than trials")
    if not 1 <= k <= int(n.min()):
        raise StatisticsError(
            f"k must lie between 1 and the fewest trials of a case, {int(n.min())}, not {k}"
        )
    return c.astype(np.int64), n.astype(np.int64)
