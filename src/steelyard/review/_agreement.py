"""Agreement of the experts of a study, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.core import Json, Level, NotFoundError
from steelyard.review._consensus import infer_level, newest
from steelyard.review._record import Study, StudyRating
from steelyard.stats.agreement import AgreementReport, agreement_report, ratings_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionAgreement:
    """Agreement on one criterion."""

    name: str
    """The criterion."""
    level: Level
    """Level of measurement."""
    chosen: str
    """Who chose it: `asked`, `rubric` or `inferred`."""
    report: AgreementReport
    """Every coefficient."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {"name": self.name, "level_chosen": self.chosen, **self.report.as_json()}


def study_agreement(
    study: Study,
    ratings: Sequence[StudyRating],
    *,
    level: Level | None = None,
    criterion: str | None = None,
    confidence: float = 0.95,
) -> list[CriterionAgreement]:
    """Every criterion's agreement; re-ratings count once, by the newest.

    The level is the one asked for, else the rubric's, else inferred from the values (`infer_level`). Raises
    NotFoundError for a criterion that nobody rated, StatisticsError for values that the level cannot hold.
    """
    rows = newest(ratings)
    names = sorted({row.rating.criterion for row in rows})
    if criterion is not None and criterion not in names:
        raise NotFoundError(
            f"nobody rated the criterion '{criterion}'",
            where=study.name,
            hint=f"Rated: {', '.join(names) or 'nothing yet'}",
        )
    chosen = names if criterion is None else [criterion]
    return [_one(study, name, rows, level=level, confidence=confidence) for name in chosen]


def _one(
    study: Study, name: str, rows: Sequence[StudyRating], *, level: Level | None, confidence: float
) -> CriterionAgreement:
    own = [row for row in rows if row.rating.criterion == name]
    anchored = study.rubric.criterion(name) if study.rubric and _has(study, name) else None
    by = "asked" if level else "rubric" if anchored else "inferred"
    found = level or (anchored.level if anchored else infer_level(row.rating.value for row in own))
    several = len({row.run for row in own}) > 1
    categories: Sequence[float] | Sequence[str] | None = None
    if anchored is not None:
        points = [anchor.points for anchor in anchored.anchors]
        categories = [f"{point:g}" for point in points] if found == "nominal" else points
        if found in ("interval", "ratio"):
            categories = None
    ratings = ratings_rows(
        [(_item(row, several=several), row.rating.rater, row.rating.value) for row in own],
        measurement=found,
        categories=categories,
    )
    return CriterionAgreement(
        name=name, level=found, chosen=by, report=agreement_report(ratings, level=confidence)
    )


def _has(study: Study, name: str) -> bool:
    return study.rubric is not None and any(item.name == name for item in study.rubric.criteria)


def _item(row: StudyRating, *, several: bool) -> str:
    epoch = f"#{row.rating.epoch}" if row.rating.epoch != 1 else ""
    return f"{row.run}/{row.rating.item}{epoch}" if several else f"{row.rating.item}{epoch}"
