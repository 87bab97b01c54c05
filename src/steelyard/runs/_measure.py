"""From the scores of one metric to estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from steelyard import stats
from steelyard.core import CASES_LIKE_THESE, Estimate, Interval, MetricSpec, UsageError
from steelyard.metrics import CorpusMetric, rebuild
from steelyard.runs._prefix import take_rows
from steelyard.runs._record import STATE_FAILED, STATE_SCORED, RunRecord, ScoreTable
from steelyard.runs._signature import run_signature
from steelyard.stats import Design, MeanResult, estimate_mean, judging, missing_bounds, quantile

if TYPE_CHECKING:
    from steelyard.core import ExpertCheck

_QUANTILES = ((0.5, "p50"), (0.95, "p95"))


def effective_spec(table: ScoreTable) -> MetricSpec:
    """The metric's declaration; recorded scores of undeclared scale that are all 0 or 1 count as binary."""
    spec = table.metric
    if spec.settings.get("scale") != "auto":
        return spec
    values = table.values[table.states == STATE_SCORED]
    if values.size == 0 or not bool(np.all((values == 0) | (values == 1))):
        return spec
    return replace(spec, scale="binary", range=(0.0, 1.0), measure="share")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One metric of one run, ready to be estimated on all its rows or on some."""

    run: RunRecord
    """The run."""
    table: ScoreTable
    """Its rows that may be read."""
    spec: MetricSpec
    """`effective_spec` of the whole table."""
    level: float
    """Two-sided coverage."""
    slice: str = ""
    """`dimension=value` that the rows belong to; empty for all of them."""
    judge: judging.JudgeEvidence | None = None
    """Of a judge's metric: what experts say of it; None for other metrics."""

    def on(self, rows: NDArray[np.int64], *, slice_name: str) -> Measure:
        """The same metric on the rows of a slice."""
        return replace(self, table=take_rows(self.table, rows), slice=slice_name)

    def estimate(self) -> Estimate:
        """The headline: a mean of scores, or the corpus-level value."""
        scored = self._scored()
        missing = int(np.count_nonzero(self.table.states == STATE_FAILED))
        if len(scored) == 0:
            return self._nothing(missing)
        check: ExpertCheck | None = None
        try:
            if self.judge is not None and not self.spec.corpus:
                result, check = self._judged(scored, self.judge)
            else:
                result = self._corpus(scored) if self.spec.corpus else self._mean(scored)
        except UsageError as unknown:  # the metric is gone or has another version: old scores stay readable
            return self._nothing(missing, str(unknown))
        return Estimate(
            name=self.spec.key,
            value=result.value,
            interval=result.interval,
            n=result.n,
            unit=_unit(scored),
            n_units=result.n_units,
            level=self.level,
            method=result.method,
            missing=missing,
            bounds=self._bounds(scored, missing),
            estimand=_estimand(scored),
            signature=self.signature(result.n, result.method),
            measure="share" if self._is_cut else self.spec.measure,
            gateable=result.gateable,
            note=result.note,
            judge=check,
        )

    def quantiles(self) -> list[Estimate]:
        """The median and the 95th percentile of a duration or a count of tokens; empty for other measures."""
        scored = self._scored()
        if self.spec.measure not in ("s", "tokens") or self.spec.corpus or len(scored) == 0:
            return []
        return [self._quantile(scored, share, suffix) for share, suffix in _QUANTILES]

    @property
    def _is_cut(self) -> bool:
        """Whether a graded judge counts as yes or no from a threshold on."""
        return self.judge is not None and self.judge.state == "valid" and self.judge.threshold is not None

    def _scored(self) -> ScoreTable:
        return take_rows(self.table, np.flatnonzero(self.table.states == STATE_SCORED))

    def _mean(self, scored: ScoreTable) -> MeanResult:
        return estimate_mean(
            scored.values,
            scale=self.spec.scale,
            value_range=self.spec.range,
            design=Design(weights=case_weights(scored), clusters=clusters_of(scored)),
            level=self.level,
            seed=self.run.seed,
        )

    def _judged(self, scored: ScoreTable, evidence: judging.JudgeEvidence) -> tuple[MeanResult, ExpertCheck]:
        """The experts' correction of a judge, where there is one."""
        judged = judging.JudgedScores(
            keys=list(zip(scored.case_ids, scored.epochs.tolist(), strict=True)),
            scores=scored.values,
            scale=self.spec.scale,
            value_range=self.spec.range,
            clusters=clusters_of(scored),
            weighted=case_weights(scored) is not None,
        )
        return judging.corrected_value(judged, evidence, level=self.level, seed=self.run.seed)

    def _corpus(self, scored: ScoreTable) -> MeanResult:
        metric = cast("CorpusMetric", rebuild(self.table.metric))
        return stats.estimate_corpus(
            metric.prepare(scored.details),
            len(scored),
            design=Design(clusters=clusters_of(scored)),
            level=self.level,
            seed=self.run.seed,
        )

    def _quantile(self, scored: ScoreTable, share: float, suffix: str) -> Estimate:
        result = quantile(scored.values, share, level=self.level, design=Design(clusters=clusters_of(scored)))
        return Estimate(
            name=f"{self.spec.key}:{suffix}",
            value=result.value,
            interval=result.interval,
            n=result.n,
            unit=_unit(scored),
            n_units=result.n_units,
            level=self.level,
            method=result.method,
            missing=int(np.count_nonzero(self.table.states == STATE_FAILED)),
            estimand=CASES_LIKE_THESE,
            signature=self.signature(result.n, result.method),
            measure=self.spec.measure,
            gateable=result.gateable,
            note=result.note,
        )

    def _bounds(self, scored: ScoreTable, missing: int) -> Interval | None:
        """The value with every missing sample worst, then best; None without limits or for corpus metrics."""
        if missing == 0 or self.spec.corpus:
            return None
        return missing_bounds(
            scored.values,
            missing,
            worst=self.spec.worst,
            best=self.spec.best,
            weights=scored.weights,
            missing_weights=self.table.weights[self.table.states == STATE_FAILED],
        )

    def _nothing(self, missing: int, note: str = "") -> Estimate:
        skipped = len(self.table) - missing
        return Estimate(
            name=self.spec.key,
            value=None,
            interval=None,
            n=0,
            level=self.level,
            missing=missing,
            signature=self.signature(0, ""),
            measure=self.spec.measure,
            gateable=False,
            note=note or f"nothing was scored: {missing} failed, {skipped} skipped",
        )

    def signature(self, n: int, method: str) -> str:
        """Names everything a number of this measure depends on."""
        measured = f"{self.slice} n={n}" if self.slice else f"n={n}"
        return run_signature(self.run, self.spec, measured=measured, method=method, level=self.level)


def clusters_of(table: ScoreTable) -> Sequence[str] | None:
    """The cluster of each row; None when every row stands alone."""
    return None if len(set(table.clusters)) == len(table) else table.clusters


def case_weights(table: ScoreTable) -> NDArray[np.float64] | None:
    """The weight of each row; None when all weigh the same."""
    return None if bool(np.all(table.weights == table.weights[0])) else table.weights


def _unit(table: ScoreTable) -> str:
    """What is resampled: cases (with all their epochs), or groups where cases belong to some."""
    return "group" if any(cluster.startswith("group:") for cluster in table.clusters) else "case"


def _estimand(table: ScoreTable) -> str:
    words = [CASES_LIKE_THESE]
    if case_weights(table) is not None:
        words.append("weighted as the cases say")
    elif clusters_of(table) is not None:
        words.append("weighted by case")
    return ", ".join(words)
