"""Groundedness with a judge for the claims that the local tiers leave open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from steelyard.core import Case, MetricSpec, Output, Score
from steelyard.metrics.grounding._check import Checked
from steelyard.metrics.grounding._groundedness import Groundedness
from steelyard.metrics.grounding._verify import ClaimVerdict, Verdict

_AT_ONCE = 8


class ClaimJudge(Protocol):
    """A model that says of one claim whether the documents support it."""

    async def open(self) -> None:
        """Reach the model; raises TargetError when it cannot be reached."""
        ...

    async def verdict(self, claim: str, context: Sequence[str]) -> tuple[Verdict, str]:
        """The verdict and one line of reasons; raises a SteelyardError for an unreadable answer."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True, kw_only=True)
class JudgedGroundedness:
    """`groundedness:judge=NAME` with its judge: a metric that asks a model, where the local tiers are
    unsure."""

    metric: Groundedness
    """The local tiers and the settings."""
    judge: ClaimJudge
    """Who decides the rest."""

    @property
    def spec(self) -> MetricSpec:
        """The declaration of the metric, the judge's name among its settings."""
        return self.metric.spec

    async def open(self) -> None:
        """Reach the judge."""
        await self.judge.open()

    async def ask(self, case: Case, output: Output) -> Score:
        """Score a usable output; only claims that no exact rule decided and whose probability is unclear
        are asked.

        A judge that gives no readable verdict fails the score: a guess would hide behind a judge's name.
        """
        checked = self.metric.check_answer(case, output)
        if not isinstance(checked, Checked):
            return checked
        documents = self.metric.documents(case, output)
        if not isinstance(documents, Sequence):
            return documents
        gate = asyncio.Semaphore(_AT_ONCE)

        async def decide(row: ClaimVerdict) -> ClaimVerdict:
            if not row.uncertain:
                return row
            async with gate:
                verdict, why = await self.judge.verdict(row.claim.text, documents)
            return replace(row, verdict=verdict, why=" ".join(why.split())[:200], tier="judge")

        verdicts = await asyncio.gather(*(decide(row) for row in checked.verdicts))
        return self.metric.conclude(replace(checked, verdicts=tuple(verdicts)))

    def score(self, case: Case, output: Output) -> Score:
        """The local tiers alone; runs call `ask`."""
        return self.metric.score(case, output)

    async def close(self) -> None:
        """Let go of the judge."""
        await self.judge.close()
