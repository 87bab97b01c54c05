"""Posterior draws of a post-stratified mean, with a prior for each limit."""

from __future__ import annotations

import math

import numpy as np

from steelyard.core import Interval
from steelyard.stats._design import Floats
from steelyard.stats.judging._strata import Strata

DRAWS = 10_000

_JEFFREYS = 0.5
_NEAR_TOTAL = 1.0
_FAR_PRIOR = 0.6
_FAR_AT_MOST = 0.8
_FEW_LABELS = 20.0
_MANY_LABELS = 80.0
_LEAST = 1e-6


def limit_draws(
    strata: Strata, outcomes: Floats, *, finite: bool, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draws of the mean for its lower and for its upper limit.

    Jeffreys' prior adds half an answer to every outcome of every stratum. With several strata those halves
    add up, pull the mean inwards, and cost coverage: down to 88 % at a rate of .97. So each limit has a prior
    of its own, as the exact limits of Clopper and Pearson have. In the lower limit's, the lowest outcome
    gets one answer divided evenly over the strata (half an answer in each of two verdicts, as Jeffreys has
    it; never more), and the others only f × min(share of the items, share of the labels), at most f
    over all strata: .6 up to 20 labels, where counts are coarse, rising to .8 at 80. The upper limit's is the
    mirror image.

    A mean of "cases like these" has Dirichlet draws of the strata's shares; with `finite` ("these cases")
    the shares are known, labelled answers too, and the others are predicted.
    Source: post-stratification as in Gelman and Little, *Poststratification into many categories using
    hierarchical logistic regression*, Survey Methodology 23 (1997) 127-135; Jeffreys' prior, and how often
    it covers, in Brown, Cai and DasGupta, *Interval estimation for a binomial proportion*, Statistical
    Science 16 (2001) 101-133.
    """
    total = max(float(strata.effective.sum()), 1.0)
    small = _far(total) * np.minimum(strata.shares, strata.effective / total) + _LEAST
    lower, upper = (np.tile(small[:, None], (1, outcomes.size)) for _ in range(2))
    near = min(_JEFFREYS, _NEAR_TOTAL / len(strata.names))
    lower[:, int(np.argmin(outcomes))] = near
    upper[:, int(np.argmax(outcomes))] = near
    return (
        _means(strata, outcomes, lower, finite=finite, rng=rng),
        _means(strata, outcomes, upper, finite=finite, rng=rng),
    )


def _far(labels: float) -> float:
    """Answers that a limit's prior gives to the outcomes away from it."""
    risen = (labels - _FEW_LABELS) / (_MANY_LABELS - _FEW_LABELS)
    return _FAR_PRIOR + (_FAR_AT_MOST - _FAR_PRIOR) * min(1.0, max(0.0, risen))


def draws_interval(draws: tuple[Floats, Floats], *, level: float) -> Interval:
    """The equal-tailed interval of the two sets of draws."""
    tail = (1.0 - level) / 2.0
    return float(np.quantile(draws[0], tail)), float(np.quantile(draws[1], 1.0 - tail))


def _means(
    strata: Strata, outcomes: Floats, prior: Floats, *, finite: bool, rng: np.random.Generator
) -> Floats:
    shares = [_shares(counts + own, rng=rng) for counts, own in zip(strata.counts, prior, strict=True)]
    if not finite:
        weights = rng.dirichlet(strata.sizes / strata.design_effect, size=DRAWS)
        means = np.stack([share @ outcomes for share in shares], axis=1)
        return np.asarray((weights * means).sum(axis=1), np.float64)
    total = np.full(DRAWS, float(strata.sums.sum()))
    for share, left in zip(shares, strata.sizes - strata.labels, strict=True):
        expected = left * (share @ outcomes)
        drawn = rng.multinomial(int(left), share) @ outcomes
        # Dependent items vary more together than independent ones.
        total += expected + (drawn - expected) * math.sqrt(strata.design_effect)
    return np.asarray(total / strata.sizes.sum(), np.float64)


def _shares(parameters: Floats, *, rng: np.random.Generator) -> Floats:
    """Dirichlet draws, shape (draws, outcomes); beta draws for two outcomes, exact near 0 and 1."""
    if parameters.size == 2:
        second = rng.beta(parameters[1], parameters[0], size=DRAWS)
        return np.stack([1.0 - second, second], axis=1)
    return rng.dirichlet(parameters, size=DRAWS)
