"""Scores that promptfoo recorded with an answer, without those it made up for a grader that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from steelyard.bench.importers._values import as_items, as_object, number_of
from steelyard.core import Json

_RESERVED = ("pass", "score")
_GRADER_FAILED = re.compile(
    r"(Python|Ruby|JavaScript) code execution failed|Custom function threw error|API key is not set"
    r"|Moderation API error|Search rubric evaluation failed|Webhook (error|call failed)"
    r"|Could not extract JSON from|API (call |response )?error|Remote (grading|generation)"
    r"|Invalid regex pattern"
)
"""How the reasons of failed graders begin where the results do not mark them: code that threw, a missing
key, a service that did not answer."""


def recorded_scores(row: Mapping[str, Json]) -> tuple[dict[str, float], int]:
    """Score name to value of one result, and how many graders failed.

    `pass` and `score` are promptfoo's verdict, named scores its metrics; an assert without a metric gives
    a score under its type (`contains`, `contains-2`). A failed grader is no 0: its score, and the
    verdict that counted it, are left out.
    """
    grading = as_object(row.get("gradingResult"))
    components = list(_components(grading))
    broken = {id(item) for item in components if _grader_failed(item)}
    tainted = {
        str(metric)
        for item in components
        if id(item) in broken and (metric := as_object(item.get("assertion")).get("metric"))
    }
    failed = len(broken) + (not broken and as_object(grading.get("metadata")).get("graderError") is True)
    scores: dict[str, float] = {}
    if not failed:
        _put(scores, "pass", row.get("success") if row.get("success") is not None else grading.get("pass"))
        _put(scores, "score", row.get("score") if row.get("score") is not None else grading.get("score"))
    named = as_object(row.get("namedScores")) or as_object(grading.get("namedScores"))
    for name, value in named.items():
        if name not in tainted and not (failed and _is_templated(tainted)):
            _put(scores, f"named:{name}" if name in _RESERVED else name, value)
    used = {*scores, *_RESERVED}
    for item in components:
        assertion = as_object(item.get("assertion"))
        kind = assertion.get("type")
        if assertion.get("metric") or not isinstance(kind, str):
            continue
        name, number = kind, 1
        while name in used:
            number += 1
            name = f"{kind}-{number}"
        used.add(name)
        if id(item) not in broken:
            _put(scores, name, item.get("score"))
    return scores, failed


def grading_detail(row: Mapping[str, Json]) -> dict[str, Json]:
    """Why promptfoo judged as it did: the reason, and each assert's; comments of people."""
    grading = as_object(row.get("gradingResult"))
    asserts: list[Json] = [
        {
            "type": as_object(item.get("assertion")).get("type"),
            "score": item.get("score"),
            "reason": _first_line(item.get("reason")),
        }
        for item in _components(grading)
    ]
    detail: dict[str, Json] = {
        "reason": _first_line(grading.get("reason")),
        "comment": grading.get("comment"),
        "asserts": asserts,
    }
    return {name: value for name, value in detail.items() if value not in (None, "", [])}


def _components(grading: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """The result of each assert; those of a set stand beside it, so that sets themselves are passed over."""
    for item in as_items(grading.get("componentResults")):
        found = as_object(item)
        if as_object(found.get("assertion")).get("type") not in (None, "assert-set"):
            yield found


def _grader_failed(item: Mapping[str, Json]) -> bool:
    if as_object(item.get("metadata")).get("graderError") is True:
        return True
    reason = item.get("reason")
    return item.get("pass") is False and isinstance(reason, str) and _GRADER_FAILED.match(reason) is not None


def _is_templated(names: set[str]) -> bool:
    return any("{{" in name for name in names)


def _put(scores: dict[str, float], name: str, value: Json) -> None:
    number = number_of(value) if isinstance(value, bool | int | float) else None
    if number is not None:
        scores[name] = number


def _first_line(value: Json) -> str:
    if not isinstance(value, str):
        return ""
    line = value.strip().partition("\n")[0]
    return line if len(line) <= 500 else f"{line[:499]}…"
