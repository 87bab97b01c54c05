"""What a metric is: case and output to score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from steelyard.core import Case, Json, MetricSpec, Output, Score

if TYPE_CHECKING:
    from steelyard.metrics.agent import Trajectory
    from steelyard.metrics.judge import Judge, Task

Aggregate: TypeAlias = "Callable[[NDArray[np.float64]], float | None]"
"""Weights, one for each scored sample, to the corpus-level value; None when undefined at these weights."""


class Metric(Protocol):
    """Scores one output. Implementations are small frozen dataclasses whose fields are the settings."""

    @property
    def spec(self) -> MetricSpec:
        """Name, version, settings, direction, scale and range."""
        ...

    def score(self, case: Case, output: Output) -> Score:
        """Score a usable output; pure, and independent of every other sample.

        Never called for outputs with a fault: the runner scores a target's fault with `spec.failure`
        and turns an infrastructure fault into Failed.
        """
        ...


class CorpusMetric(Metric, Protocol):
    """A metric whose headline is computed from all samples together, such as BLEU, F1 or AUROC.

    `score` still gives each sample a value, and puts its sufficient statistics into `detail`.
    """

    def prepare(self, details: Sequence[Mapping[str, Json]]) -> Aggregate:
        """Read the details once; the returned function is then called for every resample."""
        ...


@runtime_checkable
class BlockingMetric(Protocol):
    """A metric that waits for something outside of this process: a run always scores it in threads."""

    @property
    def spec(self) -> MetricSpec:
        """As for every metric."""
        ...

    def ready(self) -> None:
        """Called once before any sample; raises a UserError where the metric cannot work on this machine."""
        ...

    def score(self, case: Case, output: Output) -> Score:
        """As for every metric; called by several threads at a time."""
        ...


@runtime_checkable
class PromptedMetric(Protocol):
    """A metric whose wording is its own: a run keeps the text beside the hash that its settings pin."""

    @property
    def spec(self) -> MetricSpec:
        """As for every metric; `prompt_hash` in its settings names the wording."""
        ...

    @property
    def prompt_text(self) -> str:
        """The wording with placeholders instead of data."""
        ...


@runtime_checkable
class ModelMetric(Protocol):
    """A metric that asks a model, and so has to be awaited, opened and closed.

    `Metric.score` of such a metric is never called by a run: `score_with_model` is used instead.
    """

    @property
    def spec(self) -> MetricSpec:
        """As for every metric; the settings pin judge model, prompt hash and rubric version."""
        ...

    async def open(self) -> None:
        """Reach the model; raises TargetError within five seconds when it cannot be reached."""
        ...

    async def ask(self, case: Case, output: Output) -> Score:
        """Score a usable output; an unreadable verdict is Failed, never a number."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@runtime_checkable
class TakesMilestones(Protocol):
    """A metric that asks a user's function for milestones, named in its settings."""

    milestones: str
    """`python:module:function`; empty: the metric does without."""

    def with_milestones(self, function: Callable[[Case, Trajectory], object], *, version: str) -> Metric:
        """The metric with its function; `version` is the digest of the function's source."""
        ...


@runtime_checkable
class TakesJudge(Protocol):
    """A metric that hands a part of its work to a judge of the project, named in its settings."""

    judge: str
    """The judge's name; empty: the metric does without."""

    def judge_task(self) -> Task:
        """What the judge's models are asked."""
        ...

    def judged_by(self, judge: Judge) -> Metric:
        """The metric with its judge, whose task is `judge_task()`: a ModelMetric."""
        ...
