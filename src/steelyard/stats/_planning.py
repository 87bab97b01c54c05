"""How many cases a decision needs, and what a benchmark of a given size can settle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from steelyard.core import Interval, StatisticsError
from steelyard.stats._result import check_level
from steelyard.stats._special import normal_cdf, normal_quantile

Towards = Literal["PASS", "FAIL"]

DEFAULT_DISCORDANCE = 0.10
"""Share of cases that two versions of one system score differently when nothing better is known."""
MOST_UNITS = 1_000_000_000
"""No benchmark gets there: numbers of units beyond this are no answer."""

_EVEN_ODDS = 0.75
_LARGE_STEP = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededUnits:
    """How many further units would settle what is still open."""

    expected: int | None
    """Further units for the wanted chance of a decision at the observed effect; None: no number up to 10⁹."""
    low: int
    """The same if the effect is at the end of its middle half that is easier to decide."""
    high: int | None
    """The same at the harder end; None: that end touches the margin, and no number up to 10⁹ settles it."""
    towards: Towards
    """The decision it would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a gate of this size will do, before anything is spent."""

    n_units: int
    """Independent units in the benchmark."""
    spread: float
    """Standard deviation of one unit's difference."""
    margin: float
    """Allowed drop."""
    level: float
    """Two-sided level of the interval."""
    worse_by: float
    """The true drop that `fail_if_worse` is about."""
    pass_if_unchanged: float
    """P(PASS) when the candidate is as good as the baseline."""
    fail_if_worse: float
    """P(FAIL) when the candidate is truly worse by `worse_by`."""
    minimum_detectable: float
    """True difference that a two-sided test would find with 80 % chance."""
    settled_drop: float
    """Allowed drop that these units settle: PASS with 80 % chance when unchanged."""
    units_for_margin: int
    """Units with which the wanted margin would be settled."""


def needed_units(
    difference: float,
    spread: float,
    *,
    n_units: int,
    margin: float,
    level: float = 0.95,
    power: float = 0.8,
    interval: Interval,
) -> NeededUnits:
    """Further units until the gate decides with chance `power`, if the observed effect is the true one.

    The gate passes when the interval's lower limit is above −margin and fails when the upper is below it;
    it decides towards FAIL if difference < −margin, else PASS. With spread the standard deviation of a
    unit, N = ((z₁₋α/₂ + z_power) · spread / |difference + margin|)² units in all, less the `n_units` there
    are, and one at least. `margin` is 0 for "is better"; for an absolute bound give value − bound as the
    difference and 0 as the margin; metrics where less is better are given with their sign turned.

    The range says how sure that number is: the effect at the ends of its middle half, which lies between
    the difference and each end of `interval` in proportion of normal quantiles (z.₇₅ / z₁₋α/₂). The true
    effect is as likely inside as outside. The whole interval would not do: while the gate is open it holds
    the margin, and no number is enough there.

    Raises StatisticsError when spread, units or power are not positive.
    Source: the sample size of a one-sided z-test of a shifted mean, as in Chow, Shao and Wang, *Sample Size
    Calculations in Clinical Research* (2008) §3.1.
    """
    check_level(level)
    low, high = min(interval[0], difference), max(interval[1], difference)
    if spread <= 0 or n_units < 1 or not 0 < power < 1:
        raise StatisticsError(f"{n_units} units with spread {spread:g} cannot be planned from")
    quantile = normal_quantile(0.5 + level / 2)
    reach = (quantile + normal_quantile(power)) * spread
    gap = difference + margin
    towards: Towards = "FAIL" if gap < 0 else "PASS"
    inner = normal_quantile(_EVEN_ODDS) / quantile
    ends = (gap + inner * (low - difference), gap + inner * (high - difference))
    harder, easier = (ends[1], ends[0]) if towards == "FAIL" else ends
    settles = harder * (-1 if towards == "FAIL" else 1) > 0
    return NeededUnits(
        expected=_further(reach, gap, n_units),
        low=_further(reach, easier, n_units) or MOST_UNITS,
        high=_further(reach, harder, n_units) if settles else None,
        towards=towards,
    )


def plan_gate(
    *,
    n_units: int,
    spread: float | None = None,
    margin: float,
    level: float = 0.95,
    worse_by: float | None = None,
) -> Plan:
    """What a gate with this allowed drop would do on `n_units` independent cases.

    `spread` comes from a pilot (`PairedResult.spread`); None assumes 0/1 scores of which a tenth differ
    between versions. `worse_by` defaults to twice the margin. P(PASS) = Φ(margin · √n / spread − z₁₋α/₂);
    P(FAIL) the same with worse_by − margin. Raises StatisticsError for sizes that are not positive.
    Source: normal approximation to the power of the interval rule, as in `needed_units`.
    """
    known = binary_spread() if spread is None else spread
    drop = 2 * margin if worse_by is None else worse_by
    _check_plan(n_units, known, margin=margin, level=level)
    root = math.sqrt(n_units) / known
    quantile = normal_quantile(0.5 + level / 2)
    settled = settled_drop(n_units, known, level=level)
    return Plan(
        n_units=n_units,
        spread=known,
        margin=margin,
        level=level,
        worse_by=drop,
        pass_if_unchanged=normal_cdf(margin * root - quantile),
        fail_if_worse=normal_cdf((drop - margin) * root - quantile),
        minimum_detectable=settled,
        settled_drop=settled,
        units_for_margin=units_for(margin, known, level=level),
    )


def settled_drop(n_units: int, spread: float, *, level: float = 0.95, power: float = 0.8) -> float:
    """The allowed drop that `n_units` settle: an unchanged candidate passes with chance `power`.

    (z₁₋α/₂ + z_power) · spread / √n: 100 cases of which a tenth differ settle about 9 points.
    """
    _check_plan(n_units, spread, margin=1.0, level=level)
    return (normal_quantile(0.5 + level / 2) + normal_quantile(power)) * spread / math.sqrt(n_units)


def units_for(margin: float, spread: float, *, level: float = 0.95, power: float = 0.8) -> int:
    """Units with which an unchanged candidate passes an allowed drop of `margin` with chance `power`.

    The inverse of `settled_drop`: 2 points with a tenth of the cases differing need about 2,000.
    """
    _check_plan(1, spread, margin=margin, level=level)
    reach = (normal_quantile(0.5 + level / 2) + normal_quantile(power)) * spread
    return min(MOST_UNITS, math.ceil((reach / margin) ** 2 - 1e-9))


def binary_spread(discordance: float = DEFAULT_DISCORDANCE, difference: float = 0.0) -> float:
    """Standard deviation of a 0/1 difference when a share `discordance` of the cases differs.

    √(discordance − difference²). Without a pilot a tenth is assumed: then 100 cases settle an allowed drop
    of 9 points and 2 points need 1,963 cases. Raises StatisticsError when no such shares exist.
    """
    if not abs(difference) <= discordance <= 1 or discordance == 0:
        raise StatisticsError(f"a discordance of {discordance:g} cannot give a difference of {difference:g}")
    return math.sqrt(discordance - difference**2)


def proposed_drop(n_units: int, spread: float, *, level: float = 0.95) -> float:
    """`settled_drop`, rounded up to a step that people use.

    Steps are whole points from 1 point on, and 1, 2 or 5 of the next lower power of ten below: .0886 → .09,
    .0047 → .005. Only for shares; scores in other units are rounded up to two digits.
    """
    drop = settled_drop(n_units, spread, level=level)
    power = 10.0 ** math.floor(math.log10(drop))
    if drop >= 1:
        return math.ceil(drop / power * 10 - 1e-9) * power / 10
    if drop >= _LARGE_STEP:
        return round(math.ceil(drop / _LARGE_STEP - 1e-9) * _LARGE_STEP, 10)
    step = next(digit for digit in (1, 2, 5, 10) if drop <= digit * power * (1 + 1e-9))
    return float(f"{step * power:.6g}")


def _further(reach: float, gap: float, n_units: int) -> int | None:
    if abs(gap) * math.sqrt(MOST_UNITS) <= reach:
        return None
    return max(1, math.ceil((reach / gap) ** 2 - n_units))


def _check_plan(n_units: int, spread: float, *, margin: float, level: float) -> None:
    check_level(level)
    if n_units < 1 or not spread > 0 or not margin > 0:
        raise StatisticsError(
            f"{n_units} units, spread {spread:g} and margin {margin:g} cannot be planned with",
            hint="All three must be positive",
        )
