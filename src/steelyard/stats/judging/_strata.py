"""Items grouped by what the judge said, and the experts' answers in each group."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steelyard.core import StatisticsError
from steelyard.stats._design import Codes, Floats, factorise
from steelyard.stats.judging._labels import Checked
from steelyard.stats.judging._result import VerdictStratum


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """Groups of judged items and, in each, how many labels fell into each outcome."""

    names: tuple[str, ...]
    """What the judge said, and the given stratum."""
    sizes: Floats
    """Judged items in each stratum, shape (strata,)."""
    labels: Floats
    """Labels in each stratum, shape (strata,)."""
    effective: Floats
    """Independent, equally weighted labels that would say as much, shape (strata,)."""
    counts: Floats
    """Effective labels by outcome, shape (strata, outcomes); rows sum to `effective`."""
    sums: Floats
    """Plain sum of the labels in each stratum, shape (strata,)."""
    means: Floats
    """Weighted mean of the labels; where there is none, that of all labels."""
    design_effect: float
    """Labels that dependent labels are worth one of, 1 when they are independent."""

    @property
    def shares(self) -> Floats:
        """Shares of the judged items."""
        return np.asarray(self.sizes / self.sizes.sum(), np.float64)

    @property
    def value(self) -> float:
        """The post-stratified mean."""
        return float(self.shares @ self.means)

    def table(self) -> tuple[VerdictStratum, ...]:
        """The strata as records."""
        return tuple(
            VerdictStratum(
                verdict=name,
                items=int(self.sizes[place]),
                labels=int(self.labels[place]),
                share=float(self.shares[place]),
                mean=float(self.means[place]) if self.labels[place] else None,
            )
            for place, name in enumerate(self.names)
        )

    def empty(self) -> str:
        """A warning that names strata without a label; empty when there is none."""
        bare = [name for name, labels in zip(self.names, self.labels, strict=True) if not labels]
        return f"no label where the judge said {', '.join(bare)}: anything is possible there" if bare else ""


def stratify(
    verdicts: Sequence[str],
    checked: Checked,
    outcomes: Sequence[float],
    *,
    strata: Sequence[Hashable] | None,
    design_effect: float,
) -> Strata:
    """Count labels by verdict, by given stratum and by outcome.

    Where items of one stratum were drawn with different probabilities, its labels are weighted by their
    inverse and count as Kish's effective number, (Σw)² / Σw².
    """
    names, codes = _codes(verdicts, strata)
    count = len(names)
    own = codes[checked.items]
    weights = checked.given_weights
    sums = np.bincount(own, weights=weights, minlength=count)
    squares = np.bincount(own, weights=weights**2, minlength=count)
    effective = np.divide(sums**2, squares, out=np.zeros(count), where=squares > 0) / design_effect
    held = np.stack(
        [
            np.bincount(own, weights=weights * (checked.values == value), minlength=count)
            for value in outcomes
        ],
        axis=1,
    )
    shares = np.divide(held, sums[:, None], out=np.zeros_like(held), where=sums[:, None] > 0)
    pooled = float(np.average(checked.values, weights=weights))
    means = np.where(sums > 0, shares @ np.asarray(outcomes, np.float64), pooled)
    return Strata(
        names=names,
        sizes=np.bincount(codes, minlength=count).astype(np.float64),
        labels=np.bincount(own, minlength=count).astype(np.float64),
        effective=effective,
        counts=shares * effective[:, None],
        sums=np.bincount(own, weights=checked.values, minlength=count).astype(np.float64),
        means=means,
        design_effect=design_effect,
    )


def _codes(verdicts: Sequence[str], strata: Sequence[Hashable] | None) -> tuple[tuple[str, ...], Codes]:
    if strata is None:
        names, codes = np.unique(np.asarray(verdicts), return_inverse=True)
        return tuple(names.tolist()), codes.astype(np.int64)
    if len(strata) != len(verdicts):
        raise StatisticsError(f"{len(verdicts)} judged items came with {len(strata)} strata")
    labels = [f"{verdict} · {stratum}" for verdict, stratum in zip(verdicts, strata, strict=True)]
    found: NDArray[np.int64] = factorise(labels)
    return tuple(dict.fromkeys(labels)), found
