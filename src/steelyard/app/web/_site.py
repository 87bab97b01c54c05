"""What every page and every API route works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from steelyard.app._project import Project
from steelyard.app.web._cache import Answers
from steelyard.app.web._meters import Meters
from steelyard.app.web._turnstile import Turnstile
from steelyard.core import Clock, SystemClock
from steelyard.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An open project behind an address."""

    project: Project
    """The project."""
    store: Store
    """Its store, open as long as the site is up."""
    is_local: bool = True
    """Whether only this machine can reach it: then whoever asks is its administrator."""
    clock: Clock = field(default_factory=SystemClock)
    """The time."""
    answers: Answers = field(default_factory=Answers)
    """Summaries and comparisons that were worked out already."""
    headlines: Answers = field(default_factory=lambda: Answers(kept=2048))
    """Single figures of many runs: small, and wanted again by every visit of the home page."""
    meters: Meters = field(default_factory=Meters)
    """What is counted for Prometheus."""
    playing: Turnstile = field(default_factory=Turnstile)
    """Lets a few tries at a time out to targets."""
