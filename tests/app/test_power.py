"""What a benchmark can settle, in words and numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

from steelyard.app._power import NO_PILOT, benchmark_power
from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, StatisticsError


def _version(cases: int) -> BenchmarkVersion:
    return BenchmarkVersion(
        name="quiz", number=1, hash="0" * 64, cases=cases, created=datetime(2026, 1, 1, tzinfo=UTC)
    )


def _cases(count: int, *, group_of: int = 1) -> list[Case]:
    return [
        Case(id=str(n), input="x", group=f"g{n // group_of}" if group_of > 1 else None) for n in range(count)
    ]


def test_a_hundred_cases_settle_about_nine_points() -> None:
    # the planning words of the README: 100 cases settle about 9 points; 2 points need about 2,000
    power = benchmark_power(_version(100), _cases(100), margin=0.02)
    assert power.plan.settled_drop == pytest.approx(0.0886, abs=5e-4)
    assert power.plan.units_for_margin == 1_963
    assert power.proposed == 0.09
    text = power.describe()
    assert "100 independent cases of quiz@v1 settle a drop of about 8.9 points" in text
    assert "2 points need about 1,963" in text
    assert "allowed_drop = 0.09" in text
    assert NO_PILOT in text


def test_groups_count_once() -> None:
    alone = benchmark_power(_version(25), _cases(25), margin=0.02)
    grouped = benchmark_power(_version(100), _cases(100, group_of=4), margin=0.02)
    assert (grouped.units, grouped.plan.settled_drop) == (25, alone.plan.settled_drop)


def test_what_is_proposed_is_settled() -> None:
    for count in (1, 7, 50, 333, 2_000, 50_000):
        power = benchmark_power(_version(count), _cases(min(count, 2_000)), margin=0.02)
        again = benchmark_power(_version(count), _cases(min(count, 2_000)), margin=power.proposed)
        assert again.plan.pass_if_unchanged >= 0.8


@pytest.mark.parametrize("margin", [0.0, -0.1])
def test_a_margin_of_nothing_cannot_be_planned(margin: float) -> None:
    with pytest.raises(StatisticsError, match="positive"):
        benchmark_power(_version(10), _cases(10), margin=margin)


def test_a_pair_of_runs_measures_the_spread(quiz: Steelyard) -> None:
    document = quiz("bench", "power", "quiz", "--run", "good..bad", "--json").json
    assert "measured between good and bad" in document["basis"]
    assert document["spread"] != pytest.approx(0.1**0.5)


def test_one_run_gives_a_cautious_spread(quiz: Steelyard) -> None:
    document = quiz("bench", "power", "quiz", "--run", "good", "--json").json
    assert "assumed to correlate" in document["basis"]
    assert document["spread"] == pytest.approx((0.95 * 0.05) ** 0.5)  # √(2 p q (1 − 0.5)), p = .95


def test_a_run_against_itself_measures_nothing(quiz: Steelyard) -> None:
    answer = quiz("bench", "power", "quiz", "--run", "good..same")
    assert answer.code == 2
    assert "have the same answers" in answer.err.splitlines()[0]


def test_a_run_without_a_share_says_what_to_do(steelyard: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "c.jsonl", [{"id": "a", "input": "x"}, {"id": "b", "input": "y"}])
    rows = [{"id": "a", "output": "x", "latency_s": 1.0}, {"id": "b", "output": "y", "latency_s": 2.0}]
    write_lines(tmp_path / "o.jsonl", rows)
    steelyard("bench", "add", "c", "c.jsonl")
    steelyard("run", "c", "--target", "replay:o.jsonl", "--metric", "latency", "--label", "r")
    answer = steelyard("bench", "power", "c", "--run", "r")
    assert answer.code == 2
    assert "steelyard score" in answer.err.splitlines()[0]
