"""Runs of a judge of known quality, stored with experts' labels: for promises that are kept end to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from steelyard.bench import BenchmarkVersion, version_hash
from steelyard.core import Case, FixedClock, MetricSpec, Output, Rating, Scored
from steelyard.metrics import make_metric
from steelyard.review import CalibrationRequest, Study, StudyRating, calibrate
from steelyard.runs import RunRecord, SampleRow
from steelyard.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = "recorded:judge"
Bools = NDArray[np.bool_]


def judge_spec() -> MetricSpec:
    return make_metric(KEY).spec


def add_cases(store: Store, count: int) -> tuple[BenchmarkVersion, list[Case]]:
    cases = [Case(id=f"c{n}", input=f"question {n}") for n in range(count)]
    version = BenchmarkVersion(
        name="judged", number=0, hash=version_hash(cases), cases=count, created=NOW, tags=()
    )
    return store.add_version(version, cases), cases


def verdicts(truth: Bools, *, se: float, sp: float, rng: np.random.Generator) -> Bools:
    yes, no = rng.random(truth.size) < se, rng.random(truth.size) >= sp
    return np.where(truth, yes, no)


def add_run(
    store: Store, version: BenchmarkVersion, cases: Sequence[Case], said: Bools, *, name: str
) -> RunRecord:
    record = RunRecord(
        id=name,
        benchmark=version.ref,
        target={"name": name, "uri": f"replay:{name}", "settings": {}, "prompts": {}},
        metrics=(judge_spec(),),
        epochs=1,
        seed=0,
        started=NOW,
        label=name,
        status="complete",
        software="test",
    )
    store.create_run(record)
    store.append(
        name,
        [
            SampleRow(
                case_id=case.id,
                epoch=1,
                position=place,
                output=Output(value=f"{name} {case.id}"),
                scores={KEY: Scored(value=float(said[place]))},
            )
            for place, case in enumerate(cases)
        ],
    )
    return record


def label(store: Store, run: RunRecord, rows: Sequence[int], truth: Bools, *, study: str) -> None:
    """One expert's word on these rows, and the judge held against it."""
    ratings = [
        StudyRating(
            rating=Rating(
                item=f"c{row}",
                rater="ann",
                criterion="correct",
                value=float(truth[row]),
                output_hash=Output(value=f"{run.id} c{row}").hash,
            ),
            run=run.id,
        )
        for row in rows
    ]
    made = Study(name=study, created=NOW, runs=(run.id,))
    store.save_study(made, ratings=ratings)
    calibrate(CalibrationRequest(run=run, study=made, metric=KEY), store=store, clock=FixedClock(NOW))
