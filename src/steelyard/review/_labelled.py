"""A judge's scores of a run beside the experts' labels of its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Criterion, MetricSpec, NotFoundError, StatisticsError
from steelyard.review._consensus import Consensus, consensus, newest
from steelyard.review._import import ReviewStores
from steelyard.review._record import Study, StudyRating
from steelyard.runs import STATE_SCORED, RunRecord, ScoreTable, complete_prefix, effective_spec
from steelyard.stats.judging import Key, Labels


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Scored samples of a run, in planned order, and who of them has a label."""

    spec: MetricSpec
    """The judge's metric; recorded scores that are all 0 or 1 count as binary."""
    keys: Sequence[Key]
    """Scored samples."""
    scores: NDArray[np.float64]
    """The judge's score of each."""
    clusters: Sequence[str] | None
    """Cluster of each; None: each stands alone."""
    experts: Consensus
    """What experts said of this run's outputs."""

    @property
    def rows(self) -> list[int]:
        """Positions of the labelled samples."""
        return [row for row, key in enumerate(self.keys) if key in self.experts.labels]

    def labels(self, rows: Sequence[int]) -> Labels:
        """The labels of these positions, with their inclusion probabilities where all are known."""
        keys = [self.keys[row] for row in rows]
        known = [self.experts.inclusion[key] for key in keys if key in self.experts.inclusion]
        return Labels(
            items=list(rows),
            values=[self.experts.labels[key] for key in keys],
            inclusion=known if len(known) == len(keys) else None,
        )


def scored_table(run: RunRecord, metric: str, store: ReviewStores) -> ScoreTable:
    """The complete beginning of a metric's scores; raises NotFoundError."""
    return complete_prefix(store.score_table(run.id, metric, details=True), run)


def labelled(
    run: RunRecord, table: ScoreTable, *, study: Study, rows: Sequence[StudyRating], criterion: str
) -> Labelled:
    """A run's scores beside the newest ratings of its present outputs on one criterion.

    Ratings of an answer that the run does not hold any more are left out: each is bound to what was judged.
    """
    scored = np.flatnonzero(table.states == STATE_SCORED).tolist()
    keys = [(table.case_ids[row], int(table.epochs[row])) for row in scored]
    hashes = {key: table.output_hashes[row] for key, row in zip(keys, scored, strict=True)}
    own = ratings_of(run.id, rows, criterion=criterion, hashes=hashes)
    spec = effective_spec(table)
    clusters = [table.clusters[row] for row in scored]
    return Labelled(
        spec=spec,
        keys=keys,
        scores=table.values[scored],
        clusters=None if len(set(clusters)) == len(clusters) else clusters,
        experts=consensus(
            own,
            criterion=criterion_of(study, criterion),
            judge_range=spec.range,
            where=f"study {study.name}, {criterion}",
        ),
    )


def ratings_of(
    run: str, rows: Sequence[StudyRating], *, criterion: str, hashes: Mapping[Key, str]
) -> list[StudyRating]:
    """Newest ratings of a run's outputs as they are stored."""
    return [
        row
        for row in newest(rows)
        if row.run == run
        and row.rating.criterion == criterion
        and hashes.get((row.rating.item, row.rating.epoch)) == row.rating.output_hash
    ]


def criterion_of(study: Study, name: str) -> Criterion | None:
    """The rubric's criterion of that name, where the study has a rubric with it."""
    if study.rubric is None:
        return None
    return next((item for item in study.rubric.criteria if item.name == name), None)


def choose_criterion(study: Study, rows: Sequence[StudyRating], *, run: str, asked: str | None) -> str:
    """The criterion asked for, or the only one rated; raises NotFoundError or StatisticsError."""
    names = sorted({row.rating.criterion for row in rows if row.run == run})
    if not names:
        raise StatisticsError(
            f"no output of run {run} was rated",
            where=f"study {study.name}",
            hint=f"Import ratings of this run: steelyard study import FILE --name {study.name} --run {run}",
        )
    if asked is not None and asked not in names:
        raise NotFoundError(
            f"nobody rated the criterion '{asked}'", where=study.name, hint=f"Rated: {', '.join(names)}"
        )
    if asked is None and len(names) > 1:
        raise StatisticsError(
            f"the study has {len(names)} criteria",
            where=study.name,
            hint=f"Say which one the judge is to be held against: --criterion {names[0]} "
            f"(or {', '.join(names[1:])})",
        )
    return asked or names[0]
