# ruff: noqa: E501  claims are read line by line
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from steelyard.core import Case, Failed, Json, Output, Scored
from steelyard.metrics import ModelMetric, score_with_model
from steelyard.metrics.grounding import Groundedness, JudgedClaim, JudgedGroundedness
from steelyard.metrics.grounding._verify import Verdict

DOCUMENT = "The tower was designed by the company of Gustave Eiffel. It is 330 metres tall."
ANSWER = "It is 330 metres tall. It is 300 metres tall. The tower was planned by the company of Eiffel and friends."


@dataclass
class Scripted:
    """A judge that says one thing and remembers what it was asked."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Mapping[str, Json]:
        return {"judges": ["scripted"], "mode": "classification"}

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def verdict(self, case: Case, claim: str, context: Sequence[str]) -> JudgedClaim:
        self.asked.append(claim)
        vote: dict[str, Json] = {"model": "scripted", "sample": 1}
        detail: dict[str, Json] = {"cost_usd": 0.25, "votes": [vote]}
        return JudgedClaim(verdict=self.verdicts.get(claim), why="because", detail=detail)


def _metric(judge: Scripted) -> JudgedGroundedness:
    return JudgedGroundedness(metric=Groundedness(judge="x", embeddings="off"), judge=judge)


CASE = Case(id="1", input="q", context=(DOCUMENT,))
UNCLEAR = "The tower was planned by the company of Eiffel and friends."


async def test_only_unclear_claims_are_asked() -> None:
    judge = Scripted({UNCLEAR: "supported"})
    metric = _metric(judge)
    assert isinstance(metric, ModelMetric)
    score = await score_with_model(metric, CASE, Output(value=ANSWER))
    assert judge.asked == [UNCLEAR]
    assert isinstance(score, Scored)
    assert score.value == 2 / 3
    claims = score.detail["claims"]
    assert isinstance(claims, list)
    assert [row["tier"] for row in claims if isinstance(row, Mapping)] == ["lexical", "lexical", "judge"]
    assert score.detail["asked"] == 1
    assert score.detail["cost_usd"] == 0.25
    assert score.detail["votes"] == [{"claim": 2, "model": "scripted", "sample": 1}]


async def test_an_unreadable_verdict_fails_the_score() -> None:
    score = await score_with_model(_metric(Scripted()), CASE, Output(value=ANSWER))
    assert isinstance(score, Failed)
    assert score.error == "no verdict on a claim: because"
    assert score.detail["cost_usd"] == 0.25


def test_the_judge_is_pinned() -> None:
    settings = _metric(Scripted()).spec.settings
    assert settings["judges"] == ["scripted"]
    assert settings["judged"] == {"mode": "classification"}
