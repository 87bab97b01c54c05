"""Tango's interval against published values and a direct inversion of the score test."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from steelyard.core import Interval, StatisticsError
from steelyard.stats import paired_proportions, tango_interval


@pytest.mark.parametrize(
    ("gains", "losses", "n", "level", "expected"),
    [
        # Airway hyper-responsiveness (Bentur et al. 2009): development notes of R ratesci.
        (1, 7, 21, 0.95, (-0.517, -0.026)),
        # Complete response (Cavo et al. 2012): test suite of R contingencytables 3.0, "-0.1240 to -0.0054".
        (6, 16, 161, 0.95, (-0.1240, -0.0054)),
        # Agresti and Min 2005, 53/16/8/9: test suite of R ratesci, pairbinci(contrast = "RD").
        (16, 8, 86, 0.95, (-0.020, 0.207)),
        # R PropCIs: scoreci.mp(25, 28, 618, 0.90).
        (28, 25, 618, 0.90, (-0.0148, 0.0247)),
    ],
)
def test_published_values(gains: int, losses: int, n: int, level: float, expected: Interval) -> None:
    assert tango_interval(gains, losses, n, level=level) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("n", [1, 5, 20, 300])
def test_no_discordance_is_wilson_of_nothing(n: int) -> None:
    # With b = c = 0 the fitted share is 0, the score equation n δ² = z² δ (1 − δ), so δ = z² / (n + z²).
    z2 = 1.959963984540054**2
    assert tango_interval(0, 0, n) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), abs=1e-9)


def test_all_pairs_changed_reaches_the_end() -> None:
    low, high = tango_interval(12, 0, 12)
    assert high == 1.0
    assert 0.0 < low < 1.0


@pytest.mark.parametrize(("gains", "losses", "n"), [(7, 1, 21), (3, 3, 40), (0, 5, 60), (30, 60, 100)])
def test_limits_are_where_the_score_test_rejects(gains: int, losses: int, n: int) -> None:
    """A slow twin: fit the nuisance share by maximum likelihood numerically, then find the root."""
    low, high = tango_interval(gains, losses, n)
    for limit in (low, high):
        assert _score(gains, losses, n, limit) ** 2 == pytest.approx(1.959963984540054**2, rel=1e-3)


def test_gate_interval_uses_student() -> None:
    low, high = tango_interval(6, 9, 40)
    wider_low, wider_high = paired_proportions(6, 9, 40)
    assert wider_low < low
    assert high < wider_high
    assert paired_proportions(6, 9, 40, df=math.inf) == pytest.approx((low, high), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.data())
def test_interval_holds_the_estimate_and_has_width(n: int, data: st.DataObject) -> None:
    gains = data.draw(st.integers(0, n))
    losses = data.draw(st.integers(0, n - gains))
    for low, high in (tango_interval(gains, losses, n), paired_proportions(gains, losses, n)):
        assert -1.0 <= low <= (gains - losses) / n <= high <= 1.0
        assert high - low > 0.0
    mirrored = paired_proportions(losses, gains, n)
    straight = paired_proportions(gains, losses, n)
    assert mirrored == pytest.approx((-straight[1], -straight[0]), abs=1e-9)


@pytest.mark.parametrize(("gains", "losses", "n"), [(1, 1, 0), (-1, 0, 5), (4, 4, 7)])
def test_impossible_counts_are_refused(gains: int, losses: int, n: int) -> None:
    with pytest.raises(StatisticsError, match="cannot come from"):
        tango_interval(gains, losses, n)


def _score(gains: int, losses: int, n: int, delta: float) -> float:
    def minus_log_likelihood(share: float) -> float:
        up, down, same = share + delta, share, 1 - 2 * share - delta
        return -sum(
            count * math.log(max(part, 1e-300))
            for count, part in ((gains, up), (losses, down), (n - gains - losses, same))
        )

    low, high = max(0.0, -delta), (1 - delta) / 2
    fitted = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    ).x
    return float((gains - losses - n * delta) / math.sqrt(n * (2 * fitted + delta * (1 - delta))))
