"""What the gates package asks of a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from steelyard.core import VerdictWord


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLook:
    """One decision that was taken, kept so that a repeated question pays for looking again."""

    question: str
    """Hash of benchmark name, rules, and both targets' configurations."""
    evidence: str
    """Hash of the pairs it rests on: deciding again on the same data is no new look."""
    base_run: str
    """Identifier of the baseline run."""
    candidate_run: str
    """Identifier of the candidate run."""
    verdict: VerdictWord
    """What was decided."""
    decided: datetime
    """When, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A run that went out, under a name: the anchor that later candidates are also held against."""

    name: str
    """Name of the release, such as `2026-11`."""
    run: str
    """Identifier of the run that stands for it."""
    released: datetime
    """When, UTC."""
    note: str = ""
    """Who accepted it and why."""


class GateStore(Protocol):
    """Keeps looks and releases; both only grow."""

    def add_look(self, look: GateLook) -> None:
        """Record a decision; the same evidence on one question is recorded once."""
        ...

    def looks(self, question: str) -> list[GateLook]:
        """Decisions on one question, oldest first."""
        ...

    def add_release(self, release: Release) -> None:
        """Record a release; raises UsageError when the name is taken by another run."""
        ...

    def releases(self) -> list[Release]:
        """All releases, oldest first."""
        ...
