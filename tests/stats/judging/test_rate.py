from __future__ import annotations

import numpy as np
import pytest

from steelyard.core import StatisticsError
from steelyard.stats import CorrectedResult, Labels, correct_headline, correct_rate, estimate_mean


def counted(
    table: dict[int, tuple[int, int, int]], *, finite: bool = False, unequal: bool = False
) -> CorrectedResult:
    """Verdict → (items, labels, labels that are positive)."""
    verdicts: list[float] = []
    items: list[int] = []
    values: list[float] = []
    inclusion: list[float] = []
    for verdict, (size, labels, positive) in table.items():
        items += range(len(verdicts), len(verdicts) + labels)
        values += [1.0] * positive + [0.0] * (labels - positive)
        inclusion += [labels / size] * labels
        verdicts += [float(verdict)] * size
    given = Labels(items=items, values=values, inclusion=inclusion if unequal else None)
    return correct_rate(verdicts, given, finite=finite)


def test_the_value_is_the_post_stratified_rate() -> None:
    found = counted({1: (800, 40, 38), 0: (200, 10, 3)})
    # .8 × 38/40 + .2 × 3/10
    assert found.corrected.value == pytest.approx(0.82)
    assert found.human_only.value == pytest.approx(41 / 50)
    assert found.judge_only.value == pytest.approx(0.8)
    assert not found.judge_only.gateable
    assert found.corrected.gateable
    assert [(part.verdict, part.items, part.labels) for part in found.strata] == [
        ("0", 200, 10),
        ("1", 800, 40),
    ]


def test_a_split_design_is_weighed_back() -> None:
    found = counted({1: (900, 50, 45), 0: (100, 50, 10)}, unequal=True)
    # .9 × .9 + .1 × .2, from both the strata and the inverse inclusion probabilities
    assert found.corrected.value == pytest.approx(0.83)
    assert found.human_only.value == pytest.approx(0.83)


def test_a_good_judge_saves_labels_and_a_useless_one_none() -> None:
    good = counted({1: (800, 80, 78), 0: (200, 20, 1)})
    useless = counted({1: (500, 50, 40), 0: (500, 50, 40)})
    assert good.labels_saved is not None
    assert good.labels_saved > 100
    assert good.corrected.effective_n == good.effective_labels
    assert useless.labels_saved is not None
    assert -10 < useless.labels_saved < 5
    assert good.correlation is not None
    assert good.correlation > 0.8
    assert useless.correlation == pytest.approx(0.0)


@pytest.mark.parametrize("table", [{1: (500, 10, 8), 0: (500, 10, 8)}, {1: (1000, 20, 16)}])
def test_a_judge_that_says_nothing_costs_next_to_nothing(table: dict[int, tuple[int, int, int]]) -> None:
    found = counted(table)
    assert found.corrected.interval is not None
    assert found.human_only.interval is not None
    low, high = found.corrected.interval
    assert high - low <= 1.02 * (found.human_only.interval[1] - found.human_only.interval[0])


def test_verdicts_that_matter_are_kept_apart() -> None:
    found = counted({1: (900, 50, 49), 0: (100, 50, 2)}, unequal=True)
    # .9 × .98 + .1 × .04; one shared rate would be 51/100
    assert found.corrected.interval is not None
    assert 0.8 < found.corrected.interval[0] < 0.886 < found.corrected.interval[1] < 0.92


def test_the_headline_changes_with_the_labels() -> None:
    values = [counted({1: (800, 40, hits), 0: (200, 10, 3)}).corrected.value for hits in (30, 35, 40)]
    assert values == pytest.approx([0.66, 0.76, 0.86])


def test_these_cases_are_known_better_than_cases_like_these() -> None:
    table = {1: (80, 40, 36), 0: (20, 10, 3)}
    these, alike = (counted(table, finite=finite).corrected.interval for finite in (True, False))
    assert these is not None
    assert alike is not None
    assert these[1] - these[0] < 0.85 * (alike[1] - alike[0])


def test_the_interval_never_leaves_what_the_labels_allow() -> None:
    found = counted({1: (60, 40, 40), 0: (40, 30, 0)}, finite=True).corrected
    assert found.interval is not None
    assert 0.4 <= found.interval[0] <= 0.6 <= found.interval[1] <= 0.7


def test_a_verdict_without_label_is_said_and_left_open() -> None:
    found = counted({1: (900, 40, 40), 0: (100, 0, 0)}).corrected
    assert "no label where the judge said 0" in found.note
    assert found.interval is not None
    assert found.interval[0] < 0.905


def test_few_labels_are_shown_but_do_not_decide() -> None:
    found = counted({1: (90, 10, 9), 0: (10, 4, 1)}).corrected
    assert not found.gateable
    assert "only 14 labels" in found.note


def test_dependent_labels_count_less() -> None:
    verdicts = np.tile([1.0, 1.0, 1.0, 0.0], 100)
    items = np.arange(160)
    values = np.repeat(np.random.default_rng(1).random(16) < 0.8, 10).astype(float)
    labels = Labels(items=items, values=values)
    alone = correct_rate(verdicts, labels).corrected
    grouped = correct_rate(verdicts, labels, clusters=(np.arange(400) // 10).tolist()).corrected
    assert alone.interval is not None
    assert grouped.interval is not None
    assert grouped.interval[1] - grouped.interval[0] > 2 * (alone.interval[1] - alone.interval[0])
    assert grouped.n_units == 16


def test_given_strata_are_crossed_with_the_verdict() -> None:
    verdicts = [1.0, 0.0] * 50
    found = correct_rate(
        verdicts,
        Labels(items=list(range(40)), values=[1.0, 0.0] * 20),
        strata=["easy"] * 50 + ["hard"] * 50,
    )
    assert [part.verdict for part in found.strata] == ["1 · easy", "0 · easy", "1 · hard", "0 · hard"]
    assert "hard" in found.corrected.note


def test_the_draws_are_repeatable() -> None:
    table = {1: (800, 40, 38), 0: (200, 10, 3)}
    assert counted(table) == counted(table)


def test_the_headline_picks_by_scale() -> None:
    labels = Labels(items=list(range(40)), values=[1.0, 0.0] * 20)
    assert correct_headline([1.0, 0.0] * 50, labels, scale="binary").strata
    graded = correct_headline([1.0, 0.5] * 50, labels, scale="bounded")
    assert "not enough labels" in graded.corrected.note
    assert graded.corrected.interval == estimate_mean([1.0, 0.0] * 20, scale="bounded").interval


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (Labels(items=[], values=[]), "no expert label"),
        (Labels(items=[0, 0], values=[1, 1]), "labelled twice"),
        (Labels(items=[0, 9], values=[1, 1]), "outside the 4 judged"),
        (Labels(items=[0], values=[1, 1]), "came with 2 labels"),
        (Labels(items=[0, 1], values=[1, 0.5]), "neither 0 nor 1"),
        (Labels(items=[0, 1], values=[1, 0], inclusion=[0.0, 0.5]), "not above 0"),
        (Labels(items=[0, 1], values=[1, 0], inclusion=[0.5]), "1 inclusion probabilities"),
    ],
)
def test_labels_that_do_not_fit(labels: Labels, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        correct_rate([1, 0, 1, 0], labels)
