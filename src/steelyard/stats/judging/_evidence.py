"""What experts said of a judge's scores, ready to correct a headline or a difference."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from steelyard.core import CalibrationState, ExpertCheck, Figure, Scale
from steelyard.stats._design import Design, Floats
from steelyard.stats._mean import estimate_mean
from steelyard.stats._result import MeanResult, Range, sentences
from steelyard.stats.judging._external import Calibration, correct_from_calibration
from steelyard.stats.judging._graded import correct_headline
from steelyard.stats.judging._labels import Labels
from steelyard.stats.judging._rate import JUDGE_ALONE
from steelyard.stats.judging._result import CorrectedResult

Key = tuple[str, int]
"""Case id and epoch; epoch 0 stands for the mean over epochs."""

NOT_HELD = "judge only – not held against experts"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeEvidence:
    """Whether a judge's scores of one run may be corrected, and by what."""

    state: CalibrationState
    """`valid`, `expired` or `none`."""
    reason: str = ""
    """Why it is not valid, and what to do; or what the labels are."""
    date: str = ""
    """When the judge was held against experts."""
    study: str = ""
    """The studies that the labels come from."""
    labels: Mapping[Key, float] = field(default_factory=dict)
    """The experts' value of this run's outputs, on the judge's scale; none used to fit anything."""
    inclusion: Mapping[Key, float] = field(default_factory=dict)
    """Probability with which each was drawn; missing: all alike."""
    threshold: float | None = None
    """The score from which a graded judge counts as saying yes; None: the score is taken as it is."""
    external: Calibration | None = None
    """The judge's errors on another run, for outputs that nobody labelled."""

    def label_of(self, key: Key) -> float | None:
        """The experts' value of one output; for epoch 0 the mean over its labelled epochs."""
        if key[1]:
            return self.labels.get(key)
        found = [value for (case, _), value in self.labels.items() if case == key[0]]
        return math.fsum(found) / len(found) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedScores:
    """One run's scores by a judge."""

    keys: Sequence[Key]
    """Whose they are."""
    scores: Floats
    """The scores."""
    scale: Scale
    """What they are."""
    value_range: Range
    """Where they lie."""
    clusters: Sequence[Hashable] | None = None
    """Cluster of each; None: each stands alone."""
    weighted: bool = False
    """Whether cases have different weights: then nothing here can correct them."""

    def cut(self, threshold: float | None) -> JudgedScores:
        """0/1 verdicts at a threshold; itself without one."""
        if threshold is None:
            return self
        verdicts = (self.scores >= threshold).astype(np.float64)
        return replace(self, scores=verdicts, scale="binary", value_range=(0.0, 1.0))

    def labels(self, evidence: JudgeEvidence) -> Labels | None:
        """The experts' labels of these; None without any."""
        by_key = {key: value for key in self.keys if (value := evidence.label_of(key)) is not None}
        rows = [row for row, key in enumerate(self.keys) if key in by_key]
        if not rows:
            return None
        chances = [_chance(evidence, self.keys[row]) for row in rows]
        known = [chance for chance in chances if chance is not None]
        return Labels(
            items=rows,
            values=[by_key[self.keys[row]] for row in rows],
            inclusion=known if len(known) == len(rows) else None,
        )


def corrected_value(
    judged: JudgedScores, evidence: JudgeEvidence, *, level: float = 0.95, seed: int = 0
) -> tuple[MeanResult, ExpertCheck]:
    """The headline of a judge, corrected where the evidence allows it, with its parts beside it.

    Labels of these very outputs come first (`correct_headline`); without any, 0/1 verdicts are corrected by
    the errors on another run (`correct_from_calibration`). Otherwise the judge's own figure comes back,
    marked as not to decide on. Raises StatisticsError for labels that do not fit.
    """
    cut = judged.cut(evidence.threshold)
    if evidence.state == "valid" and not judged.weighted:
        labels = cut.labels(evidence)
        if labels is not None:
            return _internal(cut, labels, evidence, level=level, seed=seed)
        if evidence.external is not None and _binary(cut):
            return _external(cut, evidence.external, evidence, level=level)
    alone = estimate_mean(
        judged.scores,
        scale=judged.scale,
        value_range=judged.value_range,
        design=Design(clusters=judged.clusters),
        level=level,
        seed=seed,
    )
    why = why_not(evidence, weighted=judged.weighted)
    shown = replace(alone, gateable=False, note=sentences(why, alone.note))
    return shown, ExpertCheck(
        state=evidence.state,
        reason=why,
        judge_only=figure(alone),
        study=evidence.study,
        date=evidence.date,
    )


def why_not(evidence: JudgeEvidence, *, weighted: bool) -> str:
    """Why a judge's figure stands uncorrected."""
    if evidence.state != "valid":
        return evidence.reason
    if weighted:
        return "the cases have different weights, for which no correction is known: the judge's own figure"
    return "no expert label here: the judge's own figure, not corrected"


def figure(found: MeanResult) -> Figure:
    """A result as one of the figures that stand side by side."""
    return Figure(value=found.value, interval=found.interval, n=found.n, method=found.method, note=found.note)


def _chance(evidence: JudgeEvidence, key: Key) -> float | None:
    if key[1]:
        return evidence.inclusion.get(key)
    found = {chance for (case, _), chance in evidence.inclusion.items() if case == key[0]}
    return found.pop() if len(found) == 1 else None


def _binary(judged: JudgedScores) -> bool:
    return judged.scale == "binary" and bool(np.all((judged.scores == 0.0) | (judged.scores == 1.0)))


def _internal(
    judged: JudgedScores, labels: Labels, evidence: JudgeEvidence, *, level: float, seed: int
) -> tuple[MeanResult, ExpertCheck]:
    values = np.asarray(labels.values, np.float64)
    plain = _binary(judged) and bool(np.all((values == 0.0) | (values == 1.0)))
    scale: Scale = "bounded" if judged.scale == "binary" and not plain else judged.scale
    found: CorrectedResult = correct_headline(
        judged.scores,
        labels,
        scale=scale,
        value_range=judged.value_range,
        clusters=judged.clusters,
        level=level,
        seed=seed,
    )
    check = ExpertCheck(
        state="valid",
        reason=evidence.reason,
        human_only=figure(found.human_only),
        judge_only=figure(found.judge_only),
        corrected=figure(found.corrected),
        labels=values.size,
        effective_n=found.effective_labels,
        labels_saved=found.labels_saved,
        study=evidence.study,
        date=evidence.date,
    )
    return found.corrected, check


def _external(
    judged: JudgedScores, errors: Calibration, evidence: JudgeEvidence, *, level: float
) -> tuple[MeanResult, ExpertCheck]:
    alone = estimate_mean(judged.scores, scale="binary", design=Design(clusters=judged.clusters), level=level)
    n = max(1, round(alone.effective_n or alone.n))
    found = correct_from_calibration(
        min(n, round((alone.value or 0.0) * n)), n, calibration=errors, level=level
    )
    corrected = replace(found.corrected, n=alone.n, n_units=alone.n_units)
    if found.corrected.value is None:
        corrected = replace(corrected, gateable=False)
    check = ExpertCheck(
        state="valid",
        reason=sentences(evidence.reason, corrected.note),
        judge_only=replace(figure(alone), note=sentences(alone.note, JUDGE_ALONE)),
        corrected=figure(corrected) if corrected.value is not None else None,
        labels=round(errors.positives + errors.negatives),
        study=evidence.study,
        date=evidence.date,
    )
    return corrected, check
