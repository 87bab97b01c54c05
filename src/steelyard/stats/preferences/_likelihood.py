"""Davidson's likelihood of wins, ties and losses, its maximum, and its clustered covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steelyard.core import StatisticsError
from steelyard.stats._design import Codes, Floats

_STEPS = 200
_SMALLEST_GAIN = 1e-12
_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The maximum."""

    parameters: Floats
    """Coefficients of the columns of the half design, then the tie parameter where there is one."""
    covariance: Floats
    """Sandwich covariance, clustered."""
    units: int
    """Clusters of the coarsest grouping."""
    log_likelihood: float
    """At the maximum, without the penalty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The linear model: log-odds of first against second = `design` @ coefficients."""

    design: Floats
    """One row a comparison."""
    outcome: Floats
    """1, .5 or 0."""
    ties: bool
    """Whether ties have a parameter."""
    penalty: Floats
    """Matrix of the ridge penalty on the parameters, zeros for none."""

    @property
    def width(self) -> int:
        """Number of parameters."""
        return int(self.design.shape[1]) + int(self.ties)


def maximise(layout: Layout, groupings: tuple[Codes, ...]) -> Fitted:
    """Newton's method with halved steps: the log-likelihood is concave.

    With η the log-odds and τ the log tie parameter, the chances of win, tie and loss are proportional to
    exp(η/2), exp(τ), exp(−η/2): R. Davidson, *On extending the Bradley-Terry model to accommodate ties in
    paired comparison experiments*, JASA 65 (1970) 317-328, with ν = exp(τ). The covariance is the sandwich
    of Liang and Zeger, Biometrika 73 (1986) 13-22, over clusters; with prompts and raters that of Cameron,
    Gelbach and Miller, *Robust inference with multiway clustering*, JBES 29 (2011) 238-249: by prompt plus by
    rater less by both, negative eigenvalues cut to 0.

    Raises StatisticsError when there is no maximum.
    """
    parameters = np.zeros(layout.width)
    value = _penalised(layout, parameters)
    for _ in range(_STEPS):
        scores, information = _derivatives(layout, parameters)
        gradient = scores.sum(axis=0) - layout.penalty @ parameters
        step = _solve(information + layout.penalty, gradient)
        for _ in range(_HALVINGS):
            tried = _penalised(layout, parameters + step)
            if tried >= value:
                break
            step = step / 2.0
        gain = tried - value
        parameters, value = parameters + step, max(tried, value)
        if gain <= _SMALLEST_GAIN * (1.0 + abs(value)) and float(np.abs(step).max(initial=0.0)) < 1e-8:
            return _finish(layout, parameters, groupings)
    raise StatisticsError(
        "the preferences have no most likely strengths: a covariate or the position decides every verdict",
        hint="Leave out the covariate or the position, or penalise",
    )


def chances(layout: Layout, parameters: Floats) -> Floats:
    """Chances of win, tie and loss, shape (comparisons, 3)."""
    return np.exp(_log_chances(layout, parameters))


def _log_chances(layout: Layout, parameters: Floats) -> Floats:
    half = layout.design @ parameters[: layout.design.shape[1]] / 2.0
    tie = np.full(half.size, parameters[-1] if layout.ties else -np.inf)
    terms = np.stack([half, tie, -half], axis=1)
    top = terms.max(axis=1, keepdims=True)
    return np.asarray(terms - top - np.log(np.exp(terms - top).sum(axis=1, keepdims=True)), np.float64)


def _log_likelihood(layout: Layout, parameters: Floats) -> float:
    column = np.round(2.0 * (1.0 - layout.outcome)).astype(np.int64)
    return float(_log_chances(layout, parameters)[np.arange(column.size), column].sum())


def _penalised(layout: Layout, parameters: Floats) -> float:
    return _log_likelihood(layout, parameters) - float(parameters @ layout.penalty @ parameters) / 2.0


def _derivatives(layout: Layout, parameters: Floats) -> tuple[Floats, Floats]:
    """Score of every comparison, and the information of all."""
    win, tie, loss = chances(layout, parameters).T
    net = layout.outcome * 2.0 - 1.0
    slope = (net - (win - loss)) / 2.0
    curve = (win + loss - (win - loss) ** 2) / 4.0
    design = layout.design
    scores = design * slope[:, None]
    information = design.T @ (design * curve[:, None])
    if layout.ties:
        tied = (layout.outcome == 0.5).astype(np.float64)
        scores = np.column_stack([scores, tied - tie])
        cross = design.T @ (-tie * (win - loss) / 2.0)
        information = np.block([[information, cross[:, None]], [cross[None, :], (tie * (1.0 - tie)).sum()]])
    return np.asarray(scores, np.float64), np.asarray(information, np.float64)


def _solve(matrix: Floats, vector: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, vector), np.float64)
    except np.linalg.LinAlgError as error:
        raise StatisticsError(
            "the preferences do not tell some effects apart",
            hint="Leave out the position or the covariate, or show pairs in both orders",
        ) from error


def _finish(layout: Layout, parameters: Floats, groupings: tuple[Codes, ...]) -> Fitted:
    scores, information = _derivatives(layout, parameters)
    bread = np.linalg.pinv(information + layout.penalty)
    meat = np.zeros_like(information)
    for place, codes in enumerate(groupings):
        meat += (-1.0 if place == 2 else 1.0) * _meat(scores, codes)
    covariance = bread @ meat @ bread
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    return Fitted(
        parameters=parameters,
        covariance=np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, np.float64),
        units=min(int(codes.max()) + 1 for codes in groupings),
        log_likelihood=_log_likelihood(layout, parameters),
    )


def _meat(scores: Floats, codes: Codes) -> Floats:
    count = int(codes.max()) + 1
    sums = np.stack([np.bincount(codes, weights=column, minlength=count) for column in scores.T], axis=1)
    return np.asarray(sums.T @ sums * (count / max(count - 1, 1)), np.float64)
