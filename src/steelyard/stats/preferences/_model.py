"""Strengths, biases and rank sets from pairwise preferences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Interval, StatisticsError
from steelyard.stats._design import Design, Floats
from steelyard.stats._mean import estimate_mean
from steelyard.stats._ranking import RankSet
from steelyard.stats._result import MeanResult, check_level, sentences
from steelyard.stats._sample import too_few
from steelyard.stats._special import t_quantile
from steelyard.stats.preferences._comparisons import (
    Comparisons,
    Games,
    check_comparisons,
    check_connected,
    components,
    spoken,
)
from steelyard.stats.preferences._likelihood import Fitted, Layout, maximise

_DRAWS = 20_000
_RIDGE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A coefficient on the log-odds scale."""

    value: float
    """Log-odds; 0 for no effect."""
    interval: Interval | None
    """At the model's level; None with a single cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One option."""

    name: str
    """The option."""
    strength: Effect
    """Log-odds against the average option, in no position and at no covariate."""
    ranks: RankSet
    """Ranks that the data do not exclude, for all options at once; its value is the strength."""
    win_rate: MeanResult
    """Observed share of its comparisons won, ties counted half: depends on whom it met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceModel:
    """Bradley and Terry's model with Davidson's ties."""

    standings: tuple[Standing, ...]
    """Strongest first."""
    position: Effect | None
    """Log-odds that being shown first adds; None when not modelled."""
    covariate: Effect | None
    """Log-odds for each unit of the covariate; None when not modelled."""
    tie: Effect | None
    """Log of Davidson's ν: equal options tie with chance ν / (2 + ν); None without ties."""
    covariance: tuple[tuple[float, ...], ...]
    """Of the strengths, in the order of `standings`."""
    level: float
    """Two-sided coverage; of the rank sets, all at once."""
    method: str
    """The procedure in words."""
    n: int
    """Comparisons."""
    n_units: int
    """Independent clusters."""
    log_likelihood: float
    """At the fit."""
    gateable: bool
    """False when the figures may be shown but must not decide."""
    note: str
    """A warning or an explanation in words."""


def fit_preferences(
    comparisons: Comparisons,
    *,
    position: bool = False,
    ridge: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> PreferenceModel:
    """Strengths by maximum likelihood, with intervals and simultaneous rank sets.

    `position` adds the effect of being shown first, a `covariate` that of length or the like; both are
    taken out of the strengths. Intervals are Student's on the clustered covariance with clusters − 1
    degrees of freedom. One option ranks below another only where their difference beats the largest that all
    pairs would show by chance (max-T). Where chains of wins do not lead from everyone to everyone, strengths
    would be infinite: then, or when given, a ridge penalty (ridge / 2) Σ strength² is applied, and said.

    Raises StatisticsError when nothing compares some options, and for values that cannot be used.
    Sources: Bradley and Terry, Biometrika 39 (1952) 324-345; Davidson, JASA 65 (1970) 317-328; Davidson and
    Beaver, *On extending the Bradley-Terry model to incorporate within-pair order effects*, Biometrics 33
    (1977) 693-702; Mogstad et al., Review of Economic Studies 91 (2024) 476-518, for rank sets.
    """
    check_level(level)
    if ridge is not None and ridge < 0.0:
        raise StatisticsError(f"a ridge penalty must be 0 or more, not {ridge:g}")
    games = check_comparisons(comparisons)
    check_connected(games)
    groups = components(games)
    penalty = (_RIDGE if len(groups) > 1 else 0.0) if ridge is None else ridge
    fitted = maximise(_layout(games, position=position, penalty=penalty), games.groupings)
    count = len(games.names)
    centre = _centre(count)
    strengths = centre @ fitted.parameters[: count - 1]
    covariance = centre @ fitted.covariance[: count - 1, : count - 1] @ centre.T
    order = np.argsort(-strengths, kind="stable")
    ranks = _ranks(strengths, covariance, fitted.units, level=level, seed=seed)
    others = _others(games, fitted, position=position, level=level)
    weakness = too_few(fitted.units, is_clustered=True)
    return PreferenceModel(
        standings=tuple(
            _standing(games, place, (strengths, covariance), fitted, ranks[place], level=level)
            for place in order.tolist()
        ),
        position=others.get("position"),
        covariate=others.get("covariate"),
        tie=others.get("tie"),
        covariance=tuple(tuple(row) for row in covariance[np.ix_(order, order)].tolist()),
        level=level,
        method=_method(games, penalty),
        n=games.outcome.size,
        n_units=fitted.units,
        log_likelihood=fitted.log_likelihood,
        gateable=not weakness and len(groups) == 1,
        note=sentences(_separated(groups, penalty), weakness),
    )


def win_rates(comparisons: Comparisons, *, level: float = 0.95) -> dict[tuple[str, str], MeanResult]:
    """How often each option beat each other one, ties counted half, clustered by prompt.

    Source: `estimate_mean` of 1, .5 and 0. Raises StatisticsError for values that cannot be used.
    """
    games = check_comparisons(comparisons)
    found: dict[tuple[str, str], MeanResult] = {}
    for one, name in enumerate(games.names):
        for two, other in enumerate(games.names):
            ahead = (games.first == one) & (games.second == two)
            behind = (games.first == two) & (games.second == one)
            if one != two and np.any(ahead | behind):
                found[name, other] = _observed(games, ahead, behind, level=level)
    return found


def _layout(games: Games, *, position: bool, penalty: float) -> Layout:
    n, count = games.outcome.size, len(games.names)
    design = np.zeros((n, count))
    design[np.arange(n), games.first] += 1.0
    design[np.arange(n), games.second] -= 1.0
    columns = [design[:, :-1]]
    if position:
        columns.append(np.ones((n, 1)))
    if games.covariate is not None:
        columns.append(games.covariate[:, None])
    whole = np.concatenate(columns, axis=1)
    size = whole.shape[1] + int(games.has_ties)
    ridge = np.zeros((size, size))
    ridge[: count - 1, : count - 1] = penalty * (_centre(count).T @ _centre(count))
    return Layout(design=whole, outcome=games.outcome, ties=games.has_ties, penalty=ridge)


def _centre(count: int) -> Floats:
    """From strengths against the last option to strengths against the average."""
    return np.asarray(np.eye(count)[:, :-1] - 1.0 / count, np.float64)


def _others(games: Games, fitted: Fitted, *, position: bool, level: float) -> dict[str, Effect]:
    names = ["position"] * position + ["covariate"] * (games.covariate is not None) + ["tie"] * games.has_ties
    start = len(games.names) - 1
    return {
        name: _effect(
            float(fitted.parameters[start + place]),
            float(fitted.covariance[start + place, start + place]),
            fitted.units,
            level=level,
        )
        for place, name in enumerate(names)
    }


def _effect(value: float, variance: float, units: int, *, level: float) -> Effect:
    if units < 2 or variance <= 0.0:
        return Effect(value=value, interval=None)
    half = t_quantile(0.5 + level / 2.0, units - 1.0) * math.sqrt(variance)
    return Effect(value=value, interval=(value - half, value + half))


def _standing(
    games: Games,
    place: int,
    estimates: tuple[Floats, Floats],
    fitted: Fitted,
    ranks: tuple[int, int],
    *,
    level: float,
) -> Standing:
    strengths, covariance = estimates
    effect = _effect(float(strengths[place]), float(covariance[place, place]), fitted.units, level=level)
    return Standing(
        name=games.names[place],
        strength=effect,
        ranks=RankSet(value=effect.value, interval=effect.interval, rank_low=ranks[0], rank_high=ranks[1]),
        win_rate=_observed(games, games.first == place, games.second == place, level=level),
    )


def _observed(
    games: Games, ahead: NDArray[np.bool_], behind: NDArray[np.bool_], *, level: float
) -> MeanResult:
    kept = ahead | behind
    won = np.where(ahead, games.outcome, 1.0 - games.outcome)[kept]
    clusters = games.groupings[0][kept].tolist()
    return estimate_mean(won, scale="bounded", design=Design(clusters=clusters), level=level)


def _ranks(
    strengths: Floats, covariance: Floats, units: int, *, level: float, seed: int
) -> list[tuple[int, int]]:
    """Best and worst rank of each option, from pairwise differences under one critical value."""
    count = strengths.size
    first, second = np.triu_indices(count, k=1)
    gaps = strengths[first] - strengths[second]
    variances = np.diag(covariance)
    errors = np.sqrt(np.maximum(variances[first] + variances[second] - 2.0 * covariance[first, second], 0.0))
    if units < 2 or not np.all(errors > 0.0):
        return [(1, count)] * count
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    draws = rng.standard_normal((_DRAWS, count)) @ root.T
    # Student's heavier tails: the covariance rests on a limited number of clusters.
    draws /= np.sqrt(rng.chisquare(units - 1, size=_DRAWS) / (units - 1))[:, None]
    largest = np.max(np.abs(draws[:, first] - draws[:, second]) / errors, axis=1)
    critical = float(np.quantile(largest, level))
    above = np.zeros((count, count), np.bool_)
    above[first, second] = gaps > critical * errors
    above[second, first] = -gaps > critical * errors
    return [(1 + int(above[:, place].sum()), count - int(above[place].sum())) for place in range(count)]


def _method(games: Games, penalty: float) -> str:
    ties = "Davidson ties" if games.has_ties else "no ties"
    return f"Bradley-Terry, {ties}, clustered sandwich" + (f", ridge {penalty:g}" if penalty else "")


def _separated(groups: list[list[str]], penalty: float) -> str:
    if len(groups) == 1:
        return ""
    return (
        f"{spoken(groups)} never both won and lost against each other: strengths would be infinite"
        f"{' and are held back by a ridge penalty' if penalty else ''}; shown, but not to decide on"
    )
