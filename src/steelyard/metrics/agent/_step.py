"""A step: one piece of an agent's work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from steelyard.core import Json

StepKind = Literal["model", "tool", "other"]

NO_AGENT = "agent"
"""The name of an agent that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One model call, tool call or other work."""

    number: int
    """Place among all steps, from 1."""
    kind: StepKind
    """`model`, `tool`, or `other`: a retrieval, a function."""
    name: str
    """The tool, the model, the function."""
    agent: str = NO_AGENT
    """Which agent took it."""
    arguments: Json = None
    """What went in; a tool's arguments, read from JSON where they came as text."""
    result: Json = None
    """What came out."""
    error: str = ""
    """What went wrong, as the trace or the tool's result says; empty when nothing did."""
    start_s: float | None = None
    """Start, in seconds since 1970."""
    duration_s: float | None = None
    """Seconds it took."""
    input_tokens: int | None = None
    """Tokens read."""
    output_tokens: int | None = None
    """Tokens written."""
    cost_usd: float | None = None
    """US dollars."""

    def numbered(self, number: int) -> Step:
        """The same step at another place."""
        return replace(self, number=number)
