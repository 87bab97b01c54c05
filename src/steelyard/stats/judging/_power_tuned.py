"""PPI++: experts' mean, moved by what the judge says about the items they did not see."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Interval
from steelyard.stats._design import Floats
from steelyard.stats.judging._labels import Checked

RESAMPLES = 1_999

_CHUNK = 4_000_000
_LONG_LEAN = 0.1
_LONG_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A power-tuned mean."""

    value: float
    """The estimate."""
    judge_weight: float
    """λ in [0, 1]."""
    standard_error: float
    """Cluster-robust standard error; 0 when nothing varies."""
    interval: Interval | None
    """Two-sided interval; None when nothing varies."""
    method: str
    """The procedure in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    """Sums of the independent units that hold a label, and the moments of all others."""

    sums: Floats
    """Columns: w, wY, wf, wf², wfY of the labels, then f and number of all items; one row a unit."""
    others: tuple[float, float]
    """Judge's sum and number of items in units without a label."""
    others_noise: float
    """Variance of that sum around its number times the judge's mean."""


def power_tuned(grades: Floats, checked: Checked, *, level: float, rng: np.random.Generator) -> Tuned:
    """θ = Ȳ + λ (f̄ of all − f̄ of the labelled), with λ = Cov(Y, f) / Var(f) held within 0 and 1.

    Means of the labelled are Hájek's (inverse inclusion probabilities). The interval is the studentised
    bootstrap over units that hold a label, λ tuned anew in every resample, the judge's sum over the other
    units drawn from its normal limit; its long side is lengthened as `studentised_interval` does.

    Source: Angelopoulos, Duchi and Zrnic, *PPI++: Efficient prediction-powered inference* (2023),
    arXiv:2311.01453, eq. 3 and 8, where λ is ours times 1 − n/N; Efron 1981 for the bootstrap.
    """
    units = _units(grades, checked)
    whole = units.sums.sum(axis=0)[None, :]
    judge_sum = np.array([units.others[0]])
    value, weight = _estimate(whole, judge_sum, units.others[1])
    influence = _influence(units, value[0], weight[0], whole[0])
    error = math.sqrt(
        float(influence @ influence) * _small(len(influence)) + _rest(units, weight[0], whole[0])
    )
    interval = None
    if error > 1e-12 * max(1.0, abs(float(value[0]))):
        ratios = _studentised(units, float(value[0]), rng=rng)
        interval = _limits(ratios, float(value[0]), error, influence=influence, level=level)
    return Tuned(
        value=float(value[0]),
        judge_weight=float(weight[0]),
        standard_error=error,
        interval=interval,
        method="PPI++, cluster bootstrap-t" if checked.codes is not None else "PPI++, bootstrap-t",
    )


def _units(grades: Floats, checked: Checked) -> _Units:
    codes = np.arange(grades.size) if checked.codes is None else checked.codes
    count = int(codes.max()) + 1
    own, w, y = codes[checked.items], checked.given_weights / checked.given_weights.mean(), checked.values
    f = grades[checked.items]
    labelled = [
        np.bincount(own, weights=part, minlength=count) for part in (w, w * y, w * f, w * f * f, w * f * y)
    ]
    judged = np.bincount(codes, weights=grades, minlength=count)
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    held = labelled[0] > 0
    table = np.stack([*labelled, judged, sizes], axis=1)
    residuals = (judged - sizes * grades.mean())[~held]
    return _Units(
        sums=np.asarray(table[held], np.float64),
        others=(float(judged[~held].sum()), float(sizes[~held].sum())),
        others_noise=float(residuals @ residuals),
    )


def _estimate(sums: Floats, others: Floats, other_items: float) -> tuple[Floats, Floats]:
    """Value and λ for each row of summed columns."""
    w, wy, wf, wff, wfy, judged, items = sums.T
    mean_y, mean_f = wy / w, wf / w
    spread = wff / w - mean_f**2
    together = wfy / w - mean_f * mean_y
    varies = spread > 1e-12 * np.maximum(wff / w, 1e-300)
    ratio = np.divide(together, spread, out=np.zeros_like(together), where=varies)
    weight = np.clip(ratio, 0.0, 1.0)
    return mean_y + weight * ((judged + others) / (items + other_items) - mean_f), weight


def _influence(units: _Units, value: float, weight: float, whole: Floats) -> Floats:
    """Each labelled unit's share of the estimate's error."""
    w, wy, wf, judged, items = (units.sums[:, column] for column in (0, 1, 2, 5, 6))
    every = whole[6] + units.others[1]
    mean_f = (whole[5] + units.others[0]) / every
    rest = value - weight * mean_f
    return np.asarray(
        (wy - weight * wf - w * rest) / whole[0] + weight * (judged - items * mean_f) / every, np.float64
    )


def _rest(units: _Units, weight: float, whole: Floats) -> float:
    """Variance that the judge's mean over units without a label brings."""
    return weight**2 * units.others_noise / float(whole[6] + units.others[1]) ** 2


def _small(count: int) -> float:
    return count / max(count - 1, 1)


def _studentised(units: _Units, value: float, *, rng: np.random.Generator) -> Floats:
    count = units.sums.shape[0]
    step = max(1, _CHUNK // (count * units.sums.shape[1]))
    found = [
        _batch(units, value, rng.integers(0, count, size=(min(step, RESAMPLES - start), count)), rng=rng)
        for start in range(0, RESAMPLES, step)
    ]
    return np.concatenate(found)


def _batch(units: _Units, value: float, drawn: NDArray[np.int64], *, rng: np.random.Generator) -> Floats:
    rows = units.sums[drawn]
    whole = rows.sum(axis=1)
    other_sum, other_items = units.others
    others = other_sum + math.sqrt(units.others_noise) * rng.standard_normal(len(drawn))
    again, weight = _estimate(whole, others, other_items)
    every = whole[:, 6] + other_items
    mean_f = (whole[:, 5] + others) / every
    rest = again - weight * mean_f
    parts = rows[:, :, 1] - weight[:, None] * rows[:, :, 2] - rows[:, :, 0] * rest[:, None]
    judged = rows[:, :, 5] - rows[:, :, 6] * mean_f[:, None]
    influence = parts / whole[:, :1] + judged * (weight / every)[:, None]
    variance = (influence**2).sum(axis=1) * _small(drawn.shape[1]) + (
        weight / every
    ) ** 2 * units.others_noise
    shift = again - value
    ratios = np.where(shift == 0.0, 0.0, np.copysign(np.inf, shift))
    varies = variance > 1e-24 * max(1.0, value * value)
    ratios[varies] = shift[varies] / np.sqrt(variance[varies])
    return ratios


def _limits(
    ratios: Floats, value: float, error: float, *, influence: Floats, level: float
) -> Interval | None:
    centred = influence - influence.mean()
    spread = float((centred**2).mean())
    lean = float((centred**3).mean()) / spread**1.5 / math.sqrt(len(centred)) if spread > 0.0 else 0.0
    tail = (1.0 - level) / 2.0
    low_tail = tail * (_LONG_SHARE if lean > _LONG_LEAN else 1.0)
    high_tail = tail * (_LONG_SHARE if lean < -_LONG_LEAN else 1.0)
    ordered = np.sort(ratios)
    low = float(ordered[max(1, math.floor((RESAMPLES + 1) * low_tail + 1e-9)) - 1])
    high = float(ordered[RESAMPLES - max(1, math.floor((RESAMPLES + 1) * high_tail + 1e-9))])
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return value - high * error, value - low * error
