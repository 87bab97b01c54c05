from __future__ import annotations

import math
import random

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from steelyard.core import Case, Failed, Json, Output, Scored, Skipped, UsageError
from steelyard.metrics import make_metric, score_output


def _value(metric: str, ranked: Json, expected: Json) -> float:
    score = score_output(
        make_metric(metric), Case(id="1", input="q", expected=expected), Output(value=ranked)
    )
    assert isinstance(score, Scored), score
    return score.value


@pytest.mark.parametrize(
    ("metric", "ranked", "expected", "value"),
    [
        # Manning et al. 2008, chapter 8; by hand.
        ("recall_at_k:k=3", ["a", "x", "b", "c"], ["a", "b", "c", "d"], 0.5),
        ("precision_at_k:k=3", ["a", "x", "b", "c"], ["a", "b", "c", "d"], 2 / 3),
        ("precision_at_k:k=5", ["a"], ["a"], 0.2),
        ("mrr", ["x", "y", "b"], ["a", "b"], 1 / 3),
        ("mrr:k=2", ["x", "y", "b"], ["a", "b"], 0.0),
        ("map", ["a", "x", "b"], ["a", "b", "c"], (1 + 2 / 3) / 3),
        ("map:k=1", ["a", "x", "b"], ["a", "b", "c"], 1 / 3),
        # DCG = 3/1 + 2/log2(3) + 3/2 of ideal 3 + 3/log2(3) + 2/2
        (
            "ndcg",
            ["a", "b", "c"],
            {"a": 3, "b": 2, "c": 3},
            (4.5 + 2 / math.log2(3)) / (4 + 3 / math.log2(3)),
        ),
        ("ndcg:gain=exponential,k=1", ["b", "a"], {"a": 2, "b": 1}, 1 / 3),
        ("recall_at_k", {"ids": [1, 2]}, [2, 3], 0.5),
        ("recall_at_k", {"retrieved": [{"id": "a", "text": "…"}]}, "a", 1.0),
        ("recall_at_k", '{"ids": ["a"]}', ["a"], 1.0),
        ("map", ["a", "a", "b"], ["a", "b"], 1.0),
        ("ndcg", ["x", "a"], {"a": 1, "x": 0, "y": -1}, 1 / math.log2(3)),
    ],
)
def test_values_by_hand(metric: str, ranked: Json, expected: Json, value: float) -> None:
    assert _value(metric, ranked, expected) == pytest.approx(value, abs=1e-12)


def test_ndcg_and_map_equal_scikit_learn() -> None:
    rng = random.Random(9)
    for _ in range(30):
        ids = [f"d{number}" for number in range(rng.randint(2, 12))]
        gains = {name: rng.randint(0, 3) for name in ids}
        if not any(gains.values()):
            continue
        ranked = rng.sample(ids, len(ids))
        scores = np.array([[len(ids) - ranked.index(name) for name in ids]])
        truth = np.array([[gains[name] for name in ids]])
        for k in (1, 3, 20):
            theirs = ndcg_score(truth, scores, k=k)
            assert _value(f"ndcg:k={k}", list(ranked), dict(gains)) == pytest.approx(theirs, abs=1e-12)
        relevant = [name for name in ids if gains[name]]
        precision = average_precision_score((truth > 0)[0], scores[0])
        assert _value("map", list(ranked), list(relevant)) == pytest.approx(precision, abs=1e-12)


@pytest.mark.parametrize("name", ["recall_at_k", "precision_at_k", "mrr", "ndcg", "map"])
def test_states(name: str) -> None:
    metric = make_metric(name)
    case = Case(id="1", input="q", expected=["a"])
    assert score_output(metric, case, Output(value=[])) == Scored(
        value=0.0, reason="nothing was retrieved", extracted=False
    )
    assert score_output(metric, case, Output(value="prose")) == Scored(
        value=0.0, reason="the answer is not a list of ids", extracted=False
    )
    assert score_output(metric, Case(id="1", input="q", expected=[]), Output(value=["a"])) == Skipped(
        reason="nothing is relevant"
    )
    assert isinstance(
        score_output(metric, Case(id="1", input="q", expected=[[1]]), Output(value=["a"])), Failed
    )
    with pytest.raises(UsageError, match="k must be 1 or more"):
        make_metric(f"{name}:k=0")
