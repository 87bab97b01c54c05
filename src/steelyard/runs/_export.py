"""A run as lines of recorded outputs, which `replay` reads back."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.core import Failed, Json, Score, Scored, Skipped
from steelyard.runs._record import RunRecord, Sample
from steelyard.runs._sealed import is_sealed
from steelyard.runs._store import SampleStore


def export_rows(
    run: RunRecord, samples: SampleStore, *, sealed: bool = False, details: bool = False
) -> Iterator[dict[str, Json]]:
    """One object a sample, streaming: the recorded-output line, with the run's scores beside recorded ones.

    Metrics without a number appear under `failed` and `skipped` with the reason. With `details`, each
    metric's reason and what it kept (claims, votes, evidence) stand under `details`. Cases of the sealed
    split are left out unless `sealed`.
    """
    for sample in samples.samples(run.id):
        if sealed or not is_sealed(sample.case):
            row = _row(sample)
            if details:
                row["details"] = {key: _detail(score) for key, score in sample.scores.items()}
            yield row


def _row(sample: Sample) -> dict[str, Json]:
    scores: dict[str, Json] = dict(sample.output.scores)
    failed: dict[str, Json] = {}
    skipped: dict[str, Json] = {}
    for key, score in sample.scores.items():
        match score:
            case Scored() if not key.startswith("recorded:"):
                scores[key] = score.value
            case Failed():
                failed[key] = score.error
            case Skipped():
                skipped[key] = score.reason
    extra: dict[str, Json] = {"scores": scores, "failed": failed, "skipped": skipped}
    return {
        "id": sample.case.id,
        "epoch": sample.epoch,
        **sample.output.as_json(),
        **{key: value for key, value in extra.items() if value},
    }


def _detail(score: Score) -> dict[str, Json]:
    kept: dict[str, Json] = {"detail": dict(score.detail)} if score.detail else {}
    match score:
        case Scored():
            return {"reason": score.reason, "extracted": score.extracted, **kept}
        case Failed():
            return {"reason": score.error, **kept}
        case Skipped():
            return {"reason": score.reason, **kept}
