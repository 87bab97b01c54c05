"""What the agents of a run did, from its stored samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from steelyard.core import (
    CASES_LIKE_THESE,
    AgentPart,
    AgentReport,
    Estimate,
    Scale,
    StepLatency,
    WrongStep,
)
from steelyard.metrics.agent import MEASURES, is_about_agents, per_success
from steelyard.runs._agent_trials import AMOUNTS, Part, Trials, Values
from steelyard.runs._measure import Measure
from steelyard.runs._plan import RunStores
from steelyard.stats import Design, MeanResult, estimate_corpus, estimate_mean, quantile

_SUCCESS_FIRST = ("task_success", "recorded:reward")
_MOST_AGENTS = 50
_LEAST_TRIALS = 2


def agent_report(measures: Sequence[Measure], store: RunStores) -> AgentReport | None:
    """The agents' part in a run; None unless it was scored with a metric about agents and has trajectories.

    Reads every stored sample once and keeps numbers only. Of a run that was stopped, the samples of the
    complete prefix are read. Cases, or groups of cases, are the units of every interval.
    """
    if not any(is_about_agents(measure.spec) for measure in measures):
        return None
    run, table = measures[0].run, measures[0].table
    keys = set(zip(table.case_ids, table.epochs.tolist(), strict=True))
    trials = Trials(success=_success(measures))
    for sample in store.samples(run.id):
        if (sample.case.id, sample.epoch) in keys:
            trials.add(sample)
    if not trials.count:
        return None
    return AgentReport(
        trials=trials.count,
        success=trials.success,
        figures=tuple(_figures(measures[0], trials)),
        wrong_steps=tuple(WrongStep(step=step, trials=n) for step, n in sorted(trials.wrong.items())),
        latency_by_step=tuple(_latencies(measures[0], trials)),
        agents=tuple(_parts(trials.parts)),
    )


def _success(measures: Sequence[Measure]) -> str:
    """The key of the metric of success: a task's own, else the first that is 0 or 1."""
    binary = [measure.spec for measure in measures if measure.spec.scale == "binary"]
    first = [spec for name in _SUCCESS_FIRST for spec in binary if spec.name == name]
    chosen = next(iter([*first, *binary]), None)
    return "" if chosen is None else chosen.key


def _figures(measure: Measure, trials: Trials) -> list[Estimate]:
    found = [
        _mean(measure, trials.calls, name="calls per trial", measured="calls", scale="unbounded"),
        _mean(measure, trials.loops, name="calls that only repeat"),
        _mean(measure, trials.recovered, name="goals reached after an error"),
        _mean(measure, trials.model_share, name="time in model calls"),
        _over_best(measure, trials),
    ]
    for of in AMOUNTS:
        took, won = trials.took[of], np.array(trials.won[of])
        if took.values and won.any() and (of != "cost" or any(took.values)):
            aggregate = per_success(np.array(took.values), won)
            result = estimate_corpus(
                aggregate,
                len(took.values),
                design=Design(clusters=took.clusters),
                level=measure.level,
                seed=measure.run.seed,
            )
            found.append(_estimate(measure, result, name=f"{of} for one success", measured=MEASURES[of]))
    return [each for each in found if each is not None]


def _over_best(measure: Measure, trials: Trials) -> Estimate | None:
    """Calls of successful trials over the expected steps, or over the shortest successful trial of the case.

    A case with one success and no expectation has nothing to be compared with.
    """
    ratios = Values()
    for case, lengths in trials.lengths.items():
        best = trials.human.get(case)
        if best is None and len(lengths) >= _LEAST_TRIALS:
            best = min(length for _, length in lengths)
        if best is not None:
            for cluster, length in lengths:
                ratios.add(length / best, cluster)
    return _mean(measure, ratios, name="steps over the best", measured="times", scale="unbounded")


def _latencies(measure: Measure, trials: Trials) -> list[StepLatency]:
    return [
        StepLatency(
            step=step,
            median=_quantile(measure, held, 0.5, name=f"step {step}"),
            p95=_quantile(measure, held, 0.95, name=f"step {step}:p95"),
        )
        for step, held in sorted(trials.latency.items())
    ]


def _quantile(measure: Measure, held: Values, share: float, *, name: str) -> Estimate:
    result = quantile(held.values, share, level=measure.level, design=Design(clusters=held.clusters))
    return _estimate(measure, result, name=name, measured="s")


def _mean(
    measure: Measure, held: Values, *, name: str, measured: str = "share", scale: Scale = "bounded"
) -> Estimate | None:
    if not held.values:
        return None
    result = estimate_mean(
        held.values,
        scale=scale,
        value_range=(0.0, 1.0) if scale == "bounded" else None,
        design=Design(clusters=held.clusters),
        level=measure.level,
        seed=measure.run.seed,
    )
    return _estimate(measure, result, name=name, measured=measured)


def _estimate(measure: Measure, result: MeanResult, *, name: str, measured: str) -> Estimate:
    return Estimate(
        name=name,
        value=result.value,
        interval=result.interval,
        n=result.n,
        n_units=result.n_units,
        level=measure.level,
        method=result.method,
        estimand=CASES_LIKE_THESE,
        measure=measured,
        gateable=result.gateable,
        note=result.note,
    )


def _parts(parts: dict[str, Part]) -> list[AgentPart]:
    seconds = sum(part.seconds for part in parts.values())
    cost = sum(part.cost for part in parts.values())
    tokens = sum(part.tokens for part in parts.values())
    ordered = sorted(parts.items(), key=lambda item: (-item[1].steps, item[0]))
    return [
        AgentPart(
            agent=name,
            steps=part.steps,
            errors=part.errors,
            wrong=part.wrong,
            time_share=part.seconds / seconds if seconds else None,
            cost_share=part.cost / cost if cost else None,
            token_share=part.tokens / tokens if tokens else None,
        )
        for name, part in ordered[:_MOST_AGENTS]
    ]
