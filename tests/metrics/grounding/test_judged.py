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
        return {"judges": ["scripted"]}

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def verdict(self, case: Case, claim: str, context: Sequence[str]) -> JudgedClaim:
        self.asked.append(claim)
        return JudgedClaim(verdict=self.verdicts.get(claim), why="because", detail={"model": "scripted"})


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
    assert score.detail["judge"] == {"asked": 1, "answers": [{"model": "scripted"}]}


async def test_an_unreadable_verdict_fails_the_score() -> None:
    score = await score_with_model(_metric(Scripted()), CASE, Output(value=ANSWER))
    assert score == Failed(error="no verdict on a claim: because")


def test_the_judge_is_pinned() -> None:
    assert _metric(Scripted()).spec.settings["judged"] == {"judges": ["scripted"]}
