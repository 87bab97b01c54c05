"""Oracle: scipy.special and scipy.stats (Cephes, Boost), imported by tests only."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from scipy import special, stats

from steelyard.core import StatisticsError
from steelyard.stats._special import (
    beta_cdf,
    beta_quantile,
    binomial_cdf,
    chi2_cdf,
    chi2_quantile,
    f_cdf,
    f_quantile,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)

PROBABILITIES = (1e-300, 1e-30, 1e-12, 1e-6, 0.001, 0.025, 0.3, 0.5, 0.500001, 0.8, 0.975, 0.99999, 1 - 1e-12)
FREEDOMS = (0.3, 0.99, 1.0, 1.5, 2.0, 3.7, 5.0, 14.2, 30.0, 100.5, 1e3, 1e5, 1e8)
SHAPES = (0.01, 0.5, 1.0, 2.5, 13.0, 77.7, 500.0, 1e4, 123456.7)
POINTS = (1e-12, 1e-4, 0.01, 0.2, 0.4999, 0.5, 0.77, 0.99, 0.999999)


@pytest.mark.parametrize("p", PROBABILITIES)
def test_normal(p: float) -> None:
    x = normal_quantile(p)
    assert x == pytest.approx(float(special.ndtri(p)), rel=1e-11, abs=1e-12)
    assert normal_cdf(x) == pytest.approx(float(special.ndtr(x)), rel=1e-12)


@pytest.mark.parametrize("df", FREEDOMS)
def test_student_t(df: float) -> None:
    for x in (-1e6, -40.0, -3.3, -1.0, -1e-3, 0.0, 0.5, 2.0, 17.0, 1e4):
        assert t_cdf(x, df) == pytest.approx(float(stats.t.cdf(x, df)), rel=1e-9, abs=1e-14)
    for p in PROBABILITIES[2:]:
        assert t_quantile(p, df) == pytest.approx(float(stats.t.ppf(p, df)), rel=1e-9, abs=1e-10)
        assert t_cdf(t_quantile(p, df), df) == pytest.approx(p, rel=1e-10)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_beta(a: float, b: float) -> None:
    mean = a / (a + b)
    near = [mean + k * math.sqrt(mean * (1 - mean) / (a + b + 1)) for k in (-4, -1, 0, 1, 4)]
    for x in (*POINTS, *(x for x in near if 0 < x < 1)):
        assert beta_cdf(x, a, b) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-9, abs=1e-13)
    for p in PROBABILITIES[2:]:
        x = beta_quantile(p, a, b)
        assert x == pytest.approx(float(special.betaincinv(a, b, p)), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("df", FREEDOMS[:-1])
def test_chi_squared(df: float) -> None:
    for ratio in (1e-6, 0.01, 0.5, 0.99, 1.0, 1.01, 2.0, 9.0):
        expected = float(special.chdtr(df, ratio * df))
        assert chi2_cdf(ratio * df, df) == pytest.approx(expected, rel=1e-9, abs=1e-14)
    for p in PROBABILITIES[2:]:
        expected = 2 * float(special.gammaincinv(df / 2, p))
        assert chi2_quantile(p, df) == pytest.approx(expected, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.5), (20, 0.05), (72, 0.95), (1000, 0.999), (50000, 0.3), (10, 0.0), (10, 1.0)]
)
def test_binomial(n: int, p: float) -> None:
    for k in {-1, 0, 1, n // 3, n // 2, int(n * p), n - 1, n, n + 1}:
        assert binomial_cdf(k, n, p) == pytest.approx(float(stats.binom.cdf(k, n, p)), rel=1e-10, abs=1e-13)
    assert binomial_cdf(0.9, n, p) == binomial_cdf(0, n, p)


def test_large_parameters_against_exact_limits() -> None:
    # Beta(n, 1) has the closed quantile p^(1/n), Beta(1, n) has 1 − (1 − p)^(1/n).
    for n in (1e6, 1e9):
        assert beta_quantile(0.025, n, 1.0) == pytest.approx(0.025 ** (1 / n), rel=1e-14)
        assert beta_quantile(0.975, 1.0, n) == pytest.approx(-math.expm1(math.log(0.025) / n), rel=1e-9)
    # One degree of freedom is the Cauchy distribution; SciPy is off by 1e-9 here.
    assert t_cdf(1e-8, 1.0) == pytest.approx(0.5 + math.atan(1e-8) / math.pi, rel=1e-15)
    assert t_quantile(0.975, math.inf) == normal_quantile(0.975)
    assert t_quantile(0.975, 1e12) == pytest.approx(normal_quantile(0.975), rel=1e-9)


def test_ends() -> None:
    assert normal_quantile(0.0) == -math.inf
    assert normal_quantile(1.0) == math.inf
    assert t_quantile(0.0, 3) == -math.inf
    assert t_quantile(0.5, 3) == 0.0
    assert t_cdf(math.inf, 2) == 1.0
    assert t_cdf(-math.inf, 2) == 0.0
    assert (beta_quantile(0.0, 2, 3), beta_quantile(1.0, 2, 3)) == (0.0, 1.0)
    assert (beta_cdf(-1, 2, 3), beta_cdf(1.5, 2, 3)) == (0.0, 1.0)
    assert (chi2_quantile(0.0, 2), chi2_quantile(1.0, 2)) == (0.0, math.inf)
    assert (chi2_cdf(0, 2), chi2_cdf(math.inf, 2)) == (0.0, 1.0)


BAD: tuple[tuple[Callable[[], float], str], ...] = (
    (lambda: normal_quantile(1.2), "between 0 and 1"),
    (lambda: normal_quantile(math.nan), "between 0 and 1"),
    (lambda: t_quantile(-0.1, 3), "between 0 and 1"),
    (lambda: t_cdf(0.1, 0), "degrees of freedom must be above 0"),
    (lambda: beta_cdf(0.1, 0, 1), "a must be above 0"),
    (lambda: beta_quantile(0.1, 1, -1), "b must be above 0"),
    (lambda: chi2_cdf(0.1, math.nan), "degrees of freedom must be above 0"),
    (lambda: binomial_cdf(1, 3, 2), "between 0 and 1"),
)


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_arguments(call: Callable[[], float], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        call()


@pytest.mark.parametrize("df1", [0.7, 1.0, 5.0, 19.0, 200.0])
@pytest.mark.parametrize("df2", [1.0, 3.3, 15.0, 39.7, 1e4])
def test_fisher_f(df1: float, df2: float) -> None:
    for x in (1e-6, 0.03, 0.9, 1.0, 1.83, 11.03, 400.0):
        assert f_cdf(x, df1, df2) == pytest.approx(float(stats.f.cdf(x, df1, df2)), rel=1e-9, abs=1e-14)
    for p in (1e-6, 0.025, 0.5, 0.975, 0.9999):
        assert f_quantile(p, df1, df2) == pytest.approx(float(stats.f.ppf(p, df1, df2)), rel=1e-8)
    assert f_cdf(0.0, df1, df2) == 0.0
    assert f_cdf(math.inf, df1, df2) == 1.0
    assert (f_quantile(0.0, df1, df2), f_quantile(1.0, df1, df2)) == (0.0, math.inf)
