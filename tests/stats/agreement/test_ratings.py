"""The one input: matrices and rows, missing ratings, categories, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import Measurement, ratings_matrix, ratings_rows

NAN = float("nan")


def test_matrix_of_whole_numbers() -> None:
    found = ratings_matrix([[1.0, 5.0], [NAN, 3.0], [3.0, NAN]], measurement="ordinal")
    assert found.numbers.tolist() == [1.0, 3.0, 5.0]
    assert found.labels == ("1", "3", "5")
    assert found.codes.tolist() == [[0, -1, 1], [2, 1, -1]]
    assert (found.n_items, found.n_raters, found.n_ratings) == (3, 2, 4)


def test_matrix_of_any_numbers() -> None:
    found = ratings_matrix([[0.5, -2.25], [1e9, NAN]], measurement="interval")
    assert found.numbers.tolist() == [-2.25, 0.5, 1e9]
    values = found.values()
    assert values[0].tolist() == [0.5, 1e9]
    assert values[1, 0] == -2.25
    assert np.isnan(values[1, 1])


def test_rows_are_the_matrix() -> None:
    rows = [
        ("b", "Ann", "no"),
        ("a", "Ann", "yes"),
        ("a", "Bob", "yes"),
        ("b", "Bob", ""),
        ("c", "Bob", None),
    ]
    found = ratings_rows(rows, measurement="nominal")
    assert found.items == ("b", "a", "c")
    assert found.raters == ("Ann", "Bob")
    assert found.labels == ("no", "yes")
    assert found.codes.tolist() == [[0, 1, -1], [-1, 1, -1]]


def test_categories_give_the_order() -> None:
    rows = [("a", "1", "good"), ("a", "2", "poor")]
    found = ratings_rows(rows, measurement="ordinal", categories=["poor", "fair", "good"])
    assert found.labels == ("poor", "fair", "good")
    assert found.codes.tolist() == [[2], [0]]


def test_numbers_as_text() -> None:
    found = ratings_rows([("a", "1", "2.5"), ("a", "2", 3)], measurement="interval")
    assert found.numbers.tolist() == [2.5, 3.0]


@pytest.mark.parametrize(
    ("measurement", "message"),
    [("ordinal", "'good' is not a number"), ("decimal", "no level of measurement")],
)
def test_rows_refused(measurement: Measurement, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        ratings_rows([("a", "1", "good")], measurement=measurement)


def test_two_ratings_of_one_item() -> None:
    with pytest.raises(StatisticsError, match="rater 'Ann' rated item 'a' twice"):
        ratings_rows([("a", "Ann", "x"), ("a", "Ann", "x")], measurement="nominal")


def test_value_outside_the_categories() -> None:
    with pytest.raises(StatisticsError, match="6 is not one of the categories"):
        ratings_matrix([[6.0, 1.0]], measurement="ordinal", categories=[1, 2, 3, 4, 5])
    with pytest.raises(StatisticsError, match="'maybe' is not one of the categories"):
        ratings_rows([("a", "1", "maybe")], measurement="nominal", categories=["no", "yes"])


def test_refused_matrices() -> None:
    with pytest.raises(StatisticsError, match="infinite"):
        ratings_matrix([[np.inf, 1.0]], measurement="interval")
    with pytest.raises(StatisticsError, match="2 dimensions"):
        ratings_matrix([1.0, 2.0], measurement="interval")
    with pytest.raises(StatisticsError, match="must be numbers"):
        ratings_matrix([["a", "b"]], measurement="nominal")
    with pytest.raises(StatisticsError, match="no values below 0"):
        ratings_matrix([[-1.0, 2.0]], measurement="ratio")
    with pytest.raises(StatisticsError, match="listed twice"):
        ratings_matrix([[1.0, 2.0]], measurement="ordinal", categories=[1, 1, 2])
    with pytest.raises(StatisticsError, match="3 names for 2 raters"):
        ratings_matrix([[1.0, 2.0]], measurement="ordinal", raters=["a", "b", "c"])
