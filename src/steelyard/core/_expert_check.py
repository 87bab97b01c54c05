"""A judge's figure beside the experts': what every headline of a judge carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from steelyard.core._json import Json

CalibrationState = Literal["valid", "expired", "none"]
"""`none`: nobody held this judge against experts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its interval, where a whole estimate record would repeat its neighbours."""

    value: float | None
    """The point estimate; None when there is none, and `note` says why."""
    interval: tuple[float, float] | None
    """Its limits; None when there are none."""
    n: int
    """Observations behind it."""
    method: str = ""
    """The procedure in words."""
    note: str = ""
    """A warning or an explanation."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "value": self.value,
            "interval": list(self.interval) if self.interval else None,
            "n": self.n,
            "method": self.method,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertCheck:
    """Human-only, judge-only and corrected, side by side, and whether the calibration may be used."""

    state: CalibrationState
    """Whether a calibration of this very judge exists and still holds."""
    reason: str
    """In words: what was corrected by what, or why nothing was and what to do."""
    judge_only: Figure
    """From the judge alone: never to decide on."""
    human_only: Figure | None = None
    """From the experts' labels alone; None without labels of these outputs."""
    corrected: Figure | None = None
    """From both: the headline; None where nothing could be corrected."""
    labels: int = 0
    """Expert labels that the correction used."""
    effective_n: float | None = None
    """Labels that would say as much without the judge."""
    labels_saved: float | None = None
    """Effective labels less labels."""
    study: str = ""
    """The study that the labels come from."""
    date: str = ""
    """When the judge was held against experts, ISO 8601 in UTC."""

    @property
    def may_decide(self) -> bool:
        """Whether a gate may use the headline."""
        return self.state == "valid" and self.corrected is not None

    def sentence(self, measure: str, *, change: bool = False) -> str:
        """Experts alone, judge alone and corrected in one sentence; `change`: of a difference."""
        if self.corrected is None:
            return f"{self.reason[:1].upper()}{self.reason[1:]}." if self.reason else ""
        said = [
            f"{name} {_said(found, measure, change=change)}"
            for name, found in (
                ("experts alone", self.human_only),
                ("judge alone", self.judge_only),
                ("corrected", self.corrected),
            )
            if found is not None
        ]
        worth = ""
        if self.effective_n is not None:
            worth = f", worth about {self.effective_n:,.0f} labels without the judge"
        return f"{'; '.join(said)} ({self._held(worth)})."

    def footnote(self) -> str:
        """What the correction rests on, for where the three figures stand in a table of their own."""
        if self.corrected is None:
            return self.sentence("")
        worth = ""
        if self.effective_n is not None:
            worth = f", worth about {self.effective_n:,.0f} without the judge"
        return f"corrected by {self._held(worth)}."

    def _held(self, worth: str) -> str:
        labels = f"{self.labels:,} expert label{'' if self.labels == 1 else 's'}{worth}"
        return f"{labels}; judge held against experts on {self.date[:10]}"

    def as_json(self) -> dict[str, Json]:
        """The JSON object of the command contract."""
        return {
            "human_only": self.human_only.as_json() if self.human_only else None,
            "judge_only": self.judge_only.as_json(),
            "corrected": self.corrected.as_json() if self.corrected else None,
            "labels": self.labels,
            "effective_n": self.effective_n,
            "labels_saved": self.labels_saved,
            "calibration": {
                "date": self.date,
                "status": self.state,
                "study": self.study,
                "reason": self.reason,
            },
        }


def _said(found: Figure, measure: str, *, change: bool) -> str:
    if found.value is None:
        return "unknown"
    factor, unit = (100.0, " points" if change else " %") if measure == "share" else (1.0, f" {measure}")
    sign = "+" if change else ""
    value = f"{found.value * factor:{sign}.1f}{unit}".replace("-", "−")
    if found.interval is None:
        return value
    low, high = (f"{limit * factor:{sign}.1f}".replace("-", "−") for limit in found.interval)
    return f"{value} ({low} to {high})"
