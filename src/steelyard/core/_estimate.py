"""The estimate record: the only form in which a number is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steelyard.core._json import Json

if TYPE_CHECKING:
    from steelyard.core._expert_check import ExpertCheck

Interval = tuple[float, float]

THESE_CASES = "these cases"
CASES_LIKE_THESE = "cases like these"
LIVE_TRAFFIC = "live traffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with everything needed to read it rightly."""

    name: str
    """The metric's key, or what else was estimated."""
    value: float | None
    """The point estimate; None when there is nothing to estimate, and `note` says why."""
    interval: Interval | None
    """Lower and upper limit at `level`; None when the data cannot give one, and `note` says why."""
    n: int
    """Observations behind the value."""
    unit: str = "case"
    """What is resampled: `case`, `group`, `user`, `day`."""
    n_units: int | None = None
    """How many of those units; None: as many as observations."""
    level: float = 0.95
    """Two-sided coverage of the interval."""
    method: str = ""
    """The procedure in words: `Wilson`, `Student t`, `Tango`, …"""
    missing: int = 0
    """Samples without a score because the evaluator or the infrastructure failed."""
    bounds: Interval | None = None
    """The value if every missing sample were worst, and if every one were best."""
    estimand: str = CASES_LIKE_THESE
    """What the interval speaks about: `these cases`, `cases like these`, `live traffic`, and weighting."""
    signature: str = ""
    """One line that names everything the number depends on."""
    measure: str = "share"
    """What the value counts: `share`, `points`, `s`, `USD`, `tokens`."""
    gateable: bool = True
    """False when the figure may be shown but must not decide, for instance under 8 clusters."""
    note: str = ""
    """A warning or an explanation in one sentence."""
    judge: ExpertCheck | None = None
    """For a judge's metric: the experts beside it. Where they corrected it, `value` is the corrected one."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "name": self.name,
            "value": self.value,
            "n": self.n,
            "unit": self.unit,
            "n_units": self.n if self.n_units is None else self.n_units,
            "interval": list(self.interval) if self.interval else None,
            "level": self.level,
            "method": self.method,
            "missing": self.missing,
            "bounds": list(self.bounds) if self.bounds else None,
            "estimand": self.estimand,
            "signature": self.signature,
            "measure": self.measure,
            "gateable": self.gateable,
            "note": self.note,
            **({"judge": self.judge.as_json()} if self.judge else {}),
        }
