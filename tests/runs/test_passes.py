from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from steelyard.bench import BenchmarkVersion, ImportedRun
from steelyard.core import Case, Output, SystemClock
from steelyard.metrics import make_metric
from steelyard.runs import RunPlan, import_run, summarise
from steelyard.store import Store

Add = Callable[[Iterable[Case]], BenchmarkVersion]
TAU_BENCH = Path(__file__).resolve().parents[2] / "../shared/data/tau_bench/gpt-4o-airline.json.gz"


@pytest.mark.skipif(not TAU_BENCH.exists(), reason="the recorded tau-bench trajectories are not here")
def test_recorded_trials_of_an_agent(add: Add, store: Store) -> None:
    with gzip.open(TAU_BENCH, "rt", encoding="utf-8") as file:
        trials = json.load(file)
    outputs = {
        (str(trial["task_id"]), trial["trial"] + 1): Output(value="", scores={"reward": trial["reward"]})
        for trial in trials
    }
    version = add(Case(id=case_id, input="a customer calls") for case_id in {key[0] for key in outputs})
    run = import_run(
        ImportedRun(label="gpt-4o", outputs=outputs),
        RunPlan(version=version),
        store,
        metrics=[make_metric("recorded:reward")],
        clock=SystemClock(),
        rng=random.Random(1),
    )
    summary = summarise(run, store)
    (reward,) = summary.metrics
    assert reward.value == pytest.approx(0.42)
    assert (reward.n, reward.n_units, reward.unit) == (200, 50, "case")
    found = {item.name: item.value for item in summary.passes["recorded:reward"]}
    # pass^k of S. Yao et al. 2024, τ-bench, section 3, on the trajectories published with the benchmark.
    expected = {"pass^1": 0.42, "pass^2": 0.2733, "pass^3": 0.22, "pass^4": 0.2}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=5e-5)
    assert reward.interval is not None
    low, high = reward.interval
    # Wider than Wilson's on 200 independent trials (0.354, 0.489): tasks are the units.
    assert low < 0.354
    assert high > 0.489
