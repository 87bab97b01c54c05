"""Runs with what experts say of their judges: the one place where review meets summaries and gates."""

from __future__ import annotations

from collections.abc import Iterable

from steelyard.core import RunSummary
from steelyard.review import judge_evidence
from steelyard.runs import RunRecord, summarise
from steelyard.stats.judging import JudgeEvidence
from steelyard.store import Store


def summary_of(run: RunRecord, store: Store) -> RunSummary:
    """A run's headline numbers; those of judges corrected by experts, or marked as held against nobody."""
    return summarise(run, store, judges=judge_evidence(run, store))


def judges_of(runs: Iterable[RunRecord], store: Store) -> dict[tuple[str, str], JudgeEvidence]:
    """What experts say of the judges of several runs, by run id and metric key."""
    return {(run.id, key): evidence for run in runs for key, evidence in judge_evidence(run, store).items()}
