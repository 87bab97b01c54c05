"""A judge: one or several models that give a verdict on each output, as a metric."""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from steelyard.core import (
    Case,
    Failed,
    Json,
    MetricSpec,
    Output,
    Score,
    Scored,
    Skipped,
    UsageError,
    content_hash,
)
from steelyard.metrics.judge._fence import Fence, make_fence
from steelyard.metrics.judge._step import Material, Step, Task
from steelyard.metrics.judge._vote import Member, Vote, spent
from steelyard.metrics.judge._wording import wording_hash, wording_text
from steelyard.targets import TargetInfo

Combine = Literal["mean", "majority"]

VERSION = "1"
_RAW = 4_000
_REASON = 400
_NO_INFLUENCE = frozenset({"price", "timeout", "response_format"})
_TEMPLATE = Material(
    question="{question}",
    answer="{answer}",
    reference="{reference}",
    context=("{document}",),
    questions=("{question of the case}",),
    other="{other answer}",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """Models that are asked, what they are asked, and how their verdicts become one score."""

    name: str
    """What the project calls it."""
    task: Task
    """What is asked."""
    members: tuple[Member, ...]
    """Who is asked: one judge, or a panel."""
    samples: int = 1
    """How often each is asked about a sample."""
    combine: Combine = "mean"
    """How several verdicts become one; a tied majority takes the lower points."""
    label: str = ""
    """What the user typed; empty: `judge:NAME`."""

    def __post_init__(self) -> None:
        if not self.members or self.samples < 1:
            raise UsageError("a judge needs a model, and at least one sample", where=f"judge {self.name}")
        names = [member.name for member in self.members]
        if len(set(names)) < len(names):
            raise UsageError(
                "a panel cannot hold one judge twice",
                where=f"judge {self.name}",
                hint="Ask it more often: samples = 3",
            )

    @cached_property
    def spec(self) -> MetricSpec:
        """Everything that can change a score: models, prompts, rubric, mode, repetitions."""
        traits = self.task.traits
        if traits.scale == "binary" and self._may_be_between:
            traits = replace(traits, scale="bounded")
        return replace(
            traits,
            name=f"judge:{self.name}",
            label=self.label,
            version=VERSION,
            settings={
                "mode": self.task.mode,
                "judges": [pinned(member.caller.target.info) for member in self.members],
                "prompt_hash": self.prompt_hash,
                "samples": self.samples,
                "combine": self.combine,
                "shows": self.task.shows,
                **self.task.settings(),
            },
        )

    @cached_property
    def prompt_hash(self) -> str:
        """SHA-256 of everything around the data."""
        return wording_hash(self.task.steps(_TEMPLATE), self.task.schema())

    @property
    def prompt_text(self) -> str:
        """What stands around the data, for people."""
        return wording_text(self.task.steps(_TEMPLATE))

    async def open(self) -> None:
        """Reach every model; raises TargetError when one cannot be reached."""
        for member in self.members:
            await member.open()

    async def close(self) -> None:
        """Release connections."""
        for member in self.members:
            await member.close()

    def score(self, case: Case, output: Output) -> Score:
        """A judge has to be awaited: a run uses `ask`."""
        del case, output
        return Failed(error=f"judge {self.name} has to be awaited")

    async def ask(self, case: Case, output: Output, *, first_sample: int = 1) -> Score:
        """The verdict on a usable output; Failed unless more than half of the verdicts can be read."""
        material = self.task.material(case, output)
        if isinstance(material, Skipped):
            return material
        votes = await self.votes(case, material, first_sample=first_sample)
        usable = [vote for vote in votes if not vote.problem]
        detail = self._detail(votes, material)
        if len(usable) * 2 <= len(votes):
            problem = next(vote.problem for vote in votes if vote.problem)
            return Failed(error=f"no verdict of {self.spec.key}: {problem}"[:300], detail=detail)
        return self._score(usable, detail)

    async def votes(self, case: Case, material: Material, *, first_sample: int = 1) -> list[Vote]:
        """Every model's verdicts, in the order of the members, then samples."""
        steps = [(step, self._fence(case, step)) for step in self.task.steps(material)]
        numbers = range(first_sample, first_sample + self.samples)
        return list(
            await asyncio.gather(
                *(member.vote(case, steps, sample=number) for member in self.members for number in numbers)
            )
        )

    def _fence(self, case: Case, step: Step) -> Fence:
        texts = [text for _, text in step.parts]
        seed = content_hash([self.prompt_hash, step.name, case.hash, texts])
        return make_fence(seed, [*texts, step.rules, step.form])

    def _score(self, usable: Sequence[Vote], detail: Mapping[str, Json]) -> Score:
        points = combined([vote.points for vote in usable], self.combine)
        value = self.task.value(points)
        if value is None:
            return Skipped(reason="the judge says that no criterion applies", detail={**detail, "points": {}})
        values = [found for vote in usable if (found := self.task.value(vote.points)) is not None]
        extra: dict[str, Json] = {"points": dict(points), "reasons": dict(usable[0].reasons)}
        if usable[0].label:
            extra["label"] = Counter(vote.label for vote in usable).most_common(1)[0][0]
        if len(values) > 1:
            extra["spread"] = statistics.pstdev(values)
        return Scored(value=value, reason=_said(usable[0]), detail={**detail, **extra})

    def _detail(self, votes: Sequence[Vote], material: Material) -> dict[str, Json]:
        calls = [call for vote in votes for call in vote.calls]
        share = max(400, _RAW // len(votes))
        settings = self.task.settings()
        return {
            "model": ", ".join(member.name for member in self.members),
            "prompt_hash": self.prompt_hash,
            **{key: settings[key] for key in ("rubric", "rubric_hash") if key in settings},
            "cached": bool(calls) and all(call.cached for call in calls),
            **spent(calls),
            "votes": [vote.as_json(most_raw=share) for vote in votes],
            **self.task.extras(material),
        }

    @property
    def _may_be_between(self) -> bool:
        """Whether 0-or-1 verdicts can average to something in between."""
        several = self.combine == "mean" and self.samples * len(self.members) > 1
        weighs = self.task.mode == "direct" and any(
            member.caller.target.info.settings.get("logprobs") for member in self.members
        )
        return several or weighs


def combined(votes: Sequence[Mapping[str, float]], combine: Combine) -> dict[str, float]:
    """Each criterion's points over the votes that give it any: their mean, or the most common.

    A tied majority takes the lower points: what the judges do not agree on is not granted.
    """
    points: dict[str, float] = {}
    for key in dict.fromkeys(key for vote in votes for key in vote):
        given = [vote[key] for vote in votes if key in vote]
        if combine == "mean":
            points[key] = statistics.fmean(given)
        else:
            counts = Counter(given)
            most = max(counts.values())
            points[key] = min(value for value, count in counts.items() if count == most)
    return points


def pinned(info: TargetInfo) -> dict[str, Json]:
    """What of a judging model can change a verdict; no secret, and no name that people may change."""
    settings = {key: value for key, value in info.settings.items() if key not in _NO_INFLUENCE}
    return {"uri": info.uri, "settings": settings, "prompts": dict(info.prompts)}


def _said(vote: Vote) -> str:
    reasons = vote.reasons
    if len(reasons) == 1:
        text = next(iter(reasons.values()))
    else:
        text = "; ".join(f"{key}: {reason}" for key, reason in reasons.items())
    return text if len(text) <= _REASON else f"{text[: _REASON - 1]}…"
