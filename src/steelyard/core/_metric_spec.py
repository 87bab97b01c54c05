"""What a metric declares about itself: enough to average, compare and gate its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from steelyard.core._json import Json

Direction = Literal["higher", "lower", "neither"]
Scale = Literal["binary", "bounded", "unbounded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """The declaration of a metric, stored with the scores it made."""

    name: str
    """The name typed by the user, such as `exact_match` or `recorded:reward`."""
    version: str
    """Changes whenever the same input could give another score."""
    label: str = ""
    """What the user typed, such as `contains:ignore_case=true`; empty: the bare name."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Every setting that can change the score, defaults written out."""
    direction: Direction = "higher"
    """Which way is better."""
    scale: Scale = "bounded"
    """`binary`: 0 or 1; `bounded`: within `range`; `unbounded`: any finite number."""
    range: tuple[float | None, float | None] = (0.0, 1.0)
    """Lowest and highest possible value; None where there is no limit."""
    measure: str = "share"
    """What the value counts: `share`, `points`, `s`, `USD`, `tokens`, `characters`."""
    corpus: bool = False
    """True when the headline is computed from all samples together, not as a mean of scores."""
    failure: float | None = 0.0
    """The value of a sample whose target failed; None: such samples are Skipped."""

    @property
    def key(self) -> str:
        """What people call it and the command line takes: `label`, or the bare name."""
        return self.label or self.name

    @property
    def worst(self) -> float | None:
        """The value a missing sample takes in the worst case; None when unbounded."""
        return {"higher": self.range[0], "lower": self.range[1], "neither": None}[self.direction]

    @property
    def best(self) -> float | None:
        """The value a missing sample takes in the best case; None when unbounded."""
        return {"higher": self.range[1], "lower": self.range[0], "neither": None}[self.direction]

    def as_json(self) -> dict[str, Json]:
        """The JSON form that is stored with a run."""
        return {
            "name": self.name,
            "label": self.label,
            "version": self.version,
            "settings": dict(self.settings),
            "direction": self.direction,
            "scale": self.scale,
            "range": list(self.range),
            "measure": self.measure,
            "corpus": self.corpus,
            "failure": self.failure,
        }
