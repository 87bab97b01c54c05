"""Weights and clusters: checked once, and the same for every estimator."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import Design
from steelyard.stats._design import factorise, lay_out


def test_no_design_keeps_everything_alone() -> None:
    layout = lay_out(None, 3)
    assert (layout.kept.tolist(), layout.weights, layout.codes) == ([True] * 3, None, None)


def test_equal_weights_and_clusters_of_one_are_no_design() -> None:
    layout = lay_out(Design(weights=[2.0, 2.0], clusters=["a", "b"]), 2)
    assert (layout.weights, layout.codes) == (None, None)


def test_what_weighs_nothing_is_left_out() -> None:
    layout = lay_out(Design(weights=[1.0, 0.0, 3.0, 2.0], clusters=["a", "b", "c", "a"]), 4)
    assert layout.kept.tolist() == [True, False, True, True]
    assert layout.weights is not None
    assert layout.weights.tolist() == [0.5, 1.5, 1.0]
    assert layout.codes is not None
    assert layout.codes.tolist() == [0, 1, 0]
    assert lay_out(Design(weights=[0.0, 0.0]), 2).kept.sum() == 0


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (Design(weights=[1.0]), "2 scores came with 1 weights"),
        (Design(clusters=["a", "b", "c"]), "2 scores came with 3 clusters"),
        (Design(weights=[1.0, -1.0]), "below 0 or not finite"),
        (Design(weights=[1.0, float("nan")]), "below 0 or not finite"),
        (Design(clusters=[["list"], "b"]), "must be hashable"),  # type: ignore[list-item]
    ],
)
def test_designs_that_do_not_fit_are_refused(design: Design, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        lay_out(design, 2)


def test_factorise_numbers_in_order_of_appearance() -> None:
    assert factorise(["b", "a", "b", (1, 2), None]).tolist() == [0, 1, 0, 2, 3]
    assert factorise(np.array([7, 7, 3])).tolist() == [0, 0, 1]
    assert factorise([]).tolist() == []
