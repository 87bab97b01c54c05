"""Comparisons: the keys of the command contract."""

from __future__ import annotations

from steelyard.core import Comparison, Difference, Estimate, Flip, RankedRun, canonical_json

DIFFERENCE = {
    "name", "base", "candidate", "difference", "interval", "level", "p_value", "p_adjusted", "method",
    "n_pairs", "n_clusters", "minimum_detectable", "verdict",
}  # fmt: skip
LEVEL = Estimate(name="m", value=0.5, interval=(0.4, 0.6), n=10)


def _difference(**given: object) -> Difference:
    fields: dict[str, object] = {
        "name": "m", "base": LEVEL, "candidate": LEVEL, "difference": 0.0, "interval": (-0.1, 0.1),
    }  # fmt: skip
    return Difference(**(fields | given))  # type: ignore[arg-type]


def test_a_difference_has_the_keys_of_the_contract() -> None:
    document = _difference(worst_interval=(-0.2, 0.1)).as_json()
    assert document.keys() >= DIFFERENCE
    assert document["base"] == LEVEL.as_json()
    assert (document["interval"], document["worst_interval"]) == ([-0.1, 0.1], [-0.2, 0.1])
    assert "dimension" not in document


def test_nothing_paired_is_null() -> None:
    document = _difference(difference=None, interval=None).as_json()
    assert (document["difference"], document["interval"], document["verdict"]) == (None, None, "inconclusive")


def test_a_slice_is_also_said_in_parts() -> None:
    document = _difference(slice="topic=a=b").as_json()
    assert (document["dimension"], document["value"]) == ("topic", "a=b")


def test_a_comparison_lists_metrics_slices_and_flips() -> None:
    flip = Flip(
        case_id="c1", epoch=2, input="q", expected="a", base_output="b", candidate_output="c", metric="m"
    )
    comparison = Comparison(
        base_run="run-1",
        candidate_run="run-2",
        base_label="v1",
        candidate_label="v2",
        benchmark="quiz@v1",
        metrics=(_difference(),),
        slices=(_difference(slice="topic=x"),),
        broken=(flip,),
    )
    document = comparison.as_json()
    assert document.keys() >= {"metrics", "slices", "flips", "base", "candidate", "benchmark", "notes"}
    assert document["base"] == {"run": "run-1", "label": "v1"}
    assert document["flips"] == {"fixed": [], "broken": [flip.as_json()]}
    assert flip.as_json()["id"] == "c1"
    assert canonical_json(document)


def test_a_ranked_run_shows_the_ranks_that_the_data_leave_open() -> None:
    ranked = RankedRun(run="run-1", label="v1", estimate=LEVEL, rank_low=1, rank_high=3)
    assert ranked.as_json()["rank"] == [1, 3]
    assert ranked.as_json()["cost_usd"] is None
