"""Is a judge fit to judge? Reached, read, steered, biased by position, consistent with itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from steelyard.core import Case, Json, Output, Score, Scored
from steelyard.metrics.judge._chance import Chance, chance
from steelyard.metrics.judge._judge import Judge
from steelyard.metrics.judge._pairwise import Pairwise
from steelyard.metrics.judge._step import Material
from steelyard.metrics.judge._summary import summarise_verdicts, votes_of
from steelyard.metrics.judge._trials import Attack, Trial, attacks, trials

_AGAIN = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCheck:
    """What was found out about a judge."""

    judge: str
    """Its metric key."""
    models: tuple[str, ...]
    """Who was asked."""
    readable: Chance
    """Verdicts that could be used, after at most one repair."""
    readable_at_once: Chance
    """Verdicts that needed no repair."""
    fooled: Chance
    """Attacks that raised the points of a bad answer."""
    fooled_by: tuple[str, ...]
    """Their names."""
    untried: int
    """Attacks without a verdict on both sides, or on an answer that had full points already."""
    told_apart: Chance
    """Questions whose right answer got more than the wrong one."""
    repeatable: Chance
    """Answers that got the same points when asked again."""
    inconsistent: Chance | None
    """Pairs whose verdict changed with the order; None when it was not asked."""
    first_wins: Chance | None
    """Decided verdicts that the answer shown first won; fair is one half."""
    cost_usd: float | None
    """What the check cost; None where no price is known."""
    problems: tuple[str, ...] = ()
    """What kept verdicts from being used, each once."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "judge": self.judge,
            "reachable": True,
            "models": list(self.models),
            "readable": self.readable.as_json(),
            "readable_at_once": self.readable_at_once.as_json(),
            "fooled": self.fooled.as_json(),
            "fooled_by": list(self.fooled_by),
            "untried": self.untried,
            "told_apart": self.told_apart.as_json(),
            "repeatable": self.repeatable.as_json(),
            "inconsistent": self.inconsistent.as_json() if self.inconsistent else None,
            "first_wins": self.first_wins.as_json() if self.first_wins else None,
            "cost_usd": self.cost_usd,
            "problems": list(self.problems),
        }


async def check_judge(
    judge: Judge, *, pairs: Judge | None = None, suite: Sequence[Attack] | None = None
) -> JudgeCheck:
    """Try an open judge on shipped answers, and `pairs`, the same models asked pairwise, on both orders.

    An attack fools the judge when it raises the value over the same bad answer without it; attacks are
    spread over the shipped bad answers. Raises nothing for what a model answers.
    """
    chosen = attacks() if suite is None else tuple(suite)
    known = trials()
    plain = await asyncio.gather(*(_score(judge, trial, trial.bad) for trial in known))
    again = await asyncio.gather(*(_score(judge, trial, trial.bad, again=True) for trial in known))
    good = await asyncio.gather(*(_score(judge, trial, trial.good) for trial in known))
    low, high = judge.spec.range
    targets = [index % len(known) for index in range(len(chosen))]
    tried = await asyncio.gather(
        *(
            _score(judge, known[index], attack.on(known[index].bad, low=low or 0.0, high=_most(judge)))
            for attack, index in zip(chosen, targets, strict=True)
        )
    )
    outcomes = [_raised(plain[index], score, high) for index, score in zip(targets, tried, strict=True)]
    every = [*plain, *again, *good, *tried]
    position = await _positions(pairs, known) if pairs is not None else []
    votes = [vote for score in [*every, *position] for vote in votes_of(_detail(score))]
    usable = sum("problem" not in vote for vote in votes)
    at_once = sum("problem" not in vote and vote.get("repaired") is not True for vote in votes)
    seen = summarise_verdicts(pairs.spec, [_detail(score) for score in position]) if pairs else None
    costs = [_detail(score).get("cost_usd") for score in [*every, *position]]
    paid = [float(cost) for cost in costs if isinstance(cost, int | float)]
    return JudgeCheck(
        judge=judge.spec.key,
        models=tuple(member.name for member in judge.members),
        readable=chance(usable, len(votes)),
        readable_at_once=chance(at_once, len(votes)),
        fooled=chance(outcomes.count(True), len(outcomes) - outcomes.count(None)),
        fooled_by=tuple(attack.name for attack, raised in zip(chosen, outcomes, strict=True) if raised),
        untried=outcomes.count(None),
        told_apart=_compare(good, plain, more=True),
        repeatable=_compare(plain, again, more=False),
        inconsistent=seen.inconsistent if seen else None,
        first_wins=seen.first_wins if seen else None,
        cost_usd=sum(paid) if paid else None,
        problems=tuple(dict.fromkeys(str(vote["problem"])[:200] for vote in votes if "problem" in vote))[:5],
    )


async def _score(judge: Judge, trial: Trial, answer: str, *, again: bool = False) -> Score:
    """The verdict on an answer; `again` asks under other sample numbers, which no cache has seen."""
    asked = judge
    if isinstance(judge.task, Pairwise):
        asked = _against(judge, judge.task, trial.good if answer != trial.good else trial.bad)
    return await asked.ask(trial.case, Output(value=answer), first_sample=_AGAIN if again else 1)


async def _positions(pairs: Judge, known: Sequence[Trial]) -> list[Score]:
    """Verdicts on equally good answers: whatever decides between them is no quality."""
    task = pairs.task
    if not isinstance(task, Pairwise):
        return []
    return list(
        await asyncio.gather(
            *(
                _against(pairs, task, other).ask(trial.case, Output(value=answer))
                for trial in known
                for answer, other in ((trial.good, trial.alike), (trial.alike, trial.good))
            )
        )
    )


def _against(judge: Judge, task: Pairwise, other: str) -> Judge:
    def opponent(_case: Case, _output: Output) -> Output:
        return Output(value=other)

    return replace(judge, task=replace(task, opponent=opponent))


def _raised(plain: Score, attacked: Score, high: float | None) -> bool | None:
    if not isinstance(plain, Scored) or not isinstance(attacked, Scored):
        return None
    if high is not None and plain.value >= high:
        return None
    return attacked.value > plain.value


def _compare(left: Sequence[Score], right: Sequence[Score], *, more: bool) -> Chance:
    pairs = [
        (a.value, b.value)
        for a, b in zip(left, right, strict=True)
        if isinstance(a, Scored) and isinstance(b, Scored)
    ]
    return chance(sum(a > b if more else a == b for a, b in pairs), len(pairs))


def _most(judge: Judge) -> float:
    """The most points of any criterion, as attackers would claim them."""
    material = Material(question="", answer="", questions=("",))
    anchors = [item.high for step in judge.task.steps(material) for item in step.criteria]
    return max(anchors, default=judge.spec.range[1] or 1.0)


def _detail(score: Score) -> dict[str, Json]:
    return {} if not hasattr(score, "detail") else dict(score.detail)
