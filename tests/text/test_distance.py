from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.text import common_subsequence_length, edit_distance

SHORT = st.text(alphabet="abcé語", max_size=80)


def _slow_distance(first: Sequence[str], second: Sequence[str]) -> int:
    row = list(range(len(second) + 1))
    for number, left in enumerate(first, start=1):
        previous, row[0] = row[0], number
        for index, right in enumerate(second, start=1):
            previous, row[index] = (
                row[index],
                min(row[index] + 1, row[index - 1] + 1, previous + (left != right)),
            )
    return row[-1]


def _slow_common(first: Sequence[str], second: Sequence[str]) -> int:
    row = [0] * (len(second) + 1)
    for left in first:
        previous = 0
        for index, right in enumerate(second, start=1):
            previous, row[index] = (
                row[index],
                previous + 1 if left == right else max(row[index], row[index - 1]),
            )
    return row[-1]


@given(first=SHORT, second=SHORT)
def test_edit_distance_equals_the_table(first: str, second: str) -> None:
    assert edit_distance(first, second) == _slow_distance(first, second)


@given(first=SHORT, second=SHORT)
def test_common_subsequence_equals_the_table(first: str, second: str) -> None:
    assert common_subsequence_length(first, second) == _slow_common(first, second)


@pytest.mark.parametrize(
    ("first", "second", "distance", "common"),
    [
        ("kitten", "sitting", 3, 4),  # Levenshtein's own pair, by hand
        ("", "", 0, 0),
        ("", "abc", 3, 0),
        ("a" * 200, "b" * 130, 200, 0),
        ("ab" * 100, "ba" * 100, 2, 199),
    ],
)
def test_known_values(first: str, second: str, distance: int, common: int) -> None:
    assert edit_distance(first, second) == distance
    assert edit_distance(second, first) == distance
    assert common_subsequence_length(first, second) == common


def test_tokens_work_like_characters() -> None:
    assert edit_distance(["the", "cat"], ["the", "black", "cat"]) == 1
    assert common_subsequence_length(["the", "cat"], ["a", "cat", "the"]) == 1
