"""A share with its interval, for what is found out about a judge."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core import Interval, Json
from steelyard.stats import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How often something happened; a sample of size 0 has no value."""

    value: float | None
    """The share, 0 to 1."""
    hits: float
    """How often it happened."""
    n: int
    """Out of so many."""
    interval: Interval | None
    """Limits at level .95."""
    method: str = "Wilson"
    """How they were made."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "value": self.value,
            "hits": self.hits,
            "n": self.n,
            "interval": list(self.interval) if self.interval else None,
            "level": 0.95,
            "method": self.method,
        }

    def __str__(self) -> str:
        if self.value is None or self.interval is None:
            return "not known"
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"


def chance(hits: int, n: int) -> Chance:
    """The share `hits / n` with Wilson's interval (see `stats.wilson`)."""
    found = wilson(hits, n)
    return Chance(value=found.value, hits=hits, n=n, interval=found.interval)
