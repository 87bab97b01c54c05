"""Rows of differences: words that answer the question of the head, numbers that add up as printed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.conftest import Records

from steelyard.core import Comparison, Difference
from steelyard.reports._methods import method_lines
from steelyard.reports._rows import change_rows, change_word, signs_words, slice_tally

shares = st.floats(0.0, 1.0)
halves = st.floats(0.0005, 0.2)


def of(records: Records, *rows: Difference, drop: float | None = 0.02) -> Comparison:
    return records.comparison(rows[0], "a", "b", metrics=rows, slices=(), allowed_drop=drop)


def row(records: Records, interval: tuple[float, float], verdict: str, **changes: object) -> Difference:
    value = (interval[0] + interval[1]) / 2
    return replace(records.worse(), interval=interval, difference=value, verdict=verdict, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interval", "verdict", "drop", "word"),
    [
        ((-0.004, 0.024), "inconclusive", 0.02, "within your limit"),
        ((-0.024, 0.004), "inconclusive", 0.02, "can't tell"),
        ((-0.004, 0.024), "inconclusive", None, "can't tell"),
        ((-0.018, -0.002), "worse", 0.02, "worse, within your limit"),
        ((-0.058, -0.002), "worse", 0.02, "worse"),
        ((-0.01, 0.01), "equivalent", 0.05, "same, within your 5 points"),
        ((0.01, 0.03), "better", 0.02, "better"),
    ],
)
def test_words_stand_against_the_old_version_and_the_limit(
    records: Records, interval: tuple[float, float], verdict: str, drop: float | None, word: str
) -> None:
    each = row(records, interval, verdict)
    assert change_word(each, of(records, each, drop=drop)) == word


def test_where_lower_is_better_the_limit_lies_above(records: Records) -> None:
    slower = row(records, (-0.1, 0.15), "inconclusive", measure="s", direction="lower", name="latency")
    within = replace(of(records, slower), margins={"latency": 0.2})
    beyond = replace(of(records, slower), margins={"latency": 0.1})
    assert change_word(slower, within) == "within your limit"
    assert change_word(slower, beyond) == "can't tell"


def test_identical_answers_show_no_chance(records: Records) -> None:
    same = row(records, (-0.0043, 0.0043), "equivalent", identical_outputs=True)
    said = change_rows([same], of(records, same))[0]
    assert (said.change, said.likely, said.word) == ("0.0 points", "", "unchanged")
    timed = replace(same, measure="s", direction="lower")
    assert change_rows([timed], of(records, timed))[0].likely != ""


@given(base=shares, candidate=shares, half=halves)
def test_printed_differences_agree_with_printed_values(base: float, candidate: float, half: float) -> None:
    records = Records()
    change = candidate - base
    each = replace(
        records.worse(),
        base=replace(records.estimate(), value=base),
        candidate=replace(records.estimate(), value=candidate),
        difference=change,
        interval=(change - half, change + half),
    )
    said = change_rows([each], of(records, each))[0]
    numbers = [re.sub(r"[^\d.\-]", "", text.replace("−", "-")) for text in (said.base, said.candidate)]
    printed = float(re.sub(r"[^\d.\-]", "", said.change.replace("−", "-")))
    decimals = [len(text.partition(".")[2]) for text in (*numbers, said.change.split()[0])]
    assert len(set(decimals)) == 1
    assert abs(float(numbers[1]) - float(numbers[0]) - printed) <= 1.001 * 10.0 ** -decimals[0]


def test_a_column_has_one_number_of_decimals(records: Records) -> None:
    rows = [
        row(records, (-0.11, 0.09), "inconclusive", slice="topic=a"),
        row(records, (-0.0213, -0.0011), "worse", slice="topic=b"),
    ]
    said = change_rows(rows, of(records, *rows))
    assert {len(each.change.split()[0].partition(".")[2]) for each in said} == {1}


def test_slices_are_tallied_by_metric(records: Records) -> None:
    rows = [
        row(records, (-0.1, -0.05), "worse", slice="topic=a", name="exact_match"),
        row(records, (-0.1, 0.05), "inconclusive", slice="topic=b", name="exact_match"),
        row(records, (-0.1, 0.05), "inconclusive", slice="topic=a", name="f1"),
        row(records, (-0.1, 0.05), "inconclusive", slice="topic=b", name="f1"),
    ]
    assert slice_tally("topic", rows) == "1 of 2 topics worse on exact_match"
    assert slice_tally("topic", rows[2:]) == "none of 2 topics clearly worse"
    assert slice_tally("is_new", rows[:1]) == "1 of 1 values of is_new worse on exact_match"


def test_signs_are_spelled_out_once(records: Records) -> None:
    worse = row(records, (-0.149, -0.063), "worse")
    assert signs_words([worse], of(records, worse)) == "−14.9 to −6.3 reads: 6.3 to 14.9 lower"
    better = row(records, (0.01, 0.02), "better")
    assert signs_words([better], of(records, better)) == ""


def test_methods_name_slices_only_where_they_differ() -> None:
    lines = method_lines(
        [("f1", "", "by t"), ("f1", "a", "by t"), ("f1", "b", "by bootstrap-t"), ("bleu", "", "by t")]
    )
    assert lines == ["f1: by t", "f1 in b: by bootstrap-t", "bleu: by t"]
