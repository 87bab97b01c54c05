"""A rate corrected by a judge's errors on an external set: Rogan and Gladen, by test inversion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from steelyard.core import Interval, StatisticsError
from steelyard.stats._design import Floats
from steelyard.stats._proportion import wilson, wilson_limits
from steelyard.stats._result import MeanResult, check_level, nothing
from steelyard.stats._special import normal_quantile

METHOD = "Rogan-Gladen, score test inverted"

_GRID = 501
_BISECTIONS = 50
_FARTHEST = 35.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A judge's verdicts on items whose truth is known, from outside the set that is measured."""

    true_positives: int
    """Truly positive items that the judge called positive."""
    positives: int
    """Truly positive items."""
    true_negatives: int
    """Truly negative items that the judge called negative."""
    negatives: int
    """Truly negative items."""

    @property
    def sensitivity(self) -> float:
        """Share of truly positive items called positive."""
        return self.true_positives / self.positives

    @property
    def specificity(self) -> float:
        """Share of truly negative items called negative."""
        return self.true_negatives / self.negatives


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCorrection:
    """A rate as the judge saw it, and corrected by an external calibration."""

    judge_only: MeanResult
    """The share of items that the judge called positive."""
    corrected: MeanResult
    """Corrected; without a value where the calibration cannot tell the judge from chance."""
    informedness: float
    """Sensitivity + specificity − 1 of the calibration: 0 for chance, 1 for a perfect judge."""
    informedness_interval: Interval
    """Its interval at the level."""


def correct_from_calibration(
    positives: int, n: int, *, calibration: Calibration, level: float = 0.95
) -> ExternalCorrection:
    """Correct `positives` of `n` verdicts by errors measured elsewhere, assumed to be the same here.

    The value is (share + specificity − 1) / (sensitivity + specificity − 1), held within 0 and 1; the
    interval holds every rate that the score test does not reject, with the uncertainty of the verdicts and
    of both error rates. Where the interval of sensitivity + specificity − 1 includes 0 there is no value and
    the note says why. Prefer labels drawn from the items themselves (`correct_rate`): a judge's errors
    seldom carry over.

    Raises StatisticsError for impossible counts. Source: Rogan and Gladen, American Journal of Epidemiology
    107 (1978) 71-76; the score test under fitted nuisance rates as in Miettinen and Nurminen, Statistics in
    Medicine 4 (1985) 213-226; Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10, for the
    interval of sensitivity + specificity − 1.
    """
    check_level(level)
    _check(positives, n, calibration)
    limits = informedness_interval(calibration, level=level)
    informed = calibration.sensitivity + calibration.specificity - 1.0
    if limits[0] <= 0.0:
        note = (
            "the calibration cannot tell this judge from chance: sensitivity + specificity − 1 lies between "
            f"{limits[0]:.2f} and {limits[1]:.2f}, so no correction is possible"
        )
        corrected = nothing(level, method=METHOD, note=note)
    else:
        corrected = _corrected(positives, n, calibration, level=level)
    return ExternalCorrection(
        judge_only=wilson(positives, n, level=level),
        corrected=corrected,
        informedness=informed,
        informedness_interval=limits,
    )


def _corrected(positives: int, n: int, calibration: Calibration, *, level: float) -> MeanResult:
    informed = calibration.sensitivity + calibration.specificity - 1.0
    value = min(1.0, max(0.0, (positives / n + calibration.specificity - 1.0) / informed))
    critical = normal_quantile(0.5 + level / 2.0)
    rates = np.linspace(0.0, 1.0, _GRID)
    kept = rates[np.abs(_scores(rates, positives, n, calibration)) <= critical]
    low = high = value
    if kept.size:
        step = 1.0 / (_GRID - 1)
        below, above = np.linspace(kept[0] - step, kept[0], 41), np.linspace(kept[-1], kept[-1] + step, 41)
        fine = np.clip(np.concatenate([below, above]), 0.0, 1.0)
        kept = fine[np.abs(_scores(fine, positives, n, calibration)) <= critical]
        low, high = min(value, float(kept.min())), max(value, float(kept.max()))
    return MeanResult(
        value=value,
        interval=(low, high),
        level=level,
        method=METHOD,
        n=n,
        n_units=n,
        note="assumes that the judge errs here as on the calibration set",
    )


def _scores(rates: Floats, positives: int, n: int, calibration: Calibration) -> Floats:
    """Score statistic of every true rate θ: (q − θ·Se − (1 − θ)(1 − Sp)) over its error under θ.

    Under θ the three rates are fitted by maximum likelihood. With multiplier μ each solves
    k/p − (n − k)/(1 − p) = μc, a quadratic, and the constraint falls in μ, so bisection finds it.
    """
    counts = np.array([positives, calibration.true_positives, calibration.true_negatives], np.float64)[
        :, None
    ]
    totals = np.array([n, calibration.positives, calibration.negatives], np.float64)[:, None]
    factors = np.stack([np.ones_like(rates), -rates, 1.0 - rates])
    gap = (factors * (counts / totals)).sum(axis=0) - (1.0 - rates)
    low, high = np.full(rates.size, -_FARTHEST), np.full(rates.size, _FARTHEST)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        above = _constraint(np.sinh(middle), factors, counts, totals, rates) > 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    fitted = _fitted(np.sinh((low + high) / 2.0), factors, counts, totals)
    variance = (factors**2 * fitted * (1.0 - fitted) / totals).sum(axis=0)
    return np.asarray(gap / np.sqrt(np.maximum(variance, 1e-300)), np.float64)


def _constraint(multiplier: Floats, factors: Floats, counts: Floats, totals: Floats, rates: Floats) -> Floats:
    fitted = _fitted(multiplier, factors, counts, totals)
    return np.asarray((factors * fitted).sum(axis=0) - (1.0 - rates), np.float64)


def _fitted(multiplier: Floats, factors: Floats, counts: Floats, totals: Floats) -> Floats:
    """The root in [0, 1] of μc p² − (μc + n) p + k = 0, in the form that does not cancel."""
    pull = multiplier * factors
    b = totals + pull
    root = np.sqrt(np.maximum(b * b - 4.0 * pull * counts, 0.0))
    safe = np.where(b + root > 0.0, b + root, 1.0)
    direct = np.where(np.abs(pull) > 0.0, (b - root) / np.where(pull == 0.0, 1.0, 2.0 * pull), 0.0)
    return np.clip(np.where(b > 0.0, 2.0 * counts / safe, direct), 0.0, 1.0)


def informedness_interval(calibration: Calibration, *, level: float) -> Interval:
    """Newcombe's hybrid interval of sensitivity − (1 − specificity)."""
    first = wilson_limits(calibration.true_positives, calibration.positives, level=level)
    second = wilson_limits(
        calibration.negatives - calibration.true_negatives, calibration.negatives, level=level
    )
    hit, alarm = calibration.sensitivity, 1.0 - calibration.specificity
    low = hit - alarm - math.hypot(hit - first[0], second[1] - alarm)
    high = hit - alarm + math.hypot(first[1] - hit, alarm - second[0])
    return max(-1.0, low), min(1.0, high)


def _check(positives: int, n: int, calibration: Calibration) -> None:
    pairs = (
        (positives, n),
        (calibration.true_positives, calibration.positives),
        (calibration.true_negatives, calibration.negatives),
    )
    if not all(0 <= count <= total and total > 0 for count, total in pairs):
        raise StatisticsError(
            "a calibration needs truly positive and truly negative items, and counts that fit",
            hint="Give 0 ≤ correct ≤ items, with at least one item of each kind",
        )
