"""One line that names everything a figure on two runs depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from steelyard.core import MetricSpec
from steelyard.runs import RunRecord, metric_signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What two compared runs rest on; both are named where they differ."""

    benchmark: str = ""
    """`NAME@VERSION#HASH`."""
    epochs: str = ""
    """How often each case was answered."""
    software: str = ""
    """The version of Steelyard that made the runs."""


def origin_of(base: RunRecord, candidate: RunRecord) -> Origin:
    """The origin of figures on these two runs."""
    runs = (base, candidate)
    return Origin(
        benchmark=_both(
            f"{run.benchmark.name}@{run.benchmark.version}#{run.benchmark.hash[:8]}" for run in runs
        ),
        epochs=_both(str(run.epochs) for run in runs),
        software=_both(run.software for run in runs if run.software),
    )


def pair_signature(
    origin: Origin, spec: MetricSpec, *, measured: str, method: str, level: float, seed: int
) -> str:
    """Benchmark, metric with every setting, what was measured, epochs, seed, method, level and software.

    `seed` is the one that resampling used: case orders have none in a comparison.
    """
    parts = (
        origin.benchmark,
        metric_signature(spec),
        measured,
        f"epochs={origin.epochs}" if origin.epochs else "",
        f"seed={seed}",
        f"{method} {level * 100:.4g}%" if method else "",
        f"steelyard {origin.software}" if origin.software else "",
    )
    return " · ".join(part for part in parts if part)


def _both(values: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(values))
