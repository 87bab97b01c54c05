"""Scores outputs: inline while that is quick, in threads when a metric proves slow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from steelyard.core import Case, Clock, Output, Score
from steelyard.metrics import BlockingMetric, Metric, ModelMetric, score_output, score_with_model

_SLOW_S = 0.01
_STRIKES = 3


def check_ready(metrics: Sequence[Metric]) -> None:
    """Raise the UserError of the first metric that cannot work on this machine."""
    for metric in metrics:
        if isinstance(metric, BlockingMetric):
            metric.ready()


class Scorer:
    """The metrics of a run. A metric that takes more than 10 ms three times in a row moves to threads.

    One that says that it blocks is scored there from the first sample on.
    """

    def __init__(self, metrics: Sequence[Metric], *, clock: Clock) -> None:
        self._metrics = [(metric.spec.key, metric) for metric in metrics]
        self._clock = clock
        self._models = {metric.spec.key: metric for metric in metrics if isinstance(metric, ModelMetric)}
        self._strikes = {
            key: _STRIKES if isinstance(metric, BlockingMetric) else 0 for key, metric in self._metrics
        }

    async def open(self) -> None:
        """Reach the models that some metrics ask; raises TargetError when one cannot be reached."""
        for metric in self._models.values():
            await metric.open()

    async def close(self) -> None:
        """Release what `open` took."""
        for metric in self._models.values():
            await metric.close()

    async def score(self, case: Case, output: Output) -> dict[str, Score]:
        """Metric key to score, in the order the metrics were given."""
        scores: dict[str, Score] = {}
        for key, metric in self._metrics:
            if key in self._models:
                scores[key] = await score_with_model(self._models[key], case, output)
                continue
            if self._strikes[key] >= _STRIKES and output.fault is None:
                scores[key] = await asyncio.to_thread(score_output, metric, case, output)
                continue
            began = self._clock.monotonic()
            scores[key] = score_output(metric, case, output)
            slow = self._clock.monotonic() - began > _SLOW_S
            if output.fault is None:
                self._strikes[key] = self._strikes[key] + 1 if slow else 0
        return scores
