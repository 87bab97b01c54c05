from __future__ import annotations

import pytest

from steelyard.core import InputError, Rating, rubric_from_json
from steelyard.review import StudyRating, infer_level, newest
from steelyard.review._consensus import consensus

RUBRIC = rubric_from_json(
    {
        "name": "r",
        "criteria": [{"name": "c", "question": "?", "anchors": {"1": "bad", "3": "so", "5": "good"}}],
    }
)
ZERO_TO_ONE = (0.0, 1.0)


def row(item: str, rater: str, value: float | str) -> StudyRating:
    return StudyRating(rating=Rating(item=item, rater=rater, criterion="c", value=value), run="r")


def test_the_newest_rating_of_a_rater_counts() -> None:
    rows = [row("a", "x", 0.0), row("a", "y", 0.0), row("a", "x", 1.0)]
    assert [(item.rating.rater, item.rating.value) for item in newest(rows)] == [("x", 1.0), ("y", 0.0)]


@pytest.mark.parametrize(
    ("values", "level"),
    [
        (["yes", "no"], "nominal"),
        ([0.0, 1.0], "nominal"),
        ([1.0, 2.0, 3.0], "ordinal"),
        ([1.0, 2.5, 3.0], "interval"),
        ([float(n) for n in range(13)], "interval"),
    ],
)
def test_the_level_is_told_from_the_values(values: list[float | str], level: str) -> None:
    assert infer_level(values) == level


def test_yes_and_no_take_the_majority_and_ties_the_lower() -> None:
    rows = [
        row("a", "x", "yes"),
        row("a", "y", "yes"),
        row("a", "z", "no"),
        row("b", "x", 1),
        row("b", "y", 0),
    ]
    found = consensus(rows, criterion=None, judge_range=ZERO_TO_ONE, where="here")
    assert found.labels == {("a", 1): 1.0, ("b", 1): 0.0}
    assert (found.method, found.tied, found.raters) == ("majority", 1, ("x", "y", "z"))


def test_points_become_shares_of_their_scale() -> None:
    rows = [row("a", "x", 3.0), row("a", "y", 5.0), row("a", "z", 5.0), row("b", "x", 3.0)]
    found = consensus(rows, criterion=RUBRIC.criterion("c"), judge_range=ZERO_TO_ONE, where="here")
    assert found.labels == {("a", 1): 1.0, ("b", 1): 0.5}
    assert found.method == "median"


def test_a_value_off_the_judges_scale_asks_for_the_rubric() -> None:
    with pytest.raises(InputError, match=r"lies outside the judge's scale, 0 to 1.*--rubric"):
        consensus([row("a", "x", 4.0)], criterion=None, judge_range=ZERO_TO_ONE, where="here")
    with pytest.raises(InputError, match="neither a number nor a word of yes or no"):
        consensus([row("a", "x", "perhaps")], criterion=None, judge_range=ZERO_TO_ONE, where="here")
