"""What the review package asks of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from steelyard.review._record import DrawnItem, JudgeCalibration, Study, StudyRating


class StudyStore(Protocol):
    """Keeps studies and calibrations. Ratings only grow: a re-rating is a new row, the newest counts."""

    def save_study(
        self, study: Study, *, ratings: Sequence[StudyRating] = (), drawn: Sequence[DrawnItem] = ()
    ) -> None:
        """Write the study if it is new, widen its runs, and append, all in one transaction.

        A rubric is bound once; raises UsageError for another one.
        """
        ...

    def get_study(self, name: str) -> Study:
        """By name; raises NotFoundError."""
        ...

    def studies(self) -> list[Study]:
        """All, oldest first."""
        ...

    def ratings(self, study: str) -> tuple[list[StudyRating], list[DrawnItem]]:
        """Every rating, oldest first, and what was drawn; raises NotFoundError."""
        ...

    def add_calibration(self, calibration: JudgeCalibration) -> None:
        """Record a calibration; earlier ones stay as history."""
        ...

    def calibrations(self) -> list[JudgeCalibration]:
        """All, newest first."""
        ...
