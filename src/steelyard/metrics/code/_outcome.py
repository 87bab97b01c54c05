"""What came of running an answer's tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OutcomeWord = Literal[
    "passed", "failed", "syntax error", "timed out", "memory", "too much output", "killed", "case", "sandbox"
]
"""`case`: the tests cannot be used; `sandbox`: it failed itself. The others are the answer's doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One answer's outcome."""

    word: OutcomeWord
    """What happened."""
    detail: str = ""
    """When passed, the rule that found the program; else the exception, signal or limit in one line."""
    printed: str = ""
    """The end of what the program printed, control characters escaped."""
    seconds: float = 0.0
    """Wall time of the whole sandbox."""
