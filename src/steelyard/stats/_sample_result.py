"""From a sample and an interval of its mean to the record that is shown."""

from __future__ import annotations

from steelyard.core import Interval
from steelyard.stats._proportion import wilson_limits
from steelyard.stats._result import MeanResult, clipped, sentences
from steelyard.stats._sample import Sample


def rescaled_wilson(sample: Sample, effective: float, *, level: float) -> Interval | None:
    """Wilson's interval of the mean, rescaled from its range to 0–1; None without a range."""
    if sample.span is None:
        return None
    low, high = sample.span
    rate = min(1.0, max(0.0, (sample.units.value - low) / (high - low)))
    ends = wilson_limits(rate * effective, effective, level=level)
    return low + ends[0] * (high - low), low + ends[1] * (high - low)


def result_of(
    sample: Sample,
    interval: Interval | None,
    *,
    level: float,
    method: str,
    effective: float | None,
    note: str = "",
    weakness: str = "",
) -> MeanResult:
    """The record of a sample's mean, its interval cut to the range; not gateable when weak or without one."""
    value = sample.units.value
    shown = clipped(interval, value, sample.value_range)
    return MeanResult(
        value=value,
        interval=shown,
        level=level,
        method=method,
        n=sample.n,
        n_units=sample.units.count,
        effective_n=effective,
        gateable=shown is not None and not weakness,
        note=sentences(note, weakness),
    )
