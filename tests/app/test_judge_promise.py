"""The judge-corrected row of the promises, through stored runs and the library's `compare`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.app.judged_runs import KEY, add_cases, add_run, label, verdicts

from steelyard.app.library import Session, open_project
from steelyard.core import Interval

CASES = 300
SE, SP = 0.95, 0.6
SIZES = (20, 50, 100, 200)
RATES = (0.5, 0.7, 0.9, 0.97)
PAIRS_IN_A_STORE = 10


@dataclass
class Tally:
    """How often intervals held the truth."""

    rates: int = 0
    rate_hits: int = 0
    differences: int = 0
    difference_hits: int = 0

    def count(self, interval: Interval | None, truth: float, *, of: str) -> None:
        assert interval is not None
        hit = interval[0] <= truth <= interval[1]
        if of == "rate":
            self.rates += 1
            self.rate_hits += hit
        else:
            self.differences += 1
            self.difference_hits += hit


def compare_pairs(
    folder: Path, *, labels: int, rate: float, pairs: int, rng: np.random.Generator, tally: Tally
) -> None:
    """Versions of one true rate, labelled on the same random cases, compared as a user would."""
    (folder / "steelyard.toml").write_text('[project]\nname = "p"\nstore = "sqlite://"\n', encoding="utf-8")
    with open_project(folder) as session:
        version, cases = add_cases(session.store, CASES)
        for number in range(pairs):
            drawn = rng.choice(CASES, labels, replace=False).tolist()
            names = [f"run-{number}-{side}" for side in ("base", "candidate")]
            for name in names:
                truth = rng.random(CASES) < rate
                said = verdicts(truth, se=SE, sp=SP, rng=rng)
                run = add_run(session.store, version, cases, said, name=name)
                label(session.store, run, drawn, truth, study=f"s-{name}")
            count_pair(session, names, rate=rate, tally=tally)


def count_pair(session: Session, names: list[str], *, rate: float, tally: Tally) -> None:
    (found,) = session.compare(names[0], names[1], metrics=[KEY]).metrics
    assert found.judge is not None
    assert found.judge.state == "valid"
    tally.count(found.interval, 0.0, of="difference")
    for side in (found.base, found.candidate):
        tally.count(side.interval, rate, of="rate")


def test_corrected_headlines_hold_the_truth_in_short(tmp_path: Path) -> None:
    tally = Tally()
    rng = np.random.default_rng(5)
    compare_pairs(tmp_path, labels=60, rate=0.8, pairs=PAIRS_IN_A_STORE, rng=rng, tally=tally)
    assert (tally.rates, tally.differences) == (20, 10)
    assert tally.rate_hits >= 17
    assert tally.difference_hits >= 8


@pytest.mark.slow
def test_corrected_headlines_hold_the_truth(tmp_path: Path) -> None:
    """Every cell ≥ 93.5 % and the mean ≥ 94.5 %, each less three errors of so few repetitions.

    The same cells at full length, as pure functions: tests/stats/simulations/test_judge_promise.py.
    """
    stores = 5
    cells: dict[tuple[int, float], Tally] = {}
    for place, (labels, rate) in enumerate((labels, rate) for labels in SIZES for rate in RATES):
        tally = cells[labels, rate] = Tally()
        rng = np.random.default_rng(place)
        for _ in range(stores):
            compare_pairs(tmp_path, labels=labels, rate=rate, pairs=PAIRS_IN_A_STORE, rng=rng, tally=tally)
    for (labels, rate), tally in cells.items():
        share, between = tally.rate_hits / tally.rates, tally.difference_hits / tally.differences
        print(f"n = {labels:3}, p = {rate}: rate {share:.3f}, difference {between:.3f}")
    for share_of in ("rate", "difference"):
        found = [
            (getattr(tally, f"{share_of}_hits"), getattr(tally, f"{share_of}s")) for tally in cells.values()
        ]
        assert sum(hits for hits, _ in found) / sum(n for _, n in found) >= 0.945 - noise(
            0.945, sum(n for _, n in found)
        )
        assert min(hits / n for hits, n in found) >= 0.935 - noise(0.935, found[0][1])


def noise(share: float, repetitions: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(share * (1 - share) / repetitions)
