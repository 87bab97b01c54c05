"""Shares of pairs and answers, in clusters, as estimate records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.core import CASES_LIKE_THESE, Estimate, Scale
from steelyard.runs._record import RunRecord
from steelyard.stats import Design, estimate_mean

_FEWEST_UNITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One observation of a share."""

    value: float | None
    """0 to 1, or −1 to 1 for a difference of shares; None when it is missing."""
    cluster: str
    """What it belongs to."""
    weight: float = 1.0
    """Its weight."""


def share_estimate(
    name: str,
    found: Sequence[Share],
    *,
    run: RunRecord,
    level: float,
    low: float = 0.0,
    estimand: str = CASES_LIKE_THESE,
    unit: str = "",
) -> Estimate:
    """The mean with its interval, clusters kept together; missing ones give the bounds.

    `low` is −1 for differences of two shares; `unit` is what clusters are, empty for groups or cases. Under
    8 clusters the figure is shown and not gateable. Signed by run, benchmark and method.
    """
    known = [(item.value, item.cluster, item.weight) for item in found if item.value is not None]
    missing = len(found) - len(known)
    values = np.array([value for value, _, _ in known], np.float64)
    clusters = [cluster for _, cluster, _ in known]
    weights = [weight for _, _, weight in known]
    joined = len(set(clusters)) < len(clusters)
    scale: Scale = "binary" if low == 0.0 and bool(np.all((values == 0) | (values == 1))) else "bounded"
    design = Design(clusters=clusters, weights=weights if len(set(weights)) > 1 else None)
    result = estimate_mean(values, scale=scale, value_range=(low, 1.0), design=design, level=level)
    known_weight = sum(weights)
    whole = sum(item.weight for item in found)
    total = (result.value or 0.0) * known_weight
    lost = whole - known_weight
    few = _too_few(result.n_units, unit or "group") if joined or unit else ""
    return Estimate(
        name=name,
        value=result.value,
        interval=result.interval,
        n=result.n,
        unit=unit or ("group" if joined else "case"),
        n_units=result.n_units,
        level=level,
        method=result.method,
        missing=missing,
        bounds=((total + low * lost) / whole, (total + lost) / whole) if missing and known else None,
        estimand=estimand,
        signature=f"{name} · run {run.id} · {run.benchmark.name}@{run.benchmark.version}"
        f"#{run.benchmark.hash[:8]} · n={result.n} · epochs={run.epochs} · {result.method} {level:.0%}",
        gateable=result.gateable and not few,
        note=result.note or few,
    )


def _too_few(count: int, unit: str) -> str:
    """Why clusters that each hold one pair must not decide either, when there are so few."""
    if count >= _FEWEST_UNITS or not count:
        return ""
    plural = {1: unit}.get(count, f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s")
    return f"only {count} {plural}: shown, but too few to decide on (at least {_FEWEST_UNITS} are needed)"
