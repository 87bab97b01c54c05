"""The prompt versions that the demo weighs."""

from __future__ import annotations

from dataclasses import dataclass

BENCHMARK = "support"
METRIC = "contains:ignore_case=true,whole_words=true"
MODEL = "SmolLM2-135M-Instruct"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """One version of the assistant's prompt, and why somebody wrote it."""

    name: str
    """Its label: `prompts/NAME.md`, `recordings/NAME.jsonl.gz`, and the run's label."""
    idea: str
    """What it was meant to do, in a few words."""
    tokens: int = 24
    """Where its answers are cut."""


BASE = PromptVersion(name="v1", idea="in use today")
CANDIDATES = (
    PromptVersion(name="v2", idea="read the text first"),
    PromptVersion(name="v3", idea="save tokens: five words, cut at 8 tokens", tokens=8),
    PromptVersion(name="v4", idea="be the friendly voice of the shop"),
)
LIVE_CANDIDATE = CANDIDATES[1]
