"""Points weighted by the probabilities that the judge gave them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from steelyard.core import Criterion, Json
from steelyard.metrics.judge._step import Reading

_POINTS = re.compile(r'(?<!\\)"points"\s*:\s*(-?\d+(?:\.\d+)?|null)')
_AROUND = " \t\r\n\"',}]"


def expected_points(reading: Reading, criteria: Sequence[Criterion], *, raw: str, logprobs: Json) -> Reading:
    """The reading with each criterion's points replaced by their expectation over its anchors.

    At the token that spells the points, the probabilities of the tokens that spell anchors are normalised
    and the anchors averaged with them (Liu et al. 2023, G-Eval, EMNLP, eq. 1). A criterion whose points take
    several tokens, or whose token cannot be found, keeps its plain points.
    """
    tokens = _tokens(logprobs)
    found = list(_POINTS.finditer(raw))
    if not tokens or len(found) != len(criteria) or "".join(text for text, _ in tokens) != raw:
        return reading
    points = dict(reading.points)
    for match, criterion in zip(found, criteria, strict=True):
        if criterion.name not in points:
            continue
        token = _token_at(tokens, match.start(1))
        if token is not None and _value(token[0]) == points[criterion.name]:
            weighted = _expectation(token[1], criterion)
            points[criterion.name] = points[criterion.name] if weighted is None else weighted
    return Reading(points=points, reasons=reading.reasons, label=reading.label)


def _expectation(offered: Mapping[str, float], criterion: Criterion) -> float | None:
    mass: dict[float, float] = {}
    for text, logprob in offered.items():
        value = _value(text)
        if value is not None:
            mass[value] = mass.get(value, 0.0) + math.exp(min(0.0, logprob))
    shares = {anchor.points: mass.get(anchor.points, 0.0) for anchor in criterion.anchors}
    total = sum(shares.values())
    if total <= 0:
        return None
    expected = sum(points * share for points, share in shares.items()) / total
    return min(criterion.high, max(criterion.low, expected))


def _tokens(logprobs: Json) -> list[tuple[str, dict[str, float]]]:
    """Each token with the log-probabilities of itself and its alternatives."""
    tokens: list[tuple[str, dict[str, float]]] = []
    for row in logprobs if isinstance(logprobs, Sequence) and not isinstance(logprobs, str) else ():
        if not isinstance(row, Mapping) or not isinstance(row.get("token"), str):
            return []
        alternatives = row.get("top_logprobs")
        listed = alternatives if isinstance(alternatives, Sequence) else ()
        offered: dict[str, float] = {}
        for item in (row, *listed):
            if isinstance(item, Mapping):
                text, logprob = item.get("token"), item.get("logprob")
                if (
                    isinstance(text, str)
                    and isinstance(logprob, int | float)
                    and not isinstance(logprob, bool)
                ):
                    offered[text] = float(logprob)
        tokens.append((str(row["token"]), offered))
    return tokens


def _token_at(
    tokens: Sequence[tuple[str, dict[str, float]]], place: int
) -> tuple[str, dict[str, float]] | None:
    start = 0
    for token in tokens:
        if start <= place < start + len(token[0]):
            return token
        start += len(token[0])
    return None


def _value(token: str) -> float | None:
    try:
        value = float(token.strip(_AROUND))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
