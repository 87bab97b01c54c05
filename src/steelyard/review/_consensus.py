"""From several experts' ratings of an output to one label on the judge's scale."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Criterion, InputError, Interval, Level
from steelyard.review._record import StudyRating
from steelyard.stats.judging import Key

_YES = frozenset({"1", "yes", "true", "pass", "correct", "right", "good", "supported"})
_NO = frozenset({"0", "no", "false", "fail", "incorrect", "wrong", "bad", "unsupported"})
_FEW_POINTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """One label for each output that experts judged."""

    labels: Mapping[Key, float]
    """On the judge's scale."""
    inclusion: Mapping[Key, float]
    """Probability with which each was drawn, where known."""
    method: str
    """`majority`, `median` or `mean`."""
    tied: int
    """Outputs whose majority was tied: they take the lower value."""
    raters: tuple[str, ...]
    """Who judged."""
    ratings: Sequence[tuple[Key, str, float]]
    """Every rating that counts: output, rater, value on the judge's scale."""


def newest(rows: Iterable[StudyRating]) -> list[StudyRating]:
    """One rating for each rater, criterion and output: the last one given."""
    kept = {
        (row.run, row.rating.item, row.rating.epoch, row.rating.rater, row.rating.criterion): row
        for row in rows
    }
    return list(kept.values())


def infer_level(values: Iterable[float | str]) -> Level:
    """Words and two values are nominal, up to 12 whole points ordinal, anything else interval."""
    seen = set(values)
    if any(isinstance(value, str) for value in seen) or len(seen) <= 2:
        return "nominal"
    whole = all(isinstance(value, float | int) and float(value).is_integer() for value in seen)
    return "ordinal" if whole and len(seen) <= _FEW_POINTS else "interval"


def consensus(
    rows: Sequence[StudyRating],
    *,
    criterion: Criterion | None,
    judge_range: tuple[float | None, float | None],
    where: str,
) -> Consensus:
    """The label of every rated output: the majority of nominal, the median of ordinal, else the mean.

    With a criterion, points become shares of its scale where the judge's scores lie within 0 and 1; without
    one, words of yes and no become 1 and 0. A tied majority takes the lower value: what experts do not agree
    on is not granted. Raises InputError for values that the judge's scale does not hold.
    """
    level = criterion.level if criterion else infer_level(row.rating.value for row in rows)
    ratings = [
        (
            (row.rating.item, row.rating.epoch),
            row.rating.rater,
            _on_scale(row.rating.value, criterion, judge_range, where=where),
        )
        for row in rows
    ]
    given: dict[Key, list[float]] = {}
    for key, _, value in ratings:
        given.setdefault(key, []).append(value)
    binary = all(value in (0.0, 1.0) for values in given.values() for value in values)
    method = "majority" if level == "nominal" or binary else "median" if level == "ordinal" else "mean"
    labels = {key: _settle(values, method) for key, values in given.items()}
    inclusion = {
        (row.rating.item, row.rating.epoch): row.inclusion for row in rows if row.inclusion is not None
    }
    return Consensus(
        labels=labels,
        inclusion=inclusion,
        method=method,
        tied=sum(_is_tied(values) for values in given.values()) if method == "majority" else 0,
        raters=tuple(sorted({rater for _, rater, _ in ratings})),
        ratings=ratings,
    )


def _on_scale(
    value: float | str,
    criterion: Criterion | None,
    judge_range: tuple[float | None, float | None],
    *,
    where: str,
) -> float:
    number = _number(value, where=where)
    low, high = judge_range
    if criterion is not None and (low, high) == (0.0, 1.0):
        return criterion.share(number)
    if (low is not None and number < low) or (high is not None and number > high):
        raise InputError(
            f"a rating of {number:g} lies outside the judge's scale, {_limits((low, high))}",
            where=where,
            hint="Import the ratings with the rubric that says what the points are: --rubric FILE",
        )
    return number


def _number(value: float | str, *, where: str) -> float:
    if not isinstance(value, str):
        return float(value)
    word = value.strip().lower()
    if word in _YES | _NO:
        return 1.0 if word in _YES else 0.0
    raise InputError(
        f"the rating {value!r:.40} is neither a number nor a word of yes or no",
        where=where,
        hint="Write 1 and 0, yes and no, or pass and fail",
    )


def _limits(given: tuple[float | None, float | None] | Interval) -> str:
    low, high = ("no limit" if limit is None else f"{limit:g}" for limit in given)
    return f"{low} to {high}"


def _settle(values: Sequence[float], method: str) -> float:
    if method == "mean":
        return math.fsum(values) / len(values)
    if method == "median":
        return float(statistics.median(values))
    counts = Counter(values)
    most = max(counts.values())
    return min(value for value, count in counts.items() if count == most)


def _is_tied(values: Sequence[float]) -> bool:
    counts = sorted(Counter(values).values(), reverse=True)
    return len(counts) > 1 and counts[0] == counts[1]
