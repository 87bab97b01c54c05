"""One case answered and scored, with nothing written down: what somebody tries out is no sample."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Case, Failed, Output, Score, SteelyardError, UsageError
from steelyard.metrics import BlockingMetric, Metric, ModelMetric, score_output, score_with_model
from steelyard.runs._conversation import Player
from steelyard.targets import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one try."""

    case: Case
    """What was asked."""
    output: Output
    """What was answered, or why nothing was."""
    scores: Mapping[str, Score]
    """Metric key to score."""


async def answer_once(
    case: Case, caller: Caller, *, metrics: Sequence[Metric], attachment: Callable[[str], bytes]
) -> Tried:
    """Ask a target once and score what it says, without a run.

    Metrics that compute do so in threads, so that an event loop which serves others goes on. A metric that
    cannot work costs its own score. Raises TargetError when the target cannot be reached, UsageError for a
    case that needs a simulated user.
    """
    if case.scenario is not None:
        raise UsageError(
            "a simulated user is played by runs alone",
            where=case.id,
            hint="Run the benchmark again: steelyard run NAME --target TARGET",
        )
    async with caller:
        output = await Player(caller=caller, simulator=None, attachment=attachment).play(case, 1, seed=None)
    return Tried(
        case=case,
        output=output,
        scores={metric.spec.key: await _score(metric, case, output) for metric in metrics},
    )


async def _score(metric: Metric, case: Case, output: Output) -> Score:
    try:
        if isinstance(metric, ModelMetric):
            await metric.open()
            try:
                return await score_with_model(metric, case, output)
            finally:
                await metric.close()
        if isinstance(metric, BlockingMetric):
            await asyncio.to_thread(metric.ready)
        return await asyncio.to_thread(score_output, metric, case, output)
    except SteelyardError as error:
        return Failed(error=error.message)
