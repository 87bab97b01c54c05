"""The rules that hold for every score, whichever metric made it."""

from __future__ import annotations

from dataclasses import replace

from steelyard.core import Case, Failed, Fault, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._protocol import Metric, ModelMetric

_ROUNDING = 1e-9
_MESSAGE_LENGTH = 300


def score_output(metric: Metric, case: Case, output: Output) -> Score:
    """Score one output of any kind; never raises because of the metric or the output.

    A fault of the infrastructure is Failed: the sample is missing. A fault of the target is an outcome
    and takes the metric's failure value with `extracted=False`, or is Skipped where the metric has none
    or does not apply to the case. A metric that raises, or leaves its declared range, is Failed.
    """
    try:
        if output.fault is not None:
            return _fault_score(metric, case, output.fault)
        return _within_range(metric.spec, metric.score(case, output))
    except Exception as error:  # noqa: BLE001  metrics are foreign code: one crash must cost one score, not the run
        return _crashed(metric.spec, error)


async def score_with_model(metric: ModelMetric, case: Case, output: Output) -> Score:
    """As `score_output`, for a metric that asks a model.

    A judge that cannot answer, or whose budget is spent, costs its score and not the run: the answer is
    kept, and `steelyard score` asks again.
    """
    try:
        if output.fault is not None:
            return _fault_score(metric, case, output.fault)
        return _within_range(metric.spec, await metric.ask(case, output))
    except Exception as error:  # noqa: BLE001  see score_output
        return _crashed(metric.spec, error)


def _crashed(spec: MetricSpec, error: Exception) -> Failed:
    text = " ".join(str(error).split())
    message = f"metric {spec.key} crashed: {type(error).__name__}: {text}"
    return Failed(error=message[:_MESSAGE_LENGTH])


def _fault_score(metric: Metric | ModelMetric, case: Case, fault: Fault) -> Score:
    if fault.owner == "infrastructure":
        return Failed(error=f"no answer: {fault.kind}: {fault.message}")
    reason = f"no answer from the target: {fault.kind}: {fault.message}"
    if isinstance(metric, BaseMetric):
        return metric.failed(case, reason)
    if metric.spec.failure is None:
        return Skipped(reason=reason)
    return Scored(value=metric.spec.failure, reason=reason, extracted=False)


def _within_range(spec: MetricSpec, score: Score) -> Score:
    if not isinstance(score, Scored):
        return score
    low, high = spec.range
    value = score.value
    if (low is None or value >= low) and (high is None or value <= high):
        return score
    nearest = low if low is not None and value < low else high
    if nearest is not None and abs(value - nearest) <= _ROUNDING:
        return replace(score, value=nearest)
    limits = f"{'−∞' if low is None else low:} to {'∞' if high is None else high}"
    return Failed(error=f"metric {spec.key} returned {value}, outside its range {limits}")
