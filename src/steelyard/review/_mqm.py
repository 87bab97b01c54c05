"""MQM error spans (one row an error, as translation teams mark them) to one rating a segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from steelyard.bench import Problems
from steelyard.core import Json

CRITERION = "mqm"

_COLUMNS = ("system", "rater", "category", "severity")
_SEGMENTS = ("globalSegId", "segId", "seg_id", "docSegId")
_WEIGHTS = {"major": 5.0, "critical": 5.0, "minor": 1.0, "neutral": 0.0, "no-error": 0.0, "hotw-test": 0.0}
_CONTROL = "hotw-test"
_PUNCTUATION, _LIGHT = "fluency/punctuation", 0.1


@dataclass(slots=True)
class MqmNotes:
    """What was seen on the way."""

    controls: int = 0
    """Rows of control items, planted to see whether raters pay attention: worth no points."""


def mqm_rows(
    rows: Iterable[tuple[int, Mapping[str, Json]]], problems: Problems, notes: MqmNotes
) -> Iterator[tuple[int, dict[str, Json]]]:
    """One rating row for each system, segment and rater: the sum of its errors' weights.

    Major 5, minor 1, minor punctuation 0.1, no error 0; rows of the severity `HOTW-test` are control items,
    planted by the organisers, and count nothing. The line number is that of the segment's first row.

    Source: Freitag et al., *Experts, errors, and context*, TACL 9 (2021) 1460-1474, table 4, for the
    weights; <https://github.com/google/wmt-mqm-human-evaluation> for the columns.
    """
    sums: dict[tuple[str, str, str], float] = {}
    lines: dict[tuple[str, str, str], int] = {}
    for line, row in rows:
        place = next((name for name in _SEGMENTS if row.get(name) not in (None, "")), "")
        missing = [name for name in _COLUMNS if row.get(name) in (None, "")]
        if not place or missing:
            problems.add(line, missing[0] if missing else _SEGMENTS[0], "is missing")
            continue
        severity = str(row["severity"]).strip().lower()
        if severity not in _WEIGHTS:
            problems.add(line, "severity", f"{row['severity']!r:.40} is none of {', '.join(_WEIGHTS)}")
            continue
        weight = _WEIGHTS[severity]
        if severity == "minor" and str(row["category"]).strip().lower() == _PUNCTUATION:
            weight = _LIGHT
        notes.controls += severity == _CONTROL
        parts = [str(row[name]) for name in ("system", "doc", place) if row.get(name) not in (None, "")]
        key = ("/".join(parts), str(row["rater"]), CRITERION)
        lines.setdefault(key, line)
        sums[key] = sums.get(key, 0.0) + weight
    for (item, rater, criterion), total in sums.items():
        yield (
            lines[item, rater, criterion],
            {"item": item, "rater": rater, "criterion": criterion, "value": round(total, 6)},
        )
