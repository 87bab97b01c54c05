"""Pairing: the same case in the same epoch, in two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from steelyard.core import CASES_LIKE_THESE, Json, MetricSpec
from steelyard.gates._signature import Origin, pair_signature
from steelyard.runs import STATE_FAILED, STATE_SCORED, ScoreTable, effective_spec
from steelyard.stats.judging import JudgeEvidence

Keys = Sequence[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Row i of every column is one pair: the same question, answered in both runs."""

    metric: MetricSpec
    """The metric both runs were scored with."""
    keys: Keys
    """(case id, epoch) of each pair; epoch 0 where epochs were averaged."""
    base: NDArray[np.float64]
    """Baseline values."""
    candidate: NDArray[np.float64]
    """Candidate values."""
    clusters: Sequence[str] | None
    """Cluster of each pair; None when every pair stands alone."""
    weights: NDArray[np.float64] | None
    """Case weights; None when all are equal, those of missing pairs included."""
    slices: Sequence[Mapping[str, str]]
    """Slices of each pair."""
    sealed: NDArray[np.bool_]
    """Pairs of the sealed split, which no list shows."""
    same: NDArray[np.bool_]
    """Pairs whose outputs are byte-identical and scored alike."""
    answered: NDArray[np.bool_]
    """Pairs in which the candidate's answer held something to measure."""
    missing: MissingPairs
    """Pairs with a Failed score on a side."""
    unpaired: int
    """Rows of either run without a partner of equal content."""
    base_details: Sequence[Mapping[str, Json]] = ()
    """Sufficient statistics, for corpus metrics."""
    candidate_details: Sequence[Mapping[str, Json]] = ()
    """Sufficient statistics, for corpus metrics."""
    origin: Origin = field(default_factory=Origin)
    """The runs they come from, for signatures."""
    part: str = ""
    """`dimension=value` of the slice they were taken from; empty for all cases."""
    judge: tuple[JudgeEvidence, JudgeEvidence] | None = None
    """Of a judge's metric: what experts say of the baseline's and of the candidate's scores."""
    own: Pairs | None = None
    """Every score of the candidate, where the baseline failed on some of its cases; None: these pairs."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def identical(self) -> bool:
        """Nothing changed: every pair is the same, none is missing, and no sample is without a partner.

        Where no answer held anything to measure, two equal failures are no evidence that all is well.
        """
        compared = bool(self.answered.any()) and not len(self.missing) and not self.unpaired
        return compared and bool(self.same.all())

    def signature(self, *, n: int, method: str, level: float, seed: int) -> str:
        """One line that names everything a figure on these pairs depends on."""
        measured = f"{self.part} n={n}" if self.part else f"n={n}"
        return pair_signature(
            self.origin, self.metric, measured=measured, method=method, level=level, seed=seed
        )

    @property
    def unit(self) -> str:
        """What is resampled: cases (with all their epochs), or groups where cases belong to some."""
        grouped = any(cluster.startswith("group:") for cluster in self.clusters or ())
        return "group" if grouped else "case"

    @property
    def estimand(self) -> str:
        """What figures on these pairs speak about, and how cases are weighted."""
        if self.weights is not None:
            return f"{CASES_LIKE_THESE}, weighted as the cases say"
        return CASES_LIKE_THESE if self.clusters is None else f"{CASES_LIKE_THESE}, weighted by case"

    def of_candidate(self) -> Pairs:
        """What a figure on the candidate alone rests on: a baseline that failed takes nothing from it.

        Where the baseline has no score, the candidate's own stands in its place.
        """
        if self.own is None:
            return self
        return replace(self.own, origin=self.origin, part=self.part, judge=self.judge)

    def where(self, mask: NDArray[np.bool_]) -> Pairs:
        """The pairs that `mask` selects; which pairs are missing stays as it is."""
        rows = np.flatnonzero(mask).tolist()
        return replace(
            self,
            keys=[self.keys[row] for row in rows],
            base=self.base[rows],
            candidate=self.candidate[rows],
            clusters=None if self.clusters is None else [self.clusters[row] for row in rows],
            weights=None if self.weights is None else self.weights[rows],
            slices=[self.slices[row] for row in rows],
            sealed=self.sealed[rows],
            same=self.same[rows],
            answered=self.answered[rows],
            base_details=[self.base_details[row] for row in rows] if self.base_details else (),
            candidate_details=[self.candidate_details[row] for row in rows] if self.candidate_details else (),
        )

    def in_slice(self, dimension: str, value: str) -> Pairs:
        """The pairs of one slice, with the missing pairs of that slice."""
        mask = np.fromiter((row.get(dimension) == value for row in self.slices), bool, len(self))
        chosen = self.where(mask)
        own = None if self.own is None else self.own.in_slice(dimension, value)
        missing = self.missing.in_slice(dimension, value)
        return replace(chosen, missing=missing, part=f"{dimension}={value}", own=own)


@dataclass(frozen=True, kw_only=True)
class MissingPairs:
    """Pairs that cannot be compared because an evaluator or the infrastructure failed."""

    base: Sequence[float | None]
    """Baseline value; None where that side is missing."""
    candidate: Sequence[float | None]
    """Candidate value; None where that side is missing."""
    clusters: Sequence[str]
    """Cluster of each."""
    weights: Sequence[float]
    """Weight of each."""
    slices: Sequence[Mapping[str, str]]
    """Slices of each."""

    def __len__(self) -> int:
        return len(self.base)

    def in_slice(self, dimension: str, value: str) -> MissingPairs:
        """Those of one slice."""
        rows = [row for row, slices in enumerate(self.slices) if slices.get(dimension) == value]
        return MissingPairs(
            base=[self.base[row] for row in rows],
            candidate=[self.candidate[row] for row in rows],
            clusters=[self.clusters[row] for row in rows],
            weights=[self.weights[row] for row in rows],
            slices=[self.slices[row] for row in rows],
        )


def pair_tables(base: ScoreTable, candidate: ScoreTable) -> Pairs:
    """Pair two score tables on case id, content hash and epoch.

    When the runs repeat cases differently often, each case is first averaged over its epochs.
    A case that either metric skipped is left out on both sides: nothing was expected of it.
    """
    metric = _joint_spec(base, candidate)
    base, candidate = replace(base, metric=metric), replace(candidate, metric=metric)
    if set(base.epochs.tolist()) != set(candidate.epochs.tolist()):
        base, candidate = _average_epochs(base), _average_epochs(candidate)
    partner = {key: row for row, key in enumerate(_row_keys(candidate))}
    matched = [(row, partner[key]) for row, key in enumerate(_row_keys(base)) if key in partner]
    left = np.fromiter((pair[0] for pair in matched), np.int64, len(matched))
    right = np.fromiter((pair[1] for pair in matched), np.int64, len(matched))
    left_state, right_state = base.states[left], candidate.states[right]
    both = (left_state == STATE_SCORED) & (right_state == STATE_SCORED)
    lost = ((left_state == STATE_FAILED) | (right_state == STATE_FAILED)) & (
        (left_state <= STATE_FAILED) & (right_state <= STATE_FAILED)
    )
    pairs = _assemble(base, candidate, left=left, right=right, both=both, lost=lost)
    alone = lost & (right_state == STATE_SCORED)
    if not alone.any():
        return pairs
    filled = base.values.copy()
    filled[left[alone]] = candidate.values[right[alone]]
    standing_in = replace(base, values=filled)
    own = _assemble(standing_in, candidate, left=left, right=right, both=both | alone, lost=lost & ~alone)
    return replace(pairs, own=own)


def _assemble(
    base: ScoreTable,
    candidate: ScoreTable,
    *,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    both: NDArray[np.bool_],
    lost: NDArray[np.bool_],
) -> Pairs:
    rows, partners = left[both], right[both]
    clusters = [base.clusters[row] for row in rows]
    weights = base.weights[rows]
    every = np.concatenate([weights, base.weights[left[lost]]])
    same_output = np.fromiter(
        (
            base.output_hashes[row] == candidate.output_hashes[partner]
            for row, partner in zip(rows, partners, strict=True)
        ),
        np.bool_,
        len(rows),
    )
    return Pairs(
        metric=candidate.metric,
        keys=[(base.case_ids[row], int(base.epochs[row])) for row in rows],
        base=base.values[rows],
        candidate=candidate.values[partners],
        clusters=None if len(set(clusters)) == len(clusters) else clusters,
        weights=None if weights.size == 0 or bool(np.all(every == every[0])) else weights,
        slices=[base.slices[row] for row in rows],
        sealed=np.fromiter((base.splits[row] == "sealed" for row in rows), bool, len(rows)),
        same=same_output & (base.values[rows] == candidate.values[partners]),
        answered=candidate.extracted[partners],
        missing=_missing(base, candidate, left=left[lost], right=right[lost]),
        unpaired=len(base) + len(candidate) - 2 * len(left),
        base_details=[base.details[row] for row in rows] if base.details else (),
        candidate_details=[candidate.details[row] for row in partners] if candidate.details else (),
    )


def _joint_spec(base: ScoreTable, candidate: ScoreTable) -> MetricSpec:
    """The metric as a run's own page shows it: recorded scores that are 0 or 1 in both runs are shares."""
    before, after = effective_spec(base), effective_spec(candidate)
    return after if before.scale == after.scale else candidate.metric


def _missing(
    base: ScoreTable, candidate: ScoreTable, *, left: NDArray[np.int64], right: NDArray[np.int64]
) -> MissingPairs:
    return MissingPairs(
        base=[_value(base, row) for row in left],
        candidate=[_value(candidate, row) for row in right],
        clusters=[base.clusters[row] for row in left],
        weights=[float(base.weights[row]) for row in left],
        slices=[base.slices[row] for row in left],
    )


def _value(table: ScoreTable, row: int) -> float | None:
    return float(table.values[row]) if table.states[row] == STATE_SCORED else None


def _row_keys(table: ScoreTable) -> list[tuple[str, str, int]]:
    return list(zip(table.case_ids, table.case_hashes, table.epochs.tolist(), strict=True))


def _average_epochs(table: ScoreTable) -> ScoreTable:
    """One row a case: the mean of its scored epochs; Failed when any epoch failed.

    Means of right-or-wrong scores are shares, so the metric is bounded from here on.
    """
    rows: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(table.case_ids, table.case_hashes, strict=True)):
        rows.setdefault(key, []).append(row)
    first = [members[0] for members in rows.values()]
    states = np.array([int(_joint_state(table.states[members])) for members in rows.values()], np.int8)
    return ScoreTable(
        metric=replace(table.metric, scale="bounded") if table.metric.scale == "binary" else table.metric,
        case_ids=[table.case_ids[row] for row in first],
        case_hashes=[table.case_hashes[row] for row in first],
        epochs=np.zeros(len(first), np.int64),
        clusters=[table.clusters[row] for row in first],
        weights=table.weights[first],
        slices=[table.slices[row] for row in first],
        splits=[table.splits[row] for row in first],
        states=states,
        values=np.array([_mean_scored(table, members) for members in rows.values()], np.float64),
        extracted=np.ones(len(first), np.bool_),
        output_hashes=["\n".join(table.output_hashes[row] for row in members) for members in rows.values()],
    )


def _joint_state(states: NDArray[np.int8]) -> int:
    if bool(np.any(states == STATE_FAILED)):
        return STATE_FAILED
    return STATE_SCORED if bool(np.any(states == STATE_SCORED)) else int(states[0])


def _mean_scored(table: ScoreTable, members: Sequence[int]) -> float:
    scored = [table.values[row] for row in members if table.states[row] == STATE_SCORED]
    return float(np.mean(scored)) if scored else 0.0
