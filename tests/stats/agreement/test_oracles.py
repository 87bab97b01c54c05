"""Published values and values of foreign programs, to the digits they print."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from tests.stats.agreement import oracles

from steelyard.stats import (
    Agreement,
    Measurement,
    Ratings,
    Weighting,
    agreement_report,
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    icc,
    kappa_errors,
    kendall_w,
    krippendorff_alpha,
    percent_agreement,
    ratings_matrix,
    ratings_rows,
    scott_pi,
)

WMT = Path(__file__).resolve().parents[3] / "../shared/data/wmt_mqm/ende2023_3raters.tsv.gz"
MEASUREMENTS: tuple[Measurement, ...] = ("nominal", "ordinal", "interval", "ratio")


def nominal(matrix: oracles.Floats) -> Ratings:
    return ratings_matrix(matrix, measurement="nominal")


def ordinal(matrix: oracles.Floats) -> Ratings:
    return ratings_matrix(matrix, measurement="ordinal")


def value(found: Agreement, digits: int) -> float:
    assert found.value is not None, found.status
    return round(found.value, digits)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # R irr, `kripp.alpha` (.743 .815 .849 .797); PyPI krippendorff 0.9.0 to six digits.
        (oracles.KRIPPENDORFF, (0.743421, 0.815388, 0.849107, 0.797403)),
        # Wikipedia (.691 and .811); PyPI krippendorff 0.9.0.
        (oracles.WIKIPEDIA, (0.691358, 0.806721, 0.810845, 0.808944)),
    ],
)
def test_krippendorff(data: oracles.Floats, expected: tuple[float, ...]) -> None:
    for measurement, figure in zip(MEASUREMENTS, expected, strict=True):
        found = krippendorff_alpha(ratings_matrix(data, measurement=measurement))
        assert value(found, 6) == pytest.approx(figure, abs=1e-6)


def test_news_tone() -> None:
    # Hayes and Krippendorff 2007: ordinal .7598; nominal .477 and interval .757 by T. Grill's program.
    figures = {"nominal": (0.477, 3), "ordinal": (0.7598, 4), "interval": (0.757, 3)}
    for measurement in MEASUREMENTS[:3]:
        figure, digits = figures[measurement]
        rated = ratings_matrix(oracles.NEWS_TONE, measurement=measurement)
        assert value(krippendorff_alpha(rated), digits) == figure


def test_gwet_four_raters() -> None:
    # R irrCAC, README.
    rated = ordinal(oracles.GWET_4)
    assert rated.n_ratings == 41
    assert value(percent_agreement(rated), 7) == 0.8181818
    assert value(gwet_ac1(rated), 5) == 0.77544
    assert value(fleiss_kappa(rated), 5) == 0.76117
    assert value(cohen_kappa(rated), 5) == 0.76282
    assert value(brennan_prediger(rated), 5) == 0.77273
    assert value(krippendorff_alpha(rated, measurement="nominal"), 5) == 0.74342


@pytest.mark.parametrize(
    ("weighting", "figure"),
    # Python irrCAC 0.4.4, its own tests.
    [("linear", 0.859), ("quadratic", 0.914), ("ordinal", 0.899), ("radical", 0.820), ("ratio", 0.857)],
)
def test_gwet_ac2(weighting: Weighting, figure: float) -> None:
    assert value(gwet_ac2(ordinal(oracles.GWET_4), weighting=weighting), 3) == figure


def test_fleiss_patients() -> None:
    # R irr `kappam.fleiss`, and J. Fleiss (1971).
    assert value(fleiss_kappa(nominal(oracles.DIAGNOSES)), 7) == 0.4302445
    first = nominal(oracles.DIAGNOSES[:15])
    # R irrCAC, README, `distrib.6raters`.
    assert value(percent_agreement(first), 7) == 0.5511111
    assert value(gwet_ac1(first), 7) == 0.4448007
    assert value(fleiss_kappa(first), 7) == 0.4139265
    assert value(krippendorff_alpha(first), 7) == 0.4204384
    assert value(brennan_prediger(first), 7) == 0.4388889


def test_first_psychiatrists() -> None:
    # R irr: `kappa2` of raters 1 and 2 (.651, equal .633, squared .655), `kappam.fleiss` of three (.534).
    pair = ordinal(oracles.DIAGNOSES[:, :2])
    assert value(cohen_kappa(pair), 3) == 0.651
    assert value(cohen_kappa(pair, weighting="linear"), 3) == 0.633
    assert value(cohen_kappa(pair, weighting="quadratic"), 3) == 0.655
    assert value(fleiss_kappa(nominal(oracles.DIAGNOSES[:, :3])), 3) == 0.534


def test_fleiss_wikipedia() -> None:
    assert value(fleiss_kappa(nominal(oracles.FLEISS_WIKIPEDIA)), 3) == 0.210


def test_sas() -> None:
    # SAS FREQ: kappa .4842 (ASE .1380, under H0 .1484, z 3.2626); weighted .4701 (ASE .1457).
    rated = ordinal(oracles.SAS)
    plain, weighted = cohen_kappa(rated), cohen_kappa(rated, weighting="linear")
    assert value(plain, 4) == 0.4842
    assert plain.standard_error == pytest.approx(0.1380, abs=5e-5)
    assert kappa_errors(rated).null == pytest.approx(0.1484, abs=5e-5)
    assert plain.value is not None
    assert plain.value / kappa_errors(rated).null == pytest.approx(3.2626, abs=5e-5)
    assert value(weighted, 4) == 0.4701
    assert weighted.standard_error == pytest.approx(0.1457, abs=5e-5)


def test_anxiety() -> None:
    # R irr: `kappa2` of raters 2 and 3; `icc` A,1 .198, F(19, 39.7) = 1.83, −.039 to .494. W: pingouin.
    # These two never say 5, and irr spaces the categories that it sees evenly.
    seen = np.unique(oracles.ANXIETY[:, 1:], return_inverse=True)[1].reshape(-1, 2)
    pair = ordinal(seen.astype(np.float64))
    assert value(cohen_kappa(pair), 9) == -0.006289308
    assert value(cohen_kappa(pair, weighting="linear"), 7) == 0.1459075
    assert value(cohen_kappa(pair, weighting="quadratic"), 7) == 0.2520325
    scores = icc(ratings_matrix(oracles.ANXIETY, measurement="interval"))
    assert value(scores.agreement, 3) == 0.198
    assert scores.f == pytest.approx(1.83, abs=0.005)
    assert scores.agreement.interval == pytest.approx((-0.039, 0.494), abs=5e-4)
    concordance = kendall_w(ordinal(oracles.ANXIETY))
    assert value(concordance.agreement, 6) == 0.539657
    assert concordance.chi2 == pytest.approx(30.760442, abs=1e-6)
    assert concordance.p_value == pytest.approx(0.042883, abs=1e-6)


def test_abstractors() -> None:
    # R irrCAC `table` functions; weighted: Python irrCAC 0.4.4.
    rated = ordinal(oracles.ABSTRACTORS)
    # R prints κ .7964094 and π .7962397.
    assert value(percent_agreement(rated), 2) == 0.89
    assert value(cohen_kappa(rated), 7) == 0.7964094
    assert value(scott_pi(rated), 7) == 0.7962397
    assert value(gwet_ac1(rated), 7) == 0.8493305
    assert value(brennan_prediger(rated), 3) == 0.835
    assert value(krippendorff_alpha(rated, measurement="nominal"), 7) == 0.7972585
    assert value(cohen_kappa(rated, weighting="linear"), 6) == 0.842902
    assert value(cohen_kappa(rated, weighting="quadratic"), 6) == 0.892157
    assert value(gwet_ac2(rated, weighting="linear"), 6) == 0.900023
    assert value(gwet_ac2(rated, weighting="quadratic"), 6) == 0.940237


def test_diagnoses() -> None:
    # Python irrCAC 0.4.4.
    rated = nominal(oracles.GWET_DIAGNOSES)
    found = [
        value(coefficient(rated), 6)
        for coefficient in (
            percent_agreement, cohen_kappa, scott_pi, gwet_ac1, krippendorff_alpha, brennan_prediger,
        )
    ]  # fmt: skip
    assert found == [0.587444, 0.431501, 0.430341, 0.456158, 0.431618, 0.449925]


def test_five_observers() -> None:
    # Python irrCAC, its own tests: α .481.
    assert value(krippendorff_alpha(nominal(oracles.OBSERVERS)), 3) == 0.481


@pytest.mark.parametrize(
    ("data", "figures", "low", "high"),
    [
        (  # Shrout, Fleiss (1979), table 4; intervals: tests of pingouin.
            oracles.SHROUT_FLEISS,
            (0.166, 0.290, 0.715, 0.443, 0.620, 0.909),
            (-0.13, 0.02, 0.34, -0.88, 0.07, 0.68),
            (0.72, 0.76, 0.95, 0.91, 0.93, 0.99),
        ),
        (  # pingouin, data set `icc`.
            oracles.WINES,
            (0.728, 0.728, 0.729, 0.914, 0.914, 0.915),
            (0.43, 0.43, 0.43, 0.75, 0.75, 0.75),
            (0.93, 0.93, 0.93, 0.98, 0.98, 0.98),
        ),
    ],
)
def test_intraclass_correlation(
    data: oracles.Floats, figures: tuple[float, ...], low: tuple[float, ...], high: tuple[float, ...]
) -> None:
    rated = ratings_matrix(data, measurement="interval")
    found = [icc(rated, form=form).agreement for form in ("1,1", "A,1", "C,1", "1,k", "A,k", "C,k")]
    assert tuple(value(one, 3) for one in found) == figures
    assert [one.interval[0] for one in found if one.interval] == pytest.approx(low, abs=0.0051)
    assert [one.interval[1] for one in found if one.interval] == pytest.approx(high, abs=0.0051)


def test_intraclass_f_tests() -> None:
    # R DescTools, ICC: F 1.79 (5, 18), p .164769; 11.03 (5, 15), p .000135.
    rated = ratings_matrix(oracles.SHROUT_FLEISS, measurement="interval")
    one, two = icc(rated, form="1,1"), icc(rated, form="C,1")
    assert [one.df, two.df] == [(5, 18), (5, 15)]
    assert one.f == pytest.approx(1.79, abs=0.005)
    assert two.f == pytest.approx(11.03, abs=0.005)
    assert one.p_value == pytest.approx(0.164769, abs=5e-7)
    assert two.p_value == pytest.approx(0.000135, abs=5e-7)


def test_kendall() -> None:
    # R DescTools, KendallW: W .568254, chi² 8.5238, df 5, p .1296.
    found = kendall_w(ordinal(oracles.RANKED))
    assert value(found.agreement, 6) == 0.568254
    assert found.df == 5
    assert found.chi2 == pytest.approx(8.5238, abs=5e-5)
    assert found.p_value == pytest.approx(0.1296, abs=5e-5)


def test_randolph() -> None:
    # J. Randolph's online calculator, as in the tests of statsmodels.
    first = nominal(oracles.from_counts([[7, 1], [3, 5]]))
    second = ratings_matrix(
        oracles.from_counts([[6, 1, 0], [0, 7, 0]]), measurement="nominal", categories=[0, 1, 2]
    )
    assert value(fleiss_kappa(first), 6) == 0.161905
    assert value(brennan_prediger(first), 6) == 0.214286
    assert value(fleiss_kappa(second), 6) == 0.708333
    assert value(brennan_prediger(second), 6) == 0.785714


def test_paradox() -> None:
    # Python irrCAC 0.4.4.
    rated = nominal(oracles.PARADOX)
    assert value(percent_agreement(rated), 3) == 0.944
    assert value(cohen_kappa(rated), 4) == -0.0234
    assert value(scott_pi(rated), 4) == -0.0288
    assert value(krippendorff_alpha(rated), 4) == -0.0247
    assert value(gwet_ac1(rated), 4) == 0.9408
    assert value(brennan_prediger(rated), 3) == 0.888


def _translations() -> Ratings:
    """Segment scores of WMT 2023: major 5, minor 1, minor punctuation .1, no error 0."""
    scores: dict[tuple[str, str], float] = defaultdict(float)
    with gzip.open(WMT, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["severity"] == "HOTW-test":
                continue
            item = f"{row['system']} {row['globalSegId']}"
            minor = 0.1 if "Punctuation" in row["category"] else 1.0
            scores[item, row["rater"]] += {"Major": 5.0, "Minor": minor, "No-error": 0.0}[row["severity"]]
    return ratings_rows(
        ((item, rater, round(score, 1)) for (item, rater), score in scores.items()), measurement="interval"
    )


@pytest.mark.skipif(not WMT.is_file(), reason="the WMT 2023 ratings are not beside this checkout")
def test_translations() -> None:
    # PyPI krippendorff 0.9.0 on the same segment scores: .49986.
    rated = _translations()
    found = krippendorff_alpha(rated)
    assert value(found, 5) == 0.49986
    assert found.gateable
    assert found.interval is not None
    low, high = found.interval
    assert 0.38 < low < 0.48 < 0.52 < high < 0.60
    report = agreement_report(rated)
    assert report.n_items == found.n_items
    assert np.isfinite(report.coefficients["icc"].value or np.nan)
