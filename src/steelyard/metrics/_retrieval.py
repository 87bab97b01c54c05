"""The common part of the retrieval metrics: what was relevant, what came back, in which order."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Case, Failed, Json, Output, Score, Scored, Skipped
from steelyard.metrics._answer import answer_json, is_list
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric

_LIST_KEYS = ("ids", "retrieved")
_ID_KEYS = ("id", "doc_id", "document_id")


@dataclass(frozen=True, kw_only=True)
class RetrievalMetric(BaseMetric):
    """A metric of a ranked list of document ids against the relevant ones.

    The expectation is a list of ids, or an object of ids with gains (0 and less: not relevant). The answer
    is a list of ids, of objects with an `id`, or an object with such a list under `ids` or `retrieved`; a
    repeated id counts at its first place.
    """

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an answer without a list of ids holds nothing."""
        if case.expected is None:
            return NOTHING_EXPECTED
        gains = _gains(case.expected)
        if gains is None:
            return Failed(error="the expectation is neither a list of ids nor an object of gains")
        relevant = {key: gain for key, gain in gains.items() if gain > 0}
        if not relevant:
            return Skipped(reason="nothing is relevant")
        ranked = _ranked(output)
        if ranked is None:
            return self._miss(
                "the answer is not a list of ids" if output.text.strip() else "the answer is empty"
            )
        if not ranked:
            return self._miss("nothing was retrieved")
        return Scored(value=self._value(ranked, relevant))

    @abstractmethod
    def _value(self, ranked: Sequence[str], gains: Mapping[str, float]) -> float:
        """The value of a ranking that is not empty, with the gains of the relevant ids."""


def _gains(expected: Json) -> dict[str, float] | None:
    if isinstance(expected, Mapping):
        gains = {str(key): value for key, value in expected.items() if isinstance(value, int | float)}
        return {key: float(value) for key, value in gains.items()} if len(gains) == len(expected) else None
    if isinstance(expected, str):
        return {expected: 1.0}
    ids = _ids(expected)
    return None if ids is None else dict.fromkeys(ids, 1.0)


def _ranked(output: Output) -> list[str] | None:
    answer = answer_json(output)
    if isinstance(answer, Mapping):
        answer = next((answer[key] for key in _LIST_KEYS if key in answer), None)
    ids = _ids(answer)
    return None if ids is None else list(dict.fromkeys(ids))


def _ids(value: Json) -> list[str] | None:
    if not is_list(value) or not isinstance(value, Sequence):
        return None
    found: list[str] = []
    for item in value:
        if isinstance(item, Mapping):
            item = next((item[key] for key in _ID_KEYS if key in item), None)  # noqa: PLW2901  an object stands for its id
        if isinstance(item, bool) or not isinstance(item, str | int):
            return None
        found.append(str(item))
    return found
