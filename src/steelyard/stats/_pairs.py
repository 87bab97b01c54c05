"""Two versions scored on the same cases: the difference, its interval and its test."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import Interval, Scale, StatisticsError
from steelyard.stats._mcnemar import exact_mcnemar
from steelyard.stats._paired_intervals import Interpreted, binary_interval, mean_interval
from steelyard.stats._paired_units import PairUnits, gather
from steelyard.stats._result import check_level
from steelyard.stats._signflip import sign_flip_p
from steelyard.stats._special import t_quantile
from steelyard.stats._tango import paired_proportions

Floats = NDArray[np.float64]

DETECTION_CHANCE = 0.8
_FEW_CHANGES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedResult:
    """Candidate minus baseline on the same cases."""

    difference: float | None
    """Case-weighted mean of candidate − base, in the score's own units; None when nothing is paired."""
    interval: Interval | None
    """Two-sided interval of the difference; the decision comes from it. None when the data give none."""
    level: float
    """Two-sided coverage."""
    p_value: float | None
    """Two-sided p-value of no difference, shown beside the interval; None when nothing is paired."""
    method: str
    """The interval's procedure, then the test's: `Tango; exact McNemar`."""
    n_pairs: int
    """Pairs compared."""
    n_clusters: int
    """Independent units among them."""
    base_value: float | None
    """The baseline's mean on these pairs."""
    candidate_value: float | None
    """The candidate's mean on these pairs."""
    spread: float | None
    """Standard deviation of one unit: standard error = spread / √n_clusters. What plans are made from."""
    minimum_detectable: float | None
    """The true difference that would have been detected with 80 % chance, two-sided at `level`."""
    gateable: bool
    """False when the figure may be shown but must not decide."""
    note: str
    """A warning or an explanation in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WinTieLoss:
    """How often the candidate was above, level with, or below the baseline."""

    wins: int
    """Cases where the candidate scored higher."""
    ties: int
    """Cases scored alike."""
    losses: int
    """Cases where the candidate scored lower."""
    net: float
    """(wins − losses) / cases, in [−1, 1]."""
    interval: Interval
    """Two-sided interval of `net`: Tango's."""
    p_value: float
    """Exact sign test of as many wins as losses."""


def compare_pairs(  # noqa: PLR0913  (the design of a comparison has this many sides)
    base: ArrayLike,
    candidate: ArrayLike,
    *,
    scale: Scale,
    value_range: tuple[float | None, float | None] = (0.0, 1.0),
    weights: Floats | None = None,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> PairedResult:
    """Compare two versions' scores of the same cases, in the same order.

    0/1 scores get Tango's interval and the exact McNemar test; other scores Student's t on the differences,
    bootstrap-t when these are skewed, or Tango's interval for differences of one size when under 20 units
    of a bounded score changed, with the sign-flip test beside it. With clusters (epochs, paraphrases,
    documents) or weights, whole clusters are the units of interval and test. Under 8 units, or 5 degrees of
    freedom, the result is not gateable; 0/1 cases that stand alone are, since Tango's interval holds at any
    number of them.

    Scores must be finite, 0 or 1 where `scale` is `binary`, and within `value_range` where it is `bounded`.
    Raises StatisticsError for scores, weights, clusters or a level that cannot be used.
    Sources: in the functions for each interval and test; the seed fixes every random draw.
    """
    check_level(level)
    before, after = _scores(base, candidate)
    if not len(before):
        return _nothing(level)
    _check_scale(before, after, scale=scale, value_range=value_range)
    differences = after - before
    units = gather(differences, weights=weights, clusters=clusters)
    kept = _positive(weights, len(before))
    before, after, differences = before[kept], after[kept], differences[kept]
    rng = np.random.default_rng(seed)
    if scale == "binary":
        found = binary_interval(units, differences, level=level)
    else:
        found = mean_interval(units, differences, reach=_reach(scale, value_range), level=level, rng=rng)
    p_value, test = _test(units, differences, binary=scale == "binary", rng=rng)
    spread = _spread(units, found, level=level)
    alone = scale == "binary" and not units.clustered
    return PairedResult(
        difference=units.mean,
        interval=found.interval,
        level=level,
        p_value=p_value,
        method=f"{found.method}; {test}",
        n_pairs=len(before),
        n_clusters=units.n,
        base_value=float(np.average(before, weights=units.case_weights)),
        candidate_value=float(np.average(after, weights=units.case_weights)),
        spread=spread,
        minimum_detectable=detectable(spread, units.n, df=units.df, level=level),
        gateable=found.interval is not None and (alone or not units.weak),
        note=found.note or ("" if alone else units.weak),
    )


def win_tie_loss(base: ArrayLike, candidate: ArrayLike, *, level: float = 0.95) -> WinTieLoss:
    """Summarise ordinal scores of the same cases by direction alone, for scales without equal steps.

    Raises StatisticsError when there is no case or a score is not finite. Source: the sign test of
    Arbuthnot (1710) in its exact form; Tango (1998) for the interval of the net share.
    """
    check_level(level)
    before, after = _scores(base, candidate)
    if not len(before):
        raise StatisticsError("there is no case to compare")
    wins, losses = int(np.sum(after > before)), int(np.sum(after < before))
    return WinTieLoss(
        wins=wins,
        ties=len(before) - wins - losses,
        losses=losses,
        net=(wins - losses) / len(before),
        interval=paired_proportions(wins, losses, len(before), level=level),
        p_value=exact_mcnemar(wins, losses),
    )


def detectable(spread: float | None, n_units: int, *, df: float, level: float) -> float | None:
    """The true difference that a two-sided test at `level` finds with 80 % chance; None when unknown.

    Source: (t₁₋α/₂ + t.₈) · spread / √n, as in Bloom, *Minimum detectable effects*, Evaluation Review 19
    (1995) 547-556.
    """
    if not spread or df < 1:
        return None
    return (t_quantile(0.5 + level / 2, df) + t_quantile(DETECTION_CHANCE, df)) * spread / math.sqrt(n_units)


def _scores(base: ArrayLike, candidate: ArrayLike) -> tuple[Floats, Floats]:
    before, after = np.asarray(base, np.float64), np.asarray(candidate, np.float64)
    if before.ndim != 1 or before.shape != after.shape:
        raise StatisticsError(
            f"{before.size} baseline scores cannot be paired with {after.size} candidate scores",
            hint="Give one score for each case, in the same order",
        )
    if not (np.all(np.isfinite(before)) and np.all(np.isfinite(after))):
        raise StatisticsError(
            "a score is not a finite number", hint="Leave failed samples out, do not code them"
        )
    return before, after


def _check_scale(
    before: Floats, after: Floats, *, scale: Scale, value_range: tuple[float | None, float | None]
) -> None:
    if scale == "binary":
        if not all(np.all((side == 0) | (side == 1)) for side in (before, after)):
            raise StatisticsError("a binary score is neither 0 nor 1", hint="Declare the metric as bounded")
        return
    low, high = value_range
    if scale != "bounded":
        return
    for side in (before, after):
        if (low is not None and side.min() < low - 1e-9) or (high is not None and side.max() > high + 1e-9):
            raise StatisticsError(
                f"a score of {float(side.min()):g} to {float(side.max()):g} leaves the range {low} to {high}",
                hint="Correct the metric's declared range",
            )


def _reach(
    scale: Literal["bounded", "unbounded"], value_range: tuple[float | None, float | None]
) -> float | None:
    low, high = value_range
    if scale == "unbounded" or low is None or high is None:
        return None
    return high - low


def _positive(weights: Floats | None, n: int) -> NDArray[np.bool_]:
    return np.ones(n, np.bool_) if weights is None else np.asarray(weights, np.float64) > 0


def _test(
    units: PairUnits, differences: Floats, *, binary: bool, rng: np.random.Generator
) -> tuple[float, str]:
    if binary and units.plain:
        gains, losses = int(np.sum(differences > 0)), int(np.sum(differences < 0))
        return exact_mcnemar(gains, losses), "exact McNemar"
    return sign_flip_p(
        units.units.totals, rng=rng
    ), "sign-flip by cluster" if units.clustered else "sign-flip"


def _spread(units: PairUnits, found: Interpreted, *, level: float) -> float | None:
    """Standard deviation of a unit; where few changed, no smaller than the interval's width implies."""
    if found.interval is None:
        return None
    observed = units.standard_error * math.sqrt(units.n)
    if units.df < 1:
        return observed or None
    half = (found.interval[1] - found.interval[0]) / 2
    implied = half / t_quantile(0.5 + level / 2, units.df) * math.sqrt(units.n)
    few = units.changed < _FEW_CHANGES or observed <= 1e-9 * implied
    return max(observed, implied) if few else observed


def _nothing(level: float) -> PairedResult:
    return PairedResult(
        difference=None,
        interval=None,
        level=level,
        p_value=None,
        method="none",
        n_pairs=0,
        n_clusters=0,
        base_value=None,
        candidate_value=None,
        spread=None,
        minimum_detectable=None,
        gateable=False,
        note="No case has a score in both runs.",
    )
