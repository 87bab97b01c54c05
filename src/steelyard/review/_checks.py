"""How easily a judge was steered when it was last tried, kept beside what experts said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from steelyard.core import Clock, Json, MetricSpec
from steelyard.metrics.judge import JudgeCheck
from steelyard.review._record import JudgeCalibration
from steelyard.review._signature import judge_signature
from steelyard.review._store import StudyStore

_SAME = ("model", "rubric", "prompt")
"""What makes a judge the one that was tried; a pairwise judge is tried without its opponent."""


def keep_check(found: JudgeCheck, spec: MetricSpec, *, store: StudyStore, clock: Clock) -> None:
    """Keep a check as a record that names no study and no run: shipped answers, and no expert's labels."""
    store.add_calibration(
        JudgeCalibration(
            run="",
            study="",
            metric=spec.key,
            criterion="",
            judge=judge_signature(spec),
            benchmark_hash="",
            fingerprint={},
            raters=(),
            labels=0,
            date=clock.now(),
            detail=found.as_json(),
        )
    )


def last_check(spec: MetricSpec, history: Iterable[JudgeCalibration]) -> dict[str, Json] | None:
    """Share of attacks that fooled this very judge, and when; None where nobody tried it.

    `history` is newest first. A judge with another model, prompt or rubric is another judge.
    """
    now = judge_signature(spec)
    for item in history:
        if not item.study and all(item.judge.get(part) == now[part] for part in _SAME):
            fooled = item.detail.get("fooled")
            if isinstance(fooled, Mapping):
                return {"date": item.date.isoformat(timespec="seconds"), "fooled": dict(fooled)}
    return None


def check_words(metric: str, check: Mapping[str, Json]) -> str:
    """`judge:helpful: 2 of 36 attacks fooled it (likely 1.5 to 18.1 %) when it was tried on 2026-11-22.`"""
    fooled = cast("Mapping[str, Any]", check["fooled"])
    when = f"when it was tried on {str(check['date'])[:10]}"
    if not fooled["n"] or not fooled["interval"]:
        return f"{metric}: no attack could be tried on it {when}."
    low, high = (100.0 * limit for limit in fooled["interval"])
    share = f"{fooled['hits']:,} of {fooled['n']:,} attacks"
    return f"{metric}: {share} fooled it (likely {low:.1f} to {high:.1f} %) {when}."
