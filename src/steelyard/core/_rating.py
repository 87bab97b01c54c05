"""A rating: what one expert said of one answer, on one criterion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One rater's points for one item on one criterion, bound to what was judged and by which rules."""

    item: str
    """What was judged: the case id for a study bound to a run, otherwise the author's own name for it."""
    rater: str
    """Who judged; a pseudonym serves."""
    criterion: str
    """The criterion's name."""
    value: float | str
    """The points, or the category of a nominal criterion."""
    epoch: int = 1
    """The run's repetition that was judged."""
    duration_s: float | None = None
    """Seconds the rater took, where known."""
    comment: str = ""
    """What the rater wrote; untrusted text."""
    output_hash: str = ""
    """`Output.hash` of the judged answer; empty in an unbound study."""
    rubric_hash: str = ""
    """The rubric version; empty where ratings came without one."""
    guideline_hash: str = ""
    """SHA-256 of the guideline the rater had read; empty where unknown."""
    rated: datetime | None = None
    """When, UTC; None where unknown."""

    def as_json(self) -> dict[str, Json]:
        """The row of the contract with what binds it."""
        row: dict[str, Json] = {
            "item": self.item,
            "rater": self.rater,
            "criterion": self.criterion,
            "value": self.value,
            "epoch": self.epoch,
        }
        if self.duration_s is not None:
            row["duration_s"] = self.duration_s
        if self.rated is not None:
            row["rated"] = self.rated.isoformat()
        texts = (
            ("comment", self.comment),
            ("output_hash", self.output_hash),
            ("rubric_hash", self.rubric_hash),
            ("guideline_hash", self.guideline_hash),
        )
        return row | {key: value for key, value in texts if value}
