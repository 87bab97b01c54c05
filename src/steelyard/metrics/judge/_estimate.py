"""What asking a judge will cost, before it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steelyard.core import Case, Output, Skipped
from steelyard.metrics.judge._fence import TEMPLATE_FENCE
from steelyard.metrics.judge._judge import Judge
from steelyard.metrics.judge._wording import question
from steelyard.targets import CostEstimate, PriceTable, estimate_cost

_USUAL_ANSWER = "An answer of a usual length stands here. " * 25


def estimate_judge(
    judge: Judge, cases: Iterable[Case], *, epochs: int = 1, prices: PriceTable | None = None
) -> dict[str, CostEstimate]:
    """Member name to what its calls for these cases will cost, with answers of about 1,000 characters.

    Repairs are not counted: they are rare with a model that is fit to judge.
    """
    asked = list(_prompts(judge, cases))
    return {
        member.name: estimate_cost(member.caller.target, asked, epochs=epochs * judge.samples, prices=prices)
        for member in judge.members
    }


def _prompts(judge: Judge, cases: Iterable[Case]) -> Iterator[Case]:
    output = Output(value=_USUAL_ANSWER)
    for case in cases:
        material = judge.task.material(case, output)
        if isinstance(material, Skipped):
            continue
        for step in judge.task.steps(material):
            text = "\n".join(str(message["content"]) for message in question(step, TEMPLATE_FENCE))
            yield Case(id=case.id, input=text)
