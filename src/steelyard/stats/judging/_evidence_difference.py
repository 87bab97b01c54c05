"""Two versions scored by one judge: their difference, corrected by what experts said of either or both."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from steelyard.core import CalibrationState, ExpertCheck, Figure, Interval, Scale
from steelyard.stats._design import Design, Floats
from steelyard.stats._paired_result import PairedResult
from steelyard.stats._pairs import compare_pairs
from steelyard.stats._result import Range, sentence, sentences
from steelyard.stats.judging._difference import (
    PairedLabels,
    correct_mean_difference,
    correct_rate_difference,
)
from steelyard.stats.judging._evidence import JudgedScores, JudgeEvidence, Key, corrected_value, why_not
from steelyard.stats.judging._external_difference import correct_difference_from_calibration
from steelyard.stats.judging._rate import FEWEST_LABELS, JUDGE_ALONE
from steelyard.stats.judging._result import CorrectedDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPairs:
    """Both runs' scores by one judge; row i is one case in one epoch."""

    keys: Sequence[Key]
    """Whose they are."""
    base: Floats
    """The baseline's scores."""
    candidate: Floats
    """The candidate's."""
    scale: Scale
    """What they are."""
    value_range: Range
    """Where they lie."""
    clusters: Sequence[Hashable] | None = None
    """Cluster of each; None: each stands alone."""
    weighted: bool = False
    """Whether cases have different weights."""

    def side(self, scores: Floats) -> JudgedScores:
        """One run's scores."""
        return JudgedScores(
            keys=self.keys,
            scores=scores,
            scale=self.scale,
            value_range=self.value_range,
            clusters=self.clusters,
            weighted=self.weighted,
        )

    def cut(self, threshold: float | None) -> JudgedPairs:
        """0/1 verdicts at a threshold; itself without one."""
        if threshold is None:
            return self
        before, after = (self.side(scores).cut(threshold) for scores in (self.base, self.candidate))
        return replace(
            self, base=before.scores, candidate=after.scores, scale="binary", value_range=after.value_range
        )


def corrected_difference(
    pairs: JudgedPairs,
    before: JudgeEvidence,
    after: JudgeEvidence,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[PairedResult, ExpertCheck]:
    """Candidate − base by a judge, corrected where the evidence on both runs allows it.

    Cases that experts labelled in both runs are used as pairs; where there are too few of them, both rates
    are corrected by themselves and their intervals combined (Zou and Donner, Statistics in Medicine 27
    (2008) 1693-1702); where one run has no labels at all, the judge's errors on the labelled one correct the
    difference of 0/1 verdicts. Otherwise the judge's own difference comes back, marked as not to decide on.
    Raises StatisticsError for labels that do not fit.
    """
    both = JudgeEvidence(
        state=_joint(before, after),
        reason=_reason(before, after),
        date=max(before.date, after.date),
        study=", ".join(dict.fromkeys(name for name in (before.study, after.study) if name)),
    )
    cut = pairs.cut(after.threshold)
    if both.state == "valid" and not pairs.weighted:
        shared = [key for key in cut.keys if _labelled(before, key) and _labelled(after, key)]
        own = [sum(_labelled(side, key) for key in cut.keys) for side in (before, after)]
        # Which way is taken depends on how many labels there are, never on what they say.
        if shared and (2 * len(shared) >= min(own) or min(own) < FEWEST_LABELS):
            return _paired(cut, before, after, both, level=level, seed=seed)
        if min(own) >= FEWEST_LABELS:
            return _apart(cut, before, after, both, level=level, seed=seed)
        if (found := _elsewhere(cut, before, after, both, level=level)) is not None:
            return found
    alone = _alone(pairs, level=level, seed=seed)
    why = why_not(both, weighted=pairs.weighted)
    shown = replace(alone, gateable=False, note=sentence(sentences(why, alone.note.rstrip("."))))
    return shown, ExpertCheck(
        state=both.state, reason=why, judge_only=_figure(alone), study=both.study, date=both.date
    )


def _joint(before: JudgeEvidence, after: JudgeEvidence) -> CalibrationState:
    states = {before.state, after.state}
    if "none" in states:
        return "none"
    return "expired" if "expired" in states else "valid"


def _reason(before: JudgeEvidence, after: JudgeEvidence) -> str:
    """The worse side's reason; both where both are valid and differ."""
    for state in ("none", "expired"):
        found = [side.reason for side in (after, before) if side.state == state]
        if found:
            return found[0]
    return sentences(*dict.fromkeys((before.reason, after.reason)))


def _labelled(side: JudgeEvidence, key: Key) -> bool:
    return side.label_of(key) is not None


def _paired(
    cut: JudgedPairs,
    before: JudgeEvidence,
    after: JudgeEvidence,
    both: JudgeEvidence,
    *,
    level: float,
    seed: int,
) -> tuple[PairedResult, ExpertCheck]:
    rows, old, new, chances = [], [], [], []
    for row, key in enumerate(cut.keys):
        first, second = before.label_of(key), after.label_of(key)
        if first is not None and second is not None:
            rows.append(row)
            old.append(first)
            new.append(second)
            chances.append(_chance(before, after, key))
    known = [chance for chance in chances if chance is not None]
    labels = PairedLabels(
        items=rows, base=old, candidate=new, inclusion=known if len(known) == len(rows) else None
    )
    judged_plain = _zero_one(cut.base) and _zero_one(cut.candidate) and cut.scale == "binary"
    if judged_plain and _zero_one(np.asarray(old)) and _zero_one(np.asarray(new)):
        found = correct_rate_difference(
            cut.base, cut.candidate, labels=labels, clusters=cut.clusters, level=level, seed=seed
        )
    else:
        found = correct_mean_difference(
            cut.base,
            cut.candidate,
            labels=labels,
            value_range=_range(cut),
            clusters=cut.clusters,
            level=level,
            seed=seed,
        )
    return found.corrected, _check(found, both, labels=len(rows))


def _check(found: CorrectedDifference, both: JudgeEvidence, *, labels: int) -> ExpertCheck:
    return ExpertCheck(
        state="valid",
        reason=both.reason,
        human_only=_figure(found.human_only),
        judge_only=_figure(found.judge_only),
        corrected=_figure(found.corrected),
        labels=labels,
        effective_n=found.effective_labels,
        labels_saved=found.labels_saved,
        study=both.study,
        date=both.date,
    )


def _apart(
    cut: JudgedPairs,
    before: JudgeEvidence,
    after: JudgeEvidence,
    both: JudgeEvidence,
    *,
    level: float,
    seed: int,
) -> tuple[PairedResult, ExpertCheck]:
    """Experts saw other cases of either run: two corrected values and their difference."""
    (old, old_check), (new, new_check) = (
        corrected_value(cut.side(scores), side, level=level, seed=seed)
        for scores, side in ((cut.base, before), (cut.candidate, after))
    )
    alone = _alone(cut, level=level, seed=seed)
    method = f"{new.method}, each run by itself; MOVER"
    note = "experts saw other cases of the baseline than of the candidate, so nothing cancels"
    corrected = _minus(
        _Side(new.value, new.interval, new.n), _Side(old.value, old.interval, old.n), method=method, note=note
    )
    result = replace(
        alone,
        difference=corrected.value,
        interval=corrected.interval,
        p_value=None,
        method=method,
        base_value=old.value,
        candidate_value=new.value,
        spread=None,
        minimum_detectable=None,
        gateable=corrected.interval is not None and old.gateable and new.gateable,
        note=sentence(note),
    )
    human = None
    if new_check.human_only and old_check.human_only:
        first, second = new_check.human_only, old_check.human_only
        human = _minus(
            _Side(first.value, first.interval, first.n),
            _Side(second.value, second.interval, second.n),
            method=first.method,
        )
    return result, ExpertCheck(
        state="valid",
        reason=both.reason,
        human_only=human,
        judge_only=_figure(alone, JUDGE_ALONE),
        corrected=corrected,
        labels=old_check.labels + new_check.labels,
        study=both.study,
        date=both.date,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    value: float | None
    interval: Interval | None
    n: int


def _minus(new: _Side, old: _Side, *, method: str, note: str = "") -> Figure:
    """new − old of independent values, limits by MOVER."""
    n = new.n + old.n
    if new.value is None or old.value is None or new.interval is None or old.interval is None:
        return Figure(value=None, interval=None, n=n, method=method, note=note)
    value = new.value - old.value
    low = value - math.hypot(new.value - new.interval[0], old.interval[1] - old.value)
    high = value + math.hypot(new.interval[1] - new.value, old.value - old.interval[0])
    return Figure(value=value, interval=(low, high), n=n, method=method, note=note)


def _elsewhere(
    cut: JudgedPairs, before: JudgeEvidence, after: JudgeEvidence, both: JudgeEvidence, *, level: float
) -> tuple[PairedResult, ExpertCheck] | None:
    """The judge's errors on a labelled run applied to the difference."""
    errors = after.external or before.external
    if errors is None or cut.scale != "binary" or not (_zero_one(cut.base) and _zero_one(cut.candidate)):
        return None
    alone = _alone(cut, level=level, seed=0)
    found = correct_difference_from_calibration(alone, errors)
    if found is None:
        return None
    check = ExpertCheck(
        state="valid",
        reason=sentences(both.reason, found.note.rstrip(".")),
        judge_only=_figure(alone, JUDGE_ALONE),
        corrected=_figure(found),
        labels=round(errors.positives + errors.negatives),
        study=both.study,
        date=both.date,
    )
    return found, check


def _alone(pairs: JudgedPairs, *, level: float, seed: int) -> PairedResult:
    return compare_pairs(
        pairs.base,
        pairs.candidate,
        scale=pairs.scale,
        value_range=_range(pairs),
        design=Design(clusters=pairs.clusters),
        level=level,
        seed=seed,
    )


def _range(pairs: JudgedPairs) -> Range:
    return (0.0, 1.0) if pairs.scale == "binary" else pairs.value_range


def _zero_one(values: Floats) -> bool:
    return bool(np.all((values == 0.0) | (values == 1.0)))


def _chance(before: JudgeEvidence, after: JudgeEvidence, key: Key) -> float | None:
    """A case drawn once for both runs has one probability; drawn for each by itself, their product."""
    old, new = before.inclusion.get(key), after.inclusion.get(key)
    if old is None or new is None:
        return old if new is None else new
    return old if old == new else old * new


def _figure(found: PairedResult, note: str = "") -> Figure:
    return Figure(
        value=found.difference,
        interval=found.interval,
        n=found.n_pairs,
        method=found.method,
        note=sentences(found.note.rstrip("."), note),
    )
