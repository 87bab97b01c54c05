"""One sample that a report shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ExampleKind = Literal["broken", "fixed", "worst", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """One sample to read."""

    case_id: str
    """The case."""
    kind: ExampleKind
    """Why it is here: `broken` or `fixed` by the candidate, among the `worst`, or drawn at `random`."""
    input: str
    """What was asked."""
    outputs: tuple[str, ...]
    """What was answered: by the run, or by the baseline and then by the candidate."""
    expected: str = ""
    """What was expected; empty when nothing was."""
    scores: tuple[str, ...] = ()
    """The scores of each output in words, such as `numeric_match 1, latency 0.42`."""
    reason: str = ""
    """Why the score is what it is."""
    slice: str = ""
    """Slices the case belongs to, such as `topic=refunds`."""
    epoch: int = 1
    """The repetition."""
