"""Groundedness with a judge for the claims that the local tiers leave open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored
from steelyard.metrics.grounding._check import Checked
from steelyard.metrics.grounding._grounded import ClaimMetric
from steelyard.metrics.grounding._verify import ClaimVerdict, Verdict
from steelyard.metrics.judge import Classification, Judge, Label, Showing, votes_of

_AT_ONCE = 8
_LABELS: Mapping[str, Verdict] = {
    "supported": "supported",
    "contradicted": "contradicted",
    "absent": "absent",
}

CLAIM_TASK = Classification(
    question="The answer is one claim. What do the documents say about it? Use nothing else that you know.",
    labels=(
        Label(name="supported", value=1.0, meaning="the documents say it, in whatever words"),
        Label(
            name="contradicted",
            value=0.0,
            meaning="the documents say what cannot be true beside it",
        ),
        Label(name="absent", value=0.0, meaning="the documents say neither"),
    ),
    showing=Showing(context=True),
    settings_={},
)
"""What a judge is asked about a claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """What a judge said of a claim."""

    verdict: Verdict | None
    """None when no answer of the judge could be read."""
    why: str
    """Its reason, or what was wrong with its answer."""
    detail: Mapping[str, Json]
    """Model, prompt hash, cost, raw answers, fresh or cached."""


class ClaimJudge(Protocol):
    """A model that says of one claim whether the documents support it."""

    @property
    def settings(self) -> Mapping[str, Json]:
        """What of the judge can change a verdict."""
        ...

    async def open(self) -> None:
        """Reach the model; raises TargetError when it cannot be reached."""
        ...

    async def verdict(self, case: Case, claim: str, context: Sequence[str]) -> JudgedClaim:
        """The verdict on one claim of an answer to the case."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelClaimJudge:
    """A judge of the project, asked `CLAIM_TASK`."""

    judge: Judge
    """Its models; its task is `CLAIM_TASK`."""

    @property
    def settings(self) -> Mapping[str, Json]:
        """Models, prompt hash, repetitions."""
        return self.judge.spec.settings

    async def open(self) -> None:
        """Reach the models."""
        await self.judge.open()

    async def verdict(self, case: Case, claim: str, context: Sequence[str]) -> JudgedClaim:
        """The most common label of the judge's votes; nothing of the expectation is shown."""
        asked = Case(id=case.id, input=case.input, context=tuple(context))
        score = await self.judge.ask(asked, Output(value=claim))
        if not isinstance(score, Scored):
            said = score.error if isinstance(score, Failed) else score.reason
            detail = score.detail if isinstance(score, Failed) else {}
            return JudgedClaim(verdict=None, why=said, detail=detail)
        verdict = _LABELS.get(str(score.detail.get("label")))
        return JudgedClaim(verdict=verdict, why=score.reason, detail=score.detail)

    async def close(self) -> None:
        """Let go of the models."""
        await self.judge.close()


@dataclass(frozen=True, kw_only=True)
class JudgedGroundedness:
    """`groundedness:judge=NAME` with its judge: it asks a model where the local tiers are unsure."""

    metric: ClaimMetric
    """The local tiers and the settings."""
    judge: ClaimJudge
    """Who decides the rest."""

    @property
    def spec(self) -> MetricSpec:
        """The declaration of the metric, with what can change the judge's verdicts."""
        local = self.metric.spec
        judged = dict(self.judge.settings)
        models = judged.pop("judges", [])
        return replace(local, settings={**local.settings, "judges": models, "judged": judged})

    async def open(self) -> None:
        """Reach the judge."""
        await self.judge.open()

    async def ask(self, case: Case, output: Output) -> Score:
        """Score a usable output; asked are only claims that no exact rule decided and that are unclear.

        A judge that gives no readable verdict fails the score: a guess would hide behind a judge's name.
        The detail holds every vote and what they cost, as that of any judge.
        """
        checked = self.metric.check_answer(case, output)
        if not isinstance(checked, Checked):
            return checked
        unclear = [number for number, row in enumerate(checked.verdicts) if row.uncertain]
        said = await self._asked(case, output, [checked.verdicts[number] for number in unclear])
        verdicts = list(checked.verdicts)
        paid = _paid(unclear, said)
        for number, judged in zip(unclear, said, strict=True):
            if judged.verdict is None:
                return Failed(error=f"no verdict on a claim: {judged.why}"[:300], detail=paid)
            row = verdicts[number]
            why = " ".join(judged.why.split())[:200]
            verdicts[number] = row._replace(verdict=judged.verdict, why=why, tier="judge")
        score = self.metric.conclude(replace(checked, verdicts=tuple(verdicts)))
        points = {self.metric.traits.name: score.value}
        return replace(score, detail={**score.detail, **paid, "asked": len(said), "points": points})

    def score(self, case: Case, output: Output) -> Score:
        """The local tiers alone; runs call `ask`."""
        return self.metric.score(case, output)

    async def close(self) -> None:
        """Let go of the judge."""
        await self.judge.close()

    async def _asked(self, case: Case, output: Output, rows: Sequence[ClaimVerdict]) -> list[JudgedClaim]:
        documents = self.metric.documents(case, output)
        context = documents if isinstance(documents, Sequence) else ()
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(row: ClaimVerdict) -> JudgedClaim:
            async with gate:
                return await self.judge.verdict(case, row.claim.text, context)

        return list(await asyncio.gather(*(one(row) for row in rows)))


def _paid(claims: Sequence[int], said: Sequence[JudgedClaim]) -> dict[str, Json]:
    """What is stored of a judge's answers: each vote with the place of its claim, and their cost in all."""
    votes: list[Json] = [
        {"claim": number, **vote}
        for number, judged in zip(claims, said, strict=True)
        for vote in votes_of(judged.detail)
    ]
    if not votes:
        return {}
    costs = [float(cost) for judged in said if isinstance(cost := judged.detail.get("cost_usd"), int | float)]
    return {
        "cost_usd": sum(costs) if costs else None,
        "cached": all(judged.detail.get("cached") is True for judged in said),
        "votes": votes,
    }
