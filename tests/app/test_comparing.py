"""Rankings of three and more runs."""

from __future__ import annotations

from pathlib import Path

from tests.app.conftest import Steelyard, write_lines

from steelyard.app._comparing import compare_many
from steelyard.app.library import open_project
from steelyard.gates import CompareOptions


def test_two_runs_are_compared_and_not_ranked(quiz: Steelyard) -> None:
    with open_project() as project:
        runs = [project.store.get_run(name) for name in ("good", "bad")]
        comparisons, rankings = compare_many(runs, store=project.store, options=CompareOptions())
    assert (len(comparisons), rankings) == (1, [])


def test_each_run_is_compared_with_the_first_and_all_are_ranked(quiz: Steelyard) -> None:
    document = quiz("compare", "good", "same", "bad", "close", "--json").json
    assert [item["candidate"]["label"] for item in document["comparisons"]] == ["same", "bad", "close"]
    assert all(item["base"]["label"] == "good" for item in document["comparisons"])
    (ranking,) = document["ranking"]
    places = {run["label"]: run["rank"] for run in ranking["runs"]}
    assert places["bad"] == [4, 4]
    assert all(places[name] == [1, 3] for name in ("good", "same", "close"))
    assert "bad" in quiz("compare", "good", "same", "bad").out


def test_lower_is_better_turns_the_order(quiz: Steelyard, tmp_path: Path) -> None:
    for name, seconds in (("fast", 0.1), ("slow", 1.0), ("slowest", 2.0)):
        rows = [{"id": f"c{n}", "output": "x", "latency_s": seconds + n / 1_000} for n in range(200)]
        write_lines(tmp_path / f"{name}.jsonl", rows)
        quiz("run", "quiz", "--target", f"replay:{name}.jsonl", "--metric", "latency", "--label", name)
    (ranking,) = quiz("compare", "slow", "fast", "slowest", "--json").json["ranking"]
    assert [run["label"] for run in ranking["runs"]] == ["fast", "slow", "slowest"]
    assert [run["latency_s"] for run in ranking["runs"]] == sorted(
        run["latency_s"] for run in ranking["runs"]
    )
    assert ranking["runs"][0]["on_frontier"] is True
    assert ranking["runs"][2]["on_frontier"] is False


def test_corpus_metrics_are_compared_and_not_ranked(quiz: Steelyard) -> None:
    for name in ("good", "same", "bad"):
        assert quiz("score", name, "--metric", "chrf").code == 0
    document = quiz("compare", "good", "same", "bad", "--json").json
    assert {item["name"] for item in document["metrics"]} == {"numeric_match", "chrf"}
    assert [item["metric"] for item in document["ranking"]] == ["numeric_match"]
