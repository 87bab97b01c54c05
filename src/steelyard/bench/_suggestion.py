"""Which metrics suit imported cases, as typed on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from steelyard.bench._imported import ImportedRun
from steelyard.core import Case, Json

_LAST_LINE_NUMBER = re.compile(r"(####|answer is|answer:|\bA:)\s*\$?-?[\d.,]+\s*\.?\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\$?-?\d[\d.,]*\s*%?\s*")
_LETTER = re.compile(r"\(?[A-Ja-j]\)?\.?")
_SHORT = 60


def suggest_metrics(cases: Sequence[Case], runs: Sequence[ImportedRun]) -> tuple[str, ...]:
    """Recorded scores first, then what the expectations ask for; empty when nothing fits.

    A score that only some of the scored answers have is left to be asked for by name: where it is
    absent it would count as missing.
    """
    scored = [output.scores for run in runs for output in run.outputs.values() if output.scores]
    names = dict.fromkeys(name for scores in scored for name in scores)
    found = [f"recorded:{name}" for name in names if all(name in scores for scores in scored)]
    expected = [case.expected for case in cases if case.expected is not None]
    if not expected:
        return tuple(found)
    if all(isinstance(item, Mapping) for item in expected):
        code = all(isinstance(item, Mapping) and {"test", "entry_point"} <= item.keys() for item in expected)
        return tuple(found) if code else (*found, "json_fields")
    texts = [text for item in expected for text in _texts(item)]
    if all(_NUMBER.fullmatch(text) or _LAST_LINE_NUMBER.search(text) for text in texts):
        found.append("numeric_match")
    elif all(_LETTER.fullmatch(text.strip()) for text in texts):
        found.append("choice")
    elif all(len(text) <= _SHORT for text in texts):
        found.append("exact_match")
    else:
        found += ["token_f1", "rouge_l"]
    return tuple(found)


def _texts(expected: Json) -> list[str]:
    if isinstance(expected, str):
        return [expected]
    return [item for item in expected if isinstance(item, str)] if isinstance(expected, list) else []
