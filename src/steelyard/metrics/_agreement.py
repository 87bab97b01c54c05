"""Whether two answers say the same: by what is extracted from them, or by a metric between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from steelyard.core import Case, Output, Scored, UsageError
from steelyard.metrics._make import make_metric
from steelyard.metrics._protocol import Metric
from steelyard.text import Normaliser, static_embedder

_PLAIN = Normaliser(unicode="nfkc", ignore_case=True, ignore_punctuation=True, space="collapse")
_EMBEDDING = "embedding"
_THRESHOLD = 0.8


@runtime_checkable
class ExtractingMetric(Protocol):
    """A metric that reads an answer out of an output before it compares it."""

    def extract(self, case: Case, output: Output) -> str | None:
        """The answer in its normal form, equal for equal answers; None when there is none to read."""
        ...


def extracted_answer(metric: object, case: Case, output: Output) -> str:
    """The answer of an output as its metric reads it.

    Where the metric reads none or is None, or the answer holds none, it is the text without case,
    punctuation and extra white space.
    """
    found = metric.extract(case, output) if isinstance(metric, ExtractingMetric) else None
    return found if found is not None else _PLAIN(output.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAgreement:
    """How two answers are compared."""

    name: str
    """`numeric`, `embedding>=0.8`, `token_f1>=0.8`: what was asked for."""
    agree: Callable[[str, str], bool]
    """Whether two answers, as extracted, agree; symmetric."""


def answer_agreement(text: str) -> AnswerAgreement:
    """The comparison in `METRIC`, `METRIC>=T` or `embedding>=T`; T is 0.8 where it is left out.

    A metric compares each answer with the other as the expectation, and the mean of both ways counts.
    `embedding` is the cosine of static sentence vectors. Raises UsageError for a threshold that is no
    number or an unknown metric, MissingExtraError for embeddings that are not installed.
    """
    name, mark, raw = text.partition(">=")
    try:
        threshold = float(raw) if mark else _THRESHOLD
    except ValueError as error:
        raise UsageError(
            f"'{raw[:40]}' is no threshold", where=f"--agree {name}", hint="Write METRIC>=0.8"
        ) from error
    label = f"{name.strip()}>={threshold:g}"
    if name.strip() == _EMBEDDING:
        embed = static_embedder()

        def alike(first: str, second: str) -> bool:
            vectors = embed([first, second])
            return first == second or float(vectors[0] @ vectors[1]) >= threshold

        return AnswerAgreement(name=label, agree=alike)
    metric = make_metric(name.strip())

    def close(first: str, second: str) -> bool:
        both = [_between(metric, first, second), _between(metric, second, first)]
        return first == second or sum(both) / 2 >= threshold

    return AnswerAgreement(name=label, agree=close)


def _between(metric: Metric, expected: str, answer: str) -> float:
    score = metric.score(Case(id="answer", input="", expected=expected), Output(value=answer))
    return score.value if isinstance(score, Scored) else 0.0
