"""A judge held against the experts of a study."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Clock, Json, MetricSpec, NotFoundError, StatisticsError, UsageError
from steelyard.metrics.judge import asks_a_model, summarise_verdicts
from steelyard.review._fingerprint import shapes_of
from steelyard.review._import import ReviewStores
from steelyard.review._labelled import Labelled, choose_criterion, labelled, scored_table
from steelyard.review._record import JudgeCalibration, Study
from steelyard.review._signature import judge_signature
from steelyard.review._threshold import fit_threshold
from steelyard.runs import RunRecord, ScoreTable
from steelyard.stats import MeanResult
from steelyard.stats.agreement import agreement_report, ratings_rows
from steelyard.stats.judging import calibration_curve, human_ceiling, judge_quality, length_bias

_SHOWN = ("percent_agreement", "cohen_kappa", "gwet_ac1", "krippendorff_alpha")
_FEWEST_SLOPE = 10
_ANSWERS_PER_BIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRequest:
    """Which judge is held against whom."""

    run: RunRecord
    """The run whose scores are looked at."""
    study: Study
    """Who is believed."""
    metric: str | None = None
    """The judge's metric; None: the run's only judge."""
    criterion: str | None = None
    """What experts were asked; None: the study's only criterion."""
    threshold: float | None = None
    """The score from which a graded judge says yes; None: fitted, where experts say yes or no."""
    seed: int = 0
    """Seed of the part that a threshold is fitted on."""


def calibrate(request: CalibrationRequest, *, store: ReviewStores, clock: Clock) -> JudgeCalibration:
    """Compare a judge with the experts' consensus on the outputs both saw, and keep what was found.

    Where a threshold is fitted, a seeded third of the labels is used for that alone; every figure, and every
    headline corrected later, rests on the others. Raises UsageError for an unbound study or a metric that is
    no mean of scores, StatisticsError without a label that fits.
    """
    run, study = request.run, request.study
    if not study.is_bound:
        raise UsageError(
            "the study is unbound: nobody knows which outputs its ratings are about",
            where=study.name,
            hint=f"Import the ratings with the run that was judged: steelyard study import FILE "
            f"--name NAME --run {run.id}",
        )
    spec = choose_judge(run, request.metric)
    rows, _ = store.ratings(study.name)
    criterion = choose_criterion(study, rows, run=run.id, asked=request.criterion)
    table = scored_table(run, spec.key, store)
    found = labelled(run, table, study=study, rows=rows, criterion=criterion)
    if not found.rows:
        raise StatisticsError(
            f"no output that {spec.key} scored has a rating that still fits it",
            where=f"study {study.name}",
            hint="Ratings are bound to the answer that was judged; import those of this run",
        )
    threshold, fitted = fit_threshold(found, given=request.threshold, seed=request.seed)
    shapes = shapes_of(store.samples(run.id), verdict_mean=float(found.scores.mean()))
    calibration = JudgeCalibration(
        run=run.id,
        study=study.name,
        metric=spec.key,
        criterion=criterion,
        judge=judge_signature(spec),
        benchmark_hash=run.benchmark.hash,
        fingerprint=shapes.fingerprint.as_json(),
        raters=found.experts.raters,
        labels=len(found.rows),
        date=clock.now(),
        threshold=threshold,
        fitted_on=tuple(found.keys[row] for row in fitted),
        seed=request.seed,
    )
    held = [row for row in found.rows if row not in set(fitted)]
    detail = _report(found, table, held, calibration, store=store)
    calibration = replace(calibration, detail=detail)
    store.add_calibration(calibration)
    return calibration


def choose_judge(run: RunRecord, asked: str | None) -> MetricSpec:
    """The metric asked for, or the run's only judge; raises NotFoundError or UsageError."""
    by_key = {spec.key: spec for spec in run.metrics}
    if asked is None:
        judges = [spec for spec in run.metrics if asks_a_model(spec)]
        if len(judges) != 1 and len(by_key) == 1:
            judges = list(run.metrics)
        if len(judges) != 1:
            raise UsageError(
                f"the run has {len(judges) or 'no'} judge{'s' if len(judges) != 1 else ''}",
                where=run.id,
                hint=f"Say which metric is to be held against experts: --metric {next(iter(by_key), 'M')}",
            )
        return judges[0]
    if asked not in by_key:
        raise NotFoundError(
            f"the run has no metric '{asked}'", where=run.id, hint=f"It has: {', '.join(by_key)}"
        )
    if by_key[asked].corpus:
        raise UsageError(
            "a metric of the whole corpus scores no single output that experts could judge", where=asked
        )
    return by_key[asked]


def _report(
    found: Labelled,
    table: ScoreTable,
    held: Sequence[int],
    calibration: JudgeCalibration,
    *,
    store: ReviewStores,
) -> dict[str, Json]:
    labels = np.array([found.experts.labels[found.keys[row]] for row in held], np.float64)
    scores = found.scores[held]
    cut = calibration.threshold
    verdicts = found.scores if cut is None else (found.scores >= cut).astype(np.float64)
    truths = labels if cut is None or _zero_one(labels) else (labels >= cut).astype(np.float64)
    binary = _zero_one(verdicts) and _zero_one(truths)
    quality: Json = None
    if binary:
        drawn = replace(found.labels(held), values=truths)
        result = judge_quality(verdicts, drawn, clusters=found.clusters)
        quality = {name: mean_json(getattr(result, name)) for name in _QUALITY}
    return {
        "labels": {
            "total": len(found.rows),
            "fitted_on": len(calibration.fitted_on),
            "held_out": len(held),
            "consensus": found.experts.method,
            "tied": found.experts.tied,
        },
        "judge_mean": float(verdicts[held].mean()),
        "expert_mean": float(truths.mean()),
        "quality": quality,
        "agreement": _agreement(verdicts[held], truths, binary=binary),
        "ceiling": _ceiling(found, verdicts, held, binary=binary),
        "curve": _curve(scores, labels),
        "length_bias": _length_bias(found, verdicts[held], truths, held, calibration.run, store),
        "position_bias": _position_bias(found.spec, table),
    }


_QUALITY = ("accuracy", "sensitivity", "specificity", "positive_predictive", "negative_predictive")


def mean_json(found: MeanResult) -> dict[str, Json]:
    """A result as JSON."""
    return {
        "value": found.value,
        "interval": list(found.interval) if found.interval else None,
        "n": found.n,
        "method": found.method,
        "note": found.note,
    }


def _agreement(verdicts: NDArray[np.float64], labels: NDArray[np.float64], *, binary: bool) -> Json:
    """Chance-corrected agreement of judge and consensus."""
    rows: list[tuple[str, str, str | float | None]] = []
    for place, (judge, expert) in enumerate(zip(verdicts.tolist(), labels.tolist(), strict=True)):
        for rater, value in (("judge", judge), ("experts", expert)):
            rows.append((str(place), rater, f"{value:g}" if binary else value))
    report = agreement_report(ratings_rows(rows, measurement="nominal" if binary else "interval"))
    return {key: report.coefficients[key].as_json() for key in _SHOWN}


def _ceiling(found: Labelled, verdicts: NDArray[np.float64], held: Sequence[int], *, binary: bool) -> Json:
    """How often one expert says what the others say, and how often the judge does."""
    keys: dict[Hashable, Hashable] = {found.keys[row]: float(verdicts[row]) for row in held}
    ratings = [(key, rater, value) for key, rater, value in found.experts.ratings if key in keys]
    values = {value for _, _, value in ratings}
    per_item: dict[object, int] = {}
    for key, _, _ in ratings:
        per_item[key] = per_item.get(key, 0) + 1
    if not any(count > 1 for count in per_item.values()):
        return {"status": "no output has two experts, so that nobody knows how well they agree"}
    if not binary and not set(keys.values()) <= values:
        return {"status": "the judge's scores are no points that experts can give; see the agreement"}
    result = human_ceiling(ratings, keys)
    return {
        "status": "computed",
        "human": mean_json(result.human),
        "judge": mean_json(result.judge),
        "difference": {
            "value": result.difference.difference,
            "interval": list(result.difference.interval) if result.difference.interval else None,
        },
    }


def _curve(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> Json:
    """Stated against observed chances, for scores between 0 and 1 and labels of yes or no."""
    if not _zero_one(labels) or _zero_one(scores) or not np.all((scores >= 0.0) & (scores <= 1.0)):
        return None
    found = calibration_curve(scores, labels, bins=max(1, min(10, scores.size // _ANSWERS_PER_BIN)))
    return {
        "error": found.error,
        "plain_error": found.plain_error,
        "n": found.n,
        "bins": [
            {
                "low": item.low,
                "high": item.high,
                "stated": item.stated,
                "observed": mean_json(item.observed),
            }
            for item in found.bins
        ],
    }


def _length_bias(
    found: Labelled,
    verdicts: NDArray[np.float64],
    labels: NDArray[np.float64],
    held: Sequence[int],
    run: str,
    store: ReviewStores,
) -> Json:
    keys = [found.keys[row] for row in held]
    lengths: Mapping[tuple[str, int], int] = {
        (sample.case.id, sample.epoch): max(1, len(sample.output.text))
        for sample in store.samples(run, keys=keys)
    }
    clusters = None if found.clusters is None else [found.clusters[row] for row in held]
    if len(set(clusters) if clusters else held) < _FEWEST_SLOPE:
        return {"value": None, "interval": None, "note": f"under {_FEWEST_SLOPE} labels show no slope"}
    result = length_bias(verdicts, labels, [lengths.get(key, 1) for key in keys], clusters=clusters)
    return {**mean_json(result), "unit": "points of the scale for an answer twice as long"}


def _position_bias(spec: MetricSpec, table: ScoreTable) -> Json:
    if spec.settings.get("mode") != "pairwise":
        return {"status": "not applicable: the judge sees one answer at a time"}
    found = summarise_verdicts(table.metric, table.details)
    if found.inconsistent is None or found.first_wins is None:
        return {"status": "no pair was judged in both orders"}
    return {
        "status": "computed",
        "inconsistent": found.inconsistent.as_json(),
        "first_wins": found.first_wins.as_json(),
    }


def _zero_one(values: NDArray[np.float64]) -> bool:
    return bool(np.all((values == 0.0) | (values == 1.0)))
