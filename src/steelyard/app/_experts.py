"""Runs with what experts say of their judges: the one place where review meets summaries and gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from steelyard import review, runs
from steelyard.core import Json, RunSummary
from steelyard.metrics.judge import asks_a_model
from steelyard.runs import RunRecord
from steelyard.store import Store

if TYPE_CHECKING:
    from steelyard.stats.judging import JudgeEvidence


def summary_of(run: RunRecord, store: Store) -> RunSummary:
    """A run's headline numbers; those of judges corrected by experts, or marked as held against nobody."""
    found = runs.summarise(run, store, judges=_evidence(run, store))
    checks = _checks(run, store)
    if not checks:
        return found
    said = (review.check_words(key, check) for key, check in checks.items())
    judges = {key: {**item, "check": checks.get(key)} for key, item in found.judges.items()}
    return replace(found, judges=judges, notes=(*found.notes, *said))


def judges_of(several: Iterable[RunRecord], store: Store) -> dict[tuple[str, str], JudgeEvidence]:
    """What experts say of the judges of several runs, by run id and metric key."""
    return {(run.id, key): evidence for run in several for key, evidence in _evidence(run, store).items()}


def _checks(run: RunRecord, store: Store) -> dict[str, dict[str, Json]]:
    """By metric key, how easily each judge was steered when it was last tried."""
    asked = [spec for spec in run.metrics if asks_a_model(spec)]
    history = store.calibrations() if asked else []
    found = {spec.key: review.last_check(spec, history) for spec in asked} if history else {}
    return {key: check for key, check in found.items() if check is not None}


def _evidence(run: RunRecord, store: Store) -> Mapping[str, JudgeEvidence]:
    """Nothing, and nothing loaded, where no metric asks a model and nobody was ever held against experts."""
    if not any(map(asks_a_model, run.metrics)) and not store.calibrations():
        return {}
    return review.judge_evidence(run, store)
