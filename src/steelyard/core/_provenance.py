"""Where a record came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The origin of a case, a version or a run, kept as data so that imports stay a straight line."""

    source: str
    """`file`, `author`, `trace`, `attempt`, `rating`, `run`, or the name of the tool exported from."""
    reference: str = ""
    """The file name, trace id, attempt id or rating id within that source."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """What else is worth keeping: tool version, original id, mapping used."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form that is stored."""
        return {"source": self.source, "reference": self.reference, "detail": dict(self.detail)}
