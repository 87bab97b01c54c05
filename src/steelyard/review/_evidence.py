"""Whether the judges of a run may be believed: their calibrations, and the labels that correct them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from steelyard.core import MetricSpec, NotFoundError
from steelyard.metrics.judge import asks_a_model
from steelyard.review._fingerprint import fingerprint_from_json, shape_changes, shapes_of
from steelyard.review._import import ReviewStores
from steelyard.review._labelled import Labelled, labelled, scored_table
from steelyard.review._record import JudgeCalibration
from steelyard.review._signature import judge_changes, judge_signature
from steelyard.runs import RunRecord
from steelyard.stats.judging import NOT_HELD, Calibration, JudgeEvidence, Key, judge_quality


def judge_evidence(run: RunRecord, store: ReviewStores) -> dict[str, JudgeEvidence]:
    """By metric key, for every metric of a run that asks a model or was ever calibrated.

    Labels of this run's own outputs are used as they are now, so the headline moves with them; those that a
    threshold was fitted on are left out. Without any, the judge's errors on the run it was calibrated on are
    used, if judge, inputs and answers are still alike. Anything else is `expired` or `none`, with a reason.
    """
    history = [item for item in store.calibrations() if item.study]
    found: dict[str, JudgeEvidence] = {}
    for spec in run.metrics:
        own = [item for item in history if item.metric == spec.key]
        if own:
            found[spec.key] = _from_history(run, spec, own, store)
        elif asks_a_model(spec):
            found[spec.key] = JudgeEvidence(state="none", reason=f"{NOT_HELD}: {how_to(run.id, spec.key)}")
    return found


def how_to(run: str, metric: str) -> str:
    """The commands that hold a judge against experts."""
    return (
        f"let experts rate some outputs, then steelyard study import FILE --name NAME --run {run} "
        f"and steelyard study calibrate {run} --study NAME --metric {metric}"
    )


def _from_history(
    run: RunRecord, spec: MetricSpec, history: Sequence[JudgeCalibration], store: ReviewStores
) -> JudgeEvidence:
    """The calibration of this run, or the newest of the same judge on another one."""
    signature = judge_signature(spec)
    here = [item for item in history if item.run == run.id]
    same = [item for item in history if not judge_changes(item.judge, signature)]
    chosen = (here or same or list(history))[0]
    date = chosen.date.isoformat(timespec="seconds")
    base = JudgeEvidence(state="expired", date=date, study=chosen.study, threshold=chosen.threshold)
    changed = judge_changes(chosen.judge, signature)
    if changed:
        return replace(base, reason=_expired(chosen, changed, run=run))
    by_study = _labels_of(run, spec, chosen, store)
    if by_study:
        labels: dict[Key, float] = {}
        inclusion: dict[Key, float] = {}
        for found in by_study.values():
            labels |= found.experts.labels
            inclusion |= found.experts.inclusion
        for key in chosen.fitted_on if chosen.run == run.id else ():
            labels.pop(key, None)
        if labels:
            cut = _cut(labels, chosen.threshold)
            names = ", ".join(by_study)
            return replace(
                base,
                state="valid",
                study=names,
                reason=f"corrected by experts' labels of these outputs (study {names})",
                labels=cut,
                inclusion=inclusion,
            )
    return _elsewhere(run, chosen, base, store)


def _labels_of(
    run: RunRecord, spec: MetricSpec, calibration: JudgeCalibration, store: ReviewStores
) -> Mapping[str, Labelled]:
    """By study, the labels of a run's outputs on the calibrated criterion; later studies come last.

    Where the study that the judge was held against rated these outputs, its labels alone: it was named as
    the one to believe, and its draw may have been another one.
    """
    found = {}
    table = None
    for study in sorted(store.studies(), key=lambda item: item.name != calibration.study):
        if calibration.study in found:
            break
        if run.id not in study.runs:
            continue
        rows, _ = store.ratings(study.name)
        if not any(row.run == run.id and row.rating.criterion == calibration.criterion for row in rows):
            continue
        table = table or scored_table(run, spec.key, store)
        labels = labelled(run, table, study=study, rows=rows, criterion=calibration.criterion)
        if labels.experts.labels:
            found[study.name] = labels
    return found


def _cut(labels: Mapping[Key, float], threshold: float | None) -> dict[Key, float]:
    """Experts' labels as yes or no where the judge's scores are cut; those that are 0 or 1 stay."""
    if threshold is None or set(labels.values()) <= {0.0, 1.0}:
        return dict(labels)
    return {key: float(value >= threshold) for key, value in labels.items()}


def _elsewhere(
    run: RunRecord, calibration: JudgeCalibration, base: JudgeEvidence, store: ReviewStores
) -> JudgeEvidence:
    """The judge's errors on the run that was labelled, if this one looks alike."""
    if calibration.run == run.id:
        reason = (
            f"{NOT_HELD}: no rating of these outputs is left in study {calibration.study}; "
            f"{how_to(run.id, calibration.metric)}"
        )
        return replace(base, state="none", reason=reason)
    changed = shape_changes(fingerprint_from_json(calibration.fingerprint), shapes_of(store.samples(run.id)))
    if changed:
        return replace(base, reason=_expired(calibration, changed, run=run))
    errors = _errors(calibration, store)
    if errors is None:
        reason = f"{NOT_HELD} on outputs of this run: {how_to(run.id, calibration.metric)}"
        return replace(base, state="none", reason=reason)
    return replace(
        base,
        state="valid",
        reason=f"nobody labelled these outputs: corrected by the judge's errors on run {calibration.run} "
        f"(study {calibration.study})",
        external=errors,
    )


def _errors(calibration: JudgeCalibration, store: ReviewStores) -> Calibration | None:
    """Yes and no of judge and experts on the labelled run, as they are now; None for graded judges.

    With unequal inclusion probabilities or clusters, rates at the effective number of labels.
    """
    try:
        origin = store.get_run(calibration.run)
        spec = next(item for item in origin.metrics if item.key == calibration.metric)
    except (NotFoundError, StopIteration):
        return None
    for found in _labels_of(origin, spec, calibration, store).values():
        scores = found.scores
        if calibration.threshold is not None:
            scores = (scores >= calibration.threshold).astype(np.float64)
        fitted = set(calibration.fitted_on)
        labels = _cut(found.experts.labels, calibration.threshold)
        rows = [row for row in found.rows if found.keys[row] not in fitted]
        if not rows or not set(labels.values()) <= {0.0, 1.0} or not set(scores.tolist()) <= {0.0, 1.0}:
            continue
        held = replace(found, experts=replace(found.experts, labels=labels))
        quality = judge_quality(scores, held.labels(rows), clusters=held.clusters)
        hit, clear = quality.sensitivity, quality.specificity
        if hit.value is None or clear.value is None:
            continue
        yes, no = (max(1, round(item.effective_n or item.n)) for item in (hit, clear))
        return Calibration(
            true_positives=round(hit.value * yes),
            positives=yes,
            true_negatives=round(clear.value * no),
            negatives=no,
        )
    return None


def _expired(calibration: JudgeCalibration, changed: Sequence[str], *, run: RunRecord) -> str:
    """In words, what changed since the judge was held against experts."""
    listed = changed[0] if len(changed) == 1 else f"{', '.join(changed[:-1])} and {changed[-1]}"
    verb = "has" if len(changed) == 1 else "have"
    return (
        f"the calibration of {calibration.date:%Y-%m-%d} expired: {listed} {verb} changed since. "
        f"Hold it against experts again: steelyard study calibrate {run.id} --study NAME "
        f"--metric {calibration.metric}"
    )
