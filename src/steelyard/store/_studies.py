"""Studies, ratings and calibrations: what experts said, and judges held against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, func, insert, select, update

from steelyard import review
from steelyard.core import (
    NotFoundError,
    Rating,
    UsageError,
    canonical_json,
    parse_json,
    rubric_from_json,
)
from steelyard.store._codec import as_list, as_object
from steelyard.store._engine import Database
from steelyard.store._schema import calibrations, drawn_items, ratings, studies
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time


class Studies:
    """Implements `steelyard.review.StudyStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def save_study(
        self,
        study: review.Study,
        *,
        ratings: Sequence[review.StudyRating] = (),
        drawn: Sequence[review.DrawnItem] = (),
    ) -> None:
        """Write the study if it is new, widen its runs, and append, all in one transaction."""
        with self._db.write_alone() as connection:
            number = _upsert(connection, study)
            self._db.insert_many(connection, _ratings, [_rating_row(number, row) for row in ratings])
            items = [
                (number, encode_text(item.run), encode_text(item.item), item.epoch, item.inclusion)
                for item in drawn
            ]
            self._db.insert_many(connection, drawn_items, items)

    def get_study(self, name: str) -> review.Study:
        """By name; raises NotFoundError."""
        with self._db.read() as connection:
            return _study(_find(connection, name))

    def studies(self) -> list[review.Study]:
        """All, oldest first."""
        with self._db.read() as connection:
            return [_study(row) for row in connection.execute(select(studies).order_by(studies.c.id))]

    def ratings(self, study: str) -> tuple[list[review.StudyRating], list[review.DrawnItem]]:
        """Every rating, oldest first, and what was drawn; raises NotFoundError."""
        with self._db.read() as connection:
            number = _find(connection, study).id
            given = select(_ratings).where(_ratings.c.study_id == number).order_by(_ratings.c.id)
            drawn = select(drawn_items).where(drawn_items.c.study_id == number).order_by(drawn_items.c.id)
            return (
                [_rating(row) for row in connection.execute(given)],
                [
                    review.DrawnItem(
                        run=decode_text(row.run),
                        item=decode_text(row.item),
                        epoch=row.epoch,
                        inclusion=row.inclusion,
                    )
                    for row in connection.execute(drawn)
                ],
            )

    def rating_revision(self) -> int:
        """Changes whenever a rating joins any study."""
        with self._db.read() as connection:
            return int(connection.scalar(select(func.max(_ratings.c.id))) or 0)

    def add_calibration(self, calibration: review.JudgeCalibration) -> None:
        """Record a calibration; earlier ones stay as history."""
        row = {
            "run": encode_text(calibration.run),
            "metric": encode_text(calibration.metric),
            "study": encode_text(calibration.study),
            "made": encode_time(calibration.date),
            "record": _calibration_json(calibration),
        }
        with self._db.write() as connection:
            connection.execute(insert(calibrations).values(row))

    def calibrations(self) -> list[review.JudgeCalibration]:
        """All, newest first."""
        query = select(calibrations).order_by(calibrations.c.id.desc())
        with self._db.read() as connection:
            return [_calibration(row) for row in connection.execute(query)]


_ratings = ratings


def _upsert(connection: Connection, study: review.Study) -> int:
    rubric = canonical_json(study.rubric.as_json()) if study.rubric else None
    name = encode_text(study.name)
    found = connection.execute(select(studies).where(studies.c.name == name)).one_or_none()
    if found is None:
        row = {
            "name": name,
            "created": encode_time(study.created),
            "rubric": rubric,
            "runs": canonical_json(list(study.runs)),
        }
        return int(connection.scalars(insert(studies).values(row).returning(studies.c.id)).one())
    if found.rubric is not None and rubric is not None and found.rubric != rubric:
        raise UsageError(
            "the study is bound to another version of its rubric",
            where=study.name,
            hint="Give ratings by another rubric a study of their own",
        )
    runs = list(dict.fromkeys((*_study(found).runs, *study.runs)))
    changed = {"runs": canonical_json(runs), "rubric": found.rubric or rubric}
    connection.execute(update(studies).where(studies.c.id == found.id).values(changed))
    return int(found.id)


def _find(connection: Connection, name: str) -> Row[Any]:
    found = connection.execute(select(studies).where(studies.c.name == encode_text(name))).one_or_none()
    if found is None:
        known = [decode_text(other) for other in connection.scalars(select(studies.c.name))]
        hint = f"Known: {', '.join(known[:20])}" if known else "Import ratings: steelyard study import FILE"
        raise NotFoundError(f"no study is called '{name}'", where="study", hint=hint)
    return found


def _study(row: Row[Any]) -> review.Study:
    return review.Study(
        name=decode_text(row.name),
        created=decode_time(row.created),
        rubric=rubric_from_json(as_object(parse_json(row.rubric))) if row.rubric else None,
        runs=tuple(str(run) for run in as_list(parse_json(row.runs))),
    )


def _rating_row(number: int, row: review.StudyRating) -> tuple[Any, ...]:
    said = row.rating
    named = isinstance(said.value, str)
    detail: dict[str, Any] = {}
    if said.comment:
        detail["comment"] = said.comment
    if said.duration_s is not None:
        detail["duration_s"] = said.duration_s
    if said.guideline_hash:
        detail["guideline_hash"] = said.guideline_hash
    return (
        number,
        encode_text(row.run),
        encode_text(said.item),
        said.epoch,
        encode_text(said.rater),
        encode_text(said.criterion),
        None if named else float(said.value),
        encode_text(str(said.value)) if named else None,
        row.inclusion,
        said.output_hash,
        said.rubric_hash,
        encode_time(said.rated) if said.rated else None,
        canonical_json(detail) if detail else None,
    )


def _rating(row: Row[Any]) -> review.StudyRating:
    detail = cast("dict[str, Any]", as_object(parse_json(row.detail))) if row.detail else {}
    return review.StudyRating(
        rating=Rating(
            item=decode_text(row.item),
            rater=decode_text(row.rater),
            criterion=decode_text(row.criterion),
            value=row.number if row.word is None else decode_text(row.word),
            epoch=row.epoch,
            duration_s=detail.get("duration_s"),
            comment=detail.get("comment", ""),
            output_hash=row.output_hash,
            rubric_hash=row.rubric_hash,
            guideline_hash=detail.get("guideline_hash", ""),
            rated=decode_time(row.rated) if row.rated else None,
        ),
        run=decode_text(row.run),
        inclusion=row.inclusion,
    )


def _calibration_json(found: review.JudgeCalibration) -> str:
    return canonical_json(
        {
            "criterion": found.criterion,
            "judge": dict(found.judge),
            "benchmark_hash": found.benchmark_hash,
            "fingerprint": dict(found.fingerprint),
            "raters": list(found.raters),
            "labels": found.labels,
            "threshold": found.threshold,
            "fitted_on": [list(key) for key in found.fitted_on],
            "seed": found.seed,
            "detail": dict(found.detail),
        }
    )


def _calibration(row: Row[Any]) -> review.JudgeCalibration:
    record = cast("dict[str, Any]", as_object(parse_json(row.record)))
    return review.JudgeCalibration(
        run=decode_text(row.run),
        study=decode_text(row.study),
        metric=decode_text(row.metric),
        criterion=record["criterion"],
        judge=record["judge"],
        benchmark_hash=record["benchmark_hash"],
        fingerprint=record["fingerprint"],
        raters=tuple(record["raters"]),
        labels=record["labels"],
        date=decode_time(row.made),
        threshold=record["threshold"],
        fitted_on=tuple((case, epoch) for case, epoch in _pairs(record["fitted_on"])),
        seed=record["seed"],
        detail=record["detail"],
    )


def _pairs(rows: Iterable[Sequence[Any]]) -> Iterable[tuple[str, int]]:
    return ((str(case), int(epoch)) for case, epoch in rows)
