"""Degenerate cases in words, intervals, raters, and what is recommended."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stats.agreement import oracles

from steelyard.core import StatisticsError
from steelyard.stats import (
    Agreement,
    AgreementOptions,
    AgreementReport,
    Measurement,
    agreement_report,
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    icc,
    kendall_w,
    krippendorff_alpha,
    percent_agreement,
    ratings_matrix,
    ratings_rows,
)

NAN = float("nan")
CONTRACT = (
    "percent_agreement",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "krippendorff_alpha",
    "icc",
    "kendall_w",
)
LEVELS: tuple[Measurement, ...] = ("nominal", "ordinal", "interval", "ratio")


def report(matrix: object, measurement: Measurement = "nominal") -> AgreementReport:
    return agreement_report(ratings_matrix(np.asarray(matrix, dtype=np.float64), measurement=measurement))


@pytest.mark.parametrize("measurement", LEVELS)
@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.empty((0, 0)), "no ratings"),
        (np.full((3, 2), NAN), "no ratings"),
        ([[1.0], [2.0]], "only one rater"),
        ([[1.0, NAN], [2.0, NAN]], "only one rater"),
        ([[1.0, NAN], [NAN, 2.0]], "no item was rated by two raters"),
        ([[1.0, 1.0], [1.0, 1.0]], "no variation"),
        ([[1.0, 1.0], [1.0, 1.0], [2.0, NAN]], "no variation"),
    ],
)
def test_degenerate_cases_are_said(matrix: object, words: str, measurement: Measurement) -> None:
    found = report(matrix, measurement)
    assert tuple(found.coefficients)[:8] == CONTRACT
    for key, one in found.coefficients.items():
        if key == "percent_agreement" and words == "no variation":
            assert one.value == 1.0
            continue
        assert one.value is None
        assert one.interval is None
        assert not one.gateable
        assert one.status.startswith("undefined: ")
    assert words in found.coefficients["krippendorff_alpha"].status
    assert "NaN" not in json.dumps(found.as_json())


def test_systematic_disagreement() -> None:
    # Two raters who always swap two categories: fast-krippendorff, issue 27.
    rated = ratings_rows(
        [("1", "x", "A"), ("1", "y", "B"), ("2", "x", "B"), ("2", "y", "A")], measurement="nominal"
    )
    assert krippendorff_alpha(rated).value == pytest.approx(-0.5)
    assert cohen_kappa(rated).value == pytest.approx(-1.0)


def test_one_disagreement_among_equals() -> None:
    # α = 0, which Krippendorff confirmed: fast-krippendorff, issue 11.
    matrix = np.zeros((20, 2))
    matrix[3, 1] = 1.0
    found = report(matrix)
    assert found.coefficients["krippendorff_alpha"].value == pytest.approx(0.0, abs=1e-12)
    assert found.recommendation.coefficient == "gwet_ac1"
    assert "98% of ratings are '0'" in found.recommendation.reason


def test_perfect_agreement_is_not_certain() -> None:
    matrix = np.repeat(np.arange(30) % 3, 2).reshape(30, 2)
    for measurement in LEVELS:
        found = report(matrix, measurement).coefficients["krippendorff_alpha"]
        assert found.value == 1.0
        assert found.interval is not None
        assert 0.5 < found.interval[0] < 0.99
        assert found.interval[1] == 1.0


def test_gates_need_a_hundred_items() -> None:
    rng = np.random.default_rng(4)
    rated = rng.integers(0, 3, (100, 3)).astype(np.float64)
    assert report(rated).coefficients["fleiss_kappa"].gateable
    few = report(rated[:99]).coefficients["fleiss_kappa"]
    assert not few.gateable
    assert "it takes 100 to decide" in few.status


def test_under_five_items_no_interval() -> None:
    found = krippendorff_alpha(ratings_matrix([[1, 1], [2, 2], [2, 1]], measurement="nominal"))
    assert found.value is not None
    assert found.interval is None
    assert "no interval" in found.status


@pytest.mark.parametrize("coefficient", [krippendorff_alpha, cohen_kappa, fleiss_kappa, gwet_ac1])
def test_sampled_raters_from_eight_on(coefficient: Callable[..., Agreement]) -> None:
    rng = np.random.default_rng(5)
    skills = np.linspace(0.4, 0.95, 9)
    true = rng.integers(0, 3, (60, 1))
    matrix = np.where(rng.random((60, 9)) < skills, true, rng.integers(0, 3, (60, 9))).astype(np.float64)
    rated = ratings_matrix(matrix, measurement="nominal")
    these = coefficient(rated)
    many = coefficient(rated, ask=AgreementOptions(sampled_raters=True))
    assert these.interval is not None
    assert many.interval is not None
    assert many.interval[0] < these.interval[0] <= these.interval[1] < many.interval[1]
    assert many.estimand == "raters like these, items like these"
    few = coefficient(rated.of_raters(range(7)), ask=AgreementOptions(sampled_raters=True))
    assert few.estimand == "these raters, items like these"
    assert "these raters only" in few.status


def test_recommended_with_the_paradox() -> None:
    found = report(oracles.PARADOX).recommendation
    assert found.coefficient == "gwet_ac1"
    assert found.summary.startswith("Two raters give the same item the same value in 94% of cases.")
    assert "97% of ratings are '0'" in found.reason
    assert "rate more items of the rarer kinds" in found.diagnosis[0]


def test_recommended_by_level_and_shape() -> None:
    assert report(oracles.ABSTRACTORS).recommendation.coefficient == "cohen_kappa"
    assert report(oracles.KRIPPENDORFF, "ordinal").recommendation.coefficient == "krippendorff_alpha"
    assert report(oracles.SHROUT_FLEISS, "interval").recommendation.coefficient == "icc"


def test_the_outlier_is_named() -> None:
    rng = np.random.default_rng(6)
    true = rng.integers(1, 6, (80, 1))
    good = np.clip(true + rng.integers(-1, 2, (80, 3)) * (rng.random((80, 3)) < 0.2), 1, 5)
    harsh = np.clip(rng.integers(1, 4, (80, 1)), 1, 5)
    rated = ratings_matrix(
        np.hstack([good, harsh]), measurement="ordinal", raters=("Ada", "Ben", "Cid", "Dot")
    )
    found = agreement_report(rated)
    assert found.coefficients["krippendorff_alpha"].value == pytest.approx(0.41, abs=0.15)
    assert found.recommendation.diagnosis[0].startswith("rater 'Dot' differs most, rating 0.97 below")
    rows = {row.rater: row for row in found.raters}
    assert rows["Dot"].severity is not None
    assert rows["Dot"].severity < -0.5
    assert (rows["Dot"].percent_agreement or 0.0) < min(
        rows[name].percent_agreement or 0.0 for name in ("Ada", "Ben")
    )


def test_raters_by_hand() -> None:
    # Rater 1 agrees with half of the others on item 1, none on item 2; item 3 is theirs alone.
    found = report([[1, 1, 2], [3, 1, NAN], [2, NAN, NAN]], "interval").raters[0]
    assert (found.n, found.n_shared) == (3, 2)
    assert found.percent_agreement == pytest.approx((0.5 + 0.0) / 2)
    assert found.severity == pytest.approx(((1 - 1.5) + (3 - 1)) / 2)
    assert report([[1, 1, 2], [3, 1, NAN]]).raters[0].severity is None


def test_confused_categories_are_named() -> None:
    matrix = [[0, 0]] * 10 + [[1, 2]] * 6 + [[1, 1]] * 4 + [[2, 2]] * 4 + [[0, 1]] * 2
    diagnosis = report(matrix).recommendation.diagnosis
    assert diagnosis == ("75% of disagreement is between '1' and '2'",)


def test_intraclass_with_missing_ratings() -> None:
    # The balanced forms hold when an item that nobody shares is added, and ratings vary little when one goes.
    whole = ratings_matrix(oracles.SHROUT_FLEISS, measurement="interval")
    alone = np.vstack([oracles.SHROUT_FLEISS, [5.0, NAN, NAN, NAN]])
    gone = oracles.SHROUT_FLEISS.copy()
    gone[2, 3] = NAN
    for form in ("1,1", "A,1", "C,1", "1,k", "A,k", "C,k"):
        full = icc(whole, form=form).agreement
        assert icc(ratings_matrix(alone, measurement="interval"), form=form).agreement.value == full.value
        partly = icc(ratings_matrix(gone, measurement="interval"), form=form).agreement
        assert partly.value == pytest.approx(full.value, abs=0.1)
        assert "ratings are missing" in partly.status


def test_intraclass_components_with_missing_ratings() -> None:
    # Items 1, raters .5, error .25 in variance: ICC(A,1) = 1 / 1.75, ICC(C,1) = 1 / 1.25.
    rng = np.random.default_rng(8)
    scores = rng.normal(size=(3000, 1)) + rng.normal(scale=0.5, size=(3000, 40))
    scores += np.sqrt(0.5) * np.linspace(-1.69, 1.69, 40)
    scores[rng.random(scores.shape) < 0.5] = NAN
    rated = ratings_matrix(scores, measurement="interval")
    assert icc(rated, form="C,1").agreement.value == pytest.approx(0.8, abs=0.02)
    assert icc(rated, form="A,1").agreement.value == pytest.approx(1 / 1.75, abs=0.03)


def test_unlinked_raters_have_no_intraclass_correlation() -> None:
    # Raters 1 and 2 share items, and so do 3 and 4, but nothing links the pairs.
    matrix = [[1, 2, NAN, NAN], [3, 4, NAN, NAN], [NAN, NAN, 1, 1], [NAN, NAN, 5, 4]]
    found = icc(ratings_matrix(matrix, measurement="interval")).agreement
    assert found.value is None
    assert "not linked" in found.status


def test_bad_requests() -> None:
    rated = ratings_matrix(oracles.SAS, measurement="nominal")
    with pytest.raises(StatisticsError, match="level must lie between 0 and 1"):
        agreement_report(rated, level=95)
    with pytest.raises(StatisticsError, match="no weighting"):
        cohen_kappa(rated, weighting="cubic")  # type: ignore[arg-type]
    with pytest.raises(StatisticsError, match="no form of the ICC"):
        icc(rated, form="B,1")  # type: ignore[arg-type]


def _slow_alpha(matrix: oracles.Floats, measurement: Measurement) -> float:
    """Krippendorff's definition with loops over all pairs, as an oracle."""
    items = [[value for value in row if not math.isnan(value)] for row in matrix.tolist()]
    items = [row for row in items if len(row) >= 2]
    every = [value for row in items for value in row]
    values = sorted(set(every))
    count = {value: every.count(value) for value in values}

    def distance(a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(count[value] for value in values if low <= value <= high)
        return {
            "nominal": float(a != b),
            "ordinal": (between - (count[a] + count[b]) / 2) ** 2,
            "interval": (a - b) ** 2,
            "ratio": 0.0 if a == b else ((a - b) / (a + b)) ** 2,
        }[measurement]

    observed = sum(distance(a, b) / (len(row) - 1) for row in items for a in row for b in row) / len(every)
    expected = sum(distance(a, b) for a in every for b in every) / (len(every) * (len(every) - 1))
    return 1.0 - observed / expected


RATED = st.lists(
    st.lists(st.one_of(st.just(NAN), st.integers(0, 4).map(float)), min_size=3, max_size=3),
    min_size=2,
    max_size=9,
)


@settings(deadline=None)
@given(RATED, st.sampled_from(LEVELS))
def test_alpha_is_its_definition(rows: list[list[float]], measurement: Measurement) -> None:
    matrix = np.array(rows)
    found = krippendorff_alpha(ratings_matrix(matrix, measurement=measurement))
    if found.value is not None:
        assert found.value == pytest.approx(_slow_alpha(matrix, measurement), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(RATED, st.sampled_from(LEVELS))
def test_order_does_not_matter(rows: list[list[float]], measurement: Measurement) -> None:
    matrix = np.array(rows)
    rng = np.random.default_rng(9)
    mixed = matrix[rng.permutation(matrix.shape[0])][:, rng.permutation(matrix.shape[1])]
    first, second = report(matrix, measurement), report(mixed, measurement)
    for key, one in first.coefficients.items():
        other = second.coefficients[key]
        assert (one.value is None) == (other.value is None)
        if one.value is not None:
            assert one.value == pytest.approx(other.value, abs=1e-9)
            assert one.value <= 1.0 + 1e-9
        if one.interval is not None:
            assert one.value is not None
            assert one.interval[0] <= one.value <= one.interval[1]


def test_many_raters_with_few_items_each() -> None:
    # Sixty raters, three ratings an item: the same figures as with the gaps closed.
    rng = np.random.default_rng(10)
    closed = rng.integers(0, 4, (50, 3)).astype(np.float64)
    wide = np.full((50, 60), NAN)
    for item in range(50):
        wide[item, rng.choice(60, 3, replace=False)] = closed[item]
    for measurement in LEVELS:
        for coefficient in (krippendorff_alpha, percent_agreement, fleiss_kappa, gwet_ac1, brennan_prediger):
            narrow = coefficient(ratings_matrix(closed, measurement=measurement))
            assert coefficient(ratings_matrix(wide, measurement=measurement)).value == pytest.approx(
                narrow.value
            )


def test_concordance_leaves_out_incomplete_items() -> None:
    partly = np.vstack([oracles.RANKED, [3.0, NAN, 1.0]])
    found = kendall_w(ratings_matrix(partly, measurement="ordinal")).agreement
    assert found.value == pytest.approx(0.568254, abs=5e-7)
    assert "1 items that not every rater rated are left out" in found.status


@pytest.mark.parametrize("measurement", LEVELS)
@pytest.mark.parametrize("items", [6, 40, 200])
def test_one_value_only_still_has_a_percent_agreement_with_limits(
    items: int, measurement: Measurement
) -> None:
    found = report(np.ones((items, 2)), measurement).coefficients
    percent = found["percent_agreement"]
    assert percent.value == 1.0
    assert percent.interval is not None
    assert 0.0 < percent.interval[0] < percent.interval[1] == 1.0
    assert "no variation" in found["krippendorff_alpha"].status
