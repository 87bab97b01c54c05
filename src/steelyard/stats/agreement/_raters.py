"""Each rater against the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steelyard.core import Json
from steelyard.stats.agreement._alpha import alpha_parts
from steelyard.stats.agreement._ratings import Floats, Ratings
from steelyard.stats.agreement._result import why_undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterRow:
    """How one rater compares with the others."""

    rater: str
    """The rater's name."""
    n: int
    """Ratings given."""
    n_shared: int
    """Of these, on items that somebody else rated too."""
    percent_agreement: float | None
    """Share of the others' ratings that are the same, mean over shared items; None without any."""
    severity: float | None
    """Mean of (own rating − mean of the others') over shared items; None for named categories."""
    alpha_without: float | None
    """Krippendorff's α of the others alone; None where it is undefined."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "rater": self.rater,
            "ratings": self.n,
            "shared": self.n_shared,
            "percent_agreement": self.percent_agreement,
            "severity": self.severity,
            "alpha_without": self.alpha_without,
        }


def rater_rows(ratings: Ratings) -> tuple[RaterRow, ...]:
    """One row for every rater who rated, in their order."""
    there = ratings.codes >= 0
    per_item = ratings.per_item()
    values = np.nan_to_num(ratings.values())
    sums = values.sum(axis=0)
    rows = []
    for index, name in enumerate(ratings.raters):
        own = there[index]
        shared = own & (per_item >= 2)
        if not own.any():
            continue
        rows.append(
            RaterRow(
                rater=name,
                n=int(own.sum()),
                n_shared=int(shared.sum()),
                percent_agreement=_same(ratings, index, shared) if shared.any() else None,
                severity=_severity(ratings, values[index], sums, shared, per_item),
                alpha_without=alpha_without(ratings, index),
            )
        )
    return tuple(rows)


def alpha_without(ratings: Ratings, rater: int) -> float | None:
    """Krippendorff's α when one rater is left out; None where it is undefined."""
    rest = ratings.of_raters([other for other in range(ratings.codes.shape[0]) if other != rater])
    if why_undefined(rest, chance=True):
        return None
    parts = alpha_parts(rest, rest.measurement)
    return 1.0 - parts.observed / parts.expected if parts.expected > 0.0 else None


def _same(ratings: Ratings, rater: int, shared: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    codes = ratings.codes[:, shared]
    same = np.add.reduce(codes == codes[rater], axis=0, dtype=np.int64) - 1
    others = np.add.reduce(codes >= 0, axis=0, dtype=np.int64) - 1
    return float((same / others).mean())


def _severity(
    ratings: Ratings,
    own: Floats,
    sums: Floats,
    shared: np.ndarray[tuple[int], np.dtype[np.bool_]],
    per_item: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> float | None:
    if ratings.measurement == "nominal" or not shared.any():
        return None
    others = (sums - own)[shared] / (per_item[shared] - 1.0)
    return float((own[shared] - others).mean())
