"""One judge's verdict on one sample: asked, repaired once, and kept whatever came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from steelyard.core import Case, Json, Message, Output, TargetError
from steelyard.metrics.judge._fence import Fence
from steelyard.metrics.judge._reply import verdict_object
from steelyard.metrics.judge._step import Reading, Step, Unreadable
from steelyard.metrics.judge._weighting import expected_points
from steelyard.metrics.judge._wording import question, repair
from steelyard.targets import BudgetReached, Caller, Request, Stopped

_MOST_RAW = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of one step."""

    reading: Reading | None
    """What the verdict says; None when there is none."""
    problem: str = ""
    """Why there is none."""
    raw: str = ""
    """What the judge wrote last; untrusted text."""
    calls: tuple[Output, ...] = ()
    """Every exchange, the repair included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One verdict of one judge."""

    model: str
    """Which judge."""
    sample: int
    """Which repetition, from 1."""
    answers: tuple[Answered, ...]
    """What came of each step."""

    @property
    def problem(self) -> str:
        """Why the verdict cannot be used; empty when it can."""
        return next((item.problem for item in self.answers if item.reading is None), "")

    @property
    def points(self) -> dict[str, float]:
        """Points over all steps."""
        return {key: value for item in self._readings for key, value in item.points.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """Reasons over all steps."""
        return {key: text for item in self._readings for key, text in item.reasons.items() if text}

    @property
    def label(self) -> str:
        """The chosen category, of a classification."""
        return next((item.label for item in self._readings if item.label), "")

    @property
    def calls(self) -> list[Output]:
        """Every exchange."""
        return [call for item in self.answers for call in item.calls]

    @property
    def _readings(self) -> list[Reading]:
        return [item.reading for item in self.answers if item.reading is not None]

    def as_json(self, *, most_raw: int = _MOST_RAW) -> dict[str, Json]:
        """What is stored of it."""
        share = max(200, most_raw // max(1, len(self.answers)))
        row: dict[str, Json] = {
            "model": self.model,
            "sample": self.sample,
            "points": dict(self.points),
            "reasons": dict(self.reasons),
            "raw": [item.raw[:share] for item in self.answers],
            "cached": bool(self.calls) and all(call.cached for call in self.calls),
            "repaired": any(len(item.calls) > 1 for item in self.answers),
            **spent(self.calls),
        }
        if self.label:
            row["label"] = self.label
        if self.problem:
            row["problem"] = self.problem
        return row


@dataclass(kw_only=True)
class Member:
    """A model that judges, behind its limits."""

    caller: Caller
    """Calls it."""
    name: str
    """What people call it."""
    gone: str = field(default="", init=False)
    """Why it is asked no more in this sitting."""

    async def open(self) -> None:
        """Reach it; raises TargetError."""
        self.gone = ""
        await self.caller.open()

    async def close(self) -> None:
        """Release its connections."""
        await self.caller.close()

    async def vote(self, case: Case, steps: Sequence[tuple[Step, Fence]], *, sample: int) -> Vote:
        """Its verdict on one sample; never raises for what a model does."""
        answers = await asyncio.gather(*(self._ask(case, *item, sample=sample) for item in steps))
        return Vote(model=self.name, sample=sample, answers=tuple(answers))

    async def _ask(self, case: Case, step: Step, fence: Fence, *, sample: int) -> Answered:
        asked = question(step, fence)
        first = await self._call(case, asked, sample=sample)
        answered = _read(first, step, fence)
        if answered.reading is not None or not isinstance(first, Output) or first.fault is not None:
            return answered
        again = repair(asked, step, fence, answer=first.text, problem=answered.problem)
        second = await self._call(case, again, sample=sample)
        mended = _read(second, step, fence)
        return Answered(
            reading=mended.reading,
            problem=mended.problem,
            raw=mended.raw or answered.raw,
            calls=(*answered.calls, *mended.calls),
        )

    async def _call(self, case: Case, messages: Sequence[Message], *, sample: int) -> Output | str:
        """The answer, or why none can be had."""
        if self.gone:
            return self.gone
        text = "\n\n".join(str(message["content"]) for message in messages)
        request = Request(case=Case(id=case.id, input=text), epoch=sample, messages=tuple(messages))
        try:
            return await self.caller.call(request)
        except BudgetReached as reached:
            self.gone = f"the judge's budget is spent: {reached}"
        except Stopped:
            return "the run was stopped"
        except TargetError as error:
            self.gone = f"the judge cannot be reached: {error.message}"
        return self.gone


def spent(calls: Sequence[Output]) -> dict[str, Json]:
    """What exchanges took: `calls`, `cost_usd` (None where no price is known), `tokens`."""
    costs = [call.cost_usd for call in calls if call.cost_usd is not None]
    return {
        "calls": len(calls),
        "cost_usd": sum(costs) if costs else None,
        "tokens": {
            "input": sum(call.usage.input_tokens or 0 for call in calls),
            "output": sum(call.usage.output_tokens or 0 for call in calls),
        },
    }


def _read(output: Output | str, step: Step, fence: Fence) -> Answered:
    if isinstance(output, str):
        return Answered(reading=None, problem=output)
    if output.fault is not None:
        why = f"the judge gave no answer: {output.fault.kind}: {output.fault.message}"
        return Answered(reading=None, problem=why, raw=output.text, calls=(output,))
    try:
        reading = step.read(_object(output, fence))
    except Unreadable as problem:
        return Answered(reading=None, problem=str(problem), raw=output.text, calls=(output,))
    logprobs = output.detail.get("logprobs")
    if logprobs and step.criteria:
        reading = expected_points(reading, step.criteria, raw=output.text, logprobs=logprobs)
    return Answered(reading=reading, raw=output.text, calls=(output,))


def _object(output: Output, fence: Fence) -> Mapping[str, Json]:
    return verdict_object(output.text, code=fence.code)
